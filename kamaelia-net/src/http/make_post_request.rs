//! Turns each message into a request to post it.
//!
//! Ported from `HTTPMakePostRequest` of `Kamaelia.Protocol.HTTP.HTTPHelpers`.
//!
//! *Differs from Kamaelia:* a `Request` instead of a dictionary; both endings end it.

use axon::chassis::FromMessage;
use axon::util::Chunk;
use axon::{Component, Context, INBOX, OUTBOX};
use http::{Request, Uri};

/// Turns each message into a `POST` to one URL, for a [`SimpleHttpClient`](super::SimpleHttpClient).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text: the body |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a `Request<Vec<u8>>` for each |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: makes requests of what it has, passes it on and ends. `ShutdownMicroprocess`: passes it on and
/// ends.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::http::{HttpAnswer, HttpMakePostRequest, SimpleHttpClient};
///
/// axon::run(pipeline![
///     ConsoleReader::new(),
///     HttpMakePostRequest::new("http://127.0.0.1:8000/echo".parse()?),
///     SimpleHttpClient::new(),
///     PureTransformer::map(|answer: HttpAnswer| match answer {
///         Ok(answer) => format!("{}\n", answer.status()),
///         Err(error) => format!("{error}\n"),
///     }),
///     ConsoleEchoer::new(),
/// ])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "HTTPMakePostRequest")]
#[must_use = "a component does nothing until it is activated"]
pub struct HttpMakePostRequest {
    url: Uri,
}

impl HttpMakePostRequest {
    /// Posts to this URL.
    #[doc(alias = "uploadurl")]
    pub fn new(url: Uri) -> Self {
        HttpMakePostRequest { url }
    }
}

impl Component for HttpMakePostRequest {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some((_, message)) = cx.next_of_or_end(&[INBOX]).await {
            let Chunk(body) = Chunk::from_message(message).map_err(|message| {
                format!("{} cannot be posted: only bytes or text can", message.excerpt())
            })?;
            cx.send_when_room(OUTBOX, Request::post(self.url.clone()).body(body)?).await?;
        }
        Ok(())
    }
}

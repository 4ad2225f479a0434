//! The stream of an Icecast server, connected again when it breaks off.
//!
//! Ported from `IcecastClient` of `Kamaelia.Protocol.HTTP.IcecastClient`.
//!
//! *Differs from Kamaelia:* it waits before it connects again, longer each time that fails; there it tries without a
//! pause, and cannot be told to end. It says when the connection was lost. A server whose answer begins with `ICY`, as
//! those of SHOUTcast before 2 do, speaks no HTTP and is refused.

use std::time::Duration;

use axon::chassis::announce;
use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, Message, OUTBOX, SIGNAL, ShutdownMicroprocess,
    time_after,
};
use http::{Request, Uri};

use super::demux::IceIpcDisconnected;
use crate::http::client::Origin;
use crate::http::{ResponseHead, SingleShotHttpClient};

const RECEIVED: &str = "_received";

/// How long it waits before it connects again, at first and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Asks an Icecast server for a stream with metadata, and asks again when it breaks off: for an
/// [`IcecastDemux`](super::IcecastDemux).
///
/// A server that answers with something else than success, or not at all, is asked again after a second, then after two,
/// and so on up to a minute. A stream that stands still for twenty seconds has broken off
/// ([`HttpLimits::body_rate`](crate::http::HttpLimits::body_rate)). While the receiver of `outbox` has no room, the server
/// is read no further.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings |
/// | `_received` | from the connection |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | for each connection, the head of the answer, a [`ResponseHead`], then bytes, then [`IceIpcDisconnected`] |
/// | `signal` | the ending |
///
/// # Shutdown
///
/// Both endings: closes the connection, passes it on and ends.
///
/// # Errors
///
/// A URL that names no server of `http` or `https` ends it with an error.
///
/// # Examples
///
/// ```no_run
/// use axon::pipeline;
/// use kamaelia_net::http::{IcecastClient, IcecastDemux, icecast_stream_writer};
///
/// axon::run(pipeline![
///     IcecastClient::new("http://radio.example/stream".parse()?),
///     IcecastDemux::new(),
///     icecast_stream_writer("stream.mp3"),
/// ])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct IcecastClient {
    url: Uri,
}

impl IcecastClient {
    /// The stream at this URL.
    #[doc(alias = "starturl")]
    pub fn new(url: Uri) -> Self {
        IcecastClient { url }
    }

    fn connect(&self, cx: &Context) -> axon::Result<ComponentRef> {
        let request = Request::get(self.url.clone()).header("icy-metadata", "1").body(())?;
        let client = cx.add_child(SingleShotHttpClient::new(request));
        cx.link((&client, OUTBOX), (cx.me(), RECEIVED))?;
        cx.activate(&client);
        Ok(client)
    }

    /// Passes on what one connection brings, until it has ended. Returns the ending that this component was told, and
    /// whether there was a stream.
    async fn listen(&self, cx: &Context, client: &ComponentRef) -> axon::Result<(Option<Message>, bool)> {
        let mut is_stream = false;
        loop {
            if let Some(notice) = cx.told_to_end() {
                return Ok((Some(notice), is_stream));
            }
            // Asked before its messages are looked for: when it has ended, all of them are there.
            let has_ended = client.is_stopped();
            match cx.recv(RECEIVED) {
                Some(message) => {
                    if let Some(status) = message.view(ResponseHead::status)
                        && !status.is_success()
                    {
                        log::warn!("{}: {} answers {status}", cx.name(), self.url);
                        return Ok((None, false));
                    }
                    is_stream = true;
                    cx.send_when_room(OUTBOX, message).await?;
                }
                None if has_ended => return Ok((None, is_stream)),
                None => cx.pause().await,
            }
        }
    }
}

impl Component for IcecastClient {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "not used")
            .inbox(CONTROL, "endings")
            .inbox(RECEIVED, "from the connection")
            .outbox(OUTBOX, "the head of an answer, then bytes")
            .outbox(SIGNAL, "the ending")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        Origin::of(&self.url).map_err(|why| format!("{} cannot ask for {}: {why}", cx.name(), self.url))?;
        let mut wait = FIRST_WAIT;
        loop {
            let client = self.connect(cx)?;
            let (told, is_stream) = self.listen(cx, &client).await?;
            let _ = cx.deliver_to(&client, CONTROL, ShutdownMicroprocess::new());
            while !client.is_stopped() {
                while cx.recv(RECEIVED).is_some() {}
                cx.pause().await;
            }
            cx.remove_child(&client);
            while cx.recv(RECEIVED).is_some() {}
            if let Some(notice) = told {
                announce(cx, notice).await;
                return Ok(());
            }
            if is_stream {
                cx.send_when_room(OUTBOX, IceIpcDisconnected).await?;
                wait = FIRST_WAIT;
            }
            let until = time_after(cx.now(), wait);
            wait = (2 * wait).min(LONGEST_WAIT);
            while cx.now() < until {
                if let Some(notice) = cx.told_to_end() {
                    announce(cx, notice).await;
                    return Ok(());
                }
                cx.pause_until(until).await;
            }
        }
    }
}

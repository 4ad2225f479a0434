//! A WebSocket as a client: what comes to `inbox` is sent to the server, and what the server sends comes out of
//! `outbox`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axon::chassis::announce;
use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, Message, Notice, OUTBOX, Result, SIGNAL,
    ShutdownMicroprocess, time_after,
};
use http::{HeaderName, HeaderValue, Request, Uri};

use super::conversation::{Conversation, Ends, PING, PONG};
use super::frame::Role;
use super::handshake::{self, Accord};
use super::options::WebSocketOptions;
use super::reading::Reader;
use super::writing::Writer;
use crate::csa::CsaOptions;
use crate::http::{
    HeadReader, HttpLimits, Origin, RequestHead, ResponseHead, Settings, request_bytes, tcp_client,
};
use crate::outcome::note_failure;

/// The boxes that lead to the TCP client.
const RECEIVED: &str = "_received";
const TO_PEER: &str = "_toPeer";
const TCP_SIGNAL: &str = "_tcpSignal";
const TCP_CONTROL: &str = "_tcpControl";
const TCP_CONNECTED: &str = "_tcpConnected";

/// The outbox that says when the WebSocket is open.
const CONNECTED: &str = "connected";

/// How long the answer to the request may take, from the connection on.
const ANSWER: Duration = Duration::from_secs(30);

static ENDS: Ends = Ends {
    received: RECEIVED,
    to_peer: TO_PEER,
    news: TCP_SIGNAL,
    connection: TCP_CONTROL,
    messages: INBOX,
    delivered: OUTBOX,
    endings: CONTROL,
    told: None,
    // Whoever is linked to it is told last, so that nobody says when all was answered.
    farewell: Duration::from_millis(50),
};

/// Opens a WebSocket to a server, and then acts as it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | messages to the server: text as [`Text`](axon::util::Text) takes it is sent as text, bytes as binary; also before the WebSocket is open |
/// | `control` | endings, see below |
/// | `ping` | payloads of at most 125 bytes, to be sent as pings |
/// | `_received` | from its [`TcpClient`](crate::TcpClient): bytes |
/// | `_tcpSignal` | from its [`TcpClient`](crate::TcpClient): its end |
/// | `_tcpConnected` | from its [`TcpClient`](crate::TcpClient): that it is connected |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | messages of the server: a `String` if it is text, otherwise a `Vec<u8>` |
/// | `signal` | one ending, see below |
/// | `connected` | [`WebSocketOpened`], when the WebSocket is open, before any message |
/// | `pong` | the payload of each pong |
/// | `_toPeer` | to its [`TcpClient`](crate::TcpClient): bytes |
/// | `_tcpControl` | to its [`TcpClient`](crate::TcpClient): endings |
///
/// # Shutdown
///
/// `producerFinished` sends what waits in `inbox`, and closes with the code 1000; [`Close`](super::Close) does the
/// same with another code and a reason. What the server sends until it has closed too still comes out of `outbox`.
/// `shutdownMicroprocess` ends the connection at once. When the server closes, what waits in `inbox` is sent, and it
/// ends.
///
/// Exactly one message comes out of `signal`: [`WebSocketClosed`](super::WebSocketClosed) if it was open;
/// [`WebSocketRefused`] if the server's answer was another than that;
/// [`SocketShutdown`](crate::SocketShutdown) if there was no connection; `shutdownMicroprocess` if it was told that.
/// All but the last count as `producerFinished`.
///
/// # Errors
///
/// A message that is neither text nor bytes ends it with an error, and so does a header of the request that says
/// that a body follows.
///
/// # Examples
///
/// The console linked to a WebSocket:
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::websocket::WebSocketClient;
///
/// let client = WebSocketClient::new("ws://127.0.0.1:9000/echo")?;
/// axon::run(pipeline![ConsoleReader::new(), client, ConsoleEchoer::new()])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct WebSocketClient {
    request: RequestHead,
    origin: Origin,
    options: WebSocketOptions,
    csa_options: CsaOptions,
    settings: Settings,
}

axon::debug_by_name!(WebSocketClient);

/// The WebSocket of a client is open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebSocketOpened {
    /// The subprotocol that the server has chosen.
    pub subprotocol: Option<String>,
    /// The server's answer.
    pub response: ResponseHead,
}

/// A server did not open a WebSocket. It counts as a `producerFinished`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebSocketRefused {
    /// What is wrong with its answer.
    pub why: String,
    /// Its answer, if there was one.
    pub response: Option<ResponseHead>,
}

impl fmt::Display for WebSocketRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server opens no WebSocket: {}", self.why)
    }
}

impl Notice for WebSocketRefused {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

/// What is wrong with the address of a WebSocket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidUrlError(String);

impl fmt::Display for InvalidUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidUrlError {}

/// How the attempt to open it ended.
enum Opening {
    /// With what came after the answer, and an ending that was heard meanwhile.
    Open(ResponseHead, Accord, Vec<u8>, Option<Message>),
    Failed(Message),
}

impl WebSocketClient {
    /// For an address such as `ws://example.org/chat`, or `wss://` over TLS.
    ///
    /// # Errors
    ///
    /// If it is no such address, or if it is `wss://` in a build without TLS.
    pub fn new(url: &str) -> std::result::Result<Self, InvalidUrlError> {
        let wrong =
            |why: &str| InvalidUrlError(format!("{url:?}: {why}; it is ws://HOST[:PORT]/PATH or wss://.."));
        let uri = Uri::from_str(url).map_err(|error| wrong(&error.to_string()))?;
        match uri.scheme_str() {
            Some("ws") => {}
            Some("wss") if cfg!(feature = "rustls") => {}
            Some("wss") => return Err(wrong("this build of kamaelia-net has no TLS")),
            _ => return Err(wrong("no address of a WebSocket")),
        }
        if url.contains('#') {
            return Err(wrong("it has a fragment"));
        }
        let origin = Origin::of(&uri).map_err(|why| wrong(&why))?;
        let request = Request::get(uri).body(()).map_err(|error| wrong(&error.to_string()))?;
        Ok(WebSocketClient {
            request,
            origin,
            options: WebSocketOptions::new(),
            csa_options: CsaOptions::new(),
            settings: Settings::default(),
        })
    }

    /// How it behaves.
    pub fn options(mut self, options: WebSocketOptions) -> Self {
        self.options = options;
        self
    }

    /// How its connection behaves.
    ///
    /// # Panics
    ///
    /// If something in the options is 0 with which nothing would ever happen.
    #[track_caller]
    pub fn connection(mut self, options: CsaOptions) -> Self {
        options.check();
        self.csa_options = options;
        self
    }

    /// A header of the request, such as `Origin`, `Authorization` or `Cookie`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request.headers_mut().append(name, value);
        self
    }

    /// With these settings instead of the usual ones, for `wss://`.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, tls: crate::TlsClient) -> Self {
        self.settings.tls = Some(tls);
        self
    }

    /// Waits for the answer to a request with this key.
    async fn open(&self, cx: &Context, tcp: &ComponentRef, request: &RequestHead, key: &str) -> Opening {
        let mut reader = HeadReader::new(request, HttpLimits::new());
        let mut finish = None;
        let mut until = None;
        let (why, response) = loop {
            while let Some(message) = cx.told_to_end() {
                if message.ending() == Some(Ending::ShutdownMicroprocess) {
                    let _ = cx.send(TCP_CONTROL, ShutdownMicroprocess::new());
                    return Opening::Failed(message);
                }
                finish = Some(message);
            }
            if cx.recv(TCP_CONNECTED).is_some() {
                until = Some(time_after(cx.now(), ANSWER));
            }
            if let Some(bytes) = cx.recv(RECEIVED) {
                match reader.read(bytes.into_value().unwrap_or_default()) {
                    Ok(Some((response, rest))) => match handshake::agree(&response, key, &self.options) {
                        Ok(accord) => return Opening::Open(response, accord, rest, finish),
                        Err(why) => break (why, Some(response)),
                    },
                    Ok(None) => continue,
                    Err(why) => break (format!("the answer is not HTTP: {why}"), None),
                }
            }
            if let Some(end) = cx.recv(TCP_SIGNAL) {
                let was_connected = until.is_some();
                let why = end.view(|end: &crate::SocketShutdown| end.how_died.clone());
                match why.filter(|why| was_connected && why.is_orderly()) {
                    Some(why) => break (format!("no answer: {why}"), None),
                    None => {
                        note_failure(cx);
                        return Opening::Failed(end);
                    }
                }
            }
            if tcp.is_stopped() && cx.data_ready(TCP_SIGNAL) == 0 {
                break ("the connection was stopped".to_owned(), None);
            }
            match until {
                Some(until) if until <= cx.now() => break (format!("no answer within {ANSWER:?}"), None),
                Some(until) => cx.pause_until(until).await,
                None => cx.pause().await,
            }
        };
        let _ = cx.send(TCP_CONTROL, ShutdownMicroprocess::new());
        let refused = WebSocketRefused { why, response };
        note_failure(cx);
        log::warn!("{}: {refused}", cx.name());
        Opening::Failed(Message::notice(refused))
    }
}

impl Component for WebSocketClient {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(PING, "payloads of pings")
            .inbox(RECEIVED, "from the TCP client: bytes")
            .inbox(TCP_SIGNAL, "from the TCP client: its end")
            .inbox(TCP_CONNECTED, "from the TCP client: that it is connected")
            .outbox(CONNECTED, "that it is open")
            .outbox(PONG, "payloads of pongs")
            .outbox(TO_PEER, "to the TCP client: bytes")
            .outbox(TCP_CONTROL, "to the TCP client: endings")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (request, key) = handshake::request(self.request.clone(), &self.options);
        let bytes = request_bytes(&request)?;
        let tcp = tcp_client(&self.origin, &self.settings)?.options(self.csa_options.clone());
        let tcp = cx.add_child(tcp);
        cx.link((cx.me(), TO_PEER), (&tcp, INBOX))?;
        cx.link((cx.me(), TCP_CONTROL), (&tcp, CONTROL))?;
        cx.link((&tcp, OUTBOX), (cx.me(), RECEIVED))?;
        cx.link((&tcp, SIGNAL), (cx.me(), TCP_SIGNAL))?;
        cx.link((&tcp, CONNECTED), (cx.me(), TCP_CONNECTED))?;
        cx.activate(&tcp);
        let _ = cx.send(TO_PEER, bytes);
        let last = match self.open(cx, &tcp, &request, &key).await {
            Opening::Failed(last) => last,
            Opening::Open(response, accord, rest, finish) => {
                let compression = accord.compression;
                let opened = WebSocketOpened { subprotocol: accord.subprotocol, response };
                let _ = cx.send(CONNECTED, opened);
                let inflater = compression.map(|agreed| agreed.inflater());
                let codec = (
                    Reader::new(Role::Client, self.options.limits(), inflater),
                    Writer::of_client(compression.map(|agreed| agreed.deflater())),
                );
                let conversation = Conversation::new(cx, &ENDS, &self.options, None, codec);
                conversation.after(rest, finish).run().await?
            }
        };
        while !tcp.is_stopped() {
            if cx.told_to_end().is_some_and(|told| told.ending() == Some(Ending::ShutdownMicroprocess)) {
                let _ = cx.send(TCP_CONTROL, ShutdownMicroprocess::new());
            }
            while cx.recv(RECEIVED).is_some() {}
            cx.pause().await;
        }
        announce(cx, last).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_nowhere_is_refused() {
        for (url, why) in [
            ("http://a/", "no address of a WebSocket"),
            ("ws://a/#part", "it has a fragment"),
            ("ws://a:99999/", "99999 is no number of a port"),
            ("ws://me:secret@a/", "say it in the header Authorization"),
        ] {
            let InvalidUrlError(wrong) = WebSocketClient::new(url).map(drop).expect_err(url);
            assert!(wrong.contains(why), "{wrong}");
        }
    }

    #[test]
    fn the_request_asks_for_a_path_even_if_the_address_has_only_a_query() {
        let client = WebSocketClient::new("ws://example.org:81?a=b").unwrap();
        let request = String::from_utf8(request_bytes(&client.request).unwrap()).unwrap();
        assert!(request.starts_with("GET /?a=b HTTP/1.1\r\nhost: example.org:81\r\n"), "{request}");
    }

    #[test]
    fn a_header_that_says_that_a_body_follows_is_refused() {
        for (name, value) in [("content-length", "5"), ("transfer-encoding", "chunked")] {
            let client = WebSocketClient::new("ws://a/").unwrap();
            let client = client.header(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert!(request_bytes(&client.request).is_err(), "{name}");
        }
    }
}

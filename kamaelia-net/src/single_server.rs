//! A server for one client at a time, whose connection is the server's own `inbox` and `outbox`.
//!
//! Ported from `Kamaelia.Internet.SingleServer`.
//!
//! *Differs from Kamaelia:* `control` is read; there nothing ends it. It tells that it cannot listen, and fails.

use std::net::SocketAddr;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, Message, OUTBOX, ProducerFinished,
    Result, SIGNAL,
};

use crate::csa::CsaOptions;
use crate::csa::PeerEnd;
use crate::error::BindError;
use crate::ipc::{HowDied, NewCsa, NewServer, ServerFailed, ServerShutdown, ShutdownCsa};
use crate::listen::Listen;
use crate::tcp_server::{PROTOCOL_HANDLER_SIGNAL, TcpServer};

/// The inbox for new and ended connections.
const OUT_OF_BAND: &str = "_oobinfo";
/// The outbox that ends the connection.
const CSA_SIGNAL: &str = "_CSA_signal";
/// The outbox that ends the TCP server.
const SERVER_SIGNAL: &str = "_serversignal";

/// Serves one client at a time: what comes to `inbox` is sent to it, what it sends comes out of `outbox`.
///
/// A client that connects while another is there is disconnected at once. When the client has gone, the next is
/// served. What comes to `inbox` while nobody is there waits for the next client; what the last one was still to
/// be sent is dropped with its connection.
///
/// *As in Kamaelia*, a client that will send no more is sent what waits, and disconnected.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send to the client: bytes or text |
/// | `control` | endings, see below |
/// | `_oobinfo` | from its [`TcpServer`]: new and ended connections |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the client sends: `Vec<u8>` |
/// | `signal` | `producerFinished` whenever the client has gone; [`ServerFailed`] if it cannot listen; at its end the ending that it was told |
/// | `_CSA_signal` | endings for the connection |
/// | `_serversignal` | endings for its [`TcpServer`] |
///
/// # Shutdown
///
/// `producerFinished` on `control`: no client is accepted any more, the one that is there is sent what waits and
/// disconnected, and then it ends. `shutdownMicroprocess`: disconnects it and ends at once.
///
/// If it cannot listen, its [`TcpServer`] fails with the [`BindError`].
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
///
/// use axon::prelude::*;
/// use kamaelia_net::{Listen, SingleServer};
///
/// let server = SingleServer::new("127.0.0.1:0".parse::<Listen>()?).bind()?;
/// let address = server.local_addr().expect("it listens");
/// let client = std::thread::spawn(move || -> std::io::Result<String> {
///     let mut stream = std::net::TcpStream::connect(address)?;
///     stream.write_all(b"hello\n")?;
///     let mut answer = [0; 6];
///     stream.read_exact(&mut answer)?;
///     Ok(String::from_utf8_lossy(&answer).into_owned())
/// });
/// // What the client sends goes through the pipeline and back to it; when it has gone, all end.
/// let shout = PureTransformer::map(|Chunk(bytes): Chunk| bytes.to_ascii_uppercase());
/// axon::run(pipeline![server, shout].circular())?;
/// assert_eq!(client.join().unwrap()?, "HELLO\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "FastRestartSingleServer")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SingleServer {
    server: Option<TcpServer>,
    options: CsaOptions,
    /// The connection that is there.
    csa: Option<ComponentRef>,
}

impl SingleServer {
    /// A server at a port, an address, or what a [`Listen`] says.
    pub fn new(listen: impl Into<Listen>) -> Self {
        SingleServer { server: Some(TcpServer::new(listen)), options: CsaOptions::new(), csa: None }
    }

    /// How the connection behaves. Unless they say what the end of the client's sending means, it closes the
    /// connection.
    ///
    /// # Panics
    ///
    /// If something in the options is 0 with which nothing would ever happen.
    #[track_caller]
    pub fn options(mut self, options: CsaOptions) -> Self {
        options.check();
        self.options = options;
        self
    }

    /// Changes where and how it will listen.
    #[doc(alias = "socketOptions")]
    pub fn listen(mut self, change: impl FnOnce(Listen) -> Listen) -> Self {
        self.server = self.server.map(|server| server.listen(change));
        self
    }

    /// Secures every connection from its first byte on.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, tls: crate::TlsServer) -> Self {
        self.server = self.server.map(|server| server.tls(tls));
        self
    }

    /// Listens now instead of in the first turn, so that an error is known here and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(mut self) -> std::result::Result<Self, BindError> {
        self.server = self.server.map(TcpServer::bind).transpose()?;
        Ok(self)
    }

    /// Where it listens, once [`SingleServer::bind`] was called.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.server.as_ref().and_then(TcpServer::local_addr)
    }

    fn hear_the_server(&mut self, cx: &Context) -> Result {
        while let Some(news) = cx.recv(OUT_OF_BAND) {
            let news = match news.take::<NewCsa>() {
                Ok(NewCsa { csa, .. }) => {
                    self.handle_new_csa(cx, csa)?;
                    continue;
                }
                Err(news) => news,
            };
            match news.take::<ShutdownCsa>() {
                Ok(ShutdownCsa { how_died: HowDied::BadData(complaint), .. }) => {
                    return Err(format!("{} was sent what cannot be sent: {complaint}", cx.name()).into());
                }
                Ok(ShutdownCsa { csa, .. }) => {
                    if self.csa.take_if(|current| *current == csa).is_some() {
                        cx.unlink_component(&csa);
                        // Who has no room for this has been told before.
                        let _ = cx.send(SIGNAL, ProducerFinished::new());
                    }
                }
                Err(news) if news.is::<ServerFailed>() => cx.send(SIGNAL, news)?,
                Err(news) if news.is::<NewServer>() => {
                    log::debug!("{} waits for its first client", cx.name())
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The client is served if nobody else is, and else disconnected.
    #[doc(alias = "handleNewCSA")]
    fn handle_new_csa(&mut self, cx: &Context, csa: ComponentRef) -> Result {
        if self.csa.is_some() {
            cx.deliver_to(&csa, CONTROL, ProducerFinished::new())?;
        } else {
            cx.pass_through_outbox((&csa, OUTBOX), (cx.me(), OUTBOX))?;
            cx.pass_through_inbox((cx.me(), INBOX), (&csa, INBOX))?;
            cx.link((cx.me(), CSA_SIGNAL), (&csa, CONTROL))?;
            self.csa = Some(csa.clone());
        }
        cx.activate(&csa);
        Ok(())
    }
}

impl Component for SingleServer {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "what to send to the client")
            .inbox(CONTROL, "endings")
            .inbox(OUT_OF_BAND, "new and ended connections")
            .outbox(OUTBOX, "what the client sends")
            .outbox(SIGNAL, "that the client has gone; its end")
            .outbox(CSA_SIGNAL, "endings for the connection")
            .outbox(SERVER_SIGNAL, "endings for the TCP server")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if self.options.peer_end == PeerEnd::Usual {
            self.options.peer_end = PeerEnd::Close;
        }
        let server = self.server.take().ok_or("a server runs once")?;
        let server = cx.add_child(server.options(self.options.clone()));
        cx.link((&server, PROTOCOL_HANDLER_SIGNAL), (cx.me(), OUT_OF_BAND))?;
        cx.link((&server, SIGNAL), (cx.me(), OUT_OF_BAND))?;
        cx.link((cx.me(), SERVER_SIGNAL), (&server, CONTROL))?;
        cx.activate(&server);
        let mut told: Option<Message> = None;
        while !server.is_stopped() {
            self.hear_the_server(cx)?;
            while let Some(mut notice) = cx.told_to_end() {
                if self.csa.is_some() {
                    let _ = cx.send(CSA_SIGNAL, notice.duplicate());
                }
                let at_once = notice.ending() == Some(Ending::ShutdownMicroprocess);
                let for_server = if at_once { Message::notice(ServerShutdown) } else { notice.duplicate() };
                cx.send(SERVER_SIGNAL, for_server)?;
                told = Some(notice);
            }
            cx.pause().await;
        }
        self.hear_the_server(cx)?;
        let told = told.unwrap_or_else(|| Message::new(ProducerFinished::new()));
        let _ = cx.send_when_room(SIGNAL, told).await;
        Ok(())
    }
}

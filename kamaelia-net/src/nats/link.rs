//! One connection to a server: from the attempt to make it to its end.

use std::time::{Duration, Instant};

use axon::{
    CONTROL, ComponentRef, Context, INBOX, OUTBOX, ProducerFinished, SIGNAL, ShutdownMicroprocess, time_after,
};

use super::codec::{Decoder, Said};
use super::info::ServerInfo;
use super::server::{Identity, Server};
use super::settings::Settings;
use crate::csa::boxes::{MAKE_SSL, SSL_READY};
use crate::ipc::SocketShutdown;
use crate::ssl::SslReady;
use crate::tcp_client::TcpClient;

/// The longest message that is taken from a server: the most that a server can be set to.
const LONGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// The boxes of the client that lead to its connection.
pub(super) const RECEIVED: &str = "_received";
pub(super) const NEWS: &str = "_news";
pub(super) const TO_SERVER: &str = "_toServer";
pub(super) const TCP_CONTROL: &str = "_tcpControl";
pub(super) const TCP_MAKE_SSL: &str = "_tcpMakessl";

/// A connection that a server has accepted.
pub(super) struct Link {
    tcp: ComponentRef,
    pub(super) server: Server,
    pub(super) info: ServerInfo,
    decoder: Decoder,
}

/// Why there is no connection.
pub(super) enum NotOpen {
    /// The client was told to stop meanwhile.
    Told,
    /// The server cannot be reached, or does not answer: another attempt may succeed.
    NotReached(String),
    /// Another attempt would end in the same way.
    Refused(String),
}

impl Link {
    /// Connects to a server, secures the connection if that is asked for, and introduces itself. The server has
    /// answered when this returns.
    pub(super) async fn open(
        cx: &Context,
        server: &Server,
        settings: &Settings,
    ) -> axon::Result<Result<Self, NotOpen>> {
        let tcp = TcpClient::new(server.host.clone(), server.port)
            .connect_timeout(settings.connect_timeout)
            .options(settings.csa_options.clone());
        let tcp = cx.add_child(tcp);
        cx.supervise(&tcp);
        cx.link((cx.me(), TO_SERVER), (&tcp, INBOX))?;
        cx.link((cx.me(), TCP_CONTROL), (&tcp, CONTROL))?;
        cx.link((cx.me(), TCP_MAKE_SSL), (&tcp, MAKE_SSL))?;
        cx.link((&tcp, OUTBOX), (cx.me(), RECEIVED))?;
        for outbox in [SIGNAL, SSL_READY] {
            cx.link((&tcp, outbox), (cx.me(), NEWS))?;
        }
        cx.activate(&tcp);
        let until = time_after(cx.now(), settings.connect_timeout);
        let mut decoder = Decoder::new(LONGEST_MESSAGE);
        let greeted = match Self::greet(cx, &mut decoder, server, settings, until).await {
            Ok(info) => Ok(Link { tcp: tcp.clone(), server: server.clone(), info, decoder }),
            Err(why) => Err(why),
        };
        if greeted.is_err() {
            discard(cx, &tcp);
        }
        Ok(greeted)
    }

    async fn greet(
        cx: &Context,
        decoder: &mut Decoder,
        server: &Server,
        settings: &Settings,
        until: Instant,
    ) -> Result<ServerInfo, NotOpen> {
        let info = match said(cx, decoder, until, settings.connect_timeout).await? {
            Said::Info(info) => *info,
            other => return Err(NotOpen::Refused(format!("it is no NATS server: it began with {other:?}"))),
        };
        if server.needs_tls || info.needs_tls || settings.wants_tls() {
            secure(cx, settings, until).await?;
        }
        let identity = server.identity.as_ref().or(settings.identity.as_ref());
        if info.needs_signature && identity.is_none() {
            return Err(NotOpen::Refused(
                "it wants a signature (nkey), which this client cannot give; use a token, or a user and a password"
                    .to_owned(),
            ));
        }
        let mut greeting = connect(settings, identity).into_bytes();
        greeting.extend_from_slice(b"PING\r\n");
        send(cx, greeting);
        loop {
            match said(cx, decoder, until, settings.connect_timeout).await? {
                Said::Pong => return Ok(info),
                Said::Error(error) if error.to_ascii_lowercase().contains("authorization") => {
                    return Err(NotOpen::Refused(error));
                }
                Said::Error(error) => return Err(NotOpen::NotReached(error)),
                Said::Ping => send(cx, b"PONG\r\n".to_vec()),
                _ => {}
            }
        }
    }

    /// What the server says next, or `None` if it has said nothing more.
    ///
    /// # Errors
    ///
    /// Why the connection is over.
    pub(super) fn next(&mut self, cx: &Context) -> Result<Option<Said>, String> {
        loop {
            if let Some(said) = self.decoder.next()? {
                return Ok(Some(said));
            }
            if let Some(bytes) = cx.recv(RECEIVED) {
                bytes.view(|bytes: &Vec<u8>| self.decoder.feed(bytes));
            } else if let Some(why) = end(cx) {
                return Err(why);
            } else if self.tcp.is_stopped() && cx.data_ready(RECEIVED) == 0 {
                return Err("the connection was stopped".to_owned());
            } else {
                return Ok(None);
            }
        }
    }

    /// Sends what is queued, closes, and waits for the end of the connection.
    pub(super) async fn finish(self, cx: &Context) {
        let _ = cx.send(TCP_CONTROL, ProducerFinished::new());
        while !self.tcp.is_stopped() && !cx.is_told_to_stop() {
            while cx.recv(RECEIVED).is_some() {}
            cx.pause().await;
        }
        discard(cx, &self.tcp);
    }

    /// Closes at once.
    pub(super) fn drop_connection(self, cx: &Context) {
        discard(cx, &self.tcp);
    }
}

/// Gives back a connection and what it has left.
fn discard(cx: &Context, tcp: &ComponentRef) {
    if !tcp.is_stopped() {
        let _ = cx.deliver_to(tcp, CONTROL, ShutdownMicroprocess::new());
    }
    cx.unlink_component(tcp);
    cx.remove_child(tcp);
    for inbox in [RECEIVED, NEWS] {
        while cx.recv(inbox).is_some() {}
    }
}

/// Hands bytes to the connection, which must have room.
pub(super) fn send(cx: &Context, bytes: Vec<u8>) {
    let _ = cx.send(TO_SERVER, bytes);
}

/// Waits for what the server says next.
async fn said(cx: &Context, decoder: &mut Decoder, until: Instant, limit: Duration) -> Result<Said, NotOpen> {
    loop {
        if let Some(said) = decoder.next().map_err(NotOpen::Refused)? {
            return Ok(said);
        }
        if let Some(bytes) = cx.recv(RECEIVED) {
            bytes.view(|bytes: &Vec<u8>| decoder.feed(bytes));
        } else if let Some(why) = end(cx) {
            return Err(NotOpen::NotReached(why));
        } else {
            wait(cx, until, limit).await?;
        }
    }
}

async fn wait(cx: &Context, until: Instant, limit: Duration) -> Result<(), NotOpen> {
    if cx.is_told_to_stop() {
        return Err(NotOpen::Told);
    }
    if until <= cx.now() {
        return Err(NotOpen::NotReached(format!("no answer within {limit:?}")));
    }
    cx.pause_until(until).await;
    Ok(())
}

/// Why the connection has ended, if it has.
fn end(cx: &Context) -> Option<String> {
    while let Some(news) = cx.recv(NEWS) {
        if let Some(why) = news.view(|end: &SocketShutdown| end.how_died.to_string()) {
            return Some(why);
        }
        if news.ending().is_some() {
            return Some("the connection was closed".to_owned());
        }
    }
    None
}

/// Turns the connection into TLS.
async fn secure(cx: &Context, settings: &Settings, until: Instant) -> Result<(), NotOpen> {
    let request = settings.tls_request().map_err(NotOpen::Refused)?;
    let _ = cx.send(TCP_MAKE_SSL, request);
    loop {
        while let Some(news) = cx.recv(NEWS) {
            match news.view(|ready: &SslReady| ready.as_ref().map(drop).map_err(ToString::to_string)) {
                Some(Ok(())) => return Ok(()),
                Some(Err(why)) => return Err(NotOpen::NotReached(why)),
                None => {}
            }
            if let Some(why) = news.view(|end: &SocketShutdown| end.how_died.to_string()) {
                return Err(NotOpen::NotReached(why));
            }
        }
        wait(cx, until, settings.connect_timeout).await?;
    }
}

/// How the client introduces itself.
fn connect(settings: &Settings, identity: Option<&Identity>) -> String {
    let mut options = serde_json::json!({
        "verbose": false,
        "pedantic": false,
        "tls_required": settings.wants_tls(),
        "lang": "rust",
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": 1,
        "echo": true,
        "headers": true,
        "no_responders": true,
    });
    if let Some(name) = &settings.name {
        options["name"] = name.as_str().into();
    }
    match identity {
        Some(Identity::Token(token)) => options["auth_token"] = token.as_str().into(),
        Some(Identity::User { name, password }) => {
            options["user"] = name.as_str().into();
            options["pass"] = password.as_str().into();
        }
        None => {}
    }
    format!("CONNECT {options}\r\n")
}

//! A connection to a server, with boxes of its own in the component that uses it.

use axon::{CONTROL, ComponentRef, Context, INBOX, Message, OUTBOX, SIGNAL, ShutdownMicroprocess};

use super::http_error::{HttpError, Phase};
use super::settings::Settings;
use super::url::{Origin, Security};
use crate::csa::boxes::SSL_READY;
use crate::http::input::{Input, Output};
use crate::ipc::{HowDied, SocketShutdown};
use crate::ssl::SslReady;
use crate::tcp_client::{CONNECTED, TcpClient};

/// How many messages of what a server sends wait here before it is read no further.
const RECEIVED: usize = 16;

/// A connection, and the boxes through which it is used.
pub(super) struct Link {
    pub(super) origin: Origin,
    pub(super) client: ComponentRef,
    /// Inbox: what the server sends.
    pub(super) received: String,
    /// Inbox: that the connection exists, that it is secured, that it has ended.
    news: String,
    /// Outbox: what is sent to the server.
    pub(super) to_send: String,
    pub(super) input: Input,
    pub(super) output: Output,
    /// How it has ended.
    pub(super) ended: Option<HowDied>,
}

impl Link {
    /// Connects, and secures the connection if the origin says so.
    pub(super) async fn open(
        cx: &Context,
        origin: &Origin,
        settings: &Settings,
        url: &str,
    ) -> axon::Result<Result<Self, HttpError>> {
        let client = match tcp_client(origin, settings) {
            Ok(client) => client.connect_timeout(settings.limits.connect_timeout),
            Err(why) => return Ok(Err(HttpError::new(Phase::Tls, url, why))),
        };
        let client = cx.add_child(client);
        cx.supervise(&client);
        let (received, news) = (cx.add_inbox("_received"), cx.add_inbox("_news"));
        let to_send = cx.add_outbox("_tosend");
        cx.set_size((cx.me(), &received), Some(RECEIVED))?;
        cx.link((&client, OUTBOX), (cx.me(), &received))?;
        for outbox in [SIGNAL, CONNECTED, SSL_READY] {
            cx.link((&client, outbox), (cx.me(), &news))?;
        }
        cx.link((cx.me(), &to_send), (&client, INBOX))?;
        cx.activate(&client);
        let (input, output) = (Input::default(), Output::default());
        let mut link =
            Link { origin: origin.clone(), client, received, news, to_send, input, output, ended: None };
        match link.wait_until_open(cx, url).await {
            Ok(()) => Ok(Ok(link)),
            Err(error) => {
                link.close(cx);
                Ok(Err(error))
            }
        }
    }

    async fn wait_until_open(&mut self, cx: &Context, url: &str) -> Result<(), HttpError> {
        let mut is_connected = false;
        loop {
            while let Some(news) = cx.recv(&self.news) {
                if let Some(Ok(())) = news.view(|ready: &SslReady| ready.as_ref().map(drop).map_err(drop)) {
                    return Ok(());
                }
                is_connected |= news.is::<crate::ipc::Connection>();
                self.hear(&news);
            }
            if is_connected && self.origin.security == Security::Plain && self.ended.is_none() {
                return Ok(());
            }
            if self.has_ended(cx) {
                let phase = if is_connected { Phase::Tls } else { Phase::Connect };
                return Err(HttpError::new(phase, url, self.why()));
            }
            if cx.is_told_to_stop() {
                return Err(HttpError::new(Phase::Connect, url, "told to stop"));
            }
            cx.pause().await;
        }
    }

    fn hear(&mut self, news: &Message) {
        if let Some(died) = news.view(|end: &SocketShutdown| end.how_died.clone()) {
            self.ended = Some(died);
        } else if news.ending().is_some() {
            self.ended.get_or_insert(HowDied::PeerClosed);
        }
    }

    /// Whether the connection has ended.
    pub(super) fn has_ended(&mut self, cx: &Context) -> bool {
        while let Some(news) = cx.recv(&self.news) {
            self.hear(&news);
        }
        if self.ended.is_none() && self.client.is_stopped() {
            self.ended = Some(HowDied::Stopped);
        }
        self.ended.is_some()
    }

    /// How it has ended, in words.
    pub(super) fn why(&self) -> String {
        self.ended.as_ref().map_or_else(String::new, ToString::to_string)
    }

    /// Whether it can be used for another request: it lives, and the server has sent nothing unasked.
    pub(super) fn is_fresh(&mut self, cx: &Context) -> bool {
        !self.has_ended(cx) && self.input.rest().is_empty() && cx.data_ready(&self.received) == 0
    }

    /// Closes the connection, and gives back its boxes.
    pub(super) fn close(self, cx: &Context) {
        if !self.client.is_stopped() {
            let _ = cx.deliver_to(&self.client, CONTROL, ShutdownMicroprocess::new());
        }
        cx.unlink_component(&self.client);
        cx.remove_child(&self.client);
        for inbox in [&self.received, &self.news] {
            let _ = cx.delete_inbox(inbox);
        }
        let _ = cx.delete_outbox(&self.to_send);
    }
}

/// Connects to a server, and secures the connection if the origin says so.
#[cfg(feature = "rustls")]
pub(crate) fn tcp_client(origin: &Origin, settings: &Settings) -> Result<TcpClient, String> {
    let client = TcpClient::new(origin.host.clone(), origin.port);
    match (origin.security, &settings.tls) {
        (Security::Plain, _) => Ok(client),
        (Security::Tls, Some(tls)) => Ok(client.tls(tls.clone())),
        (Security::Tls, None) => {
            let tls = crate::TlsClient::new().map_err(|error| error.to_string())?;
            Ok(client.tls(tls))
        }
    }
}

/// Connects to a server.
#[cfg(not(feature = "rustls"))]
pub(crate) fn tcp_client(origin: &Origin, _: &Settings) -> Result<TcpClient, String> {
    match origin.security {
        Security::Plain => Ok(TcpClient::new(origin.host.clone(), origin.port)),
        Security::Tls => Err("this build has no TLS: enable the feature `tls`".to_owned()),
    }
}

//! How a connection that runs becomes a secured one, and how that is answered.

use std::time::Duration;

use axon::{Context, INBOX, Message, OUTBOX};

use super::boxes::{MAKE_SSL, SSL_READY};
use super::buffers::Buffers;
use super::ends::ShortRead;
use super::flow::Pause;
use super::secured::{End, Reading, Secured};
use super::{ConnectedSocketAdapter, Input, Outbox, SslError};
use crate::engine::Engine;
use crate::ipc::HowDied;
use crate::ssl::SslReady;

impl ConnectedSocketAdapter {
    /// Answers all requests for TLS, of which the first begins the handshake.
    ///
    /// What waits in `inbox` goes out in plain text before it, except at the very beginning: then all is
    /// to be secured.
    pub(super) fn make_ssl(&mut self, cx: &Context) -> Result<(), HowDied> {
        while let Some(request) = cx.recv(MAKE_SSL) {
            match self.engine(cx, request) {
                Ok((engine, limit)) => {
                    if self.begun {
                        self.take_all(cx)?;
                    }
                    if self.flow.holds() || self.input.delivered && cx.outbox_length(OUTBOX) > 0 {
                        answer(cx, Err(SslError::PlainTextBefore));
                        return Err(HowDied::Tls(SslError::PlainTextBefore));
                    }
                    self.secured = Some(Box::new(Secured::new(engine, limit)));
                    self.input = Input { ready: true, short_read: ShortRead::ProvesNothing, ..self.input };
                }
                Err(error) => answer(cx, Err(error)),
            }
        }
        Ok(())
    }

    fn engine(&self, cx: &Context, request: Message) -> Result<(Box<dyn Engine>, Duration), SslError> {
        if self.secured.is_some() {
            return Err(SslError::AlreadySecured);
        }
        if !self.flow.is_open() {
            return Err(SslError::ClosedHere);
        }
        if self.flow.has_peer_finished_alone() {
            return Err(SslError::ClosedByPeer);
        }
        engine(cx, self.flow.options().host.as_deref(), request)
    }

    /// Takes what waits in `inbox`, also beyond the high mark.
    pub(super) fn take_all(&mut self, cx: &Context) -> Result<(), HowDied> {
        while let Some(message) = cx.recv(INBOX) {
            self.put(cx, message)?;
        }
        Ok(())
    }

    /// Reads through what secures the connection.
    pub(super) fn receive_secured(&mut self, cx: &Context, buffers: &mut Buffers) -> (usize, Pause) {
        let Some(secured) = &mut self.secured else { return (0, Pause::Drained) };
        let was_in_handshake = secured.handshake().is_some();
        let mut wire = buffers.lend_wire();
        let mut reading = Reading {
            socket: &self.socket,
            secured,
            wire: &mut wire,
            short_read: self.input.short_read,
            drained: false,
            end: if self.flow.discards() { End::Irrelevant } else { End::Told },
            ready: |session| answer(cx, Ok(session)),
        };
        let share = self.share.as_deref().filter(|_| self.flow.keeps());
        let mut outbox = Outbox { cx, share, delivered: 0, reads_less: false };
        let every = ShortRead::ProvesNothing;
        let (received, pause) = self.flow.receive(&mut reading, buffers, every, &mut outbox);
        buffers.return_wire(wire);
        if let Some(error) = secured.failure() {
            if was_in_handshake {
                answer(cx, Err(error.clone()));
            }
            self.flow.abandon();
            // From now on the socket itself is read, until the peer has closed.
            return (received, if pause == Pause::Drained { Pause::Budget } else { pause });
        }
        if pause == Pause::Drained {
            self.input.ready = false;
        }
        // After the handshake there may be messages that have waited for it.
        let is_agreed = was_in_handshake && secured.handshake().is_none();
        (received, if is_agreed && pause != Pause::Ended { Pause::Budget } else { pause })
    }

    /// Why the connection has really ended: a failure of TLS comes first, what follows from it is its end.
    pub(super) fn cause(&self, how_died: HowDied) -> HowDied {
        match self.secured.as_ref().and_then(|secured| secured.failure()) {
            Some(error) if !matches!(how_died, HowDied::ShutdownMicroprocess) => HowDied::Tls(error.clone()),
            _ => how_died,
        }
    }

    /// Says what became of a handshake that will not be over any more.
    pub(super) fn answer_for_the_last_time(&self, cx: &Context, how_died: &HowDied) {
        if self.secured.as_ref().is_some_and(|secured| secured.handshake().is_some()) {
            answer(
                cx,
                Err(match how_died {
                    HowDied::Tls(error) => error.clone(),
                    HowDied::Failed(_) | HowDied::PeerClosed => SslError::ClosedByPeer,
                    _ => SslError::ClosedHere,
                }),
            );
        }
    }
}

/// Sends the answer to a request. Mostly nobody is linked who listens.
pub(super) fn answer(cx: &Context, answer: SslReady) {
    if let Err(error) = &answer {
        log::debug!("{}: {error}", cx.name());
    }
    let _ = cx.send(SSL_READY, answer);
}

#[cfg(not(feature = "rustls"))]
fn engine(_: &Context, _: Option<&str>, _: Message) -> Result<(Box<dyn Engine>, Duration), SslError> {
    Err(SslError::NotAvailable)
}

/// An engine by the settings in the request, or by the usual ones of a client.
#[cfg(feature = "rustls")]
fn engine(
    cx: &Context,
    host: Option<&str>,
    request: Message,
) -> Result<(Box<dyn Engine>, Duration), SslError> {
    use crate::tls::{TlsClient, TlsServer};

    /// The name under which the tracker keeps the usual settings of a client.
    const USUAL: &str = "kamaelia_net.tls_client";

    let request = match request.into_value::<TlsServer>() {
        Ok(server) => return Ok((server.engine()?, server.handshake_timeout())),
        Err(request) => request,
    };
    let client = match (request.into_value::<TlsClient>(), cx.tracker().retrieve_value::<TlsClient>(USUAL)) {
        (Ok(client), _) | (Err(_), Ok(client)) => client,
        (Err(_), Err(_)) => {
            let usual = TlsClient::new().map_err(|error| SslError::Settings(error.to_string()))?;
            let _ = cx.tracker().track_value(USUAL, usual.clone());
            usual
        }
    };
    Ok((client.engine(host)?, client.handshake_timeout()))
}

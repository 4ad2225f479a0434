//! What a server does with its connections and handlers while it runs.

use std::sync::Arc;
use std::time::Instant;

use axon::{
    CONTROL, ComponentRef, Context, Ending, INBOX, Message, OUTBOX, ProducerFinished, Result, SIGNAL,
    ShutdownMicroprocess,
};

use super::failures::{AfterFailure, caught};
use super::{Ends, ServerCore};
use crate::brief::first_ten;
use crate::csa::boxes::{MAKE_SSL, SSL_READY};
use crate::ipc::{
    HowDied, NewCsa, NewServer, PeerFinished, ResetConnection, ServerFailed, ShutdownCsa, SocketShutdown,
};

/// The inbox for new and ended connections.
pub(super) const SOCKET_ACTIVITY: &str = "_socketactivity";
/// The outbox by which a handler can stop its server.
const STOP_SERVER: &str = "serversignal";

/// How many messages wait at a handler before its connection is read no further, unless it declares a size
/// of its own.
const HANDLER_INBOX: usize = 16;

impl ServerCore {
    /// Makes a handler for a new connection, and links both.
    #[doc(alias = "mkProtocolHandler")]
    fn handle_new_connection(&mut self, cx: &Context, NewCsa { csa, connection, .. }: NewCsa) {
        let peer = connection.peer;
        let handler = match caught(|| (self.protocol)(cx, &connection)) {
            Ok(handler) => handler,
            Err(text) => {
                self.failures.tell(
                    cx,
                    peer,
                    &format_args!("a handler could not be made: it panicked: {text}"),
                );
                cx.activate(&csa);
                self.close_after_failure(cx, &csa);
                return;
            }
        };
        cx.supervise(&handler);
        if let Err(error) = join(cx, &csa, &handler) {
            self.failures.tell(cx, peer, &format_args!("{handler} could not be linked: {error}"));
            cx.stop(&handler);
            cx.remove_child(&handler);
            cx.activate(&csa);
            self.close_after_failure(cx, &csa);
            return;
        }
        cx.activate(&csa);
        cx.activate(&handler);
        self.connections.insert(csa, Ends { handler: Some(handler), peer, told: false });
    }

    /// The connection has ended: tells the handler, which may finish what it does.
    fn handle_closed_csa(&mut self, cx: &Context, end: SocketShutdown) {
        let Some(ends) = self.connections.remove(&end.caller) else { return };
        cx.unlink_component(&end.caller);
        if let HowDied::BadData(complaint) = &end.how_died {
            let handler = ends.handler.as_ref().map_or_else(|| "a handler".to_owned(), ToString::to_string);
            self.failures.tell(
                cx,
                ends.peer,
                &format_args!("{handler} sent what cannot be sent: {complaint}"),
            );
        }
        let Some(handler) = ends.handler else { return };
        lead_to(cx, &handler, &end.caller);
        // Also after `PeerFinished`: what the handler still sends does not arrive any more.
        tell(cx, &handler, Message::notice(end));
        self.leave_alone(cx, &handler);
        self.finishing.push((handler, ends.peer));
    }

    /// Hears what its TCP server has to say. `Err` if it cannot listen.
    pub(super) fn hear_the_server(&mut self, cx: &Context) -> Result {
        while let Some(news) = cx.recv(SOCKET_ACTIVITY) {
            let news = match news.take::<NewCsa>() {
                Ok(new) => {
                    self.handle_new_connection(cx, new);
                    continue;
                }
                Err(news) => news,
            };
            let news = match news.take::<ShutdownCsa>() {
                Ok(ShutdownCsa { csa: caller, how_died, unsent, unacknowledged, .. }) => {
                    self.cut_short.ended(&caller, unsent);
                    self.handle_closed_csa(cx, SocketShutdown { caller, how_died, unsent, unacknowledged });
                    continue;
                }
                Err(news) => news,
            };
            if let Some(csa) = news.view(|finished: &PeerFinished| finished.caller.clone()) {
                if let Some(ends) = self.connections.get_mut(&csa)
                    && let Some(handler) = &ends.handler
                    && !std::mem::replace(&mut ends.told, true)
                {
                    let handler = handler.clone();
                    tell(cx, &handler, news);
                    self.leave_finished(cx, &csa, &handler);
                }
            } else if news.is::<NewServer>() {
                cx.send(OUTBOX, news)?;
            } else if news.is::<ServerFailed>() {
                cx.send(SIGNAL, news)?;
            }
        }
        Ok(())
    }

    /// Looks for handlers that have ended, whichever way: their connections are closed.
    pub(super) fn look_for_the_ended(&mut self, cx: &Context) {
        let mut ended = Vec::new();
        for (csa, ends) in &mut self.connections {
            if let Some(handler) = ends.handler.take_if(|handler| handler.is_stopped()) {
                ended.push((handler, ends.peer, Some(csa.clone())));
            }
        }
        let alone = self.finishing.extract_if(.., |(handler, _)| handler.is_stopped());
        ended.extend(alone.map(|(handler, peer)| (handler, peer, None)));
        for (handler, peer, csa) in ended {
            let failure = cx.failure_of(&handler);
            cx.remove_child(&handler);
            if let Some(failure) = &failure {
                self.failures.tell(cx, peer, failure);
            }
            match (csa, failure) {
                (Some(csa), Some(_)) => self.close_after_failure(cx, &csa),
                (Some(csa), None) => tell(cx, &csa, Message::new(ProducerFinished::new())),
                (None, _) => {}
            }
        }
    }

    fn close_after_failure(&self, cx: &Context, csa: &ComponentRef) {
        match self.after_failure {
            AfterFailure::Close => tell(cx, csa, Message::new(ProducerFinished::new())),
            AfterFailure::Reset => tell(cx, csa, Message::notice(ResetConnection)),
        }
    }

    /// Closes all connections at once. Returns how many there were.
    pub(super) fn cut_all(&mut self, cx: &Context) -> usize {
        let all: Vec<_> = self.connections.keys().cloned().collect();
        let cut = all.len();
        for caller in all {
            tell(cx, &caller, Message::new(ShutdownMicroprocess::new()));
            let how_died = HowDied::ShutdownMicroprocess;
            self.handle_closed_csa(cx, SocketShutdown { caller, how_died, unsent: 0, unacknowledged: 0 });
        }
        cut
    }

    /// Tells all handlers that no more will come.
    pub(super) fn tell_all(&mut self, cx: &Context) {
        for ends in self.connections.values_mut() {
            if let Some(handler) = &ends.handler
                && !std::mem::replace(&mut ends.told, true)
            {
                tell(cx, handler, Message::new(ProducerFinished::new()));
            }
        }
    }

    /// The deadline of the drain is over: those left are cut. Returns the report.
    pub(super) fn cut_late(&mut self, cx: &Context) -> ProducerFinished {
        let who = first_ten(self.connections.values().map(|ends| ends.peer));
        let cut = self.cut_all(cx);
        let report = format!("{cut} connections had not ended after {:?} and were cut: {who}", self.drain);
        log::warn!("{}: {report}", cx.name());
        ProducerFinished { caller: Some(cx.me().clone()), message: Some(Arc::from(report)) }
    }

    /// All connections have ended. Handlers may finish what they do, until this time; then they are stopped.
    pub(super) async fn let_handlers_finish(&mut self, cx: &Context, mut until: Instant) {
        loop {
            if self.sweep.is_due(cx, self.finishing.len()) {
                self.look_for_the_ended(cx);
            }
            while let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    until = cx.now();
                }
            }
            if self.finishing.is_empty() || until <= cx.now() {
                break;
            }
            cx.pause_until(self.sweep.planned().map_or(until, |planned| planned.min(until))).await;
        }
        self.look_for_the_ended(cx);
        if !self.finishing.is_empty() {
            let handlers = self.finishing.iter();
            let who = first_ten(handlers.map(|(handler, peer)| format!("{handler} of {peer}")));
            let (name, all) = (cx.name(), self.finishing.len());
            log::warn!("{name}: {all} handlers had not ended and were stopped: {who}");
            for (handler, _) in self.finishing.drain(..) {
                cx.stop(&handler);
            }
        }
    }
}

/// Links a handler and its connection.
fn join(cx: &Context, csa: &ComponentRef, handler: &ComponentRef) -> Result {
    if cx.has_inbox(handler, INBOX) {
        if cx.size((handler, INBOX))?.is_none() {
            cx.set_size((handler, INBOX), Some(HANDLER_INBOX))?;
        }
        cx.link((csa, OUTBOX), (handler, INBOX))?;
    }
    if cx.has_outbox(handler, OUTBOX) {
        cx.link((handler, OUTBOX), (csa, INBOX))?;
    }
    if cx.has_outbox(handler, SIGNAL) {
        cx.link((handler, SIGNAL), (csa, CONTROL))?;
    }
    if cx.has_outbox(handler, MAKE_SSL) {
        cx.link((handler, MAKE_SSL), (csa, MAKE_SSL))?;
    }
    if cx.has_inbox(handler, SSL_READY) {
        cx.link((csa, SSL_READY), (handler, SSL_READY))?;
    }
    if cx.has_outbox(handler, STOP_SERVER) {
        cx.link((handler, STOP_SERVER), (cx.me(), CONTROL))?;
    }
    Ok(())
}

/// What a component sends goes to a receiver that has ended, or is about to: it is told so when it sends.
pub(super) fn lead_to(cx: &Context, component: &ComponentRef, receiver: &ComponentRef) {
    if !component.is_stopped() && cx.has_outbox(component, OUTBOX) {
        // If it is linked by somebody else, that one hears it.
        let _ = cx.link((component, OUTBOX), (receiver, INBOX));
    }
}

/// Puts a notice into a component's `control`, if it has one and lives.
pub(crate) fn tell(cx: &Context, component: &ComponentRef, notice: Message) {
    if !component.is_stopped() && cx.has_inbox(component, CONTROL) {
        // One that has no room in `control` is being told already.
        let _ = cx.deliver_to(component, CONTROL, notice);
    }
}

//! The end of HTTP on a connection: its handler speaks another protocol from now on.

use axon::{CONTROL, ComponentRef, Context, INBOX, Message, OUTBOX, ProducerFinished, SIGNAL, time_after};

use super::connection::{BODY, HANDLER_SIGNAL, HttpConnection, RESPONSE};

impl HttpConnection {
    /// Gives the handler the connection: what came after the request first, then all that comes. Its boxes are
    /// linked in place of this component's own, which sleeps until the handler ends.
    pub(super) async fn tunnel(&mut self, cx: &Context, handler: &ComponentRef) -> axon::Result {
        let (takes, sends) = (cx.has_inbox(handler, INBOX), cx.has_outbox(handler, OUTBOX));
        self.hand_over_input(cx, takes).await?;
        self.hand_over_output(cx).await;
        cx.unlink_component(handler);
        if takes {
            cx.pass_through_inbox((cx.me(), INBOX), (handler, INBOX))?;
        }
        if sends {
            cx.pass_through_outbox((handler, OUTBOX), (cx.me(), OUTBOX))?;
        }
        while let Some(message) = cx.recv(HANDLER_SIGNAL) {
            cx.send(SIGNAL, message)?;
        }
        if cx.has_outbox(handler, SIGNAL) {
            cx.pass_through_outbox((handler, SIGNAL), (cx.me(), SIGNAL))?;
        }
        self.hear(cx);
        if cx.has_inbox(handler, CONTROL) {
            let news = [self.news.draining.take(), self.news.peer_finished.take(), self.news.over.take()];
            for message in news.into_iter().flatten() {
                cx.deliver_to(handler, CONTROL, message)?;
            }
            cx.pass_through_inbox((cx.me(), CONTROL), (handler, CONTROL))?;
            while !handler.is_stopped() {
                cx.pause().await;
            }
        } else {
            self.watch_the_connection(cx, handler).await;
        }
        self.await_the_end(cx, handler).await;
        let _ = cx.send(SIGNAL, Message::new(ProducerFinished::new()));
        Ok(())
    }

    /// For a handler without `control`, which cannot be told: until it has ended, or the connection has, or the client
    /// finished [`HttpLimits::idle_timeout`](crate::http::HttpLimits::idle_timeout) ago.
    async fn watch_the_connection(&mut self, cx: &Context, handler: &ComponentRef) {
        let mut until = None;
        while !handler.is_stopped() && self.news.over.is_none() {
            if self.news.peer_finished.is_some() {
                until.get_or_insert(time_after(cx.now(), self.limits.idle_timeout));
            }
            match until {
                Some(until) if until <= cx.now() => return,
                Some(until) => cx.pause_until(until).await,
                None => cx.pause().await,
            }
            self.hear(cx);
        }
    }

    /// Until nothing waits here.
    async fn hand_over_input(&mut self, cx: &Context, takes: bool) -> axon::Result {
        while takes && self.input.pull(cx, INBOX)? {
            let rest = self.input.take_rest();
            if cx.send_when_room(BODY, rest).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn hand_over_output(&mut self, cx: &Context) {
        while let Some(message) = cx.recv(RESPONSE) {
            if cx.send_when_room(OUTBOX, message).await.is_err() {
                break;
            }
        }
    }
}

//! What becomes of a request whose exchange cannot go on.

use std::time::Duration;

use axon::{ComponentRef, Context, Message, ProducerFinished, SIGNAL, error::Failure, time_after};
use http::StatusCode;

use super::answer::Answer;
use super::connection::HttpConnection;
use super::error_pages::error_page;
use super::exchange::{After, Exchange};
use crate::connected_server::leave_unheard;
use crate::http::codec::{HeadFault, Malformed, Persistence};
use crate::http::ipc::RequestCut;
use crate::ipc::ResetConnection;

/// How long a handler may take to end after its request was cut, or its connection has ended.
const GRACE: Duration = Duration::from_secs(1);

/// Why an exchange cannot go on.
pub(super) enum Trouble {
    /// The handler sent what is no answer.
    Fault(String),
    Failed(Failure),
    /// The handler wants no more of it.
    BrokenOff,
    /// The body of the request is wrong, cut, or too slow.
    Malformed(Malformed),
    /// Nobody is left to answer.
    Gone,
}

impl From<HeadFault> for Trouble {
    fn from(fault: HeadFault) -> Self {
        Trouble::Fault(fault.0)
    }
}

impl From<Malformed> for Trouble {
    fn from(malformed: Malformed) -> Self {
        Trouble::Malformed(malformed)
    }
}

impl HttpConnection {
    /// Says what there is to say, closes the connection, and has the handler end.
    pub(super) async fn give_up(
        &mut self,
        cx: &Context,
        exchange: &mut Exchange,
        trouble: Trouble,
    ) -> axon::Result<After> {
        let why = match trouble {
            Trouble::Fault(fault) => {
                let who = exchange.handler.as_ref().map_or("the answer".to_owned(), ToString::to_string);
                self.tell_failure(cx, &format_args!("{who}: {fault}"));
                self.answer_error(StatusCode::INTERNAL_SERVER_ERROR, "", exchange);
                "the answer could not be sent".to_owned()
            }
            Trouble::Failed(failure) => {
                self.tell_failure(cx, &failure);
                self.answer_error(StatusCode::INTERNAL_SERVER_ERROR, "", exchange);
                String::new()
            }
            Trouble::BrokenOff => String::new(),
            Trouble::Malformed(malformed) => {
                log::debug!("a request of {} was refused: {malformed}", self.connection.peer);
                self.answer_error(malformed.status, &malformed.why, exchange);
                malformed.why.into_owned()
            }
            Trouble::Gone => "the connection has ended".to_owned(),
        };
        self.flush(cx).await;
        let after = match &exchange.answer {
            Answer::Body(encoder, _) if !encoder.tells_its_end() => After::Reset,
            _ => After::Close,
        };
        cx.send(
            SIGNAL,
            match after {
                After::Reset => Message::notice(ResetConnection),
                _ => Message::new(ProducerFinished::new()),
            },
        )?;
        self.cut(cx, exchange, why).await;
        Ok(after)
    }

    /// Counts and logs a failure of a handler.
    pub(super) fn tell_failure(&self, cx: &Context, failure: &dyn std::fmt::Display) {
        self.site.failures.borrow_mut().tell(cx, self.connection.peer, failure);
    }

    /// Answers with an error, if there was no answer yet; the connection is closed after it.
    pub(super) fn answer_error(&mut self, status: StatusCode, why: &str, exchange: &mut Exchange) {
        exchange.wishes = Persistence::Close;
        if matches!(exchange.answer, Answer::Awaited) {
            self.answer_with(error_page(status, why), exchange);
        }
    }

    /// Tells the handler that its request is void, and sees to it that it ends.
    async fn cut(&mut self, cx: &Context, exchange: &mut Exchange, why: String) {
        exchange.tell(cx, Message::notice(RequestCut { why }));
        let Some(handler) = exchange.handler.take() else { return };
        let nobody = leave_unheard(cx, &handler);
        self.await_the_end(cx, &handler).await;
        cx.remove_child(&nobody);
    }

    /// Waits until the handler has ended, and stops it if that takes too long.
    pub(super) async fn await_the_end(&self, cx: &Context, handler: &ComponentRef) {
        let until = time_after(cx.now(), GRACE);
        while !handler.is_stopped() && cx.now() < until {
            cx.pause_until(until).await;
        }
        match cx.failure_of(handler) {
            Some(failure) => self.tell_failure(cx, &failure),
            None if !handler.is_stopped() => {
                log::warn!("{handler} had not ended {GRACE:?} after its request was over, and was stopped");
                cx.stop(handler);
            }
            None => {}
        }
        cx.remove_child(handler);
    }
}

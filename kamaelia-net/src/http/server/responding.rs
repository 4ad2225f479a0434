//! A function from whole requests to whole responses, in place of a handler.
//!
//! *Differs from Kamaelia:* there whoever answers is a component. To make, link and end one for each request, only to
//! call a function, takes longer than all the rest of a short answer. So the connection calls it.

use std::cell::RefCell;
use std::rc::Rc;

use axon::Context;
use http::{Request, Response, StatusCode};

use super::answer::Given;
use super::connection::HttpConnection;
use super::error_pages::error_page;
use super::exchange::Exchange;
use crate::connected_server::failures::caught;
use crate::http::RequestHead;
use crate::http::codec::{Framing, HeadFault};

/// The function of a server.
pub(super) type Respond = Rc<RefCell<dyn FnMut(Request<Vec<u8>>) -> Response<Vec<u8>>>>;

/// A request whose body is gathered until the function can answer it.
pub(super) struct Gathering {
    head: Box<RequestHead>,
    body: Vec<u8>,
    respond: Respond,
}

impl Gathering {
    pub(super) fn new(head: Box<RequestHead>, respond: &Respond) -> Self {
        Gathering { head, body: Vec::new(), respond: Rc::clone(respond) }
    }
}

impl HttpConnection {
    /// Begins to gather a request, unless its body is known to be too large.
    pub(super) fn begin_to_gather(
        &mut self,
        gathering: Gathering,
        framing: Framing,
        exchange: &mut Exchange,
    ) {
        match framing {
            Framing::Length(length) if length > self.limits.whole_body as u64 => {
                self.answer_too_large(exchange);
            }
            _ => exchange.gathering = Some(gathering),
        }
    }

    /// Adds a piece to the body of a request.
    pub(super) fn gather(&mut self, chunk: Vec<u8>, exchange: &mut Exchange) {
        let Some(gathering) = &mut exchange.gathering else { return };
        let body = &mut gathering.body;
        if body.len() + chunk.len() > self.limits.whole_body {
            exchange.gathering = None;
            self.answer_too_large(exchange);
        } else if body.is_empty() {
            *body = chunk;
        } else {
            body.extend(chunk);
        }
    }

    fn answer_too_large(&mut self, exchange: &mut Exchange) {
        let why = format!("more than {} bytes", self.limits.whole_body);
        self.answer_with(error_page(StatusCode::PAYLOAD_TOO_LARGE, &why), exchange);
    }

    /// Has the function answer a request that is there as a whole.
    pub(super) fn respond(
        &mut self,
        cx: &Context,
        gathering: Gathering,
        exchange: &mut Exchange,
    ) -> Result<(), HeadFault> {
        let Gathering { head, body, respond } = gathering;
        match caught(|| (respond.borrow_mut())(head.map(|()| body))) {
            Ok(response) => self.put(Given::whole(response), exchange),
            Err(text) => {
                self.tell_failure(cx, &format_args!("the function that answers panicked: {text}"));
                self.answer_error(StatusCode::INTERNAL_SERVER_ERROR, "", exchange);
                Ok(())
            }
        }
    }
}

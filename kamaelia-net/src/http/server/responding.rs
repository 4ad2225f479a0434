//! A function from whole requests to whole responses, as the handler of a server.

use std::cell::RefCell;
use std::rc::Rc;

use axon::{Component, Context, OUTBOX};
use http::{Request, Response, StatusCode};

use super::error_pages::error_page;
use crate::http::RequestHead;

/// The function of a server.
pub(super) type Respond = Rc<RefCell<dyn FnMut(Request<Vec<u8>>) -> Response<Vec<u8>>>>;

/// Gathers a request's body and answers with what the function returns.
pub(super) struct Responder {
    pub(super) respond: Respond,
    pub(super) head: Option<RequestHead>,
    pub(super) largest: usize,
}

impl Component for Responder {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut body = Vec::new();
        while let Some(chunk) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            if body.len() + chunk.len() > self.largest {
                let why = format!("more than {} bytes", self.largest);
                cx.send(OUTBOX, error_page(StatusCode::PAYLOAD_TOO_LARGE, &why))?;
                return Ok(());
            }
            body.extend(chunk);
        }
        // One whose body was cut is answered by nobody.
        if let Some(head) = self.head.take().filter(|_| !cx.is_told_to_stop()) {
            let response = (self.respond.borrow_mut())(head.map(|()| body));
            cx.send(OUTBOX, response)?;
        }
        Ok(())
    }
}

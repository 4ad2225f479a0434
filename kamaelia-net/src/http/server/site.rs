//! What all connections of one server share.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use axon::{ComponentRef, Context};
use http::{HeaderValue, Response, StatusCode};

use crate::brief::drop_safely;
use crate::connected_server::failures::{Failures, panic_text};
use crate::http::RequestHead;
use crate::http::date::Dates;
use crate::http::limits::HttpLimits;

/// Makes the handler of a request, or answers at once.
pub(super) type Make = Box<dyn FnMut(&Context, RequestHead, &HttpLimits) -> Made>;

/// What a request leads to.
pub(super) enum Made {
    Handler(ComponentRef),
    Answer(Box<Response<String>>),
}

/// Shared by the connections of a server.
pub(super) struct Site {
    make: RefCell<Make>,
    limits: RefCell<Rc<HttpLimits>>,
    pub(super) failures: RefCell<Failures>,
    dates: RefCell<Dates>,
}

impl Site {
    pub(super) fn new(make: Make) -> Self {
        Site {
            make: RefCell::new(make),
            limits: RefCell::default(),
            failures: RefCell::default(),
            dates: RefCell::default(),
        }
    }

    pub(super) fn limits(&self) -> Rc<HttpLimits> {
        Rc::clone(&self.limits.borrow())
    }

    pub(super) fn set_limits(&self, limits: HttpLimits) {
        *self.limits.borrow_mut() = Rc::new(limits);
    }

    pub(super) fn date(&self) -> HeaderValue {
        self.dates.borrow_mut().now()
    }

    /// Makes the handler of a request. `Err` with what the panic says if making it panics.
    pub(super) fn make(&self, cx: &Context, head: RequestHead) -> Result<Made, String> {
        let made =
            catch_unwind(AssertUnwindSafe(|| (self.make.borrow_mut())(cx, head, &self.limits.borrow())));
        made.map_err(|panic| {
            let text = format!("a handler could not be made: it panicked: {}", panic_text(&*panic));
            drop_safely(panic);
            text
        })
    }
}

/// An answer that only says what its status is, and a sentence more.
#[doc(alias = "getErrorPage")]
pub(crate) fn error_page(status: StatusCode, why: &str) -> Response<String> {
    let mut page = Response::new(match why {
        "" => format!("{status}\n"),
        why => format!("{status}\n{why}\n"),
    });
    *page.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    page.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    page
}

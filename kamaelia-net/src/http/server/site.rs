//! What all connections of one server share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use axon::{ComponentRef, Context};
use http::{HeaderValue, Response};

use super::access_log::{AccessLog, Visit};
use super::responding::Gathering;
use crate::connected_server::failures::{Failures, caught};
use crate::http::RequestHead;
use crate::http::date::Dates;
use crate::http::limits::HttpLimits;

/// Makes the handler of a request, or answers at once.
pub(super) type Make = Box<dyn FnMut(&Context, Box<RequestHead>) -> Made>;

/// What a request leads to.
pub(super) enum Made {
    Handler(ComponentRef),
    /// A function, when all of the request is there.
    Function(Gathering),
    Answer(Box<Response<String>>),
}

/// Shared by the connections of a server.
pub(super) struct Site {
    make: RefCell<Make>,
    limits: RefCell<Rc<HttpLimits>>,
    pub(super) failures: RefCell<Failures>,
    dates: RefCell<Dates>,
    pub(super) access_log: Cell<Option<AccessLog>>,
}

impl Site {
    pub(super) fn new(make: Make) -> Self {
        Site {
            make: RefCell::new(make),
            limits: RefCell::default(),
            failures: RefCell::default(),
            dates: RefCell::default(),
            access_log: Cell::default(),
        }
    }

    /// What the access log will say of a request, `None` for one that could not be read. Nothing if there is no log.
    pub(super) fn visit(&self, head: Option<&RequestHead>) -> Option<Visit> {
        self.access_log.get().filter(|_| Visit::is_wanted()).map(|format| Visit::new(format, head))
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
    pub(super) fn make(&self, cx: &Context, head: Box<RequestHead>) -> Result<Made, String> {
        let made = caught(|| (self.make.borrow_mut())(cx, head));
        made.map_err(|text| format!("a handler could not be made: it panicked: {text}"))
    }
}

//! One limit for a kind of line in the log, whichever components of a scheduler log it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::{Context, LogLimit};

use super::aside::shared;

impl LogLimit {
    /// [`admit`](LogLimit::admit) with a limit that all components of a scheduler share for this kind of line. For
    /// components of which there may be one to each connection: a limit of its own for each is none.
    pub fn admit_for_all(cx: &Context, kind: &str) -> Option<String> {
        let limit = shared(cx, &format!("log limit: {kind}"), Rc::<RefCell<LogLimit>>::default);
        limit.borrow_mut().admit(cx.now())
    }
}

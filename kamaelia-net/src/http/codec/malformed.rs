//! Why bytes are no HTTP message, and the status with which a server says so.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

/// What is wrong with a message. Nothing that follows it on its connection is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::http) struct Malformed {
    /// With what a server answers a request like this.
    pub(in crate::http) status: StatusCode,
    pub(in crate::http) why: Cow<'static, str>,
}

impl Malformed {
    pub(super) fn new(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        Malformed { status, why: why.into() }
    }

    pub(super) fn bad(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

//! How connections behave to which the server speaks first.

use std::time::Duration;

use kamaelia_net::CsaOptions;

/// A client need not say anything. One that takes nothing for half a minute, or with which nothing happens for two, is
/// disconnected. At the end one has half a second to close its side.
pub(crate) fn speaks_first() -> CsaOptions {
    let mut options = CsaOptions::hardened();
    options.first_byte_timeout = None;
    options.linger = Duration::from_millis(500);
    options
}

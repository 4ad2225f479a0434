//! What both clients can be told.

use std::rc::Rc;

use crate::http::limits::HttpLimits;

/// How many redirections are followed, unless set.
const REDIRECTS: usize = 10;

/// The settings of a client.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(super) limits: Rc<HttpLimits>,
    pub(super) redirects: usize,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Option<crate::TlsClient>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            limits: Rc::default(),
            redirects: REDIRECTS,
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

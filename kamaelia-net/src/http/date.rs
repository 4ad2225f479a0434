//! The `Date` of responses, made once a second.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// The last date that was made.
#[derive(Default)]
pub(super) struct Dates {
    made: Option<(u64, HeaderValue)>,
}

impl Dates {
    /// The date and time now.
    pub(super) fn now(&mut self) -> HeaderValue {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match &self.made {
            Some((made, date)) if *made == second => date.clone(),
            _ => {
                let date = HeaderValue::try_from(httpdate::fmt_http_date(now))
                    .unwrap_or_else(|_| HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
                self.made = Some((second, date.clone()));
                date
            }
        }
    }
}

//! Conditional requests: RFC 9110, section 13.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};

/// Which version of a file there is.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) etag: String,
    /// In whole seconds.
    modified: SystemTime,
}

/// What becomes of a conditional request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Send,
    NotModified,
    Failed,
}

impl Version {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let etag = format!("\"{:x}-{:x}-{:x}\"", metadata.mtime(), metadata.mtime_nsec(), metadata.len());
        let since = Duration::from_secs(metadata.mtime().max(0).unsigned_abs());
        Version { etag, modified: UNIX_EPOCH + since }
    }

    /// As a date of HTTP.
    pub(super) fn last_modified(&self) -> String {
        httpdate::fmt_http_date(self.modified)
    }

    pub(super) fn verdict(&self, headers: &HeaderMap) -> Verdict {
        let matches = self.is_among(headers, &IF_MATCH, Compare::Strong);
        let unchanged = self.is_unmodified_since(headers, &IF_UNMODIFIED_SINCE);
        if matches == Some(false) || matches.is_none() && unchanged == Some(false) {
            return Verdict::Failed;
        }
        let is_known = match self.is_among(headers, &IF_NONE_MATCH, Compare::Weak) {
            Some(is_known) => is_known,
            None => self.is_unmodified_since(headers, &IF_MODIFIED_SINCE) == Some(true),
        };
        if is_known { Verdict::NotModified } else { Verdict::Send }
    }

    /// Whether a list of tags has this one. `None` if there is no list.
    fn is_among(&self, headers: &HeaderMap, name: &HeaderName, compare: Compare) -> Option<bool> {
        let mut lines = headers.get_all(name).iter().peekable();
        lines.peek()?;
        Some(lines.any(|line| {
            let tags = line.to_str().unwrap_or_default().split(',').map(str::trim);
            tags.into_iter().any(|tag| match (tag, compare) {
                ("*", _) => true,
                (tag, Compare::Strong) => tag == self.etag,
                (tag, Compare::Weak) => tag.strip_prefix("W/").unwrap_or(tag) == self.etag,
            })
        }))
    }

    /// `None` if there is no date, or none that can be read.
    fn is_unmodified_since(&self, headers: &HeaderMap, name: &HeaderName) -> Option<bool> {
        let date = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
        Some(self.modified <= date)
    }

    /// Whether what a client has a part of is this version.
    pub(super) fn is(&self, said: &str) -> bool {
        said == self.etag || httpdate::parse_http_date(said).is_ok_and(|date| date == self.modified)
    }
}

#[derive(Clone, Copy)]
enum Compare {
    Strong,
    Weak,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(fields: &[(&str, &str)]) -> Verdict {
        let modified = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let version = Version { etag: "\"a\"".into(), modified };
        let fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        version.verdict(&fields.collect())
    }

    #[test]
    fn tags_come_before_dates_and_preconditions_before_what_is_known() {
        use Verdict::{Failed, NotModified, Send};
        let same = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun Nov  6 08:49:38 1994";
        let earlier = "Sunday, 06-Nov-94 08:49:36 GMT";
        assert_eq!(verdict(&[]), Send);
        assert_eq!(verdict(&[("if-none-match", "\"b\", W/\"a\"")]), NotModified);
        assert_eq!(verdict(&[("if-none-match", "*")]), NotModified);
        assert_eq!(verdict(&[("if-none-match", "\"b\""), ("if-modified-since", later)]), Send);
        assert_eq!(verdict(&[("if-modified-since", same)]), NotModified);
        assert_eq!(verdict(&[("if-modified-since", later)]), NotModified);
        assert_eq!(verdict(&[("if-modified-since", earlier)]), Send);
        assert_eq!(verdict(&[("if-modified-since", "yesterday")]), Send);
        assert_eq!(verdict(&[("if-match", "\"b\"")]), Failed);
        assert_eq!(verdict(&[("if-match", "W/\"a\"")]), Failed);
        assert_eq!(verdict(&[("if-match", "\"a\""), ("if-unmodified-since", earlier)]), Send);
        assert_eq!(verdict(&[("if-unmodified-since", earlier)]), Failed);
    }
}

//! What stands behind the `?` of a request's target, or is written like it.

use crate::http::{RequestHead, percent_decode};

/// Names and values.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// That of a request. What is no text is left out.
    pub(super) fn of(head: &RequestHead) -> Self {
        Query::read(head.uri().query().unwrap_or_default())
    }

    /// Reads names and values.
    pub(super) fn read(written: &str) -> Self {
        // As forms write it, a plus is a space.
        let text = |part: &str| String::from_utf8(percent_decode(&part.replace('+', " "))?).ok();
        let pairs = written.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((text(name)?, text(value)?))
        });
        Query(pairs.collect())
    }

    /// The first value with a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values with a name.
    pub(super) fn values<'a, 'b>(&'a self, name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

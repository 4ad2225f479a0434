//! The beginning of a payload's `Debug` form, for errors and log lines: a message of 20 MB takes one line in the log.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::payload::Message;

/// How many bytes of the `Debug` form are shown.
const SHOWN: usize = 200;

/// How many bytes of a payload of text or bytes are looked at: the rest would be cut off in any case.
const LOOKED_AT: usize = SHOWN + 1;

impl Message {
    /// Shows the payload in its `Debug` form for errors and log lines: at most 200 bytes of it, followed by the
    /// length of text and bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let small = axon::Message::new("short");
    /// assert_eq!(small.excerpt().to_string(), "\"short\"");
    /// let large = axon::Message::new(vec![0u8; 20_000_000]);
    /// assert!(large.excerpt().to_string().ends_with("... (20000000 bytes)"));
    /// ```
    #[must_use]
    pub fn excerpt(&self) -> impl fmt::Display + '_ {
        Excerpt(self)
    }
}

struct Excerpt<'a>(&'a Message);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = Start { text: String::new(), is_cut: false };
        let length = write_start(self.0, &mut start);
        f.write_str(&start.text)?;
        match length {
            _ if !start.is_cut => Ok(()),
            Some(length) => write!(f, "... ({length} bytes)"),
            None => f.write_str("..."),
        }
    }
}

/// Writes the payload's `Debug` form; of text and bytes only the beginning, and returns the length of all.
fn write_start(message: &Message, start: &mut Start) -> Option<usize> {
    fn text(text: &str, start: &mut Start) -> usize {
        // An error only means that enough was written.
        let _ = write!(start, "{:?}", beginning(text, LOOKED_AT));
        text.len()
    }
    fn bytes(bytes: &[u8], start: &mut Start) -> usize {
        let _ = write!(start, "{:?}", &bytes[..bytes.len().min(LOOKED_AT)]);
        bytes.len()
    }
    (message.view(|it: &String| text(it, start)))
        .or_else(|| message.view(|it: &&'static str| text(it, start)))
        .or_else(|| message.view(|it: &Arc<str>| text(it, start)))
        .or_else(|| message.view(|it: &Vec<u8>| bytes(it, start)))
        .or_else(|| message.view(|it: &&'static [u8]| bytes(it, start)))
        .or_else(|| message.view(|it: &Arc<[u8]>| bytes(it, start)))
        .or_else(|| {
            let _ = write!(start, "{message:?}");
            None
        })
}

/// At most so many bytes of a text, in whole characters.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Keeps the first [`SHOWN`] bytes, and then fails, which ends the writing.
struct Start {
    text: String,
    is_cut: bool,
}

impl fmt::Write for Start {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = SHOWN - self.text.len();
        if more.len() <= room && !self.is_cut {
            self.text.push_str(more);
            return Ok(());
        }
        if !self.is_cut {
            self.text.push_str(beginning(more, room));
        }
        self.is_cut = true;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(payload: impl crate::Payload) -> String {
        Message::new(payload).excerpt().to_string()
    }

    #[test]
    fn a_small_payload_is_shown_whole_and_a_large_one_with_its_beginning_and_length() {
        assert_eq!(excerpt(5u8), "5");
        assert_eq!(excerpt("a\n"), "\"a\\n\"");
        assert_eq!(excerpt(vec![1u8, 2]), "[1, 2]");
        for large in ["ä".repeat(3_000_000), "\u{1}".repeat(3_000_000)] {
            let length = large.len();
            let shown = excerpt(large);
            assert!(shown.len() < 250 && shown.ends_with(&format!("... ({length} bytes)")), "{shown}");
        }
        let mut shared = Message::new(vec![7u8; 20_000_000]);
        let _other = shared.duplicate();
        let shown = shared.excerpt().to_string();
        assert!(shown.starts_with("[7, 7, ") && shown.ends_with("... (20000000 bytes)"), "{shown}");
    }

    #[test]
    fn a_large_payload_of_any_other_type_is_cut_off_too() {
        let shown = excerpt(Some(vec![1u64; 100_000]));
        assert!(shown.starts_with("Some([1, 1, ") && shown.ends_with("...") && shown.len() < 250, "{shown}");
    }

    #[test]
    fn text_just_as_long_as_is_looked_at_is_not_taken_for_the_whole() {
        for length in SHOWN - 5..SHOWN + 5 {
            let shown = excerpt("x".repeat(length));
            let is_whole = shown.ends_with("x\"");
            assert_eq!(is_whole, length + 2 <= SHOWN, "{length}: {shown}");
        }
    }
}

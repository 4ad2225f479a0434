//! Lets through what matches a pattern.
//!
//! Ported from `Grep` of `Kamaelia.Apps.Europython09.Util`.
//!
//! *Differs from Kamaelia:* bytes as well as text. A wrong pattern is an error when it is made. A control message that
//! is not an ending does not end it.

use crate::chassis::FromMessage;
use crate::util::each::each;
use crate::util::text::{with_bytes, with_text};
use crate::{Component, Context, Message, OUTBOX, Result};

/// Sends on the messages in which a pattern is found, and drops the others.
///
/// A pattern is a plain text, or with the feature `regex` a regular expression of the crate
/// [`regex`](https://docs.rs/regex), which takes time proportional to the length of a message, whatever the pattern.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text, usually lines |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the messages that match, unchanged |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::file::Grep;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<&str>::new();
/// let lines = DataSource::new(["one\n", "two\n", "three\n"]);
/// axon::run(pipeline![lines, Grep::containing("e").invert(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["two\n"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Grep {
    pattern: Pattern,
    inverts: bool,
}

#[derive(Debug)]
enum Pattern {
    Text(String),
    #[cfg(feature = "regex")]
    Regex(regex::bytes::Regex),
}

impl Grep {
    /// Lets through what contains this text.
    pub fn containing(text: impl Into<String>) -> Self {
        Grep { pattern: Pattern::Text(text.into()), inverts: false }
    }

    /// Lets through what a regular expression matches.
    ///
    /// # Errors
    ///
    /// If the expression is wrong, or so large that it would fill the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::file::Grep;
    ///
    /// let numbers = Grep::new("^[0-9]+$")?;
    /// assert!(Grep::new("(").is_err());
    /// # Ok::<(), axon::Error>(())
    /// ```
    #[cfg(feature = "regex")]
    #[doc(alias = "pattern")]
    pub fn new(pattern: &str) -> Result<Self> {
        let regex = regex::bytes::RegexBuilder::new(pattern).multi_line(true).build()?;
        Ok(Grep { pattern: Pattern::Regex(regex), inverts: false })
    }

    /// Lets through what does not match, instead of what matches.
    pub fn invert(mut self) -> Self {
        self.inverts = true;
        self
    }
}

impl Pattern {
    fn is_in(&self, message: &Message) -> bool {
        let found = match self {
            Pattern::Text(text) => with_text(message, |message| message.contains(text))
                .or_else(|| with_bytes(message, |bytes| contains(bytes, text))),
            #[cfg(feature = "regex")]
            Pattern::Regex(regex) => with_bytes(message, |bytes| regex.is_match(bytes)),
        };
        found == Some(true)
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(message) => message.contains(text),
        Err(_) => text.is_empty() || bytes.windows(text.len()).any(|window| window == text.as_bytes()),
    }
}

/// A message of bytes or text.
struct Readable(Message);

impl FromMessage for Readable {
    fn expected() -> String {
        "bytes or text".to_owned()
    }

    fn from_message(message: Message) -> std::result::Result<Self, Message> {
        match with_bytes(&message, |_| ()) {
            Some(()) => Ok(Readable(message)),
            None => Err(message),
        }
    }
}

impl Component for Grep {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Readable(message): Readable| {
            if self.pattern.is_in(&message) != self.inverts {
                cx.send_when_room(OUTBOX, message).await?;
            }
            Ok(())
        })
        .await
    }
}

//! A message of NATS, and the names in it.

use std::fmt;

use super::header::STATUS;

/// A message of NATS: a subject, headers, and bytes.
///
/// # Examples
///
/// ```
/// use kamaelia_net::nats::NatsMessage;
///
/// let message = NatsMessage::new("orders.new", "apples")?.with_header("Trace", "17")?;
/// assert_eq!(message.header("trace"), Some("17"));
/// assert_eq!(message.text(), Some("apples"));
/// assert!(NatsMessage::new("two words", "").is_err());
/// # Ok::<(), kamaelia_net::nats::NatsNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NatsMessage {
    subject: String,
    reply: Option<String>,
    headers: Vec<(String, String)>,
    payload: Vec<u8>,
}

/// A text cannot be a subject, a group, a header or an address of NATS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NatsNameError(String);

impl fmt::Display for NatsNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NatsNameError {}

impl NatsNameError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        NatsNameError(what.into())
    }
}

impl NatsMessage {
    /// A message without headers.
    ///
    /// # Errors
    ///
    /// If nothing can be published at this subject: it is words with dots between them, such as `orders.new`,
    /// without spaces, `*` and `>`.
    pub fn new(subject: impl Into<String>, payload: impl Into<Vec<u8>>) -> Result<Self, NatsNameError> {
        let subject = subject.into();
        check_subject(&subject)?;
        if subject.split('.').any(|word| word == "*" || word == ">") {
            return Err(NatsNameError(format!(
                "{subject:?} is for subscribing: nothing is published at * and >"
            )));
        }
        Ok(NatsMessage { subject, reply: None, headers: Vec::new(), payload: payload.into() })
    }

    /// A message as a server sends it.
    pub(super) fn received(
        subject: String,
        reply: Option<String>,
        headers: Vec<(String, String)>,
        payload: Vec<u8>,
    ) -> Self {
        NatsMessage { subject, reply, headers, payload }
    }

    /// Asks for answers at this subject.
    ///
    /// # Errors
    ///
    /// If it is no subject.
    pub fn with_reply(mut self, subject: impl Into<String>) -> Result<Self, NatsNameError> {
        let subject = subject.into();
        check_subject(&subject)?;
        self.reply = Some(subject);
        Ok(self)
    }

    /// Adds a header.
    ///
    /// # Errors
    ///
    /// If the name is empty or contains a colon or a space, or if one of the two contains a line break.
    pub fn with_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, NatsNameError> {
        let (name, value) = (name.into(), value.into());
        let is_name = |c: char| c.is_ascii_graphic() && c != ':';
        if name.is_empty() || !name.chars().all(is_name) || value.contains(['\r', '\n']) {
            return Err(NatsNameError(format!("{name:?}: {value:?} is no header")));
        }
        self.headers.push((name, value));
        Ok(self)
    }

    /// Where it is published.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Where answers are expected.
    #[must_use]
    pub fn reply(&self) -> Option<&str> {
        self.reply.as_deref()
    }

    /// The first header of this name, in upper or lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers: name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The status that a server gives instead of a message, such as `503` if nobody listens.
    #[must_use]
    pub fn status(&self) -> Option<&str> {
        self.header(STATUS)
    }

    /// Its bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Its bytes, without a copy.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// Its bytes as text, if they are UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }
}

/// Shows at most the first hundred bytes.
impl fmt::Debug for NatsMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = String::from_utf8_lossy(&self.payload[..self.payload.len().min(100)]);
        f.debug_struct("NatsMessage")
            .field("subject", &self.subject)
            .field("reply", &self.reply)
            .field("headers", &self.headers)
            .field("bytes", &self.payload.len())
            .field("payload", &shown)
            .finish()
    }
}

/// Words with dots between them; `*` and `>` for subscribing.
pub(super) fn check_subject(subject: &str) -> Result<(), NatsNameError> {
    let is_word =
        |word: &str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control());
    let mut words = subject.split('.').peekable();
    while let Some(word) = words.next() {
        if !is_word(word) || (word == ">" && words.peek().is_some()) {
            let is = "it is words with dots between them, without spaces, and > only at the end";
            return Err(NatsNameError(format!("{subject:?} is no subject: {is}")));
        }
    }
    Ok(())
}

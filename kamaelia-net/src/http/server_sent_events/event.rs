//! One event, and how it is written.

use std::error::Error;
use std::fmt;

use axon::Message;
use axon::chassis::FromMessage;
use axon::util::Text;

/// An event for a [`ServerSentEvents`](super::ServerSentEvents). Text alone is one too.
///
/// # Examples
///
/// ```
/// use kamaelia_net::http::ServerSentEvent;
///
/// let event = ServerSentEvent::new("22.5 °C").event("temperature")?.id("1047")?;
/// # Ok::<(), kamaelia_net::http::InvalidEventError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ServerSentEvent {
    data: String,
    event: Option<String>,
    id: Option<String>,
}

impl ServerSentEvent {
    /// An event with this text, of any number of lines. Pages hear it as a `message`.
    pub fn new(data: impl Into<String>) -> Self {
        ServerSentEvent { data: data.into(), ..Self::default() }
    }

    /// The type under which a page listens for it, instead of `message`.
    ///
    /// # Errors
    ///
    /// If it has a line break, which would begin another field.
    pub fn event(mut self, event: impl Into<String>) -> Result<Self, InvalidEventError> {
        self.event = Some(checked("the name", event.into(), &['\r', '\n'])?);
        Ok(self)
    }

    /// The id that a browser tells as `Last-Event-ID` when it has lost the connection after this event.
    ///
    /// # Errors
    ///
    /// If it has a line break, which would begin another field, or NUL, for which browsers ignore it.
    pub fn id(mut self, id: impl Into<String>) -> Result<Self, InvalidEventError> {
        self.id = Some(checked("the id", id.into(), &['\r', '\n', '\0'])?);
        Ok(self)
    }

    /// The event of a message.
    pub(super) fn read(message: Message) -> Result<Self, Message> {
        let message = match message.into_value::<ServerSentEvent>() {
            Ok(event) => return Ok(event),
            Err(message) => message,
        };
        Text::from_message(message).map(|Text(data)| Self::new(data))
    }

    /// Its bytes on the wire.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut text = String::new();
        if let Some(event) = &self.event {
            text += &format!("event: {event}\n");
        }
        for line in self.data.replace("\r\n", "\n").split(['\r', '\n']) {
            text += &format!("data: {line}\n");
        }
        if let Some(id) = &self.id {
            text += &format!("id: {id}\n");
        }
        text.push('\n');
        text.into_bytes()
    }
}

fn checked(what: &'static str, text: String, forbidden: &[char]) -> Result<String, InvalidEventError> {
    if text.contains(forbidden) { Err(InvalidEventError { what, text }) } else { Ok(text) }
}

/// A name or an id that no event can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidEventError {
    what: &'static str,
    text: String,
}

impl fmt::Display for InvalidEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InvalidEventError { what, text } = self;
        write!(f, "{what} of an event cannot be {text:?}: it must be one line, and an id has no NUL")
    }
}

impl Error for InvalidEventError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &ServerSentEvent) -> String {
        String::from_utf8(event.written()).expect("text")
    }

    #[test]
    fn every_line_of_the_data_is_a_field_and_nothing_in_it_is_another_field() {
        assert_eq!(written(&ServerSentEvent::new("")), "data: \n\n");
        assert_eq!(written(&ServerSentEvent::new(" a:b")), "data:  a:b\n\n");
        let lines = ServerSentEvent::new("1\n2\r\n3\rid: 4\n");
        assert_eq!(written(&lines), "data: 1\ndata: 2\ndata: 3\ndata: id: 4\ndata: \n\n");
        let named = ServerSentEvent::new("x").event("tick").and_then(|event| event.id(""));
        assert_eq!(written(&named.expect("both are good")), "event: tick\ndata: x\nid: \n\n");
    }

    #[test]
    fn a_name_or_an_id_with_a_line_break_is_refused() {
        for bad in ["a\nb", "a\r", "\n"] {
            assert!(ServerSentEvent::new("").event(bad).is_err(), "{bad:?}");
            assert!(ServerSentEvent::new("").id(bad).is_err(), "{bad:?}");
        }
        let error = ServerSentEvent::new("").id("a\0").expect_err("NUL");
        assert_eq!(
            error.to_string(),
            r#"the id of an event cannot be "a\0": it must be one line, and an id has no NUL"#
        );
    }
}

//! Text and bytes in messages, whatever their type.
//!
//! *Differs from Kamaelia:* in Python text has one type. In Rust a literal, a `String` and a shared text have
//! three, and components that work on text accept all of them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::Message;
use crate::chassis::FromMessage;

/// The text of a message that holds a `String`, a `&'static str`, an `Arc<str>` or a `char`.
///
/// # Examples
///
/// As the argument of a function that is given to a component:
///
/// ```
/// use axon::util::{PureTransformer, Text};
///
/// let shouter = PureTransformer::map(|Text(line): Text| line.to_uppercase());
/// ```
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Text(pub String);

impl FromMessage for Text {
    fn expected() -> String {
        "text".to_owned()
    }

    fn from_message(message: Message) -> Result<Self, Message> {
        let message = match message.into_value::<String>() {
            Ok(text) => return Ok(Text(text)),
            Err(message) => message,
        };
        match with_text(&message, str::to_owned) {
            Some(text) => Ok(Text(text)),
            None => Err(message),
        }
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// The bytes of a message that holds a `Vec<u8>`, a `&'static [u8]`, or text.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Chunk(pub Vec<u8>);

impl FromMessage for Chunk {
    fn expected() -> String {
        "bytes or text".to_owned()
    }

    fn from_message(message: Message) -> Result<Self, Message> {
        let message = match message.into_value::<Vec<u8>>() {
            Ok(bytes) => return Ok(Chunk(bytes)),
            Err(message) => message,
        };
        let message = match message.into_value::<String>() {
            Ok(text) => return Ok(Chunk(text.into_bytes())),
            Err(message) => message,
        };
        match with_bytes(&message, <[u8]>::to_vec) {
            Some(bytes) => Ok(Chunk(bytes)),
            None => Err(message),
        }
    }
}

/// Calls `look` with the text of a message. `None` if it holds none.
pub(crate) fn with_text<R>(message: &Message, mut look: impl FnMut(&str) -> R) -> Option<R> {
    message
        .view(|text: &String| look(text))
        .or_else(|| message.view(|text: &&'static str| look(text)))
        .or_else(|| message.view(|text: &Arc<str>| look(text)))
        .or_else(|| message.view(|text: &Cow<'static, str>| look(text)))
        .or_else(|| message.view(|letter: &char| look(letter.encode_utf8(&mut [0; 4]))))
}

/// Calls `look` with the bytes of a message, or those of its text. `None` if it holds neither.
pub(crate) fn with_bytes<R>(message: &Message, mut look: impl FnMut(&[u8]) -> R) -> Option<R> {
    message
        .view(|bytes: &Vec<u8>| look(bytes))
        .or_else(|| message.view(|text: &String| look(text.as_bytes())))
        .or_else(|| message.view(|bytes: &&'static [u8]| look(bytes)))
        .or_else(|| message.view(|bytes: &Arc<[u8]>| look(bytes)))
        .or_else(|| with_text(message, |text| look(text.as_bytes())))
}

//! How messages become bytes, and bytes messages again.

use std::fmt::Debug;

use axon::chassis::FromMessage;
use axon::util::{Chunk, Text};
use axon::{Message, Result};

use super::message::NatsMessage;

/// The header that says what the bytes are. Without it they are bytes.
pub(super) const TYPE: &str = "Axon-Type";

/// The type of text.
const TEXT: &str = "text";

type Encode = Box<dyn Fn(&Message) -> Option<Result<Vec<u8>>> + Send>;
type Decode = Box<dyn Fn(&[u8]) -> Result<Message> + Send>;

/// Carries text and bytes as they are, and the types that the program has named.
#[derive(Default)]
pub(super) struct Carriers(Vec<(String, Encode, Decode)>);

impl Carriers {
    pub(super) fn add<T: Clone + Send + Debug + 'static>(
        &mut self,
        name: String,
        encode: impl Fn(&T) -> Result<Vec<u8>> + Send + 'static,
        decode: impl Fn(&[u8]) -> Result<T> + Send + 'static,
    ) {
        self.0.push((
            name,
            Box::new(move |message| message.view(|value: &T| encode(value))),
            Box::new(move |bytes| decode(bytes).map(Message::new)),
        ));
    }

    /// The type and the bytes of a message; no type if it is bytes.
    pub(super) fn pack(&self, message: Message) -> std::result::Result<(Option<String>, Vec<u8>), String> {
        for (name, encode, _) in &self.0 {
            if let Some(bytes) = encode(&message) {
                let bytes =
                    bytes.map_err(|error| format!("{} was not encoded: {error}", message.excerpt()))?;
                return Ok((Some(name.clone()), bytes));
            }
        }
        let message = match Text::from_message(message) {
            Ok(Text(text)) => return Ok((Some(TEXT.to_owned()), text.into_bytes())),
            Err(message) => message,
        };
        match Chunk::from_message(message) {
            Ok(Chunk(bytes)) => Ok((None, bytes)),
            Err(message) => Err(format!(
                "{} of the type {} cannot travel: only text and bytes can, and what `carrying` names",
                message.excerpt(),
                message.payload_type()
            )),
        }
    }

    /// The message in what has arrived.
    pub(super) fn unpack(&self, message: NatsMessage) -> std::result::Result<Message, String> {
        let kind = message.header(TYPE).map(str::to_owned);
        match kind.as_deref() {
            None => Ok(Message::new(message.into_payload())),
            Some(TEXT) => match String::from_utf8(message.into_payload()) {
                Ok(text) => Ok(Message::new(text)),
                Err(_) => Err("a text that is not UTF-8".to_owned()),
            },
            Some(kind) => match self.0.iter().find(|(name, ..)| name == kind) {
                Some((.., decode)) => {
                    decode(message.payload()).map_err(|error| format!("{kind} was not decoded: {error}"))
                }
                None => Err(format!("a message of the type {kind:?}, which `carrying` does not name here")),
            },
        }
    }
}

//! What travels between components, and the control messages that end them.
//!
//! Uses only identities. A [`Message`] holds one payload of any type; what it tells the rest of the kernel is its
//! weight and whether it is an ending. Destructors of payloads are user code: whoever drops a message here does it
//! by `safely`.
//!
//! - `payload`: the message, its payload and how one is shared;
//! - `notices`: control messages, and what makes a message an ending;
//! - `excerpt`: what a log line or an error shows of a large message.

mod excerpt;
mod notices;
mod payload;

pub use notices::{Ending, Notice, ProducerFinished, ShutdownMicroprocess};
pub(in crate::kernel) use payload::WEIGHT_UNIT;
pub use payload::{Message, Payload};

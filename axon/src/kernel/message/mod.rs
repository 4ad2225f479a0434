//! What travels between components, and the control messages that end them.
//!
//! Uses only identities. A [`Message`] holds one payload of any type; what it tells the rest of the kernel is its
//! weight and whether it is an ending. Destructors of payloads are user code: code in the kernel that drops a message
//! does so through `safely`.
//!
//! - `payload`: the message and its payload;
//! - `distant`: a payload in a box of its own, and how one is shared;
//! - `mark`: how a message that was seen before is recognised;
//! - `notices`: control messages, and what makes a message an ending;
//! - `excerpt`: what a log line or an error shows of a large message.

mod distant;
mod excerpt;
mod mark;
mod notices;
mod payload;

pub use mark::Mark;
pub use notices::{Ending, Notice, ProducerFinished, ShutdownMicroprocess};
pub(in crate::kernel) use payload::WEIGHT_UNIT;
pub use payload::{Message, Payload};

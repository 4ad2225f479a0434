//! The messages that end components: "no more will come" and "stop now".
//!
//! Ported from `Axon.Ipc`.
//!
//! *Differs from Kamaelia:* Python tests a control message with `isinstance` against a tree of classes. Here every
//! message answers one question, [`Message::ending`](crate::Message::ending), and other crates add control messages
//! of their own by implementing [`Notice`].

use std::sync::Arc;

use super::payload::Payload;
use crate::kernel::id::ComponentRef;

/// How a control message ends the component that receives it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ending {
    /// No more will come: finish what you have, pass the message on, end.
    ProducerFinished,
    /// End now and pass the message on.
    ShutdownMicroprocess,
}

/// "No more data will come": deal with what you have, pass this on, end.
///
/// A component sends it out of `signal` when it ends by itself; it arrives at `control`.
#[derive(Clone, Default, PartialEq, Debug)]
#[doc(alias = "producerFinished")]
pub struct ProducerFinished {
    /// The component that finished, where that matters.
    pub caller: Option<ComponentRef>,
    /// What there is to say about it.
    pub message: Option<Arc<str>>,
}

impl ProducerFinished {
    /// The plain notice, without caller and message.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// "Stop now": drop what you have, pass this on, end.
#[derive(Clone, Default, PartialEq, Debug)]
#[doc(alias = "shutdownMicroprocess")]
pub struct ShutdownMicroprocess {
    /// The components that it is about, where that matters. The scheduler does nothing with them.
    ///
    /// *Differs from Kamaelia:* there a close-down value naming others crashes the scheduler (B3).
    pub microprocesses: Vec<ComponentRef>,
}

impl ShutdownMicroprocess {
    /// The plain notice, about no component in particular.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A control message of another crate that ends its receiver, for example "the socket was closed".
///
/// Send it with [`Message::notice`](crate::Message::notice), so that every component
/// understands how it ends without knowing its type.
pub trait Notice: Payload {
    /// Whether the receiver finishes what it has, or stops immediately.
    fn ending(&self) -> Ending;
}

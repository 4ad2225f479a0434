//! The messages that end components: "no more will come" and "stop now".
//!
//! Ported from `Axon.Ipc`.
//!
//! *Differs from Kamaelia:* Python tests a control message with `isinstance` against a tree of classes.
//! Here every message answers one question, [`Message::ending`](crate::Message::ending), and
//! other crates add leaves by implementing [`Notice`].

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
/// Goes out of `signal` when a component ends unasked, and arrives at `control`.
#[derive(Clone, Default, PartialEq, Debug)]
#[doc(alias = "producerFinished")]
pub struct ProducerFinished {
    /// Who finished, where it matters.
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
    /// Whom it is about, where it matters. The scheduler does nothing with them.
    ///
    /// *Differs from Kamaelia:* there a close-down value naming others crashes the scheduler (B3).
    pub microprocesses: Vec<ComponentRef>,
}

impl ShutdownMicroprocess {
    /// The plain notice, about nobody in particular.
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
    /// Whether the receiver is to finish what it has, or to stop at once.
    fn ending(&self) -> Ending;
}

//! How a message that was seen before is recognised.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use super::payload::{Message, Payload};

/// A mark of a message: see [`Message::mark`]. It does not keep the payload.
#[derive(Clone)]
pub struct Mark(Weak<dyn Any + Send + Sync>);

impl Mark {
    /// Of this payload. As long as the mark exists, no other payload has the same address.
    pub(super) fn of(payload: Arc<dyn Any + Send + Sync>) -> Self {
        Mark(Arc::downgrade(&payload))
    }

    /// Whether no message with this mark is left.
    pub fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn address(&self) -> *const () {
        self.0.as_ptr().cast()
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Mark {}

impl Hash for Mark {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({:p})", self.address())
    }
}

/// A number or notice: it lies in its message, and is copied.
pub(super) trait Plain: Payload + Sync {
    fn copy(&self) -> Message;
}

impl<T: Payload + Sync + Clone> Plain for T {
    fn copy(&self) -> Message {
        Message::new(self.clone())
    }
}

//! What users write, [`Component`], and what it may call, [`Context`].
//!
//! Each method of [`Context`] borrows the tables once, through a method of `System` that does the work, and waits,
//! if it is asynchronous, by `turn`. The order of the `mod` lines is the order of the verbs on the
//! page.
//!
//! - `definition`: the trait, and all that can be put into a scheduler; `context`: messages;
//! - `turn`, `told`, `room`: waiting for a turn, an ending, room in a box;
//! - `family`, `lending`, `supervision`, `label`: linkages and children, inboxes lent to children, their failures,
//!   their names;
//! - `address`, `service`, `adaptive`: boxes without a linkage, services, boxes made while it runs;
//! - `look`, `tap`: questions about other components, and what they say to each other.

// `Context` is documented in this order.
mod context;

mod told;

mod turn;

mod room;

mod family;

mod lending;

mod supervision;

mod label;

mod service;

mod address;

mod look;

mod tap;

mod adaptive;
mod definition;

pub use adaptive::{ResourceTracker, Tracked};
pub use address::{Address, Gone, UndeliveredError};
pub use context::Context;
pub(in crate::kernel) use definition::sealed;
pub use definition::{AnyComponent, Component, IntoComponent, run};
pub use family::Endpoint;
pub use look::Hold;
pub use tap::{Tap, Tapped};

#[cfg(test)]
mod chain_tests;
#[cfg(test)]
mod flat_tests;

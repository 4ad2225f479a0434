//! Components that misbehave, each in its own way: what the error says, and that the others are unharmed.
//!
//! Every error names the component, and the box where there is one.

#[path = "semantics/stage.rs"]
mod stage;

#[path = "misbehaviour/failures.rs"]
mod failures;

#[path = "misbehaviour/boxes.rs"]
mod boxes;

#[path = "misbehaviour/destructors.rs"]
mod destructors;

#[path = "misbehaviour/bombs.rs"]
mod bombs;

#[path = "misbehaviour/places.rs"]
mod places;

#[path = "misbehaviour/log.rs"]
mod log;

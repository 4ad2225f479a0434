//! Components that misbehave, each in its own way: what the error says, and that the others are unharmed.
//!
//! Every error names the component, and the box where there is one.

mod failures;

mod boxes;

mod destructors;

mod bombs;

mod places;

mod log;

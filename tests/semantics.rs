//! What a program may rely on: one test, or several, for each numbered promise of `docs/semantics.md`.
//!
//! A test's name is the promise's number and a sentence. Time is virtual wherever the promise allows it,
//! so nothing here sleeps; where threads take part, they wait for each other and not for a clock.

#[path = "semantics/stage.rs"]
mod stage;

#[path = "semantics/scheduling.rs"]
mod scheduling;

#[path = "semantics/waking.rs"]
mod waking;

#[path = "semantics/idling.rs"]
mod idling;

#[path = "semantics/embedding.rs"]
mod embedding;

#[path = "semantics/boxes.rs"]
mod boxes;

#[path = "semantics/limits.rs"]
mod limits;

#[path = "semantics/linkages.rs"]
mod linkages;

#[path = "semantics/families.rs"]
mod families;

#[path = "semantics/ending.rs"]
mod ending;

#[path = "semantics/chassis.rs"]
mod chassis;

#[path = "semantics/stopping.rs"]
mod stopping;

#[path = "semantics/faults.rs"]
mod faults;

#[path = "semantics/time.rs"]
mod time;

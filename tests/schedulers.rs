//! Components of schedulers on different threads, linked together as if they were in one.
//!
//! Nothing here waits for a time to pass: threads wait for each other.

#[path = "semantics/stage.rs"]
mod stage;

#[path = "schedulers/abroad.rs"]
mod abroad;

#[path = "schedulers/carrying.rs"]
mod carrying;

#[path = "schedulers/ending.rs"]
mod ending;

#[path = "schedulers/hearing.rs"]
mod hearing;

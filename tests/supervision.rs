//! Failures that are a parent's business, and the chassis that makes the failed component anew.
//!
//! Time is virtual: limits and waits are exact, and take no time.

#[path = "semantics/stage.rs"]
mod stage;

#[path = "supervision/kernel.rs"]
mod kernel;

#[path = "supervision/keeping.rs"]
mod keeping;

#[path = "supervision/policy.rs"]
mod policy;

//! Failures that are a parent's business, and the chassis that makes the failed component anew.
//!
//! Time is virtual: limits and waits are exact, and take no time.

mod kernel;

mod keeping;

mod policy;

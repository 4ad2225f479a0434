//! The house rules that a machine can keep: those of `docs/architecture.md` and `docs/style.md`.
//!
//! Each rule is a function from sources to complaints. One test applies it to the workspace, another
//! shows on an offending piece of text that it can fail.

mod absences;
#[path = "../harness/cargo.rs"]
mod cargo;
mod component_ledger;
mod components;
mod documents;
mod form;
mod layers;
mod links;
mod quotes;
mod source;
mod verbs;

//! The house rules that a machine can keep: those of `docs/architecture.md` and `docs/style.md`.
//!
//! Each rule is a function from sources to complaints. One test applies it to the workspace, another
//! shows on an offending piece of text that it can fail.

#[path = "tidy/source.rs"]
mod source;

#[path = "tidy/layers.rs"]
mod layers;

#[path = "tidy/absences.rs"]
mod absences;

#[path = "tidy/form.rs"]
mod form;

#[path = "tidy/components.rs"]
mod components;

#[path = "tidy/documents.rs"]
mod documents;

#[path = "tidy/component_ledger.rs"]
mod component_ledger;

#[path = "tidy/verbs.rs"]
mod verbs;

//! Chassis whose components run at the same time, each on a thread of its own.
//!
//! A program that has more to compute than one processor can is split where it is split already, between
//! components: put those that work hard into a parallel [`Pipeline`] or [`Graphline`], and these into an
//! ordinary one. Nothing else changes.
//!
//! | chassis | what it does with what it holds |
//! |---|---|
//! | [`Pipeline`] | joins its stages in a row, as [`chassis::Pipeline`](crate::chassis::Pipeline) does |
//! | [`Graphline`] | names them and joins the boxes you say, as [`chassis::Graphline`](crate::chassis::Graphline) does |
//!
//! Each stage has a thread and on it a [`Scheduler`](crate::Scheduler) of its own; a stage may itself be a
//! chassis with many components. The linkages between stages are ordinary linkages, made by the chassis:
//! [`Context::link`](crate::Context::link) says what holds when they lead from one scheduler to another.
//!
//! All of this is written with what any program can import.
//!
//! Ported from `Axon.experimental.Process`.
//!
//! *Differs from Kamaelia:* threads instead of processes, so nothing is pickled; nothing polls; the chassis
//! are components, and end. There `ProcessPipeline` never returns, and `ProcessPipelineComponent` never
//! ends.

mod failed;
mod graphline;
mod pipeline;
mod threads;

pub use failed::StageFailed;
pub use graphline::Graphline;
pub use pipeline::Pipeline;

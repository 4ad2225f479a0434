//! Chassis whose components run at the same time, each on a thread of its own.
//!
//! A program that has too much to compute for one core can be split between its components: put those that
//! compute into a parallel [`Pipeline`] or [`Graphline`], and put that into an ordinary chassis. Nothing
//! else changes.
//!
//! | chassis | what it does with its stages |
//! |---|---|
//! | [`Pipeline`] | links its stages in a row, as [`chassis::Pipeline`](crate::chassis::Pipeline) does |
//! | [`Graphline`] | names them and links the boxes that you specify, as [`chassis::Graphline`](crate::chassis::Graphline) does |
//!
//! Each stage has its own thread with its own [`Scheduler`](crate::Scheduler). A stage may itself be a
//! chassis with many components. The linkages between stages are ordinary linkages, made by the chassis:
//! [`Context::link`](crate::Context::link) describes linkages from one scheduler to another.
//!
//! Everything here uses only the public API.
//!
//! Ported from `Axon.experimental.Process`.
//!
//! *Differs from Kamaelia:* threads instead of processes, so nothing is pickled; nothing polls; the chassis
//! are components, and they end.

mod failed;
mod graphline;
mod pipeline;
mod threads;

pub use failed::StageFailedError;
pub use graphline::Graphline;
pub use pipeline::Pipeline;

//! Components with inboxes and outboxes on a cooperative scheduler: a port of Kamaelia's Axon.
//!
//! Build a program the way you build a Unix pipeline: *components* run concurrently, each knows only its
//! own named *inboxes* and *outboxes*, and *linkages* connect them.
//!
//! ```
//! use axon::prelude::*;
//!
//! /// Greets everybody whose name arrives, until no more will come.
//! struct Greeter;
//!
//! impl Component for Greeter {
//!     async fn main(&mut self, cx: &Context) -> axon::Result {
//!         while let Some(name) = cx.next_or_end::<&str>("inbox").await? {
//!             cx.send("outbox", format!("hello, {name}\n"))?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! axon::run(pipeline![DataSource::new(["world", "component"]), Greeter, ConsoleEchoer::new()])?;
//! # Ok::<(), axon::RunError>(())
//! ```
//!
//! This is the system that runs. Messages travel from `outbox` to `inbox`; endings travel from `signal` to `control`:
//!
//! ```text
//!   DataSource              Greeter                   ConsoleEchoer
//!  ┌───────────┐         ┌───────────────────┐       ┌─────────────┐
//!  │    outbox ├────────►│ inbox      outbox ├──────►│ inbox       │
//!  │    signal ├────────►│ control    signal ├──────►│ control     │
//!  └───────────┘         └───────────────────┘       └─────────────┘
//! ```
//!
//! When the source has sent everything, it sends [`ProducerFinished`] out of `signal`, and ends. `Greeter` handles what
//! waits in its inbox; then `next_or_end` returns `None`, and the notice goes on to the next component. When all
//! components have ended, [`run`] returns.
//!
//! # Where to go next
//!
//! | to | read |
//! |---|---|
//! | write a component | [`Component`], then [`Context`], which begins with a table of all that a component can do |
//! | use ready-made components | [`util`], which begins with a catalogue, and [`mod@file`] |
//! | put components together | [`chassis`]: [`pipeline!`], [`graphline!`], Carousel, Supervisor |
//! | run them | [`run`] or [`Scheduler`]; on a thread of its own, [`Background`] and [`Handle`] |
//! | call code that blocks | [`Threaded`], [`util::aside`] |
//! | use several cores | [`parallel`] |
//! | test a component | [`testing`] |
//! | see what is going on | [`Snapshot`](snapshot::Snapshot), [`Introspector`], and [`StallReport`](error::StallReport), which says why a run is stuck |
//! | draw a system | [`drawing`] |
//! | build graphs from text | [`text`], with the components of a [`catalogue`] |
//! | share values between components | [`stm`], [`Context::tracker`] |
//! | use sockets | the crate `kamaelia-net` |

mod background;
pub mod catalogue;
pub mod chassis;
pub mod drawing;
pub mod file;
mod handle;
mod introspector;
mod kernel;
pub mod parallel;
pub mod prelude;
pub mod stm;
pub mod testing;
pub mod text;
pub mod util;

pub use background::Background;
pub use handle::Handle;
pub use introspector::Introspector;
pub use kernel::{
    Address, AnyComponent, Boxes, CONTROL, Carried, Component, ComponentId, ComponentRef, Context, Ending,
    Endpoint, Error, Ferry, Hold, INBOX, IntoComponent, Linkage, LinkageKind, LogLimit, Mark, Message,
    Notice, OUTBOX, Park, Payload, ProducerFinished, Remote, ResourceTracker, Result, RunError, SIGNAL,
    Scheduler, SchedulerBuilder, ShutdownMicroprocess, Side, StepCost, StepMeter, Stopper, ThreadContext,
    Threaded, ThreadedComponent, Tracked, Tracker, Unpark, run, time_after,
};

pub mod error {
    //! What goes wrong, as values. Each error says who, where, and what to write instead.
    //!
    //! | what went wrong | type |
    //! |---|---|
    //! | a message was refused; it is inside the error | [`SendError`], [`NotSentError`], [`UndeliveredError`], from a thread also [`PutError`] |
    //! | a message has another type than was asked for | [`WrongTypeError`] |
    //! | there is no such box, or it cannot be linked | [`UnknownBoxError`], [`LinkError`] |
    //! | a component failed | [`Failure`], with its [`Cause`] |
    //! | a run ended before its components had ended | [`RunError`]; if nothing could happen any more, with a [`StallReport`] |
    //! | a scheduler or component cannot be reached | [`NotReachedError`], [`SchedulerGoneError`], [`StoppedError`], [`EndedError`] |
    //! | a service or value was not registered | [`TrackerError`] |
    //!
    //! [`Error`](crate::Error) and [`Result`](crate::Result) are what a component's `main` returns.
    //! [`listed_for`] names what there is and what was probably meant, for errors of your own.

    pub use crate::handle::{EndedError, PutError};
    #[doc(no_inline)]
    pub use crate::kernel::RunError;
    pub use crate::kernel::{
        Cause, Failure, Gone, Leftover, LinkError, NotReachedError, NotSentError, NotSentErrorKind,
        ParkTakenError, PossibleSender, SchedulerGoneError, SendError, SendErrorKind, SenderState, Sleeper,
        StallReport, StoppedError, TrackerError, UndeliveredError, UnknownBoxError, WrongTypeError,
        did_you_mean, listed, listed_for, nearest,
    };
}

pub mod snapshot {
    //! What is going on in a scheduler: a picture of it at one moment, and its changes from then on.
    //!
    //! [`Context::snapshot`](crate::Context::snapshot) and [`Scheduler::snapshot`](crate::Scheduler::snapshot) take a
    //! [`Snapshot`]: plain data that prints as a tree. [`Context::watch`](crate::Context::watch) returns a [`Watch`],
    //! which collects each [`Change`].

    pub use crate::kernel::{
        BoxName, Change, ComponentState, ComponentView, InboxView, LinkageView, OutboxView, Snapshot, Tap,
        Tapped, Watch,
    };
}

/// The programs of the cookbook that need no sockets are compiled and run. The others are run by `kamaelia-net`.
#[cfg(doctest)]
mod cookbook {
    #[doc = include_str!("../../docs/cookbook/outside.md")]
    mod outside {}
    #[doc = include_str!("../../docs/cookbook/time.md")]
    mod time {}
}

#[cfg(test)]
mod send_sync {
    //! Which public types go to other threads, and which are errors. To take one away breaks programs.

    use crate::{catalogue, chassis, parallel, stm, text, util};

    fn is_send<T: Send + 'static>() {}
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

    #[test]
    fn references_and_remote_controls_are_shared_by_threads() {
        is_send_and_sync::<crate::ComponentRef>();
        is_send_and_sync::<crate::ComponentId>();
        is_send_and_sync::<crate::Linkage>();
        is_send_and_sync::<crate::Remote>();
        is_send_and_sync::<crate::Stopper>();
        is_send_and_sync::<crate::Handle>();
        is_send_and_sync::<crate::snapshot::Snapshot>();
        is_send_and_sync::<crate::snapshot::Change>();
        is_send_and_sync::<crate::Boxes>();
        is_send_and_sync::<stm::Store<String>>();
        is_send_and_sync::<catalogue::Catalogue>();
    }

    #[test]
    fn messages_and_what_they_hold_go_to_another_thread() {
        is_send::<crate::Message>();
        is_send::<crate::ProducerFinished>();
        is_send::<crate::ShutdownMicroprocess>();
        is_send::<crate::ThreadContext>();
        is_send::<crate::Background>();
        is_send::<parallel::Pipeline>();
        is_send::<parallel::Graphline>();
    }

    #[test]
    fn every_error_is_an_error_that_any_thread_may_have() {
        is_error::<crate::error::SendError>();
        is_error::<crate::error::NotSentError>();
        is_error::<crate::error::UndeliveredError>();
        is_error::<crate::error::UnknownBoxError>();
        is_error::<crate::error::WrongTypeError>();
        is_error::<crate::error::LinkError>();
        is_error::<crate::RunError>();
        is_error::<crate::error::Failure>();
        is_error::<crate::error::ParkTakenError>();
        is_error::<crate::error::SchedulerGoneError>();
        is_error::<crate::error::NotReachedError>();
        is_error::<crate::error::TrackerError>();
        is_error::<crate::error::StoppedError>();
        is_error::<crate::error::EndedError>();
        is_error::<crate::error::PutError>();
        is_error::<catalogue::ArgumentError>();
        is_error::<chassis::GraphlineError>();
        is_error::<chassis::TooManyRestartsError>();
        is_error::<chassis::UnfitError>();
        is_error::<parallel::StageFailedError>();
        is_error::<stm::CommitError>();
        is_error::<stm::BusyRetry>();
        is_error::<text::TextError>();
        is_error::<util::LineError>();
        is_error::<util::StopSystemException>();
    }
}

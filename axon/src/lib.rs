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
//! - [`Component`] is the trait that you implement; [`Context`] has everything that a component can do.
//! - [`chassis`] holds components that hold others: Pipeline, Graphline, Carousel.
//! - [`util`] is the library of ready-made components, [`mod@file`] the part of it for files and processes.
//! - [`Scheduler`] runs them; [`run`] is the short form.
//! - [`Threaded`] is a component that may block; [`Background`] and [`Handle`] are for code outside the
//!   scheduler.
//! - [`Snapshot`] and [`Introspector`] show what is going on, [`drawing`] draws it; [`testing`] is a bench for one component.
//! - [`text`] reads graphs of components from a text, with the components of a [`catalogue`].
//! - [`stm`] holds values that several components share.

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
pub use handle::{Ended, Handle, PutError};
pub use introspector::Introspector;
pub use kernel::*;

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
        is_send_and_sync::<crate::Snapshot>();
        is_send_and_sync::<crate::Change>();
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
        is_error::<crate::SendError>();
        is_error::<crate::NotSent>();
        is_error::<crate::Undelivered>();
        is_error::<crate::UnknownBox>();
        is_error::<crate::WrongType>();
        is_error::<crate::LinkError>();
        is_error::<crate::RunError>();
        is_error::<crate::Failure>();
        is_error::<crate::ParkTaken>();
        is_error::<crate::SchedulerGone>();
        is_error::<crate::NotReached>();
        is_error::<crate::TrackerError>();
        is_error::<crate::Stopped>();
        is_error::<crate::Ended>();
        is_error::<crate::PutError>();
        is_error::<catalogue::ArgumentError>();
        is_error::<chassis::GraphlineError>();
        is_error::<chassis::TooManyRestarts>();
        is_error::<chassis::Unfit>();
        is_error::<parallel::StageFailed>();
        is_error::<stm::CommitError>();
        is_error::<stm::BusyRetry>();
        is_error::<text::TextError>();
        is_error::<util::LineError>();
        is_error::<util::StopSystemException>();
    }
}

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
//! - [`Snapshot`] and [`Introspector`] show what is going on; [`testing`] is a bench for one component.
//! - [`text`] reads graphs of components from a text, with the components of a [`catalogue`].
//! - [`stm`] holds values that several components share.

mod background;
pub mod catalogue;
pub mod chassis;
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

//! Components with inboxes and outboxes on a cooperative scheduler: a port of Kamaelia's Axon.
//!
//! A program is built like hardware or a Unix pipe: *components* run concurrently, each knows only its own
//! named *inboxes* and *outboxes*, and somebody else joins them with *linkages*.
//!
//! ```
//! use axon::prelude::*;
//!
//! /// Greets whomever it is told of, until no more will come.
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
//! - [`Component`] is what you write; [`Context`] is what it may do.
//! - [`chassis`] holds components that hold others: Pipeline, Graphline, Carousel.
//! - [`util`] is the library of ready-made components.
//! - [`Scheduler`] runs them; [`run`] is the short form.
//! - [`Threaded`] is a component that may block; [`Background`] and [`Handle`] serve programs that are none.
//! - [`Snapshot`] and [`Introspector`] show what is going on; [`testing`] is a bench for one component.
//! - [`stm`] holds values that several share.

mod background;
pub mod chassis;
mod handle;
mod introspector;
mod kernel;
pub mod parallel;
pub mod prelude;
pub mod stm;
pub mod testing;
pub mod util;

pub use background::Background;
pub use handle::{Ended, Handle, PutError};
pub use introspector::Introspector;
pub use kernel::*;

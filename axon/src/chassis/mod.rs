//! Components that hold other components: in a row, as a graph, side by side, or one after another.
//!
//! A chassis is a component like any other. On its first turn it makes the components that it holds into
//! its children and links their boxes. It ends when they have ended.
//!
//! | chassis | what it does with what it holds |
//! |---|---|
//! | [`Pipeline`], [`pipeline!`](crate::pipeline) | links them in a row, `outbox` to `inbox` and `signal` to `control` |
//! | [`Graphline`], [`graphline!`](crate::graphline) | names them and links the boxes that you specify |
//! | [`Carousel`] | makes one at a time, each from a message |
//! | [`Seq`] | runs one after another |
//! | [`Par`] | runs all side by side, as if they were one |
//! | [`Supervisor`] | makes its one component again after it has failed |
//! | [`TPipe`] | taps a pipeline: messages that meet a condition go to a component on the side |
//! | [`JoinChooserToCarousel`] | lets a chooser say what a carousel makes next |
//! | [`inbox_controlled_carousel`] | a carousel for a pipeline: its orders come to `inbox` |
//!
//! [`inbox_size`](InboxSizes::inbox_size) limits an inbox of any component, a chassis too.
//!
//! Everything here uses only the public API. To write your own chassis, use [`children_done`] and
//! [`announce`], as these do. [`FromMessage`] lets a function that is given to a component take any type.
//!
//! Ported from `Kamaelia.Chassis`.

mod carousel;
mod catalogue;
mod child_control;
mod drawing;
mod ending;
mod from_message;
mod graphline;
mod graphline_error;
mod macros;
mod par;
mod pipeline;
mod prefab;
mod resized;
mod restarts;
mod seen;
mod seq;
mod supervisor;
mod tell;
mod tpipe;

pub use carousel::Carousel;
pub use catalogue::catalogue;
pub(crate) use drawing::Drawing;
pub(crate) use ending::announce_end;
pub use ending::{announce, children_done, pass_on, producer_finished};
pub(crate) use from_message::{Condition, condition};
pub use from_message::{FromMessage, UnfitError, receive};
pub use graphline::Graphline;
pub use graphline_error::GraphlineError;
pub use par::Par;
pub use pipeline::Pipeline;
pub use prefab::{JoinChooserToCarousel, inbox_controlled_carousel};
pub use resized::{InboxSizes, Resized};
pub use restarts::{Restart, TooManyRestartsError};
pub(crate) use seen::Seen;
pub use seq::Seq;
pub use supervisor::Supervisor;
pub(crate) use tell::Told;
pub use tpipe::TPipe;

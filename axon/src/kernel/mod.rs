//! The scheduler and all private state. Its public items are exported at the crate root.
//!
//! Each folder is a module with private parts: its `mod.rs` says what it promises and lists what the others may
//! use. A folder uses only folders below it in this table.
//!
//! | module | one idea |
//! |---|---|
//! | `threaded` | components that may block, on threads of their own |
//! | `snapshot` | a picture of the whole: as text, as a tree, for drawing |
//! | `crossing` | linkages between schedulers |
//! | `component` | what users write, and what it may call |
//! | `scheduler` | passes over the components, from the first to the end of the run |
//! | `system` | the tables of one scheduler together: sending, linking, children, waiting for room |
//! | `queue` | which microprocess runs next |
//! | `outside` | time, and calls from other threads |
//! | `error` | what goes wrong, as values |
//! | `boxes` | the boxes of all components, what lies in them, the linkages between them |
//! | `message` | what travels, and the control messages that end a component |
//! | `id`, `side`, `safely`, `cold_path`, `names`, `debug_by_name` | who a component is; inbox or outbox; user code whose panic must harm nobody; branches seldom taken; names that were probably meant; `Debug` for what holds functions |

mod boxes;
mod cold_path;
mod component;
mod crossing;
mod debug_by_name;
mod error;
mod id;
mod message;
mod names;
mod outside;
mod queue;
mod safely;
mod scheduler;
mod side;
mod snapshot;
mod system;
mod threaded;

pub use boxes::{Boxes, CONTROL, INBOX, Linkage, LinkageKind, OUTBOX, SIGNAL};
pub use component::{
    Address, AnyComponent, Component, Context, Endpoint, Gone, Hold, IntoComponent, ResourceTracker, Tap,
    Tapped, Tracked, UndeliveredError, run,
};
pub use error::{
    Cause, Error, Failure, Leftover, LinkError, NotSentError, NotSentErrorKind, ParkTakenError,
    PossibleSender, Result, RunError, SchedulerGoneError, SendError, SendErrorKind, SenderState, Sleeper,
    StallReport, UnknownBoxError, WrongTypeError,
};
pub use id::{ComponentId, ComponentRef};
pub use message::{Ending, Mark, Message, Notice, Payload, ProducerFinished, ShutdownMicroprocess};
pub use names::{did_you_mean, listed, listed_for, nearest};
pub use outside::{LogLimit, Park, Unpark, time_after};
pub use scheduler::{NotReachedError, Remote, Scheduler, SchedulerBuilder, Stopper};
pub use side::Side;
pub use snapshot::{
    ComponentState, ComponentView, InboxView, LinkageView, OutboxView, Snapshot, StepMeter, Watch,
};
pub use system::{BoxName, Change, StepCost, Tracker, TrackerError};
pub use threaded::{Carried, Ferry, StoppedError, ThreadContext, Threaded, ThreadedComponent};

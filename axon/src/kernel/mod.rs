//! The machine: the only place with secrets. Its modules are re-exported at the crate root.
//!
//! | module | one idea |
//! |---|---|
//! | `message`, `ipc`, `excerpt` | what travels; what ends a component; what is shown of a large message |
//! | `id`, `side`, `unknown_box` | who a component is; inboxes and outboxes; a box that it does not have |
//! | `boxes`, `desk`, `postbox`, `letters`, `postoffice` | names of boxes; those of one component; the boxes; what lies in them; delivery |
//! | `capacity`, `backpressure`, `standstill` | how much may lie in a box; who gets no turn because too much does; that nobody waits in vain for it |
//! | `joints`, `upstream`, `targets`, `linkage`, `kinship`, `brood` | what is linked to what; what leads to a box; where boxes finally lead; a linkage as its maker holds it; who is whose child; who ends with whom |
//! | `microprocess`, `run_queue` | whether one is awake; in which order they run |
//! | `state`, `remembered`, `system`, `starter`, `mail`, `wiring` | the tables; what is known of few components; what all share; code that waits; sending and collecting; linking and children |
//! | `scheduler`, `builder`, `rest`, `finish`, `orderly`, `stall`, `stall_report`, `step_limit`, `watchdog`, `embed` | passes; options; when all sleep; how one ends; an orderly stop; who is stuck and why; who is slow; whose step does not end; in another loop |
//! | `wake`, `remote`, `park`, `clock`, `tracker` | the way in from outside; the sleep; time; services |
//! | `safely`, `accident` | what others wrote is dropped so that a panic harms nobody; whose failure that is |
//! | `supervision`, `failure` | a failure as the parent's business; how it is told |
//! | `unheard`, `not_sent` | what was sent to those who have ended; how one who waits for room learns it |
//! | `crossing` | linkages between schedulers |
//! | `lending` | inboxes that a parent passes through to one child after another |
//! | `component`, `context`, `turn`, `told`, `room`, `look`, `family`, `address`, `adaptive`, `service` | what users write, and what they may call |
//! | `change`, `snapshot`, `label` | what changes while somebody watches; a picture of the whole; what parents call their children |
//! | `threaded`, `crew` | components that may block, on threads of their own; the threads of a run |

mod accident;
mod adaptive;
mod address;
mod backpressure;
mod boxes;
mod brood;
mod budget;
mod builder;
mod capacity;
mod change;
mod clock;
mod component;
mod context;
mod crew;
mod crossing;
mod desk;
mod embed;
mod error;
mod excerpt;
mod failure;
mod family;
mod finish;
mod hint;
mod id;
mod ipc;
mod joints;
mod kinship;
mod label;
mod last_word;
mod lending;
mod letters;
mod linkage;
mod look;
mod mail;
mod message;
mod microprocess;
mod not_sent;
mod orderly;
mod pace;
mod park;
mod postbox;
mod postoffice;
mod remembered;
mod remote;
mod rest;
mod room;
mod run_queue;
mod safely;
mod scheduler;
mod send_error;
mod service;
mod side;
mod snapshot;
mod stall;
mod stall_report;
mod standstill;
mod starter;
mod state;
mod step_limit;
mod supervision;
mod system;
mod targets;
mod threaded;
mod told;
mod tracker;
mod turn;
mod unheard;
mod unknown_box;
mod upstream;
mod wake;
mod watchdog;
mod wiring;

pub use adaptive::{ResourceTracker, Tracked};
pub use address::{Address, Gone, Undelivered};
pub use boxes::{Boxes, CONTROL, INBOX, OUTBOX, SIGNAL};
pub use builder::SchedulerBuilder;
pub use change::{BoxName, Change};
pub use clock::time_after;
pub use component::{AnyComponent, Component, IntoComponent, run};
pub use context::Context;
pub use error::{Cause, Error, LinkError, ParkTaken, Result, RunError, SchedulerGone, WrongType};
pub use failure::Failure;
pub use family::Endpoint;
pub use id::{ComponentId, ComponentRef};
pub use ipc::{Ending, Notice, ProducerFinished, ShutdownMicroprocess};
pub use linkage::{Linkage, LinkageKind};
pub use message::{Message, Payload};
pub use not_sent::{NotSent, NotSentKind};
pub use park::{Park, Unpark};
pub use remote::{NotReached, Remote, Stopper};
pub use scheduler::Scheduler;
pub use send_error::{SendError, SendErrorKind};
pub use side::Side;
pub use snapshot::{ComponentState, ComponentView, InboxView, LinkageView, OutboxView, Snapshot, Watch};
pub use stall_report::{Leftover, PossibleSender, SenderState, Sleeper, StallReport};
pub use threaded::{Carried, Ferry, Stopped, ThreadContext, Threaded, ThreadedComponent};
pub use tracker::{Tracker, TrackerError};
pub use unknown_box::UnknownBox;

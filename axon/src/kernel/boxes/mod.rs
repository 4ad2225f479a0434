//! The boxes of all components, what lies in them, and the linkages between them.
//!
//! [`PostOffice`] owns the tables. It knows components only by number: each box has the number of the microprocess to
//! wake, and the components that must be woken after a change are listed as its `pending`, for the caller to wake.
//! Nothing here runs a component, reads a clock or knows why a component ends.
//!
//! What holds after each call: the target of a box is the last box of its chain, however the chain was made; a
//! message lies in exactly one inbox; an inbox holds no more than its limit, unless the message was put there
//! because of a soft limit or moved there when a linkage was made.
//!
//! - `declaration`: what a component says about its boxes; `component_boxes`: where those of one component are;
//! - `box_id`, `postbox`, `message_ring`, `capacity`: a box by number, an inbox or outbox, the messages in it, how much may lie in it;
//! - `tables`: what other folders may see of these;
//! - `postoffice`, `link_table`, `upstream`, `targets`, `pending`: linkages, what leads to a box, where its chain ends, who is
//!   to be woken when that changes;
//! - `linkage`: a linkage as a program holds it; `passage`, `deserted`: the queue of one that
//!   leads to another scheduler, and what is left when that is gone.

mod box_id;
mod capacity;
mod component_boxes;
mod declaration;
mod deserted;
mod link_table;
mod linkage;
mod message_ring;
mod passage;
mod pending;
mod postbox;
mod postoffice;
mod tables;
mod targets;
mod upstream;

pub(in crate::kernel) use box_id::BoxId;
pub(in crate::kernel) use component_boxes::ComponentBoxes;
pub(in crate::kernel) use declaration::{BoxTable, Declaration, Sides, Suspends};
pub use declaration::{Boxes, CONTROL, INBOX, OUTBOX, SIGNAL};
pub(in crate::kernel) use deserted::Deserted;
pub(in crate::kernel) use link_table::{LinkEntry, MadeBy};
pub(in crate::kernel) use linkage::{Crossed, End};
pub use linkage::{Linkage, LinkageKind};
pub(in crate::kernel) use message_ring::Queued;
pub(in crate::kernel) use passage::{Before, KnownPassage, Lane, Passage, Remainder, Transit, Way, Whose};
pub(in crate::kernel) use postbox::{Concerns, LinkId, NONE, Route, limit};
#[cfg(test)]
pub(in crate::kernel) use postbox::{Inbox, Outbox};
pub(in crate::kernel) use postoffice::{Cut, PostOffice, Refused, make_room};

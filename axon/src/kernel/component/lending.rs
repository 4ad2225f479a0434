//! Inboxes that a parent passes through to one child after another: what one left unread is the next one's.
//!
//! A linkage that is lent is cut when the component it leads to ends, in the same moment. What that one left
//! unread goes back into the lent inbox, in order, and what arrives later waits there. If the child had passed
//! it on to one of its own children, also one that has ended before, it comes back from there.
//!
//! *Differs from Kamaelia:* there it lies in the boxes of the ended child, and nobody reads it.

use super::context::Context;
use super::family::Endpoint;
use crate::kernel::boxes::{BoxId, LinkId, Linkage};
use crate::kernel::error::LinkError;
use crate::kernel::id::Life;
use crate::kernel::queue::Reasons;
use crate::kernel::system::State;

impl Context {
    /// Passes an inbox through to a component that another may follow, as [`Context::pass_through_inbox`]
    /// does. When that component ends, the linkage is cut, and what it had not read is in `outer` again, before
    /// anything newer. [`Seq`](crate::chassis::Seq), [`Carousel`](crate::chassis::Carousel) and
    /// [`Supervisor`](crate::chassis::Supervisor) do so.
    ///
    /// # Errors
    ///
    /// As [`Context::pass_through_inbox`].
    ///
    /// # Panics
    ///
    /// If one of the two components lives in another scheduler.
    #[track_caller]
    pub fn lend_inbox(&self, outer: Endpoint<'_>, inner: Endpoint<'_>) -> Result<Linkage, LinkError> {
        let (outer, inner) = ((self.here(outer.0), outer.1), (self.here(inner.0), inner.1));
        let linkage = self.pass_through_inbox(outer, inner)?;
        self.system.with(|state| {
            if let Some(outer) = state.look_up(outer.0, outer.1, false) {
                let link = state.post.route(outer).to;
                state.post.links.lend(link);
            }
        });
        Ok(linkage)
    }
}

impl State {
    /// Cuts what was lent to a component that ends, and gives back what it did not read: first what it has
    /// passed on itself, then what was lent to it.
    pub(in crate::kernel) fn give_back(&mut self, from: u32) {
        if self.post.links.are_none_lent() {
            return;
        }
        let me = self.record(from).identity.pid;
        let boxes = self.record(from).own_boxes.boxes();
        let inboxes: Vec<BoxId> = boxes.filter(|box_| !box_.is_outbox()).collect();
        for inbox in &inboxes {
            let onward = self.post.route(*inbox).to;
            if !onward.is_none() && self.post.links[onward].maker == me && self.post.is_on_loan(*inbox) {
                self.bring_back(onward);
            }
        }
        for inbox in inboxes {
            for link in self.post.lent_to(inbox) {
                self.bring_back(link);
            }
        }
    }

    /// Cuts a linkage between inboxes and puts what lies at the end of its chain where it begins.
    fn bring_back(&mut self, link: LinkId) {
        let source = self.post.links[link].source.index();
        let target = self.post.end_of(BoxId::inbox(source));
        let mut ring = self.post.take_all(target);
        self.cut(link);
        ring.extend(self.post.take_all(source));
        if !ring.is_empty() {
            self.post.put_again(source, ring);
            let listener = self.post.inboxes[source as usize].listener;
            self.run.wake(listener, Reasons::MESSAGE);
        }
        let reader = self.post.inboxes[target as usize].listener;
        if self.record(reader).identity.life() == Life::Ended {
            self.close_inboxes(reader);
        }
    }
}

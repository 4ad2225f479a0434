//! Gives back what was lent to a component that ends: see `Context::lend_inbox`.

use super::state::State;
use crate::kernel::boxes::{BoxId, LinkId};
use crate::kernel::id::Life;
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

impl State {
    /// Cuts the linkages that were lent to a component that ends, and gives back what it did not read: first from the
    /// inboxes that it passed on itself, then from those that were lent to it.
    pub(super) fn give_back(&mut self, from: u32) {
        if self.post.are_none_lent() {
            return;
        }
        let me = self.record(from).identity.pid;
        let inboxes: Vec<BoxId> = self.record(from).own_boxes.of_side(Side::Inbox).collect();
        for inbox in &inboxes {
            let onward = self.post.route(*inbox).to;
            if !onward.is_none() && self.post.link_entry(onward).maker == me && self.post.is_on_loan(*inbox) {
                self.bring_back(onward);
            }
        }
        for inbox in inboxes {
            for link in self.post.lent_to(inbox) {
                self.bring_back(link);
            }
        }
    }

    /// Cuts a linkage between inboxes and moves the messages at the end of its chain back to its source.
    fn bring_back(&mut self, link: LinkId) {
        let source = self.post.link_entry(link).source.index();
        let target = self.post.end_of(BoxId::inbox(source));
        let mut unread = self.post.take_all(target);
        self.cut(link);
        unread.extend(self.post.take_all(source));
        if !unread.is_empty() {
            self.post.put_again(source, unread);
            let listener = self.post.inbox(source).listener();
            self.run.wake(listener, Reasons::MESSAGE);
        }
        let reader = self.post.inbox(target).listener();
        if self.record(reader).identity.life() == Life::Ended {
            self.close_inboxes(reader);
        }
    }
}

//! The two hidden components of a linkage between schedulers: one sends its messages off, the other delivers them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use log::Level;

use crate::kernel::boxes::{Before, Boxes, CONTROL, Lane, NONE, OUTBOX, Passage, Remainder, Transit, Way};
use crate::kernel::component::{Component, Context};
use crate::kernel::error::Result;
use crate::kernel::id::Pid;
use crate::kernel::message::{Ending, Message};
use crate::kernel::outside::Kind;

impl Context {
    /// Whether the scheduler has told that only services are left.
    fn is_told_to_close(&self) -> bool {
        std::iter::from_fn(|| self.recv(CONTROL)).count() > 0
    }
}

/// Where messages leave a scheduler. Its inbox, named after the sink, holds messages for which the queue has no room.
pub(super) struct Departure {
    pub(super) leaving: Leaving,
    /// The component that sends.
    pub(super) source: Pid,
    pub(super) inbox: String,
    /// What must be delivered before the first message: all that the source sent by linkages that were cut before.
    pub(super) first_after: Before,
}

/// Finishes the passage when it is dropped, whatever happens.
pub(super) struct Leaving {
    pub(super) passage: Arc<Passage>,
    pub(super) in_order: bool,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.passage.finish(self.in_order);
    }
}

impl Departure {
    /// Takes up to `most` messages out of the inbox.
    fn collect(&mut self, cx: &Context, inbox: u32, most: u64, into: &mut Vec<Transit>) {
        for _ in 0..most {
            let Some(message) = cx.system.collect(inbox) else { break };
            let mut after = std::mem::take(&mut self.first_after);
            if message.ending() == Some(Ending::ProducerFinished) {
                after.extend(self.sent_before(cx));
            }
            into.push(Transit { message, after });
        }
    }

    /// What the same component has sent by other passages and what is still on its way.
    fn sent_before(&self, cx: &Context) -> Before {
        let lanes = cx.system.lanes.borrow();
        let others = lanes
            .iter()
            .filter(|lane| lane.source == self.source && !Arc::ptr_eq(&lane.passage, &self.leaving.passage));
        let mut before = Vec::new();
        for Lane { inbox, passage, .. } in others {
            if let Some(pending) = passage.pending() {
                let waiting = if pending.is_finished { 0 } else { cx.system.waiting_before_the_end(*inbox) };
                before.push((Arc::clone(passage), pending.handed + waiting));
            }
        }
        before
    }

    fn tell_of_the_breach(&self, cx: &Context, inbox: u32, lost: usize, is_torn: bool) {
        let lost = lost + std::iter::from_fn(|| cx.system.collect(inbox)).count();
        let name = &self.leaving.passage.name;
        if !is_torn && lost == 0 {
            log::debug!(target: "axon", "the linkage {name} is cut: the run at its end is over");
            return;
        }
        let Some(more) = cx.system.admits(Kind::CutLinkages) else { return };
        let (level, why) = if is_torn {
            (Level::Error, "the scheduler at its end is gone")
        } else {
            (Level::Warn, "the run at its end is over")
        };
        log::log!(
            target: "axon",
            level,
            "the linkage {name} is cut: {why}; {lost} messages were not delivered{more}"
        );
    }
}

impl Component for Departure {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox(CONTROL, "told when only services are left")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let passage = Arc::clone(&self.leaving.passage);
        passage.departs(cx.waker());
        let inbox = cx.inbox(&self.inbox);
        let mut transits = Vec::new();
        let mut is_heard = true;
        loop {
            let is_last = cx.is_told_to_close();
            if passage.is_heard() != is_heard {
                is_heard = !is_heard;
                cx.system.set_heard(inbox, is_heard);
            }
            loop {
                let room = match passage.way() {
                    Way::Broken { lost, is_torn } => {
                        self.tell_of_the_breach(cx, inbox, lost + transits.len(), is_torn);
                        cx.system.with(|state| state.post.desert(inbox, &passage));
                        return Ok(());
                    }
                    Way::Room(room) if !is_last => room,
                    Way::Room(_) | Way::Cut => {
                        self.collect(cx, inbox, u64::MAX, &mut transits);
                        passage.hand_over(&mut transits);
                        if transits.is_empty() {
                            self.leaving.in_order = true;
                            return Ok(());
                        }
                        // The passage was broken off just now.
                        continue;
                    }
                };
                if room == 0 || cx.system.waiting(inbox) == 0 {
                    break;
                }
                self.collect(cx, inbox, room, &mut transits);
                passage.hand_over(&mut transits);
            }
            cx.pause().await;
        }
    }
}

/// Where messages enter a scheduler. Its outbox leads to the sink.
pub(super) struct Arrival {
    pub(super) coming: Coming,
}

/// Breaks the passage off when it is dropped before all was delivered.
pub(super) struct Coming {
    pub(super) passage: Arc<Passage>,
    /// How many messages it has taken from the queue and not delivered.
    pub(super) waiting: VecDeque<Transit>,
    pub(super) end: End,
}

/// How an arrival ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Not by itself: its scheduler failed, or is gone.
    Torn,
    /// The run was over.
    Closed,
    /// All was delivered.
    Over,
}

impl Drop for Coming {
    fn drop(&mut self) {
        if self.end == End::Over {
            self.passage.is_through();
        } else {
            let lost = self.passage.break_off(self.waiting.len(), self.end == End::Closed);
            if lost > 0 {
                let name = &self.passage.name;
                log::warn!(target: "axon", "{lost} messages that were on their way by {name} were not delivered");
            }
        }
    }
}

impl Transit {
    /// Whether everything that must come before it was delivered.
    fn is_due(&mut self, waker: &Waker) -> bool {
        self.after.retain(|(passage, count)| !passage.has_delivered(*count, waker));
        self.after.is_empty()
    }
}

impl Arrival {
    /// Delivers as much as there is room for.
    fn deliver(&mut self, cx: &Context) {
        let Coming { passage, waiting, .. } = &mut self.coming;
        let mut delivered = 0;
        while let Some(mut transit) = waiting.pop_front() {
            if !transit.after.is_empty() && !transit.is_due(&cx.waker()) {
                let awaited = transit.after.iter().map(|(passage, _)| passage);
                cx.system.with(|state| awaited.for_each(|passage| state.know_passage(passage, None)));
                waiting.push_front(transit);
                break;
            }
            let after = transit.after;
            if let Err(refused) = cx.send(OUTBOX, transit.message) {
                let message: Message = refused.into_message();
                waiting.push_front(Transit { message, after });
                break;
            }
            delivered += 1;
        }
        passage.delivered(delivered);
    }
}

impl Component for Arrival {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox(CONTROL, "told when only services are left").outbox(OUTBOX, "what has come")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let passage = Arc::clone(&self.coming.passage);
        passage.arrives(cx.waker());
        let mut is_heard = true;
        loop {
            let is_last = cx.is_told_to_close();
            if self.coming.waiting.is_empty() {
                self.coming.waiting = passage.take();
            }
            self.deliver(cx);
            if cx.is_heard(OUTBOX) != is_heard {
                is_heard = !is_heard;
                passage.tell_heard(is_heard);
            }
            if !is_heard {
                cx.system.with(|state| state.wake_when_heard(cx.pid()));
            }
            if self.coming.waiting.is_empty() {
                match passage.rest() {
                    Remainder::More => {
                        cx.yield_now().await;
                        continue;
                    }
                    Remainder::Over { is_torn } => {
                        if is_torn && let Some(more) = cx.system.admits(Kind::CutLinkages) {
                            let name = &passage.name;
                            log::error!(
                                target: "axon",
                                "the linkage {name} is cut: the scheduler at its source is gone{more}"
                            );
                        }
                        self.coming.end = End::Over;
                        return Ok(());
                    }
                    Remainder::Nothing => {}
                }
            }
            if is_last {
                self.coming.end = End::Closed;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

impl crate::kernel::system::System {
    /// How many messages wait in an inbox before the first that says "no more will come".
    fn waiting_before_the_end(&self, inbox: u32) -> u64 {
        debug_assert_ne!(inbox, NONE);
        self.with(|state| {
            let waiting = state.post.inbox(inbox).ring().iter();
            waiting.take_while(|queued| queued.message.ending() != Some(Ending::ProducerFinished)).count()
                as u64
        })
    }
}

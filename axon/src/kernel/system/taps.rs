//! Those who see the messages of a box as they pass, and what each has not read.
//!
//! While there is one, sending goes the way of the trace log, where a message is shown before it is put. So it costs
//! nothing while there is none.

use std::cell::{Cell, RefCell};

use super::shared::System;
use super::state::State;
use super::transfer::Refusal;
use crate::kernel::boxes::{BoxId, LinkId};
use crate::kernel::id::{ComponentRef, Pid};
use crate::kernel::message::Message;
use crate::kernel::queue::Reasons;
use crate::kernel::safely::safely;
use crate::kernel::side::Side;

/// All taps of a scheduler.
#[derive(Default)]
pub(in crate::kernel) struct Taps {
    taps: RefCell<Vec<Tapped>>,
    next_serial: Cell<u64>,
}

/// One tap.
struct Tapped {
    serial: u64,
    /// The box, by name: one that was added may be deleted, and its place be another's.
    of: (ComponentRef, Side, String),
    /// Who is woken.
    by: Pid,
    /// How many messages are kept as text.
    most: usize,
    texts: Vec<String>,
    /// How many more there were.
    others: u64,
}

/// A message that is about to pass some taps.
pub(in crate::kernel) struct Passing {
    taps: Vec<u64>,
    /// If any of them has a place for it.
    text: Option<String>,
}

impl Taps {
    pub(in crate::kernel) fn is_empty(&self) -> bool {
        self.taps.borrow().is_empty()
    }

    /// What has passed since the last time: the first messages as text, and how many more.
    pub(in crate::kernel) fn take(&self, serial: u64) -> (Vec<String>, u64) {
        let mut taps = self.taps.borrow_mut();
        let tap = taps.iter_mut().find(|tap| tap.serial == serial);
        tap.map(|tap| (std::mem::take(&mut tap.texts), std::mem::take(&mut tap.others))).unwrap_or_default()
    }
}

impl System {
    /// One more tap. Returns its number.
    pub(in crate::kernel) fn begin_tap(&self, of: (ComponentRef, Side, String), by: Pid, most: usize) -> u64 {
        let serial = self.taps.next_serial.get() + 1;
        self.taps.next_serial.set(serial);
        self.taps.taps.borrow_mut().push(Tapped { serial, of, by, most, texts: Vec::new(), others: 0 });
        self.traces.set(true);
        serial
    }

    /// One fewer.
    pub(in crate::kernel) fn end_tap(&self, serial: u64) {
        // Its reference is dropped when nothing is borrowed.
        let ended: Vec<Tapped> =
            self.taps.taps.borrow_mut().extract_if(.., |tap| tap.serial == serial).collect();
        drop(ended);
    }

    /// What taps will have to be told when this message has been put.
    #[cold]
    pub(in crate::kernel) fn passing(&self, from: BoxId, message: &Message) -> Option<Passing> {
        let (mut taps, mut is_shown) = (Vec::new(), false);
        self.with(|state| {
            for tap in self.taps.taps.borrow().iter().filter(|tap| state.leads_through(from, &tap.of)) {
                taps.push(tap.serial);
                is_shown |= tap.texts.len() < tap.most;
            }
        });
        if taps.is_empty() {
            return None;
        }
        // The `Debug` of a payload is somebody's code: nothing is borrowed, and its panic is not the sender's.
        let text = is_shown.then(|| {
            let text = safely(|| message.excerpt().to_string());
            text.unwrap_or_else(|panic| format!("(showing it panics: {panic})"))
        });
        Some(Passing { taps, text })
    }

    /// Delivers a message where those who tap see it.
    pub(in crate::kernel) fn deliver_seen(
        &self,
        sender: Pid,
        inbox: u32,
        message: Message,
    ) -> Result<(), Box<Refusal>> {
        let passing = self.traces.get().then(|| self.passing(BoxId::inbox(inbox), &message)).flatten();
        self.deliver(sender, inbox, message)?;
        passing.into_iter().for_each(|passing| self.passed(passing));
        Ok(())
    }

    /// The message was put.
    pub(in crate::kernel) fn passed(&self, passing: Passing) {
        for tap in self.taps.taps.borrow_mut().iter_mut() {
            if !passing.taps.contains(&tap.serial) {
                continue;
            }
            if tap.texts.is_empty() && tap.others == 0 {
                self.with(|state| state.wake_pid(tap.by, Reasons::WAKER));
            }
            match &passing.text {
                Some(text) if tap.texts.len() < tap.most => tap.texts.push(text.clone()),
                _ => tap.others += 1,
            }
        }
    }
}

impl State {
    /// Whether a box is another, or leads to it.
    fn leads_through(&self, from: BoxId, (component, side, name): &(ComponentRef, Side, String)) -> bool {
        let Some(other) = self.look_up(component, name, *side) else { return false };
        let mut passed = from;
        while passed != other {
            let next: LinkId = self.post.route(passed).to;
            if next.is_none() {
                return false;
            }
            passed = self.post.link_entry(next).sink;
        }
        true
    }
}

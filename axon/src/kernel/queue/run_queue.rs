//! Which microprocess runs when: the passes, and the order within them.
//!
//! Ported from the run queue of `Axon.Scheduler`. The promises S1 to S7 are kept here.
//!
//! A pass walks `queue` from front to back and closes the gaps behind it: a microprocess that has had a turn keeps
//! its place for the next pass. New ones, and those woken from a sleep that began in an earlier pass, go into
//! `joining`, behind all others. One that pauses keeps its place for the moment: if it is woken in the same pass, the
//! place is valid again; if not, the entry is stale and is skipped.

use std::collections::HashMap;

use super::microprocess::{Microprocess, NEVER, Reasons, Stage, Wait};
use crate::kernel::cold_path::cold_path;

/// The queue of one scheduler, and the state of every microprocess in it.
#[derive(Default)]
pub(in crate::kernel) struct RunQueue {
    pub(in crate::kernel) places: Vec<Microprocess>,
    /// Invariant: `kept <= walked <= queue.len()`.
    queue: Vec<u32>,
    /// How far the pass has walked along the queue.
    walked: usize,
    /// How many entries at the front are those of the next pass.
    kept: usize,
    joining: Vec<u32>,
    /// The number of the pass. The first is 1, so that a new record (stamp 0) does not count as woken in this pass.
    pass: u64,
    /// How many are awake.
    awake: usize,
    vacant: Vec<u32>,
    /// Places given up in this pass and in the one before. The queue may still have entries for them.
    given_up: [Vec<u32>; 2],
    /// Whether there are any such places.
    gives_up: bool,
    /// The microprocess that has ended last in a step of its own, for which the queue has no entry any more.
    left: Option<u32>,
    /// The microprocesses that get no turn until they are resumed.
    suspended: HashMap<u32, Suspended>,
}

/// What a suspended microprocess will do once it is resumed.
struct Suspended {
    /// What it waits for, if it sleeps.
    wait: Wait,
    /// It was awake when it was suspended, or was woken since.
    is_due: bool,
    /// How many times it was suspended and not resumed.
    times: u32,
}

/// What became of a wake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Woken {
    /// It will run, it was awake anyway, or it does not wait for this reason.
    Yes,
    /// It is suspended. It will run when it is resumed, if the reason is one that it waits for.
    Suspended,
    /// It has ended.
    Ended,
}

impl RunQueue {
    /// A place for a new microprocess, in state `Made`.
    pub(in crate::kernel) fn make(&mut self) -> u32 {
        let index = self.vacant.pop().unwrap_or_else(|| {
            crate::kernel::boxes::make_room(&mut self.places, 1);
            self.places.push(Microprocess::vacant());
            self.places.len() as u32 - 1
        });
        let place = &mut self.places[index as usize];
        place.stage = Stage::Made;
        place.stamp = 0;
        place.is_deaf = false;
        index
    }

    /// Transition 1: from now on it runs, first in the next pass.
    pub(in crate::kernel) fn activate(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        if place.stage == Stage::Made {
            place.stage = Stage::Active;
            place.runs_from = self.pass + 1;
            self.awake += 1;
            self.joining.push(index);
        }
    }

    /// Wakes a microprocess for a reason, if it sleeps and waits for that reason.
    #[inline(always)]
    pub(in crate::kernel) fn wake(&mut self, index: u32, reason: Reasons) -> Woken {
        let pass = self.pass;
        let place = &mut self.places[index as usize];
        // Only a paused microprocess waits for any reason.
        if place.wait.reasons().meets(reason) {
            place.wait = Wait::NOTHING;
            place.runs_from = pass + 1;
            self.awake += 1;
            // Paused in this pass, its entry is still in the queue and becomes valid again (transition 3). Paused
            // earlier, its entry is gone or will be skipped, and it goes to the end (transition 4).
            if place.stamp != pass {
                self.joining.push(index);
            }
        } else if place.runs_from != NEVER {
            // It is awake, and may be in the middle of its step: `settle` will not let it sleep in this pass.
            place.stamp = pass;
        } else if place.is_deaf {
            cold_path();
            return self.wake_deaf(index, reason);
        }
        Woken::Yes
    }

    /// Wakes one that has ended or is suspended.
    #[cold]
    fn wake_deaf(&mut self, index: u32, reason: Reasons) -> Woken {
        match self.suspended.get_mut(&index) {
            Some(suspended) => {
                suspended.is_due |= suspended.wait.reasons().meets(reason);
                Woken::Suspended
            }
            None => Woken::Ended,
        }
    }

    /// Transition 7: an active microprocess that is not in its step gets no turn until it is resumed as many times as
    /// it was suspended.
    pub(in crate::kernel) fn suspend(&mut self, index: u32) {
        if let Some(suspended) = self.suspended.get_mut(&index) {
            suspended.times += 1;
            return;
        }
        // If it is resumed in this pass, it must know whether the next pass has an entry for it. Usually it has just
        // had its step.
        let has_entry =
            self.queue[..self.kept].iter().rev().chain(&self.joining).any(|entry| *entry == index);
        let place = &mut self.places[index as usize];
        let is_due = place.runs_from != NEVER;
        self.awake -= usize::from(is_due);
        self.suspended.insert(index, Suspended { wait: place.wait, is_due, times: 1 });
        let stamp = if has_entry { self.pass } else { 0 };
        (place.runs_from, place.wait, place.stamp, place.is_deaf) = (NEVER, Wait::NOTHING, stamp, true);
    }

    /// Transition 8: a suspended microprocess goes on sleeping, or takes the turn that is due in the next pass.
    pub(in crate::kernel) fn resume(&mut self, index: u32) {
        let Some(suspended) = self.suspended.get_mut(&index) else { return };
        suspended.times -= 1;
        if suspended.times > 0 {
            return;
        }
        let Some(Suspended { wait, is_due, .. }) = self.suspended.remove(&index) else { return };
        let place = &mut self.places[index as usize];
        place.is_deaf = false;
        if is_due {
            place.runs_from = self.pass + 1;
            self.awake += 1;
            if place.stamp != self.pass {
                self.joining.push(index);
            }
        } else {
            place.wait = wait;
        }
    }

    /// The next one to run in this pass.
    #[inline(always)]
    pub(in crate::kernel) fn next(&mut self) -> Option<u32> {
        loop {
            let index = *self.queue.get(self.walked)?;
            self.walked += 1;
            if self.places[index as usize].runs_from <= self.pass {
                return Some(index);
            }
        }
    }

    /// The step is over in which the microprocess has ended: this one has no place in the next pass.
    pub(in crate::kernel) fn leave(&mut self) -> u32 {
        let running = self.queue[self.walked - 1];
        self.left = Some(running);
        running
    }

    /// A step is over in which the microprocess has not ended. It now waits for these reasons (transition 2), or
    /// stays awake.
    #[inline(always)]
    pub(in crate::kernel) fn settle(&mut self, index: u32, wait: Wait) {
        // It keeps its place even if it pauses now, since it may be woken again in this pass.
        self.queue[self.kept] = index;
        self.kept += 1;
        let place = &mut self.places[index as usize];
        // A wake in this pass may be for something that arrived after it looked: it runs once more.
        if !wait.reasons().meets(Reasons::AT_ONCE) && place.stamp != self.pass {
            place.runs_from = NEVER;
            place.stamp = self.pass;
            place.wait = wait.completed();
            self.awake -= 1;
        }
    }

    /// Whether a microprocess is active: activated, and not ended.
    pub(in crate::kernel) fn is_active(&self, index: u32) -> bool {
        self.places[index as usize].stage == Stage::Active
    }

    /// Transition 5 or 6. False if it had ended before.
    pub(in crate::kernel) fn end(&mut self, index: u32) -> bool {
        let place = &mut self.places[index as usize];
        if matches!(place.stage, Stage::Ended | Stage::Vacant) {
            return false;
        }
        self.awake -= usize::from(place.runs_from != NEVER);
        (place.stage, place.runs_from, place.wait) = (Stage::Ended, NEVER, Wait::NOTHING);
        place.is_deaf = true;
        if !self.suspended.is_empty() {
            self.suspended.remove(&index);
        }
        true
    }

    /// Gives up the place of a microprocess that has ended. It may be taken again two passes later, or immediately if it
    /// has ended in a step of its own.
    pub(in crate::kernel) fn vacate(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        debug_assert_eq!(place.stage, Stage::Ended);
        place.stage = Stage::Vacant;
        // `u32::MAX` is the generation of `Pid::NOBODY`.
        place.generation = (place.generation + 1) % u32::MAX;
        if self.left == Some(index) {
            self.left = None;
            self.vacant.push(index);
        } else {
            self.given_up[0].push(index);
            self.gives_up = true;
        }
    }

    /// Begins a pass; false if nobody is awake.
    #[inline(always)]
    pub(in crate::kernel) fn begin_pass(&mut self) -> bool {
        if self.awake == 0 {
            return false;
        }
        self.queue.truncate(self.kept);
        // Usually there are one or two, for which a call of `memcpy` would cost more than this loop.
        for index in &self.joining {
            self.queue.push(*index);
        }
        self.joining.clear();
        (self.walked, self.kept) = (0, 0);
        self.pass += 1;
        if self.gives_up {
            self.take_back();
        }
        true
    }

    /// Places given up two passes ago are free.
    #[inline(never)]
    fn take_back(&mut self) {
        let [last, before] = &mut self.given_up;
        self.vacant.append(before);
        std::mem::swap(last, before);
        self.gives_up = !(last.is_empty() && before.is_empty());
    }

    /// How many entries the current pass has.
    pub(in crate::kernel) fn length(&self) -> usize {
        self.queue.len()
    }

    /// Whether anybody is awake.
    pub(in crate::kernel) fn has_awake(&self) -> bool {
        self.awake != 0
    }

    /// The number of the current pass, or of the last.
    pub(in crate::kernel) fn pass(&self) -> u64 {
        self.pass
    }
}

#[cfg(test)]
mod tests {
    use super::super::microprocess::State;
    use super::*;

    fn wait(reasons: Reasons) -> Wait {
        Wait::NOTHING.and(reasons)
    }

    /// Runs one pass; each that `pauses` names sleeps for any reason, the others stay awake.
    fn pass(queue: &mut RunQueue, pauses: &[u32]) -> Vec<u32> {
        let mut ran = Vec::new();
        queue.begin_pass();
        while let Some(index) = queue.next() {
            ran.push(index);
            queue.settle(index, wait(if pauses.contains(&index) { Reasons::ANY } else { Reasons::AT_ONCE }));
        }
        ran
    }

    fn three() -> RunQueue {
        let mut queue = RunQueue::default();
        for _ in 0..3 {
            let index = queue.make();
            queue.activate(index);
        }
        queue
    }

    #[test]
    fn a_place_given_up_in_a_pass_is_not_taken_while_old_entries_can_be_in_the_queue() {
        let mut queue = three();
        assert_eq!(pass(&mut queue, &[]), [0, 1, 2]);
        queue.end(1);
        queue.vacate(1);
        let newcomer = queue.make();
        queue.activate(newcomer);
        assert_eq!(newcomer, 3);
        assert_eq!(pass(&mut queue, &[]), [0, 2, 3]);
        assert_eq!(pass(&mut queue, &[]), [0, 2, 3]);
        let newcomer = queue.make();
        queue.activate(newcomer);
        assert_eq!(newcomer, 1);
        assert_eq!(pass(&mut queue, &[]), [0, 2, 3, 1]);
    }

    #[test]
    fn a_place_left_in_the_last_step_of_its_own_is_taken_immediately_and_its_new_occupant_runs_once_and_last()
    {
        let mut queue = three();
        queue.begin_pass();
        assert_eq!(queue.next(), Some(0));
        queue.settle(0, wait(Reasons::AT_ONCE));
        assert_eq!(queue.next(), Some(1));
        assert_eq!(queue.leave(), 1);
        queue.end(1);
        queue.vacate(1);
        let newcomer = queue.make();
        queue.activate(newcomer);
        assert_eq!(newcomer, 1);
        assert_eq!(queue.next(), Some(2));
        queue.settle(2, wait(Reasons::AT_ONCE));
        assert_eq!(queue.next(), None);
        assert_eq!(pass(&mut queue, &[]), [0, 2, 1]);
        // Stopped from outside, its entry is still in the queue.
        queue.end(1);
        queue.vacate(1);
        assert_eq!(queue.make(), 3);
    }

    #[test]
    fn one_woken_before_its_stale_entry_is_passed_over_runs_once_and_last() {
        let mut queue = three();
        assert_eq!(pass(&mut queue, &[0]), [0, 1, 2]);
        queue.begin_pass();
        queue.wake(0, Reasons::MESSAGE);
        assert_eq!(queue.next(), Some(1));
        queue.settle(1, wait(Reasons::AT_ONCE));
        assert_eq!(queue.next(), Some(2));
        queue.settle(2, wait(Reasons::AT_ONCE));
        assert_eq!(queue.next(), None);
        assert_eq!(pass(&mut queue, &[]), [1, 2, 0]);
    }

    #[test]
    fn one_suspended_at_any_moment_and_resumed_at_once_runs_once_in_the_next_pass() {
        // Before its turn, after it, and when it was woken from an earlier sleep.
        for (turns_before, sleeps) in [(0, false), (1, false), (3, false), (1, true)] {
            let mut queue = three();
            pass(&mut queue, if sleeps { &[1] } else { &[] });
            queue.begin_pass();
            for _ in 0..turns_before {
                let index = queue.next().unwrap();
                queue.settle(index, wait(Reasons::AT_ONCE));
            }
            queue.wake(1, Reasons::MESSAGE);
            queue.suspend(1);
            queue.suspend(1);
            queue.resume(1);
            assert_eq!(queue.places[1].state(), State::Paused);
            queue.resume(1);
            while let Some(index) = queue.next() {
                assert_ne!(index, 1, "it waits for the next pass");
                queue.settle(index, wait(Reasons::AT_ONCE));
            }
            for _ in 0..2 {
                let mut ran = pass(&mut queue, &[]);
                ran.sort_unstable();
                assert_eq!(ran, [0, 1, 2], "{turns_before} turns before, sleeps: {sleeps}");
            }
        }
    }

    #[test]
    fn a_sleeper_is_not_woken_for_what_it_does_not_wait_for() {
        let mut queue = three();
        queue.begin_pass();
        while let Some(index) = queue.next() {
            queue.settle(index, wait(Reasons::MESSAGE));
        }
        assert!(!queue.has_awake());
        queue.wake(2, Reasons::COLLECTED);
        assert!(!queue.has_awake());
        queue.wake(2, Reasons::MESSAGE);
        assert_eq!(pass(&mut queue, &[]), [2]);
    }
}

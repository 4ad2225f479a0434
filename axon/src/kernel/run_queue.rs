//! Who runs when: the passes, and the order within them.
//!
//! Ported from the run queue of `Axon.Scheduler`. The promises S1 to S7 are kept here.
//!
//! A pass walks `current` from front to back. Whoever stays awake goes into `next` in the same order;
//! newcomers and those woken from real sleep go into `joining`, behind all others. One who pauses keeps
//! its place in `next` on trial: a wake in the same pass makes the place good, and without one the
//! entry is passed over when its turn comes.

use super::microprocess::{Microprocess, Reasons, State, Wait};

/// The queue of one scheduler, and the state of every microprocess in it.
#[derive(Default)]
pub(super) struct RunQueue {
    pub(super) places: Vec<Microprocess>,
    current: Vec<u32>,
    /// How far the pass has walked along `current`.
    walked: usize,
    next: Vec<u32>,
    joining: Vec<u32>,
    /// The number of the pass; the first is 1, so that a new record was never woken "in this pass".
    pass: u64,
    /// How many are awake.
    awake: usize,
    vacant: Vec<u32>,
    /// Places given up in this pass and the one before: entries for them may still be in the queue.
    given_up: [Vec<u32>; 2],
    /// Whether there are any such places.
    gives_up: bool,
}

/// What became of a wake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Woken {
    /// It will run, or would have anyway, or need not.
    Yes,
    /// There is nobody left to wake.
    Ended,
}

impl RunQueue {
    /// A place for a new microprocess, in state `Made`.
    pub(super) fn make(&mut self) -> u32 {
        let index = self.vacant.pop().unwrap_or_else(|| {
            super::postoffice::make_room(&mut self.places, 1);
            self.places.push(Microprocess::vacant());
            self.places.len() as u32 - 1
        });
        let place = &mut self.places[index as usize];
        place.state = State::Made;
        place.stamp = 0;
        index
    }

    /// Transition 1: from now on it runs, first in the next pass.
    pub(super) fn activate(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        if place.state == State::Made {
            place.state = State::Awake;
            place.runs_from = self.pass + 1;
            self.awake += 1;
            self.joining.push(index);
        }
    }

    /// Wakes a microprocess for a reason, if it sleeps and waits for that.
    #[inline(always)]
    pub(super) fn wake(&mut self, index: u32, reason: Reasons) -> Woken {
        let pass = self.pass;
        let place = &mut self.places[index as usize];
        if place.state == State::Awake {
            place.stamp = pass;
        } else if place.state == State::Paused {
            if place.wait.reasons().meets(reason) {
                place.state = State::Awake;
                self.awake += 1;
                // Transition 3 leaves it where it is, transition 4 puts it at the end.
                if place.stamp != pass {
                    place.runs_from = pass + 1;
                    self.joining.push(index);
                }
            }
        } else if place.state == State::Ended {
            return Woken::Ended;
        }
        Woken::Yes
    }

    /// The next one to run in this pass.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<u32> {
        loop {
            let index = *self.current.get(self.walked)?;
            self.walked += 1;
            let place = &self.places[index as usize];
            if place.state == State::Awake && place.runs_from <= self.pass {
                return Some(index);
            }
        }
    }

    /// Transition 2, or staying awake: the step is over, and it waits for these reasons.
    #[inline(always)]
    pub(super) fn settle(&mut self, index: u32, wait: Wait) {
        let pass = self.pass;
        let place = &mut self.places[index as usize];
        if place.state != State::Awake {
            return;
        }
        self.next.push(index);
        if !wait.reasons().meets(Reasons::AT_ONCE) && place.stamp != pass {
            place.state = State::Paused;
            place.stamp = pass;
            place.wait = wait.completed();
            self.awake -= 1;
        }
    }

    /// Transition 5 or 6. False if it had ended before.
    pub(super) fn end(&mut self, index: u32) -> bool {
        let place = &mut self.places[index as usize];
        match place.state {
            State::Awake => self.awake -= 1,
            State::Paused | State::Made => {}
            State::Ended | State::Vacant => return false,
        }
        place.state = State::Ended;
        true
    }

    /// Gives up the place of one that has ended; it may be taken again two passes later.
    pub(super) fn vacate(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        debug_assert_eq!(place.state, State::Ended);
        place.state = State::Vacant;
        // `u32::MAX` is nobody's.
        place.generation = (place.generation + 1) % u32::MAX;
        self.given_up[0].push(index);
        self.gives_up = true;
    }

    /// Begins a pass; false if nobody is awake.
    #[inline(always)]
    pub(super) fn begin_pass(&mut self) -> bool {
        if self.awake == 0 {
            return false;
        }
        self.current.clear();
        std::mem::swap(&mut self.current, &mut self.next);
        // Usually there are one or two, for whom a call of `memcpy` is a long way.
        for index in &self.joining {
            self.current.push(*index);
        }
        self.joining.clear();
        self.walked = 0;
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
    pub(super) fn length(&self) -> usize {
        self.current.len()
    }

    /// Whether anybody is awake.
    pub(super) fn has_awake(&self) -> bool {
        self.awake != 0
    }

    /// The number of the current pass, or of the last.
    pub(super) fn pass(&self) -> u64 {
        self.pass
    }
}

#[cfg(test)]
mod tests {
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

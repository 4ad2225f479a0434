//! Components that others hold: they get no turn, or one at a time.
//!
//! A held component is suspended in the queue, as by backpressure. For a turn it is resumed, and suspended again after
//! its step; meanwhile the scheduler looks after each step whether it was that one's.

use super::state::State;
use crate::kernel::id::{ComponentRef, Pid};

/// One that is held.
#[derive(Default)]
pub(in crate::kernel) struct Held {
    /// Who holds it, as often as each does.
    by: Vec<Pid>,
    /// How many turns it may still take.
    turns: u32,
}

impl State {
    /// A component is held from now on. False if it does not run, or if it is in its step.
    pub(in crate::kernel) fn begin_holding(&mut self, component: &ComponentRef, by: Pid) -> bool {
        let pid = component.0.pid;
        if pid == by || !self.is_active(pid) {
            return false;
        }
        let held = self.held.entry(pid).or_default();
        held.by.push(by);
        if held.by.len() == 1 {
            self.run.suspend(pid.index);
        }
        true
    }

    /// One of its holders lets go of it.
    pub(in crate::kernel) fn end_holding(&mut self, pid: Pid, by: Pid) {
        let Some(held) = self.held.get_mut(&pid) else { return };
        if let Some(nth) = held.by.iter().position(|holder| *holder == by) {
            held.by.swap_remove(nth);
        }
        if held.by.is_empty() {
            self.let_run(pid);
        }
    }

    /// All are let go.
    pub(in crate::kernel) fn end_all_holding(&mut self) {
        let all: Vec<Pid> = self.held.keys().copied().collect();
        all.into_iter().for_each(|pid| self.let_run(pid));
    }

    fn let_run(&mut self, pid: Pid) {
        let is_in_queue = self.held.remove(&pid).is_some_and(|held| held.turns > 0);
        if !is_in_queue && self.is_active(pid) {
            self.run.resume(pid.index);
        }
    }

    /// A held component may take one turn more, when it has one.
    pub(in crate::kernel) fn allow_turn(&mut self, pid: Pid) {
        let is_active = self.is_active(pid);
        let Some(held) = self.held.get_mut(&pid).filter(|_| is_active) else { return };
        held.turns += 1;
        if held.turns == 1 {
            self.interrupted = true;
            self.run.resume(pid.index);
        }
    }

    /// Whether any held component has a turn to take, after which it is to be held again.
    pub(in crate::kernel) fn awaits_held_turn(&self) -> bool {
        // Those that have ended are let go of when their holders notice.
        self.held.iter().any(|(pid, held)| held.turns > 0 && self.is_active(*pid))
    }

    /// The step of a component is over.
    pub(in crate::kernel) fn hold_again(&mut self, index: u32) {
        let me = Pid { index, generation: self.run.places[index as usize].generation };
        if let Some(held) = self.held.get_mut(&me).filter(|held| held.turns > 0) {
            held.turns -= 1;
            if held.turns == 0 {
                self.run.suspend(index);
            }
        }
    }

    /// Whether a component is held.
    pub(in crate::kernel) fn is_held(&self, pid: Pid) -> bool {
        self.held.contains_key(&pid) && self.is_active(pid)
    }

    /// Those who hold a component, unless it may take a turn.
    pub(in crate::kernel) fn holders(&self, index: u32) -> Option<&[Pid]> {
        let me = Pid { index, generation: self.run.places[index as usize].generation };
        self.held.get(&me).filter(|held| held.turns == 0).map(|held| held.by.as_slice())
    }
}

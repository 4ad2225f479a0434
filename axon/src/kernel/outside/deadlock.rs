//! Schedulers that wait for each other for ever.
//!
//! A scheduler in which all sleep, and that only other schedulers can wake, notes before it sleeps which these are. If they
//! sleep in the same way, and so do all that can wake them, and no call waits for any of them, then none can ever go on. The
//! last to fall asleep finds that. Each of them then reports who sleeps there, and gets the reports of the others.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::wake::{Call, Inbound};
use crate::kernel::error::StallReport;

/// How long the schedulers of a deadlock wait for each other's reports. All they have to do is to wake up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a scheduler sleeps.
pub(super) struct Sleep<S> {
    /// All sleep, and only `wakers` can wake them.
    is_asleep: bool,
    wakers: Vec<Arc<Inbound<S>>>,
    /// Another has found that it is in a deadlock.
    found: Option<Arc<Deadlock>>,
}

impl<S> Default for Sleep<S> {
    fn default() -> Self {
        Sleep { is_asleep: false, wakers: Vec::new(), found: None }
    }
}

/// Several schedulers that can never go on.
pub(in crate::kernel) struct Deadlock {
    answers: Mutex<Answers>,
    answered: Condvar,
}

struct Answers {
    missing: usize,
    /// One of them can go on after all, or does not answer.
    is_void: bool,
    reports: Vec<(String, StallReport)>,
}

impl<S> Inbound<S> {
    fn sleep(&self) -> MutexGuard<'_, Sleep<S>> {
        self.sleep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This scheduler falls asleep, and only these can wake it. Returns the deadlock, if it is in one.
    pub(in crate::kernel) fn fall_asleep(self: &Arc<Self>, wakers: Vec<Arc<Self>>) -> Option<Arc<Deadlock>> {
        let mut sleep = self.sleep();
        if let Some(found) = sleep.found.take() {
            return Some(found);
        }
        (sleep.is_asleep, sleep.wakers) = (true, wakers);
        drop(sleep);
        let all = self.all_wakers()?;
        // All at one moment. In the order of their addresses, so that two who look do not wait for each other.
        let mut sleeps: Vec<_> = all.iter().map(|one| one.sleep()).collect();
        let is_among_them = |waker: &Arc<Self>| all.iter().any(|one| Arc::ptr_eq(one, waker));
        let is_stuck = |(one, sleep): (&Arc<Self>, &MutexGuard<'_, Sleep<S>>)| {
            sleep.is_asleep
                && sleep.found.is_none()
                && !one.rung.load(Ordering::SeqCst)
                && sleep.wakers.iter().all(is_among_them)
        };
        if !all.iter().zip(&sleeps).all(is_stuck) {
            return None;
        }
        let answers = Answers { missing: all.len(), is_void: false, reports: Vec::new() };
        let deadlock = Arc::new(Deadlock { answers: Mutex::new(answers), answered: Condvar::new() });
        for (one, sleep) in all.iter().zip(&mut sleeps) {
            sleep.found = (!Arc::ptr_eq(one, self)).then(|| Arc::clone(&deadlock));
        }
        drop(sleeps);
        for other in all.iter().filter(|one| !Arc::ptr_eq(one, self)) {
            let _ = other.leave(Call::new(|_| ()));
        }
        Some(deadlock)
    }

    /// It was woken.
    pub(in crate::kernel) fn wake_up(&self) {
        let mut sleep = self.sleep();
        sleep.is_asleep = false;
        let wakers = std::mem::take(&mut sleep.wakers);
        drop(sleep);
        drop(wakers);
    }

    /// Itself, who can wake it, who can wake those, and so on, in the order of their addresses. `None` if one of them
    /// does not sleep.
    fn all_wakers(self: &Arc<Self>) -> Option<Vec<Arc<Self>>> {
        let mut all = vec![Arc::clone(self)];
        let mut next = 0;
        while let Some(one) = all.get(next).cloned() {
            let sleep = one.sleep();
            if !sleep.is_asleep {
                return None;
            }
            for waker in &sleep.wakers {
                if !all.iter().any(|known| Arc::ptr_eq(known, waker)) {
                    all.push(Arc::clone(waker));
                }
            }
            next += 1;
        }
        all.sort_by_key(|one| Arc::as_ptr(one).addr());
        Some(all)
    }
}

impl Deadlock {
    /// What one of the schedulers reports: who sleeps there; nothing if it can go on after all. Returns the reports of the
    /// others with the names of their threads, once all have reported, or nothing if one of them goes on.
    pub(in crate::kernel) fn report(&self, own: Option<StallReport>) -> Option<Vec<(String, StallReport)>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.missing -= 1;
        let me = answers.reports.len();
        match own {
            Some(report) => {
                let name = thread::current().name().unwrap_or("a thread without a name").to_owned();
                answers.reports.push((name, report));
            }
            None => answers.is_void = true,
        }
        if answers.missing == 0 || answers.is_void {
            self.answered.notify_all();
        }
        let is_open = |answers: &mut Answers| answers.missing > 0 && !answers.is_void;
        let (mut answers, _) = self
            .answered
            .wait_timeout_while(answers, PATIENCE, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        answers.is_void |= answers.missing > 0;
        if answers.is_void {
            return None;
        }
        let others = answers.reports.iter().enumerate().filter(|(nth, _)| *nth != me);
        let mut others: Vec<_> = others.map(|(_, report)| report.clone()).collect();
        others.sort_by(|(one, _), (other, _)| one.cmp(other));
        Some(others)
    }
}

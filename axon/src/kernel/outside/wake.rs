//! The way in from other threads: wakes, deliveries and new components, and the bell that ends a sleep.

use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::deadlock::Sleep;
use super::park::Unpark;
use crate::kernel::error::SchedulerGoneError;
use crate::kernel::id::{Outside, Pid};
use crate::kernel::safely::drop_safely;

/// What another thread wants of the scheduler.
pub(in crate::kernel) enum Call<S> {
    Wake(Pid),
    Release(Pid),
    Do(Work<S>),
}

/// Work for the scheduler's thread. It may hold messages: if it is dropped undone, a panic in one of their
/// destructors is caught.
pub(in crate::kernel) struct Work<S>(Option<WorkBox<S>>);

type WorkBox<S> = Box<dyn FnOnce(&Rc<S>) + Send>;

impl<S> Work<S> {
    pub(in crate::kernel) fn run(mut self, system: &Rc<S>) {
        if let Some(work) = self.0.take() {
            work(system);
        }
    }
}

impl<S> Drop for Work<S> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take()
            && let Err(text) = drop_safely(work)
        {
            log::error!(target: "axon", "what a thread asked of a scheduler that is gone panicked: {text}");
        }
    }
}

impl<S> Call<S> {
    pub(in crate::kernel) fn new(work: impl FnOnce(&Rc<S>) + Send + 'static) -> Self {
        Call::Do(Work(Some(Box::new(work))))
    }
}

/// Where code on other threads leaves what the scheduler is to do, and wakes it.
pub(in crate::kernel) struct Inbound<S> {
    calls: Sender<Call<S>>,
    /// A call was left since the scheduler last looked: the bell need not ring again.
    pub(super) rung: AtomicBool,
    /// The scheduler runs, and looks at what was left before it sleeps: the bell need not ring.
    runs: AtomicBool,
    unparker: Mutex<Option<Arc<dyn Unpark>>>,
    /// How many `Remote`s there are that anybody may hold. While there is one, sleeping components are not reported as
    /// stuck.
    pub(in crate::kernel) remotes: AtomicUsize,
    /// The schedulers that hold the other `Remote`s, each as often as it has one.
    holders: Mutex<Vec<Weak<Inbound<S>>>>,
    pub(super) sleep: Mutex<Sleep<S>>,
}

impl<S> Inbound<S> {
    pub(in crate::kernel) fn new() -> (Arc<Self>, Receiver<Call<S>>) {
        let (calls, received) = unbounded();
        let inbound = Inbound {
            calls,
            rung: AtomicBool::new(false),
            runs: AtomicBool::new(false),
            unparker: Mutex::new(None),
            remotes: AtomicUsize::new(0),
            holders: Mutex::default(),
            sleep: Mutex::default(),
        };
        (Arc::new(inbound), received)
    }

    pub(in crate::kernel) fn leave(&self, call: Call<S>) -> Result<(), SchedulerGoneError> {
        self.calls.send(call).map_err(|_| SchedulerGoneError)?;
        // Each side sets its own flag before it reads the other's: either this one sees that the scheduler does not run,
        // or that one sees that the bell was rung.
        if !self.rung.swap(true, Ordering::SeqCst) && !self.runs.load(Ordering::SeqCst) {
            let unparker = self.unparker.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(unparker) = unparker {
                unparker.unpark();
            }
        }
        Ok(())
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Weak<Inbound<S>>>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The schedulers that hold a `Remote`. `None` if anybody else may hold one, or one of them is gone and its remote not.
    pub(in crate::kernel) fn held_by(&self) -> Option<Vec<Arc<Self>>> {
        if self.remotes.load(Ordering::SeqCst) > 0 {
            return None;
        }
        self.holders().iter().map(Weak::upgrade).collect()
    }

    /// Whether anything was left since the last answer.
    #[inline(always)]
    pub(in crate::kernel) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Relaxed)
    }

    /// The scheduler's thread is with the scheduler from now on.
    pub(in crate::kernel) fn begin_to_run(&self) {
        self.runs.store(true, Ordering::SeqCst);
    }

    /// From now on the bell rings. False if something was left before, for which it has not rung.
    pub(in crate::kernel) fn cease_to_run(&self) -> bool {
        self.runs.store(false, Ordering::SeqCst);
        !self.rung.load(Ordering::SeqCst)
    }

    /// Whether anything was left since the last time; to be asked before the calls are read.
    pub(in crate::kernel) fn answer(&self) -> bool {
        self.rung.swap(false, Ordering::SeqCst)
    }

    /// Which bell to ring from now on.
    pub(in crate::kernel) fn hang(&self, unparker: Arc<dyn Unpark>) {
        *self.unparker.lock().unwrap_or_else(PoisonError::into_inner) = Some(unparker);
    }
}

impl<S: 'static> Outside for Inbound<S> {
    fn wake(&self, pid: Pid) {
        // If the scheduler is gone, there is nothing to wake.
        let _ = self.leave(Call::Wake(pid));
    }

    fn release(&self, pid: Pid) {
        let _ = self.leave(Call::Release(pid));
    }
}

/// A counted hold on a scheduler from outside.
pub(in crate::kernel) struct Hold<S> {
    pub(in crate::kernel) inbound: Arc<Inbound<S>>,
    /// The scheduler that holds it, if only that can use it.
    holder: Option<Weak<Inbound<S>>>,
}

impl<S> Hold<S> {
    pub(in crate::kernel) fn new(inbound: &Arc<Inbound<S>>) -> Self {
        Hold::with(inbound, None)
    }

    pub(in crate::kernel) fn of_scheduler(inbound: &Arc<Inbound<S>>, holder: &Arc<Inbound<S>>) -> Self {
        Hold::with(inbound, Some(Arc::downgrade(holder)))
    }

    fn with(inbound: &Arc<Inbound<S>>, holder: Option<Weak<Inbound<S>>>) -> Self {
        match &holder {
            None => drop(inbound.remotes.fetch_add(1, Ordering::SeqCst)),
            Some(holder) => inbound.holders().push(Weak::clone(holder)),
        }
        Hold { inbound: Arc::clone(inbound), holder }
    }
}

impl<S> Clone for Hold<S> {
    fn clone(&self) -> Self {
        Hold::with(&self.inbound, self.holder.clone())
    }
}

impl<S> Drop for Hold<S> {
    fn drop(&mut self) {
        match &self.holder {
            None => drop(self.inbound.remotes.fetch_sub(1, Ordering::SeqCst)),
            Some(holder) => {
                let mut holders = self.inbound.holders();
                if let Some(place) = holders.iter().position(|known| known.ptr_eq(holder)) {
                    holders.swap_remove(place);
                }
            }
        }
        // Lets a sleeping scheduler check whether anything can still wake it.
        let _ = self.inbound.leave(Call::new(|_| ()));
    }
}

impl<S> fmt::Debug for Hold<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rings(AtomicUsize);

    impl Unpark for Rings {
        fn unpark(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_bell_rings_once_for_what_is_left_while_the_scheduler_sleeps_and_never_while_it_runs() {
        let (inbound, _calls) = Inbound::<()>::new();
        let bell = Arc::new(Rings(AtomicUsize::new(0)));
        inbound.hang(Arc::clone(&bell) as Arc<dyn Unpark>);
        let leave = || inbound.leave(Call::Wake(Pid::NOBODY)).unwrap();
        let rings = || bell.0.swap(0, Ordering::SeqCst);
        leave();
        leave();
        assert_eq!(rings(), 1);
        inbound.begin_to_run();
        assert!(inbound.answer());
        leave();
        assert_eq!(rings(), 0);
        assert!(!inbound.cease_to_run(), "it looks at what was left before it sleeps");
        assert!(inbound.answer() && inbound.cease_to_run());
        leave();
        assert_eq!(rings(), 1);
    }
}

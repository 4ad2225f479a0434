//! Makes the scheduler sleep in the system's poll, and wakes the Selector when there are events.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::time::Duration;

use axon::{LogLimit, Park, Unpark};

use super::poller::Poller;

/// The scheduler's [`Park`] while there is a Selector.
pub(super) struct SelectorPark {
    poller: Rc<RefCell<Poller>>,
    /// Wakes the Selector.
    selector: Waker,
    bell: Arc<Bell>,
    log: LogLimit,
}

/// Ends the sleep from another thread.
///
/// [`Unpark::unpark`] makes a system call only while the scheduler is asleep. No wake is lost: each side sets
/// its own flag before it reads the other's, so either the waking thread sees `asleep`, or the scheduler sees
/// `rung`.
struct Bell {
    asleep: AtomicBool,
    rung: AtomicBool,
    poll: Arc<mio::Waker>,
}

impl SelectorPark {
    pub(super) fn new(poller: Rc<RefCell<Poller>>, selector: Waker) -> Self {
        let poll = poller.borrow().waker();
        let bell = Arc::new(Bell { asleep: AtomicBool::new(false), rung: AtomicBool::new(false), poll });
        SelectorPark { poller, selector, bell, log: LogLimit::default() }
    }
}

impl Park for SelectorPark {
    fn park(&mut self, limit: Option<Duration>) {
        let looks_only = limit == Some(Duration::ZERO);
        if !looks_only {
            self.bell.asleep.store(true, Ordering::SeqCst);
        }
        let limit = if self.bell.rung.load(Ordering::SeqCst) { Some(Duration::ZERO) } else { limit };
        let found = self.poller.borrow_mut().look(limit);
        self.bell.asleep.store(false, Ordering::SeqCst);
        match found {
            Ok(false) => {}
            Ok(true) => self.selector.wake_by_ref(),
            Err(error) => {
                // Trying again immediately would not help, and would use all processor time.
                if let Some(more) = self.log.admit_now() {
                    log::error!("the poll failed: {error}{more}");
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        // The caller now looks at everything that was left before the bell rang, so the flag has served.
        self.bell.rung.swap(false, Ordering::SeqCst);
    }

    fn unparker(&self) -> Arc<dyn Unpark> {
        Arc::clone(&self.bell) as Arc<dyn Unpark>
    }

    fn is_watching(&self) -> bool {
        self.poller.borrow().is_asked()
    }
}

impl Unpark for Bell {
    fn unpark(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst)
            && let Err(error) = self.poll.wake()
        {
            log::error!("the scheduler cannot be woken: {error}");
        }
    }
}

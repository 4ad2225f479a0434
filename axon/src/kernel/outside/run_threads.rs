//! The threads of a run: told to end when it ends, waited for, and named if they go on.
//!
//! *Differs from Kamaelia:* there the threads of a program are daemons, which vanish with it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use super::clock::Stopwatch;

/// How long a run that ends waits for its threads, unless another time is set.
const PATIENCE: Duration = Duration::from_secs(1);

/// The threads that belong to the components of one scheduler.
pub(in crate::kernel) struct RunThreads {
    members: RefCell<Vec<Member>>,
    /// The paths of threads that had not ended when the run last waited for them.
    late: RefCell<Vec<String>>,
    pub(in crate::kernel) patience: Duration,
}

struct Member {
    /// The path of its component.
    path: String,
    /// Nothing is ever sent through it: the thread has ended when the other end is dropped.
    ended: Receiver<Infallible>,
}

impl RunThreads {
    pub(in crate::kernel) fn new(patience: Option<Duration>) -> Self {
        RunThreads {
            members: RefCell::default(),
            late: RefCell::default(),
            patience: patience.unwrap_or(PATIENCE),
        }
    }

    /// A thread is about to start. It drops the result as its last act.
    pub(in crate::kernel) fn sign_on(&self, path: String) -> Sender<Infallible> {
        let (alive, ended) = bounded(0);
        let mut members = self.members.borrow_mut();
        members.retain(|member| member.ended.try_recv() == Err(TryRecvError::Empty));
        members.push(Member { path, ended });
        alive
    }

    /// Waits for the threads, which have been told to end, for the patience of the run in total.
    pub(in crate::kernel) fn dismiss(&self) {
        let watch = Stopwatch::start();
        for Member { path, ended } in self.members.take() {
            let left = self.patience.saturating_sub(watch.elapsed());
            if ended.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                log::warn!(
                    target: "axon",
                    "{path} was told to end, and its thread did not end within {:?}",
                    self.patience
                );
                self.late.borrow_mut().push(path);
            }
        }
    }

    /// The threads that had not ended, each reported once.
    pub(in crate::kernel) fn take_late(&self) -> Vec<String> {
        self.late.take()
    }
}

//! The floor with real wakers: a hand-written executor that any future of any crate could run on.
//!
//! A wake from the executor's own thread pushes the task's number to the run queue, which is a local of
//! the thread; a wake from elsewhere goes through a lock. Messages travel in the channel of
//! [`rc_channel`](super::rc_channel), as with the peers that have no channel for one thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread::{Thread, ThreadId};
use std::time::Duration;

use super::rc_channel::{Receiver, Sender, channel, yield_now};
use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, Load, RING, async_works};

/// In the run queue: not the number of a task, but "take one from the newcomers".
const NEWCOMER: usize = usize::MAX;

type Future_ = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static READY: RefCell<VecDeque<usize>> = const { RefCell::new(VecDeque::new()) };
    static HERE: ThreadId = std::thread::current().id();
}

/// What reaches the executor from other threads.
struct Outside {
    woken: Mutex<Vec<usize>>,
    thread: Thread,
}

struct TaskWaker {
    index: usize,
    home: ThreadId,
    outside: Arc<Outside>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if HERE.with(|here| *here == self.home) {
            READY.with_borrow_mut(|ready| ready.push_back(self.index));
        } else {
            self.outside.woken.lock().expect("no panic while held").push(self.index);
            self.outside.thread.unpark();
        }
    }
}

struct Task {
    future: Option<Future_>,
    waker: Waker,
}

/// What tasks know of the executor.
#[derive(Clone)]
pub struct Handle(Rc<RefCell<VecDeque<Future_>>>);

impl Handle {
    fn channel<T>(&self) -> (Sender<T>, Receiver<T>) {
        channel()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push_back(Box::pin(task));
        READY.with_borrow_mut(|ready| ready.push_back(NEWCOMER));
    }

    fn spawn_last(&self, task: impl Future<Output = ()> + 'static) {
        self.spawn(task);
    }

    #[inline]
    fn yield_now(&self) -> impl Future<Output = ()> {
        yield_now()
    }
}

/// Lets `setup` make tasks, runs them until all have ended, and says how long that took.
fn run(setup: impl FnOnce(&Handle)) -> Duration {
    let handle = Handle(Rc::default());
    setup(&handle);
    let start = Stopwatch::start();
    let outside = Arc::new(Outside { woken: Mutex::default(), thread: std::thread::current() });
    let mut tasks: Vec<Task> = Vec::new();
    let mut free = Vec::new();
    loop {
        let next = READY.with_borrow_mut(VecDeque::pop_front);
        let index = match next {
            Some(NEWCOMER) => {
                let index = free.pop().unwrap_or(tasks.len());
                if index == tasks.len() {
                    let home = std::thread::current().id();
                    let waker = Arc::new(TaskWaker { index, home, outside: outside.clone() });
                    tasks.push(Task { future: None, waker: waker.into() });
                }
                tasks[index].future = handle.0.borrow_mut().pop_front();
                index
            }
            Some(index) => index,
            None if free.len() == tasks.len() => break,
            None => {
                let woken = std::mem::take(&mut *outside.woken.lock().expect("no panic while held"));
                if woken.is_empty() {
                    std::thread::park();
                }
                READY.with_borrow_mut(|ready| ready.extend(woken));
                continue;
            }
        };
        let Task { future: Some(future), waker } = &mut tasks[index] else { continue };
        if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
            tasks[index].future = None;
            free.push(index);
        }
    }
    start.elapsed()
}

async_works!();

//! The floor: a hand-written loop over boxed futures, as fast as a good engineer would write it.
//!
//! It has no wakers at all. The loop notes which task it polls; a task that finds its inbox empty
//! leaves its number there; who sends to that inbox puts the number into the run queue. No names, no
//! limits, no counts, no waking of the sender, no tracing, no way for anything outside to wake it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, Load, RING, async_works};

const NOBODY: usize = usize::MAX;
/// In the run queue: not the number of a task, but "take one from `incoming`".
const NEWCOMER: usize = usize::MAX - 1;

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Loop {
    ready: RefCell<VecDeque<usize>>,
    current: Cell<usize>,
    incoming: RefCell<VecDeque<Task>>,
}

/// What tasks know of the loop.
#[derive(Clone)]
pub struct Handle(Rc<Loop>);

struct Inbox<T> {
    queue: RefCell<VecDeque<T>>,
    waiting: Cell<usize>,
}

/// The sending end of an inbox.
pub struct Sender<T> {
    inbox: Rc<Inbox<T>>,
    owner: Rc<Loop>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender { inbox: self.inbox.clone(), owner: self.owner.clone() }
    }
}

impl<T> Sender<T> {
    #[inline(always)]
    fn send(&self, value: T) {
        self.inbox.queue.borrow_mut().push_back(value);
        let waiting = self.inbox.waiting.get();
        if waiting != NOBODY {
            self.inbox.waiting.set(NOBODY);
            self.owner.ready.borrow_mut().push_back(waiting);
        }
    }
}

/// The receiving end of an inbox.
pub struct Receiver<T> {
    inbox: Rc<Inbox<T>>,
    owner: Rc<Loop>,
}

impl<T> Receiver<T> {
    #[inline(always)]
    fn recv(&mut self) -> impl Future<Output = T> + '_ {
        poll_fn(|_| match self.inbox.queue.borrow_mut().pop_front() {
            Some(value) => Poll::Ready(value),
            None => {
                self.inbox.waiting.set(self.owner.current.get());
                Poll::Pending
            }
        })
    }
}

impl Handle {
    fn channel<T>(&self) -> (Sender<T>, Receiver<T>) {
        let inbox = Rc::new(Inbox { queue: RefCell::default(), waiting: Cell::new(NOBODY) });
        (Sender { inbox: inbox.clone(), owner: self.0.clone() }, Receiver { inbox, owner: self.0.clone() })
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.incoming.borrow_mut().push_back(Box::pin(task));
        self.0.ready.borrow_mut().push_back(NEWCOMER);
    }

    /// Nothing special here: the loop runs until all tasks have ended.
    fn spawn_last(&self, task: impl Future<Output = ()> + 'static) {
        self.spawn(task);
    }

    #[inline(always)]
    fn yield_now(&self) -> impl Future<Output = ()> + '_ {
        let mut yielded = false;
        poll_fn(move |_| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            self.0.ready.borrow_mut().push_back(self.0.current.get());
            Poll::Pending
        })
    }
}

/// Lets `setup` make tasks, runs them until none is ready, and says how long that took.
fn run(setup: impl FnOnce(&Handle)) -> Duration {
    let shared =
        Rc::new(Loop { ready: RefCell::default(), current: Cell::new(NOBODY), incoming: RefCell::default() });
    setup(&Handle(shared.clone()));
    let start = Stopwatch::start();
    let mut tasks: Vec<Option<Task>> = Vec::new();
    let mut free = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        let next = shared.ready.borrow_mut().pop_front();
        let Some(mut index) = next else { break };
        if index == NEWCOMER {
            let task = shared.incoming.borrow_mut().pop_front();
            index = free.pop().unwrap_or(tasks.len());
            if index == tasks.len() {
                tasks.push(task);
            } else {
                tasks[index] = task;
            }
        }
        shared.current.set(index);
        let Some(task) = &mut tasks[index] else { continue };
        if task.as_mut().poll(&mut cx).is_ready() {
            tasks[index] = None;
            free.push(index);
        }
    }
    let elapsed = start.elapsed();
    assert_eq!(free.len(), tasks.len(), "every task of a work ends");
    elapsed
}

async_works!();

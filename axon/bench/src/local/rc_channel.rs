//! A channel for one thread that works with any executor: a queue and the waker of who waits at it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

struct Inbox<T> {
    queue: RefCell<VecDeque<T>>,
    /// Kept from wait to wait, since it is nearly always the same one.
    waker: RefCell<Waker>,
    waiting: Cell<bool>,
}

/// The sending end.
pub struct Sender<T>(Rc<Inbox<T>>);

/// The receiving end.
pub struct Receiver<T>(Rc<Inbox<T>>);

/// Both ends of a new channel.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let inbox = Rc::new(Inbox {
        queue: RefCell::default(),
        waker: RefCell::new(Waker::noop().clone()),
        waiting: Cell::new(false),
    });
    (Sender(inbox.clone()), Receiver(inbox))
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> Sender<T> {
    /// Puts a message into the queue and wakes who waits for it.
    #[inline]
    pub fn send(&self, value: T) {
        self.0.queue.borrow_mut().push_back(value);
        if self.0.waiting.replace(false) {
            self.0.waker.borrow().wake_by_ref();
        }
    }
}

impl<T> Receiver<T> {
    /// The next message.
    #[inline]
    pub fn recv(&mut self) -> impl Future<Output = T> + '_ {
        poll_fn(|cx| match self.0.queue.borrow_mut().pop_front() {
            Some(value) => Poll::Ready(value),
            None => {
                if !self.0.waker.borrow().will_wake(cx.waker()) {
                    self.0.waker.replace(cx.waker().clone());
                }
                self.0.waiting.set(true);
                Poll::Pending
            }
        })
    }
}

/// Lets the others have a turn: wakes the task that asks, which goes to the end of the run queue.
#[inline]
pub fn yield_now() -> impl Future<Output = ()> + 'static {
    let mut yielded = false;
    poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

//! The peer tokio as it is mostly used on one thread: `spawn` on `current_thread`, unbounded `mpsc`.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, Load, RING, async_works};

thread_local! {
    static LAST: Cell<Option<JoinHandle<()>>> = const { Cell::new(None) };
}

struct Sender<T>(UnboundedSender<T>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> Sender<T> {
    #[inline]
    fn send(&self, value: T) {
        // Refused when the receiver has ended, which happens at the end of a work only.
        let _ = self.0.send(value);
    }
}

struct Receiver<T>(UnboundedReceiver<T>);

impl<T> Receiver<T> {
    #[inline]
    async fn recv(&mut self) -> T {
        self.0.recv().await.expect("the senders outlive the work")
    }
}

#[derive(Clone)]
struct Handle;

impl Handle {
    fn channel<T>(&self) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Sender(sender), Receiver(receiver))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(task));
    }

    fn spawn_last(&self, task: impl Future<Output = ()> + Send + 'static) {
        LAST.set(Some(tokio::spawn(task)));
    }

    #[inline]
    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        tokio::task::yield_now()
    }
}

fn run(setup: impl FnOnce(&Handle)) -> Duration {
    let runtime = Builder::new_current_thread().build().expect("a runtime can be built");
    runtime.block_on(async {
        setup(&Handle);
        let start = Stopwatch::start();
        LAST.take().expect("every work has a last task").await.expect("the works do not panic");
        start.elapsed()
    })
}

async_works!();

//! The peer tokio with nothing shared between threads: a `LocalSet` and the `Rc` channel.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::rc_channel::{Receiver, Sender, channel, yield_now};
use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, Load, RING, async_works};

thread_local! {
    static LAST: Cell<Option<JoinHandle<()>>> = const { Cell::new(None) };
}

#[derive(Clone)]
struct Handle;

impl Handle {
    fn channel<T>(&self) -> (Sender<T>, Receiver<T>) {
        channel()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        drop(spawn_local(task));
    }

    fn spawn_last(&self, task: impl Future<Output = ()> + 'static) {
        LAST.set(Some(spawn_local(task)));
    }

    #[inline]
    fn yield_now(&self) -> impl Future<Output = ()> + 'static {
        // Tokio's own goes through the runtime's list of the deferred and takes half as long again.
        yield_now()
    }
}

fn run(setup: impl FnOnce(&Handle)) -> Duration {
    let runtime = Builder::new_current_thread().build().expect("a runtime can be built");
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        setup(&Handle);
        let start = Stopwatch::start();
        LAST.take().expect("every work has a last task").await.expect("the works do not panic");
        start.elapsed()
    })
}

async_works!();

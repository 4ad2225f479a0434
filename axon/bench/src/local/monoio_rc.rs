//! The peer monoio (io_uring, one thread) with the `Rc` channel.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use monoio::task::JoinHandle;
use monoio::{FusionDriver, RuntimeBuilder};

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
        drop(monoio::spawn(task));
    }

    fn spawn_last(&self, task: impl Future<Output = ()> + 'static) {
        LAST.set(Some(monoio::spawn(task)));
    }

    #[inline]
    fn yield_now(&self) -> impl Future<Output = ()> + 'static {
        yield_now()
    }
}

fn run(setup: impl FnOnce(&Handle)) -> Duration {
    let mut runtime = RuntimeBuilder::<FusionDriver>::new().build().expect("a runtime can be built");
    runtime.block_on(async {
        setup(&Handle);
        let start = Stopwatch::start();
        LAST.take().expect("every work has a last task").await;
        start.elapsed()
    })
}

async_works!();

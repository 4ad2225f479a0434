//! A scheduler on a thread of its own, with one component that others can be linked to.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use axon::{
    CONTROL, Component, ComponentRef, Context, INBOX, OUTBOX, ProducerFinished, Remote, SIGNAL, Scheduler,
};

/// One component, abroad.
pub(crate) struct Abroad {
    pub(crate) it: ComponentRef,
    /// Keeps the run there from being called stuck before anybody has been linked to it.
    pub(crate) remote: Option<Remote>,
    thread: JoinHandle<Result<(), String>>,
}

impl Abroad {
    /// The component that `make` makes on the new thread, running.
    pub(crate) fn new<C: Component>(make: impl FnOnce() -> C + Send + 'static) -> Self {
        Self::on(Scheduler::new, make)
    }

    pub(crate) fn on<C: Component>(
        scheduler: impl FnOnce() -> Scheduler + Send + 'static,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> Self {
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut s = scheduler();
            let it = s.activate(make());
            tell.send((it, s.remote())).unwrap();
            s.run().map_err(|error| error.to_string())
        });
        let (it, remote) = told.recv().unwrap();
        Abroad { it, remote: Some(remote), thread }
    }

    /// Lets go of it, and waits until its run is over.
    pub(crate) fn end(self) -> Result<(), String> {
        drop((self.it, self.remote));
        self.thread.join().unwrap()
    }
}

/// Collects numbers until it is told to end, and hands them over.
pub(crate) struct Collects {
    pub(crate) into: mpsc::Sender<Vec<i32>>,
    /// It begins when this says so.
    pub(crate) gate: Option<mpsc::Receiver<()>>,
    pub(crate) size: Option<usize>,
}

impl Collects {
    pub(crate) fn new(into: mpsc::Sender<Vec<i32>>, size: Option<usize>) -> Self {
        Collects { into, gate: None, size }
    }
}

impl Component for Collects {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.set_size((cx.me(), INBOX), self.size)?;
        if let Some(gate) = &self.gate {
            gate.recv()?;
        }
        let mut all = Vec::new();
        loop {
            for number in cx.drain::<i32>(INBOX) {
                all.push(number?);
            }
            if let Some(notice) = cx.told_to_end() {
                all.extend(cx.drain::<i32>(INBOX).map(Result::unwrap));
                self.into.send(all)?;
                cx.send(SIGNAL, notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Sends the numbers below `count`, and that there are no more.
pub(crate) struct Counts {
    pub(crate) count: i32,
}

impl Component for Counts {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        // It is linked by the time it is told to begin.
        cx.next::<&'static str>(CONTROL).await?;
        for number in 0..self.count {
            cx.send_when_room(OUTBOX, number).await.expect("nobody stops it");
        }
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }
}

/// Links both pairs of boxes of a source and a sink.
pub(crate) fn join(cx: &Context, source: &ComponentRef, sink: &ComponentRef) {
    cx.link((source, OUTBOX), (sink, INBOX)).unwrap();
    cx.link((source, SIGNAL), (sink, CONTROL)).unwrap();
}

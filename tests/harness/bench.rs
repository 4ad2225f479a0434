//! A workbench for one component: messages go in by hand, and what comes out is looked at.

// Each test program includes this file and uses a part of it.
#![allow(dead_code)]

use axon::chassis::FromMessage;
use axon::{Boxes, Component, ComponentRef, Context, Ending, IntoComponent, Message, ProducerFinished};
use axon::{Scheduler, ShutdownMicroprocess};

/// Holds what comes out of the subject. It never runs; the bench acts as it.
struct Observer {
    outboxes: Vec<&'static str>,
}

impl Component for Observer {
    fn boxes(&self) -> Boxes {
        self.outboxes.iter().fold(Boxes::none(), |boxes, name| boxes.inbox(name, "what came out"))
    }
}

/// One component on a scheduler of its own.
pub(crate) struct Bench {
    pub(crate) scheduler: Scheduler,
    pub(crate) subject: ComponentRef,
    observer: ComponentRef,
    hand: Context,
}

impl Bench {
    /// With the component active, and all its outboxes watched.
    pub(crate) fn new(component: impl IntoComponent) -> Self {
        Self::on(Scheduler::builder().virtual_clock().build(), component)
    }

    /// The same on this scheduler.
    pub(crate) fn on(scheduler: Scheduler, component: impl IntoComponent) -> Self {
        let subject = scheduler.add(component);
        let names = scheduler.context(&subject).outboxes(&subject);
        let outboxes: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
        let observer = scheduler.add(Observer { outboxes: outboxes.clone() });
        let hand = scheduler.context(&observer);
        for name in outboxes.into_iter().filter(|name| !name.starts_with('_')) {
            hand.link((&subject, name), (&observer, name)).unwrap();
        }
        scheduler.activate(&subject);
        Bench { scheduler, subject, observer, hand }
    }

    /// Runs passes until nobody is awake, at most a hundred.
    pub(crate) fn settle(&mut self) -> &mut Self {
        for _ in 0..100 {
            if !self.scheduler.run_pass().unwrap() {
                break;
            }
        }
        self
    }

    /// Runs passes until `done`: what a thread does beside the scheduler takes its time.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) -> &mut Self {
        for _ in 0..10_000 {
            let is_anybody_awake = self.scheduler.run_pass().unwrap();
            if done(self) {
                return self;
            }
            if !is_anybody_awake {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        panic!("{} has not come so far", self.subject);
    }

    /// Runs passes until the subject has ended.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self) -> &mut Self {
        self.wait_until(|bench| bench.ended())
    }

    /// Runs passes until so many messages have come out of `outbox`, which it then takes.
    #[track_caller]
    pub(crate) fn wait_for<T: FromMessage>(&mut self, count: usize) -> Vec<T> {
        let mut sent = Vec::new();
        self.wait_until(|bench| {
            sent.extend(bench.sent::<T>());
            sent.len() >= count
        });
        sent
    }

    /// Runs so many passes.
    pub(crate) fn passes(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.scheduler.run_pass().unwrap();
        }
        self
    }

    /// Puts a message into an inbox of the subject.
    pub(crate) fn give(&mut self, inbox: &str, payload: impl axon::Payload) -> &mut Self {
        self.hand.deliver_to(&self.subject, inbox, payload).unwrap();
        self
    }

    /// Tells the subject that no more will come.
    pub(crate) fn finish(&mut self) -> &mut Self {
        self.give("control", ProducerFinished::new())
    }

    /// Tells the subject to stop at once.
    pub(crate) fn shut_down(&mut self) -> &mut Self {
        self.give("control", ShutdownMicroprocess::new())
    }

    /// Lets an outbox hold only so many messages that nobody has taken.
    pub(crate) fn limit(&mut self, outbox: &str, size: usize) -> &mut Self {
        self.hand.set_size((&self.observer, outbox), Some(size)).unwrap();
        self
    }

    /// What has come out of an outbox.
    pub(crate) fn out(&self, outbox: &str) -> Vec<Message> {
        std::iter::from_fn(|| self.hand.recv(outbox)).collect()
    }

    /// The next message of an outbox.
    pub(crate) fn one(&self, outbox: &str) -> Option<Message> {
        self.hand.recv(outbox)
    }

    /// What has come out of `outbox`, each message a `T`.
    pub(crate) fn sent<T: FromMessage>(&self) -> Vec<T> {
        let messages = self.out("outbox").into_iter();
        messages.map(|message| T::from_message(message).unwrap_or_else(|other| panic!("{other:?}"))).collect()
    }

    /// What has come out of `signal`: endings, and what is none in its `Debug` form.
    pub(crate) fn signalled(&self) -> Vec<String> {
        self.out("signal").iter().map(name).collect()
    }

    /// Whether the subject has ended.
    pub(crate) fn ended(&self) -> bool {
        self.subject.is_stopped()
    }
}

/// `PF`, `SM`, or the `Debug` form of what is no ending.
pub(crate) fn name(message: &Message) -> String {
    match message.ending() {
        Some(Ending::ProducerFinished) => "PF".to_owned(),
        Some(Ending::ShutdownMicroprocess) => "SM".to_owned(),
        None => format!("{message:?}"),
    }
}

/// The word for a `ProducerFinished` in what was signalled.
pub(crate) const PF: &str = "PF";
/// The word for a `ShutdownMicroprocess` in what was signalled.
pub(crate) const SM: &str = "SM";

//! The peer kameo: the works with an actor for each component, unbounded mailboxes and `tell`.

use std::convert::Infallible;
use std::time::Duration;

use kameo::prelude::*;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, RING};

/// A number on its way.
struct Number(u64);

/// Says to a place whom it sends to, and to begin.
struct Begin(ActorRef<Place>);

/// Another turn.
struct Turn;

/// What a place does.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Source {
        burst: u64,
    },
    Forward {
        add: u64,
    },
    /// Starts the token and sends it again until it has come back often enough.
    Again,
    Sink,
    /// W4: makes places.
    Maker,
}

struct Place {
    role: Role,
    left: u64,
    to: Option<ActorRef<Place>>,
    done: Option<oneshot::Sender<()>>,
}

impl Place {
    fn new(role: Role, left: u64) -> Self {
        Place { role, left, to: None, done: None }
    }

    fn to(mut self, to: &ActorRef<Place>) -> Self {
        self.to = Some(to.clone());
        self
    }

    fn start(self) -> ActorRef<Place> {
        Place::spawn_with_mailbox(self, mailbox::unbounded())
    }

    #[inline]
    fn send(&self, value: u64) {
        tell(self.to.as_ref().expect("linked"), Number(value));
    }

    /// One less to wait for; with the last one the work is done.
    #[inline]
    fn count(&mut self) -> bool {
        self.left -= 1;
        if self.left == 0 {
            self.done.take().expect("the last one to end").send(()).expect("somebody waits for it");
        }
        self.left > 0
    }
}

#[inline]
fn tell<M: Send + 'static>(to: &ActorRef<Place>, message: M)
where
    Place: Message<M>,
{
    // Refused when the receiver has ended, which happens at the end of a work only.
    let _ = to.tell(message).try_send();
}

impl Actor for Place {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(place: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(place)
    }
}

impl Message<Number> for Place {
    type Reply = ();

    async fn handle(&mut self, Number(value): Number, _: &mut Context<Self, ()>) {
        match self.role {
            Role::Forward { add } => self.send(value + add),
            Role::Again => {
                if self.count() {
                    self.send(value);
                }
            }
            Role::Sink => drop(self.count()),
            Role::Source { .. } | Role::Maker => {}
        }
    }
}

impl Message<Begin> for Place {
    type Reply = ();

    async fn handle(&mut self, Begin(to): Begin, cx: &mut Context<Self, ()>) {
        self.to = Some(to);
        match self.role {
            Role::Again => self.send(0),
            _ => tell(cx.actor_ref(), Turn),
        }
    }
}

impl Message<Turn> for Place {
    type Reply = ();

    async fn handle(&mut self, _: Turn, cx: &mut Context<Self, ()>) {
        match self.role {
            Role::Source { burst } => {
                for _ in 0..burst.min(self.left) {
                    self.send(self.left);
                    self.left -= 1;
                }
                if self.left > 0 {
                    tell(cx.actor_ref(), Turn);
                }
            }
            Role::Maker => {
                for _ in 0..BATCH {
                    drop(Place::new(Role::Sink, 1).start());
                }
                if self.count() {
                    tell(cx.actor_ref(), Turn);
                }
            }
            _ => {}
        }
    }
}

/// Runs what `setup` starts until the place it was given the signal for is done.
fn run(setup: impl FnOnce(oneshot::Sender<()>)) -> Duration {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime can be built");
    runtime.block_on(async {
        let (done, wait) = oneshot::channel();
        setup(done);
        let start = Stopwatch::start();
        wait.await.expect("the last one says so");
        start.elapsed()
    })
}

/// W1: two actors, one message to and fro.
pub fn w1(round_trips: u64) -> Duration {
    run(|done| {
        let ping = Place { done: Some(done), ..Place::new(Role::Again, round_trips) }.start();
        let pong = Place::new(Role::Forward { add: 0 }, 0).to(&ping).start();
        tell(&ping, Begin(pong));
    })
}

fn pipeline(messages: u64, burst: u64) -> Duration {
    run(|done| {
        let mut next = Place { done: Some(done), ..Place::new(Role::Sink, messages) }.start();
        for _ in 0..3 {
            next = Place::new(Role::Forward { add: 0 }, 0).to(&next).start();
        }
        tell(&Place::new(Role::Source { burst }, messages).start(), Begin(next));
    })
}

/// W2: the pipeline whose source yields after each message.
pub fn w2(messages: u64) -> Duration {
    pipeline(messages, 1)
}

/// W2b: the pipeline with 64 messages a yield.
pub fn w2b(messages: u64) -> Duration {
    pipeline(messages, BURST)
}

/// W3: a ring of 1000 actors.
pub fn w3(hops: u64) -> Duration {
    run(|done| {
        let first = Place { done: Some(done), ..Place::new(Role::Again, hops / RING) }.start();
        let mut next = first.clone();
        for _ in 1..RING {
            next = Place::new(Role::Forward { add: 1 }, 0).to(&next).start();
        }
        tell(&first, Begin(next));
    })
}

/// W4: starts and ends actors, a thousand at a time.
pub fn w4(actors: u64) -> Duration {
    run(|done| {
        let maker = Place { done: Some(done), ..Place::new(Role::Maker, actors / BATCH) }.start();
        tell(&maker, Begin(maker.clone()));
    })
}

/// W4m: what `live` says that each of `actors` waiting actors takes.
pub fn w4m(actors: u64, live: fn() -> usize) -> usize {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime can be built");
    runtime.block_on(async {
        let mut places = Vec::with_capacity(actors as usize);
        let before = live();
        for _ in 0..actors {
            places.push(Place::new(Role::Sink, 1).start());
        }
        for _ in 0..actors / 8 {
            tokio::task::yield_now().await;
        }
        (live() - before) / actors as usize
    })
}

/// W5: many producers of one message a turn into one inbox.
pub fn w5(producers: u64, each: u64) -> Duration {
    run(|done| {
        let sink = Place { done: Some(done), ..Place::new(Role::Sink, producers * each) }.start();
        for _ in 0..producers {
            tell(&Place::new(Role::Source { burst: 1 }, each).start(), Begin(sink.clone()));
        }
    })
}

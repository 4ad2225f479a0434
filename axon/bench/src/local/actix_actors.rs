//! The peer actix: the works with an actor for each component and `do_send` between them.

use std::time::Duration;

use actix::fut::wrap_future;
use actix::prelude::*;
use tokio::sync::oneshot;

use super::rc_channel::yield_now;
use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, RING};

/// A number on its way.
struct Number(u64);

/// Says to a place whom it sends to, and to begin.
struct Begin(Addr<Place>);

/// Another turn.
struct Turn;

impl Message for Number {
    type Result = ();
}

impl Message for Begin {
    type Result = ();
}

impl Message for Turn {
    type Result = ();
}

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
    to: Option<Addr<Place>>,
    done: Option<oneshot::Sender<()>>,
}

impl Place {
    fn new(role: Role, left: u64) -> Self {
        Place { role, left, to: None, done: None }
    }

    fn to(mut self, to: &Addr<Place>) -> Self {
        self.to = Some(to.clone());
        self
    }

    #[inline]
    fn send(&self, value: u64) {
        self.to.as_ref().expect("linked").do_send(Number(value));
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

impl Actor for Place {
    type Context = Context<Self>;
}

impl Handler<Number> for Place {
    type Result = ();

    #[inline]
    fn handle(&mut self, Number(value): Number, _: &mut Context<Self>) {
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

impl Handler<Begin> for Place {
    type Result = ();

    fn handle(&mut self, Begin(to): Begin, cx: &mut Context<Self>) {
        self.to = Some(to);
        match self.role {
            Role::Again => self.send(0),
            _ => another_turn(cx),
        }
    }
}

impl Handler<Turn> for Place {
    type Result = ();

    fn handle(&mut self, _: Turn, cx: &mut Context<Self>) {
        match self.role {
            Role::Source { burst } => {
                for _ in 0..burst.min(self.left) {
                    self.send(self.left);
                    self.left -= 1;
                }
                if self.left > 0 {
                    another_turn(cx);
                }
            }
            Role::Maker => {
                for _ in 0..BATCH {
                    drop(Place::new(Role::Sink, 1).start());
                }
                if self.count() {
                    cx.notify(Turn);
                }
            }
            _ => {}
        }
    }
}

/// Lets the others have a turn, then takes one. A message to itself (`notify`) would not do: actix
/// handles it before the actor's task hands over.
#[inline]
fn another_turn(cx: &mut Context<Place>) {
    cx.spawn(wrap_future(yield_now()).map(|(), place: &mut Place, cx| place.handle(Turn, cx)));
}

/// Runs what `setup` starts until the place it was given the signal for is done.
fn run(setup: impl FnOnce(oneshot::Sender<()>)) -> Duration {
    System::new().block_on(async {
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
        ping.do_send(Begin(pong));
    })
}

fn pipeline(messages: u64, burst: u64) -> Duration {
    run(|done| {
        let mut next = Place { done: Some(done), ..Place::new(Role::Sink, messages) }.start();
        for _ in 0..3 {
            next = Place::new(Role::Forward { add: 0 }, 0).to(&next).start();
        }
        Place::new(Role::Source { burst }, messages).start().do_send(Begin(next));
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
        first.do_send(Begin(next));
    })
}

/// W4: starts and ends actors, a thousand at a time.
pub fn w4(actors: u64) -> Duration {
    run(|done| {
        let maker = Place { done: Some(done), ..Place::new(Role::Maker, actors / BATCH) }.start();
        maker.do_send(Begin(maker.clone()));
    })
}

/// W4m: what `live` says that each of `actors` waiting actors takes.
pub fn w4m(actors: u64, live: fn() -> usize) -> usize {
    System::new().block_on(async {
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
            Place::new(Role::Source { burst: 1 }, each).start().do_send(Begin(sink.clone()));
        }
    })
}

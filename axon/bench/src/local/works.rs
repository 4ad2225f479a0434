//! The local works W1 to W5, written once for everything that has tasks, channels and a way to yield.
//!
//! [`async_works!`] writes the works into a module that has, in scope, a `Handle` with `channel`,
//! `spawn`, `spawn_last` (the task whose end ends the work) and `yield_now`, and a function
//! `run(setup) -> Duration`. It is a macro and not a trait
//! because some peers demand `Send` of what they run and others cannot give it; so the same text is
//! compiled for each with that peer's own types, and nothing stands between the text and the peer.
//!
//! A *hop* is: send, wake, hand over, receive. Each work checks what it received.

use std::any::Any;

/// How many components stand in the ring of W3.
pub const RING: u64 = 1000;
/// How many components W4 makes before it lets them run.
pub const BATCH: u64 = 1000;
/// How many messages W2b sends before it yields.
pub const BURST: u64 = 64;

/// What a work sends: a number in some wrapping, put in by the sender and taken out by the receiver.
pub trait Load: Send + 'static {
    /// Wraps the number.
    fn load(value: u64) -> Self;
    /// Takes the number out again.
    fn unload(self) -> u64;
}

impl Load for u64 {
    #[inline]
    fn load(value: u64) -> Self {
        value
    }
    #[inline]
    fn unload(self) -> u64 {
        self
    }
}

macro_rules! load_number {
    ($message:ident) => {
        impl Load for $message {
            #[inline]
            fn load(value: u64) -> Self {
                $message::U64(value)
            }
            #[inline]
            fn unload(self) -> u64 {
                match self {
                    $message::U64(value) => value,
                    _ => unreachable!("only numbers were sent"),
                }
            }
        }
    };
}

/// A message as a good engineer would write it who needs dynamic messages: common payloads inline,
/// a box for the rest.
///
/// No variant has a field smaller than a word. With a `bool` among them the tag becomes one byte; a
/// number is then written as one and eight bytes and copied as sixteen, which a processor cannot
/// forward from its store buffer: 3 ns more on every hop, measured.
#[allow(dead_code, reason = "the other variants are what makes it as large and as costly to drop as it is")]
pub enum Common {
    /// A whole number.
    I64(i64),
    /// A natural number.
    U64(u64),
    /// A real number.
    F64(f64),
    /// A constant text.
    Str(&'static str),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The rest.
    Rest(Box<dyn Any + Send>),
}

load_number!(Common);

/// [`Common`] with a flag among its payloads: what it costs not to know the above.
#[allow(dead_code, reason = "as above")]
pub enum Flagged {
    /// A flag.
    Bool(bool),
    /// A whole number.
    I64(i64),
    /// A natural number.
    U64(u64),
    /// A real number.
    F64(f64),
    /// A constant text.
    Str(&'static str),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The rest.
    Rest(Box<dyn Any + Send>),
}

load_number!(Flagged);

/// The least that a dynamic message can be: numbers inline, a thin box for everything else.
#[allow(dead_code, reason = "the other variants are what makes it as large and as costly to drop as it is")]
pub enum Slim {
    /// A whole number.
    I64(i64),
    /// A natural number.
    U64(u64),
    /// A real number.
    F64(f64),
    /// A flag.
    Bool(bool),
    /// The rest.
    Rest(Box<Box<dyn Any + Send>>),
}

load_number!(Slim);

impl Load for Box<dyn Any + Send> {
    #[inline]
    fn load(value: u64) -> Self {
        Box::new(value)
    }
    #[inline]
    fn unload(self) -> u64 {
        *self.downcast().expect("only numbers were sent")
    }
}

/// Writes `w1` to `w5` into the module that calls it.
macro_rules! async_works {
    () => {
        /// W1: two tasks, one message to and fro; `2 * round_trips` hops.
        pub fn w1<T: Load>(round_trips: u64) -> Duration {
            run(|world| {
                let (to_pong, mut pong_in) = world.channel::<T>();
                let (to_ping, mut ping_in) = world.channel::<T>();
                world.spawn_last(async move {
                    for i in 0..round_trips {
                        to_pong.send(T::load(i));
                        assert_eq!(ping_in.recv().await.unload(), i);
                    }
                });
                world.spawn(async move {
                    for _ in 0..round_trips {
                        let value = pong_in.recv().await.unload();
                        to_ping.send(T::load(value));
                    }
                });
            })
        }

        /// W2 and W2b: source, three forwarders, sink; `4 * messages` deliveries.
        fn pipeline<T: Load>(messages: u64, burst: u64) -> Duration {
            run(|world| {
                let (first, mut inbox) = world.channel::<T>();
                let turn = world.clone();
                world.spawn(async move {
                    let mut sent = 0;
                    while sent < messages {
                        for _ in 0..burst.min(messages - sent) {
                            first.send(T::load(sent));
                            sent += 1;
                        }
                        turn.yield_now().await;
                    }
                });
                for _ in 0..3 {
                    let (next, next_inbox) = world.channel::<T>();
                    let mut from = std::mem::replace(&mut inbox, next_inbox);
                    world.spawn(async move {
                        for _ in 0..messages {
                            let value = from.recv().await.unload();
                            next.send(T::load(value));
                        }
                    });
                }
                world.spawn_last(async move {
                    for i in 0..messages {
                        assert_eq!(inbox.recv().await.unload(), i);
                    }
                });
            })
        }

        /// W2: the pipeline whose source yields after each message.
        pub fn w2<T: Load>(messages: u64) -> Duration {
            pipeline::<T>(messages, 1)
        }

        /// W2b: the pipeline with 64 messages a yield.
        pub fn w2b<T: Load>(messages: u64) -> Duration {
            pipeline::<T>(messages, BURST)
        }

        /// W3: a ring of 1000 tasks and one token; `hops` hops, rounded down to whole rounds.
        pub fn w3<T: Load>(hops: u64) -> Duration {
            run(|world| {
                let rounds = hops / RING;
                let (first, mut inbox) = world.channel::<T>();
                for _ in 1..RING {
                    let (next, next_inbox) = world.channel::<T>();
                    let mut from = std::mem::replace(&mut inbox, next_inbox);
                    world.spawn(async move {
                        for _ in 0..rounds {
                            let value = from.recv().await.unload();
                            next.send(T::load(value + 1));
                        }
                    });
                }
                world.spawn_last(async move {
                    first.send(T::load(0));
                    for round in 1..=rounds {
                        let value = inbox.recv().await.unload();
                        assert_eq!(value, round * (RING - 1));
                        if round < rounds {
                            first.send(T::load(value));
                        }
                    }
                });
            })
        }

        /// W4: makes, runs and ends `tasks` tasks with an inbox each, a thousand at a time.
        pub fn w4<T: Load>(tasks: u64) -> Duration {
            run(|world| {
                let maker = world.clone();
                world.spawn_last(async move {
                    for _ in 0..tasks / BATCH {
                        for _ in 0..BATCH {
                            let (outbox, inbox) = maker.channel::<T>();
                            maker.spawn(async move { drop((outbox, inbox)) });
                        }
                        maker.yield_now().await;
                    }
                });
            })
        }

        /// W4m: what `live` says that each of `tasks` tasks takes that wait at their inbox.
        pub fn w4m<T: Load>(tasks: u64, live: fn() -> usize) -> usize {
            let bytes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let result = bytes.clone();
            run(|world| {
                let maker = world.clone();
                world.spawn_last(async move {
                    let mut outboxes = Vec::with_capacity(tasks as usize);
                    let before = live();
                    for _ in 0..tasks {
                        let (outbox, mut inbox) = maker.channel::<T>();
                        maker.spawn(async move {
                            inbox.recv().await.unload();
                        });
                        outboxes.push(outbox);
                    }
                    // More turns than any executor needs to have started all of them.
                    for _ in 0..tasks / 8 {
                        maker.yield_now().await;
                    }
                    let taken = (live() - before) / tasks as usize;
                    result.store(taken, std::sync::atomic::Ordering::Relaxed);
                    for outbox in outboxes {
                        outbox.send(T::load(0));
                    }
                });
            });
            bytes.load(std::sync::atomic::Ordering::Relaxed)
        }

        /// W5: `producers` tasks send `each` messages into one inbox and yield after each.
        pub fn w5<T: Load>(producers: u64, each: u64) -> Duration {
            run(|world| {
                let (outbox, mut inbox) = world.channel::<T>();
                world.spawn_last(async move {
                    let mut sum = 0;
                    for _ in 0..producers * each {
                        sum += inbox.recv().await.unload();
                    }
                    assert_eq!(sum, producers * (each * (each - 1) / 2));
                });
                for _ in 0..producers {
                    let (outbox, turn) = (outbox.clone(), world.clone());
                    world.spawn(async move {
                        for i in 0..each {
                            outbox.send(T::load(i));
                            turn.yield_now().await;
                        }
                    });
                }
            })
        }
    };
}

pub(crate) use async_works;

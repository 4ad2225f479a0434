//! Many threads, handles and random limits at once: nothing is lost, nothing comes twice or out of its
//! order, and everything ends.
//!
//! `AXON_STRESS=full` runs a million messages in one go; without it a fiftieth of that.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axon::chassis::Pipeline;
use axon::{
    AnyComponent, Background, Boxes, Component, Context, Handle, Message, Payload, ProducerFinished,
    ThreadContext, Threaded, ThreadedComponent,
};

/// A message with a number of its sender's, so that order, loss and doubling can be seen.
type Numbered = (u64, u64);

/// Random numbers that are the same for the same seed: xorshift.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 1 to `most`.
    fn up_to(&mut self, most: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most + 1) as usize
    }
}

/// Passes on what it gets, on the scheduler's thread, and ends when told to.
struct Through {
    size: usize,
}

impl Component for Through {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", self.size)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(message) = cx.recv("inbox") {
                cx.send_when_room("outbox", message).await.expect("nobody stops it");
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// How a thread waits; they are mixed.
#[derive(Clone, Copy)]
enum Manner {
    Pauses,
    Asks,
    Refused,
}

/// The same on a thread of its own.
struct ThreadedThrough {
    size: usize,
    manner: Manner,
}

impl ThreadedThrough {
    fn pass_on(&self, cx: &ThreadContext, message: impl Payload) -> axon::Result {
        match self.manner {
            Manner::Pauses | Manner::Asks => {
                cx.send_when_room("outbox", message).map_err(|message| format!("stopped at {message:?}"))?;
            }
            Manner::Refused => {
                let mut message = Message::new(message);
                while let Err(refused) = cx.send("outbox", message) {
                    message = refused.into_message();
                    cx.pause();
                }
            }
        }
        Ok(())
    }
}

impl ThreadedComponent for ThreadedThrough {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", self.size)
    }

    fn main(&mut self, cx: &ThreadContext) -> axon::Result {
        let mut passed = 0u64;
        loop {
            while let Some(message) = cx.recv("inbox") {
                self.pass_on(cx, message)?;
                passed += 1;
                if matches!(self.manner, Manner::Asks) && passed.is_multiple_of(64) {
                    cx.sync()?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send_when_room("signal", notice).map_err(|_| "stopped at its end")?;
                return Ok(());
            }
            cx.pause();
        }
    }
}

/// A pipeline of one to four of them, with limits of one to fifty.
fn pipeline(seed: u64) -> Pipeline {
    let mut random = Random::new(seed);
    let mut pipeline = Pipeline::new();
    for _ in 0..random.up_to(4) {
        let size = random.up_to(50);
        let manner = [Manner::Pauses, Manner::Asks, Manner::Refused][random.up_to(3) - 1];
        pipeline = pipeline.then(match random.up_to(3) {
            1 => AnyComponent::new(Through { size }),
            _ => {
                let threaded = Threaded::new(ThreadedThrough { size, manner });
                AnyComponent::new(threaded.queue_length(random.up_to(50)))
            }
        });
    }
    pipeline
}

/// Puts `count` messages into each pipeline from several threads and gets them from several threads.
fn stress(seed: u64, messages: u64) {
    const PIPELINES: u64 = 4;
    const PUTTERS: u64 = 3;
    const GETTERS: u64 = 2;
    let background = Background::start().unwrap();
    let each = messages / (PIPELINES * PUTTERS);
    let got = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..PIPELINES {
            let seed = seed * PIPELINES + number;
            let length = Random::new(!seed).up_to(50);
            let handle = Handle::with_queue_length(&background, length, move || pipeline(seed)).unwrap();
            let putters: Vec<_> = (0..PUTTERS)
                .map(|putter| {
                    let handle = handle.clone();
                    scope.spawn(move || {
                        for serial in 0..each {
                            let message: Numbered = (putter, serial);
                            match putter {
                                0 => put_and_try_again(&handle, message),
                                _ => handle.put_when_room("inbox", message).unwrap(),
                            }
                        }
                    })
                })
                .collect();
            let seen: &Mutex<BTreeMap<Numbered, u64>> = Box::leak(Box::default());
            for _ in 0..GETTERS {
                let (handle, got) = (handle.clone(), &got);
                scope.spawn(move || {
                    let mut last = BTreeMap::new();
                    for message in handle.messages("outbox") {
                        let (putter, serial) = message.take::<Numbered>().unwrap();
                        let before = last.insert(putter, serial);
                        assert!(before < Some(serial), "{serial} of {putter} came after {before:?}");
                        assert!(seen.lock().unwrap().insert((putter, serial), 1).is_none(), "it came twice");
                        got.fetch_add(1, Ordering::Relaxed);
                    }
                    assert!(handle.failure().is_none());
                });
            }
            scope.spawn(move || {
                for putter in putters {
                    putter.join().unwrap();
                }
                handle.put_when_room("control", ProducerFinished::new()).unwrap();
            });
        }
    });
    background.join().unwrap();
    assert_eq!(got.into_inner(), each * PIPELINES * PUTTERS, "nothing is lost");
}

fn put_and_try_again(handle: &Handle, message: Numbered) {
    let mut message = Message::new(message);
    loop {
        match handle.put_within("inbox", message, std::time::Duration::from_micros(50)) {
            Ok(()) => return,
            Err(refused) => {
                assert!(refused.is_full());
                message = refused.into_message();
            }
        }
    }
}

#[test]
fn threads_and_handles_with_random_limits_lose_nothing_and_end() {
    let is_full = std::env::var("AXON_STRESS").is_ok_and(|value| value == "full");
    let rounds = 5;
    let messages = if is_full { 1_000_000 } else { 20_000 };
    let first_seed = std::env::var("AXON_STRESS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for seed in first_seed..first_seed + rounds {
        stress(seed, messages / rounds);
    }
}

#[test]
fn threaded_components_that_come_and_go_by_the_hundred_all_end() {
    let mut scheduler = axon::Scheduler::new();
    for number in 0..300u64 {
        scheduler.activate(pipeline(number));
    }
    scheduler.remote().stop_within(std::time::Duration::from_secs(60)).unwrap();
    scheduler.run().unwrap();
}

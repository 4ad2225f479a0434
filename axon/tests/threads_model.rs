//! How a thread and the scheduler wake each other, in every order in which they can take their steps.
//!
//! This includes the files of the kernel that hold the protocol, with loom's locks in place of the
//! machine's: loom then tries the orders one after another, up to a number of forced changes from one
//! thread to another, and complains of each in which somebody waits for ever.

// They are included as they are, and the kernel uses more of them.
#![allow(dead_code, unused_imports)]

mod sync {
    pub(super) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(super) use std::sync::PoisonError;
}

#[path = "../src/kernel/threaded/exchange/mod.rs"]
mod exchange;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Wake, Waker};

use exchange::{BoxHolds, Exchange, Left, Limits, Refused};
use loom::thread;

type Shared = Exchange<u32, &'static str, ()>;
type State = exchange::State<u32, &'static str, ()>;

/// Stands for the notice that no more will come.
const NO_MORE: u32 = 9;

/// What ends the scheduler's sleep: an unparker, as the scheduler's door has one.
#[derive(Default)]
struct Bell {
    is_rung: sync::Mutex<bool>,
    rings: sync::Condvar,
}

impl Bell {
    fn sleep(&self) {
        let mut is_rung = self.is_rung.lock().unwrap();
        while !*is_rung {
            is_rung = self.rings.wait(is_rung).unwrap();
        }
        *is_rung = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.is_rung.lock().unwrap() = true;
        self.rings.notify_one();
    }
}

/// The component's side: its boxes, and what it did.
struct Component {
    exchange: Arc<Shared>,
    bell: Arc<Bell>,
    /// What waits in the inboxes, `inbox` and `control`.
    boxes: [VecDeque<u32>; 2],
    sent_on: Vec<u32>,
    answered: Vec<&'static str>,
}

fn component(length: usize, inbox: &[u32], control: &[u32]) -> Component {
    let bell = Arc::new(Bell::default());
    let names = ["inbox".into(), "control".into()];
    let outboxes = ["outbox".into(), "signal".into()];
    let limits = Limits { length, weight: u32::MAX, weigh: |_| 0 };
    let exchange = Exchange::new(limits, &names, &outboxes, Waker::from(Arc::clone(&bell)));
    Component {
        exchange: Arc::new(exchange),
        bell,
        boxes: [inbox.iter().copied().collect(), control.iter().copied().collect()],
        sent_on: Vec::new(),
        answered: Vec::new(),
    }
}

impl Component {
    /// One turn, as `Ferry::carry` takes it. True if the thread's side is finished.
    fn carry(&mut self) -> bool {
        let (mut requests, mut ready, mut batch) = (Vec::new(), Vec::new(), Vec::new());
        let is_finished = self.exchange.begin_turn(&mut requests, &mut ready);
        for (place, waiting) in self.boxes.iter_mut().enumerate() {
            let room = self.exchange.room_in(place);
            batch.extend(waiting.drain(..room.min(waiting.len())));
            let holds = if waiting.is_empty() { BoxHolds::Nothing } else { BoxHolds::More };
            if !batch.is_empty() || holds == BoxHolds::More {
                self.exchange.put_in(place, &mut batch, holds);
            }
        }
        for place in ready {
            let left = self.exchange.take_out(place, usize::MAX, &mut batch, |message| *message == NO_MORE);
            assert_ne!(left, Left::NoRoom);
            self.sent_on.append(&mut batch);
        }
        let asked = requests.len();
        self.answered.append(&mut requests);
        if asked > 0 {
            self.exchange.answered(asked);
        }
        is_finished
    }

    /// Takes turns, asleep in between, until the thread's side is finished.
    fn run(&mut self) {
        while !self.carry() {
            self.bell.sleep();
        }
    }
}

/// Tries the orders of steps.
fn in_every_order(changes: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(changes);
    builder.check(model);
}

/// Puts a message out, and waits while there is no room.
fn send(exchange: &Shared, mut message: u32) {
    let limits = &exchange.limits;
    while let Err(Refused::Full(refused)) = exchange.put_out("outbox", message) {
        message = refused;
        exchange.wait(|| None, |state| state.has_room("outbox", limits) || state.is_shut());
    }
}

/// Takes the next message, and pauses while there is none.
fn next(exchange: &Shared) -> u32 {
    loop {
        if let Some(message) = exchange.take_in("inbox").unwrap() {
            return message;
        }
        exchange.pause(|| None);
    }
}

#[test]
fn all_that_a_thread_sends_arrives_in_order_though_its_queue_is_full_again_and_again() {
    in_every_order(3, || {
        let mut component = component(1, &[], &[]);
        let exchange = Arc::clone(&component.exchange);
        let thread = thread::spawn(move || {
            for message in [1, 2, 3] {
                send(&exchange, message);
            }
            exchange.finish(()).unwrap();
        });
        component.run();
        assert_eq!(component.sent_on, [1, 2, 3]);
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_that_was_refused_and_pauses_is_woken_by_the_room() {
    in_every_order(3, || {
        let mut component = component(1, &[], &[]);
        let exchange = Arc::clone(&component.exchange);
        let thread = thread::spawn(move || {
            for message in [1, 2] {
                while exchange.put_out("outbox", message).is_err() {
                    exchange.pause(|| None);
                }
            }
            exchange.finish(()).unwrap();
        });
        component.run();
        assert_eq!(component.sent_on, [1, 2]);
        thread.join().unwrap();
    });
}

#[test]
fn all_that_waits_in_a_box_reaches_a_thread_that_pauses_when_there_is_nothing() {
    in_every_order(3, || {
        let mut component = component(1, &[1, 2, 3], &[]);
        let exchange = Arc::clone(&component.exchange);
        let thread = thread::spawn(move || {
            assert_eq!([next(&exchange), next(&exchange), next(&exchange)], [1, 2, 3]);
            exchange.finish(()).unwrap();
        });
        component.run();
        thread.join().unwrap();
    });
}

#[test]
fn what_was_sent_before_a_request_is_sent_on_before_it_and_the_request_is_answered() {
    in_every_order(3, || {
        let mut component = component(2, &[], &[]);
        let exchange = Arc::clone(&component.exchange);
        let thread = thread::spawn(move || {
            send(&exchange, 1);
            assert!(exchange.ask("link"));
            send(&exchange, 2);
            exchange.finish(()).unwrap();
        });
        while component.answered.is_empty() {
            component.carry();
            if component.answered.is_empty() {
                component.bell.sleep();
            }
        }
        assert_eq!(component.sent_on[0], 1);
        component.run();
        assert_eq!((&*component.sent_on, &*component.answered), (&[1, 2][..], &["link"][..]));
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_is_told_that_no_more_will_come_when_it_has_collected_what_came_before() {
    for (length, at_once) in [(1, 9), (2, 9), (2, 1)] {
        in_every_order(3, move || {
            let mut component = component(length, &[1, 2], &[NO_MORE]);
            let exchange = Arc::clone(&component.exchange);
            let thread = thread::spawn(move || {
                let mut collected = 0;
                loop {
                    let messages = std::iter::from_fn(|| exchange.take_in("inbox").unwrap());
                    collected += messages.take(at_once).count();
                    if exchange.waiting_in("control").unwrap() > 0 && exchange.may_end("control") {
                        break;
                    }
                    exchange.pause(|| None);
                }
                assert_eq!(collected, 2);
                exchange.finish(()).unwrap();
            });
            component.run();
            thread.join().unwrap();
        });
    }
}

#[test]
fn the_notice_that_no_more_will_come_overtakes_nothing_that_was_sent_before_it() {
    in_every_order(3, || {
        let mut component = component(2, &[], &[]);
        let exchange = Arc::clone(&component.exchange);
        let thread = thread::spawn(move || {
            assert!(exchange.put_out("signal", 3).is_ok());
            assert!(exchange.put_out("outbox", 1).is_ok());
            assert!(exchange.put_out("signal", NO_MORE).is_ok());
            exchange.finish(()).unwrap();
        });
        component.run();
        while component.sent_on.len() < 3 {
            component.carry();
        }
        let place = |message| component.sent_on.iter().position(|sent| *sent == message).unwrap();
        assert!(place(1) < place(NO_MORE) && place(3) < place(NO_MORE), "{:?}", component.sent_on);
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_whose_component_is_gone_is_told_whatever_it_waits_for() {
    const WAITS: [fn(&Shared); 4] = [
        |exchange| {
            while !exchange.look(|state| state.is_shut()) {
                exchange.pause(|| None);
            }
        },
        |exchange| while exchange.ask("sync") {},
        |exchange| {
            while !matches!(exchange.put_out("outbox", 1), Err(Refused::Over(_))) {
                send(exchange, 1);
            }
        },
        |exchange| {
            let has_come = |state: &State| state.messages_in("inbox").next().is_some();
            exchange.wait(|| None, |state| has_come(state) || state.is_shut());
        },
    ];
    for waits in WAITS {
        in_every_order(3, move || {
            let mut component = component(1, &[], &[]);
            let exchange = Arc::clone(&component.exchange);
            let thread = thread::spawn(move || {
                waits(&exchange);
                assert!(exchange.look(|state| state.is_shut()));
                assert!(exchange.finish(()).is_err());
            });
            component.carry();
            component.exchange.shut();
            thread.join().unwrap();
        });
    }
}

#[test]
fn two_threads_of_one_handle_that_wait_for_different_things_are_both_woken() {
    in_every_order(2, || {
        let mut component = component(1, &[7], &[]);
        let getter = thread::spawn({
            let exchange = Arc::clone(&component.exchange);
            move || {
                let has_come = |state: &State| state.messages_in("inbox").next().is_some();
                exchange.wait(|| None, has_come);
                assert_eq!(exchange.take_in("inbox").unwrap(), Some(7));
            }
        });
        let putter = thread::spawn({
            let exchange = Arc::clone(&component.exchange);
            move || [1, 2].into_iter().for_each(|message| send(&exchange, message))
        });
        while component.sent_on.len() < 2 {
            component.carry();
            if component.sent_on.len() < 2 {
                component.bell.sleep();
            }
        }
        getter.join().unwrap();
        putter.join().unwrap();
        assert_eq!(component.sent_on, [1, 2]);
    });
}

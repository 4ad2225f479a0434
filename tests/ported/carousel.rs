//! Ported from Kamaelia's `Tests/Python/Kamaelia/Chassis/test_Carousel.py`, case by case, in its order.

use std::cell::RefCell;
use std::rc::Rc;

use axon::chassis::Carousel;
use axon::{
    Component, ComponentRef, Context, Ending, Message, ProducerFinished, Scheduler, ShutdownMicroprocess,
};

use crate::rig::{Busy, MockChild, Switch, put, run_for, take, waiting};

/// Both kinds of ending, each as a message.
const ENDINGS: [(Ending, fn() -> Message); 2] = [
    (Ending::ProducerFinished, || Message::new(ProducerFinished::new())),
    (Ending::ShutdownMicroprocess, || Message::new(ShutdownMicroprocess::new())),
];

/// A mock child that tells the test its own name when it starts.
struct Announced {
    mock: MockChild,
    born: Rc<RefCell<Vec<ComponentRef>>>,
}

impl Component for Announced {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.born.borrow_mut().push(cx.me().clone());
        self.mock.main(cx).await
    }
}

/// What the factory made.
#[derive(Default)]
struct Made {
    orders: RefCell<Vec<&'static str>>,
    switches: RefCell<Vec<Rc<Switch>>>,
    born: Rc<RefCell<Vec<ComponentRef>>>,
}

/// A carousel with a component before it, one behind it, and one that gives the orders.
struct Stage {
    s: Scheduler,
    made: Rc<Made>,
    carousel: ComponentRef,
    source: ComponentRef,
    dest: ComponentRef,
    next: ComponentRef,
}

impl Stage {
    fn new() -> Self {
        Self::with(|carousel| carousel)
    }

    fn with(settings: impl FnOnce(Carousel<&'static str>) -> Carousel<&'static str>) -> Self {
        let s = Scheduler::new();
        let made = Rc::new(Made::default());
        let factory = {
            let made = Rc::clone(&made);
            move |order| {
                let (mock, switch) = MockChild::new();
                made.orders.borrow_mut().push(order);
                made.switches.borrow_mut().push(switch);
                Announced { mock, born: Rc::clone(&made.born) }
            }
        };
        let carousel = s.activate(settings(Carousel::new(factory)));
        let [source, dest, next] = [(); 3].map(|()| s.activate(Busy::default()));
        let cx = s.context(&source);
        cx.link((&source, "outbox"), (&carousel, "inbox")).unwrap();
        cx.link((&source, "signal"), (&carousel, "control")).unwrap();
        cx.link((&carousel, "outbox"), (&dest, "inbox")).unwrap();
        cx.link((&carousel, "signal"), (&dest, "control")).unwrap();
        cx.link((&carousel, "requestNext"), (&next, "inbox")).unwrap();
        cx.link((&next, "outbox"), (&carousel, "next")).unwrap();
        let mut stage = Stage { s, made, carousel, source, dest, next };
        run_for(&mut stage.s, 5);
        stage
    }

    /// One that has a child, which runs.
    fn with_child() -> Self {
        let mut stage = Self::new();
        stage.order();
        run_for(&mut stage.s, 10);
        assert_eq!(stage.count(), 1);
        stage
    }

    fn order(&self) {
        put(&self.s, (&self.next, "outbox"), "BLAH");
    }

    fn tell(&self, message: Message) {
        put(&self.s, (&self.source, "signal"), message);
    }

    /// How many children were made.
    fn count(&self) -> usize {
        self.made.orders.borrow().len()
    }

    fn child(&self, number: usize) -> ComponentRef {
        self.made.born.borrow()[number].clone()
    }

    fn is_running(&self, number: usize) -> bool {
        self.made.switches.borrow()[number].was_activated.get() && !self.child(number).is_stopped()
    }

    fn stop_child(&self, number: usize) {
        self.made.switches.borrow()[number].stop_now.set(true);
    }

    /// The endings that came to the control of a child.
    fn told(&self, number: usize) -> Vec<Ending> {
        endings(&self.s, &self.child(number))
    }

    /// The endings that the carousel signalled.
    fn signalled(&self) -> Vec<Ending> {
        endings(&self.s, &self.dest)
    }

    fn requested(&self) -> usize {
        let mut count = 0;
        while take(&self.s, (&self.next, "inbox")) == Some("NEXT") {
            count += 1;
        }
        count
    }
}

fn endings(s: &Scheduler, component: &ComponentRef) -> Vec<Ending> {
    let cx = s.context(component);
    std::iter::from_fn(|| cx.recv("control")).map(|message| message.ending().unwrap()).collect()
}

/// By itself it makes nothing, says nothing and lives on.
#[test]
fn by_default_does_nothing() {
    let mut stage = Stage::new();
    run_for(&mut stage.s, 100);
    assert_eq!(stage.count(), 0);
    assert_eq!(waiting(&stage.s, (&stage.dest, "inbox")), 0);
    assert!(stage.signalled().is_empty());
    assert_eq!(stage.requested(), 0);
    assert!(!stage.carousel.is_stopped());
}

/// If asked to, it makes a first request when it starts.
#[test]
fn can_ask_to_make1st_request() {
    let mut stage = Stage::with(Carousel::make_first_request);
    run_for(&mut stage.s, 5);
    assert_eq!(stage.count(), 0);
    assert_eq!(waiting(&stage.s, (&stage.dest, "inbox")), 0);
    assert!(stage.signalled().is_empty());
    assert_eq!(stage.requested(), 1);
    assert!(!stage.carousel.is_stopped());
}

/// Without a child, either ending ends it and is passed on.
#[test]
fn shuts_down_when_told_to_and_idle() {
    for (ending, message) in ENDINGS {
        let mut stage = Stage::new();
        stage.tell(message());
        assert!(!stage.carousel.is_stopped());
        run_for(&mut stage.s, 100);
        assert_eq!(stage.signalled(), [ending]);
        assert!(stage.carousel.is_stopped());
    }
}

/// An order runs the factory with what was ordered.
#[test]
fn message_to_next_runs_factory_function() {
    let mut stage = Stage::new();
    assert!(stage.made.orders.borrow().is_empty());
    stage.order();
    run_for(&mut stage.s, 5);
    assert_eq!(*stage.made.orders.borrow(), ["BLAH"]);
}

/// The child that the factory makes is activated.
#[test]
fn message_to_next_spawns_child() {
    let stage = Stage::with_child();
    assert_eq!(*stage.made.orders.borrow(), ["BLAH"]);
    assert!(stage.is_running(0));
}

/// When the child ends, the carousel asks for the next.
#[test]
fn child_termination_triggers_request_next() {
    let mut stage = Stage::with_child();
    stage.stop_child(0);
    run_for(&mut stage.s, 5);
    assert_eq!(stage.requested(), 1);
}

/// That a child signals its end is no reason to ask.
#[test]
fn child_shutdown_signal_doesnt_trigger_request() {
    for (_, message) in ENDINGS {
        let mut stage = Stage::with_child();
        put(&stage.s, (&stage.child(0), "signal"), message());
        run_for(&mut stage.s, 50);
        assert_eq!(stage.requested(), 0);
    }
}

/// The child is told what the carousel was told.
#[test]
fn child_receives_shutdown_signal() {
    for (ending, message) in ENDINGS {
        let mut stage = Stage::with_child();
        stage.tell(message());
        run_for(&mut stage.s, 50);
        assert_eq!(stage.told(0), [ending]);
    }
}

/// An order that comes while a child lives is carried out when it has ended.
#[test]
fn next_request_starts_newchild_once_current_has_terminated() {
    let mut stage = Stage::with_child();
    for number in 0..5 {
        stage.order();
        run_for(&mut stage.s, 50);
        assert_eq!(stage.count(), number + 1);
        stage.stop_child(number);
        run_for(&mut stage.s, 5);
        assert_eq!(stage.count(), number + 2);
        assert!(stage.child(number).is_stopped());
        assert!(stage.is_running(number + 1));
    }
}

/// What is sent to the carousel's `inbox` arrives at the child's.
#[test]
fn data_reaches_child_inbox() {
    let mut stage = Stage::with_child();
    for number in 0..5u8 {
        put(&stage.s, (&stage.source, "outbox"), number);
        run_for(&mut stage.s, 1);
        assert_eq!(take(&stage.s, (&stage.child(0), "inbox")), Some(number));
        run_for(&mut stage.s, 10);
    }
}

/// What the child sends out of `outbox` comes out of the carousel's.
#[test]
fn data_reaches_carousel_outbox() {
    let mut stage = Stage::with_child();
    for number in 0..5u8 {
        put(&stage.s, (&stage.child(0), "outbox"), number);
        run_for(&mut stage.s, 1);
        assert_eq!(take(&stage.s, (&stage.dest, "inbox")), Some(number));
        assert_eq!(waiting(&stage.s, (&stage.dest, "inbox")), 0);
        run_for(&mut stage.s, 10);
    }
}

/// What the child signals does not come out.
#[test]
fn child_signal_ignored() {
    let mut stage = Stage::with_child();
    for message in [ENDINGS[0].1(), ENDINGS[1].1(), Message::new("HELLO!")] {
        put(&stage.s, (&stage.child(0), "signal"), message);
        run_for(&mut stage.s, 11);
        assert_eq!(waiting(&stage.s, (&stage.dest, "control")), 0);
    }
}

/// An ending for the carousel reaches the child before the child ends.
#[test]
fn terminating_carousel_with_child_passes_signal_to_child_too() {
    for (ending, message) in ENDINGS {
        let mut stage = Stage::with_child();
        stage.tell(message());
        run_for(&mut stage.s, 5);
        assert_eq!(stage.told(0), [ending]);
        stage.stop_child(0);
        run_for(&mut stage.s, 5);
        assert!(stage.child(0).is_stopped());
    }
}

/// It does not end before the child has ended.
#[test]
fn carousel_doesnt_terminate_until_child_has() {
    for (ending, message) in ENDINGS {
        let mut stage = Stage::with_child();
        stage.tell(message());
        run_for(&mut stage.s, 50);
        assert_eq!(stage.told(0), [ending]);
        assert!(!stage.carousel.is_stopped() && stage.is_running(0));
        stage.stop_child(0);
        run_for(&mut stage.s, 5);
        assert!(stage.carousel.is_stopped() && stage.child(0).is_stopped());
    }
}

/// Told that no more will come, it still carries out the orders it has, one after the other.
#[test]
fn queued_nexts_finished_if_producer_finished() {
    let mut stage = Stage::with_child();
    stage.tell(Message::new(ProducerFinished::new()));
    for _ in 1..10 {
        stage.order();
    }
    run_for(&mut stage.s, 1000);
    assert_eq!(stage.count(), 1);
    assert!(!stage.carousel.is_stopped());
    for number in 0..9 {
        assert!(stage.is_running(number));
        run_for(&mut stage.s, 5);
        assert!(!stage.told(number).is_empty(), "child {number} was told");
        stage.stop_child(number);
        run_for(&mut stage.s, 5);
        assert_eq!(stage.count(), number + 2);
    }
    stage.stop_child(9);
    run_for(&mut stage.s, 5);
    assert!(stage.carousel.is_stopped());
    assert_eq!(stage.signalled(), [Ending::ProducerFinished]);
}

/// Told to stop, it drops the orders it has, and ends when the child has ended.
#[test]
fn queued_nexts_aborted_if_shutdown_microprocess() {
    let mut stage = Stage::with_child();
    stage.tell(Message::new(ShutdownMicroprocess::new()));
    for _ in 1..10 {
        stage.order();
    }
    run_for(&mut stage.s, 50);
    assert_eq!(stage.count(), 1);
    assert!(!stage.carousel.is_stopped());
    assert!(!stage.told(0).is_empty());
    stage.stop_child(0);
    run_for(&mut stage.s, 4);
    assert_eq!(stage.count(), 1);
    assert!(stage.carousel.is_stopped() && stage.child(0).is_stopped());
}

//! Lesson 4, conversing: a postman carries messages from an outbox to an inbox.
//!
//! `cargo run --example lesson_4_conversing`; the page is `docs/course/4-conversing.md`.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

async fn line_reader(text: &'static str, boxes: Boxes) {
    for line in text.lines() {
        boxes.send(line.to_owned(), "outbox");
        others_turn().await;
    }
}

/// Passes everything on in capitals.
async fn shouter(boxes: Boxes) {
    loop {
        while let Some(line) = boxes.recv("inbox") {
            boxes.send(line.to_uppercase(), "outbox");
        }
        others_turn().await;
    }
}

async fn echoer(boxes: Boxes) {
    loop {
        while let Some(line) = boxes.recv("inbox") {
            println!("> {line}");
        }
        others_turn().await;
    }
}

/// Carries what lies in one box to another.
async fn postman((from, outbox): (Boxes, &'static str), (to, inbox): (Boxes, &'static str)) {
    loop {
        while let Some(message) = from.recv(outbox) {
            to.send(message, inbox);
        }
        others_turn().await;
    }
}

#[derive(Clone, Default)]
struct Boxes(Rc<RefCell<HashMap<&'static str, VecDeque<String>>>>);

impl Boxes {
    fn send(&self, message: String, name: &'static str) {
        self.0.borrow_mut().entry(name).or_default().push_back(message);
    }

    fn recv(&self, name: &'static str) -> Option<String> {
        self.0.borrow_mut().get_mut(name)?.pop_front()
    }
}

type Microprocess = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Scheduler {
    queue: Vec<Microprocess>,
}

impl Scheduler {
    fn activate(&mut self, microprocess: impl Future<Output = ()> + 'static) {
        self.queue.push(Box::pin(microprocess));
    }

    /// Most of these microprocesses never end, so it stops after a hundred passes.
    fn run(&mut self) {
        let mut nobody_waits = Context::from_waker(Waker::noop());
        for _ in 0..100 {
            for mut microprocess in take(&mut self.queue) {
                if microprocess.as_mut().poll(&mut nobody_waits).is_pending() {
                    self.queue.push(microprocess);
                }
            }
        }
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

fn main() {
    let [reader, shouting, printing] = [(); 3].map(|()| Boxes::default());
    let mut scheduler = Scheduler::default();
    scheduler.activate(line_reader("A postman knows two boxes.\nThat is all.", reader.clone()));
    scheduler.activate(postman((reader, "outbox"), (shouting.clone(), "inbox")));
    scheduler.activate(shouter(shouting.clone()));
    scheduler.activate(postman((shouting, "outbox"), (printing.clone(), "inbox")));
    scheduler.activate(echoer(printing));
    scheduler.run();
}

//! Lesson 3, talking: a component is a microprocess with boxes.
//!
//! `cargo run --example lesson_3_talking`; the page is `docs/course/3-talking.md`.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The boxes of one component: messages wait in each, under its name.
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

/// Sends each line of a text to its outbox.
async fn line_reader(text: &'static str, boxes: Boxes) {
    for line in text.lines() {
        boxes.send(line.to_owned(), "outbox");
        others_turn().await;
    }
}

/// Prints what arrives at its inbox.
async fn echoer(boxes: Boxes) {
    for _ in 0..10 {
        while let Some(line) = boxes.recv("inbox") {
            println!("> {line}");
        }
        others_turn().await;
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

    fn run(&mut self) {
        let mut nobody_waits = Context::from_waker(Waker::noop());
        while !self.queue.is_empty() {
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
    let (reader, printer) = (Boxes::default(), Boxes::default());

    let mut scheduler = Scheduler::default();
    scheduler.activate(line_reader("A component has boxes.\nIt knows no others.", reader.clone()));
    scheduler.run();

    // Nobody has taken the lines yet: they wait in the reader's outbox. We carry them ourselves.
    while let Some(line) = reader.recv("outbox") {
        println!("carried: {line}");
        printer.send(line, "inbox");
    }

    scheduler.activate(echoer(printer));
    scheduler.run();
}

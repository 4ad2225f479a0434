//! The whole idea of Axon in a hundred lines: nothing but Rust's standard library.
//!
//! It follows Kamaelia's MiniAxon tutorial. The crate `axon` has the same parts. It delivers messages when
//! they are sent, without a postman, and lets components sleep.
//!
//! `cargo run --example mini_axon`

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

// Standing. A microprocess does something in steps. In Rust, code that can stop in the middle and go on
// later is `async`. Only one thing is missing: a way to say "let the others have their turn".

trait Microprocess {
    fn main(self) -> impl Future<Output = ()> + 'static;
}

fn others_turn() -> impl Future<Output = ()> {
    let mut given = false;
    poll_fn(move |_| if replace(&mut given, true) { Poll::Ready(()) } else { Poll::Pending })
}

struct Printer(&'static str);

impl Microprocess for Printer {
    async fn main(self) {
        for _ in 0..3 {
            println!("{}", self.0);
            others_turn().await;
        }
    }
}

// Walking. A scheduler has a list of microprocesses. It gives each of them one step, and puts those that have
// not ended into the list for the next pass.

type Thread = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Scheduler {
    active: Vec<Thread>,
    newqueue: Vec<Thread>,
}

impl Scheduler {
    fn activate(&mut self, microprocess: impl Microprocess) {
        self.newqueue.push(Box::pin(microprocess.main()));
    }

    fn run(&mut self) {
        let mut nobody_waits = Context::from_waker(Waker::noop());
        for _ in 0..100 {
            self.active = take(&mut self.newqueue);
            for mut current in take(&mut self.active) {
                if current.as_mut().poll(&mut nobody_waits).is_pending() {
                    self.newqueue.push(current);
                }
            }
        }
    }
}

// Talking. A component is a microprocess with boxes. It uses only its own boxes, and does not know who will
// read what it sends.

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

struct LineReader {
    text: &'static str,
    boxes: Boxes,
}

impl Microprocess for LineReader {
    async fn main(self) {
        for line in self.text.lines() {
            self.boxes.send(line.to_owned(), "outbox");
            others_turn().await;
        }
    }
}

struct Echoer {
    boxes: Boxes,
}

impl Microprocess for Echoer {
    async fn main(self) {
        loop {
            while let Some(line) = self.boxes.recv("inbox") {
                println!("> {line}");
            }
            others_turn().await;
        }
    }
}

// Conversing. A postman is a microprocess that carries messages from an outbox to an inbox. To link two
// components, make a postman; the components need not change.

struct Postman {
    source: (Boxes, &'static str),
    sink: (Boxes, &'static str),
}

impl Microprocess for Postman {
    async fn main(self) {
        loop {
            while let Some(message) = self.source.0.recv(self.source.1) {
                self.sink.0.send(message, self.sink.1);
            }
            others_turn().await;
        }
    }
}

fn main() {
    let mut scheduler = Scheduler::default();
    scheduler.activate(Printer("Hello"));
    scheduler.activate(Printer("World"));
    scheduler.run();

    let (reader, echoer) = (Boxes::default(), Boxes::default());
    let text = "Components know their boxes.\nA postman knows two boxes.\nThat is all.";
    scheduler.activate(LineReader { text, boxes: reader.clone() });
    scheduler.activate(Postman { source: (reader, "outbox"), sink: (echoer.clone(), "inbox") });
    scheduler.activate(Echoer { boxes: echoer });
    scheduler.run();
}

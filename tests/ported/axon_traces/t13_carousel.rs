//! Carousel: orders, replacement of a living child, and the two ways to end.

use axon::chassis::Carousel;
use axon::{Boxes, Component, Context, Message, ProducerFinished, Scheduler, ShutdownMicroprocess};

use crate::axon_traces::{compare_in_both_modes, kind, left};
use crate::stage::say;

/// Echoes data with its own tag; ends on "end" or on a control message.
struct Kid(&'static str);

impl Kid {
    fn new(tag: &'static str) -> Self {
        say!("  factory made {tag}");
        Kid(tag)
    }
}

impl Component for Kid {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let tag = self.0;
        say!("   {tag} starts with {} waiting", cx.data_ready("inbox"));
        loop {
            for word in cx.drain::<&str>("inbox") {
                let word = word?;
                if word == "end" {
                    say!("   {tag} ends by itself");
                    cx.send("signal", ProducerFinished::new())?;
                    return Ok(());
                }
                cx.send("outbox", format!("{tag}:{word}"))?;
            }
            if let Some(told) = cx.recv("control") {
                say!("   {tag} told {}", kind(&told));
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// What is sent to the carousel: a word, or one of the two endings.
#[derive(Clone, Copy)]
enum Sends {
    Word(&'static str),
    Finished,
    Shutdown,
}

use Sends::{Finished, Shutdown, Word};

impl Sends {
    fn message(self) -> Message {
        match self {
            Word(word) => Message::new(word),
            Finished => Message::new(ProducerFinished::new()),
            Shutdown => Message::new(ShutdownMicroprocess::new()),
        }
    }
}

/// A word as it is, anything else by its kind.
fn shown(message: &Message) -> String {
    match message.downcast_ref::<&str>() {
        Some(word) => word.to_string(),
        None => message.view(String::clone).unwrap_or_else(|| kind(message).into()),
    }
}

/// Orders, feeds and watches one carousel for a number of turns.
struct Outside {
    carousel: Option<Carousel<&'static str>>,
    plan: &'static [(u32, &'static str, Sends)],
    turns: u32,
}

impl Component for Outside {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("next", "orders").inbox("asked", "requests for orders")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let carousel = cx.add(self.carousel.take().expect("it runs once"));
        cx.link((cx.me(), "outbox"), (&carousel, "inbox"))?;
        cx.link((cx.me(), "signal"), (&carousel, "control"))?;
        cx.link((cx.me(), "next"), (&carousel, "next"))?;
        cx.link((&carousel, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&carousel, "signal"), (cx.me(), "control"))?;
        cx.link((&carousel, "requestNext"), (cx.me(), "asked"))?;
        cx.activate(carousel.clone());
        for turn in 1..=self.turns {
            for (_, outbox, sends) in self.plan.iter().filter(|(at, ..)| *at == turn) {
                let message = sends.message();
                say!("send {} to {outbox}", shown(&message));
                cx.send(outbox, message)?;
            }
            for (inbox, label) in [("inbox", "out"), ("asked", "requestNext"), ("control", "signal out")] {
                while let Some(message) = cx.recv(inbox) {
                    say!("   {label} {}", shown(&message));
                }
            }
            cx.yield_now().await;
        }
        say!("   carousel stopped: {}", if carousel.is_stopped() { "True" } else { "False" });
        Ok(())
    }
}

fn case(
    s: &mut Scheduler,
    title: &str,
    carousel: Carousel<&'static str>,
    plan: &'static [(u32, &'static str, Sends)],
    turns: u32,
) {
    say!("== {title}");
    s.activate(Outside { carousel: Some(carousel), plan, turns });
    s.run().unwrap();
    say!("   threads left {}", left(&s.components()));
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    let carousel = || Carousel::new(Kid::new);
    case(
        s,
        "first request, one child, data, natural end, idle shutdown",
        carousel().make_first_request(),
        &[
            (4, "next", Word("k1")),
            (7, "outbox", Word("hi")),
            (10, "outbox", Word("end")),
            (15, "signal", Finished),
        ],
        19,
    );
    case(
        s,
        "data sent before there is a child waits for it",
        carousel(),
        &[(2, "outbox", Word("early")), (4, "next", Word("k1")), (9, "signal", Shutdown)],
        14,
    );
    case(
        s,
        "a new order replaces the child",
        carousel(),
        &[
            (2, "next", Word("k1")),
            (6, "next", Word("k2")),
            (11, "outbox", Word("hi")),
            (14, "signal", Finished),
        ],
        19,
    );
    case(
        s,
        "producerFinished: queued orders are served first",
        carousel(),
        &[(2, "next", Word("k1")), (6, "signal", Finished), (6, "next", Word("k2")), (6, "next", Word("k3"))],
        22,
    );
    case(
        s,
        "shutdownMicroprocess: queued orders are dropped",
        carousel(),
        &[(2, "next", Word("k1")), (6, "signal", Shutdown), (6, "next", Word("k2")), (6, "next", Word("k3"))],
        14,
    );
    case(s, "shutdown with no child ever made", carousel(), &[(2, "signal", Shutdown)], 6);
    case(
        s,
        "other control messages are swallowed",
        carousel(),
        &[(2, "next", Word("k1")), (5, "signal", Word("hello")), (8, "signal", Finished)],
        13,
    );
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("13_carousel.out"), program);
}

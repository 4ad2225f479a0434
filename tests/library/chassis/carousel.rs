//! Carousels. The order of every turn is in the trace of the original, `axon_traces`.

use axon::chassis::Carousel;
use axon::{CONTROL, Component, Context, INBOX, Message, OUTBOX, Result};

use crate::bench::{Bench, PF, SM, name};
use crate::chassis::stages::Log;

/// Echoes data with its own name, notes what it is told, and ends when told so, or only when sent `"end"`.
struct Kid {
    tag: &'static str,
    log: Log,
    deaf_to: &'static str,
}

impl Component for Kid {
    async fn main(&mut self, cx: &Context) -> Result {
        self.log.say(format!("{} starts with {}", self.tag, cx.data_ready(INBOX)));
        loop {
            while let Some(message) = cx.recv(INBOX) {
                match message.into_value::<&'static str>().unwrap() {
                    "end" => return Ok(()),
                    text => cx.send(OUTBOX, format!("{}:{text}", self.tag))?,
                }
            }
            while let Some(message) = cx.recv(CONTROL) {
                self.log.say(format!("{} told {}", self.tag, name(&message)));
                if name(&message) != self.deaf_to {
                    return Ok(());
                }
            }
            cx.pause().await;
        }
    }
}

fn carousel(log: &Log, deaf_to: &'static str) -> Carousel<&'static str> {
    let log = log.clone();
    Carousel::new(move |tag| Kid { tag, log: log.clone(), deaf_to })
}

#[test]
fn an_order_makes_a_child_whose_boxes_are_its_own() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    bench.give("inbox", "early").settle().give("next", "k1").settle();
    bench.give("inbox", "hi").settle();
    assert_eq!(bench.sent::<String>(), ["k1:early", "k1:hi"]);
    assert_eq!(log.take(), ["k1 starts with 1"]);
    assert_eq!(bench.out("requestNext").len(), 0);
    bench.give("inbox", "end").settle();
    assert_eq!(bench.one("requestNext").unwrap().take::<&'static str>().unwrap(), "NEXT");
    assert!(!bench.ended());
}

#[test]
fn it_asks_for_its_first_order_only_if_it_is_to() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    assert_eq!(bench.settle().out("requestNext").len(), 0);
    let mut bench = Bench::new(carousel(&log, "").make_first_request());
    assert_eq!(bench.settle().out("requestNext").len(), 1);
}

#[test]
fn a_new_order_replaces_the_child_when_that_has_ended() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    bench.give("next", "k1").settle().give("next", "k2").settle();
    assert_eq!(log.take(), ["k1 starts with 0", "k1 told SM", "k2 starts with 0"]);
    assert_eq!(bench.out("requestNext").len(), 0);
}

#[test]
fn producer_finished_lets_the_waiting_orders_run_and_is_told_to_the_last_child() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    bench.give("next", "k1").settle();
    bench.finish().give("next", "k2").give("next", "k3").settle();
    let expected = [
        "k1 starts with 0",
        "k1 told SM",
        "k2 starts with 0",
        "k2 told SM",
        "k3 starts with 0",
        "k3 told PF",
    ];
    assert_eq!(log.take(), expected);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn shutdown_at_once_drops_the_waiting_orders() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    bench.give("next", "k1").settle();
    bench.shut_down().give("next", "k2").settle();
    assert_eq!(log.take(), ["k1 starts with 0", "k1 told SM"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_child_that_does_not_heed_producer_finished_can_still_be_told_to_stop() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, PF));
    bench.give("next", "k1").settle().finish().settle();
    assert!(!bench.ended());
    bench.shut_down().settle();
    assert_eq!(log.take(), ["k1 starts with 0", "k1 told PF", "k1 told SM"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn it_waits_for_a_child_that_takes_its_time() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, SM));
    bench.give("next", "k1").settle().shut_down().settle();
    assert!(!bench.ended());
    bench.give("inbox", "end").settle();
    assert!(bench.ended());
    assert_eq!(log.take(), ["k1 starts with 0", "k1 told SM"]);
}

#[test]
fn an_order_that_the_function_does_not_take_ends_it_with_an_error_that_names_it() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, ""));
    bench.give("next", 5u8);
    let error = bench.scheduler.run().unwrap_err().to_string();
    for part in ["Carousel_", "\"next\"", "&str", "u8", "5"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}

#[test]
fn a_function_of_any_message_is_given_it_as_it_is() {
    let log = Log::default();
    let noted = log.clone();
    let mut bench = Bench::new(Carousel::new(move |order: Message| {
        noted.say(name(&order));
        crate::chassis::stages::Brief("made")
    }));
    bench.give("next", 5u8).settle().give("next", "text").settle();
    assert_eq!(log.take(), ["5", "\"text\""]);
    assert_eq!(bench.sent::<&'static str>(), ["made", "made"]);
    assert_eq!(bench.out("requestNext").len(), 2);
}

#[test]
fn a_request_waits_for_room() {
    let log = Log::default();
    let mut bench = Bench::new(carousel(&log, "").make_first_request());
    bench.limit("requestNext", 1).settle();
    bench.give("next", "k1").settle().give("inbox", "end").settle();
    assert!(bench.one("requestNext").is_some());
    bench.settle();
    assert!(bench.one("requestNext").is_some());
    bench.finish().settle();
    assert!(bench.ended());
}

//! A chooser and a carousel that work together.

use axon::chassis::{Carousel, JoinChooserToCarousel, inbox_controlled_carousel};
use axon::util::{Chooser, OneShot, PureTransformer};

use crate::bench::{Bench, PF, SM};
use crate::chassis::stages::{Log, Stage};

fn radio(tracks: &[&'static str]) -> JoinChooserToCarousel {
    let player = Carousel::new(|track: &'static str| OneShot::new(format!("playing {track}")));
    JoinChooserToCarousel::new(Chooser::new(tracks.to_vec()), player)
}

#[test]
fn the_chooser_says_what_the_carousel_makes_next() {
    let mut bench = Bench::new(radio(&["a", "b", "c"]));
    bench.settle();
    assert_eq!(bench.sent::<String>(), ["playing a", "playing b", "playing c"]);
    assert!(!bench.ended());
}

#[test]
fn either_ending_ends_both_and_comes_out_once() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(radio(&["a"]));
        bench.settle();
        if ending == PF { bench.finish() } else { bench.shut_down() }.settle();
        assert!(bench.ended(), "{ending}");
        assert_eq!(bench.signalled(), [ending]);
    }
}

#[test]
fn data_goes_to_the_child_and_the_child_is_told_of_the_end() {
    let log = Log::default();
    let noted = log.clone();
    let player = Carousel::new(move |tag: &'static str| Stage::new(tag, &noted));
    let mut bench = Bench::new(JoinChooserToCarousel::new(Chooser::new(["a", "b"]), player));
    bench.settle().give("inbox", "x").settle();
    assert_eq!(bench.sent::<String>(), ["a:x"]);
    bench.finish().settle();
    assert_eq!(log.take(), ["a starts", "a told PF"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn it_ends_when_the_chooser_says_that_there_is_no_more() {
    struct One;
    impl axon::Component for One {
        async fn main(&mut self, cx: &axon::Context) -> axon::Result {
            cx.send("outbox", "only")?;
            cx.send("signal", axon::ProducerFinished::new())?;
            Ok(())
        }
    }
    let player = Carousel::new(|track: &'static str| OneShot::new(track));
    let mut bench = Bench::new(JoinChooserToCarousel::new(One, player));
    bench.settle();
    assert_eq!(bench.sent::<&str>(), ["only"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn an_inbox_controlled_carousel_takes_orders_from_inbox_and_data_from_data_inbox() {
    let adder = |n: i32| PureTransformer::map(move |m: i32| n + m);
    let mut bench = Bench::new(inbox_controlled_carousel(Carousel::new(adder)));
    bench.give("inbox", 10).settle();
    bench.give("data_inbox", 1).give("data_inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [11, 12]);
    bench.give("inbox", 100).settle();
    bench.give("data_inbox", 3).settle();
    assert_eq!(bench.sent::<i32>(), [103], "the order replaced the child");
    bench.finish().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [PF]);
}

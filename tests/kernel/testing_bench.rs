//! The bench for one component, shown on components of the library and on some that misbehave.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{FirstOnly, Max, PromptedFileReader};
use axon::{Ending, RunError, error::Cause};

#[test]
fn a_clock_that_is_turned_for_ever_overflows_nothing() {
    let mut bench = Bench::new(Max::<u32>::new());
    bench.turn_clock(Duration::MAX);
    bench.turn_clock(Duration::from_secs(1));
}

/// The text that a call panics with.
fn complaint(work: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).expect_err("it does not panic");
    panic.downcast_ref::<String>().cloned().expect("it panics with a text")
}

#[test]
fn a_component_gets_what_is_put_in_and_what_comes_out_can_be_taken() {
    let mut bench = Bench::new(Max::<i32>::new());
    bench.put("inbox", vec![3, 9, 2]);
    bench.put("inbox", vec![-1]);
    bench.settle();
    assert_eq!(bench.take::<i32>("outbox"), [9, -1]);
    assert!(bench.take::<i32>("outbox").is_empty());
    bench.expect_running();
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
}

#[test]
fn a_splitter_has_several_outboxes() {
    let mut bench = Bench::new(TwoWaySplitter::new());
    bench.put("inbox", "to both");
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["to both"]);
    assert_eq!(bench.take::<&str>("outbox2"), ["to both"]);
}

#[test]
fn a_component_can_be_run_pass_by_pass() {
    let mut bench = Bench::new(OneShot::new("once"));
    assert!(bench.take_messages("outbox").is_empty());
    assert!(bench.pass());
    assert_eq!(bench.take::<&str>("outbox"), ["once"]);
    bench.passes(3);
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    assert!(!bench.pass());
}

#[test]
fn a_chassis_with_its_children_fits_on_the_bench() {
    let mut bench =
        Bench::new(pipeline![FirstOnly::new(), PureTransformer::new(|text: String| Some(text + "!"))]);
    bench.put("inbox", String::from("hello"));
    bench.put("inbox", String::from("again"));
    bench.settle();
    assert_eq!(bench.take::<String>("outbox"), ["hello!"]);
}

#[test]
fn a_slow_reader_can_be_played() {
    let mut bench = Bench::new(PassThrough::new());
    bench.block("outbox", 2);
    for number in 0..5 {
        bench.put("inbox", number);
    }
    bench.put("control", ProducerFinished::new());
    bench.expect_running();
    assert!(bench.take::<i32>("outbox").is_empty());
    bench.unblock("outbox");
    bench.expect_end();
    assert_eq!(bench.take::<i32>("outbox"), [0, 1, 2, 3, 4]);
}

/// Sends its number of the second, every second, five times.
struct Clockwork;

impl Component for Clockwork {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for second in 1..=5u32 {
            cx.sleep(Duration::from_secs(1)).await;
            cx.send("outbox", second)?;
        }
        Ok(())
    }
}

#[test]
fn each_timer_fires_at_its_time_while_the_clock_is_turned() {
    let mut bench = Bench::new(Clockwork);
    bench.turn_clock(Duration::from_millis(999));
    assert!(bench.take::<u32>("outbox").is_empty());
    bench.turn_clock(Duration::from_millis(1));
    assert_eq!(bench.take::<u32>("outbox"), [1]);
    bench.turn_clock(Duration::from_secs(3));
    assert_eq!(bench.take::<u32>("outbox"), [2, 3, 4]);
    bench.expect_running();
    bench.turn_clock(Duration::from_secs(3600));
    bench.expect_end();
    assert_eq!(bench.take::<u32>("outbox"), [5]);
}

/// Takes numbers, and fails on anything else.
struct Strict;

impl Component for Strict {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 2)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let number: u32 = cx.next("inbox").await?;
            assert!(number != 13, "thirteen");
            cx.send("outbox", number)?;
        }
    }
}

#[test]
fn a_failure_is_expected_by_its_cause() {
    let mut bench = Bench::new(Strict);
    bench.put("inbox", "not a number");
    let RunError::Failed { cause: Cause::Error(error), .. } = bench.expect_failure() else {
        panic!("{bench}")
    };
    assert!(error.to_string().contains("inbox expected u32"), "{error}");
    let mut bench = Bench::new(Strict);
    bench.put("inbox", 13u32);
    assert!(
        matches!(bench.expect_failure(), RunError::Failed { cause: Cause::Panic(text), .. } if text == "thirteen")
    );
}

#[test]
fn what_is_not_as_expected_is_told_with_all_that_went_in_and_came_out() {
    let mut bench = Bench::new(Strict);
    bench.put("inbox", 7u32);
    bench.settle();
    bench.put("inbox", 8u32);
    let name = bench.component().name();
    let says = complaint(|| bench.expect_end());
    let expected = format!(
        "expected to end, but {name} waits for a message in \"inbox\"\n\
         history of {name}:\n  \
         pass   0  inbox <- 7\n  \
         pass   1  outbox -> 7\n  \
         pass   1  inbox <- 8\n  \
         pass   2  outbox -> 8"
    );
    assert_eq!(says, expected);

    bench.put("inbox", 13u32);
    let says = complaint(|| bench.expect_running());
    assert!(says.starts_with("expected to run on, but ") && says.contains("thirteen"), "{says}");
    assert!(says.contains("failed: "), "{says}");
    let says = complaint(|| bench.expect_end());
    assert!(says.starts_with("expected to end, but "), "{says}");

    let mut bench = Bench::new(OneShot::new(1u8));
    let says = complaint(|| _ = bench.expect_failure());
    assert!(says.starts_with("expected to fail, but OneShot_2 ended\n") && says.ends_with("ended"), "{says}");
    let says = complaint(|| drop(bench.take::<String>("outbox")));
    assert!(
        says.starts_with("OneShot_2.outbox was expected to send alloc::string::String and sent u8: 1\n"),
        "{says}"
    );
}

#[test]
fn a_box_that_does_not_exist_or_is_full_is_named() {
    let mut bench = Bench::new(Strict);
    let name = bench.component().name();
    let says = complaint(|| bench.put("inbux", 1));
    assert!(
        says.starts_with(&format!("{name} has no inbox \"inbux\"; it has \"inbox\", \"control\"; did you")),
        "{says}"
    );
    let says = complaint(|| drop(bench.take_messages("outbux")));
    assert!(says.starts_with(&format!("{name} has no outbox \"outbux\"; it has \"outbox\"")), "{says}");
    bench.put("inbox", 1u32);
    bench.put("inbox", 2u32);
    assert_eq!(bench.offer("inbox", 3u32).unwrap_err().into_message().take::<u32>().unwrap(), 3);
    let says = complaint(|| bench.put("inbox", 3u32));
    assert!(says.contains("is full (2 of 2 messages)"), "{says}");
}

/// Never sleeps.
struct Busy;

impl Component for Busy {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.yield_now().await;
        }
    }
}

#[test]
fn one_who_never_sleeps_is_noticed_and_can_still_be_run_pass_by_pass() {
    let mut bench = Bench::new(Busy);
    bench.passes(10);
    let says = complaint(|| bench.settle());
    assert!(says.contains("is still busy after"), "{says}");
}

/// Adds an outbox when it is told its name, and sends there from the next turn on.
struct Adaptive;

impl Component for Adaptive {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let wanted: String = cx.next("inbox").await?;
        let outbox = cx.add_outbox(&wanted);
        cx.yield_now().await;
        cx.send(&outbox, "from a new box")?;
        Ok(())
    }
}

#[test]
fn outboxes_that_are_added_are_looked_at_from_the_next_pass_on() {
    let mut bench = Bench::new(Adaptive);
    bench.put("inbox", String::from("extra"));
    bench.expect_end();
    assert_eq!(bench.take::<&str>("extra"), ["from a new box"]);
}

#[test]
fn a_file_reader_reads_as_much_as_it_is_asked_for() {
    let folder = crate::folder::Folder::new();
    let path = folder.write("three.txt", "one\ntwo\nthree\n");
    let mut bench = Bench::new(PromptedFileReader::lines(&path));
    bench.settle();
    assert!(bench.take_messages("outbox").is_empty());
    bench.put("inbox", 2usize);
    let read = bench.take_next::<String>("outbox", 1);
    assert_eq!(read.concat(), "one\ntwo\n");
    bench.settle();
    assert!(bench.take_messages("outbox").is_empty());
}

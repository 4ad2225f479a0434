//! Backplanes: meeting by name, and how each of the three ends.

use axon::util::{
    Backplane, DataSink, DataSource, OneShot, PassThrough, PublishTo, Received, SubscribeTo, WhenFull,
};
use axon::{
    Component, ComponentRef, Context, Message, ProducerFinished, Scheduler, ShutdownMicroprocess, graphline,
    pipeline,
};

use crate::bench::{Bench, PF, SM};

fn passes(scheduler: &mut Scheduler, count: usize) {
    for _ in 0..count {
        scheduler.run_pass().unwrap();
    }
}

fn tell(scheduler: &Scheduler, component: &ComponentRef, ending: &str) {
    let ending = match ending {
        PF => Message::new(ProducerFinished::new()),
        _ => Message::new(ShutdownMicroprocess::new()),
    };
    scheduler.context(component).deliver_to(component, "control", ending).unwrap();
}

#[test]
fn all_subscribers_hear_all_publishers_in_one_order() {
    let (first, second) = (Received::<i32>::new(), Received::<i32>::new());
    let mut scheduler = Scheduler::new();
    scheduler.activate(Backplane::new("NUMBERS"));
    scheduler.activate(pipeline![SubscribeTo::new("NUMBERS"), DataSink::new(&first)]);
    scheduler.activate(pipeline![SubscribeTo::new("NUMBERS"), DataSink::new(&second)]);
    passes(&mut scheduler, 10);
    scheduler.activate(pipeline![DataSource::new([1, 2, 3]), PublishTo::new("NUMBERS")]);
    scheduler.activate(pipeline![DataSource::new([10, 20, 30]), PublishTo::new("NUMBERS").forwarder()]);
    passes(&mut scheduler, 20);
    let heard = first.take();
    assert_eq!(heard, second.take());
    assert_eq!(heard.iter().filter(|n| **n < 10).collect::<Vec<_>>(), [&1, &2, &3]);
    assert_eq!(heard.iter().filter(|n| **n >= 10).collect::<Vec<_>>(), [&10, &20, &30]);
}

#[test]
fn two_backplanes_do_not_hear_each_other() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    scheduler.activate(Backplane::new("A"));
    scheduler.activate(Backplane::new("B"));
    scheduler.activate(pipeline![SubscribeTo::new("A"), DataSink::new(&received)]);
    scheduler.activate(pipeline![DataSource::new([1]), PublishTo::new("B")]);
    passes(&mut scheduler, 20);
    assert!(received.take().is_empty());
}

#[test]
fn the_order_in_which_the_three_are_activated_does_not_matter() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![SubscribeTo::new("A"), DataSink::new(&received)]);
    let publisher = scheduler.activate(PublishTo::new("A"));
    scheduler.activate(
        graphline! { components: { deep: graphline! { components: { deeper: Backplane::new("A") } } } },
    );
    passes(&mut scheduler, 20);
    scheduler.context(&publisher).deliver_to(&publisher, "inbox", 7).unwrap();
    passes(&mut scheduler, 20);
    assert_eq!(received.take(), [7]);
}

#[test]
fn a_name_that_does_not_exist_is_an_error_that_lists_those_that_do() {
    for component in [true, false] {
        let mut scheduler = Scheduler::new();
        scheduler.activate(Backplane::new("CHAT"));
        if component {
            scheduler.activate(PublishTo::new("CHTA"));
        } else {
            scheduler.activate(SubscribeTo::new("CHTA"));
        }
        let error = scheduler.run().unwrap_err().to_string();
        assert!(error.contains("finds no backplane \"CHTA\"; there are [\"CHAT\"]"), "{error}");
    }
}

#[test]
fn where_there_is_no_backplane_the_error_says_what_is_missing() {
    let error = axon::run(PublishTo::new("CHAT")).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "finds no backplane \"CHAT\"; there is none: activate a Backplane on the same scheduler"
        ),
        "{error}"
    );
}

#[test]
fn a_second_backplane_of_one_name_is_an_error_and_a_name_is_free_again_after_the_end() {
    let mut scheduler = Scheduler::new();
    let backplane = scheduler.activate(Backplane::new("A"));
    passes(&mut scheduler, 5);
    tell(&scheduler, &backplane, PF);
    passes(&mut scheduler, 5);
    assert!(backplane.is_stopped());
    scheduler.activate(Backplane::new("A"));
    passes(&mut scheduler, 5);
    scheduler.activate(Backplane::new("A"));
    let error = scheduler.run().unwrap_err().to_string();
    assert!(error.contains("Backplane_I_A") && error.contains("already"), "{error}");
}

#[test]
fn the_end_of_a_backplane_ends_its_subscribers_and_comes_out_of_them() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(SubscribeTo::new("A"));
        let backplane = bench.scheduler.activate(Backplane::new("A"));
        bench.settle();
        tell(&bench.scheduler, &backplane, ending);
        bench.settle();
        assert!(backplane.is_stopped() && bench.ended());
        assert_eq!(bench.signalled(), [ending]);
    }
}

#[test]
fn the_end_of_a_subscriber_or_publisher_is_its_own() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(SubscribeTo::new("A"));
        let backplane = bench.scheduler.activate(Backplane::new("A"));
        let publisher = bench.scheduler.activate(PublishTo::new("A"));
        bench.settle();
        tell(&bench.scheduler, &publisher, ending);
        bench.settle();
        assert!(publisher.is_stopped() && !backplane.is_stopped() && !bench.ended());
        tell(&bench.scheduler, &bench.subject, ending);
        bench.settle();
        assert!(bench.ended() && !backplane.is_stopped());
        assert_eq!(bench.signalled(), [ending]);
    }
}

#[test]
fn a_forwarder_sends_a_copy_out_of_its_outbox() {
    let mut bench = Bench::new(PublishTo::new("A").forwarder());
    bench.scheduler.activate(Backplane::new("A"));
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    bench.finish().settle();
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn what_comes_to_a_subscriber_itself_it_sends_too() {
    let mut bench = Bench::new(SubscribeTo::new("A"));
    bench.scheduler.activate(Backplane::new("A"));
    bench.give("inbox", 1).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
}

#[test]
fn a_backplane_alone_does_not_keep_a_run_alive() {
    let mut scheduler = Scheduler::new();
    let backplane = scheduler.activate(Backplane::new("A"));
    scheduler.activate(pipeline![OneShot::new(1), PublishTo::new("A")]);
    scheduler.run().unwrap();
    assert!(backplane.is_stopped());
}

#[test]
fn subscribers_get_a_message_that_costs_no_copy_until_they_want_their_own() {
    #[derive(Debug)]
    struct NeverCloned(#[allow(dead_code)] u8);
    let (first, second) = (Received::<Message>::new(), Received::<Message>::new());
    let mut scheduler = Scheduler::new();
    scheduler.activate(Backplane::new("A"));
    scheduler.activate(pipeline![SubscribeTo::new("A"), DataSink::new(&first)]);
    scheduler.activate(pipeline![SubscribeTo::new("A"), DataSink::new(&second)]);
    passes(&mut scheduler, 10);
    scheduler.activate(pipeline![OneShot::new(NeverCloned(1)), PublishTo::new("A")]);
    passes(&mut scheduler, 10);
    assert!(first.take()[0].is::<NeverCloned>() && second.take()[0].is::<NeverCloned>());
}

/// Subscribes, and never reads.
struct Deaf;

impl Component for Deaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.sleep(std::time::Duration::from_secs(3600)).await;
        }
    }
}

#[test]
fn one_subscriber_that_never_reads_costs_the_others_nothing_if_it_is_cut_or_passed_over() {
    for when_full in [WhenFull::Cut, WhenFull::Drop] {
        let received = Received::<String>::new();
        let mut scheduler = Scheduler::builder().virtual_clock().build();
        scheduler.activate(Backplane::new("CHAT").when_full(when_full));
        let slow = scheduler.add(SubscribeTo::new("CHAT"));
        scheduler.activate(pipeline![&slow, Deaf]);
        scheduler.activate(pipeline![SubscribeTo::new("CHAT"), DataSink::new(&received)]);
        passes(&mut scheduler, 10);
        let lines = (0..2_000).map(|n| format!("{n}\n"));
        scheduler.activate(pipeline![DataSource::new(lines), PublishTo::new("CHAT")]);
        passes(&mut scheduler, 10_000);
        assert_eq!(received.take().len(), 2_000, "{when_full:?}");
        assert_eq!(slow.is_stopped(), when_full == WhenFull::Cut);
    }
}

#[test]
fn a_subscriber_that_reads_is_not_cut_however_much_comes_at_once() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    scheduler.activate(Backplane::new("CHAT").when_full(WhenFull::Cut));
    let stages =
        pipeline![SubscribeTo::new("CHAT"), PassThrough::new(), PassThrough::new(), DataSink::new(&received)];
    scheduler.activate(stages);
    let publisher = scheduler.activate(PublishTo::new("CHAT"));
    passes(&mut scheduler, 10);
    for n in 0..5_000 {
        scheduler.context(&publisher).deliver_to(&publisher, "inbox", n).unwrap();
    }
    passes(&mut scheduler, 1_000);
    assert_eq!(received.take(), (0..5_000).collect::<Vec<_>>());
}

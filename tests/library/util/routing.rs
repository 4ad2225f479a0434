//! Components that say where a message goes, tag it, or put messages in order.

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{
    ConditionalSplitter, EchoProtocol, Entuple, FilterButKeepTag, FilterTag, RecoverOrder, Router,
    TwoWayBalancer, UidTagger, filter_and_tag_wrapper, filter_and_tag_wrapper_keeping_tag, srm_receiver,
    srm_sender, tag_and_filter_wrapper, tag_and_filter_wrapper_keeping_tag,
};
use axon::{Ending, Message};

const FINISHED: [Ending; 1] = [Ending::ProducerFinished];

#[test]
fn a_router_sends_to_every_destination_whose_rule_is_true_and_drops_the_rest() {
    let router = Router::new()
        .route(|n: &i32| *n > 1, "large")
        .route(|n: &i32| n % 2 == 0, "even")
        .route(|_: &Message| false, "never");
    let mut bench = Bench::new(router);
    for message in [Message::new(1), Message::new(2), Message::new(3), Message::new("no number")] {
        bench.put("inbox", message);
    }
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.take::<i32>("large"), [2, 3]);
    assert_eq!(bench.take::<i32>("even"), [2]);
    assert!(bench.take_messages("never").is_empty() && bench.take_messages("outbox").is_empty());
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn a_router_ends_when_its_last_destination_has_and_not_before() {
    let (a, b) = (Received::<i32>::new(), Received::<i32>::new());
    let mut scheduler = Scheduler::new();
    let graph = graphline! {
        components: {
            source: DataSource::new(0..),
            router: Router::new().route(|_: &i32| true, "a").route(|_: &i32| true, "b"),
            first: axon::util::FirstOnly::new().ending(),
            few: axon::util::PureFilter::new(|n: &i32| *n < 3),
            a: DataSink::new(&a),
            b: DataSink::new(&b),
        },
        linkages: {
            source.outbox => router.inbox,
            router.a => first.inbox,
            first.outbox => a.inbox,
            first.signal => a.control,
            router.b => few.inbox,
            few.outbox => b.inbox,
        },
    };
    let graph = scheduler.activate(graph);
    for _ in 0..300 {
        scheduler.run_pass().unwrap();
    }
    assert_eq!((a.take(), b.take()), (vec![0], vec![0, 1, 2]));
    assert!(graph.is_active(), "one destination is left");
}

#[test]
fn a_conditional_splitter_follows_the_rule_of_shutdown() {
    let mut bench = Bench::new(ConditionalSplitter::new(|text: &&str| text.starts_with('y')));
    for text in ["yes", "no"] {
        bench.put("inbox", text);
    }
    bench.put("inbox", 3);
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.take::<&str>("true"), ["yes"]);
    assert_eq!(bench.take_messages("false").len(), 2);
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn a_balancer_deals_in_turn_and_tells_both_what_ended_it() {
    let mut bench = Bench::new(TwoWayBalancer::new());
    (0..5).for_each(|n| bench.put("inbox", n));
    bench.put("control", "enough");
    bench.expect_end();
    assert_eq!(bench.take::<i32>("outbox1"), [0, 2, 4]);
    assert_eq!(bench.take::<i32>("outbox2"), [1, 3]);
    assert_eq!(bench.take::<&str>("signal1"), ["enough"]);
    assert_eq!(bench.take::<&str>("signal2"), ["enough"]);
}

#[test]
fn a_balancer_that_waits_for_room_can_be_stopped() {
    let mut bench = Bench::new(TwoWayBalancer::new());
    bench.block("outbox2", 0);
    (0..5).for_each(|n| bench.put("inbox", n));
    bench.settle();
    bench.put("control", ProducerFinished::new());
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert_eq!(bench.take_messages("signal1")[0].ending(), Some(Ending::ShutdownMicroprocess));
    assert_eq!(bench.take_messages("signal2").len(), 1);
}

fn tagged(uid: &str, item: i32) -> (String, i32) {
    (uid.to_owned(), item)
}

#[test]
fn tags_are_added_taken_off_and_kept() {
    let mut bench = Bench::new(UidTagger::<i32>::new());
    bench.put("inbox", 1);
    bench.settle();
    let name = bench.component().name();
    assert_eq!(bench.take::<String>("uid"), std::slice::from_ref(&name));
    assert_eq!(bench.take::<(String, i32)>("outbox"), [tagged(&name, 1)]);

    let mut bench = Bench::new(FilterTag::<i32>::new());
    bench.put("inbox", tagged("a", 0));
    bench.settle();
    for uid in ["b", "a"] {
        bench.put("uid", uid.to_owned());
    }
    [("a", 1), ("b", 2)].into_iter().for_each(|(uid, item)| bench.put("inbox", tagged(uid, item)));
    bench.settle();
    assert_eq!(bench.take::<i32>("outbox"), [0, 2], "nothing is dropped before there is a tag");

    let mut bench = Bench::new(FilterButKeepTag::<i32>::new());
    bench.put("uid", "a".to_owned());
    [("a", 1), ("b", 2)].into_iter().for_each(|(uid, item)| bench.put("inbox", tagged(uid, item)));
    bench.settle();
    assert_eq!(bench.take::<(String, i32)>("outbox"), [tagged("b", 2)]);
}

#[test]
fn a_wrapped_component_does_not_hear_itself() {
    let mut bench = Bench::new(tag_and_filter_wrapper::<i32>(EchoProtocol::new()));
    bench.put("inbox", tagged("other", 1));
    bench.settle();
    let out = bench.take::<(String, i32)>("outbox");
    assert_eq!(out[0].1, 1);
    bench.put("inbox", out[0].clone());
    bench.settle();
    assert!(bench.take_messages("outbox").is_empty());
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.endings(), FINISHED);

    let mut bench = Bench::new(filter_and_tag_wrapper::<i32>(EchoProtocol::new()));
    bench.put("inbox", 1);
    bench.settle();
    assert!(bench.take_messages("outbox").is_empty(), "the echo has its own tag");
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn wrappers_that_keep_the_tag_show_it_to_the_one_behind() {
    let double = axon::util::PureTransformer::map(|(_, item): (String, i32)| 2 * item);
    let mut bench = Bench::new(tag_and_filter_wrapper_keeping_tag::<i32>(double));
    bench.put("inbox", tagged("other", 2));
    bench.settle();
    assert_eq!(bench.take::<(String, i32)>("outbox")[0].1, 4);
    let others = axon::util::PureTransformer::map(|(_, item): (String, i32)| tagged("server", item));
    let mut bench = Bench::new(filter_and_tag_wrapper_keeping_tag::<i32>(others));
    bench.put("inbox", 4);
    bench.settle();
    assert_eq!(bench.take::<(String, i32)>("outbox"), [tagged("server", 4)]);
}

#[test]
fn an_item_is_put_between_others() {
    let mut bench = Bench::new(Entuple::new().prefix([1, 2]).postfix([9]));
    bench.put("inbox", 5);
    bench.settle();
    assert_eq!(bench.take::<Vec<i32>>("outbox"), [[1, 2, 5, 9]]);
}

fn recovered(recover: RecoverOrder<()>, numbers: &[u64]) -> Vec<u64> {
    let mut bench = Bench::new(recover);
    numbers.iter().for_each(|number| bench.put("inbox", (*number, ())));
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    bench.take::<(u64, ())>("outbox").into_iter().map(|(number, ())| number).collect()
}

#[test]
fn order_is_recovered_in_a_window_and_repeats_are_dropped() {
    let small = || RecoverOrder::new().window(3);
    assert_eq!(recovered(small(), &[2, 1, 0, 4, 3, 5]), [0, 1, 2, 3, 4, 5]);
    assert_eq!(recovered(small(), &[0, 1, 2, 1, 3, 0, 3, 4]), [0, 1, 2, 3, 4]);
    assert_eq!(
        recovered(small(), &[10, 11, 12, 13, 9, 14]),
        [10, 11, 9, 12, 13, 14],
        "too late is out of order"
    );
    assert_eq!(recovered(RecoverOrder::new(), &[]), [0; 0]);
}

#[test]
fn numbers_may_begin_again_at_zero() {
    let around = [6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1];
    let swapped = [7, 6, 1, 0, 2, 4, 3, 5, 7, 6, 0, 1];
    assert_eq!(recovered(RecoverOrder::new().window(2).modulo(8), &swapped), around);
    let most = u64::MAX;
    assert_eq!(
        recovered(RecoverOrder::new().modulo(most), &[0, most - 1, most - 2]),
        [most - 2, most - 1, 0]
    );
}

#[test]
fn text_survives_a_way_that_repeats_and_reorders() {
    let mut bench = Bench::new(srm_sender());
    ["one", "zw\u{f6}", "three\nlines\nhere"].into_iter().for_each(|text| bench.put("inbox", text));
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    let chunks = bench.take::<Vec<u8>>("outbox");
    let mut bench = Bench::new(srm_receiver());
    for at in [1, 0, 1, 2, 0] {
        bench.put("inbox", chunks[at].clone());
    }
    bench.put("inbox", "XXXXXXXXXXXXXXXXXXXXXXXXno frame");
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    let received = bench.take::<(u64, String)>("outbox");
    let texts: Vec<(u64, &str)> = received.iter().map(|(number, text)| (*number, text.as_str())).collect();
    assert_eq!(texts, [(1, "one"), (2, "zw\u{f6}"), (3, "three\nlines\nhere")]);
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn words_become_lines_that_can_be_read_back() {
    let lists =
        [vec!["ADD", "NODE", "a b", "it's", "", "'quoted\" \\", "back\\slash", "tab\there"], vec!["one"]];
    let lists = lists.map(|list| list.into_iter().map(str::to_owned).collect::<Vec<String>>());
    let mut bench = Bench::new(pipeline![
        axon::util::TokenlistsToLines::new(),
        ChunksToLines::new(),
        axon::util::LinesToTokenlists::new(),
    ]);
    lists.iter().for_each(|list| bench.put("inbox", list.clone()));
    bench.settle();
    assert_eq!(bench.take::<Vec<String>>("outbox"), lists);
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.endings(), FINISHED);

    let mut bench = Bench::new(axon::util::TokenlistsToLines::new());
    bench.put("inbox", vec!["a\nb".to_owned()]);
    assert!(bench.expect_failure().to_string().contains("a word with a line break"));
}

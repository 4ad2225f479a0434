//! Components that make something else of each message.

use axon::util::{
    DeMarshaller, Marshaller, Marshalling, Max, PureTransformer, SequentialTransformer, SimpleDetupler,
    TagWithSequenceNumber, Text,
};
use axon::{Message, Result};

use crate::bench::{Bench, PF, SM, name};

#[test]
fn a_pure_transformer_sends_what_the_function_returns_and_nothing_for_none() {
    let mut bench = Bench::new(PureTransformer::new(|n: i32| (n != 0).then_some(n * 2)));
    for n in [1, 0, 2] {
        bench.give("inbox", n);
    }
    bench.give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<i32>(), [2, 4]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn its_producer_finished_is_a_new_one_in_its_own_name() {
    let mut bench = Bench::new(PureTransformer::map(|n: i32| n));
    bench.finish().settle();
    let notice = bench.one("signal").unwrap().take::<axon::ProducerFinished>().unwrap();
    assert_eq!(notice.caller, Some(bench.subject.clone()));
}

#[test]
fn a_pure_transformer_heeds_shutdown_unless_it_is_to_ignore_it_as_in_kamaelia() {
    let mut bench = Bench::new(PureTransformer::map(|n: i32| n));
    bench.give("inbox", 1).give("control", "hello").finish().shut_down().settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());

    let mut bench = Bench::new(PureTransformer::map(|n: i32| n.to_string()).ignoring_shutdown());
    bench.give("inbox", 1).shut_down().settle();
    bench.give("inbox", 2).settle();
    assert_eq!(bench.sent::<String>(), ["1", "2"]);
    assert_eq!(bench.signalled(), [""; 0]);
    assert!(!bench.ended());

    let mut bench = Bench::new(PureTransformer::map(|n: i32| n).heeding_shutdown());
    bench.give("inbox", 1).give("control", "hello").shut_down().settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
    assert!(bench.ended());
}

#[test]
fn a_pure_transformer_that_waits_for_room_can_be_stopped() {
    let mut bench = Bench::new(PureTransformer::map(|n: i32| n));
    bench.limit("outbox", 1).give("inbox", 1).give("inbox", 2).settle();
    assert!(!bench.ended());
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_function_may_take_text_however_it_is_held_or_any_message() {
    let mut bench = Bench::new(PureTransformer::map(|Text(text): Text| text.to_uppercase()));
    let shared: std::sync::Arc<str> = "c".into();
    bench.give("inbox", "a").give("inbox", "b".to_owned()).give("inbox", shared).give("inbox", 'd').settle();
    assert_eq!(bench.sent::<String>(), ["A", "B", "C", "D"]);

    let mut bench = Bench::new(PureTransformer::map(|message: Message| name(&message)));
    bench.give("inbox", 1).give("inbox", "x").settle();
    assert_eq!(bench.sent::<String>(), ["1", "\"x\""]);
}

#[test]
fn a_message_the_function_does_not_take_is_an_error_that_names_component_box_and_types() {
    let mut bench = Bench::new(PureTransformer::map(|n: i32| n));
    bench.give("inbox", "five");
    let error = bench.scheduler.run().unwrap_err().to_string();
    for part in ["PureTransformer_", "\"inbox\"", "i32", "&str", "five"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    let mut bench = Bench::new(PureTransformer::map(|Text(text): Text| text));
    bench.give("inbox", 5);
    let error = bench.scheduler.run().unwrap_err().to_string();
    assert!(error.contains("takes text from \"inbox\", not i32: 5"), "{error}");
}

#[test]
fn a_sequential_transformer_applies_its_functions_in_order() {
    let functions = SequentialTransformer::new(|n: i32| n + 1)
        .then_filter(|n| (n != 3).then_some(n))
        .then(|n| n.to_string());
    let mut bench = Bench::new(functions);
    bench.give("inbox", 4).give("inbox", 2).give("inbox", 5).finish().settle();
    assert_eq!(bench.sent::<String>(), ["5", "6"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn max_sends_the_greatest_of_each_list_and_nothing_for_an_empty_one() {
    let mut bench = Bench::new(Max::<f64>::new());
    bench.give("inbox", vec![3.0, 9.5, 2.0]).give("inbox", Vec::<f64>::new()).shut_down().settle();
    assert_eq!(bench.sent::<f64>(), [9.5]);
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn items_are_numbered_from_where_it_is_told_to_start() {
    let mut bench = Bench::new(TagWithSequenceNumber::<&str>::new().starting_at(5));
    bench.give("inbox", "a").give("inbox", "b").shut_down().settle();
    assert_eq!(bench.sent::<(u64, &str)>(), [(5, "a"), (6, "b")]);
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn a_detupler_takes_an_item_of_tuples_arrays_and_lists() {
    let mut bench = Bench::new(SimpleDetupler::<(i32, &str, f64)>::new(1));
    bench.give("inbox", (1, "two", 3.0)).give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<&str>(), ["two"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);

    let mut bench = Bench::new(SimpleDetupler::<Vec<i32>>::new(2));
    bench.give("inbox", vec![1, 2, 3]).settle();
    assert_eq!(bench.sent::<i32>(), [3]);

    let mut bench = Bench::new(SimpleDetupler::<[u8; 2]>::new(0));
    bench.give("inbox", [7u8, 8]).settle();
    assert_eq!(bench.sent::<u8>(), [7]);
}

#[test]
fn a_tuple_without_such_an_item_is_an_error() {
    let mut bench = Bench::new(SimpleDetupler::<(i32, i32)>::new(2));
    bench.give("inbox", (1, 2));
    let error = bench.scheduler.run().unwrap_err().to_string();
    assert!(error.contains("SimpleDetupler_") && error.contains("without an item 2"), "{error}");
}

struct Angles;

impl Marshalling for Angles {
    type Data = Text;
    type Marshalled = Text;

    fn marshall(Text(data): Text) -> Result<Text> {
        Ok(Text(format!("<{data}>")))
    }

    fn demarshall(Text(marshalled): Text) -> Result<Text> {
        let inner = marshalled.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        Ok(Text(inner.ok_or("no angles")?.to_owned()))
    }
}

#[test]
fn a_marshaller_throws_control_messages_away_that_are_no_ending() {
    let mut bench = Bench::new(Marshaller::<Angles>::new());
    bench.give("inbox", "x").give("control", "hello").finish().settle();
    let sent = bench.out("outbox");
    assert_eq!(sent[0].downcast_ref::<Text>().unwrap(), &"<x>");
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_demarshaller_undoes_it_or_ends_with_an_error() {
    let mut bench = Bench::new(DeMarshaller::<Angles>::new());
    bench.give("inbox", "<x>").shut_down().settle();
    assert_eq!(bench.one("outbox").unwrap().downcast_ref::<Text>().unwrap(), &"x");
    assert_eq!(bench.signalled(), [SM]);

    let mut bench = Bench::new(DeMarshaller::<Angles>::new());
    bench.give("inbox", "x");
    assert!(bench.scheduler.run().unwrap_err().to_string().contains("no angles"));
}

#[test]
fn an_error_about_a_large_payload_shows_its_beginning_and_its_length() {
    let mut bench = Bench::new(PureTransformer::map(|n: i32| n));
    bench.give("inbox", vec![0u8; 20_000_000]);
    let error = bench.scheduler.run().unwrap_err().to_string();
    assert!(error.contains("[0, 0, 0, ") && error.contains("(20000000 bytes)"), "{}", &error[..300]);
    assert!(error.len() < 500, "{}", error.len());
}

//! Chunks in a stream: marked, found again, whatever the pieces and whatever is lost.

use axon::testing::Bench;
use axon::util::{DataChunker, DataDeChunker, MaxSizePacketiser};
use axon::{Component, Ending, ProducerFinished};

const SYNC: &str = "XXXX";

/// Messages with everything that is special in them.
fn messages() -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> =
        ["", "plain", "XXXX", "aXbXXcXXXXd", "100%", "%58", "\\S%25\\", "X"].map(Vec::from).into();
    messages.push((0..=255).collect());
    messages.push(vec![b'X'; 1000]);
    messages
}

fn out(component: impl Component, pieces: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut bench = Bench::new(component);
    for piece in pieces {
        bench.put("inbox", piece.clone());
        bench.settle();
    }
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    bench.take::<Vec<u8>>("outbox")
}

fn chunks(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    out(DataChunker::new().sync(SYNC), messages)
}

#[test]
fn a_chunk_is_the_sync_sequence_and_data_without_its_bytes_as_in_kamaelia() {
    let message = b"1234567890 qwerty".to_vec();
    assert_eq!(chunks(std::slice::from_ref(&message)), [[SYNC.as_bytes(), &message].concat()]);
    assert_eq!(chunks(&[b"aXb%".to_vec()]), [b"XXXXa%58b%25"]);
}

#[test]
fn all_messages_come_out_of_a_stream_however_it_is_cut() {
    let messages = messages();
    let stream = chunks(&messages).concat();
    for size in [1, 2, 3, 5, 20, 1000, stream.len()] {
        let pieces: Vec<Vec<u8>> = stream.chunks(size).map(<[u8]>::to_vec).collect();
        let found = out(DataDeChunker::new().sync(SYNC).keep_last_chunk(), &pieces);
        assert!(found == messages, "in pieces of {size}");
    }
}

#[test]
fn the_last_chunk_waits_for_the_next_or_for_flush_and_is_else_dropped() {
    let stream = chunks(&[b"one".to_vec(), b"two".to_vec()]).concat();
    assert_eq!(out(DataDeChunker::new().sync(SYNC), std::slice::from_ref(&stream)), [b"one"]);
    let mut bench = Bench::new(DataDeChunker::new().sync(SYNC));
    bench.put("inbox", stream);
    bench.put("flush", "now");
    bench.settle();
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"one", b"two"]);
    // After that, what is no whole chunk is dropped again.
    bench.put("inbox", "a rest");
    bench.put("flush", "now");
    bench.settle();
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [b""; 0]);
}

#[test]
fn what_has_no_beginning_and_what_was_damaged_is_dropped_and_the_next_is_found() {
    let (one, two) = (chunks(&[b"one".to_vec()]).concat(), chunks(&[b"two X".to_vec()]).concat());
    let damaged = [&b"the end of another"[..], &one, b"XXXXlost%5", &two, b"XXX", &one, &two, &one].concat();
    let found = out(DataDeChunker::new().sync(SYNC), &[damaged]);
    assert_eq!(found, [&b"one"[..], b"two X", b"two X"]);
}

#[test]
fn a_chunk_without_an_end_is_an_error_that_says_what_takes_it() {
    let mut bench = Bench::new(DataDeChunker::new().sync(SYNC).longest_chunk(1000));
    bench.put("inbox", [SYNC.as_bytes(), &[b'a'; 1000]].concat());
    bench.settle();
    bench.expect_running();
    bench.put("inbox", "b");
    let error = bench.expect_failure().to_string();
    assert!(error.contains("more than 1000 bytes; longest_chunk(bytes)"), "{error}");
    // Before it is synchronised it keeps nothing.
    let mut bench = Bench::new(DataDeChunker::new().longest_chunk(1000));
    bench.put("inbox", vec![b'a'; 100_000]);
    bench.settle();
    bench.expect_running();
}

#[test]
#[should_panic(expected = "'5'")]
fn a_sync_sequence_that_could_not_be_told_from_data_is_refused() {
    let _ = DataChunker::new().sync("-5-");
}

#[test]
fn packets_are_no_larger_than_said_and_each_message_is_cut_for_itself() {
    let sizes = |component| {
        let messages = [0, 1, 1000, 1001, 2500].map(|size| vec![7_u8; size]);
        out(component, &messages).iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(sizes(MaxSizePacketiser::new()), [0, 1, 1000, 1000, 1, 1000, 1000, 500]);
    assert_eq!(sizes(MaxSizePacketiser::new().max_size(2000)), [0, 1, 1000, 1001, 2000, 500]);
}

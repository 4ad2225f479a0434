//! Chunks and frames in a stream: marked, found again, whatever the pieces and whatever is lost.

use axon::testing::Bench;
use axon::util::{
    DataChunker, DataDeChunker, FrameError, LengthDeFramer, LengthFramer, LengthPrefix, MaxSizePacketiser,
};
use axon::{Component, Ending, ProducerFinished, RunError, ShutdownMicroprocess, error::Cause};

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
fn a_chunk_that_is_too_long_is_refused_however_the_stream_is_cut_and_the_longest_is_not() {
    for (length, fails) in [(10, false), (11, true)] {
        let chunk = [b"--", &vec![b'a'; length][..]].concat();
        let stream = [&b"--one"[..], &chunk, b"--end"].concat();
        for size in [1, 2, 3, 7, stream.len()] {
            let mut bench = Bench::new(DataDeChunker::new().sync("--").longest_chunk(10));
            for piece in stream.chunks(size) {
                bench.put("inbox", piece.to_vec());
            }
            if fails {
                bench.expect_failure();
            }
            bench.settle();
            let expected = [b"one".to_vec(), vec![b'a'; length]];
            let sent = bench.take::<Vec<u8>>("outbox");
            assert_eq!(sent, expected[..if fails { 1 } else { 2 }], "{length} bytes in pieces of {size}");
        }
    }
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

const PREFIXES: [(LengthPrefix, &[u8]); 5] = [
    (LengthPrefix::U8, &[3]),
    (LengthPrefix::U16Be, &[0, 3]),
    (LengthPrefix::U16Le, &[3, 0]),
    (LengthPrefix::U32Be, &[0, 0, 0, 3]),
    (LengthPrefix::U32Le, &[3, 0, 0, 0]),
];

#[test]
fn a_frame_is_its_length_in_the_order_asked_for_and_then_its_bytes() {
    for (prefix, length) in PREFIXES {
        assert_eq!(out(LengthFramer::new().prefix(prefix), &[b"abc".to_vec()]), [[length, b"abc"].concat()]);
    }
    assert_eq!(out(LengthFramer::new(), &[vec![7; 0x01_02_03]])[0][..5], [0, 1, 2, 3, 7]);
    assert_eq!(out(LengthFramer::new().prefix(LengthPrefix::U16Le), &[vec![7; 0x0102]])[0][..3], [2, 1, 7]);
}

#[test]
fn all_frames_come_out_of_a_stream_however_it_is_cut() {
    let mut messages = messages();
    for (prefix, _) in PREFIXES {
        if prefix == LengthPrefix::U8 {
            messages.retain(|message| message.len() < 256);
        }
        let stream = out(LengthFramer::new().prefix(prefix), &messages).concat();
        for size in [1, 2, 3, 5, 20, 1000, stream.len()] {
            let pieces: Vec<Vec<u8>> = stream.chunks(size).map(<[u8]>::to_vec).collect();
            let found = out(LengthDeFramer::new().prefix(prefix), &pieces);
            assert!(found == messages, "{prefix:?} in pieces of {size}");
        }
    }
}

fn frame_error(bench: &mut Bench, pieces: &[&[u8]]) -> FrameError {
    for piece in pieces {
        bench.put("inbox", piece.to_vec());
    }
    of_a_frame(bench.expect_failure()).clone()
}

fn of_a_frame(error: &RunError) -> &FrameError {
    let RunError::Failed { cause: Cause::Error(cause), .. } = error else { panic!("{error}") };
    cause.downcast_ref().unwrap_or_else(|| panic!("{error}"))
}

#[test]
fn a_frame_that_is_too_long_is_an_error_that_says_which_and_where_after_those_before_it() {
    let mut bench = Bench::new(LengthDeFramer::new().longest_frame(5));
    let error = frame_error(&mut bench, &[b"\0\0\0\x05fives\0\0\0", b"\x06"]);
    assert_eq!((error.frame(), error.byte(), error.is_cut_off()), (2, 9, false));
    let text = error.to_string();
    assert!(
        text.contains("frame 2, which begins at byte 9, has 6 bytes, more than 5; longest_frame"),
        "{text}"
    );
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"fives"]);
    // Whatever anybody claims, nothing is kept for it.
    let mut bench = Bench::new(LengthDeFramer::new().prefix(LengthPrefix::U32Le));
    let error = frame_error(&mut bench, &[&[0xff; 4]]);
    assert!(error.to_string().contains("has 4294967295 bytes, more than 1048576"), "{error}");
}

#[test]
fn a_message_longer_than_its_length_can_tell_is_an_error_that_names_what_can() {
    let mut bench = Bench::new(LengthFramer::new().prefix(LengthPrefix::U8));
    let error = frame_error(&mut bench, &[&[1; 255], &[2; 256]]);
    assert_eq!((error.frame(), error.byte(), error.is_cut_off()), (2, 256, false));
    let text = error.to_string();
    assert!(
        text.contains("would have 256 bytes, more than the 255 that LengthPrefix::U8 can tell"),
        "{text}"
    );
    assert_eq!(bench.take::<Vec<u8>>("outbox").concat().len(), 256);
}

#[test]
fn a_stream_that_ends_within_a_frame_is_an_error_and_one_that_is_stopped_there_is_not() {
    let cases: [(&[u8], &str); 3] = [
        (b"\0\x01a\0", "frame 2, which begins at byte 3, is cut off after 1 of the 2 bytes of its length"),
        (b"\0\x01a\0\x05bcd", "frame 2, which begins at byte 3, is cut off after 3 of its 5 bytes"),
        (b"\0\x05", "frame 1, which begins at byte 0, is cut off after 0 of its 5 bytes"),
    ];
    for (stream, expected) in cases {
        let framer = || LengthDeFramer::new().prefix(LengthPrefix::U16Be);
        let mut bench = Bench::new(framer());
        bench.put("inbox", stream);
        bench.put("control", ProducerFinished::new());
        let error = bench.expect_failure();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(of_a_frame(error).is_cut_off());
        let mut bench = Bench::new(framer());
        bench.put("inbox", stream);
        bench.put("control", ShutdownMicroprocess::new());
        bench.expect_end();
        assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
    }
}

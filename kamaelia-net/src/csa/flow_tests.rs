//! The connection's state machine, driven by scripts of what a socket may do.

use std::collections::VecDeque;
use std::io;

use proptest::prelude::*;

use super::buffers::Buffers;
use super::ends::{Io, Receiver, ShortRead, Then};
use super::flow::{Flow, Pause};
use super::options::CsaOptions;
use super::piece::Piece;
use super::policy::{Budget, OwnEnd, PeerEnd, Watermarks};
use crate::ipc::HowDied;

/// What the socket does at one call.
#[derive(Clone, Debug)]
enum Act {
    /// Gives or takes at most so many bytes.
    Some(usize),
    WouldBlock,
    Interrupted,
    End,
    Reset,
}

/// A socket that follows a script, then would block for ever.
#[derive(Default)]
struct Script {
    reads: VecDeque<Act>,
    writes: VecDeque<Act>,
    /// The next byte to be read: they count up, so order and loss show.
    next: u8,
    written: Vec<u8>,
    given: Vec<u8>,
    shut: usize,
    then: Option<Then>,
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl Io for Script {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.reads.pop_front() {
            Some(Act::Some(most)) => {
                let length = most.clamp(1, into.len());
                for byte in &mut into[..length] {
                    *byte = self.next;
                    self.given.push(self.next);
                    self.next = self.next.wrapping_add(1);
                }
                Ok(length)
            }
            Some(Act::Interrupted) => Err(io::ErrorKind::Interrupted.into()),
            Some(Act::WouldBlock) | None => Err(io::ErrorKind::WouldBlock.into()),
            Some(Act::End) => {
                self.reads.push_front(Act::End);
                Ok(0)
            }
            Some(Act::Reset) => {
                self.reads.push_front(Act::End);
                Err(reset())
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!bytes.is_empty(), "an empty write says nothing");
        match self.writes.pop_front() {
            Some(Act::Some(most)) => {
                let length = most.clamp(1, bytes.len());
                self.written.extend_from_slice(&bytes[..length]);
                Ok(length)
            }
            Some(Act::Interrupted) => Err(io::ErrorKind::Interrupted.into()),
            Some(Act::WouldBlock) | None => Err(io::ErrorKind::WouldBlock.into()),
            Some(Act::End | Act::Reset) => {
                self.writes.push_front(Act::Reset);
                Err(reset())
            }
        }
    }

    /// Takes as much of all of them as the script says, across their ends too.
    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&all)
    }

    fn finish_writing(&mut self, then: Then) -> io::Result<()> {
        self.shut += 1;
        self.then = Some(then);
        Ok(())
    }
}

/// A receiver with room for `room` chunks.
struct Sink {
    room: usize,
    got: Vec<u8>,
    largest: usize,
}

impl Sink {
    fn wide() -> Self {
        Sink { room: usize::MAX, got: Vec::new(), largest: 0 }
    }
}

impl Receiver for Sink {
    fn has_room(&mut self) -> bool {
        self.room > 0
    }

    fn deliver(&mut self, chunk: Vec<u8>) -> Result<(), Vec<u8>> {
        if self.room == 0 {
            return Err(chunk);
        }
        self.room -= 1;
        self.largest = self.largest.max(chunk.capacity());
        self.got.extend(chunk);
        Ok(())
    }
}

const MARKS: Watermarks = Watermarks { high: 100, low: 20 };
const BUDGET: Budget = Budget { reads: 4, bytes: 40 };

fn flow() -> Flow {
    flow_with(PeerEnd::HalfClose, OwnEnd::Discard)
}

fn flow_with(peer_end: PeerEnd, own_end: OwnEnd) -> Flow {
    let mut options = CsaOptions::new();
    (options.unsent, options.read_budget) = (MARKS, BUDGET);
    (options.peer_end, options.own_end) = (peer_end, own_end);
    Flow::new(options.into())
}

fn receive(flow: &mut Flow, io: &mut Script, sink: &mut Sink) -> (usize, Pause) {
    flow.receive(io, &mut Buffers::new(16), ShortRead::ProvesNothing, sink)
}

#[test]
fn the_end_of_input_ends_input_only() {
    let mut io = Script { reads: [Act::Some(5), Act::End].into(), ..Script::default() };
    let (mut flow, mut sink) = (flow(), Sink::wide());
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (5, Pause::Ended));
    assert!(flow.over().is_none() && flow.has_peer_finished_alone() && flow.has_room());
    flow.put(vec![1; 30]);
    io.writes = [Act::Some(10), Act::Some(100)].into();
    assert_eq!(flow.send(&mut io, &mut Buffers::new(16)), 30);
    assert!(flow.over().is_none());
    flow.finish();
    flow.send(&mut io, &mut Buffers::new(16));
    assert!(matches!(flow.over(), Some(HowDied::PeerClosed)));
    assert_eq!((io.written.len(), io.shut, io.then), (30, 1, Some(Then::Closing)));
}

#[test]
fn a_half_close_is_a_close_when_asked_for_and_what_is_queued_still_goes_out() {
    let mut io = Script { reads: [Act::End].into(), ..Script::default() };
    let mut flow = flow_with(PeerEnd::Close, OwnEnd::Discard);
    flow.put(vec![1; 30]);
    receive(&mut flow, &mut io, &mut Sink::wide());
    assert!(flow.over().is_none() && flow.ends_with_the_peer());
    flow.put(vec![1; 10]);
    flow.finish();
    assert!(!flow.has_room() && !flow.ends_with_the_peer());
    io.writes = [Act::Some(100)].into();
    flow.send(&mut io, &mut Buffers::new(16));
    assert!(matches!(flow.over(), Some(HowDied::PeerClosed)));
    assert_eq!(io.written.len(), 40);
}

#[test]
fn after_producer_finished_all_is_sent_then_input_is_discarded_until_the_peer_closes() {
    let mut io = Script { writes: [Act::Some(7), Act::WouldBlock].into(), ..Script::default() };
    let (mut flow, mut sink) = (flow(), Sink::wide());
    flow.put(vec![1; 10]);
    flow.finish();
    assert_eq!(flow.send(&mut io, &mut Buffers::new(16)), 7);
    assert!(!flow.is_lingering() && io.shut == 0);
    io.writes = [Act::Some(7)].into();
    assert_eq!(flow.send(&mut io, &mut Buffers::new(16)), 3);
    assert!(flow.is_lingering() && io.shut == 1 && flow.over().is_none());
    assert_eq!(io.then, Some(Then::Reading));
    io.reads = [Act::Some(9), Act::End].into();
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (9, Pause::Ended));
    assert!(sink.got.is_empty());
    assert!(matches!(flow.over(), Some(HowDied::ProducerFinished)));
}

#[test]
fn the_peer_is_told_of_the_end_at_once_while_what_it_sent_is_not_delivered() {
    let mut io = Script { reads: [Act::Some(5), Act::End].into(), ..Script::default() };
    let mut flow = flow_with(PeerEnd::HalfClose, OwnEnd::Deliver);
    let mut sink = Sink { room: 0, got: Vec::new(), largest: 0 };
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (5, Pause::NoRoom));
    flow.finish();
    flow.send(&mut io, &mut Buffers::new(16));
    assert_eq!((io.shut, io.then), (1, Some(Then::Reading)));
    sink.room = 1;
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (0, Pause::Ended));
    assert!(flow.over().is_some() && sink.got.len() == 5);
}

#[test]
fn input_goes_on_after_producer_finished_when_asked_for() {
    let mut io = Script { reads: [Act::Some(9), Act::End].into(), ..Script::default() };
    let mut flow = flow_with(PeerEnd::HalfClose, OwnEnd::Deliver);
    flow.finish();
    flow.send(&mut io, &mut Buffers::new(16));
    let mut sink = Sink::wide();
    receive(&mut flow, &mut io, &mut sink);
    assert_eq!(sink.got.len(), 9);
    assert!(flow.over().is_some());
}

#[test]
fn what_came_before_a_reset_is_delivered_before_the_error_is_told() {
    let mut io = Script { reads: [Act::Some(5), Act::Some(5), Act::Reset].into(), ..Script::default() };
    let mut flow = flow();
    let mut sink = Sink { room: 1, got: Vec::new(), largest: 0 };
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (10, Pause::NoRoom));
    assert!(flow.over().is_none());
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (0, Pause::NoRoom));
    sink.room = 1;
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (0, Pause::Ended));
    let how_died = flow.over().expect("over");
    assert_eq!(how_died.io_error().unwrap().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(sink.got, io.given);
}

#[test]
fn what_came_before_a_failed_write_is_delivered_too() {
    let mut io = Script { writes: [Act::Reset].into(), reads: [Act::Some(5)].into(), ..Script::default() };
    let (mut flow, mut sink) = (flow(), Sink::wide());
    flow.put(vec![1]);
    flow.send(&mut io, &mut Buffers::new(16));
    assert!(flow.over().is_none());
    receive(&mut flow, &mut io, &mut sink);
    assert_eq!(sink.got.len(), 5);
    assert!(flow.over().unwrap().io_error().is_some());
    assert_eq!(flow.unsent(), 1);
}

#[test]
fn messages_are_refused_from_the_high_mark_until_below_the_low_mark() {
    let mut io = Script::default();
    let mut flow = flow();
    flow.put(vec![1; 99]);
    assert!(flow.has_room());
    flow.put(vec![1; 1]);
    assert!(!flow.has_room());
    io.writes = [Act::Some(80), Act::WouldBlock].into();
    flow.send(&mut io, &mut Buffers::new(16));
    assert!(!flow.has_room());
    io.writes = [Act::Some(1)].into();
    flow.send(&mut io, &mut Buffers::new(16));
    assert!(flow.has_room());
}

#[test]
fn a_turn_reads_no_more_than_its_budget() {
    let mut io = Script { reads: vec![Act::Some(1); 10].into(), ..Script::default() };
    let (mut flow, mut sink) = (flow(), Sink::wide());
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (4, Pause::Budget));
    io.reads = vec![Act::Some(16); 10].into();
    assert_eq!(receive(&mut flow, &mut io, &mut sink), (48, Pause::Budget));
}

#[test]
fn a_short_read_saves_the_second_read_only_when_it_is_known_to_be_all() {
    let mut io = Script { reads: [Act::Some(3), Act::Some(3)].into(), ..Script::default() };
    let (mut flow, mut sink) = (flow(), Sink::wide());
    let all = flow.receive(&mut io, &mut Buffers::new(16), ShortRead::IsAll, &mut sink);
    assert_eq!(all, (3, Pause::Drained));
    assert_eq!(io.reads.len(), 1);
    let not = flow.receive(&mut io, &mut Buffers::new(16), ShortRead::ProvesNothing, &mut sink);
    assert_eq!(not, (3, Pause::Drained));
}

#[test]
fn what_connections_share_is_written_whole_by_each_and_counted_while_it_waits() {
    let options = std::rc::Rc::new(CsaOptions::new());
    let mut message = axon::Message::new(vec![9_u8; 50_000]);
    let mut flows: Vec<Flow> = (0..3).map(|_| Flow::new(options.clone())).collect();
    for flow in &mut flows {
        flow.put(vec![1; 10]);
        flow.put_piece(Piece::from_message(message.duplicate()).unwrap());
        flow.put(vec![2; 10]);
    }
    assert_eq!(options.bytes_held(), 3 * 50_020);
    for flow in &mut flows[..2] {
        let mut io = Script { writes: vec![Act::Some(30_000); 5].into(), ..Script::default() };
        assert_eq!(flow.send(&mut io, &mut Buffers::new(16)), 50_020);
        assert_eq!(io.written, [vec![1; 10], vec![9; 50_000], vec![2; 10]].concat());
    }
    assert_eq!(options.bytes_held(), 50_020);
    drop(flows);
    assert_eq!(options.bytes_held(), 0);
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (1usize..40).prop_map(Act::Some),
        3 => Just(Act::WouldBlock),
        2 => Just(Act::Interrupted),
    ]
}

fn ending() -> impl Strategy<Value = Act> {
    prop_oneof![Just(Act::End), Just(Act::Reset)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the socket does: what was read is delivered in order and whole, what was put is written
    /// in order and whole or an error is told, the queue stays bounded, and it comes to an end.
    #[test]
    fn bytes_out_equal_bytes_in_or_an_error_was_told(
        reads in prop::collection::vec(act(), 0..60),
        end in ending(),
        writes in prop::collection::vec(act(), 0..60),
        write_resets in any::<bool>(),
        messages in prop::collection::vec(0usize..60, 0..20),
        rooms in prop::collection::vec(0usize..4, 0..30),
        finish_after in 0usize..40,
        close in any::<bool>(),
        deliver in any::<bool>(),
    ) {
        let peer_end = if close { PeerEnd::Close } else { PeerEnd::HalfClose };
        let own_end = if deliver { OwnEnd::Deliver } else { OwnEnd::Discard };
        let mut flow = flow_with(peer_end, own_end);
        let mut io = Script { reads: reads.into(), writes: writes.into(), ..Script::default() };
        io.reads.push_back(end.clone());
        if write_resets { io.writes.push_back(Act::Reset) }
        let mut sink = Sink { room: 0, got: Vec::new(), largest: 0 };
        let mut messages: VecDeque<usize> = messages.into();
        let mut rooms = rooms.into_iter();
        let (mut put, mut next, mut finished) = (Vec::new(), 0u8, false);
        let mut how_died = None;
        for turn in 0.. {
            prop_assert!(turn < 3000, "it must come to an end");
            sink.room = rooms.next().unwrap_or(5);
            while flow.has_room() && let Some(length) = messages.pop_front() {
                let bytes: Vec<u8> = (0..length).map(|_| { next = next.wrapping_add(1); next }).collect();
                put.extend_from_slice(&bytes);
                flow.put(bytes);
            }
            prop_assert!(flow.unsent() < MARKS.high + 60);
            if turn >= finish_after && messages.is_empty() && !finished {
                flow.finish();
                finished = true;
            }
            if turn > 200 && io.writes.is_empty() { io.writes.push_back(Act::Some(9)) }
            flow.send(&mut io, &mut Buffers::new(16));
            if io.then == Some(Then::Closing) {
                how_died = flow.over();
                prop_assert!(how_died.is_some(), "it was to be closed at once");
                break;
            }
            flow.receive(&mut io, &mut Buffers::new(16), ShortRead::ProvesNothing, &mut sink);
            if !flow.has_room() && flow.has_finished() { messages.clear() }
            if let Some(how) = flow.over() { how_died = Some(how); break }
            if turn > 200 && !flow.has_room() && !flow.has_to_send() { messages.clear() }
        }
        let how_died = how_died.unwrap();
        if own_end == OwnEnd::Deliver {
            prop_assert_eq!(&sink.got, &io.given);
        } else {
            prop_assert!(io.given.starts_with(&sink.got));
        }
        prop_assert!(sink.largest <= 16);
        prop_assert!(put.starts_with(&io.written));
        prop_assert_eq!(put.len() - io.written.len(), flow.unsent());
        if how_died.io_error().is_none() {
            prop_assert_eq!(&put, &io.written);
            prop_assert_eq!(io.shut, 1);
        }
        prop_assert!(flow.over().is_none() || how_died.io_error().is_some() || io.shut == 1);
    }
}

#[test]
fn what_the_peer_sends_after_the_end_is_dropped_up_to_a_limit() {
    let mut options = CsaOptions::new();
    options.linger_bytes = 20;
    let mut flow = Flow::new(options.into());
    let mut io = Script { reads: [Act::Some(15), Act::WouldBlock].into(), ..Script::default() };
    let mut sink = Sink::wide();
    receive(&mut flow, &mut io, &mut sink);
    flow.finish();
    flow.send(&mut io, &mut Buffers::new(16));
    for (reads, flooded) in [(15, None), (5, None), (1, Some(20))] {
        io.reads = [Act::Some(reads), Act::WouldBlock].into();
        receive(&mut flow, &mut io, &mut sink);
        assert_eq!(flow.overrun_limit(), flooded);
    }
    assert_eq!(sink.got.len(), 15, "what came before was delivered");
}

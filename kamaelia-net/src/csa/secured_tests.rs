//! The hand-over from plain text to TLS, driven by random cuts of the bytes and by rubbish.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::buffers::Buffers;
use super::ends::{Io, Receiver, ShortRead, Then};
use super::flow::{Flow, Pause};
use super::options::CsaOptions;
use super::piece::Piece;
use super::secured::{End, Reading, Secured};
use crate::engine::Engine;
use crate::tls::test_sides::{Side, World};

/// A socket that gives these pieces, one a read, and keeps what is written, of which it takes so much at a time.
#[derive(Default)]
struct Wire {
    pieces: VecDeque<Vec<u8>>,
    written: Vec<u8>,
    /// In turn, again and again; 0 would block. Without any it takes all.
    takes: VecDeque<usize>,
    ended: bool,
}

impl Wire {
    fn give(&mut self, bytes: &[u8], sizes: &mut impl Iterator<Item = usize>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(sizes.next().unwrap_or(1).clamp(1, rest.len()));
            self.pieces.push_back(piece.to_vec());
            rest = more;
        }
    }
}

impl Io for &mut Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.pieces.pop_front() else {
            return if self.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        };
        if piece.len() > into.len() {
            self.pieces.push_front(piece.split_off(into.len()));
        }
        into[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.takes.front().map_or(bytes.len(), |&takes| takes.min(bytes.len()));
        self.takes.rotate_left(1.min(self.takes.len()));
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn finish_writing(&mut self, _: Then) -> io::Result<()> {
        Ok(())
    }
}

/// Takes everything.
#[derive(Default)]
struct All(Vec<u8>);

impl Receiver for All {
    fn has_room(&mut self) -> bool {
        true
    }

    fn deliver(&mut self, chunk: Vec<u8>) -> Result<(), Vec<u8>> {
        self.0.extend(chunk);
        Ok(())
    }
}

/// A connection's two halves: its flow, and what secures it.
struct Connection {
    flow: Flow,
    secured: Secured,
    buffers: Buffers,
    wire: Wire,
    received: All,
    agreed: usize,
}

impl Connection {
    fn new(engine: Box<dyn Engine>) -> Self {
        Connection {
            flow: Flow::new(Rc::new(CsaOptions::new())),
            secured: Secured::new(engine, Duration::from_secs(10)),
            buffers: Buffers::new(64 * 1024),
            wire: Wire::default(),
            received: All::default(),
            agreed: 0,
        }
    }

    fn settle(&mut self) {
        let mut wire = &mut self.wire;
        self.secured.settle(&mut self.flow, Some(&mut wire), &mut self.buffers);
    }

    /// Reads and writes as long as there is anything to do, as the component does.
    fn turn(&mut self) {
        for _ in 0..10_000 {
            self.settle();
            self.flow.send(&mut &mut self.wire, &mut self.buffers);
            let mut wire = self.buffers.lend_wire();
            let agreed = &mut self.agreed;
            let mut reading = Reading {
                socket: &mut self.wire,
                secured: &mut self.secured,
                wire: &mut wire,
                short_read: ShortRead::ProvesNothing,
                drained: false,
                end: End::Told,
                ready: |_| *agreed += 1,
            };
            let proves = ShortRead::ProvesNothing;
            let (_, pause) = self.flow.receive(&mut reading, &mut self.buffers, proves, &mut self.received);
            self.buffers.return_wire(wire);
            if self.secured.failure().is_some() {
                self.settle();
                self.flow.abandon();
                self.flow.send(&mut &mut self.wire, &mut self.buffers);
                return;
            }
            if !self.secured.is_behind() && pause != Pause::Budget {
                self.settle();
                self.flow.send(&mut &mut self.wire, &mut self.buffers);
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_of_plain_text_handshake_and_data_gives_the_same(
        sizes in prop::collection::vec(1usize..2000, 1..30),
        plain in prop::collection::vec(any::<u8>(), 0..3000),
        data in prop::collection::vec(any::<u8>(), 0..100_000),
        takes in prop::collection::vec(0usize..40_000, 0..5),
    ) {
        let world = World::new();
        let mut sizes = sizes.into_iter().cycle();
        let mut client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
        let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
        server.wire.takes = takes.into_iter().chain([1000]).collect();
        // The last plain answer was queued before the handshake began, data is put behind it.
        server.flow.put(plain.clone());
        server.secured.put(Piece::Own(data.clone()));
        client.put(&data);
        let mut heard_plain = Vec::new();
        for _ in 0..1000 {
            let sent = std::mem::take(&mut client.wire);
            server.wire.give(&sent, &mut sizes);
            server.turn();
            let mut written = std::mem::take(&mut server.wire.written);
            let missing = (plain.len() - heard_plain.len()).min(written.len());
            heard_plain.extend(written.drain(..missing));
            client.feed(&written);
            let silent = sent.is_empty() && client.wire.is_empty() && written.is_empty();
            if silent && !server.flow.has_to_send() {
                break;
            }
        }
        prop_assert!(heard_plain == plain, "what was queued before is plain");
        prop_assert_eq!((server.secured.failure(), client.failure.as_ref()), (None, None));
        prop_assert!(server.received.0 == data && client.received == data && !client.ended);
        prop_assert_eq!(server.agreed, 1);
        server.secured.finish();
        while !server.flow.has_finished() {
            server.turn();
        }
        client.feed(&std::mem::take(&mut server.wire.written));
        prop_assert!(client.ended, "the end is told by a notice");
    }

    #[test]
    fn rubbish_in_the_handshake_ends_the_connection_and_nothing_is_delivered(
        sizes in prop::collection::vec(1usize..500, 1..30),
        rubbish in prop::collection::vec(any::<u8>(), 1..3000),
        cut in 0usize..400,
        record in any::<bool>(),
    ) {
        let world = World::new();
        let client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
        let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
        let mut sent = client.wire;
        sent.truncate(cut);
        if record {
            sent.extend([0x16, 3, 1, 0, 5]);
        }
        sent.extend(rubbish);
        server.wire.give(&sent, &mut sizes.into_iter().cycle());
        server.wire.ended = true;
        server.secured.put(Piece::Own(b"a secret".to_vec()));
        server.turn();
        prop_assert!(server.secured.failure().is_some() && server.received.0.is_empty());
        prop_assert_eq!(server.agreed, 0);
        let written = &server.wire.written;
        prop_assert!(!written.windows(8).any(|window| window == b"a secret"));
        prop_assert!(!server.flow.is_open());
    }
}

//! A connection in memory, secured by TLS, for the tests and the fuzzer.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

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
pub(super) struct Wire {
    pub(super) pieces: VecDeque<Vec<u8>>,
    pub(super) written: Vec<u8>,
    /// How many writes would have blocked.
    pub(super) refused: usize,
    /// In turn, again and again; 0 would block. Without any it takes all.
    pub(super) takes: VecDeque<usize>,
    pub(super) ended: bool,
}

impl Wire {
    pub(super) fn give(&mut self, bytes: &[u8], sizes: &mut impl Iterator<Item = usize>) {
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
            self.refused += 1;
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
pub(super) struct All(pub(super) Vec<u8>);

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
pub(super) struct Connection {
    pub(super) flow: Flow,
    pub(super) secured: Secured,
    pub(super) buffers: Buffers,
    pub(super) wire: Wire,
    pub(super) received: All,
    pub(super) agreed: usize,
}

impl Connection {
    pub(super) fn new(engine: Box<dyn Engine>) -> Self {
        Connection {
            flow: Flow::new(Rc::new(CsaOptions::new())),
            secured: Secured::new(engine, Duration::from_secs(10)),
            buffers: Buffers::new(64 * 1024),
            wire: Wire::default(),
            received: All::default(),
            agreed: 0,
        }
    }

    /// Writes what there is, as the component does.
    pub(super) fn send(&mut self) {
        let mut wire = &mut self.wire;
        if !self.secured.settle(&mut self.flow, Some(&mut wire), &mut self.buffers).full {
            self.flow.send(&mut wire, &mut self.buffers);
        }
    }

    /// Reads and writes as long as there is anything to do, as the component does.
    pub(super) fn turn(&mut self) {
        for _ in 0..10_000 {
            self.send();
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
                self.send();
                self.flow.abandon();
                self.flow.send(&mut &mut self.wire, &mut self.buffers);
                return;
            }
            if !self.secured.is_behind() && pause != Pause::Budget {
                self.send();
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

/// When the connection begins to be secured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Begin {
    AtOnce,
    /// After plain text, which it has still to send.
    AfterPlainText,
}

/// Two sides shake hands and send each other data, while a script cuts, delays, changes, inserts and drops the
/// bytes on their way. Neither is ever given anything but what the other has sent, in its order; without a change
/// both get all; and who is deceived tells it.
pub(crate) fn secured(begin: Begin, script: &[u8]) {
    let mut script = script.iter().take(1500).map(|&byte| usize::from(byte));
    // After the script, all goes through.
    let mut next = move || script.next().unwrap_or(0);
    let world = World::new();
    let mut client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
    let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
    let plain = match begin {
        Begin::AtOnce => Vec::new(),
        Begin::AfterPlainText => b"220 go on\r\n".repeat(1 + next()),
    };
    server.flow.put(plain.clone());
    let bytes =
        |length: usize, step: usize| (0..length).map(|at| (at * step % 251) as u8).collect::<Vec<u8>>();
    let (down, up) = (bytes(next() * 300, 3), bytes(next() * 300, 5));
    server.secured.put(Piece::Own(down.clone()));
    client.put(&up);
    server.wire.takes = (0..next() % 4).map(|_| next() * 90).chain([5000]).collect();
    let (mut heard_plain, mut deceived, mut cut) = (Vec::new(), false, false);
    for _ in 0..2000 {
        let action = next();
        let mut sent = std::mem::take(&mut client.wire);
        if action % 4 == 1 && !sent.is_empty() {
            client.wire = sent.split_off(next().min(sent.len()));
        }
        match (action / 4) % 16 {
            1 if !sent.is_empty() => {
                let (place, length) = (next() * 256 + next(), sent.len());
                sent[place % length] ^= 1 << (action % 8);
                deceived = true;
            }
            2 => {
                let rubbish = bytes(1 + next(), 1 + next());
                deceived = true;
                sent.splice(0..0, rubbish);
            }
            3 if !sent.is_empty() => {
                sent.truncate(next() % sent.len());
                deceived = true;
            }
            4 => {
                cut = true;
                server.wire.ended = true;
            }
            _ => {}
        }
        let sizes = [next(), next()].map(|size| if size == 0 { usize::MAX } else { size * 20 });
        if !server.wire.ended || cut {
            server.wire.give(&sent, &mut sizes.into_iter().cycle());
        }
        server.turn();
        let mut written = std::mem::take(&mut server.wire.written);
        let missing = (plain.len() - heard_plain.len()).min(written.len());
        heard_plain.extend(written.drain(..missing));
        let silent = sent.is_empty() && written.is_empty() && client.wire.is_empty();
        client.feed(&written);
        if silent && client.wire.is_empty() && !server.flow.has_to_send() && action == 0 {
            break;
        }
    }
    assert!(plain.starts_with(&heard_plain));
    assert!(up.starts_with(&server.received.0), "the server was given what the client has not sent");
    assert!(down.starts_with(&client.received), "the client was given what the server has not sent");
    assert!(server.agreed <= 1);
    if server.secured.failure().is_some() {
        assert!(!server.flow.is_open(), "it goes on after {:?}", server.secured.failure());
    }
    if !deceived && !cut {
        assert_eq!((server.secured.failure(), client.failure.as_ref()), (None, None));
        assert_eq!((heard_plain.len(), server.received.0.len()), (plain.len(), up.len()));
        assert_eq!(client.received.len(), down.len());
    }
}

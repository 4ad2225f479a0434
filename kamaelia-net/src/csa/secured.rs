//! What comes between a connection's messages and its bytes on the wire once it is secured by TLS.
//!
//! To the peer, messages are encrypted when there is room, and wait as wire bytes like all others, so that
//! every limit and count holds for them. From the peer, the socket is read through this: the connection
//! sees plain bytes.
//!
//! *Differs from Kamaelia:* there the handshake blocks the whole program, the server's certificate is not
//! checked, and bytes that came in plain text before the handshake count as secured.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::buffers::Buffers;
use super::ends::{Io, ShortRead, Then};
use super::flow::{Flow, Passed};
use super::piece::Piece;
use super::policy::Watermarks;
use crate::engine::{Engine, Plain};
use crate::ssl::{SslError, TlsSession};

/// How much is encrypted at a time: what the engine takes, in whole records.
const STEP: usize = 64 * 1024;

/// Records made from at most this many messages are written straight to the socket, side by side. Records from more
/// messages are small, and are joined into one piece first.
const UNJOINED: usize = 16;

/// How many steps one turn has, so that one large message does not hold up the others.
const STEPS: usize = 16;

/// The secured side of a connection.
///
/// ```text
///  Handshake ──(1) agreed──► Open ──(2) own end──► Finished
///      └──────(3) error───────┴────(3) error──────────┴───► Failed
/// ```
#[derive(Debug)]
pub(super) struct Secured {
    engine: Box<dyn Engine>,
    stage: Stage,
    /// Wire bytes that are not given to the flow yet.
    out: Vec<u8>,
    /// Messages that are not encrypted yet. None of these is empty.
    waiting: VecDeque<Piece>,
    /// How much of the first one is encrypted.
    encrypted: usize,
    /// How many bytes are not encrypted yet.
    unencrypted: usize,
    /// When all is encrypted, this side ends.
    finishes: bool,
}

#[derive(Debug)]
enum Stage {
    /// It may take this long.
    Handshake(Duration),
    Open,
    /// The peer was told that no more will come.
    Finished,
    Failed(SslError),
}

impl Secured {
    /// Begins a handshake that may take so long.
    pub(super) fn new(engine: Box<dyn Engine>, limit: Duration) -> Self {
        Secured {
            engine,
            stage: Stage::Handshake(limit),
            out: Vec::new(),
            waiting: VecDeque::new(),
            encrypted: 0,
            unencrypted: 0,
            finishes: false,
        }
    }

    /// While the handshake goes on, how long it may take.
    pub(super) fn handshake(&self) -> Option<Duration> {
        match self.stage {
            Stage::Handshake(limit) => Some(limit),
            _ => None,
        }
    }

    /// Why it is of no use any more.
    pub(super) fn failure(&self) -> Option<&SslError> {
        match &self.stage {
            Stage::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Takes a message, to be encrypted when there is room.
    pub(super) fn put(&mut self, piece: Piece) {
        if !piece.bytes().is_empty() && !self.finishes {
            self.unencrypted += piece.bytes().len();
            self.waiting.push_back(piece);
        }
    }

    /// No more will be put: the connection is to finish when all is encrypted.
    pub(super) fn finish(&mut self) {
        self.finishes = true;
    }

    /// Whether another message may be put.
    pub(super) fn takes(&self, marks: Watermarks) -> bool {
        matches!(self.stage, Stage::Open) && self.unencrypted < marks.high
    }

    /// Whether messages wait only for room.
    pub(super) fn is_behind(&self) -> bool {
        matches!(self.stage, Stage::Open) && !self.waiting.is_empty()
    }

    /// Plain bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.unencrypted
    }

    /// Queues what the protocol itself has to say, as many messages as there is room for, and the end. What
    /// may be written to the socket now is not queued.
    pub(super) fn settle(
        &mut self,
        flow: &mut Flow,
        mut socket: Option<&mut impl Io>,
        buffers: &mut Buffers,
    ) -> Passed {
        let mut passed = Passed::default();
        self.speak(flow);
        if let Stage::Open = self.stage {
            for _ in 0..STEPS {
                if !flow.has_room() {
                    break;
                }
                let messages = self.encrypt(buffers);
                if messages == 0 {
                    break;
                }
                if messages <= UNJOINED
                    && let Some(socket) = &mut socket
                {
                    let step = flow.send_past(*socket, |socket| self.engine.wire_to(socket));
                    passed = Passed { sent: passed.sent + step.sent, full: passed.full || step.full };
                }
                self.engine.wire_out(&mut self.out);
                flow.put(std::mem::take(&mut self.out));
            }
            if self.finishes && self.waiting.is_empty() {
                flow.finish();
            }
            if flow.is_finishing() {
                self.stage = Stage::Finished; // (2)
                self.engine.finish();
                self.speak(flow);
            }
        }
        passed
    }

    fn speak(&mut self, flow: &mut Flow) {
        self.engine.wire_out(&mut self.out);
        flow.put_protocol(std::mem::take(&mut self.out));
    }

    /// Encrypts what comes first of what waits, as much as one step is. Returns from how many messages.
    fn encrypt(&mut self, buffers: &mut Buffers) -> usize {
        let (mut messages, mut room) = (0, STEP);
        while room > 0
            && let Some(piece) = self.waiting.front()
        {
            let rest = &piece.bytes()[self.encrypted..];
            let taken = self.engine.put(&rest[..rest.len().min(room)]);
            if taken == 0 {
                break;
            }
            messages += 1;
            room -= taken;
            self.unencrypted -= taken;
            self.encrypted += taken;
            if taken < rest.len() {
                break;
            }
            self.encrypted = 0;
            if let Some(Piece::Own(done)) = self.waiting.pop_front() {
                buffers.give_back(done);
            }
        }
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        messages
    }

    fn fail(&mut self, error: SslError) {
        if self.failure().is_none() {
            self.stage = Stage::Failed(error); // (3)
        }
    }

    /// Takes all of the wire bytes, and gives the plain ones. There is room for them, see
    /// [`Buffers::lend_wire`](super::buffers::Buffers::lend_wire).
    fn take(&mut self, wire: &[u8], into: &mut [u8]) -> usize {
        let (mut rest, mut filled) = (wire, 0);
        while !rest.is_empty() && self.failure().is_none() {
            let before = (rest.len(), filled, self.out.len());
            match self.engine.feed(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) => self.fail(error),
            }
            while let Plain::Some(count) = self.engine.plain_out(&mut into[filled..]) {
                filled += count;
            }
            self.engine.wire_out(&mut self.out);
            if before == (rest.len(), filled, self.out.len()) {
                self.fail(SslError::Protocol("the TLS engine takes nothing and gives nothing".to_owned()));
            }
        }
        filled
    }
}

/// Whether it matters that the peer's data is whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// It must be told by the protocol.
    Told,
    /// The data is discarded. Many peers just close when they were told that this side has ended.
    Irrelevant,
}

/// The socket, read through what secures it.
pub(super) struct Reading<'a, S, F> {
    /// The socket.
    pub(super) socket: S,
    /// What secures it.
    pub(super) secured: &'a mut Secured,
    /// Where to read into.
    pub(super) wire: &'a mut [u8],
    /// What a short read of the socket means.
    pub(super) short_read: ShortRead,
    /// Whether nothing is left in the socket.
    pub(super) drained: bool,
    /// Whether it matters where the peer's data ends.
    pub(super) end: End,
    /// Gets what was agreed on, before any plain bytes are read.
    pub(super) ready: F,
}

impl<S: Io, F: FnMut(TlsSession)> Io for Reading<'_, S, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.secured.engine.plain_out(into) {
            Plain::Some(count) => return Ok(count),
            Plain::End => return Ok(0),
            Plain::Nothing if self.drained || self.secured.failure().is_some() => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Plain::Nothing => {}
        }
        let count = self.socket.read(self.wire)?;
        self.drained = count < self.wire.len() && self.short_read == ShortRead::IsAll;
        if count == 0 {
            match self.secured.engine.feed_end() {
                Ok(()) => {}
                Err(SslError::Truncated) if self.end == End::Irrelevant => {}
                Err(error) => self.secured.fail(error),
            }
            return Ok(0);
        }
        let plain = self.secured.take(&self.wire[..count], into);
        if self.secured.handshake().is_some()
            && let Some(session) = self.secured.engine.session()
        {
            self.secured.stage = Stage::Open; // (1)
            (self.ready)(session);
        }
        match plain {
            // That counts as one of the reads of the turn.
            0 => Err(io::ErrorKind::Interrupted.into()),
            plain => Ok(plain),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn finish_writing(&mut self, then: Then) -> io::Result<()> {
        self.socket.finish_writing(then)
    }
}

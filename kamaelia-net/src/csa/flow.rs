//! What a connection does with the bytes of both directions, apart from components and sockets.
//!
//! *Differs from Kamaelia:* there the two directions end together and what is queued is lost (B14). Here
//! each direction has its own state, what is queued is sent before the end, and what was received before
//! an error is delivered before the error is told.

use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use super::buffers::Buffers;
use super::ends::{Io, Receiver, ShortRead, Then};
use super::options::CsaOptions;
use super::piece::{JOIN, Piece};
use super::policy::{OwnEnd, PeerEnd};
use crate::ipc::HowDied;

mod standing;

/// How many pieces are written in one call at most.
const AT_ONCE: usize = 8;

/// The state of one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reading {
    Delivering,
    Discarding,
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Writing {
    Open,
    Finishing,
    Finished,
    Failed,
}

/// Why [`Flow::receive`] stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pause {
    /// Nothing is left to read now: ask to be told of more.
    Drained,
    /// The turn's budget is used up, and there may be more.
    Budget,
    /// The receiver has no room.
    NoRoom,
    /// This direction has ended.
    Ended,
}

/// Both directions of one connection.
///
/// ```text
///  reading   Delivering ──(1) own end, Discard──► Discarding ──(2) end or error──► Ended
///                 └───────────────(2) end or error──────────────────────────────────▲
///
///  writing   Open ──(3) finish──► Finishing ──(4) all sent──► Finished
///              └──────(5) error───────┴──────(5) error──────► Failed
/// ```
///
/// It is over when reading is `Ended` and writing is `Finished` or `Failed`, and nothing received is
/// undelivered.
///
/// What is seldom is behind a pointer, and the usual queue of one chunk needs no memory of its own: this
/// is in every connection, and looked at for every message.
#[derive(Debug)]
pub(crate) struct Flow {
    options: Rc<CsaOptions>,
    /// What is being sent.
    ///
    /// Invariant: empty if nothing is unsent; otherwise it is longer than `sent`.
    first: Piece,
    /// How much of the first chunk is sent.
    sent: usize,
    /// Bytes that wait and are not sent.
    unsent: usize,
    /// Bytes that were handed to the system, from the beginning.
    handed: u64,
    seldom: Option<Box<Seldom>>,
    reading: Reading,
    writing: Writing,
    /// The high mark was reached, and the low mark not yet again.
    flooded: bool,
    /// Whether the peer ended before `finish` was called.
    peer_ended_first: bool,
}

/// What most connections never have.
#[derive(Debug, Default)]
struct Seldom {
    /// What waits behind the chunk that is being sent. None of these is empty.
    behind: VecDeque<Piece>,
    /// A chunk that was read and refused.
    held: Option<Vec<u8>>,
    /// The first error of either direction.
    failure: Option<io::Error>,
    /// Bytes that came for sending when that had failed.
    lost: usize,
    /// Bytes that were read and dropped, since this side had ended.
    discarded: usize,
    /// What is wrong with a message that is neither bytes nor text.
    bad_data: Option<Arc<str>>,
}

impl Flow {
    /// A connection that is just established.
    pub(crate) fn new(options: Rc<CsaOptions>) -> Self {
        Flow {
            options,
            first: Piece::default(),
            sent: 0,
            unsent: 0,
            handed: 0,
            seldom: None,
            reading: Reading::Delivering,
            writing: Writing::Open,
            flooded: false,
            peer_ended_first: false,
        }
    }

    /// How it behaves.
    pub(crate) fn options(&self) -> &CsaOptions {
        &self.options
    }

    /// Takes a message for sending. What comes after the end was told is not sent; what comes after sending
    /// has failed counts as unsent.
    #[inline]
    pub(crate) fn put(&mut self, bytes: Vec<u8>) {
        self.put_piece(Piece::Own(bytes));
    }

    /// The same for what may be shared with others.
    pub(super) fn put_piece(&mut self, piece: Piece) {
        let length = piece.bytes().len();
        if self.writing != Writing::Open || length == 0 {
            if self.writing == Writing::Failed {
                self.seldom.get_or_insert_default().lost += length;
            }
            return;
        }
        self.queue(piece);
    }

    fn queue(&mut self, piece: Piece) {
        let length = piece.bytes().len();
        if self.unsent == 0 {
            self.first = piece;
        } else {
            self.put_behind(piece);
        }
        self.unsent += length;
        self.options.held.grow(length);
        if self.unsent >= self.options.unsent.high {
            self.flooded = true;
        }
    }

    fn put_behind(&mut self, piece: Piece) {
        let waiting = self.seldom.as_mut().and_then(|seldom| seldom.behind.back_mut());
        let last = waiting.unwrap_or(&mut self.first);
        match last.own().filter(|last| last.len() + piece.bytes().len() <= JOIN) {
            Some(last) => last.extend_from_slice(piece.bytes()),
            None => self.seldom.get_or_insert_default().behind.push_back(piece),
        }
    }

    /// Takes bytes of the protocol that carries the messages. They are sent as long as the end was not told.
    pub(crate) fn put_protocol(&mut self, bytes: Vec<u8>) {
        let is_told = matches!(self.writing, Writing::Finished | Writing::Failed);
        if !is_told && !bytes.is_empty() {
            self.queue(Piece::Own(bytes));
        }
    }

    /// The connection is of no use any more. What was put is sent still, and what was received is delivered,
    /// but nothing else.
    pub(crate) fn abandon(&mut self) {
        if self.reading == Reading::Delivering {
            self.reading = Reading::Discarding; // (1)
        }
        if self.writing == Writing::Open {
            self.writing = Writing::Finishing; // (3)
        }
    }

    /// Keeps what is wrong with a message that cannot be sent.
    pub(super) fn note_bad_data(&mut self, complaint: Arc<str>) {
        self.seldom.get_or_insert_default().bad_data = Some(complaint);
    }

    /// What is wrong with a message that could not be sent.
    pub(super) fn bad_data(&self) -> Option<&str> {
        self.seldom.as_ref().and_then(|seldom| seldom.bad_data.as_deref())
    }

    /// No more will be put: the direction ends when all is sent.
    pub(crate) fn finish(&mut self) {
        if self.writing != Writing::Open {
            return;
        }
        self.peer_ended_first = self.reading == Reading::Ended;
        if self.options.own_end == OwnEnd::Discard && self.reading == Reading::Delivering {
            self.reading = Reading::Discarding; // (1)
            if let Some(seldom) = &mut self.seldom {
                seldom.held = None;
            }
        }
        self.writing = Writing::Finishing; // (3)
    }

    /// Writes until all is sent, or the system takes no more. Returns how many bytes it took.
    pub(crate) fn send(&mut self, io: &mut impl Io, buffers: &mut Buffers) -> usize {
        let before = self.unsent;
        while self.unsent > 0 && self.writing != Writing::Failed {
            match self.write(io) {
                Ok(0) => self.write_failed(io::ErrorKind::WriteZero.into()),
                Ok(taken) => self.wrote(taken, buffers),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.write_failed(error),
            }
        }
        if self.unsent < self.options.unsent.low.max(1) {
            self.flooded = false;
        }
        if self.unsent == 0 && self.writing == Writing::Finishing {
            let is_over = self.reading == Reading::Ended && !self.holds();
            match io.finish_writing(if is_over { Then::Closing } else { Then::Reading }) {
                Ok(()) => self.writing = Writing::Finished, // (4)
                Err(error) => self.write_failed(error),
            }
        }
        let sent = before - self.unsent;
        self.options.held.shrink(sent);
        self.handed += sent as u64;
        sent
    }

    /// Writes what waits, as many pieces as may be in one call: each call wakes the peer.
    fn write(&self, io: &mut impl Io) -> io::Result<usize> {
        let first = &self.first.bytes()[self.sent..];
        let Some(behind) =
            self.seldom.as_ref().map(|seldom| &seldom.behind).filter(|behind| !behind.is_empty())
        else {
            return io.write(first);
        };
        let mut slices = [io::IoSlice::new(first); AT_ONCE];
        let mut count = 1;
        for (slice, piece) in slices[1..].iter_mut().zip(behind) {
            *slice = io::IoSlice::new(piece.bytes());
            count += 1;
        }
        io.write_vectored(&slices[..count])
    }

    /// The system has taken so many bytes, at least one.
    fn wrote(&mut self, taken: usize, buffers: &mut Buffers) {
        self.unsent -= taken;
        // Counted from the beginning of the first piece.
        let mut sent = self.sent + taken;
        while sent > 0 && sent >= self.first.bytes().len() {
            sent -= self.first.bytes().len();
            let next = self.next_chunk();
            let done = std::mem::replace(&mut self.first, next);
            if let Piece::Own(done) = done {
                buffers.give_back(done);
            }
        }
        self.sent = sent;
    }

    /// Lets `write` write to the system what does not wait here, if nothing waits before it. What the system did not
    /// take is to be put.
    pub(super) fn send_past<I: Io>(
        &mut self,
        io: &mut I,
        write: impl FnOnce(&mut Past<'_, I>) -> io::Result<()>,
    ) -> Passed {
        if self.unsent > 0 || self.writing != Writing::Open {
            return Passed::default();
        }
        let mut past = Past { io, taken: 0 };
        let written = write(&mut past);
        let mut passed = Passed { sent: past.taken, full: false };
        self.handed += passed.sent as u64;
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => passed.full = true,
            Err(error) => self.write_failed(error),
        }
        passed
    }

    fn next_chunk(&mut self) -> Piece {
        let Some(seldom) = &mut self.seldom else { return Piece::default() };
        let next = seldom.behind.pop_front();
        if next.is_none() {
            seldom.behind = VecDeque::new();
        }
        next.unwrap_or_default()
    }

    /// Whether a chunk that was read is not delivered yet.
    #[must_use]
    pub(crate) fn holds(&self) -> bool {
        self.seldom.as_ref().is_some_and(|seldom| seldom.held.is_some())
    }

    fn hold(&mut self, chunk: Vec<u8>) {
        self.seldom.get_or_insert_default().held = Some(chunk);
    }

    fn write_failed(&mut self, error: io::Error) {
        self.writing = Writing::Failed; // (5)
        self.seldom.get_or_insert_default().failure.get_or_insert(error);
    }

    /// Reads and delivers until nothing is left, the receiver has no room, or the budget is used up.
    /// Returns how many bytes were read, and why it stopped.
    ///
    /// A read of fewer bytes than a buffer holds ends the turn, if `short_read` says that it may.
    pub(crate) fn receive(
        &mut self,
        io: &mut impl Io,
        buffers: &mut Buffers,
        short_read: ShortRead,
        receiver: &mut impl Receiver,
    ) -> (usize, Pause) {
        let mut bytes = 0;
        if let Some(held) = self.seldom.as_mut().and_then(|seldom| seldom.held.take()) {
            let delivered = if receiver.has_room() { receiver.deliver(held) } else { Err(held) };
            if let Err(refused) = delivered {
                self.hold(refused);
                return (bytes, Pause::NoRoom);
            }
        }
        let budget = self.options.read_budget;
        for _ in 0..budget.reads {
            if self.reading == Reading::Ended {
                return (bytes, Pause::Ended);
            }
            let size = receiver.room().min(buffers.size());
            if size == 0 {
                break;
            }
            match io.read(&mut buffers.reading()[..size]) {
                Ok(0) => {
                    self.reading = Reading::Ended; // (2)
                    return (bytes, Pause::Ended);
                }
                Ok(read) => {
                    bytes += read;
                    if self.is_lingering() {
                        self.seldom.get_or_insert_default().discarded += read;
                    }
                    if self.reading == Reading::Delivering
                        && let Err(refused) = receiver.deliver(buffers.chunk(read))
                    {
                        self.hold(refused);
                        return (bytes, Pause::NoRoom);
                    }
                    if read < size && short_read == ShortRead::IsAll {
                        return (bytes, Pause::Drained);
                    }
                    if bytes >= budget.bytes {
                        return (bytes, Pause::Budget);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.writing == Writing::Failed {
                        // What came before the failure is delivered; nothing will follow it.
                        self.reading = Reading::Ended;
                        return (bytes, Pause::Ended);
                    }
                    return (bytes, Pause::Drained);
                }
                Err(error) => {
                    self.reading = Reading::Ended; // (2)
                    self.writing = Writing::Failed; // (5)
                    self.seldom.get_or_insert_default().failure.get_or_insert(error);
                    return (bytes, Pause::Ended);
                }
            }
        }
        (bytes, Pause::Budget)
    }

    /// Why the connection is over, once it is.
    #[inline]
    pub(crate) fn over(&mut self) -> Option<HowDied> {
        let done = matches!(self.writing, Writing::Finished | Writing::Failed);
        if self.reading != Reading::Ended || !done || self.holds() {
            return None;
        }
        Some(match self.seldom.as_mut().and_then(|seldom| seldom.failure.take()) {
            Some(error) => HowDied::failed(error),
            None if self.peer_ended_first => HowDied::PeerClosed,
            None => HowDied::ProducerFinished,
        })
    }
}

/// What became of a write past the queue.
#[derive(Clone, Copy, Default)]
pub(super) struct Passed {
    /// How many bytes the system took.
    pub(super) sent: usize,
    /// It takes no more now.
    pub(super) full: bool,
}

/// A socket that counts what it takes.
pub(super) struct Past<'a, I> {
    io: &'a mut I,
    taken: usize,
}

impl<I: Io> io::Write for Past<'_, I> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[io::IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let taken = self.io.write_vectored(slices)?;
        self.taken += taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.options.held.shrink(self.unsent);
    }
}

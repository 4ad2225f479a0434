//! Writes to the console or to a file on a thread beside the scheduler. The amount that waits to be written is
//! bounded.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Context;

use super::aside::{self, Aside};
use super::writing::{Closing, MOST_WAITING, Opener, Output, Sink, Waiter, Wants};
use super::written_file::WrittenFile;

/// How many bytes are written together, if they come fast.
const GATHERED: usize = 16384;

/// A component's access to an output. What was handed over before this is dropped is still written: the run waits
/// for it, as it waits for its threads.
pub(crate) struct WriteBehind {
    output: Output,
    /// Identifies this one among all that share the output.
    session: u64,
    shares: Shares,
    /// How many bytes had been handed over, by anybody, before the first of its own bytes that may not be written.
    since: Option<u64>,
    /// How many bytes had been handed over, by anybody, including the last of its own.
    until: u64,
    /// Makes the end of the run wait until the returned value is dropped.
    sign_on: Box<dyn Fn() -> Box<dyn Send>>,
}

#[derive(PartialEq)]
enum Shares {
    WithOthers,
    WithNobody,
}

impl WriteBehind {
    /// Writes to the output that all components of the scheduler share under this name.
    pub(crate) fn shared(cx: &Context, name: &str, make: impl FnOnce() -> Box<dyn Write + Send>) -> Self {
        let output = aside::shared(cx, name, || Output::new(Aside::of(cx), Sink::Open(None, make())));
        Self::new(cx, output, Shares::WithOthers)
    }

    /// Writes to `output`.
    pub(crate) fn to(cx: &Context, output: Box<dyn Write + Send>) -> Self {
        Self::on(cx, Aside::of(cx), output)
    }

    /// The same, on these threads.
    pub(crate) fn on(cx: &Context, aside: Aside, output: Box<dyn Write + Send>) -> Self {
        Self::new(cx, Output::new(aside, Sink::Open(None, output)), Shares::WithNobody)
    }

    /// Opens a file and writes to it.
    pub(crate) fn file(cx: &Context, path: PathBuf, open: fn(&Path) -> io::Result<WrittenFile>) -> Self {
        Self::opened_by(cx, path, Box::new(move |path| Ok(Box::new(open(path)?))))
    }

    /// Writes to what `open` opens. Whenever everything that waits is written, it is flushed.
    pub(crate) fn opened_by(cx: &Context, path: PathBuf, open: Opener) -> Self {
        let output = Output::new(Aside::of(cx), Sink::Unopened(path, open));
        output.set_to_work(output.lock());
        Self::new(cx, output, Shares::WithNobody)
    }

    fn new(cx: &Context, output: Output, shares: Shares) -> Self {
        let mut state = output.lock();
        state.sessions += 1;
        let session = state.sessions;
        drop(state);
        WriteBehind { output, session, shares, since: None, until: 0, sign_on: cx.sign_on_later() }
    }

    /// Whether more may be handed over.
    pub(crate) fn has_room(&self) -> bool {
        self.output.lock().waiting.len() < MOST_WAITING
    }

    /// Hands over pieces to be written one after the other, even if there is no room.
    pub(crate) fn put(&mut self, pieces: &[&[u8]]) {
        for piece in pieces {
            self.append(piece);
        }
        self.write_gathered();
    }

    /// Hands over a piece. It is written with others when there are enough, or with
    /// [`write_gathered`](WriteBehind::write_gathered): to wake a thread for each costs more than a short piece.
    pub(crate) fn gather(&mut self, piece: &[u8]) {
        if self.append(piece) >= GATHERED {
            self.write_gathered();
        }
    }

    /// Has written what was handed over.
    pub(crate) fn write_gathered(&self) {
        self.output.set_to_work(self.output.lock());
    }

    /// Returns how many bytes wait.
    fn append(&mut self, piece: &[u8]) -> usize {
        let mut state = self.output.lock();
        self.since.get_or_insert(state.taken);
        state.waiting.extend_from_slice(piece);
        state.taken += piece.len() as u64;
        self.until = state.taken;
        state.waiting.len()
    }

    /// Whether everything that it has handed over is written.
    ///
    /// # Errors
    ///
    /// If part of it could not be written, or the file could not be opened.
    pub(crate) fn is_settled(&mut self) -> io::Result<bool> {
        let state = self.output.lock();
        if let Some((at, kind, text)) = &state.failed
            && self.concerns(*at)
        {
            return Err(io::Error::new(*kind, text.clone()));
        }
        let is_settled = state.settled >= self.until;
        drop(state);
        if is_settled {
            self.since = None;
        }
        Ok(is_settled)
    }

    /// Whether a failure that happened when this many bytes had been handed over affects its own bytes.
    fn concerns(&self, at: u64) -> bool {
        self.shares == Shares::WithNobody || self.since.is_some_and(|since| at > since)
    }

    /// Arranges for the component to be woken when there is room.
    pub(crate) fn await_room(&self, cx: &Context) {
        self.wait_for(cx, Wants::Room);
    }

    /// Arranges for the component to be woken when everything that it has handed over is written.
    pub(crate) fn await_settled(&self, cx: &Context) {
        self.wait_for(cx, Wants::Settled(self.until));
    }

    /// Arranges for the component to be woken if something that it has handed over cannot be written.
    pub(crate) fn await_failure(&self, cx: &Context) {
        self.wait_for(cx, Wants::Nothing);
    }

    /// Closes the output when everything is written, and wakes the component then. Returns true if it is closed.
    pub(crate) fn close(&self, cx: &Context) -> bool {
        let mut state = self.output.lock();
        if state.closing == Closing::No {
            state.closing = Closing::Asked;
        }
        let is_closed = state.closing == Closing::Done;
        self.output.set_to_work(state);
        if !is_closed {
            self.wait_for(cx, Wants::Closed);
        }
        is_closed
    }

    fn wait_for(&self, cx: &Context, wants: Wants) {
        let mut state = self.output.lock();
        let is_failed = state.failed.as_ref().is_some_and(|(at, ..)| self.concerns(*at));
        if is_failed || state.is_done(wants) {
            drop(state);
            if is_failed || !matches!(wants, Wants::Nothing) {
                cx.waker().wake();
            }
            return;
        }
        let former = state.waiters.iter_mut().find(|waiter| waiter.session == self.session);
        match former {
            Some(waiter) => waiter.wants = wants,
            None => {
                let waiter = Waiter { session: self.session, waker: cx.waker(), wants };
                state.waiters.push(waiter);
            }
        }
    }
}

impl Drop for WriteBehind {
    fn drop(&mut self) {
        let mut state = self.output.lock();
        let own = state.waiters.iter().position(|waiter| waiter.session == self.session);
        let waiter = own.map(|own| state.waiters.swap_remove(own));
        if self.shares == Shares::WithNobody && state.closing == Closing::No {
            state.closing = Closing::Asked;
        }
        if state.is_special {
            state.abandon();
        }
        let is_unsettled = state.settled < self.until;
        self.output.set_to_work(state);
        drop(waiter);
        if is_unsettled {
            let signed_on = (self.sign_on)();
            let mut state = self.output.lock();
            // If everything is settled already, this is dropped, and the run does not wait.
            if state.settled < self.until {
                state.signed_on.push(signed_on);
            }
        }
    }
}

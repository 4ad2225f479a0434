//! The state shared by a component that writes and the thread that writes for it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::aside::{Aside, caught};
use super::read_ahead::about;

/// How many bytes may wait to be written: 256 KiB. While so many wait, a component takes no further messages.
pub(super) const MOST_WAITING: usize = 1 << 18;

/// An output that is written to on a thread beside the scheduler, by one thread at a time.
#[derive(Clone)]
pub(super) struct Output {
    shared: Shared,
    aside: Aside,
}

type Shared = Arc<Mutex<State>>;

pub(super) struct State {
    /// `None` while a thread has it, and after it was closed.
    sink: Option<Sink>,
    pub(super) waiting: Vec<u8>,
    /// How many bytes have been handed over since the beginning.
    pub(super) taken: u64,
    /// How many of them have been written or given up.
    pub(super) settled: u64,
    /// The last error, and how many bytes had been handed over when it happened.
    pub(super) failed: Option<(u64, io::ErrorKind, String)>,
    pub(super) sessions: u64,
    /// The components to be woken, at most one entry per session.
    pub(super) waiters: Vec<Waiter>,
    pub(super) closing: Closing,
    /// Makes the runs of components that have ended wait until everything is settled.
    pub(super) signed_on: Vec<Box<dyn Send>>,
    is_open: bool,
    /// Whether it is a FIFO or device: opening it may block until somebody opens the other end, or for ever.
    pub(super) is_special: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Closing {
    No,
    /// It is to be closed when everything has been written.
    Asked,
    Done,
}

pub(super) struct Waiter {
    pub(super) session: u64,
    pub(super) waker: Waker,
    pub(super) wants: Wants,
}

/// When to wake a component. After an error, all are woken.
#[derive(Clone, Copy)]
pub(super) enum Wants {
    Nothing,
    Room,
    /// When all bytes up to this one are settled.
    Settled(u64),
    Closed,
}

/// Opens a file.
pub(crate) type Opener = Box<dyn FnMut(&Path) -> io::Result<Box<dyn Write + Send>> + Send>;

pub(super) enum Sink {
    Unopened(PathBuf, Opener),
    Open(Option<PathBuf>, Box<dyn Write + Send>),
}

impl Output {
    pub(super) fn new(aside: Aside, sink: Sink) -> Self {
        Output { shared: Arc::new(Mutex::new(State::new(sink))), aside }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }

    /// Starts a thread if there is work to do and no thread is at work.
    pub(super) fn set_to_work(&self, mut state: MutexGuard<'_, State>) {
        let is_unopened = matches!(state.sink, Some(Sink::Unopened(..)));
        if state.waiting.is_empty() && state.closing != Closing::Asked && !is_unopened {
            return;
        }
        let Some(sink) = state.sink.take() else { return };
        drop(state);
        let working = Arc::clone(&self.shared);
        if let Err(error) = self.aside.run(move || open_and_write(&working, sink)) {
            give_up(&self.shared, &error);
        }
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn new(sink: Sink) -> Self {
        State {
            is_open: matches!(sink, Sink::Open(..)),
            sink: Some(sink),
            waiting: Vec::new(),
            taken: 0,
            settled: 0,
            failed: None,
            sessions: 0,
            waiters: Vec::new(),
            closing: Closing::No,
            signed_on: Vec::new(),
            is_special: false,
        }
    }

    pub(super) fn is_done(&self, wants: Wants) -> bool {
        match wants {
            Wants::Nothing => self.is_open && self.settled == self.taken,
            Wants::Room => self.waiting.len() < MOST_WAITING,
            Wants::Settled(until) => self.settled >= until,
            Wants::Closed => self.closing == Closing::Done,
        }
    }

    /// Records an error: bytes that have been handed over and are not settled will not be written.
    fn fail(&mut self, error: &io::Error) {
        // If the components have ended, nobody else tells of it.
        let is_unheard = self.waiters.is_empty() && !self.signed_on.is_empty();
        let level = match error.kind() {
            io::ErrorKind::BrokenPipe => log::Level::Debug,
            _ if is_unheard => log::Level::Error,
            _ => log::Level::Debug,
        };
        log::log!(level, "{} bytes are not written: {error}", self.taken - self.settled);
        self.failed = Some((self.taken, error.kind(), error.to_string()));
        self.waiting = Vec::new();
        self.settled = self.taken;
    }

    /// Gives up on bytes for a FIFO or device whose other end nobody has opened, so that nobody waits for them.
    pub(super) fn abandon(&mut self) {
        if !self.waiting.is_empty() {
            let lost = self.taken - self.settled;
            log::info!("{lost} bytes are not written: nobody has opened the other end of the FIFO or device");
        }
        self.waiting = Vec::new();
        self.settled = self.taken;
    }

    /// Takes out the components to be woken: those that have what they wait for, or after an error all.
    fn answered(&mut self, is_failed: bool) -> Answered {
        let all = std::mem::take(&mut self.waiters);
        let (answered, kept) = all.into_iter().partition(|waiter| is_failed || self.is_done(waiter.wants));
        self.waiters = kept;
        let is_over = self.settled == self.taken && self.closing != Closing::Asked;
        let signed_off = if is_over { std::mem::take(&mut self.signed_on) } else { Vec::new() };
        Answered { waiters: answered, is_failed, _signed_off: signed_off }
    }
}

/// The components to be woken, after the lock was released.
struct Answered {
    waiters: Vec<Waiter>,
    is_failed: bool,
    _signed_off: Vec<Box<dyn Send>>,
}

impl Answered {
    fn tell(self) {
        for waiter in self.waiters {
            if self.is_failed || !matches!(waiter.wants, Wants::Nothing) {
                waiter.waker.wake();
            }
        }
    }
}

/// Closes an output that cannot be opened.
fn give_up(shared: &Shared, error: &io::Error) {
    let mut state = lock(shared);
    state.fail(error);
    state.closing = Closing::Done;
    let answered = state.answered(true);
    drop(state);
    answered.tell();
}

/// The body of a thread: writes until nothing waits any more.
fn open_and_write(shared: &Shared, mut sink: Sink) {
    if let Err(error) = caught(|| sink.open(shared)) {
        return give_up(shared, &error);
    }
    let mut batch = Vec::new();
    let mut written = Ok(());
    loop {
        let mut state = lock(shared);
        state.settled = state.taken - state.waiting.len() as u64;
        let is_failed = written.is_err();
        if let Err(error) = written {
            state.fail(&error);
        }
        batch.clear();
        batch.shrink_to(2 * MOST_WAITING);
        std::mem::swap(&mut batch, &mut state.waiting);
        let answered = state.answered(is_failed);
        if batch.is_empty() {
            if state.closing == Closing::Asked {
                drop(state);
                answered.tell();
                return close(shared, sink);
            }
            state.sink = Some(sink);
            drop(state);
            return answered.tell();
        }
        drop(state);
        answered.tell();
        written = caught(|| sink.write(&batch));
    }
}

/// Closes the output, on the thread, since this may block too.
fn close(shared: &Shared, sink: Sink) {
    let closed = caught(|| {
        drop(sink);
        Ok(())
    });
    let mut state = lock(shared);
    if let Err(error) = &closed {
        state.fail(error);
    }
    state.closing = Closing::Done;
    let answered = state.answered(closed.is_err());
    drop(state);
    answered.tell();
}

impl Sink {
    fn open(&mut self, shared: &Shared) -> io::Result<()> {
        let Sink::Unopened(path, open) = self else { return Ok(()) };
        let is_special = fs::metadata(&*path).is_ok_and(|metadata| !metadata.is_file());
        lock(shared).is_special = is_special;
        let file = open(path).map_err(|error| about(path, "open", error))?;
        let mut state = lock(shared);
        state.is_special = false;
        state.is_open = true;
        drop(state);
        *self = Sink::Open(Some(std::mem::take(path)), file);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Sink::Open(path, output) = self else { return Err(io::ErrorKind::NotConnected.into()) };
        output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| match path {
            Some(path) => about(path, "write", error),
            None => error,
        })
    }
}

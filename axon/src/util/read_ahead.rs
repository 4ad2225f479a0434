//! Reads a file or another source on a thread beside the scheduler, a bounded amount ahead of the component that
//! uses it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::Context;

use super::aside::{Aside, caught};

/// How many bytes of a source are read at a time, by default.
const BLOCK: usize = 65536;

/// How many bytes are read ahead, approximately.
const AHEAD: usize = 4 * BLOCK;

/// How many are read ahead of a source that is read in full blocks.
const AHEAD_IN_BLOCKS: usize = 2 * AHEAD;

/// How many blocks are read ahead at most, even if they are small.
const MOST_BLOCKS: usize = 64;

/// The blocks of a source, in order. If it is dropped, a call that still blocks is abandoned.
pub(crate) struct ReadAhead {
    shared: Arc<Mutex<State>>,
    aside: Aside,
}

struct State {
    /// `None` while a thread has it, and after its end.
    source: Option<Source>,
    ready: VecDeque<Vec<u8>>,
    /// Used blocks, to be filled again.
    spare: Vec<Vec<u8>>,
    /// What comes after the blocks that are ready, once it is known: the end of the source, or an error.
    end: Option<io::Result<()>>,
    /// Wakes a component that got [`Taken::NotYet`].
    waker: Option<Waker>,
    /// How many blocks to read ahead.
    ahead: usize,
    size: BlockSize,
    is_open: bool,
    /// How long the file was when it was opened, if it is a regular one.
    length: Option<u64>,
    /// Whether the component is woken for several blocks at a time: for those of a regular file, which has more. A
    /// wake-up for each would cost more than the reading.
    gathers: bool,
    /// Whether the first block was asked for.
    is_wanted: bool,
}

/// The size of a block.
#[derive(Clone, Copy)]
enum BlockSize {
    /// What one call returns, as soon as there is something: a line of a terminal, for example.
    WhatThereIs,
    /// This many bytes; only the last block may have fewer.
    Full(usize),
}

enum Source {
    Unopened(PathBuf),
    Open(Box<dyn Read + Send>),
}

/// What a source has at present.
pub(crate) enum Taken<T> {
    One(T),
    /// Nothing more will come.
    End,
    /// Nothing; the component is woken when there is something.
    NotYet,
}

impl<T> Taken<T> {
    #[inline]
    pub(crate) fn map<R>(self, make: impl FnOnce(T) -> R) -> Taken<R> {
        match self {
            Taken::One(one) => Taken::One(make(one)),
            Taken::End => Taken::End,
            Taken::NotYet => Taken::NotYet,
        }
    }

    #[inline]
    pub(crate) fn try_map<R, E>(self, make: impl FnOnce(T) -> Result<R, E>) -> Result<Taken<R>, E> {
        Ok(match self {
            Taken::One(one) => Taken::One(make(one)?),
            Taken::End => Taken::End,
            Taken::NotYet => Taken::NotYet,
        })
    }
}

impl ReadAhead {
    /// Opens the file at `path`, and reads what there is. Nothing is read before the first block is asked for.
    pub(crate) fn file(cx: &Context, path: &Path) -> Self {
        Self::new(cx, Source::Unopened(path.to_owned()), BlockSize::WhatThereIs)
    }

    /// Opens the file at `path`, and reads blocks of `bytes` bytes.
    pub(crate) fn blocks_of_file(cx: &Context, path: &Path, bytes: usize) -> Self {
        Self::new(cx, Source::Unopened(path.to_owned()), BlockSize::Full(bytes))
    }

    /// Reads what there is of `source`.
    pub(crate) fn of(cx: &Context, source: impl Read + Send + 'static) -> Self {
        Self::new(cx, Source::Open(Box::new(source)), BlockSize::WhatThereIs)
    }

    /// The same, on these threads.
    #[cfg(all(unix, feature = "process"))]
    pub(crate) fn on(aside: Aside, source: impl Read + Send + 'static) -> Self {
        Self::begin(aside, Source::Open(Box::new(source)), BlockSize::WhatThereIs)
    }

    fn new(cx: &Context, source: Source, size: BlockSize) -> Self {
        Self::begin(Aside::of(cx), source, size)
    }

    fn begin(aside: Aside, source: Source, size: BlockSize) -> Self {
        let (bytes, ahead) = match size {
            BlockSize::WhatThereIs => (BLOCK, AHEAD),
            BlockSize::Full(bytes) => (bytes, AHEAD_IN_BLOCKS),
        };
        let state = State {
            source: Some(source),
            ready: VecDeque::new(),
            spare: Vec::new(),
            end: None,
            waker: None,
            ahead: (ahead / bytes).clamp(1, MOST_BLOCKS),
            size,
            is_open: false,
            length: None,
            gathers: false,
            is_wanted: false,
        };
        ReadAhead { shared: Arc::new(Mutex::new(state)), aside }
    }

    /// Opens the file, but reads nothing yet.
    pub(crate) fn open(&self, cx: &Context) {
        let mut state = lock(&self.shared);
        state.waker = Some(cx.waker());
        self.set_to_work(state);
    }

    /// Checks whether opening the file has failed.
    ///
    /// # Errors
    ///
    /// If it has failed; the error is returned once.
    pub(crate) fn look_at_opening(&mut self) -> io::Result<()> {
        let mut state = lock(&self.shared);
        if state.is_open {
            Ok(())
        } else {
            state.end.as_mut().map_or(Ok(()), |end| std::mem::replace(end, Ok(())))
        }
    }

    /// How long the file was when it was opened. `None` if it is not open yet, or no regular file.
    pub(crate) fn length(&self) -> Option<u64> {
        lock(&self.shared).length
    }

    fn set_to_work(&self, mut state: MutexGuard<'_, State>) {
        let Some(source) = state.source.take() else { return };
        let (shared, spare) = (Arc::clone(&self.shared), state.spare.pop().unwrap_or_default());
        drop(state);
        if let Err(error) = self.aside.run(move || open_and_fill(&shared, source, spare)) {
            lock(&self.shared).end = Some(Err(error));
        }
    }

    /// The next block.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or read: the [`io::Error`] names it. It is returned once; after that the source
    /// is at its end.
    pub(crate) fn take(&mut self, cx: &Context) -> io::Result<Taken<Vec<u8>>> {
        let mut state = lock(&self.shared);
        state.is_wanted = true;
        let block = state.ready.pop_front();
        if state.ready.len() <= state.ahead / 2 {
            self.set_to_work(state);
            state = lock(&self.shared);
        }
        if let Some(block) = block.or_else(|| state.ready.pop_front()) {
            return Ok(Taken::One(block));
        }
        match &mut state.end {
            Some(end) => std::mem::replace(end, Ok(())).map(|()| Taken::End),
            None => {
                state.waker = Some(cx.waker());
                Ok(Taken::NotYet)
            }
        }
    }

    /// Returns a used block, to be filled again.
    pub(crate) fn give_back(&mut self, block: Vec<u8>) {
        let mut state = lock(&self.shared);
        if state.spare.len() < state.ahead {
            state.spare.push(block);
        }
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        // A thread that still reads must not keep the component's waker. The lock is released before the waker is
        // dropped.
        let waker = lock(&self.shared).waker.take();
        drop(waker);
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of a thread: reads ahead until there is enough, the source ends, or the component has dropped it.
fn open_and_fill(shared: &Arc<Mutex<State>>, mut source: Source, mut block: Vec<u8>) {
    let size = lock(shared).size;
    let mut outcome = caught(|| source.open(size));
    let mut is_first = true;
    loop {
        let mut state = lock(shared);
        match outcome {
            Err(error) => state.end = Some(Err(error)),
            Ok(length) if is_first => {
                state.is_open = true;
                state.length = state.length.or(length);
                state.gathers |= length.is_some();
            }
            Ok(_) if block.is_empty() => state.end = Some(Ok(())),
            Ok(_) => state.ready.push_back(std::mem::take(&mut block)),
        }
        let is_abandoned = Arc::strong_count(shared) == 1;
        let is_over = state.end.is_some() || is_abandoned;
        let tells = is_over || !state.is_wanted || !is_first && !state.waits_for_more();
        let waker = if tells { state.waker.take() } else { None };
        if is_over || !state.is_wanted || state.ready.len() >= state.ahead {
            if !is_over {
                state.source = Some(source);
            }
            drop(state);
            return wake(waker);
        }
        if !is_first {
            block = state.spare.pop().unwrap_or_default();
        }
        is_first = false;
        drop(state);
        wake(waker);
        outcome = caught(|| source.read(&mut block, size).map(|()| None));
    }
}

impl State {
    /// Whether the blocks that are ready are to wait for others.
    fn waits_for_more(&self) -> bool {
        self.gathers && self.ready.len() < self.ahead.div_ceil(2)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Source {
    /// Returns the length of a regular file.
    fn open(&mut self, size: BlockSize) -> io::Result<Option<u64>> {
        let Source::Unopened(path) = self else { return Ok(None) };
        let file = Named::open(path)?;
        let length = (file.length > 0).then_some(file.length);
        *self = Source::Open(match size {
            BlockSize::Full(bytes) if bytes < BLOCK => Box::new(BufReader::with_capacity(BLOCK, file)),
            _ => Box::new(file),
        });
        Ok(length)
    }

    /// Fills a block. It stays empty at the end of the source.
    fn read(&mut self, block: &mut Vec<u8>, size: BlockSize) -> io::Result<()> {
        let Source::Open(source) = self else { return Err(io::ErrorKind::NotConnected.into()) };
        // `read_to_end` would begin each block with small reads.
        let (least, most) = match size {
            BlockSize::WhatThereIs => (1, BLOCK),
            BlockSize::Full(bytes) => (bytes, bytes),
        };
        let mut filled = 0;
        while filled < least {
            if filled == block.len() || filled == 0 {
                block.resize(most.min(filled + AHEAD), 0);
            }
            match source.read(&mut block[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        block.truncate(filled);
        Ok(())
    }
}

/// A file whose errors contain its path, and that notices when it is cut short while it is read.
pub(crate) struct Named {
    file: File,
    path: PathBuf,
    /// How long it was when it was opened. Zero for what has no length, such as a FIFO.
    length: u64,
    read: u64,
}

impl Read for Named {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => about(&self.path, "read", error),
        })?;
        self.read += read as u64;
        if read == 0 && !bytes.is_empty() && self.read < self.length {
            self.expect_the_length()?;
        }
        Ok(read)
    }
}

impl Named {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path).map_err(|error| about(path, "open", error))?;
        let length = regular_length(&file);
        Ok(Named { file, path: path.to_owned(), length, read: 0 })
    }

    /// The file has ended before the length that it had. Files of `/sys` do: they claim a length that they do not
    /// have, before and afterwards. A file that was cut short has a smaller length now.
    fn expect_the_length(&self) -> io::Result<()> {
        if regular_length(&self.file) >= self.length {
            return Ok(());
        }
        let Named { path, length, read, .. } = self;
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{} was truncated while it was read: {read} of {length} bytes", path.display()),
        ))
    }
}

fn regular_length(file: &File) -> u64 {
    file.metadata().map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 })
}

/// Adds to an error what was tried, and the path of the file.
pub(crate) fn about(path: &Path, what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} {}: {error}", path.display()))
}

//! Tells what others do in a folder.
//!
//! Kamaelia has no such component; its programs look at a folder again and again.

use std::ffi::OsStr;
use std::fs::{self, ReadDir};
use std::io::{self, PipeReader};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use crate::chassis::{announce, announce_end};
use crate::util::aside::{Aside, Call};
use crate::util::read_ahead::about;
use crate::{Component, Context, Ending, OUTBOX, Result};

use super::polling::until_uninterrupted;

/// How many bytes of events are read at a time.
const BLOCK: usize = 16384;

/// How many entries that are there already are told at a time.
const ENTRIES: usize = 256;

/// How often more is read after the component was told to finish: an entry that changes all the time must not keep it.
const LAST_READS: u32 = 64;

/// How long the second half of a move may come after the first.
const MOVE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// What a [`DirectoryWatcher`] tells. The paths are those of the entries, below the path of the folder.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DirectoryChange {
    /// It was there already. See [`from_beginning`](DirectoryWatcher::from_beginning).
    There(PathBuf),
    /// It was made, or moved here from another folder.
    Created(PathBuf),
    /// Its contents were changed: told at any write, several in a row perhaps once.
    Modified(PathBuf),
    /// A program that had it open for writing has closed it. A file that is written once is whole now.
    Written(PathBuf),
    /// It was removed, or moved to another folder.
    Removed(PathBuf),
    /// It has another name in this folder.
    Moved {
        /// Its former path.
        from: PathBuf,
        /// Its path now.
        to: PathBuf,
    },
    /// More has happened than the system keeps. Some of it is lost: look at the folder anew.
    Overflowed,
    /// The folder itself was removed, moved or unmounted. Nothing more is told.
    Gone,
}

/// Tells what others do in a folder, as soon as they do it: for programs that work on what is put there.
///
/// The entries of folders in it are not watched. It waits on a thread beside the scheduler. While its receiver takes
/// nothing, the system keeps what happens, up to some thousand changes; after that, it tells that some are lost.
///
/// This is for Linux, with the feature `watch`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | changes, each a [`DirectoryChange`] |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// After [`Gone`](DirectoryChange::Gone) it ends by itself with `ProducerFinished`. `ProducerFinished`: tells what has
/// happened until then, passes it on and ends. `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error that names the folder if it is none, cannot be read, or there are more watchers than the system
/// allows (128 for a user, usually).
///
/// # Examples
///
/// ```no_run
/// use axon::file::DirectoryWatcher;
/// use axon::prelude::*;
///
/// axon::run(pipeline![DirectoryWatcher::new("/var/spool/inbox").from_beginning(), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DirectoryWatcher {
    path: PathBuf,
    begins: Begins,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Begins {
    Now,
    WithWhatIsThere,
}

impl DirectoryWatcher {
    /// Watches the folder at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        DirectoryWatcher { path: path.into(), begins: Begins::Now }
    }

    /// Tells of the entries that are there already, too. It is watched from before that, so that none is missed; one
    /// that is made meanwhile may be told twice.
    pub fn from_beginning(mut self) -> Self {
        self.begins = Begins::WithWhatIsThere;
        self
    }
}

impl Component for DirectoryWatcher {
    async fn main(&mut self, cx: &Context) -> Result {
        let aside = Aside::without_limit(cx);
        let (over, end) = io::pipe()?;
        // When it is dropped, the thread stops waiting.
        let mut end = Some(end);
        let (path, begins) = (self.path.clone(), self.begins);
        let mut call = Call::on(&aside, cx.waker(), move || Watched::open(path, begins, over)?.next())?;
        let mut told = None;
        loop {
            if let Some(notice) = cx.told_to_end() {
                end = None;
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    announce(cx, notice).await;
                    return Ok(());
                }
                told = Some(notice);
            }
            let Some(outcome) = call.take() else {
                cx.pause().await;
                continue;
            };
            let (watched, changes) = outcome?;
            let is_last = changes.last().is_none_or(|change| *change == DirectoryChange::Gone);
            for change in changes {
                cx.send_when_room(OUTBOX, change).await?;
            }
            if is_last {
                break;
            }
            call = Call::on(&aside, cx.waker(), move || watched.next())?;
        }
        drop(end);
        announce_end(cx, told).await;
        Ok(())
    }
}

/// A folder that is watched.
struct Watched {
    path: PathBuf,
    inotify: OwnedFd,
    /// Is at its end when the component was told to end, or has ended.
    over: PipeReader,
    /// How often it is read after that.
    last_reads: u32,
    /// What is there already, and was not told yet.
    listing: Option<ReadDir>,
    /// The first half of a move: its number, and the former path.
    moved: Option<(u32, PathBuf)>,
    is_gone: bool,
}

impl Watched {
    fn open(path: PathBuf, begins: Begins, over: PipeReader) -> io::Result<Self> {
        let failed = |error: io::Error| about(&path, "watch", error);
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let inotify = inotify.map_err(|error| failed(error.into()))?;
        let wanted = WatchFlags::CREATE
            | WatchFlags::MODIFY
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE
            | WatchFlags::MOVE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        inotify::add_watch(&inotify, &path, wanted).map_err(|error| failed(error.into()))?;
        let listing = match begins {
            Begins::Now => None,
            Begins::WithWhatIsThere => Some(fs::read_dir(&path).map_err(failed)?),
        };
        let (moved, is_gone) = (None, false);
        Ok(Watched { path, inotify, over, last_reads: LAST_READS, listing, moved, is_gone })
    }

    /// Waits for changes. None if nothing more will be told.
    fn next(mut self) -> io::Result<(Self, Vec<DirectoryChange>)> {
        let changes = self.changes().map_err(|error| about(&self.path, "watch", error))?;
        Ok((self, changes))
    }

    fn changes(&mut self) -> io::Result<Vec<DirectoryChange>> {
        let there = self.there()?;
        if !there.is_empty() {
            return Ok(there);
        }
        loop {
            if self.last_reads == 0 {
                return Ok(self.half_of_a_move());
            }
            let limit = self.moved.is_some().then_some(&MOVE);
            let mut both =
                [PollFd::new(&self.inotify, PollFlags::IN), PollFd::new(&self.over, PollFlags::IN)];
            until_uninterrupted(&mut both, limit)?;
            let [is_ready, is_over] = both.map(|fd| !fd.revents().is_empty());
            if is_over {
                self.last_reads -= 1;
            }
            if is_ready {
                let changes = self.read()?;
                if !changes.is_empty() {
                    return Ok(changes);
                }
            } else {
                // The other half of a move has not come, or nothing has happened until the end.
                let changes = self.half_of_a_move();
                if is_over || !changes.is_empty() {
                    self.last_reads = if is_over { 0 } else { self.last_reads };
                    return Ok(changes);
                }
            }
        }
    }

    /// Some of the entries that are there already.
    fn there(&mut self) -> io::Result<Vec<DirectoryChange>> {
        let Some(listing) = &mut self.listing else { return Ok(Vec::new()) };
        let some: io::Result<Vec<_>> =
            listing.take(ENTRIES).map(|entry| Ok(DirectoryChange::There(entry?.path()))).collect();
        if some.as_ref().is_ok_and(Vec::is_empty) {
            self.listing = None;
        }
        some
    }

    /// The first half of a move whose other half has not come: it went to another folder.
    fn half_of_a_move(&mut self) -> Vec<DirectoryChange> {
        self.moved.take().map(|(_, from)| DirectoryChange::Removed(from)).into_iter().collect()
    }

    /// What the system has kept, up to a block.
    fn read(&mut self) -> io::Result<Vec<DirectoryChange>> {
        let mut block = [MaybeUninit::uninit(); BLOCK];
        let mut changes = Vec::new();
        let mut reader = Reader::new(&self.inotify, &mut block);
        loop {
            let event = match reader.next() {
                Err(Errno::AGAIN) => return Ok(changes),
                event => event?,
            };
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            let told = Told {
                events: event.events(),
                cookie: event.cookie(),
                path: name.map(|name| self.path.join(name)),
            };
            told.add_to(&mut changes, &mut self.moved, &mut self.is_gone);
            if self.is_gone || reader.is_buffer_empty() {
                return Ok(changes);
            }
        }
    }
}

/// An event of the system.
struct Told {
    events: ReadFlags,
    cookie: u32,
    /// That of the entry. `None` for the folder itself.
    path: Option<PathBuf>,
}

impl Told {
    fn add_to(
        self,
        changes: &mut Vec<DirectoryChange>,
        moved: &mut Option<(u32, PathBuf)>,
        is_gone: &mut bool,
    ) {
        let is = |flags: ReadFlags| self.events.intersects(flags);
        // The halves of a move follow each other.
        if let Some((cookie, from)) = moved.take() {
            if let Some(to) = self.path.as_ref().filter(|_| is(ReadFlags::MOVED_TO) && cookie == self.cookie)
            {
                changes.push(DirectoryChange::Moved { from, to: to.clone() });
                return;
            }
            changes.push(DirectoryChange::Removed(from));
        }
        if is(ReadFlags::QUEUE_OVERFLOW) {
            changes.push(DirectoryChange::Overflowed);
        }
        if is(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT | ReadFlags::IGNORED) {
            changes.push(DirectoryChange::Gone);
            *is_gone = true;
            return;
        }
        let Some(path) = self.path else { return };
        if is(ReadFlags::MOVED_FROM) {
            *moved = Some((self.cookie, path));
            return;
        }
        changes.push(match () {
            () if is(ReadFlags::CREATE | ReadFlags::MOVED_TO) => DirectoryChange::Created(path),
            () if is(ReadFlags::MODIFY) => DirectoryChange::Modified(path),
            () if is(ReadFlags::CLOSE_WRITE) => DirectoryChange::Written(path),
            () if is(ReadFlags::DELETE) => DirectoryChange::Removed(path),
            () => return,
        });
    }
}

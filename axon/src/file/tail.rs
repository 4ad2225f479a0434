//! Follows a file that others append to.
//!
//! Kamaelia has no such component.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use crate::chassis::announce;
use crate::util::aside::Call;
use crate::util::line_source::{LineOptions, line_options};
use crate::util::lines::{Line, LineFault, Lines};
use crate::util::read_ahead::about;
use crate::{Boxes, Component, Context, Ending, Message, OUTBOX, Result, time_after};

/// How often it looks at the file, unless set.
const INTERVAL: Duration = Duration::from_millis(250);

/// How many bytes are read at a time.
const BLOCK: usize = 65536;

/// Where it tells what others did to the file.
const CHANGE: &str = "change";

/// What others did to a file that a [`Tail`] follows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FileChange {
    /// It was cut short. It is read from its beginning.
    Truncated,
    /// Another file has its name now, which is read from its beginning. The former one was read to its end.
    Replaced,
    /// Its name is gone. When another file has that name, that is [`Replaced`](FileChange::Replaced).
    Removed,
}

/// Sends the lines that others append to a file, as `tail -F` does: for logs that are rotated.
///
/// It begins at the end of the file, or [from its beginning](Tail::from_beginning). It looks at the file four times
/// a second, or at another [interval](Tail::interval), since not every file system tells of changes, and then reads all
/// there is. A line is sent when it is complete.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines, with their line breaks |
/// | `change` | a [`FileChange`] when the file is truncated, replaced or removed; an incomplete line is sent before |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// It does not end by itself. `ProducerFinished`: reads to the present end of the file, passes it on and ends.
/// `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error if the file cannot be opened at the beginning or cannot be read. A line that is not UTF-8, or
/// longer than 1 MiB, is a [`LineError`](crate::util::LineError); see [`lossy`](Tail::lossy),
/// [`as_bytes`](Tail::as_bytes) and [`longest_line`](Tail::longest_line).
///
/// # Examples
///
/// ```
/// use axon::file::{Grep, Tail};
/// use axon::pipeline;
/// use axon::util::ConsoleEchoer;
///
/// let watch = pipeline![Tail::new("/var/log/syslog"), Grep::containing("error"), ConsoleEchoer::new()];
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Tail {
    path: PathBuf,
    interval: Duration,
    begins: Begins,
    options: LineOptions,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Begins {
    AtTheEnd,
    AtTheBeginning,
}

impl Tail {
    /// Follows the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Tail {
            path: path.into(),
            interval: INTERVAL,
            begins: Begins::AtTheEnd,
            options: LineOptions::default(),
        }
    }

    /// Sends what is in the file already, too.
    pub fn from_beginning(mut self) -> Self {
        self.begins = Begins::AtTheBeginning;
        self
    }

    /// Looks at the file at this interval.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn interval(mut self, interval: Duration) -> Self {
        assert!(!interval.is_zero(), "looking at a file all the time would take the whole processor");
        self.interval = interval;
        self
    }

    fn error(&self, cx: &Context, fault: LineFault) -> crate::Error {
        Box::new(fault.of(cx, Some(&self.path.display().to_string())))
    }

    async fn send(&self, cx: &Context, line: Line) -> Result {
        let message = self.options.encoding.message(line).map_err(|fault| self.error(cx, fault))?;
        Ok(cx.send_when_room(OUTBOX, message).await?)
    }

    /// Waits for the next look. An ending, once there is one.
    async fn wait(&self, cx: &Context) -> Option<Message> {
        let next = time_after(cx.now(), self.interval);
        loop {
            if let Some(notice) = cx.told_to_end() {
                return Some(notice);
            }
            if cx.now() >= next {
                return None;
            }
            cx.pause_until(next).await;
        }
    }
}

line_options!(Tail);

impl Component for Tail {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox(CHANGE, "what others did to the file")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut lines = Lines::of_at_most(self.options.longest);
        let (path, begins) = (self.path.clone(), self.begins);
        let mut call = Call::start(cx, move || Followed::open(path, begins));
        let mut told: Option<Message> = None;
        while let Some(returned) = call.returned_or_stopped(cx).await {
            let (mut file, found) = returned?;
            match &found {
                Found::Bytes(bytes) => {
                    let mut rest = &bytes[..];
                    while let Some(line) = lines.next(&mut rest).map_err(|fault| self.error(cx, fault))? {
                        self.send(cx, line).await?;
                    }
                }
                Found::Change(change) => {
                    if let Some(line) = lines.rest() {
                        self.send(cx, line).await?;
                    }
                    cx.send_when_room(CHANGE, *change).await?;
                }
                Found::Nothing if told.is_some() => break,
                Found::Nothing => {
                    told = self.wait(cx).await;
                    if told.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess) {
                        break;
                    }
                }
            }
            call = Call::start(cx, move || {
                let found = file.look()?;
                Ok((file, found))
            });
        }
        let notice = cx.told_to_end().or(told);
        if let Some(notice) = notice {
            if notice.ending() == Some(Ending::ProducerFinished)
                && let Some(line) = lines.rest()
            {
                self.send(cx, line).await?;
            }
            announce(cx, notice).await;
        }
        Ok(())
    }
}

/// What a look at the file has found.
enum Found {
    Bytes(Vec<u8>),
    Change(FileChange),
    Nothing,
}

/// The file that has the name at present, or had it last.
struct Followed {
    path: PathBuf,
    file: File,
    /// How much of it has been read.
    position: u64,
    /// Another file that has the name now. It is read when `file` has been read to its end.
    next: Option<File>,
    is_removed: bool,
}

impl Followed {
    fn open(path: PathBuf, begins: Begins) -> io::Result<(Self, Found)> {
        let mut file = File::open(&path).map_err(|error| about(&path, "open", error))?;
        let position = match begins {
            Begins::AtTheBeginning => 0,
            Begins::AtTheEnd if file.metadata().is_ok_and(|metadata| metadata.is_file()) => {
                file.seek(SeekFrom::End(0)).map_err(|error| about(&path, "read", error))?
            }
            Begins::AtTheEnd => 0,
        };
        let followed = Followed { path, file, position, next: None, is_removed: false };
        // Bytes of a file that has none yet: the next look follows immediately.
        Ok((followed, Found::Bytes(Vec::new())))
    }

    fn look(&mut self) -> io::Result<Found> {
        self.try_look().map_err(|error| about(&self.path, "read", error))
    }

    fn try_look(&mut self) -> io::Result<Found> {
        let mut bytes = vec![0; BLOCK];
        let read = self.file.read(&mut bytes)?;
        self.position += read as u64;
        if read > 0 {
            bytes.truncate(read);
            return Ok(Found::Bytes(bytes));
        }
        let opened = self.file.metadata()?;
        if opened.is_file() && opened.len() < self.position {
            self.position = self.file.seek(SeekFrom::Start(0))?;
            return Ok(Found::Change(FileChange::Truncated));
        }
        if let Some(next) = self.next.take() {
            self.file = next;
            self.position = 0;
            self.is_removed = false;
            return Ok(Found::Change(FileChange::Replaced));
        }
        match fs::metadata(&self.path) {
            Ok(named) if !is_the_same(&named, &opened) => match File::open(&self.path) {
                // What was written to the former file in the last moment is read before.
                Ok(next) => {
                    self.next = Some(next);
                    self.try_look()
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(self.removed()),
                Err(error) => Err(error),
            },
            Ok(_) => {
                self.is_removed = false;
                Ok(Found::Nothing)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(self.removed()),
            Err(error) => Err(error),
        }
    }

    fn removed(&mut self) -> Found {
        if std::mem::replace(&mut self.is_removed, true) {
            return Found::Nothing;
        }
        Found::Change(FileChange::Removed)
    }
}

#[cfg(unix)]
fn is_the_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_the_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

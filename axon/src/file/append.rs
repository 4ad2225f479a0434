//! Appends what arrives to a file, and sends it on when it is written.
//!
//! Ported from `Kamaelia.File.Append`.
//!
//! *Differs from Kamaelia:* bytes as well as text, a message is sent on when it is written and not before, and it
//! may be made durable. A control message that is not an ending does not end it. The file is written on a thread
//! beside the scheduler.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::util::write_behind::WriteBehind;
use crate::util::written_file::WrittenFile;
use crate::{Component, Context, Result};

use super::written::write_and_tell;

/// Appends each message to a file, and sends it on when it is written: a log that others can rely on.
///
/// What arrives while the file is being written is written together afterwards.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | each message, when it is in the file |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: writes and sends on what is there, closes the file, passes it on and ends.
/// `ShutdownMicroprocess`: passes it on and ends immediately. What it has taken is still written, and the run
/// waits for that, but it is not sent on.
///
/// # Errors
///
/// It ends with an error if the file cannot be written, was deleted by somebody else while it was written, or a
/// message is neither bytes nor text. What was not sent on may not be in the file.
///
/// # Examples
///
/// ```
/// use axon::file::Append;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let path = std::env::temp_dir().join("axon_append.log");
/// let written = Received::<&str>::new();
/// let log = Append::new(&path).blat_file().durable();
/// axon::run(pipeline![DataSource::new(["one\n", "two\n"]), log, DataSink::new(&written)])?;
/// assert_eq!(written.take(), ["one\n", "two\n"]);
/// assert_eq!(std::fs::read_to_string(&path)?, "one\ntwo\n");
/// # std::fs::remove_file(path)?;
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Append {
    path: PathBuf,
    options: Options,
    forwards: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Options {
    blats: bool,
    reopens: bool,
    syncs: bool,
}

impl Append {
    /// Appends to the file at `path`. It is created if it is not there.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Append { path: path.into(), options: Options::default(), forwards: true }
    }

    /// Sends nothing on.
    #[doc(alias = "forwarder")]
    pub fn without_forwarder(mut self) -> Self {
        self.forwards = false;
        self
    }

    /// Removes what is in the file at the beginning.
    pub fn blat_file(mut self) -> Self {
        self.options.blats = true;
        self
    }

    /// Opens the file for each write and closes it afterwards, so that others can move it away at any time, as
    /// `logrotate` does: what comes later is in a new file.
    #[doc(alias = "hold_open")]
    pub fn reopening(mut self) -> Self {
        self.options.reopens = true;
        self
    }

    /// Waits until what was written is on the disk, before it is sent on: it survives a loss of power then.
    pub fn durable(mut self) -> Self {
        self.options.syncs = true;
        self
    }
}

impl Component for Append {
    async fn main(&mut self, cx: &Context) -> Result {
        let options = self.options;
        let opener = move |path: &Path| -> io::Result<Box<dyn Write + Send>> {
            if options.blats {
                WrittenFile::create(path)?;
            }
            let file = Some(open(path, options)?);
            Ok(Box::new(Appended { path: path.to_owned(), file, options }))
        };
        let file = WriteBehind::opened_by(cx, self.path.clone(), Box::new(opener));
        let forwards = self.forwards;
        write_and_tell(cx, file, move |message| forwards.then_some(message)).await
    }
}

/// Opens the file, and makes it anew if others have moved it away.
fn open(path: &Path, options: Options) -> io::Result<WrittenFile> {
    let file = WrittenFile::append(path)?;
    if options.syncs {
        sync_folder_of(path)?;
    }
    Ok(file)
}

/// The file, and how it is treated after each write.
struct Appended {
    path: PathBuf,
    /// `None` between two writes, if it is opened for each.
    file: Option<WrittenFile>,
    options: Options,
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() {
            self.file = Some(open(&self.path, self.options)?);
        }
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.options.syncs {
            file.sync()?;
        }
        if self.options.reopens {
            self.file = None;
            return Ok(());
        }
        file.flush()
    }
}

/// Makes the entry of a new file in its folder durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::File::open(folder)?.sync_all() {
        // A file system that cannot do this.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

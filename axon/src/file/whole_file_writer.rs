//! Writes whole files: each is there with all of its contents, or not at all.
//!
//! Ported from `Kamaelia.File.WholeFileWriter`.
//!
//! *Differs from Kamaelia:* a file appears with all of its contents in one moment. It ends when it is told to. Files
//! are written on a thread beside the scheduler.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::chassis::{FromMessage, announce, receive};
use crate::util::aside::Call;
use crate::util::read_ahead::about;
use crate::{Component, Context, INBOX, Message, OUTBOX, Result};

use super::append::sync_folder_of;

/// How many names for the temporary file are tried.
const MOST_NAMES: u32 = 1000;

/// Writes whole files, one for each message, and sends the path of each when it is on the disk.
///
/// The contents are written to a temporary file in the same folder, which is then given the name of the file. So
/// whoever reads the file sees what was there before or what is there now, also after a loss of power. A file that
/// is replaced keeps its permissions, and if it is a symbolic link, the file behind the link is replaced.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | jobs: a pair of a path and the contents, `(PathBuf, Vec<u8>)`, `(String, Vec<u8>)`, `(String, String)` or `(&str, &str)` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the path of each file that is written, a `PathBuf` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: writes all files that were sent, passes it on and ends. `ShutdownMicroprocess`: finishes the
/// file that is being written, passes it on and ends.
///
/// # Errors
///
/// If a file cannot be written, it ends with an error that names it; the file is as it was before, and the temporary
/// file is removed. A path that leads to something other than a regular file is an error.
///
/// # Examples
///
/// ```
/// use axon::file::WholeFileWriter;
/// use axon::pipeline;
/// use axon::util::DataSource;
///
/// let path = std::env::temp_dir().join("axon_whole_file_writer.txt");
/// axon::run(pipeline![DataSource::new([(path.clone(), b"all of it".to_vec())]), WholeFileWriter::new()])?;
/// assert_eq!(std::fs::read(&path)?, b"all of it");
/// # std::fs::remove_file(path)?;
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct WholeFileWriter;

impl WholeFileWriter {
    /// Writes the files that it is sent.
    pub fn new() -> Self {
        Self
    }
}

/// A path, and what is to be in the file.
struct Job(PathBuf, Vec<u8>);

impl FromMessage for Job {
    fn expected() -> String {
        "a pair of a path and bytes or text".to_owned()
    }

    fn from_message(message: Message) -> std::result::Result<Self, Message> {
        let message = match message.into_value::<(PathBuf, Vec<u8>)>() {
            Ok((path, contents)) => return Ok(Job(path, contents)),
            Err(message) => message,
        };
        let message = match message.into_value::<(String, Vec<u8>)>() {
            Ok((path, contents)) => return Ok(Job(path.into(), contents)),
            Err(message) => message,
        };
        let message = match message.into_value::<(PathBuf, String)>() {
            Ok((path, contents)) => return Ok(Job(path, contents.into_bytes())),
            Err(message) => message,
        };
        let message = match message.into_value::<(String, String)>() {
            Ok((path, contents)) => return Ok(Job(path.into(), contents.into_bytes())),
            Err(message) => message,
        };
        message
            .into_value::<(&'static str, &'static str)>()
            .map(|(path, contents)| Job(path.into(), contents.as_bytes().to_vec()))
    }
}

impl Component for WholeFileWriter {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while !cx.is_told_to_stop()
                && let Some(Job(path, contents)) = receive(cx, INBOX)?
            {
                let file = path.clone();
                // The run waits for the thread, also if this component is stopped meanwhile.
                let signed_on = (cx.sign_on_later())();
                let call = Call::start(cx, move || {
                    let written = replace(&file, &contents);
                    drop(signed_on);
                    written
                });
                call.returned(cx).await?;
                cx.send_when_room(OUTBOX, path).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Gives the file at `path` these contents, in one moment.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // Where a symbolic link leads. A link that leads to no file is not followed, but replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let former = fs::metadata(path).ok();
    if former.as_ref().is_some_and(|former| !former.is_file()) {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(about(path, "replace", error));
    }
    let (temporary, mut file) = temporary_beside(path).map_err(|error| about(path, "write", error))?;
    let written = file
        .write_all(contents)
        .and_then(|()| former.map_or(Ok(()), |former| file.set_permissions(former.permissions())))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        if let Err(error) = fs::remove_file(&temporary) {
            log::warn!("{}", about(&temporary, "remove", error));
        }
        return Err(about(path, "write", error));
    }
    sync_folder_of(path).map_err(|error| about(path, "write", error))
}

/// A new file in the same folder as `path`.
fn temporary_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidFilename.into()) };
    for number in 0..MOST_NAMES {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((temporary, opened?)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

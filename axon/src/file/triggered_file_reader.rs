//! Sends the whole contents of each file that is named to it.
//!
//! Ported from `Kamaelia.File.TriggeredFileReader`.
//!
//! *Differs from Kamaelia:* a failure is an error that names the file. `ShutdownMicroprocess` ends it, and what ends
//! it is passed on. How long a file may be is limited. Files are read on a thread beside the scheduler.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::chassis::{FromMessage, announce, receive};
use crate::util::Text;
use crate::util::aside::Call;
use crate::util::read_ahead::{Named, about};
use crate::{Component, Context, INBOX, Message, OUTBOX, Result};

/// The longest file in bytes, by default: 64 MiB.
const LONGEST_FILE: u64 = 1 << 26;

/// Sends the whole contents of each file whose path arrives, in one message, one file after the other.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | paths: a `PathBuf` or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the contents of each file, a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: reads all files that were named, passes it on and ends. `ShutdownMicroprocess`: passes it on
/// and ends immediately, even while a file cannot be opened yet.
///
/// # Errors
///
/// It ends with an error that names the file if it cannot be read, was truncated while it was read, or is longer
/// than 64 MiB, or than [`longest_file`](TriggeredFileReader::longest_file). To go on after an error, put it into a
/// [`Supervisor`](crate::chassis::Supervisor).
///
/// # Examples
///
/// ```
/// use axon::file::TriggeredFileReader;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![DataSource::new(["Cargo.toml"]), TriggeredFileReader::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [std::fs::read("Cargo.toml")?]);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct TriggeredFileReader {
    longest: u64,
}

impl TriggeredFileReader {
    /// Reads files of at most 64 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads files of at most this many bytes.
    pub fn longest_file(mut self, bytes: u64) -> Self {
        self.longest = bytes;
        self
    }
}

impl Default for TriggeredFileReader {
    fn default() -> Self {
        TriggeredFileReader { longest: LONGEST_FILE }
    }
}

/// A path in a message.
pub(super) struct FilePath(pub(super) PathBuf);

impl FromMessage for FilePath {
    fn expected() -> String {
        "a path or text".to_owned()
    }

    fn from_message(message: Message) -> std::result::Result<Self, Message> {
        match message.into_value::<PathBuf>() {
            Ok(path) => Ok(FilePath(path)),
            Err(message) => Text::from_message(message).map(|Text(path)| FilePath(path.into())),
        }
    }
}

impl Component for TriggeredFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let longest = self.longest;
        loop {
            while let Some(FilePath(path)) = receive(cx, INBOX)? {
                let call = Call::start(cx, move || {
                    read_whole(&path, longest, "; longest_file(bytes) takes longer ones")
                });
                let Some(contents) = call.returned_or_stopped(cx).await else { break };
                cx.send_when_room(OUTBOX, contents?).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// The whole file, unless it is longer. `remedy` ends the message in that case.
pub(super) fn read_whole(path: &Path, longest: u64, remedy: &str) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    Named::open(path)?.take(longest.saturating_add(1)).read_to_end(&mut contents)?;
    if contents.len() as u64 > longest {
        let text = format!("it is longer than {longest} bytes{remedy}");
        return Err(about(path, "read", io::Error::new(io::ErrorKind::FileTooLarge, text)));
    }
    Ok(contents)
}

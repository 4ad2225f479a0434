//! Writes what arrives into a file.
//!
//! Ported from `Kamaelia.File.Writing`.
//!
//! *Differs from Kamaelia:* text is written as well as bytes, the file is closed when the component ends
//! (there never, B30), and errors name it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use crate::chassis::{announce, receive};
use crate::{Component, Context, INBOX, Result};

use super::file_reading::about;
use super::text::Chunk;

/// Writes every message to a file, without a buffer: what was written is there at once.
///
/// The file is made anew on the first turn, unless you say [`append`](SimpleFileWriter::append).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: writes what is there, closes the file, passes it on and
/// ends.
///
/// # Errors
///
/// It ends with an error if the file cannot be written, or a message is neither bytes nor text.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSource, SimpleFileWriter};
///
/// let path = std::env::temp_dir().join("axon_simple_file_writer.txt");
/// axon::run(pipeline![DataSource::new(["one\n", "two\n"]), SimpleFileWriter::new(&path)])?;
/// assert_eq!(std::fs::read_to_string(&path)?, "one\ntwo\n");
/// # std::fs::remove_file(path)?;
/// # Ok::<(), axon::Error>(())
/// ```
pub struct SimpleFileWriter {
    path: PathBuf,
    mode: Mode,
}

enum Mode {
    Anew,
    Append,
}

impl SimpleFileWriter {
    /// Will write the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SimpleFileWriter { path: path.into(), mode: Mode::Anew }
    }

    /// Writes behind what is in the file already.
    #[must_use]
    #[doc(alias = "mode")]
    pub fn append(mut self) -> Self {
        self.mode = Mode::Append;
        self
    }

    fn open(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        match self.mode {
            Mode::Anew => options.write(true).create(true).truncate(true),
            Mode::Append => options.append(true).create(true),
        };
        Ok(options.open(&self.path).map_err(|error| about(&self.path, "open", error))?)
    }
}

impl Component for SimpleFileWriter {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut file = self.open()?;
        let notice = loop {
            while let Some(Chunk(bytes)) = receive(cx, INBOX)? {
                file.write_all(&bytes).map_err(|error| about(&self.path, "write", error))?;
            }
            if let Some(notice) = cx.told_to_end() {
                break notice;
            }
            cx.pause().await;
        };
        drop(file);
        announce(cx, notice).await;
        Ok(())
    }
}

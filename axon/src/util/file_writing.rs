//! Writes what arrives into a file.
//!
//! Ported from `Kamaelia.File.Writing`.
//!
//! *Differs from Kamaelia:* text is written as well as bytes, the file is closed when the component ends,
//! and errors name it. It is opened and written on a thread beside the scheduler.

use std::path::PathBuf;

use crate::chassis::{announce, receive};
use crate::{Component, Context, Ending, INBOX, Message, Result};

use super::text::Chunk;
use super::write_behind::WriteBehind;
use super::written_file::WrittenFile;

/// Writes every message to a file.
///
/// The file is created or truncated on the first turn, unless [`append`](SimpleFileWriter::append) is set.
/// A thread beside the scheduler writes what was taken as soon as no more has come in a pass of the scheduler, or 16 KiB
/// of it have. At most about half a MiB waits to be written; above that, nothing more is taken from `inbox`.
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
/// `ProducerFinished`: writes what is there, closes the file, passes it on and ends.
/// `ShutdownMicroprocess`: the same, but it does not wait until everything is written; the run does, as it
/// waits for its threads. If it writes to a FIFO whose other end nobody has opened, nothing waits: the data
/// is lost, and the log says how much.
///
/// # Errors
///
/// It ends with an error if the file cannot be written, was deleted or truncated by somebody else while it was
/// written, or a message is neither bytes nor text.
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
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleFileWriter {
    path: PathBuf,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Anew,
    Append,
}

impl SimpleFileWriter {
    /// Writes the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SimpleFileWriter { path: path.into(), mode: Mode::Anew }
    }

    /// Appends to what is in the file already.
    #[doc(alias = "mode")]
    pub fn append(mut self) -> Self {
        self.mode = Mode::Append;
        self
    }
}

impl Component for SimpleFileWriter {
    async fn main(&mut self, cx: &Context) -> Result {
        let open = match self.mode {
            Mode::Anew => WrittenFile::create,
            Mode::Append => WrittenFile::append,
        };
        let mut file = WriteBehind::file(cx, self.path.clone(), open);
        let mut told: Option<Message> = None;
        loop {
            let mut has_taken = false;
            while told.is_none()
                && (file.has_room() || cx.is_told_to_stop())
                && let Some(Chunk(bytes)) = receive(cx, INBOX)?
            {
                file.gather(&bytes);
                has_taken = true;
            }
            file.is_settled()?;
            // More may come in the next pass, to be written with it.
            if has_taken && !cx.is_told_to_stop() {
                cx.yield_now().await;
                continue;
            }
            file.write_gathered();
            // What waits comes before the end, also if there is room again by now.
            let waits = cx.data_ready(INBOX) > 0;
            if !waits || cx.is_told_to_stop() {
                told = cx.told_to_end().or(told);
            }
            match told.as_ref().and_then(Message::ending) {
                None if waits => file.await_room(cx),
                None => file.await_failure(cx),
                Some(Ending::ProducerFinished) if !file.close(cx) => {}
                Some(_) => break,
            }
            cx.pause().await;
        }
        if let Some(notice) = told {
            if notice.ending() == Some(Ending::ProducerFinished) {
                file.is_settled()?;
            }
            drop(file);
            announce(cx, notice).await;
        }
        Ok(())
    }
}

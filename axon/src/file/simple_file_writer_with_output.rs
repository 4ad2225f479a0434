//! Writes what arrives into a file, and tells when it is written.
//!
//! Ported from `Kamaelia.Apps.CL.SimpleFileWriterWithOutput`.
//!
//! *Differs from Kamaelia:* the name is sent when the message is in the file, not before. As for
//! [`SimpleFileWriter`](crate::util::SimpleFileWriter).

use std::path::PathBuf;

use crate::util::write_behind::WriteBehind;
use crate::util::written_file::WrittenFile;
use crate::{Component, Context, Message, Result};

use super::written::write_and_tell;

/// Writes every message to a file, which is made anew, and sends the path of the file for each message that is
/// written.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the path of the file, a `PathBuf`, for each message that is in it |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: writes what is there, tells of it, closes the file, passes it on and ends.
/// `ShutdownMicroprocess`: passes it on and ends immediately. What it has taken is still written, and the run
/// waits for that.
///
/// # Errors
///
/// It ends with an error if the file cannot be written, was deleted or truncated by somebody else while it was
/// written, or a message is neither bytes nor text.
///
/// # Examples
///
/// ```
/// use axon::file::SimpleFileWriterWithOutput;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let path = std::env::temp_dir().join("axon_writer_with_output.txt");
/// let told = Received::<std::path::PathBuf>::new();
/// axon::run(pipeline![DataSource::new(["one"]), SimpleFileWriterWithOutput::new(&path), DataSink::new(&told)])?;
/// assert_eq!(told.take(), [path.clone()]);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleFileWriterWithOutput {
    path: PathBuf,
}

impl SimpleFileWriterWithOutput {
    /// Writes the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SimpleFileWriterWithOutput { path: path.into() }
    }
}

impl Component for SimpleFileWriterWithOutput {
    async fn main(&mut self, cx: &Context) -> Result {
        let file = WriteBehind::file(cx, self.path.clone(), WrittenFile::create);
        write_and_tell(cx, file, |_| Some(Message::new(self.path.clone()))).await
    }
}

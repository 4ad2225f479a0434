//! A file that is written to, and that notices when others delete it or cut it short meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file whose errors say that what was written is not where the path leads any more.
pub(crate) struct WrittenFile {
    file: File,
    /// How many bytes were written. The file cannot be shorter, whoever else appends to it.
    written: u64,
    /// Whether somebody who cuts the file short does no harm: what is appended then is at its new end.
    appends: bool,
}

impl WrittenFile {
    /// Opens a file anew: it is created, or what was in it is removed.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(WrittenFile { file: File::create(path)?, written: 0, appends: false })
    }

    /// Opens a file, which need not exist yet, to append to it.
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(WrittenFile { file, written: 0, appends: true })
    }

    /// Waits until what was written is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.file.sync_data() {
            // A FIFO or a terminal, for which there is no disk.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }

    fn expect_nobody_has_touched_it(&self) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        if !metadata.is_file() {
            return Ok(());
        }
        if is_deleted(&metadata) {
            return Err(io::Error::other("it was deleted while it was written"));
        }
        if !self.appends && metadata.len() < self.written {
            let (length, written) = (metadata.len(), self.written);
            let text = format!("it was truncated while it was written: {length} of {written} bytes are left");
            return Err(io::Error::other(text));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn is_deleted(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 0
}

#[cfg(not(unix))]
fn is_deleted(_: &std::fs::Metadata) -> bool {
    false
}

impl Write for WrittenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What was cut off would be a hole afterwards, and the file as long as it should be.
        self.expect_nobody_has_touched_it()?;
        let written = self.file.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.expect_nobody_has_touched_it()
    }
}

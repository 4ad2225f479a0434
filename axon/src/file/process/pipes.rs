//! The ends of a child's pipes. They end when the child has ended, even if others still have them open.
//!
//! What the child has written before its end is in the pipe then. So the output is at its end when the child has ended
//! and the pipe is empty, and nothing is cut off. A process that the child has started, and that writes later, writes
//! to nobody.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::ioctl_fionbio;

use crate::file::polling::until_uninterrupted;

/// The reading end of a child's standard output or error.
pub(super) struct FromChild {
    pipe: File,
    over: Arc<PipeReader>,
}

/// The writing end of a child's standard input.
pub(super) struct ToChild {
    pipe: File,
    over: Arc<PipeReader>,
}

/// What has happened at a pipe, or to the child.
#[derive(PartialEq)]
enum Event {
    Ready,
    ChildEnded,
}

impl FromChild {
    pub(super) fn new(pipe: impl Into<OwnedFd>, over: &Arc<PipeReader>) -> Self {
        FromChild { pipe: File::from(pipe.into()), over: Arc::clone(over) }
    }
}

impl Read for FromChild {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match wait_for(&self.pipe, PollFlags::IN, &self.over)? {
            Event::Ready => self.pipe.read(bytes),
            Event::ChildEnded => Ok(0),
        }
    }
}

impl ToChild {
    pub(super) fn new(pipe: impl Into<OwnedFd>, over: &Arc<PipeReader>) -> io::Result<Self> {
        let pipe = pipe.into();
        // A write must return when the child ends, even if somebody else could read what is written.
        ioctl_fionbio(&pipe, true)?;
        Ok(ToChild { pipe: File::from(pipe), over: Arc::clone(over) })
    }
}

impl Write for ToChild {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            if wait_for(&self.pipe, PollFlags::OUT, &self.over)? == Event::ChildEnded {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            match self.pipe.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the pipe is ready, or the child has ended and it is not.
fn wait_for(pipe: &File, wanted: PollFlags, over: &PipeReader) -> io::Result<Event> {
    let over = PollFd::new(over, PollFlags::IN);
    let mut both = [PollFd::from_borrowed_fd(pipe.as_fd(), wanted), over];
    until_uninterrupted(&mut both, None)?;
    if !both[0].revents().is_empty() {
        return Ok(Event::Ready);
    }
    // The child may have written and ended after the pipe was looked at.
    let mut pipe = [PollFd::from_borrowed_fd(pipe.as_fd(), wanted)];
    until_uninterrupted(&mut pipe, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    Ok(if pipe[0].revents().is_empty() { Event::ChildEnded } else { Event::Ready })
}

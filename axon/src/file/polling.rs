//! Waits for what comes first at several descriptors.

use std::io;

use rustix::event::{PollFd, Timespec, poll};
use rustix::io::Errno;

/// Waits until one of them is ready, or the time is over. A signal of the process does not end it.
pub(super) fn until_uninterrupted(fds: &mut [PollFd<'_>], limit: Option<&Timespec>) -> io::Result<()> {
    loop {
        match poll(fds, limit) {
            Err(Errno::INTR) => {}
            polled => return Ok(polled.map(|_| ())?),
        }
    }
}

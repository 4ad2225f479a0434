//! A child process: started, waited for and killed, without the component ever waiting for it.

use std::io::{self, PipeReader, PipeWriter};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use crate::util::aside::{Aside, Call};

/// Who gets the signals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reach {
    /// The child.
    Child,
    /// The child and those that it has started: it has a process group of its own.
    Group,
}

/// The pipes of a child.
pub(super) struct Pipes {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
    /// Is at its end when the child has ended, whoever else has one of the other pipes.
    pub(super) over: Arc<PipeReader>,
}

/// A child that was started. If this is dropped before the child has ended, the child is killed.
pub(super) struct Running {
    process: Arc<Process>,
    end: Call<ExitStatus>,
}

struct Process {
    pid: Pid,
    reach: Reach,
    /// `None` when the child has ended. Only then may the system give its number to another process.
    child: Mutex<Option<Child>>,
}

impl Running {
    /// Starts a child. A thread waits for its end, and `waker` wakes the component then.
    pub(super) fn start(
        aside: &Aside,
        waker: Waker,
        mut command: Command,
        reach: Reach,
    ) -> io::Result<(Self, Pipes)> {
        if reach == Reach::Group {
            command.process_group(0);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (over, is_over) = io::pipe()?;
        let mut child = command.spawn().map_err(|error| {
            let program = command.get_program().display();
            io::Error::new(error.kind(), format!("cannot run {program}: {error}"))
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let pid = Pid::from_child(&child);
        let process = Arc::new(Process { pid, reach, child: Mutex::new(Some(child)) });
        let waiting = Arc::clone(&process);
        let end = Call::on(aside, waker, move || wait(&waiting, is_over)).inspect_err(|_| {
            process.signal(Signal::KILL);
            // The other error says more.
            let _ = process.reap();
        })?;
        let running = Running { process, end };
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok((running, Pipes { stdin, stdout, stderr, over: Arc::new(over) }))
    }

    /// How the child has ended, once. `None` if it has not yet, or was asked before.
    pub(super) fn ended(&self) -> Option<io::Result<ExitStatus>> {
        self.end.take()
    }

    /// Asks the child to end.
    pub(super) fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Ends the child.
    pub(super) fn kill(&self) {
        self.process.signal(Signal::KILL);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Process {
    /// Sends a signal, unless the child has ended.
    fn signal(&self, signal: Signal) {
        // While this is locked, the number is that of the child and of nobody else.
        let child = lock(&self.child);
        if child.is_none() {
            return;
        }
        let sent = match self.reach {
            Reach::Child => kill_process(self.pid, signal),
            Reach::Group => kill_process_group(self.pid, signal),
        };
        if let Err(error) = sent {
            log::warn!("cannot send a signal to process {}: {error}", self.pid.as_raw_nonzero());
        }
    }

    /// Takes the status of a child that has ended, so that no zombie is left.
    fn reap(&self) -> io::Result<ExitStatus> {
        let child = lock(&self.child).take();
        child.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |mut child| child.wait())
    }
}

/// The body of a thread: waits for the end of the child.
fn wait(process: &Process, is_over: PipeWriter) -> io::Result<ExitStatus> {
    let until_ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(Errno::INTR) = waitid(WaitId::Pid(process.pid), until_ended) {}
    let status = process.reap();
    drop(is_over);
    status
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

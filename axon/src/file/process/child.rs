//! A child process: started, waited for and killed, without the component ever waiting for it.

use std::io::{self, PipeReader, PipeWriter};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use crate::Context;
use crate::util::aside::Aside;

/// Who gets the signals.
#[derive(Clone, Copy, PartialEq)]
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
pub(super) struct Running(Arc<Process>);

struct Process {
    pid: Pid,
    reach: Reach,
    /// `None` when the child has ended. Only then may the system give its number to another process.
    child: Mutex<Option<Child>>,
    end: Mutex<End>,
}

#[derive(Default)]
struct End {
    status: Option<io::Result<ExitStatus>>,
    waker: Option<Waker>,
}

impl Running {
    /// Starts a child. A thread waits for its end.
    pub(super) fn start(aside: &Aside, mut command: Command, reach: Reach) -> io::Result<(Self, Pipes)> {
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
        let (pid, child) = (Pid::from_child(&child), Mutex::new(Some(child)));
        let running = Running(Arc::new(Process { pid, reach, child, end: Mutex::default() }));
        let waiting = Arc::clone(&running.0);
        if let Err(error) = aside.run(move || wait(&waiting, is_over)) {
            running.kill();
            // The other error says more.
            let _ = reap(&running.0);
            return Err(error);
        }
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok((running, Pipes { stdin, stdout, stderr, over: Arc::new(over) }))
    }

    /// How the child has ended, once. If it has not yet, the component is woken then.
    pub(super) fn ended(&self, cx: &Context) -> Option<io::Result<ExitStatus>> {
        let mut end = lock(&self.0.end);
        if end.status.is_none() {
            end.waker = Some(cx.waker());
        }
        end.status.take()
    }

    /// Asks the child to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends the child.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Sends a signal, unless the child has ended.
    fn signal(&self, signal: Signal) {
        let Process { pid, reach, child, .. } = &*self.0;
        // While this is locked, the number is that of the child and of nobody else.
        let child = lock(child);
        if child.is_none() {
            return;
        }
        let sent = match reach {
            Reach::Child => kill_process(*pid, signal),
            Reach::Group => kill_process_group(*pid, signal),
        };
        if let Err(error) = sent {
            log::warn!("cannot send a signal to process {}: {error}", pid.as_raw_nonzero());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let waker = lock(&self.0.end).waker.take();
        drop(waker);
        self.kill();
    }
}

/// The body of a thread: waits for the end of the child.
fn wait(process: &Process, is_over: PipeWriter) {
    let until_ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(Errno::INTR) = waitid(WaitId::Pid(process.pid), until_ended) {}
    let status = reap(process);
    drop(is_over);
    let mut end = lock(&process.end);
    end.status = Some(status);
    let waker = end.waker.take();
    drop(end);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Takes the status of a child that has ended, so that no zombie is left.
fn reap(process: &Process) -> io::Result<ExitStatus> {
    let mut child = lock(&process.child);
    child.take().map_or_else(|| Err(io::ErrorKind::NotFound.into()), |mut child| child.wait())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

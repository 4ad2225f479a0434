//! Runs another program: its input and output are boxes.
//!
//! Ported from `Kamaelia.File.UnixProcess` and `Kamaelia.File.UnixProcess2`.
//!
//! *Differs from Kamaelia:*
//! - there is no shell unless it is asked for, and no Selector, so the boxes for it are gone;
//! - what the program writes to its standard error is sent, and so is how it has ended;
//! - no input is dropped: what the program does not read yet waits, and its sender with it;
//! - a component that is told to stop ends its program.

mod child;
mod pipes;
mod program;

use std::ffi::OsStr;
use std::process::Command;
use std::time::Duration;

use crate::chassis::{announce, announce_end};
use crate::util::aside::{Aside, Call};
use crate::{Boxes, Component, Context, Ending, Message, Result};

use child::{Reach, Running};
use program::Program;

/// Where it sends what the program writes to its standard error.
const ERROR: &str = "error";

/// Where it sends how the program has ended.
const STATUS: &str = "status";

/// How long a program has to end when it is asked to, unless set.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a program. `inbox` is its standard input, `outbox` its standard output.
///
/// While the program reads nothing, what is sent to it waits, and so does its sender; while nobody takes what the
/// program writes, the program waits. The program inherits standard descriptors only. Its output is sent whole, also
/// if it is killed. The component ends when the program has ended, even if a process that the program has started
/// still has its output open; what that process writes later is not sent.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text for the program's standard input |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the program writes to its standard output, as it comes, each a `Vec<u8>` |
/// | `error` | the same of its standard error |
/// | `status` | how the program has ended, a [`std::process::ExitStatus`], after its output |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// When the program has ended, it ends with the ending that it was sent, or with `ProducerFinished`.
/// `ProducerFinished`: writes what is there to the program and closes its standard input, at which most programs end.
/// `ShutdownMicroprocess`: sends the program `SIGTERM`, and `SIGKILL` if it has not ended within a
/// [time](UnixProcess::grace); what it writes meanwhile is dropped. A component that is stopped or dropped without
/// such a message kills its program immediately. No zombie is left.
///
/// If the program closes its standard input or ends, further input is dropped; the log says how much. When the receiver
/// of its output has ended, the program gets `SIGPIPE` at its next write, as in a shell.
///
/// # Errors
///
/// It ends with an error if the program cannot be run, or a message is neither bytes nor text. A program that fails is
/// no error: look at `status`. If neither `status` nor `error` is linked, the log has a warning.
///
/// # Examples
///
/// ```
/// use axon::file::UnixProcess;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// let sorted = UnixProcess::new("sort").args(["-r"]);
/// axon::run(pipeline![DataSource::new(["a\n", "c\n", "b\n"]), sorted, DataSink::new(&received)])?;
/// assert_eq!(received.take().concat(), b"c\nb\na\n");
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "UnixProcess2")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct UnixProcess {
    /// `None` after it was started.
    command: Option<Command>,
    reach: Reach,
    grace: Duration,
}

impl UnixProcess {
    /// Runs `program`, which is looked up in `PATH` unless its name contains a slash.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self::command(Command::new(program))
    }

    /// Runs a line of the shell. It must not contain text from strangers.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::file::UnixProcess;
    /// use axon::prelude::*;
    ///
    /// axon::run(pipeline![UnixProcess::shell("echo hello | tr a-z A-Z"), ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn shell(line: impl AsRef<OsStr>) -> Self {
        Self::new("/bin/sh").args([OsStr::new("-c"), line.as_ref()])
    }

    /// Runs this command, with its arguments, folder and environment. Its `stdin`, `stdout` and `stderr` are
    /// replaced by pipes.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::file::UnixProcess;
    /// use axon::prelude::*;
    ///
    /// let mut command = std::process::Command::new("ls");
    /// command.current_dir("/");
    /// axon::run(pipeline![UnixProcess::command(command), ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn command(command: Command) -> Self {
        UnixProcess { command: Some(command), reach: Reach::Child, grace: GRACE }
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        if let Some(command) = &mut self.command {
            command.args(arguments);
        }
        self
    }

    /// How long the program has to end after `ShutdownMicroprocess`, instead of one second.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Puts the program into a process group of its own, so that signals reach the processes that it has started
    /// too. Ctrl-C at the terminal does not reach the group: use `Signals` of `kamaelia-net` to end the run in order.
    pub fn own_group(mut self) -> Self {
        self.reach = Reach::Group;
        self
    }
}

impl Component for UnixProcess {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .outbox(ERROR, "what the program writes to its standard error")
            .outbox(STATUS, "how the program has ended")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(command) = self.command.take() else { return Ok(()) };
        let (aside, reach) = (Aside::without_limit(cx), self.reach);
        let (threads, waker) = (aside.clone(), cx.waker());
        let call = Call::start(cx, move || Running::start(&threads, waker, command, reach));
        let Some(started) = call.returned_or_stopped(cx).await else {
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
            }
            return Ok(());
        };
        let (running, pipes) = started?;
        let (told, status) = Program::new(cx, aside, pipes)?.run(cx, &running, self.grace).await?;
        let status = status?;
        let is_stopped = told.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess);
        if status.success() || is_stopped || cx.is_linked(STATUS) || cx.is_linked(ERROR) {
            log::debug!("{}: the program has ended: {status}", cx.name());
        } else {
            log::warn!(
                "{}: the program has failed: {status}; link the outbox \"error\" to see what it says",
                cx.name()
            );
        }
        match &told {
            Some(_) if is_stopped => {
                // Whoever stops it need not take this.
                let _ = cx.send(STATUS, status);
            }
            _ => cx.send_when_room(STATUS, status).await?,
        }
        announce_end(cx, told).await;
        Ok(())
    }
}

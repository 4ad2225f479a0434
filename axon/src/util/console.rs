//! Shows on the console what arrives.
//!
//! Ported from `ConsoleEchoer` of `Kamaelia.Util.Console`.
//!
//! *Differs from Kamaelia:* a payload that is neither text nor bytes is shown by its `Debug` form, which
//! every payload has; bytes are written as they are. Data that arrives in the last turn is shown too.
//! [`ConsoleLine`] replaces the strings in a `Seq`. Output is written on a thread beside the scheduler, so
//! a stopped terminal delays no other component.

use std::io::{self, Write};

use crate::chassis::{announce, announce_end};
use crate::{CONTROL, Component, Context, INBOX, Message, OUTBOX, Result, error::NotSentErrorKind};

use super::text::{with_bytes, with_text};
use super::write_behind::WriteBehind;

/// Writes everything that arrives at `inbox` to standard output, without adding line breaks.
///
/// Text and bytes are written as they are, anything else in its `Debug` form. With [`lines`](ConsoleEchoer::lines) each
/// message but bytes is a line.
///
/// A thread beside the scheduler writes the output. All components that write to standard output share it,
/// so their output keeps its order. At most about half a MiB waits to be written; above that, nothing more
/// is taken from `inbox`. What the program itself prints meanwhile with `println!` may appear earlier.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, as a [`forwarder`](ConsoleEchoer::forwarder) |
/// | `signal` | all messages that were in `control` when it ended |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, not only endings, after the data that is there is
/// written. It passes on everything that is in `control`. After `ShutdownMicroprocess` it does not wait
/// until everything is written; the run does, as it waits for its threads.
///
/// When nobody reads standard output any more, as in `program | head -1`, the run ends as if it were
/// stopped ([`Context::stop_scheduler`]), without an error or a message.
///
/// # Errors
///
/// It ends with an error when standard output cannot be written to for any other reason.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ConsoleEchoer, DataSource};
///
/// axon::run(pipeline![DataSource::new(["hello", "\n"]), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ConsoleEchoer {
    output: Output,
    forwards: Forwards,
    shows: Shows,
    breaks: Breaks,
    tag: String,
}

#[derive(Debug, PartialEq)]
enum Breaks {
    AsTheyAre,
    AfterLines,
}

#[derive(Debug, PartialEq)]
enum Forwards {
    Nothing,
    Everything,
}

#[derive(Debug, PartialEq)]
enum Shows {
    Contents,
    DebugForm,
}

impl ConsoleEchoer {
    /// Writes to standard output.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also sends what it has shown out of `outbox`.
    pub fn forwarder(mut self) -> Self {
        self.forwards = Forwards::Everything;
        self
    }

    /// Shows everything in its `Debug` form, text with its quotes.
    #[doc(alias = "use_repr")]
    pub fn use_debug(mut self) -> Self {
        self.shows = Shows::DebugForm;
        self
    }

    /// Shows each message on a line of its own: adds a line break to what has none at its end. Bytes are written as
    /// they are, since a chunk of bytes may end anywhere.
    ///
    /// Kamaelia's echoer never adds any. In a [graph as text](crate::text) this is usual.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::pipeline;
    /// use axon::util::{ConsoleEchoer, DataSource};
    ///
    /// axon::run(pipeline![DataSource::new(["one", "two\n"]), ConsoleEchoer::new().lines()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn lines(mut self) -> Self {
        self.breaks = Breaks::AfterLines;
        self
    }

    /// Takes [`lines`](ConsoleEchoer::lines) back.
    pub fn as_it_is(mut self) -> Self {
        self.breaks = Breaks::AsTheyAre;
        self
    }

    /// Writes `tag` before each message.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = tag.into();
        self
    }

    /// Writes to `output` instead of standard output, on the scheduler's thread: for outputs that never
    /// block, such as memory.
    pub fn writing_to(mut self, output: impl Write + 'static) -> Self {
        self.output = Output::Here(Box::new(output));
        self
    }

    /// Writes to `output` instead of standard output, on a thread beside the scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::ConsoleEchoer;
    ///
    /// let errors = ConsoleEchoer::new().writing_aside_to(std::io::stderr());
    /// ```
    pub fn writing_aside_to(mut self, output: impl Write + Send + 'static) -> Self {
        self.output = Output::Aside(Box::new(output));
        self
    }

    /// Shows a message.
    fn show(&self, message: &Message, screen: &mut Screen) -> io::Result<()> {
        let tag = self.tag.as_bytes();
        let end = |text: &str| match self.breaks {
            Breaks::AfterLines if !text.ends_with('\n') => &b"\n"[..],
            _ => b"",
        };
        let shown = match self.shows {
            Shows::Contents => with_text(message, |text| screen.show(&[tag, text.as_bytes(), end(text)]))
                .or_else(|| with_bytes(message, |bytes| screen.show(&[tag, bytes]))),
            Shows::DebugForm => None,
        };
        shown.unwrap_or_else(|| {
            let form = format!("{message:?}");
            screen.show(&[tag, form.as_bytes(), end(&form)])
        })
    }
}

impl Default for ConsoleEchoer {
    fn default() -> Self {
        ConsoleEchoer {
            output: Output::Standard,
            forwards: Forwards::Nothing,
            shows: Shows::Contents,
            breaks: Breaks::AsTheyAre,
            tag: String::new(),
        }
    }
}

/// The output that an echoer was given.
enum Output {
    Standard,
    Aside(Box<dyn Write + Send>),
    Here(Box<dyn Write>),
}

crate::debug_by_name!(Output);

/// The output while the echoer runs.
enum Screen {
    Behind(WriteBehind),
    Here(Box<dyn Write>),
}

impl Screen {
    fn show(&mut self, pieces: &[&[u8]]) -> io::Result<()> {
        match self {
            Screen::Behind(output) => {
                output.put(pieces);
                Ok(())
            }
            Screen::Here(output) => {
                pieces.iter().try_for_each(|piece| output.write_all(piece))?;
                output.flush()
            }
        }
    }

    fn has_room(&self) -> bool {
        match self {
            Screen::Behind(output) => output.has_room(),
            Screen::Here(_) => true,
        }
    }

    fn is_settled(&mut self) -> io::Result<bool> {
        match self {
            Screen::Behind(output) => output.is_settled(),
            Screen::Here(_) => Ok(true),
        }
    }
}

impl ConsoleEchoer {
    async fn echo(&self, cx: &Context, screen: &mut Screen) -> io::Result<()> {
        loop {
            while screen.has_room()
                && let Some(message) = cx.recv(INBOX)
            {
                self.show(&message, screen)?;
                if self.forwards == Forwards::Everything
                    && let Err(not_sent) = cx.send_when_room(OUTBOX, message).await
                    && not_sent.kind() == NotSentErrorKind::ToldToStop
                {
                    break;
                }
            }
            let is_settled = screen.is_settled()?;
            let is_told = cx.data_ready(CONTROL) > 0;
            if is_told && cx.is_told_to_stop() {
                while let Some(message) = cx.recv(INBOX) {
                    self.show(&message, screen)?;
                }
                return Ok(());
            }
            if is_told && is_settled && cx.data_ready(INBOX) == 0 {
                return Ok(());
            }
            if let Screen::Behind(output) = screen {
                // The thread may have made room since: what waits in the inbox does not wait for another event.
                match (cx.data_ready(INBOX) > 0, is_told) {
                    (true, _) => output.await_room(cx),
                    (false, true) => output.await_settled(cx),
                    (false, false) => output.await_failure(cx),
                }
            }
            cx.pause().await;
        }
    }
}

impl Component for ConsoleEchoer {
    async fn main(&mut self, cx: &Context) -> Result {
        let (mut screen, is_standard) = match std::mem::replace(&mut self.output, Output::Standard) {
            Output::Standard => (Screen::Behind(standard_output(cx)), true),
            Output::Aside(output) => (Screen::Behind(WriteBehind::to(cx, output)), false),
            Output::Here(output) => (Screen::Here(output), false),
        };
        match self.echo(cx, &mut screen).await {
            Ok(()) => {}
            Err(error) if is_standard => return console_failed(cx, error),
            Err(error) => return Err(error.into()),
        }
        while let Some(message) = cx.recv(CONTROL) {
            announce(cx, message).await;
        }
        Ok(())
    }
}

/// Standard output, shared by the components of a scheduler so that their lines keep their order.
pub(super) fn standard_output(cx: &Context) -> WriteBehind {
    WriteBehind::shared(cx, "axon.util standard output", || Box::new(io::stdout()))
}

/// Handles a console that cannot be written to: when nobody reads it any more, the run ends quietly, as
/// usual in a shell.
pub(super) fn console_failed(cx: &Context, error: io::Error) -> Result {
    if error.kind() != io::ErrorKind::BrokenPipe {
        return Err(error.into());
    }
    log::debug!("{} ends the run: nobody reads standard output any more", cx.name());
    cx.stop_scheduler();
    Ok(())
}

/// Writes one line to standard output, and ends.
///
/// As a member of a [`Seq`](crate::chassis::Seq) it shows progress.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
/// | `signal` | an ending |
///
/// # Shutdown
///
/// When the line is written it ends by itself with `ProducerFinished`, or passes on the ending that it
/// received meanwhile. After `ShutdownMicroprocess` it does not wait until the line is written. When nobody
/// reads standard output any more, the run ends, as with [`ConsoleEchoer`].
///
/// # Errors
///
/// It ends with an error when standard output cannot be written to for any other reason.
///
/// # Examples
///
/// ```
/// use axon::chassis::Seq;
/// use axon::util::ConsoleLine;
///
/// axon::run(Seq::new().then(ConsoleLine::new("one")).then(ConsoleLine::new("two")))?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ConsoleLine {
    line: String,
}

impl ConsoleLine {
    /// Writes `line`, and a line break.
    pub fn new(line: impl Into<String>) -> Self {
        ConsoleLine { line: line.into() }
    }
}

impl Component for ConsoleLine {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut output = standard_output(cx);
        output.put(&[self.line.as_bytes(), b"\n"]);
        loop {
            match output.is_settled() {
                Ok(false) if !cx.is_told_to_stop() => output.await_settled(cx),
                Ok(_) => break,
                Err(error) => return console_failed(cx, error),
            }
            cx.pause().await;
        }
        announce_end(cx, None).await;
        Ok(())
    }
}

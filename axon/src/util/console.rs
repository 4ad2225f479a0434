//! Shows on the console what arrives.
//!
//! Ported from `ConsoleEchoer` of `Kamaelia.Util.Console`.
//!
//! *Differs from Kamaelia:* what is neither text nor bytes is shown by its `Debug` form, since that is
//! what every payload has; bytes are written as they are. Data that comes in the last turn is shown too.
//! [`ConsoleLine`] takes the place of the strings in a `Seq`.

use std::io::{self, Write};

use crate::chassis::{announce, producer_finished};
use crate::{CONTROL, Component, Context, INBOX, Message, NotSentKind, OUTBOX, Result};

use super::text::with_bytes;

/// Writes everything that comes to `inbox` to standard output, as it is: no line break is added.
///
/// Text and bytes are written as they are, anything else in its `Debug` form.
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
/// *As in Kamaelia*, any message in `control` ends it, not only endings, after the data that is there. It
/// passes on all that is in `control`.
///
/// # Errors
///
/// It ends with an error when standard output cannot be written to.
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
pub struct ConsoleEchoer {
    output: Box<dyn Write>,
    forwards: Forwards,
    shows: Shows,
    tag: String,
}

#[derive(PartialEq)]
enum Forwards {
    Nothing,
    Everything,
}

#[derive(PartialEq)]
enum Shows {
    Contents,
    DebugForm,
}

impl ConsoleEchoer {
    /// Writes to standard output.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends what it has shown out of `outbox`.
    #[must_use]
    pub fn forwarder(mut self) -> Self {
        self.forwards = Forwards::Everything;
        self
    }

    /// Shows everything in its `Debug` form, text with its quotes.
    #[must_use]
    #[doc(alias = "use_repr")]
    pub fn use_debug(mut self) -> Self {
        self.shows = Shows::DebugForm;
        self
    }

    /// Writes `tag` before each message.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = tag.into();
        self
    }

    /// Writes to `output` instead of standard output.
    #[must_use]
    pub fn writing_to(mut self, output: impl Write + 'static) -> Self {
        self.output = Box::new(output);
        self
    }

    fn show(&mut self, message: &Message) -> io::Result<()> {
        self.output.write_all(self.tag.as_bytes())?;
        let shown = match self.shows {
            Shows::Contents => with_bytes(message, <[u8]>::to_vec),
            Shows::DebugForm => None,
        };
        match shown {
            Some(bytes) => self.output.write_all(&bytes)?,
            None => write!(self.output, "{message:?}")?,
        }
        self.output.flush()
    }
}

impl Default for ConsoleEchoer {
    fn default() -> Self {
        ConsoleEchoer {
            output: Box::new(io::stdout()),
            forwards: Forwards::Nothing,
            shows: Shows::Contents,
            tag: String::new(),
        }
    }
}

impl Component for ConsoleEchoer {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                self.show(&message)?;
                if self.forwards == Forwards::Everything
                    && let Err(not_sent) = cx.send_when_room(OUTBOX, message).await
                    && not_sent.kind() == NotSentKind::ToldToStop
                {
                    return Err(not_sent.into());
                }
            }
            if cx.data_ready(CONTROL) > 0 {
                while let Some(message) = cx.recv(CONTROL) {
                    announce(cx, message).await;
                }
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Writes one line to standard output, and ends.
///
/// As a member of a [`Seq`](crate::chassis::Seq) it says how far things are.
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
/// It ends by itself with `ProducerFinished`, or passes on the ending it was told meanwhile.
///
/// # Errors
///
/// It ends with an error when standard output cannot be written to.
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
        writeln!(io::stdout(), "{}", self.line)?;
        let notice = cx.told_to_end().unwrap_or_else(|| Message::new(producer_finished(cx)));
        announce(cx, notice).await;
        Ok(())
    }
}

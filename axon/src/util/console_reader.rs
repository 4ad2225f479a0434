//! Reads lines from the console.
//!
//! Ported from `ConsoleReader` of `Kamaelia.Util.Console`.
//!
//! *Differs from Kamaelia:* the end of the input ends it with `ProducerFinished`, and it ends as soon as it
//! is told to. The length of a line is limited.

use std::io::{self, BufRead, Read};

use crate::chassis::{announce, announce_end};
use crate::{Component, Context, Message, OUTBOX, Result};

use super::console::{console_failed, standard_output};
use super::each::before_failing;
use super::file_reading::LINES_A_TURN;
use super::line_source::{LineOptions, LineSource, line_options};
use super::lines::{Line, LineFault};
use super::read_ahead::{ReadAhead, Taken};

/// Sends each line of standard input, as a `String`, with a line break at its end.
///
/// It shows a prompt before each line. Only a thread beside the scheduler waits for the keyboard; it reads
/// at most 256 KiB ahead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At the end of the input, and when the component that it sends to has ended, it ends by itself with
/// `ProducerFinished`. `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends immediately. Its thread may
/// still wait for a line then. It holds up neither the run nor the end of the program; that line, and what was read
/// ahead, is lost.
///
/// When nobody reads the prompt any more, as in `program | head -1`, the run ends, as with
/// [`ConsoleEchoer`](super::ConsoleEchoer).
///
/// # Errors
///
/// It ends with an error when standard input cannot be read. A line that is not UTF-8, or longer than 1 MiB, ends
/// it with a [`LineError`](super::LineError), which says where; see [`lossy`](ConsoleReader::lossy),
/// [`as_bytes`](ConsoleReader::as_bytes) and [`longest_line`](ConsoleReader::longest_line).
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ConsoleReader, DataSink, Received};
///
/// let received = Received::<String>::new();
/// let input = &b"one\ntwo"[..];
/// axon::run(pipeline![ConsoleReader::new().prompt("").reading_from(input), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["one\n", "two\n"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ConsoleReader {
    prompt: String,
    eol: String,
    options: LineOptions,
    /// `None` after it was given to a thread.
    input: Option<Box<dyn Read + Send>>,
}

crate::debug_by_name!(ConsoleReader);

impl ConsoleReader {
    /// Reads standard input, with the prompt `>>> `.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows this prompt.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = prompt.into();
        self
    }

    /// Ends each line with this instead of the line break.
    pub fn eol(mut self, eol: impl Into<String>) -> Self {
        self.eol = eol.into();
        self
    }

    /// Reads `input` instead of standard input.
    pub fn reading_from(mut self, input: impl BufRead + Send + 'static) -> Self {
        self.input = Some(Box::new(input));
        self
    }
}

line_options!(ConsoleReader);

impl Default for ConsoleReader {
    fn default() -> Self {
        ConsoleReader {
            prompt: ">>> ".to_owned(),
            eol: "\n".to_owned(),
            options: LineOptions::default(),
            input: Some(Box::new(io::stdin())),
        }
    }
}

impl Component for ConsoleReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(input) = self.input.take() else { return Ok(()) };
        let mut lines = LineSource::new(ReadAhead::of(cx, input), "its input".to_owned(), self.options);
        let mut console = standard_output(cx);
        let mut awaits_line = false;
        let mut lines_of_turn = 0;
        cx.wake_when_unheard();
        loop {
            if !cx.is_heard(OUTBOX) {
                break;
            }
            if !awaits_line && !self.prompt.is_empty() && console.has_room() {
                console.put(&[self.prompt.as_bytes()]);
                awaits_line = true;
            }
            if let Err(error) = console.is_settled() {
                return console_failed(cx, error);
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            if !awaits_line && !self.prompt.is_empty() {
                console.await_room(cx);
                cx.pause().await;
                continue;
            }
            let next = lines.next(cx).and_then(|taken| {
                taken.try_map(|line| self.message(line).map_err(|fault| lines.fault(cx, fault)))
            });
            match next {
                Err(error) => {
                    before_failing(cx).await;
                    return Err(error);
                }
                Ok(Taken::One(line)) => {
                    awaits_line = false;
                    cx.send_when_room(OUTBOX, line).await?;
                    lines_of_turn += 1;
                    // With a prompt, what the others make of a line comes before the next one.
                    if !self.prompt.is_empty() || lines_of_turn == LINES_A_TURN {
                        lines_of_turn = 0;
                        cx.yield_now().await;
                    }
                }
                Ok(Taken::End) => break,
                Ok(Taken::NotYet) => {
                    console.await_failure(cx);
                    lines_of_turn = 0;
                    cx.pause().await;
                }
            }
        }
        announce_end(cx, None).await;
        Ok(())
    }
}

impl ConsoleReader {
    /// A line with the chosen end.
    fn message(&self, mut line: Line) -> std::result::Result<Message, LineFault> {
        if line.bytes.pop_if(|byte| *byte == b'\n').is_some() {
            line.bytes.pop_if(|byte| *byte == b'\r');
        }
        line.bytes.extend_from_slice(self.eol.as_bytes());
        self.options.encoding.message(line)
    }
}

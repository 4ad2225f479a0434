//! Reads lines from the console.
//!
//! Ported from `ConsoleReader` of `Kamaelia.Util.Console`.
//!
//! *Differs from Kamaelia* (B15): the end of the input ends it with `ProducerFinished` (there it ended the
//! program with a traceback), and it ends as soon as it is told to (there after one more line).

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::task::Waker;
use std::thread;

use crate::chassis::{announce, producer_finished};
use crate::{CONTROL, Component, Context, Message, OUTBOX, Result};

/// How many lines are read before somebody asks for them.
const READ_AHEAD: usize = 1000;

/// Sends each line of standard input, as a `String`, with a line break at its end.
///
/// It shows a prompt before each line. Nobody waits for the keyboard but a thread of its own.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines |
/// | `signal` | an ending, and control messages that are none |
///
/// # Shutdown
///
/// At the end of the input it ends by itself with `ProducerFinished`. `ProducerFinished` and
/// `ShutdownMicroprocess`: passes it on and ends at once. Its thread may then still wait for a line; it
/// holds up neither the run nor the end of the program, and that line is lost.
///
/// # Errors
///
/// It ends with an error when standard input cannot be read, or is no UTF-8.
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
pub struct ConsoleReader {
    prompt: String,
    eol: String,
    /// `None` once the thread has it.
    input: Option<Box<dyn BufRead + Send>>,
}

impl ConsoleReader {
    /// Reads standard input, with the prompt `>>> `.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows this prompt.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = prompt.into();
        self
    }

    /// Puts this at the end of each line, in place of the line break.
    #[must_use]
    pub fn eol(mut self, eol: impl Into<String>) -> Self {
        self.eol = eol.into();
        self
    }

    /// Reads `input` instead of standard input.
    #[must_use]
    pub fn reading_from(mut self, input: impl BufRead + Send + 'static) -> Self {
        self.input = Some(Box::new(input));
        self
    }
}

impl Default for ConsoleReader {
    fn default() -> Self {
        let input = io::BufReader::new(io::stdin());
        ConsoleReader { prompt: ">>> ".to_owned(), eol: "\n".to_owned(), input: Some(Box::new(input)) }
    }
}

impl Component for ConsoleReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(input) = self.input.take() else { return Ok(()) };
        let lines = read_in_a_thread(input, self.prompt.clone(), cx.waker())?;
        loop {
            let finished = loop {
                match lines.try_recv() {
                    Ok(line) => {
                        let line = line? + &self.eol;
                        if cx.send_when_room(OUTBOX, line).await.is_err() {
                            break false;
                        }
                    }
                    Err(TryRecvError::Empty) => break false,
                    Err(TryRecvError::Disconnected) => break true,
                }
                if cx.data_ready(CONTROL) > 0 {
                    break false;
                }
            };
            let told = cx.told_to_end();
            if finished || told.is_some() {
                let notice = told.unwrap_or_else(|| Message::new(producer_finished(cx)));
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Lines without their end, from a thread that wakes the component for each and at the end.
fn read_in_a_thread(
    mut input: Box<dyn BufRead + Send>,
    prompt: String,
    waker: Waker,
) -> io::Result<Receiver<io::Result<String>>> {
    let (sender, lines) = sync_channel(READ_AHEAD);
    thread::Builder::new().name("ConsoleReader".to_owned()).spawn(move || {
        // Ends when the component is gone, or the input is at its end.
        while let Some(line) = read_line(&mut *input, &prompt).transpose()
            && hand_over(&sender, line, &waker)
        {}
        drop(sender);
        waker.wake();
    })?;
    Ok(lines)
}

fn read_line(input: &mut dyn BufRead, prompt: &str) -> io::Result<Option<String>> {
    let mut output = io::stdout();
    output.write_all(prompt.as_bytes())?;
    output.flush()?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    if line.ends_with('\n') {
        line.pop();
        if line.ends_with('\r') {
            line.pop();
        }
    }
    Ok(Some(line))
}

/// Says whether to read on.
fn hand_over(sender: &SyncSender<io::Result<String>>, line: io::Result<String>, waker: &Waker) -> bool {
    let goes_on = line.is_ok();
    let taken = sender.send(line).is_ok();
    waker.wake_by_ref();
    taken && goes_on
}

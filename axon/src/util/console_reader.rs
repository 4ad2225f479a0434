//! Reads lines from the console.
//!
//! Ported from `ConsoleReader` of `Kamaelia.Util.Console`.
//!
//! *Differs from Kamaelia* (B15): the end of the input ends it with `ProducerFinished` (there it ended the
//! program with a traceback), and it ends as soon as it is told to (there after one more line).

use std::io::{self, BufRead, Write};

use crate::{
    Component, Context, OUTBOX, ProducerFinished, Result, SIGNAL, ThreadContext, Threaded, ThreadedComponent,
};

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
        let lines = Lines { prompt: self.prompt.clone(), eol: self.eol.clone(), input };
        // The thread may wait for a key that is never pressed: nobody waits for the thread.
        Threaded::new(lines).detached().main(cx).await
    }
}

/// What reads, on its own thread.
struct Lines {
    prompt: String,
    eol: String,
    input: Box<dyn BufRead + Send>,
}

impl ThreadedComponent for Lines {
    fn main(&mut self, cx: &ThreadContext) -> Result {
        while let Some(line) = read_line(&mut *self.input, &self.prompt)? {
            if cx.send_when_room(OUTBOX, line + &self.eol).is_err() {
                return Ok(());
            }
        }
        let finished = ProducerFinished { caller: Some(cx.me().clone()), message: None };
        // Refused only if the reader has ended meanwhile, and has told so itself.
        let _ = cx.send_when_room(SIGNAL, finished);
        Ok(())
    }
}

/// A line without its end, after the prompt.
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

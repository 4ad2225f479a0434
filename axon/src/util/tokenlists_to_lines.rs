//! Joins words into lines of text, with quotes where they are needed.
//!
//! Ported from `tokenlists_to_lines` of `Kamaelia.Util.Tokenisation.Simple`.
//!
//! *Differs from Kamaelia:* words are quoted as [`LinesToTokenlists`](super::LinesToTokenlists) reads them; there
//! characters are replaced by `%` and their number, and lists may be nested.

use crate::{Component, Context, OUTBOX, Result};

use super::each::each;

/// Sends each list of words as a line, from which a [`LinesToTokenlists`](super::LinesToTokenlists) makes the same
/// list.
///
/// A word that is empty, contains white space or begins with a quote is put into double quotes, in which a backslash
/// stands before each quote and backslash. An empty list is an empty line.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | lists of words, each a `Vec<String>` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines, each a `String` with its line break |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error, and so does a word with a line break: no line can hold it.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, TokenlistsToLines};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![
///     DataSource::new([vec!["ADD".to_owned(), "a node".to_owned()]]),
///     TokenlistsToLines::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["ADD \"a node\"\n"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "tokenlists_to_lines")]
#[must_use = "a component does nothing until it is activated"]
pub struct TokenlistsToLines {}

impl TokenlistsToLines {
    /// Makes the component.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for TokenlistsToLines {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |tokens: Vec<String>| match tokens_to_line(&tokens) {
            Ok(line) => Ok(cx.send_when_room(OUTBOX, line).await?),
            Err(token) => {
                Err(format!("{} got a word with a line break, which no line can hold: {token:?}", cx.name())
                    .into())
            }
        })
        .await
    }
}

/// The line of these words; or the word that no line can hold.
fn tokens_to_line(tokens: &[String]) -> std::result::Result<String, &str> {
    let mut line = String::new();
    for (nth, token) in tokens.iter().enumerate() {
        if token.contains(['\n', '\r']) {
            return Err(token);
        }
        if nth > 0 {
            line.push(' ');
        }
        if token.is_empty() || token.contains(char::is_whitespace) || token.starts_with(['"', '\'']) {
            line.push('"');
            for letter in token.chars() {
                if matches!(letter, '"' | '\\') {
                    line.push('\\');
                }
                line.push(letter);
            }
            line.push('"');
        } else {
            line.push_str(token);
        }
    }
    line.push('\n');
    Ok(line)
}

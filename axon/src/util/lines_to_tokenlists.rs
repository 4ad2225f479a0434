//! Splits lines of text into words, which may be quoted.
//!
//! Ported from `Kamaelia.Visualisation.PhysicsGraph.lines_to_tokenlists`.
//!
//! *Differs from Kamaelia:* a line that begins with spaces and a bad quotation yields nothing, like every bad line;
//! there it yields the whole line as one word. Control messages that are not endings are passed on.

use crate::{Component, Context, OUTBOX, Result};

use super::each::each;
use super::text::Text;

/// Sends the words of each line as a `Vec<String>`.
///
/// Words are separated by white space. A word in single or double quotes may contain white space, and in it a
/// backslash escapes the character that follows. A line without words, or one whose quotes do not match, yields
/// nothing.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | lines, as text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lists of words |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is not text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, LinesToTokenlists, Received};
///
/// let received = Received::<Vec<String>>::new();
/// axon::run(pipeline![
///     DataSource::new([r#"ADD NODE "a b" 'c \'d\''"#, r#"not "closed"#]),
///     LinesToTokenlists::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [["ADD", "NODE", "a b", "c 'd'"]]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "lines_to_tokenlists")]
#[must_use = "a component does nothing until it is activated"]
pub struct LinesToTokenlists {}

impl LinesToTokenlists {
    /// Makes the component.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for LinesToTokenlists {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Text(line): Text| match line_to_tokens(&line) {
            Some(tokens) if !tokens.is_empty() => Ok(cx.send_when_room(OUTBOX, tokens).await?),
            _ => Ok(()),
        })
        .await
    }
}

/// The words of a line. `None` if a quotation is not closed, or something follows it without a space.
fn line_to_tokens(line: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '"' | '\'' => quoted(&rest[1..], first)?,
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        if behind.starts_with(|letter: char| !letter.is_whitespace()) {
            return None;
        }
        tokens.push(token);
        rest = behind.trim_start();
    }
    Some(tokens)
}

/// Reads a quoted word after its opening quote. Returns the word, and the text after its closing quote.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut token = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => token.push(letters.next()?.1),
            _ if letter == quote => return Some((token, &text[at + quote.len_utf8()..])),
            _ => token.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::line_to_tokens;

    fn tokens(line: &str) -> Option<Vec<String>> {
        line_to_tokens(line)
    }

    #[test]
    fn words_are_separated_by_any_white_space() {
        assert_eq!(tokens("  a\tb   c\n"), Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(tokens("   "), Some(vec![]));
    }

    #[test]
    fn a_quotation_may_be_empty_and_may_contain_the_other_quote() {
        assert_eq!(tokens(r#""" 'say "x"'"#), Some(vec![String::new(), r#"say "x""#.into()]));
    }

    #[test]
    fn a_quote_within_a_word_is_a_letter() {
        assert_eq!(tokens(r#"it's 5" long"#), Some(vec!["it's".into(), r#"5""#.into(), "long".into()]));
    }

    #[test]
    fn what_follows_a_quotation_without_a_space_makes_the_line_bad() {
        assert_eq!(tokens(r#""a"b"#), None);
        assert_eq!(tokens(r#"a "b"#), None);
        assert_eq!(tokens(r#""a\"#), None);
    }
}

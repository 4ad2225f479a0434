//! Mistakes in a text: where each is, what it is, and what to write instead.

use std::fmt;

/// A part of a text, from one byte to before another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.end) }
    }
}

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The letter in the line, from 1.
    pub column: usize,
    /// How many letters of the line it is about, at least 1.
    pub length: usize,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What to write instead, if there is a guess.
    pub help: Option<String>,
}

/// The mistakes in a text, in its order. `Display` shows each with its line and a caret under its place.
#[derive(Clone, PartialEq, Eq)]
pub struct TextError {
    name: String,
    text: String,
    mistakes: Vec<Mistake>,
}

/// More than these are not shown.
const MOST_SHOWN: usize = 20;
/// How much is shown of a long line on either side of the mistake.
const SHOWN_BESIDE: usize = 60;

impl TextError {
    pub(super) fn new(name: &str, text: &str, mut found: Vec<Found>) -> Self {
        found.sort_by_key(|found| found.span.start);
        let mut place = Place { text, at: 0, line: 1, column: 1 };
        let mistakes = found.into_iter().map(|found| found.placed(&mut place)).collect();
        TextError { name: name.to_owned(), text: text.to_owned(), mistakes }
    }

    /// The name of the text: that of its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mistakes.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, mistake) in self.mistakes.iter().take(MOST_SHOWN).enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            let Mistake { line, column, length, message, help } = mistake;
            let shown = self.text.lines().nth(line - 1).unwrap_or_default();
            let letters: Vec<char> = shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let first = (column - 1).saturating_sub(SHOWN_BESIDE);
            let last = (column - 1 + SHOWN_BESIDE).min(letters.len()).max(first);
            let excerpt: String = letters[first..last].iter().collect();
            let (before, after) =
                (if first > 0 { "..." } else { "" }, if last < letters.len() { "..." } else { "" });
            let margin = " ".repeat(line.to_string().len());
            let indent = " ".repeat(column - 1 - first + before.len());
            let carets = "^".repeat((*length).min(last.saturating_sub(column - 1)).max(1));
            writeln!(f, "{}:{line}:{column}: {message}", self.name)?;
            writeln!(f, "{margin} |")?;
            writeln!(f, "{line} | {before}{}{after}", excerpt.trim_end())?;
            write!(f, "{margin} | {indent}{carets}")?;
            if let Some(help) = help {
                write!(f, " {help}")?;
            }
        }
        let more = self.mistakes.len().saturating_sub(MOST_SHOWN);
        if more > 0 { write!(f, "\nand {more} more") } else { Ok(()) }
    }
}

impl fmt::Debug for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TextError {}

/// A mistake by its place in bytes.
#[derive(Clone, Debug)]
pub(super) struct Found {
    span: Span,
    message: String,
    help: Option<String>,
}

impl Found {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Found { span, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The nearest name, as help.
    pub(super) fn nearest<'a>(self, written: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        match crate::catalogue::nearest(written, names) {
            Some(name) => self.help(format!("did you mean {name}?")),
            None => self,
        }
    }

    fn placed(self, place: &mut Place<'_>) -> Mistake {
        place.move_to(self.span.start);
        let covered = &place.text[place.at..self.span.end.clamp(place.at, place.text.len())];
        Mistake {
            line: place.line,
            column: place.column,
            length: covered.lines().next().unwrap_or_default().chars().count().max(1),
            message: self.message,
            help: self.help,
        }
    }
}

/// A place that only moves forward, so that a text is read once however many mistakes are in it.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
}

impl Place<'_> {
    fn move_to(&mut self, at: usize) {
        let at = at.min(self.text.len());
        let passed = &self.text[self.at..at];
        let last_line = match passed.rfind('\n') {
            Some(end) => {
                self.line += passed.matches('\n').count();
                self.column = 1;
                &passed[end + 1..]
            }
            None => passed,
        };
        self.column += last_line.chars().count();
        self.at = at;
    }
}

//! Takes a text apart into words and signs.

use super::diagnostic::{Found, Span};

/// A word or a sign, and where it is.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum TokenKind {
    Word(Word),
    /// `!`
    Bang,
    /// `->`
    Arrow,
    Open,
    Close,
    /// A line break, or a `;`.
    End,
    /// A comment without its `#`.
    Comment(String),
}

/// A word as in a shell: letters, parts in quotes, and perhaps the name of an argument before them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Word {
    /// What stands before the first `=`.
    pub(super) key: Option<(String, Span)>,
    pub(super) bytes: Vec<u8>,
    /// A part of it stands in quotes.
    pub(super) quoted: bool,
    /// The place of the value.
    pub(super) span: Span,
}

impl Word {
    /// What it says if it is a name: not quoted, without the name of an argument.
    pub(super) fn bare(&self) -> Option<&str> {
        if self.quoted || self.key.is_some() { None } else { std::str::from_utf8(&self.bytes).ok() }
    }

    /// What it says, for messages.
    pub(super) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Whether a text is a name: of a component, a box or an argument.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// Takes a text apart, and tells of quotes that are not closed.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<Found>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), found: Vec::new(), is_unclosed: false };
    while lexer.at < text.len() {
        lexer.token();
    }
    (lexer.tokens, lexer.found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    found: Vec<Found>,
    /// A quote was not closed.
    is_unclosed: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let span = Span { start: self.at, end: self.at + length };
        self.at += length;
        self.tokens.push(Token { kind, span });
    }

    fn token(&mut self) {
        let Some(letter) = self.peek() else { return };
        match letter {
            '\n' | ';' => self.push(TokenKind::End, 1),
            _ if letter.is_whitespace() || letter == '\u{feff}' => self.at += letter.len_utf8(),
            '#' => {
                let line = self.rest().lines().next().unwrap_or_default();
                let comment = line[1..].trim_end().to_owned();
                let length = line.len();
                self.push(TokenKind::Comment(comment), length);
            }
            '(' => self.push(TokenKind::Open, 1),
            ')' => self.push(TokenKind::Close, 1),
            '!' => self.push(TokenKind::Bang, 1),
            _ if self.rest().starts_with("->") => self.push(TokenKind::Arrow, 2),
            _ => self.word(),
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let mut word = Word { key: None, bytes: Vec::new(), quoted: false, span: Span::default() };
        let mut value_start = start;
        while let Some(letter) = self.peek() {
            match letter {
                _ if letter.is_whitespace() => break,
                '(' | ')' | ';' => break,
                '"' => self.double_quotes(&mut word),
                '\'' => self.single_quotes(&mut word),
                '-' if !word.quoted && word.key.is_none() && self.rest().starts_with("->") => break,
                '=' if !word.quoted && word.key.is_none() && is_name(&self.text[start..self.at]) => {
                    word.key = Some((word.shown(), Span { start, end: self.at }));
                    word.bytes.clear();
                    self.at += 1;
                    value_start = self.at;
                }
                _ => {
                    let mut buffer = [0; 4];
                    word.bytes.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                    self.at += letter.len_utf8();
                }
            }
        }
        word.span = Span { start: value_start, end: self.at };
        self.tokens.push(Token { kind: TokenKind::Word(word), span: Span { start, end: self.at } });
    }

    fn single_quotes(&mut self, word: &mut Word) {
        word.quoted = true;
        let open = self.at;
        self.at += 1;
        match self.rest().find('\'') {
            Some(length) => {
                word.bytes.extend_from_slice(&self.text.as_bytes()[self.at..self.at + length]);
                self.at += length + 1;
            }
            None => self.not_closed(open, "'"),
        }
    }

    fn double_quotes(&mut self, word: &mut Word) {
        word.quoted = true;
        let (open, length) = (self.at, word.bytes.len());
        self.at += 1;
        loop {
            let Some(letter) = self.peek() else {
                word.bytes.truncate(length);
                return self.not_closed(open, "\"");
            };
            self.at += letter.len_utf8();
            match letter {
                '"' => return,
                '\\' => self.escape(word),
                _ => {
                    let mut buffer = [0; 4];
                    word.bytes.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
    }

    /// What stands after a backslash. A backslash before any other letter stays, as in a shell.
    fn escape(&mut self, word: &mut Word) {
        let byte = match self.peek() {
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('r') => b'\r',
            Some('0') => 0,
            Some('"') => b'"',
            Some('\\') => b'\\',
            Some('x') => {
                let digits = self.text.get(self.at + 1..self.at + 3);
                match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    Some(byte) => {
                        self.at += 3;
                        word.bytes.push(byte);
                    }
                    None => {
                        let span = Span { start: self.at - 1, end: self.at + 1 };
                        let message = "after \\x stand two hexadecimal digits: \"\\x0a\"";
                        self.found.push(Found::new(span, message));
                        self.at += 1;
                    }
                }
                return;
            }
            _ => return word.bytes.push(b'\\'),
        };
        word.bytes.push(byte);
        self.at += 1;
    }

    /// Goes on with the next line, so that mistakes in the rest of the text are found too. The second time the rest is
    /// left out: looking for the end of every quote would take long, and find nothing of use.
    fn not_closed(&mut self, open: usize, quote: &str) {
        let line = self.text[open..].lines().next().unwrap_or_default();
        self.at = if self.is_unclosed { self.text.len() } else { open + line.len().max(1) };
        self.is_unclosed = true;
        let span = Span { start: open, end: open + 1 };
        self.found
            .push(Found::new(span, format!("this quote is not closed: there is no other {quote} after it")));
    }
}

//! Makes statements of the words and signs of a text. After a mistake it goes on with the next statement.

use super::diagnostic::{Found, Span};
use super::lexer::{Token, TokenKind, Word, is_name, tokens};
use super::syntax::{Given, GivenValue, Group, Joint, Name, Part, PartKind, Statement, Trivia, What};
use crate::Side;

/// How deep parentheses may stand in parentheses.
const DEEPEST: usize = 64;

/// What is written in a text, and what is wrong with it.
pub(super) fn parsed(text: &str) -> (Group, Vec<Found>) {
    let (tokens, found) = tokens(text);
    let end = Span { start: text.len(), end: text.len() };
    let mut parser = Parser { tokens, at: 0, found, depth: 0, is_too_deep: false, end };
    let mut group = parser.group();
    while let Some(token) = parser.peek().cloned() {
        // Only a parenthesis that nothing opened ends a group here.
        parser.at += 1;
        parser.wrong(token.span, "this parenthesis closes nothing");
        let more = parser.group();
        group.statements.extend(more.statements);
        group.last.extend(more.last);
    }
    (group, parser.found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    found: Vec<Found>,
    depth: usize,
    /// Parentheses stood too deep in each other, which is told once.
    is_too_deep: bool,
    end: Span,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_at(&self, kind: &TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == *kind)
    }

    fn here(&self) -> Span {
        self.peek().map_or(self.end, |token| token.span)
    }

    fn wrong(&mut self, span: Span, message: impl Into<String>) {
        self.found.push(Found::new(span, message));
    }

    /// Statements up to a closing parenthesis or the end.
    fn group(&mut self) -> Group {
        let mut group = Group::default();
        let mut before = Vec::new();
        let mut ends = 0;
        while let Some(token) = self.peek() {
            match &token.kind {
                TokenKind::Close => break,
                TokenKind::End => {
                    ends += 1;
                    let follows = !group.statements.is_empty() || !before.is_empty();
                    if ends == 2 && follows && before.last() != Some(&Trivia::EmptyLine) {
                        before.push(Trivia::EmptyLine);
                    }
                    self.at += 1;
                }
                TokenKind::Comment(text) => {
                    let text = text.clone();
                    self.at += 1;
                    match group.statements.last_mut() {
                        Some(Statement { after: after @ None, .. }) if ends == 0 && before.is_empty() => {
                            *after = Some(text);
                        }
                        _ => before.push(Trivia::Comment(text)),
                    }
                    ends = 0;
                }
                _ => {
                    ends = 0;
                    if let Some((what, comments)) = self.statement() {
                        before.extend(comments.into_iter().map(Trivia::Comment));
                        group.statements.push(Statement {
                            before: std::mem::take(&mut before),
                            what,
                            after: None,
                        });
                    } else {
                        self.skip_statement();
                    }
                }
            }
        }
        while before.last() == Some(&Trivia::EmptyLine) {
            before.pop();
        }
        group.last = before;
        group
    }

    /// Goes to the end of the statement in which a mistake was found.
    fn skip_statement(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => return,
                TokenKind::Close => depth -= 1,
                TokenKind::End if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// One statement, and the comments between its lines.
    fn statement(&mut self) -> Option<(What, Vec<String>)> {
        let mut comments = Vec::new();
        let first = self.part()?;
        if let Some(what) = self.special(&first) {
            return what.map(|what| (what, comments));
        }
        let mut rest = Vec::new();
        while let Some(joint) = self.joint(&mut comments) {
            self.line_breaks(&mut comments);
            rest.push((joint, self.part()?));
        }
        Some((What::Chain { first, rest }, comments))
    }

    /// A statement that is no chain: `inbox a.extra`, `a.inbox[100]`. The inner `None` is one with a mistake.
    fn special(&mut self, part: &Part) -> Option<Option<What>> {
        let PartKind::Named(name, given) = &part.what else { return None };
        if part.label.is_none() && (name.text == "inbox" || name.text == "outbox") {
            let side = if name.text == "inbox" { Side::Inbox } else { Side::Outbox };
            let word = match &given[..] {
                [Given { key: None, value: GivenValue::Word(word), .. }] => word.bare(),
                _ => None,
            };
            let Some(end) = word.filter(|word| word.contains('.')) else {
                let message =
                    format!("after {} stands the box of a component: {} a.extra", name.text, name.text);
                self.wrong(part.span, message);
                return Some(None);
            };
            return Some(Some(What::More(side, Name { text: end.to_owned(), span: given[0].span })));
        }
        let (end, limit) = name.text.strip_suffix(']')?.split_once('[')?;
        let span = Span { start: name.span.start, end: name.span.start + end.len() };
        let number = limit.parse::<usize>().ok().filter(|limit| *limit > 0);
        let Some(number) = number.filter(|_| given.is_empty() && part.label.is_none()) else {
            let at = Span { start: span.end, end: name.span.end };
            self.wrong(at, "a limit is a whole number of at least 1: a.inbox[100]");
            return Some(None);
        };
        Some(Some(What::Limit(Name { text: end.to_owned(), span }, number)))
    }

    /// A sign that joins, also at the beginning of one of the next lines.
    fn joint(&mut self, comments: &mut Vec<String>) -> Option<Joint> {
        let start = self.at;
        let mut seen = Vec::new();
        self.line_breaks(&mut seen);
        let joint = match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Bang) => Joint::Bang,
            Some(TokenKind::Arrow) => Joint::Arrow,
            _ => {
                self.at = start;
                return None;
            }
        };
        comments.extend(seen);
        self.at += 1;
        Some(joint)
    }

    fn line_breaks(&mut self, comments: &mut Vec<String>) {
        while let Some(token) = self.peek() {
            match &token.kind {
                TokenKind::End => {}
                TokenKind::Comment(text) => comments.push(text.clone()),
                _ => return,
            }
            self.at += 1;
        }
    }

    fn part(&mut self) -> Option<Part> {
        let start = self.here();
        let mut label = None;
        if let Some(TokenKind::Word(word)) = self.peek().map(|token| &token.kind)
            && let Some(name) = word.bare().and_then(|text| text.strip_suffix(':'))
        {
            let (name, span) = (name.to_owned(), Span { start: start.start, end: start.end - 1 });
            self.at += 1;
            if !is_name(&name) {
                self.wrong(span, format!("{name:?} is no name: names have letters, digits, _ and -"));
            }
            label = Some(Name { text: name, span });
        }
        let here = self.here();
        let what = match self.peek().map(|token| token.kind.clone()) {
            Some(TokenKind::Open) => PartKind::Group(self.parentheses(here)?),
            Some(TokenKind::Word(word)) => match word.bare() {
                Some(text) => {
                    self.at += 1;
                    self.named(Name { text: text.to_owned(), span: here })?
                }
                None => {
                    self.wrong(here, format!("expected a component, not {}", kind_of(&word)));
                    return None;
                }
            },
            other => {
                let met = other.as_ref().map_or("the text ends", sign);
                self.wrong(here, format!("expected a component, but {met}"));
                return None;
            }
        };
        let end = self.tokens[self.at - 1].span;
        Some(Part { label, what, span: start.to(end) })
    }

    /// A name and its arguments.
    fn named(&mut self, name: Name) -> Option<PartKind> {
        if let Some(hole) = name.text.strip_prefix('?') {
            return Some(PartKind::Hole(Name { text: hole.to_owned(), span: name.span }));
        }
        let mut given = Vec::new();
        loop {
            let here = self.here();
            match self.peek().map(|token| token.kind.clone()) {
                Some(TokenKind::Open) => {
                    let group = self.parentheses(here)?;
                    let span = here.to(self.tokens[self.at - 1].span);
                    given.push(Given { key: None, value: GivenValue::Group(group), span, replaces: false });
                }
                Some(TokenKind::Word(word)) => {
                    self.at += 1;
                    given.push(self.given(word, here)?);
                }
                _ => return Some(PartKind::Named(name, given)),
            }
        }
    }

    fn given(&mut self, word: Word, span: Span) -> Option<Given> {
        let key = word.key.clone().map(|(text, span)| Name { text, span });
        let open = self.here();
        let value = if key.is_some() && word.bytes.is_empty() && !word.quoted && self.is_at(&TokenKind::Open)
        {
            // Only directly after the `=`.
            if open.start == span.end {
                GivenValue::Group(self.parentheses(open)?)
            } else {
                GivenValue::Word(word)
            }
        } else {
            GivenValue::Word(word)
        };
        Some(Given { key, value, span: span.to(self.tokens[self.at - 1].span), replaces: false })
    }

    /// A group in parentheses.
    fn parentheses(&mut self, open: Span) -> Option<Group> {
        if self.depth == DEEPEST {
            self.is_too_deep = true;
            self.wrong(open, format!("more than {DEEPEST} parentheses stand in each other"));
            return None;
        }
        self.at += 1;
        self.depth += 1;
        let group = self.group();
        self.depth -= 1;
        if self.is_at(&TokenKind::Close) {
            self.at += 1;
        } else if !self.is_too_deep {
            self.wrong(open, "this parenthesis is not closed: there is no ) for it");
        }
        if group.is_empty() && !self.is_too_deep {
            self.wrong(open, "expected a component in these parentheses");
        }
        Some(group)
    }
}

fn kind_of(word: &Word) -> String {
    match &word.key {
        Some((key, _)) => format!("the argument {key}"),
        None => format!("the text {:?}", word.shown()),
    }
}

fn sign(kind: &TokenKind) -> &'static str {
    match kind {
        TokenKind::Bang => "there is a !",
        TokenKind::Arrow => "there is a ->",
        TokenKind::Close => "the parenthesis closes",
        _ => "the line ends",
    }
}

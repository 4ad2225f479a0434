//! What is written in a text: statements, components and their arguments.

use super::diagnostic::Span;
use super::lexer::Word;
use crate::Side;

/// A text, or what stands in parentheses.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Group {
    pub(super) statements: Vec<Statement>,
    /// The comments after the last statement.
    pub(super) last: Vec<Trivia>,
}

/// What is between statements.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Trivia {
    Comment(String),
    EmptyLine,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Statement {
    pub(super) before: Vec<Trivia>,
    pub(super) what: What,
    /// The comment at the end of its line.
    pub(super) after: Option<String>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum What {
    /// Components, and how each is joined to the next.
    Chain { first: Part, rest: Vec<(Joint, Part)> },
    /// `inbox a.extra`: a component has one more box.
    More(Side, Name),
    /// `a.inbox[100]`: how many messages an inbox takes.
    Limit(Name, usize),
}

/// What stands between two components.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Joint {
    /// `!`
    Bang,
    /// `->`
    Arrow,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Part {
    pub(super) label: Option<Name>,
    pub(super) what: PartKind,
    pub(super) span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum PartKind {
    /// A name and arguments: a component, or a component that is named elsewhere, or one of its boxes.
    Named(Name, Vec<Given>),
    Group(Group),
    /// `?Name`: here was something that cannot be written.
    Hole(Name),
}

/// A name and its place.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// An argument as it is written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Given {
    pub(super) key: Option<Name>,
    pub(super) value: GivenValue,
    pub(super) span: Span,
    /// It takes the place of what is written for the same argument.
    pub(super) replaces: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum GivenValue {
    Word(Word),
    Group(Group),
}

impl Name {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Name { text: text.into(), span: Span::default() }
    }

    /// `a.outbox`: the component and its box.
    pub(super) fn split(&self) -> Option<(Name, Name)> {
        let (component, name) = self.text.split_once('.')?;
        let dot = self.span.start + component.len();
        Some((
            Name { text: component.to_owned(), span: Span { start: self.span.start, end: dot } },
            Name { text: name.to_owned(), span: Span { start: dot + 1, end: self.span.end.max(dot + 1) } },
        ))
    }
}

impl Group {
    /// Whether nothing is written in it.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Calls `look` with every part in it, also of groups in groups.
    pub(super) fn each_part(&mut self, look: &mut impl FnMut(&mut Part)) {
        for statement in &mut self.statements {
            if let What::Chain { first, rest } = &mut statement.what {
                first.each(look);
                rest.iter_mut().for_each(|(_, part)| part.each(look));
            }
        }
    }
}

impl Part {
    fn each(&mut self, look: &mut impl FnMut(&mut Part)) {
        look(self);
        match &mut self.what {
            PartKind::Group(group) => group.each_part(look),
            PartKind::Named(_, given) => {
                for given in given {
                    if let GivenValue::Group(group) = &mut given.value {
                        group.each_part(look);
                    }
                }
            }
            PartKind::Hole(_) => {}
        }
    }
}

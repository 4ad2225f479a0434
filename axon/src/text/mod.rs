//! Graphs as text: read, checked, written, and made into components.
//!
//! ```text
//! # components in a row
//! ConsoleReader ! LineSplit ! ConsoleEchoer tag="> "
//! ```
//!
//! `a ! b` links `outbox` to `inbox` and `signal` to `control`; `a -> b` does the same, and
//! `a.outbox -> b.inbox` makes one linkage. `name: Component` names a component, `( ... )` is a component made
//! of components, `self.inbox` is a box of its own, `a.inbox[100]` limits an inbox, `inbox a.extra` adds a box.
//! `docs/command.md` has the whole language.
//!
//! Kamaelia has no such language; its graphs are calls in a program.

mod building;
mod component;
mod diagnostic;
mod format;
mod lexer;
mod parser;
mod plan;
mod resolve;
mod rust;
mod save;
mod still;
mod syntax;

use std::fmt;

pub use diagnostic::{Mistake, TextError};
pub use save::save;

use crate::catalogue::{Catalogue, Factory, Made, Origins};
use diagnostic::Found;
use plan::Plan;
use resolve::Resolver;
use syntax::{Given, GivenValue, Group, Name, Part, PartKind};

/// Reads a text. Mistakes are kept, and told together with those of [`Text::load`].
#[must_use]
pub fn parse(text: &str) -> Text {
    Text::new("text", text)
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Text {
    name: String,
    text: String,
    group: Group,
    found: Vec<Found>,
}

impl Text {
    /// Reads a text which messages call `name`: that of its file.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let (group, found) = parser::parsed(text);
        Text { name: name.to_owned(), text: text.to_owned(), group, found }
    }

    fn error(&self, found: Vec<Found>) -> TextError {
        TextError::new(&self.name, &self.text, found)
    }

    /// The same text, each thing written as it always is. Comments stay.
    ///
    /// # Errors
    ///
    /// All mistakes that are found without a catalogue.
    ///
    /// # Examples
    ///
    /// ```
    /// let text = axon::text::parse("DataSource  'a'   !ConsoleEchoer   # shows it");
    /// assert_eq!(text.formatted()?, "DataSource a ! ConsoleEchoer  # shows it\n");
    /// # Ok::<(), axon::text::TextError>(())
    /// ```
    pub fn formatted(&self) -> Result<String, TextError> {
        if self.found.is_empty() {
            Ok(format::formatted(&self.group))
        } else {
            Err(self.error(self.found.clone()))
        }
    }

    /// Gives the component `name` another value for an argument: a component that has this name in the text, or
    /// the only one of this kind.
    ///
    /// # Errors
    ///
    /// There is no such component, or more than one.
    pub fn set(&mut self, name: &str, argument: &str, value: &str) -> Result<(), String> {
        let mut named = 0;
        let mut of_kind = 0;
        self.group.each_part(&mut |part| match goes_by(part, name) {
            Some(By::Label) => named += 1,
            Some(By::Kind) => of_kind += 1,
            None => {}
        });
        let by = match (named, of_kind) {
            (1, _) => By::Label,
            (0, 1) => By::Kind,
            (0, 0) => return Err(format!("no component of the graph has the name {name:?}")),
            _ => {
                return Err(format!(
                    "more than one component of the graph is {name:?}; give the one a name of its own"
                ));
            }
        };
        let bytes = value.as_bytes().to_vec();
        let word = lexer::Word { key: None, bytes, quoted: true, span: diagnostic::Span::default() };
        self.group.each_part(&mut |part| {
            let span = part.span;
            if goes_by(part, name) == Some(by)
                && let PartKind::Named(_, given) = &mut part.what
            {
                let word = lexer::Word { span, ..word.clone() };
                let key = Some(Name { text: argument.to_owned(), span });
                given.push(Given { key, value: GivenValue::Word(word), span, replaces: true });
            }
        });
        Ok(())
    }

    /// Finds every component in the catalogue, and checks arguments, boxes and linkages.
    ///
    /// # Errors
    ///
    /// All mistakes, in the order of the text.
    pub fn load(&self, catalogue: &Catalogue) -> Result<Graph, TextError> {
        self.load_beside(catalogue, &Origins::default())
    }

    /// The same for a graph that is added to another while it runs: both are in one record, so that [`save`] can
    /// write both.
    ///
    /// # Errors
    ///
    /// All mistakes, in the order of the text.
    pub fn load_beside(&self, catalogue: &Catalogue, origins: &Origins) -> Result<Graph, TextError> {
        let mut resolver = Resolver { catalogue, origins, found: self.found.clone() };
        if self.group.is_empty() && self.found.is_empty() {
            let nothing =
                Found::new(diagnostic::Span::default(), "expected a component, but there is nothing");
            return Err(self.error(vec![nothing]));
        }
        let plan = resolver.group(&self.group);
        let found = resolver.found;
        match plan {
            Some(plan) if found.is_empty() => Ok(Graph { plan, origins: origins.clone() }),
            _ => Err(self.error(found)),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Label,
    Kind,
}

fn goes_by(part: &Part, name: &str) -> Option<By> {
    if part.label.as_ref().is_some_and(|label| label.text == name) {
        return Some(By::Label);
    }
    match &part.what {
        PartKind::Named(kind, _) if kind.text == name && part.label.is_none() => Some(By::Kind),
        _ => None,
    }
}

/// A graph that was read from a text and found without mistakes.
pub struct Graph {
    plan: Plan,
    origins: Origins,
}

impl Graph {
    /// The graph as a component. Several can be made, each with everything in it.
    ///
    /// What cannot be made (a file that an argument names is gone by now) is a component that fails.
    pub fn component(&self) -> Made {
        let (plan, origins) = (self.plan.clone(), self.origins.clone());
        Factory::new(move || plan.make(&origins)).make()
    }

    /// What the components that run were made from: for [`save`].
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graph({})", self.plan.kind())
    }
}

/// How a component is written with all that it needs: `TcpClient 127.0.0.1 port=1500`.
#[must_use]
pub fn usage(entry: &crate::catalogue::Entry) -> String {
    component::usage(entry)
}

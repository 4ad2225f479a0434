//! A graph while its statements are read one by one.

use super::diagnostic::Span;
use super::plan::{End, Graph, Plan};

/// A graph that is being put together.
#[derive(Default)]
pub(super) struct Building {
    pub(super) graph: Graph,
    /// Whether the text gave a name, by child.
    named: Vec<Named>,
    /// What could not be made: nothing is said of its boxes. By child.
    pub(super) unknown: Vec<bool>,
    /// Where each linkage is written.
    pub(super) places: Vec<Span>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Named {
    ByText,
    ByItself,
}

impl Building {
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let names = self.graph.children.iter().zip(&self.named);
        names.into_iter().position(|((known, _), named)| known == name && *named == Named::ByText)
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        let names = self.graph.children.iter().zip(&self.named);
        names.filter(|(_, named)| **named == Named::ByText).map(|((name, _), _)| name.as_str())
    }

    pub(super) fn free_name(&self, name: &str) -> String {
        let is_free = |name: &str| self.graph.children.iter().all(|(known, _)| known != name);
        let numbered = (2..).map(|nth| format!("{name}{nth}"));
        std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|name| is_free(name))
            .expect("there are enough numbers")
    }

    pub(super) fn add(&mut self, name: String, plan: Option<Plan>, named: Named) -> usize {
        self.unknown.push(plan.is_none());
        self.named.push(named);
        self.graph.children.push((name, plan.unwrap_or(Plan::Row(Vec::new()))));
        self.graph.children.len() - 1
    }

    pub(super) fn link(&mut self, source: End, sink: End, span: Span) {
        self.graph.links.push((source, sink));
        self.places.push(span);
    }
}

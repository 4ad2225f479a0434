//! What a text means: components with their arguments, and how they are joined.

use std::sync::Arc;

use crate::catalogue::{Arguments, Carries, Entry, Made, Origin, Origins};
use crate::chassis::{Graphline, Pipeline};
use crate::{Boxes, Component, Error, Side};

/// What is to be made.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    One(One),
    /// Components in a row.
    Row(Vec<Plan>),
    Graph(Graph),
}

/// One component of the catalogue.
#[derive(Clone, Debug)]
pub(super) struct One {
    pub(super) entry: Arc<Entry>,
    pub(super) arguments: Arguments,
    /// The components among its arguments, by the name of the argument.
    pub(super) held: Vec<(&'static str, Plan)>,
    pub(super) origin: Arc<Origin>,
    pub(super) changes: Changes,
}

/// How the boxes of a component differ from those that it declares.
#[derive(Clone, Default, Debug)]
pub(super) struct Changes {
    pub(super) more: Vec<(Side, &'static str)>,
    pub(super) sizes: Vec<(&'static str, usize)>,
}

/// Named components, and the linkages between them.
#[derive(Clone, Default, Debug)]
pub(super) struct Graph {
    pub(super) children: Vec<(String, Plan)>,
    pub(super) links: Vec<(End, End)>,
    pub(super) changes: Changes,
}

/// A box of the child with this number, or of the graph itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    pub(super) child: Option<usize>,
    pub(super) name: &'static str,
}

/// The standing text for a box that a text adds to a component.
const ADDED: &str = "added by the text";

impl Changes {
    pub(super) fn apply(&self, boxes: Boxes) -> Boxes {
        let more = self.more.iter().fold(boxes, |boxes, (side, name)| match side {
            Side::Inbox => boxes.inbox(name, ADDED),
            Side::Outbox => boxes.outbox(name, ADDED),
        });
        self.sizes.iter().fold(more, |boxes, (name, size)| boxes.inbox_size(name, *size))
    }
}

impl Plan {
    pub(super) fn make(&self, origins: &Origins) -> Result<Made, Error> {
        match self {
            Plan::One(one) => Ok(one.make()?.from(origins, &one.origin)),
            Plan::Row(row) => {
                let row: Result<Vec<Made>, Error> = row.iter().map(|plan| plan.make(origins)).collect();
                Ok(Made::new(row?.into_iter().collect::<Pipeline>()))
            }
            Plan::Graph(graph) => {
                let mut graphline = Graphline::new();
                for (name, plan) in &graph.children {
                    graphline = graphline.component(name.as_str(), plan.make(origins)?);
                }
                for (source, sink) in &graph.links {
                    graphline = graphline.link(graph.end(source), graph.end(sink))?;
                }
                Ok(Made::new(graphline).with_boxes(|boxes| graph.changes.apply(boxes)))
            }
        }
    }

    /// The boxes that it will have.
    pub(super) fn boxes(&self) -> Boxes {
        match self {
            Plan::One(one) => one.changes.apply(one.origin.boxes.clone()),
            Plan::Row(_) => Boxes::standard(),
            Plan::Graph(graph) => graph.boxes(),
        }
    }

    /// What its `inbox` takes.
    pub(super) fn takes(&self) -> Carries {
        match self {
            Plan::One(one) => one.entry.inbox_takes(),
            Plan::Row(row) => row.first().map_or(Carries::Anything, Plan::takes),
            Plan::Graph(_) => Carries::Anything,
        }
    }

    /// What its `outbox` sends.
    pub(super) fn sends(&self) -> Carries {
        match self {
            Plan::One(one) => one.entry.outbox_sends(),
            Plan::Row(row) => row.last().map_or(Carries::Anything, Plan::sends),
            Plan::Graph(_) => Carries::Anything,
        }
    }

    /// What a message calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Plan::One(one) => one.entry.name(),
            Plan::Row(_) => "Pipeline",
            Plan::Graph(_) => "Graphline",
        }
    }

    pub(super) fn changes_mut(&mut self) -> Option<&mut Changes> {
        match self {
            Plan::One(one) => Some(&mut one.changes),
            Plan::Graph(graph) => Some(&mut graph.changes),
            Plan::Row(_) => None,
        }
    }
}

impl One {
    pub(super) fn make(&self) -> Result<Made, crate::catalogue::ArgumentError> {
        Ok(self.entry.make(&self.arguments)?.with_boxes(|boxes| self.changes.apply(boxes)))
    }
}

impl Graph {
    pub(super) fn end(&self, end: &End) -> (&str, &'static str) {
        (end.child.map_or("self", |child| self.children[child].0.as_str()), end.name)
    }

    fn boxes(&self) -> Boxes {
        let mut graphline = Graphline::new();
        for (name, _) in &self.children {
            graphline = graphline.component(name.as_str(), Pipeline::new());
        }
        for (source, sink) in &self.links {
            match graphline.link(self.end(source), self.end(sink)) {
                Ok(linked) => graphline = linked,
                Err(_) => return Boxes::standard(),
            }
        }
        self.changes.apply(graphline.boxes())
    }
}

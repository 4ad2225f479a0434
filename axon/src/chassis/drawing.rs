//! The drawing of a graph: which boxes of which named components are joined.
//!
//! It is the same for a [`Graphline`](super::Graphline) and for one whose components run on threads of
//! their own. A mistake is reported immediately, or when the graph runs.

use std::panic::Location;

use crate::{Boxes, CONTROL, ComponentRef, Context, Result, SIGNAL};

use super::graphline_error::GraphlineError;

/// The name that means the graph itself.
const SELF: &str = "self";

type Place = &'static Location<'static>;

/// Names, and the linkages between their boxes.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    /// Each with the place in the source where it was given.
    names: Vec<(String, Place)>,
    /// In the order in which they are made. Invariant: no two have the same source.
    links: Vec<Link>,
    /// The first mistake that was not reported yet.
    fault: Option<GraphlineError>,
}

#[derive(Debug)]
struct Link {
    source: End,
    sink: End,
    drawn_at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct End {
    /// The index among the names; `None` is the graph itself.
    component: Option<usize>,
    name: &'static str,
}

type Drawn<T> = std::result::Result<T, GraphlineError>;
/// A box of a component that is drawn.
pub(crate) type BoxOf<'a> = (&'a ComponentRef, &'a str);

impl Drawing {
    /// Adds a name. A mistake in it is reported when the graph runs.
    pub(crate) fn name(&mut self, name: &str, at: Place) {
        if name == SELF {
            self.remember(GraphlineError::NamedSelf { at: at.to_string() });
        }
        if let Some(first) = self.place(name) {
            let (first, second) = (self.names[first].1.to_string(), at.to_string());
            self.remember(GraphlineError::NamedTwice { name: name.to_owned(), first, second });
        }
        self.names.push((name.to_owned(), at));
    }

    /// Adds a linkage.
    pub(crate) fn link(
        &mut self,
        source: (&str, &'static str),
        sink: (&str, &'static str),
        drawn_at: Place,
    ) -> Drawn<()> {
        let link = Link { source: self.end(source)?, sink: self.end(sink)?, drawn_at };
        if link.source.component.is_none() && link.sink.component.is_none() {
            return Err(GraphlineError::BothEndsSelf { source: source.1, sink: sink.1 });
        }
        if let Some(other) = self.links.iter().find(|other| other.source == link.source) {
            return Err(GraphlineError::LinkedTwice {
                source: self.words(&link.source),
                first: format!("{} ({})", self.words(&other.sink), other.drawn_at),
                second: format!("{} ({drawn_at})", self.words(&link.sink)),
            });
        }
        self.links.push(link);
        Ok(())
    }

    /// Keeps the first mistake until the graph runs; later ones may follow from it.
    pub(crate) fn remember(&mut self, fault: GraphlineError) {
        self.fault.get_or_insert(fault);
    }

    /// The mistake that was not reported yet.
    pub(crate) fn check(&mut self) -> Drawn<()> {
        self.fault.take().map_or(Ok(()), Err)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|(known, _)| known == name)
    }

    fn end(&self, (component, name): (&str, &'static str)) -> Drawn<End> {
        let component = match self.place(component) {
            None if component == SELF => None,
            None => {
                return Err(GraphlineError::UnknownComponent {
                    name: component.to_owned(),
                    known: self.names.iter().map(|(known, _)| known.clone()).collect(),
                });
            }
            place => place,
        };
        Ok(End { component, name })
    }

    fn words(&self, end: &End) -> String {
        let component = end.component.map_or(SELF, |place| &self.names[place].0);
        format!("{component}.{}", end.name)
    }

    /// These boxes, and the boxes of the graph itself that linkages name.
    pub(crate) fn boxes(&self, mut boxes: Boxes) -> Boxes {
        for Link { source, sink, .. } in &self.links {
            if source.component.is_none() {
                boxes = boxes.inbox(source.name, "goes on to a component of the graph");
            }
            if sink.component.is_none() {
                boxes = boxes.outbox(sink.name, "comes from a component of the graph");
            }
        }
        boxes
    }

    /// Whether the graph's own `control` is linked. If so, what arrives there goes only where it is linked
    /// to.
    pub(crate) fn control_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.source == End { component: None, name: CONTROL })
    }

    /// Whether something is linked to the graph's own `signal`.
    pub(crate) fn signal_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.sink == End { component: None, name: SIGNAL })
    }

    /// Whether nothing is linked to a component's `control`. If so, the component gets what arrives at the
    /// graph's.
    pub(crate) fn control_is_free(&self, component: usize) -> bool {
        let control = End { component: Some(component), name: CONTROL };
        self.links.iter().all(|link| link.sink != control)
    }

    /// Makes the linkages. The two functions find the outbox and the inbox of a component.
    pub(crate) fn make_links<'a>(
        &self,
        cx: &Context,
        outbox: impl Fn(usize, &'static str) -> Result<BoxOf<'a>>,
        inbox: impl Fn(usize, &'static str) -> Result<BoxOf<'a>>,
    ) -> Result {
        for Link { source, sink, .. } in &self.links {
            let (from, to) = (source.name, sink.name);
            match (source.component, sink.component) {
                (Some(one), Some(other)) => cx.link(outbox(one, from)?, inbox(other, to)?)?,
                (None, Some(other)) => cx.pass_through_inbox((cx.me(), from), inbox(other, to)?)?,
                (Some(one), None) => cx.pass_through_outbox(outbox(one, from)?, (cx.me(), to))?,
                (None, None) => unreachable!("`link` refuses this"),
            };
        }
        Ok(())
    }
}

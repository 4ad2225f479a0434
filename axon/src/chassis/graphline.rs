//! Joins the boxes of named components as you say: any graph, as one component.
//!
//! Ported from `Kamaelia.Chassis.Graphline`.
//!
//! *Differs from Kamaelia:*
//! - a name that is no component is an error; there it silently meant the graphline itself, which is
//!   `self` here and nothing else;
//! - a box that does not exist is an error which lists those that do;
//! - boxes made on demand belong to this graphline, not to all graphlines of the program (B21);
//! - it sleeps while a message lies in a box that nobody reads (there it ran at full speed, B20);
//! - the ending it got is the ending it passes on, `ProducerFinished` too (there a new one, B25);
//! - components that have ended are told nothing more.

use crate::{AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, IntoComponent, Result, SIGNAL};

use super::ending::{announce, children_done};
use super::graphline_error::GraphlineError;
use super::tell::{Told, tell};

/// The name that means the graphline itself.
const SELF: &str = "self";

/// Named components and the linkages between their boxes.
///
/// Reports, snapshots and the paths in errors show a component's name in the graphline before its own:
/// `left (Join_2)`.
///
/// Give it its components with [`component`](Graphline::component) and then the linkages with
/// [`link`](Graphline::link), or both with the macro [`graphline!`](crate::graphline). The name `self`
/// stands for the graphline: a linkage from `self` lets messages in, one to `self` lets them out, at no
/// cost for each message. A box of the graphline that does not exist is made.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whatever you link it to |
/// | `control` | control messages for the components, see below |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | whatever you link to it |
/// | `signal` | its end, unless you linked something to it |
/// | `_cs` | for its own use: tells the components what came to `control` |
///
/// # Shutdown
///
/// It ends when all its components have ended.
///
/// Every message that comes to `control` goes to each component to whose `control` nothing is linked
/// within the graphline, in the order in which they were named. If you linked `self.control` yourself,
/// that is all that happens with it.
///
/// At its end it sends on `signal` the `ShutdownMicroprocess` it was told, or else the
/// `ProducerFinished` it was told, or else a new one. If you linked something to `self.signal` it says
/// nothing itself.
///
/// # Errors
///
/// A linkage with a box that does not exist ends it with an error on its first turn.
///
/// # Examples
///
/// ```
/// use axon::chassis::Graphline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<i32>::new();
/// let graph = Graphline::new()
///     .component("SOURCE", DataSource::new([1, 2, 3]))
///     .component("SINK", DataSink::new(&received))
///     .link(("SOURCE", "outbox"), ("SINK", "inbox"))?
///     .link(("SOURCE", "signal"), ("SINK", "control"))?;
/// axon::run(graph)?;
/// assert_eq!(received.take(), [1, 2, 3]);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Default)]
pub struct Graphline {
    components: Vec<(String, AnyComponent)>,
    /// In the order in which they are made. Invariant: no two have the same source.
    links: Vec<Link>,
}

struct Link {
    source: End,
    sink: End,
}

#[derive(Clone, Copy, PartialEq)]
struct End {
    /// The place among the components; `None` is the graphline itself.
    component: Option<usize>,
    name: &'static str,
}

impl Graphline {
    /// A graphline without components, which ends as soon as it runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more component, under a name for use in linkages.
    ///
    /// # Panics
    ///
    /// If the name is taken, or is `self`.
    #[must_use]
    #[track_caller]
    pub fn component(mut self, name: impl Into<String>, component: impl IntoComponent) -> Self {
        let name = name.into();
        assert!(name != SELF, "in a graphline \"self\" is the graphline, not a component");
        assert!(self.place(&name).is_none(), "two components of a graphline with the name {name:?}");
        self.components.push((name, AnyComponent::new(component)));
        self
    }

    /// One more linkage, from a box of one component to a box of another.
    ///
    /// # Errors
    ///
    /// If a name is neither that of a component added before nor `self`, if the source is linked
    /// already, or if both ends are `self`.
    pub fn link(
        mut self,
        source: (&str, &'static str),
        sink: (&str, &'static str),
    ) -> std::result::Result<Self, GraphlineError> {
        let link = Link { source: self.end(source)?, sink: self.end(sink)? };
        if link.source.component.is_none() && link.sink.component.is_none() {
            return Err(GraphlineError::BothEndsSelf { source: link.source.name, sink: link.sink.name });
        }
        if self.links.iter().any(|other| other.source == link.source) {
            return Err(GraphlineError::LinkedTwice { source: format!("{}.{}", source.0, source.1) });
        }
        self.links.push(link);
        Ok(self)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.components.iter().position(|(known, _)| known == name)
    }

    fn end(&self, (component, name): (&str, &'static str)) -> Drawn<End> {
        let component = match self.place(component) {
            None if component == SELF => None,
            None => {
                return Err(GraphlineError::UnknownComponent {
                    name: component.to_owned(),
                    known: self.components.iter().map(|(known, _)| known.clone()).collect(),
                });
            }
            place => place,
        };
        Ok(End { component, name })
    }

    /// Whether you linked the graphline's own `control`, and so are responsible for what comes there.
    fn control_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.source == End { component: None, name: CONTROL })
    }

    /// Whether you linked something to the graphline's own `signal`.
    fn signal_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.sink == End { component: None, name: SIGNAL })
    }

    /// The components to whose `control` nothing is linked here.
    fn told_of_control(&self, children: &[(String, ComponentRef)]) -> Vec<ComponentRef> {
        let is_linked =
            |place| self.links.iter().any(|link| link.sink == End { component: Some(place), name: CONTROL });
        let children = children.iter().enumerate();
        children.filter(|(place, _)| !is_linked(*place)).map(|(_, (_, child))| child.clone()).collect()
    }

    fn make_links(&self, cx: &Context, children: &[(String, ComponentRef)]) -> Result {
        for Link { source, sink } in &self.links {
            match (source.component, sink.component) {
                (Some(from), Some(to)) => {
                    let from = outbox(cx, &children[from], source.name)?;
                    cx.link(from, inbox(cx, &children[to], sink.name)?)?;
                }
                (None, Some(to)) => {
                    cx.pass_through_inbox((cx.me(), source.name), inbox(cx, &children[to], sink.name)?)?;
                }
                (Some(from), None) => {
                    cx.pass_through_outbox(outbox(cx, &children[from], source.name)?, (cx.me(), sink.name))?;
                }
                (None, None) => unreachable!("`link` refuses this"),
            }
        }
        Ok(())
    }
}

type Drawn<T> = std::result::Result<T, GraphlineError>;
type BoxOf<'a> = (&'a ComponentRef, &'a str);

fn inbox<'a>(
    cx: &Context,
    (name, made): &'a (String, ComponentRef),
    inbox: &'static str,
) -> Drawn<BoxOf<'a>> {
    if cx.has_inbox(made, inbox) {
        return Ok((made, inbox));
    }
    Err(unknown_box(cx, name, made, "inbox", inbox, cx.inboxes(made)))
}

fn outbox<'a>(
    cx: &Context,
    (name, made): &'a (String, ComponentRef),
    outbox: &'static str,
) -> Drawn<BoxOf<'a>> {
    if cx.has_outbox(made, outbox) {
        return Ok((made, outbox));
    }
    Err(unknown_box(cx, name, made, "outbox", outbox, cx.outboxes(made)))
}

fn unknown_box(
    cx: &Context,
    component: &str,
    made: &ComponentRef,
    side: &'static str,
    name: &'static str,
    known: Vec<String>,
) -> GraphlineError {
    let (graphline, component, made) = (cx.me().clone(), component.to_owned(), made.clone());
    GraphlineError::UnknownBox { graphline, component, made, side, name, known }
}

impl Component for Graphline {
    fn boxes(&self) -> Boxes {
        let mut boxes = Boxes::standard().outbox("_cs", "tells the components what came to control");
        for Link { source, sink } in &self.links {
            if source.component.is_none() {
                boxes = boxes.inbox(source.name, "goes on to a component of the graphline");
            }
            if sink.component.is_none() {
                boxes = boxes.outbox(sink.name, "comes from a component of the graphline");
            }
        }
        boxes
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut children: Vec<(String, ComponentRef)> = Vec::new();
        for (name, component) in self.components.drain(..) {
            let child = cx.add_child(component);
            cx.call_child(&child, name.as_str());
            children.push((name, child));
        }
        self.make_links(cx, &children)?;
        for (_, child) in &children {
            cx.activate(child.clone());
        }
        let mut to_tell = self.told_of_control(&children);
        drop(children);

        let mut told = Told::default();
        while !children_done(cx) {
            if !self.control_is_linked() {
                while let Some(mut message) = cx.recv(CONTROL) {
                    told.note(&mut message);
                    tell(cx, "_cs", &mut to_tell, CONTROL, message, || false).await?;
                }
            }
            // One may have ended while another was told.
            if !children_done(cx) {
                cx.pause().await;
            }
        }
        if !self.control_is_linked() {
            while let Some(mut message) = cx.recv(CONTROL) {
                told.note(&mut message);
            }
        }
        if !self.signal_is_linked() {
            announce(cx, told.or_producer_finished(cx)).await;
        }
        Ok(())
    }
}

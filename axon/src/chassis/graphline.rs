//! Links the boxes of named components as you specify: any graph, as one component.
//!
//! Ported from `Kamaelia.Chassis.Graphline`.
//!
//! *Differs from Kamaelia:*
//! - a name that is not among the components is an error; only `self` means the graphline itself;
//! - a box that does not exist is an error which lists those that do;
//! - boxes made on demand belong to this graphline, not to all graphlines of the program;
//! - it sleeps while a message waits in a box that nobody reads;
//! - it passes on the ending that it received, `ProducerFinished` too;
//! - components that have ended are sent nothing more.

use std::panic::Location;

use crate::{AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, IntoComponent, Result};

use super::drawing::{BoxOf, Drawing};
use super::ending::{all_ended, announce};
use super::graphline_error::GraphlineError;
use super::seen::Seen;
use super::tell::{Told, tell};

/// Named components and the linkages between their boxes.
///
/// Reports, snapshots and the paths in errors show a component's name in the graphline before its own:
/// `left (Join_2)`.
///
/// Add components with [`component`](Graphline::component) and then linkages with
/// [`link`](Graphline::link), or both with the macro [`graphline!`](crate::graphline). The name `self`
/// means the graphline: a linkage from `self` lets messages in, one to `self` lets them out, at no cost per
/// message. A box of the graphline that does not exist is made.
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
/// | `_cs` | for its own use: sends the components what arrived at `control` |
///
/// # Shutdown
///
/// It ends when all its components have ended.
///
/// Every message that arrives at `control` goes to each component to whose `control` nothing is linked
/// within the graphline, in the order in which the components were named (one that ends nobody is handed on once: a
/// copy that comes back to `control` is dropped, since there would be more copies each time round). If you linked `self.control`,
/// messages go only where you linked it.
///
/// At its end it sends on `signal` the `ShutdownMicroprocess` that it received, or else the
/// `ProducerFinished` that it received, or else a new one. If you linked something to `self.signal`, it
/// sends nothing itself.
///
/// # Errors
///
/// A linkage with a box that does not exist ends the graphline with an error on its first turn; so does a
/// name that was given twice, and one component under two names.
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
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Graphline {
    components: Vec<(String, AnyComponent)>,
    drawing: Drawing,
}

impl Graphline {
    /// A graphline without components, which ends as soon as it runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component, under a name for use in linkages.
    ///
    /// A name that is taken, or is `self`, ends the graphline with an error when it runs.
    #[track_caller]
    pub fn component(mut self, name: impl Into<String>, component: impl IntoComponent) -> Self {
        let name = name.into();
        self.drawing.name(&name, Location::caller());
        self.components.push((name, AnyComponent::new(component)));
        self
    }

    /// Adds a linkage from a box of one component to a box of another.
    ///
    /// # Errors
    ///
    /// If a name is neither that of a component added before nor `self`, if the source is linked
    /// already, or if both ends are `self`.
    #[track_caller]
    pub fn link(
        mut self,
        source: (&str, &'static str),
        sink: (&str, &'static str),
    ) -> std::result::Result<Self, GraphlineError> {
        self.drawing.link(source, sink, Location::caller())?;
        Ok(self)
    }

    /// The same for [`graphline!`](crate::graphline): a mistake is reported when the graphline runs.
    #[doc(hidden)]
    #[track_caller]
    pub fn __link(mut self, source: (&str, &'static str), sink: (&str, &'static str)) -> Self {
        if let Err(fault) = self.drawing.link(source, sink, Location::caller()) {
            self.drawing.remember(fault);
        }
        self
    }

    /// Makes the components into children. One that is a child already was named twice.
    fn adopt(&mut self, cx: &Context) -> Drawn<Vec<(String, ComponentRef)>> {
        let mut children: Vec<(String, ComponentRef)> = Vec::new();
        for (name, component) in self.components.drain(..) {
            let child = cx.add_child(component);
            if let Some((first, made)) = children.iter().find(|(_, made)| *made == child) {
                let (first, made) = (first.clone(), made.clone());
                return Err(GraphlineError::SameComponent { made, first, second: name });
            }
            cx.call_child(&child, name.as_str());
            children.push((name, child));
        }
        Ok(children)
    }
}

type Drawn<T> = std::result::Result<T, GraphlineError>;

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
        self.drawing.boxes(Boxes::standard().outbox("_cs", "tells the components what came to control"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.drawing.check()?;
        let children = self.adopt(cx)?;
        self.drawing.make_links(
            cx,
            |place, name| Ok(outbox(cx, &children[place], name)?),
            |place, name| Ok(inbox(cx, &children[place], name)?),
        )?;
        for (_, child) in &children {
            cx.activate(child.clone());
        }
        let numbered = children.into_iter().enumerate();
        let told_of_control = numbered.filter(|(place, _)| self.drawing.control_is_free(*place));
        let mut to_tell: Vec<ComponentRef> = told_of_control.map(|(_, (_, child))| child).collect();

        let (mut told, mut seen) = (Told::default(), Seen::default());
        while !all_ended(cx) {
            if !self.drawing.control_is_linked() {
                while let Some(mut message) = cx.recv(CONTROL) {
                    told.note(&mut message);
                    if !seen.has_come_back(&mut message) {
                        tell(cx, "_cs", &mut to_tell, CONTROL, message, || false).await?;
                    }
                }
            }
            // A component may have ended while another was sent its message.
            if !all_ended(cx) {
                cx.pause().await;
            }
        }
        if !self.drawing.control_is_linked() {
            while let Some(mut message) = cx.recv(CONTROL) {
                told.note(&mut message);
            }
        }
        if !self.drawing.signal_is_linked() {
            announce(cx, told.or_producer_finished(cx)).await;
        }
        Ok(())
    }
}

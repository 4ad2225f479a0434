//! Pictures of a [`Snapshot`]: SVG without any other program, and texts for Graphviz and Mermaid.
//!
//! Kamaelia draws a running system with `AxonVisualiser`, in a window of its own.
//!
//! # The form of the SVG
//!
//! Components are boxes with inboxes on the left and outboxes on the right. A component that holds others is a frame
//! around them. Linkages lead from left to right; one that leads back runs below the boxes. A row that would be far
//! wider than high goes on below, as lines of text do. Data are solid lines, signals (`signal`, `control`, `_signal`, `signal2` and the like) dotted ones,
//! and linkages between a frame's own boxes and those inside it are dashed.
//!
//! A program finds every element:
//!
//! | element | `id` | class | attributes |
//! |---|---|---|---|
//! | component | `c3` | `component` or `frame`, its state (`made`, `awake`, `paused`, `ended`), `service` | `data-component` (its number), `data-name`, `data-called`, `data-state`, `data-waits`, `data-parent`, `data-rank` (its place from left to right among those it is linked with) |
//! | inbox | `c3.inbox.NAME` | `inbox`, `signal`, `linked`, `waiting`, `full` | `data-component`, `data-box`, `data-length`, `data-limit`, `data-arrived`, `data-most`, `data-dropped` |
//! | outbox | `c3.outbox.NAME` | `outbox`, `signal`, `linked` | `data-component`, `data-box`, `data-sent` |
//! | linkage | `l3.outbox.NAME`: that of its source, with `l` | `linkage`, `data` or `signal`, `passthrough` | `data-from`, `data-from-side`, `data-from-box`, `data-to`, `data-to-side`, `data-to-box`, `data-maker` |
//!
//! `NAME` is the name of the box as `encodeURIComponent` writes it. Boxes lie in the group of their component;
//! components do not lie in each other. What is unknown has no attribute. Each has a `title` with the same in words.
//! The colours are light or dark as the reader prefers (`prefers-color-scheme`). A control character in a name is
//! shown as U+FFFD.
//!
//! The same snapshot gives the same bytes. A component that is added without linkages, with linkages in one direction
//! only, or in the place of a linkage, changes `data-rank` of no other component by more than one.

mod dot;
mod layout;
mod lettering;
mod mermaid;
mod reduced;
mod svg;

use crate::{
    CONTROL, ComponentId, SIGNAL,
    snapshot::{BoxName, LinkageView, Snapshot},
};

/// What a picture leaves out.
///
/// # Examples
///
/// ```
/// use axon::drawing::Drawing;
/// use axon::prelude::*;
///
/// let mut scheduler = Scheduler::new();
/// let pipeline = scheduler.activate(pipeline![OneShot::new("hello"), NullSinkComponent::new()]);
/// scheduler.run_pass()?;
/// let snapshot = scheduler.snapshot();
/// let data_only = Drawing::new().without_signals().without_unlinked_boxes();
/// assert!(!data_only.to_svg(&snapshot).contains("control"));
/// assert!(data_only.to_mermaid(&snapshot).contains("NullSinkComponent_3"));
/// let closed = Drawing::new().as_plain_box(pipeline.id());
/// assert!(!closed.to_dot(&snapshot).contains("NullSinkComponent_3"));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Drawing {
    unlinked_boxes_hidden: bool,
    signals_hidden: bool,
    services_hidden: bool,
    plain: Vec<ComponentId>,
    /// The one in the middle, and how far from it others may be.
    near: Option<(ComponentId, usize)>,
}

impl Drawing {
    /// A picture with everything in it.
    pub fn new() -> Self {
        Drawing::default()
    }

    /// Without boxes at which no linkage that is drawn begins or ends.
    pub fn without_unlinked_boxes(mut self) -> Self {
        self.unlinked_boxes_hidden = true;
        self
    }

    /// Without the boxes `signal` and `control` (also `_signal`, `signal2` and the like), and the linkages at them.
    pub fn without_signals(mut self) -> Self {
        self.signals_hidden = true;
        self
    }

    /// Without components that declared themselves services, what they hold, and the linkages at these.
    pub fn without_services(mut self) -> Self {
        self.services_hidden = true;
        self
    }

    /// With one component as a plain box, without the components that it holds. A linkage between one of these and a
    /// component outside ends at a box with the names of both, `Child_4.inbox`.
    pub fn as_plain_box(mut self, component: ComponentId) -> Self {
        self.plain.push(component);
        self
    }

    /// Only one component, what it holds, and those that are at most so many linkages away, in whichever direction;
    /// with the frames around them. For systems of which a whole picture would be too large to be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::drawing::Drawing;
    /// use axon::prelude::*;
    ///
    /// let mut scheduler = Scheduler::new();
    /// scheduler.activate(pipeline![OneShot::new("hello"), PassThrough::new(), NullSinkComponent::new()]);
    /// scheduler.run_pass()?;
    /// let snapshot = scheduler.snapshot();
    /// let first = snapshot.components[1].id;
    /// let near = Drawing::new().near(first, 1).to_dot(&snapshot);
    /// assert!(near.contains("PassThrough_3") && !near.contains("NullSinkComponent_4"));
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn near(mut self, component: ComponentId, linkages: usize) -> Self {
        self.near = Some((component, linkages));
        self
    }

    /// The picture as SVG, in the [form](crate::drawing) that programs may rely on.
    pub fn to_svg(&self, snapshot: &Snapshot) -> String {
        svg::written(&self.reduced(snapshot))
    }

    /// The picture in Graphviz's language DOT: `dot -Tsvg` draws it.
    ///
    /// A component is a frame in its parent's frame, green if it is awake, white if it sleeps, dashed if it is not
    /// activated, grey if it has ended. An inbox in which messages wait is yellow, a full one red. Arrows of
    /// passed-through boxes are dashed, those of signals dotted.
    pub fn to_dot(&self, snapshot: &Snapshot) -> String {
        dot::written(&self.reduced(snapshot))
    }

    /// The picture as a Mermaid flowchart: components as frames in their parents' frames, inboxes square, outboxes
    /// round, passed-through boxes and signals with dotted arrows.
    pub fn to_mermaid(&self, snapshot: &Snapshot) -> String {
        mermaid::written(&self.reduced(snapshot))
    }
}

impl Snapshot {
    /// The picture of everything as SVG: [`Drawing`] can leave things out.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// let scheduler = Scheduler::new();
    /// let echo = scheduler.add(PassThrough::new());
    /// let picture = scheduler.snapshot().to_svg();
    /// assert!(picture.contains(&format!("<g id=\"c{}\"", echo.id())));
    /// ```
    pub fn to_svg(&self) -> String {
        Drawing::new().to_svg(self)
    }

    /// The picture of everything in Graphviz's language DOT: see [`Drawing::to_dot`].
    pub fn to_dot(&self) -> String {
        Drawing::new().to_dot(self)
    }

    /// The picture of everything as a Mermaid flowchart: see [`Drawing::to_mermaid`].
    pub fn to_mermaid(&self) -> String {
        Drawing::new().to_mermaid(self)
    }
}

/// Whether a box of this name carries signals: `control`, `signal`, `_signal`, `signal2`.
fn is_signal_box(name: &str) -> bool {
    let name = name.trim_start_matches('_').trim_end_matches(|letter: char| letter.is_ascii_digit());
    matches!(name, CONTROL | SIGNAL)
}

fn is_signal(linkage: &LinkageView) -> bool {
    let is_at = |end: &BoxName| is_signal_box(&end.name);
    is_at(&linkage.source) || is_at(&linkage.sink)
}

/// The beginning of a line of text about a component at this depth. It is not as long as a very deep one would have.
fn indentation(depth: usize) -> String {
    "  ".repeat(depth.min(32))
}

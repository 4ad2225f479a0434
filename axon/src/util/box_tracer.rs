//! Shows all that goes into a component and comes out of it.
//!
//! Ported from `Kamaelia.Apps.SocialBookmarks.ComponentBoxTracer`, and `PipelineTracer` after the same plan.
//!
//! *Differs from Kamaelia:* what is traced waits for room, both ways. The tracer gets to process all that it was sent
//! before the whole ends.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use crate::chassis::{Pipeline, children_done};
use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, IntoComponent, Message,
    OUTBOX, Payload, ProducerFinished, Result, SIGNAL, ShutdownMicroprocess,
};

use super::each::each;

/// A message that went into a traced component, or came out of it.
///
/// Its `Display` is a line without a line break: component, box and message.
#[derive(Clone)]
pub struct Traced {
    component: Arc<str>,
    name: &'static str,
    /// Behind a lock, because a payload need not be `Sync`.
    message: Arc<Mutex<Message>>,
}

impl Traced {
    /// The name of the component.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// The name of the box.
    pub fn box_name(&self) -> &str {
        self.name
    }

    /// The message, which shares the payload with the one that was passed on.
    pub fn message(&self) -> Message {
        self.message.lock().unwrap_or_else(PoisonError::into_inner).duplicate()
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "{} {} {}", self.component, self.name, message.excerpt())
    }
}

impl fmt::Debug for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Wraps a component, and sends a [`Traced`] to a tracer for each message at its four boxes.
///
/// Only `inbox`, `control`, `outbox` and `signal` of the component are used. A tracer that is slow makes the component
/// slow; one that has ended does not hold it up.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the component |
/// | `control` | control messages for the component |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the component sends |
/// | `signal` | what the component signals |
///
/// # Shutdown
///
/// When the component has ended, the tracer is sent `ProducerFinished`. It ends when the tracer has ended.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ComponentBoxTracer, DataSink, DataSource, NullSinkComponent, PureTransformer, Received, Traced};
///
/// let seen = Received::<String>::new();
/// let doubler = PureTransformer::map(|n: i32| n * 2);
/// let tracer = pipeline![PureTransformer::map(|traced: Traced| traced.to_string()), DataSink::new(&seen)];
/// axon::run(pipeline![DataSource::new([1]), ComponentBoxTracer::new(doubler, tracer), NullSinkComponent::new()])?;
/// let seen = seen.take();
/// assert!(seen[0].ends_with("inbox 1") && seen.iter().any(|line| line.ends_with("outbox 2")), "{seen:?}");
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ComponentBoxTracer {
    /// What is traced, and its tracer; `None` after they were made children.
    parts: Option<(AnyComponent, AnyComponent)>,
}

crate::debug_by_name!(ComponentBoxTracer);

impl ComponentBoxTracer {
    /// Traces `traced`, by sending to `tracer`.
    #[track_caller]
    pub fn new(traced: impl IntoComponent, tracer: impl IntoComponent) -> Self {
        ComponentBoxTracer { parts: Some((AnyComponent::new(traced), AnyComponent::new(tracer))) }
    }
}

impl Component for ComponentBoxTracer {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some((traced, tracer)) = self.parts.take() else { return Ok(()) };
        let tracer = cx.add(tracer);
        run_traced(cx, Stage { traced: Some(traced), tracer: tracer.clone() }, tracer).await
    }
}

/// A [`Pipeline`] that sends a [`Traced`] to a tracer for each message at the four boxes of each of its components.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the first component |
/// | `control` | control messages for the first component |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the last component sends |
/// | `signal` | what the last component signals |
///
/// # Shutdown
///
/// When all components have ended, the tracer is sent `ProducerFinished`. It ends when the tracer has ended.
///
/// # Examples
///
/// ```
/// use axon::util::{DataSink, DataSource, PipelineTracer, PureTransformer, Received, Traced};
///
/// let seen = Received::<Traced>::new();
/// axon::run(
///     PipelineTracer::new(DataSink::new(&seen))
///         .then(DataSource::new([1, 2]))
///         .then(PureTransformer::map(|n: i32| n * 2)),
/// )?;
/// let seen = seen.take();
/// let sent = |name: &str, of: &str| {
///     seen.iter().filter(|traced| traced.component().starts_with(of) && traced.box_name() == name).count()
/// };
/// assert_eq!([sent("outbox", "DataSource"), sent("inbox", "Pure"), sent("outbox", "Pure")], [2, 2, 2]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct PipelineTracer {
    tracer: Option<AnyComponent>,
    components: Vec<AnyComponent>,
}

crate::debug_by_name!(PipelineTracer);

impl PipelineTracer {
    /// A pipeline without components; add them with [`then`](PipelineTracer::then).
    #[track_caller]
    pub fn new(tracer: impl IntoComponent) -> Self {
        PipelineTracer { tracer: Some(AnyComponent::new(tracer)), components: Vec::new() }
    }

    /// Adds a component at the end of the row.
    #[track_caller]
    pub fn then(mut self, component: impl IntoComponent) -> Self {
        self.components.push(AnyComponent::new(component));
        self
    }
}

impl Component for PipelineTracer {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(tracer) = self.tracer.take() else { return Ok(()) };
        let tracer = cx.add(tracer);
        let stages = self.components.drain(..);
        let stages = stages.map(|traced| Stage { traced: Some(traced), tracer: tracer.clone() });
        run_traced(cx, stages.collect::<Pipeline>(), tracer).await
    }
}

/// Runs what is traced in the place of this component, and then lets the tracer finish.
async fn run_traced(cx: &Context, traced: impl IntoComponent, tracer: ComponentRef) -> Result {
    let traced = cx.add_child(traced);
    cx.pass_through_inbox((cx.me(), INBOX), (&traced, INBOX))?;
    cx.pass_through_inbox((cx.me(), CONTROL), (&traced, CONTROL))?;
    cx.pass_through_outbox((&traced, OUTBOX), (cx.me(), OUTBOX))?;
    cx.pass_through_outbox((&traced, SIGNAL), (cx.me(), SIGNAL))?;
    let tracer = cx.add_child(tracer);
    cx.activate(&tracer);
    cx.activate(&traced);
    while !traced.is_stopped() {
        cx.pause().await;
    }
    tell(cx, &tracer, ProducerFinished::new()).await;
    while !children_done(cx) {
        cx.pause().await;
    }
    Ok(())
}

/// Tells a child to end, and waits while it has no room for that.
async fn tell(cx: &Context, child: &ComponentRef, notice: impl Payload) {
    let mut notice = Message::new(notice);
    while !child.is_stopped() {
        match cx.deliver_to(child, CONTROL, notice) {
            Ok(()) => return,
            Err(refused) => notice = refused.into_message(),
        }
        cx.pause().await;
    }
}

/// A component between four taps.
struct Stage {
    /// `None` after it was made a child.
    traced: Option<AnyComponent>,
    tracer: ComponentRef,
}

impl Component for Stage {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(traced) = self.traced.take() else { return Ok(()) };
        let traced = cx.add_child(traced);
        let component: Arc<str> = traced.name().into();
        let must_stop = Rc::new(Cell::new(false));
        let mut taps = Vec::new();
        for name in [INBOX, CONTROL, OUTBOX, SIGNAL] {
            let tap = cx.add_child(Tap {
                component: Arc::clone(&component),
                name,
                must_stop: Rc::clone(&must_stop),
            });
            cx.link((&tap, "_to_tracer"), (&self.tracer, INBOX))?;
            if name == INBOX || name == CONTROL {
                cx.pass_through_inbox((cx.me(), name), (&tap, INBOX))?;
                cx.link((&tap, OUTBOX), (&traced, name))?;
            } else {
                cx.link((&traced, name), (&tap, INBOX))?;
                cx.pass_through_outbox((&tap, OUTBOX), (cx.me(), name))?;
            }
            cx.activate(&tap);
            taps.push(tap);
        }
        cx.activate(&traced);
        while !traced.is_stopped() {
            cx.pause().await;
        }
        for tap in &taps {
            // What was told to stop does not wait for room for what it has sent.
            if must_stop.get() {
                tell(cx, tap, ShutdownMicroprocess::new()).await;
            } else {
                tell(cx, tap, ProducerFinished::new()).await;
            }
        }
        while !children_done(cx) {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Passes on what comes to a box, and tells the tracer. What it passes on comes to its `inbox`, control messages too.
struct Tap {
    component: Arc<str>,
    name: &'static str,
    /// What is traced was told to stop at once.
    must_stop: Rc<Cell<bool>>,
}

impl Component for Tap {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("_to_tracer", "what it has passed on")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |mut message: Message| {
            if self.name == CONTROL && message.ending() == Some(Ending::ShutdownMicroprocess) {
                self.must_stop.set(true);
            }
            let (component, message_to_show) = (Arc::clone(&self.component), message.duplicate());
            let traced =
                Traced { component, name: self.name, message: Arc::new(Mutex::new(message_to_show)) };
            // A tracer that has ended holds nobody up.
            let _ = cx.send_when_room("_to_tracer", traced).await;
            Ok(cx.send_when_room(OUTBOX, message).await?)
        })
        .await
    }
}

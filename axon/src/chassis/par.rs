//! Runs components side by side, as if they were one.
//!
//! Ported from `Kamaelia.Chassis.PAR`.
//!
//! *Differs from Kamaelia:*
//! - what arrives at `inbox` goes to every component;
//! - it sends one ending out of `signal`, when all components have ended, not one for each;
//! - when it is told to stop immediately, it ends after its components;
//! - it passes on the ending that it received.

use crate::{AnyComponent, Boxes, CONTROL, Component, Context, INBOX, IntoComponent, OUTBOX, Result, SIGNAL};

use super::ending::{announce, children_done, pass_on};
use super::seen::Seen;
use super::tell::{Told, Unheeded, tell};

/// Components that run at the same time, seen from outside as one.
///
/// What arrives at `inbox` and `control` goes to each of them, in the order in which they were given. What
/// any of them sends leaves through `outbox`; what any of them signals, except endings, leaves through
/// `signal`. A control message that ends nobody is handed on once: a copy of it that comes back to `control`, through
/// the components and others, is dropped, since there would be more copies each time round.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data, for every component |
/// | `control` | control messages, for every component |
/// | `_control` | for its own use: what the components signal |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what any component sends |
/// | `signal` | what any component signals; one ending when all have ended |
/// | `_co` | for its own use: hands data to the components |
/// | `_cs` | for its own use: hands control messages to the components |
///
/// # Shutdown
///
/// It ends when all its components have ended. It passes on the ending that it received, or sends a new
/// `ProducerFinished`.
///
/// # Examples
///
/// ```
/// use axon::chassis::Par;
/// use axon::pipeline;
/// use axon::util::{DataSink, OneShot, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![
///     Par::new().and(OneShot::new("left")).and(OneShot::new("right")),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["left", "right"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "PAR")]
#[must_use = "a component does nothing until it is activated"]
pub struct Par {
    components: Vec<AnyComponent>,
}

impl Par {
    /// A `Par` without components; add them with [`and`](Par::and).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component.
    #[track_caller]
    pub fn and(mut self, component: impl IntoComponent) -> Self {
        self.components.push(AnyComponent::new(component));
        self
    }
}

impl<C: IntoComponent> FromIterator<C> for Par {
    fn from_iter<I: IntoIterator<Item = C>>(components: I) -> Self {
        Par { components: components.into_iter().map(AnyComponent::new).collect() }
    }
}

impl Component for Par {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("_control", "what the components signal")
            .outbox("_co", "hands data to the components")
            .outbox("_cs", "hands control messages to the components")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut children: Vec<_> = self.components.drain(..).map(|child| cx.add_child(child)).collect();
        for child in &children {
            cx.pass_through_outbox((child, OUTBOX), (cx.me(), OUTBOX))?;
            cx.link((child, SIGNAL), (cx.me(), "_control"))?;
            cx.activate(child);
        }
        let (mut told, mut unheeded, mut seen) = (Told::default(), Unheeded::default(), Seen::default());
        loop {
            if !unheeded.is_to_stop()
                && let Some(message) = cx.recv(INBOX)
            {
                if !told.to_stop() {
                    tell(cx, "_co", &mut children, INBOX, message, || unheeded.must_stop(cx)).await?;
                }
            } else if let Some(mut message) = unheeded.next(cx) {
                told.note(&mut message);
                if !seen.has_come_back(&mut message) {
                    tell(cx, "_cs", &mut children, CONTROL, message, || false).await?;
                }
            } else if let Some(message) = cx.recv("_control") {
                if message.ending().is_none() {
                    pass_on(cx, message).await;
                }
            } else if children_done(cx) {
                break;
            } else {
                cx.pause().await;
            }
        }
        announce(cx, told.or_producer_finished(cx)).await;
        Ok(())
    }
}

//! Links components in a row, so that what one sends, the next receives.
//!
//! Ported from `Kamaelia.Chassis.Pipeline`.
//!
//! *Differs from Kamaelia:* a circular pipeline announces its end, and an empty one ends with an error that
//! says so.

use crate::{
    AnyComponent, CONTROL, Component, ComponentRef, Context, INBOX, IntoComponent, OUTBOX, Result, SIGNAL,
};

use super::ending::{all_ended, announce, producer_finished};

/// Components in a row: each one's `outbox` goes to the next one's `inbox`, each one's `signal` to the
/// next one's `control`.
///
/// What arrives at the pipeline's `inbox` and `control` goes to the first component, and what the last
/// component sends leaves through the pipeline's `outbox` and `signal`. This costs nothing per message.
/// What arrives before the pipeline's first turn waits and then moves to the first component.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the first component |
/// | `control` | control messages for the first component |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the last component sends |
/// | `signal` | what the last component signals; of a circular pipeline, `ProducerFinished` at its end |
///
/// # Shutdown
///
/// It ends when all its components have ended, and it never reads `control` itself: an ending sent to the
/// pipeline reaches the first component, which passes it on to the second, and so on to the last, whose
/// `signal` is the pipeline's. If a component in the middle ends without sending to `signal`, those behind
/// it run on.
///
/// The last component of a circular pipeline is linked to the first, so the pipeline itself announces its
/// end, with a new `ProducerFinished`.
///
/// # Errors
///
/// A pipeline without components, or with a component that lacks a box to be linked, ends with an error on
/// its first turn.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, PureTransformer, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![
///     DataSource::new([1, 2, 3]),
///     PureTransformer::map(|n: i32| n * 2),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [2, 4, 6]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Pipeline {
    components: Vec<AnyComponent>,
    /// Whether the last component is linked to the first instead of to the pipeline's own outboxes.
    ends: Ends,
}

#[derive(Debug, Default, PartialEq)]
enum Ends {
    #[default]
    Open,
    Joined,
}

impl Pipeline {
    /// A pipeline without components; add them with [`then`](Pipeline::then).
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// let mut greeting = Pipeline::new().then(DataSource::new(["hello\n"]));
    /// if std::env::args().any(|argument| argument == "--loud") {
    ///     greeting = greeting.then(PureTransformer::map(|Text(line): Text| line.to_uppercase()));
    /// }
    /// axon::run(greeting.then(ConsoleEchoer::new()))?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component at the end of the row.
    #[track_caller]
    pub fn then(mut self, component: impl IntoComponent) -> Self {
        self.components.push(AnyComponent::new(component));
        self
    }

    /// Links the last component to the first, so that what the last sends, the first receives.
    ///
    /// What is sent to the pipeline from outside still goes to the first component.
    ///
    /// # Examples
    ///
    /// A number goes round until it is big enough:
    ///
    /// ```
    /// use axon::util::{OneShot, PureTransformer};
    /// use axon::{CONTROL, Component, Context, INBOX, OUTBOX, Result, SIGNAL, ProducerFinished};
    /// use axon::chassis::Pipeline;
    ///
    /// struct Doubler;
    ///
    /// impl Component for Doubler {
    ///     async fn main(&mut self, cx: &Context) -> Result {
    ///         let mut n = 1;
    ///         while n < 1000 {
    ///             cx.send(OUTBOX, n * 2)?;
    ///             n = cx.next::<i32>(INBOX).await?;
    ///         }
    ///         cx.send(SIGNAL, ProducerFinished::new())?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// axon::run(Pipeline::new().then(Doubler).then(PureTransformer::map(|n: i32| n + 1)).circular())?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn circular(mut self) -> Self {
        self.ends = Ends::Joined;
        self
    }
}

impl<C: IntoComponent> FromIterator<C> for Pipeline {
    fn from_iter<I: IntoIterator<Item = C>>(components: I) -> Self {
        Pipeline { components: components.into_iter().map(AnyComponent::new).collect(), ends: Ends::Open }
    }
}

impl Component for Pipeline {
    async fn main(&mut self, cx: &Context) -> Result {
        let children: Vec<ComponentRef> =
            self.components.drain(..).map(|child| cx.add_child(child)).collect();
        let (Some(first), Some(last)) = (children.first(), children.last()) else {
            return Err(format!("{} is a pipeline without components", cx.name()).into());
        };
        for pair in children.windows(2) {
            cx.link((&pair[0], OUTBOX), (&pair[1], INBOX))?;
            cx.link((&pair[0], SIGNAL), (&pair[1], CONTROL))?;
        }
        cx.pass_through_inbox((cx.me(), INBOX), (first, INBOX))?;
        cx.pass_through_inbox((cx.me(), CONTROL), (first, CONTROL))?;
        match self.ends {
            Ends::Open => {
                cx.pass_through_outbox((last, OUTBOX), (cx.me(), OUTBOX))?;
                cx.pass_through_outbox((last, SIGNAL), (cx.me(), SIGNAL))?;
            }
            Ends::Joined => {
                cx.link((last, OUTBOX), (first, INBOX))?;
                cx.link((last, SIGNAL), (first, CONTROL))?;
            }
        }
        for child in &children {
            cx.activate(child.clone());
        }
        drop(children);
        while !all_ended(cx) {
            cx.pause().await;
        }
        if self.ends == Ends::Joined {
            announce(cx, producer_finished(cx)).await;
        }
        Ok(())
    }
}

//! A graphline whose components run in parallel, each on a thread of its own.

use std::panic::Location;

use crate::chassis::{Drawing, GraphlineError, Seen, Told, announce};
use crate::{Boxes, CONTROL, Component, ComponentRef, Context, IntoComponent, Message, Result};

use super::threads::{Factory, Stage, StageName, StageThreads, THREADS, all_is_out, box_of, factory};

/// The outbox for sending the stages what arrived at `control`.
const TELLS: &str = "_cs";

/// Named stages, each on a scheduler of its own thread, and the linkages between their boxes.
///
/// It works as [`chassis::Graphline`](crate::chassis::Graphline) does, but each stage is given as a
/// function that makes it on its thread. Reports show a stage's name before its component's: `SQUARE
/// (PureTransformer_2)`. `self` is the graphline; a box of it that does not exist is made.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whatever you link it to |
/// | `control` | control messages for the stages, see below |
/// | `_threads` | for its own use: reports of the threads |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | whatever you link to it |
/// | `signal` | its end, unless you linked something to it |
/// | `_cs` | for its own use: sends the stages what arrived at `control` |
///
/// # Shutdown
///
/// As for a Graphline: it ends when all its stages have ended. Every message that arrives at `control` goes
/// to each stage to whose `control` nothing is linked. If you linked `self.control`, messages go only where
/// you linked it. At its end it sends on `signal` the `ShutdownMicroprocess` that it received, or else the
/// `ProducerFinished`, or else a new one. If you linked something to `self.signal`, it sends nothing
/// itself.
///
/// What the stages have sent is delivered before it ends, unless it received `ShutdownMicroprocess`.
///
/// # Errors
///
/// When a stage fails, the others are stopped and the graphline fails with
/// [`StageFailedError`](super::StageFailedError), which names the stage. A linkage with a box that does not exist, or a
/// name that was given twice, also ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::util::{DataSink, DataSource, PureTransformer, Received};
/// use axon::parallel::Graphline;
///
/// let received = Received::<u64>::new();
/// let into = received.clone();
/// let graph = Graphline::new()
///     .component("SOURCE", || DataSource::new([1u64, 2, 3]))
///     .component("SQUARE", || PureTransformer::map(|n: u64| n * n))
///     .component("SINK", move || DataSink::new(&into))
///     .link(("SOURCE", "outbox"), ("SQUARE", "inbox"))?
///     .link(("SOURCE", "signal"), ("SQUARE", "control"))?
///     .link(("SQUARE", "outbox"), ("SINK", "inbox"))?
///     .link(("SQUARE", "signal"), ("SINK", "control"))?;
/// axon::run(graph)?;
/// assert_eq!(received.take(), [1, 4, 9]);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Default)]
#[doc(alias = "ProcessGraphline")]
#[must_use = "a component does nothing until it is activated"]
pub struct Graphline {
    stages: Vec<(String, Factory)>,
    drawing: Drawing,
}

crate::debug_by_name!(Graphline);

impl Graphline {
    /// A graphline without stages, which ends as soon as it runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stage, made by this function on its thread, under a name for use in linkages.
    ///
    /// A name that is taken, or is `self`, ends the graphline with an error when it runs.
    #[track_caller]
    pub fn component<C: IntoComponent>(
        mut self,
        name: impl Into<String>,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> Self {
        let name = name.into();
        self.drawing.name(&name, Location::caller());
        self.stages.push((name, factory(make)));
        self
    }

    /// Adds a linkage from a box of one stage to a box of another.
    ///
    /// # Errors
    ///
    /// If a name is neither that of a stage added before nor `self`, if the source is linked already, or
    /// if both ends are `self`.
    #[track_caller]
    pub fn link(
        mut self,
        source: (&str, &'static str),
        sink: (&str, &'static str),
    ) -> std::result::Result<Self, GraphlineError> {
        self.drawing.link(source, sink, Location::caller())?;
        Ok(self)
    }

    /// The stages that have a `control` to which nothing in this graph is linked.
    fn told_of_control(&self, stages: &[Stage]) -> Vec<ComponentRef> {
        let told = stages.iter().enumerate().filter(|(place, _)| self.drawing.control_is_free(*place));
        let has_control = |stage: &Stage| stage.inboxes.iter().any(|inbox| inbox == CONTROL);
        told.filter(|(_, stage)| has_control(stage)).map(|(_, stage)| stage.it.clone()).collect()
    }
}

impl Component for Graphline {
    fn boxes(&self) -> Boxes {
        let boxes = Boxes::standard().inbox(THREADS, "what the threads tell");
        self.drawing.boxes(boxes.outbox(TELLS, "tells the stages what came to control"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.drawing.check()?;
        let names: Vec<String> = self.stages.iter().map(|(name, _)| name.clone()).collect();
        let named = self.stages.drain(..).map(|(name, factory)| (StageName::Given(name), factory));
        let mut threads = StageThreads::start(cx, named).await?;
        let stages = threads.stages();
        let chassis = cx.name();
        self.drawing.make_links(
            cx,
            |at, name| box_of((&chassis, &names[at]), &stages[at], "outbox", name),
            |at, name| box_of((&chassis, &names[at]), &stages[at], "inbox", name),
        )?;
        let told = self.told_of_control(&stages);
        drop(stages);
        threads.go()?;
        let (mut ending, mut seen) = (Told::default(), Seen::default());
        loop {
            if !self.drawing.control_is_linked() {
                while let Some(mut message) = cx.recv(CONTROL) {
                    ending.note(&mut message);
                    if !seen.has_come_back(&mut message) {
                        tell(cx, &told, message).await?;
                    }
                }
            }
            let is_over = !threads.runs(cx).await?;
            if is_over && (ending.to_stop() || all_is_out(cx)) {
                break;
            }
            cx.pause().await;
        }
        if !self.drawing.signal_is_linked() {
            announce(cx, ending.or_producer_finished(cx)).await;
        }
        Ok(())
    }
}

/// Sends a message to the `control` of each stage that has not ended.
async fn tell(cx: &Context, stages: &[ComponentRef], mut message: Message) -> Result {
    for stage in stages.iter().filter(|stage| !stage.is_stopped()) {
        let linkage = cx.link((cx.me(), TELLS), (stage, CONTROL))?;
        let mut unsent = message.duplicate();
        while let Err(refused) = cx.send(TELLS, unsent) {
            unsent = refused.into_message();
            cx.pause().await;
        }
        cx.unlink(linkage);
    }
    Ok(())
}

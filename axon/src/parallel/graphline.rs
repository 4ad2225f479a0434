//! A graphline whose components run at the same time, each on a thread of its own.

use crate::chassis::{GraphlineError, announce, producer_finished};
use crate::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, IntoComponent, Message, Result, SIGNAL,
};

use super::threads::{Crew, Factory, Stage, StageName, THREADS, all_is_out, box_of, factory};

/// The name that means the graphline itself.
const SELF: &str = "self";
/// For telling the stages what came to `control`.
const TELLS: &str = "_cs";

/// Named stages, each on a scheduler of its own thread, and the linkages between their boxes.
///
/// It is what [`chassis::Graphline`](crate::chassis::Graphline) is, with stages that are given as
/// functions, which make them on their threads. Reports show a stage's name before its component's:
/// `SQUARE (PureTransformer_2)`. `self` is the graphline; a box of it that does not exist
/// is made.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whatever you link it to |
/// | `control` | control messages for the stages, see below |
/// | `_threads` | for its own use: what the threads tell |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | whatever you link to it |
/// | `signal` | its end, unless you linked something to it |
/// | `_cs` | for its own use: tells the stages what came to `control` |
///
/// # Shutdown
///
/// As a Graphline's: it ends when all its stages have ended. Every message that comes to `control` goes
/// to each stage to whose `control` nothing is linked; if you linked `self.control` yourself, that is all
/// that happens with it. At its end it sends on `signal` the `ShutdownMicroprocess` it was told, or else
/// the `ProducerFinished`, or else a new one; nothing, if you linked something to `self.signal`.
///
/// What the stages have sent is delivered before it ends, unless it was told `ShutdownMicroprocess`.
///
/// # Errors
///
/// When a stage fails, the others are stopped and the graphline fails, with
/// [`StageFailed`](super::StageFailed), which names the stage. A linkage with a box that does not exist
/// ends it with an error as well.
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
pub struct Graphline {
    stages: Vec<(String, Factory)>,
    /// In the order in which they are made. Invariant: no two have the same source.
    links: Vec<Link>,
}

struct Link {
    source: End,
    sink: End,
}

#[derive(Clone, Copy, PartialEq)]
struct End {
    /// The place among the stages; `None` is the graphline itself.
    stage: Option<usize>,
    name: &'static str,
}

impl End {
    const CONTROL: End = End { stage: None, name: CONTROL };
    const SIGNAL: End = End { stage: None, name: SIGNAL };
}

impl Graphline {
    /// A graphline without stages, which ends as soon as it runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more stage, made by this function on its thread, under a name for use in linkages.
    ///
    /// # Panics
    ///
    /// If the name is taken, or is `self`.
    #[must_use]
    pub fn component<C: IntoComponent>(
        mut self,
        name: impl Into<String>,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> Self {
        let name = name.into();
        assert!(name != SELF, "in a graphline \"self\" is the graphline, not a component");
        assert!(self.place(&name).is_none(), "two components of a graphline with the name {name:?}");
        self.stages.push((name, factory(make)));
        self
    }

    /// One more linkage, from a box of one stage to a box of another.
    ///
    /// # Errors
    ///
    /// If a name is neither that of a stage added before nor `self`, if the source is linked already, or
    /// if both ends are `self`.
    pub fn link(
        mut self,
        source: (&str, &'static str),
        sink: (&str, &'static str),
    ) -> std::result::Result<Self, GraphlineError> {
        let link = Link { source: self.end(source)?, sink: self.end(sink)? };
        if link.source.stage.is_none() && link.sink.stage.is_none() {
            return Err(GraphlineError::BothEndsSelf { source: link.source.name, sink: link.sink.name });
        }
        if self.links.iter().any(|other| other.source == link.source) {
            return Err(GraphlineError::LinkedTwice { source: format!("{}.{}", source.0, source.1) });
        }
        self.links.push(link);
        Ok(self)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|(known, _)| known == name)
    }

    fn end(&self, (stage, name): (&str, &'static str)) -> std::result::Result<End, GraphlineError> {
        let stage = match self.place(stage) {
            None if stage == SELF => None,
            None => {
                return Err(GraphlineError::UnknownComponent {
                    name: stage.to_owned(),
                    known: self.stages.iter().map(|(known, _)| known.clone()).collect(),
                });
            }
            place => place,
        };
        Ok(End { stage, name })
    }

    fn control_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.source == End::CONTROL)
    }

    fn signal_is_linked(&self) -> bool {
        self.links.iter().any(|link| link.sink == End::SIGNAL)
    }

    /// The stages that have a `control` to which nothing is linked here.
    fn told_of_control(&self, stages: &[Stage]) -> Vec<ComponentRef> {
        let is_linked =
            |place| self.links.iter().any(|link| link.sink == End { stage: Some(place), name: CONTROL });
        let told = stages.iter().enumerate().filter(|(place, _)| !is_linked(*place));
        let has_control = |stage: &Stage| stage.inboxes.iter().any(|inbox| inbox == CONTROL);
        told.filter(|(_, stage)| has_control(stage)).map(|(_, stage)| stage.it.clone()).collect()
    }

    fn make_links(&self, cx: &Context, names: &[String], stages: &[Stage]) -> Result {
        let chassis = cx.name();
        let outbox = |at: usize, name| box_of((&chassis, &names[at]), &stages[at], "outbox", name);
        let inbox = |at: usize, name| box_of((&chassis, &names[at]), &stages[at], "inbox", name);
        for Link { source, sink } in &self.links {
            match (source.stage, sink.stage) {
                (Some(from), Some(to)) => cx.link(outbox(from, source.name)?, inbox(to, sink.name)?)?,
                (None, Some(to)) => cx.pass_through_inbox((cx.me(), source.name), inbox(to, sink.name)?)?,
                (Some(from), None) => {
                    cx.pass_through_outbox(outbox(from, source.name)?, (cx.me(), sink.name))?
                }
                (None, None) => unreachable!("`link` refuses this"),
            };
        }
        Ok(())
    }
}

impl Component for Graphline {
    fn boxes(&self) -> Boxes {
        let mut boxes = Boxes::standard()
            .inbox(THREADS, "what the threads tell")
            .outbox(TELLS, "tells the stages what came to control");
        for Link { source, sink } in &self.links {
            if source.stage.is_none() {
                boxes = boxes.inbox(source.name, "goes on to a stage of the graphline");
            }
            if sink.stage.is_none() {
                boxes = boxes.outbox(sink.name, "comes from a stage of the graphline");
            }
        }
        boxes
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let names: Vec<String> = self.stages.iter().map(|(name, _)| name.clone()).collect();
        let named = self.stages.drain(..).map(|(name, factory)| (StageName::Given(name), factory));
        let mut crew = Crew::start(cx, named).await?;
        let stages = crew.stages();
        self.make_links(cx, &names, &stages)?;
        let told = self.told_of_control(&stages);
        drop(stages);
        crew.go()?;
        let mut ending: Option<Message> = None;
        loop {
            if !self.control_is_linked() {
                while let Some(mut message) = cx.recv(CONTROL) {
                    remember(&mut ending, &mut message);
                    tell(cx, &told, message).await?;
                }
            }
            let is_over = !crew.runs(cx).await?;
            if is_over && (stops(ending.as_ref()) || all_is_out(cx)) {
                break;
            }
            cx.pause().await;
        }
        if !self.signal_is_linked() {
            announce(cx, ending.unwrap_or_else(|| Message::new(producer_finished(cx)))).await;
        }
        Ok(())
    }
}

/// Sends a message to the `control` of each stage that still lives.
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

fn stops(ending: Option<&Message>) -> bool {
    ending.and_then(Message::ending) == Some(Ending::ShutdownMicroprocess)
}

/// Keeps the ending that is to be passed on: the first that says "stop now", or else the last.
fn remember(ending: &mut Option<Message>, message: &mut Message) {
    if message.ending().is_some() && !stops(ending.as_ref()) {
        *ending = Some(message.duplicate());
    }
}

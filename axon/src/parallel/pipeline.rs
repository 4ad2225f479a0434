//! A pipeline whose components run in parallel, each on a thread of its own.

use crate::chassis::announce;
use crate::{Boxes, CONTROL, Component, Context, Ending, INBOX, IntoComponent, OUTBOX, Result, SIGNAL};

use super::threads::{Factory, StageName, StageThreads, THREADS, all_is_out, box_of, factory};

/// The inbox for the signals of the last stage.
const HEARD: &str = "_signal";

/// Stages in a row, each on a scheduler of its own thread: each one's `outbox` goes to the next one's
/// `inbox`, each one's `signal` to the next one's `control`.
///
/// It works as [`chassis::Pipeline`](crate::chassis::Pipeline) does, and can be used wherever that can,
/// even inside one. Each stage is given as a function that makes it on its thread: so components need not
/// be `Send`, only what the function captures. It pays only for stages with enough work: a message between
/// threads costs several times as much as one on the same thread, and waking a sleeping thread costs some
/// microseconds more.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the first stage |
/// | `control` | control messages for the first stage |
/// | `_signal` | for its own use: what the last stage signals |
/// | `_threads` | for its own use: reports of the threads |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the last stage sends |
/// | `signal` | what the last stage signals |
///
/// # Shutdown
///
/// As for a Pipeline: it ends when all its stages have ended. An ending sent to it reaches the first stage,
/// which passes it on to the second, and so on to the last, whose `signal` it passes on. What the stages
/// have sent is delivered before it ends, unless it passed on a `ShutdownMicroprocess`. If it is stopped
/// itself, the stages are stopped too.
///
/// # Errors
///
/// When a stage fails, the others are stopped and the pipeline fails, with
/// [`StageFailedError`](super::StageFailedError), which names the stage. It also fails when it has no stages, when a
/// stage lacks a box to be linked, and when a thread cannot be started.
///
/// # Examples
///
/// ```
/// use axon::util::{DataSink, DataSource, PureTransformer, Received};
/// use axon::{parallel, pipeline};
///
/// let received = Received::<u64>::new();
/// axon::run(pipeline![
///     DataSource::new([1u64, 2, 3]),
///     parallel::Pipeline::new()
///         .then(|| PureTransformer::map(|n: u64| n + 1))
///         .then(|| PureTransformer::map(|n: u64| n * n)),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [4, 9, 16]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default)]
#[doc(alias = "ProcessPipeline")]
#[doc(alias = "ProcessPipelineComponent")]
#[must_use = "a component does nothing until it is activated"]
pub struct Pipeline {
    stages: Vec<Factory>,
}

crate::debug_by_name!(Pipeline);

impl Pipeline {
    /// A pipeline without stages; add them with [`then`](Pipeline::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stage at the end of the row, made by this function on its thread.
    pub fn then<C: IntoComponent>(mut self, make: impl FnOnce() -> C + Send + 'static) -> Self {
        self.stages.push(factory(make));
        self
    }
}

impl Component for Pipeline {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox(HEARD, "what the last stage signals").inbox(THREADS, "what the threads tell")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let stages = self.stages.drain(..).enumerate();
        let named = stages.map(|(place, factory)| (StageName::Place(place + 1), factory));
        let mut threads = StageThreads::start(cx, named).await?;
        link(cx, &threads)?;
        threads.go()?;
        let mut passed_on = None;
        loop {
            pass_on(cx, &mut passed_on).await;
            let is_over = !threads.runs(cx).await?;
            let is_to_stop = passed_on == Some(Ending::ShutdownMicroprocess);
            if is_over && (is_to_stop || all_is_out(cx)) && cx.data_ready(HEARD) == 0 {
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn link(cx: &Context, threads: &StageThreads) -> Result {
    let (name, stages) = (cx.name(), threads.stages());
    let (Some(first), Some(last)) = (stages.first(), stages.last()) else {
        return Err(format!("{name} is a parallel pipeline without stages").into());
    };
    let number = |place: usize| (place + 1).to_string();
    for (place, pair) in stages.windows(2).enumerate() {
        let (before, after) = (number(place), number(place + 1));
        for (outbox, inbox) in [(OUTBOX, INBOX), (SIGNAL, CONTROL)] {
            let source = box_of((&name, &before), &pair[0], "outbox", outbox)?;
            cx.link(source, box_of((&name, &after), &pair[1], "inbox", inbox)?)?;
        }
    }
    for inbox in [INBOX, CONTROL] {
        cx.pass_through_inbox((cx.me(), inbox), box_of((&name, "1"), first, "inbox", inbox)?)?;
    }
    let last_name = number(stages.len() - 1);
    cx.pass_through_outbox(box_of((&name, &last_name), last, "outbox", OUTBOX)?, (cx.me(), OUTBOX))?;
    cx.link(box_of((&name, &last_name), last, "outbox", SIGNAL)?, (cx.me(), HEARD))?;
    Ok(())
}

/// Passes on what the last stage has signalled, and remembers the ending among it.
async fn pass_on(cx: &Context, ending: &mut Option<Ending>) {
    while let Some(message) = cx.recv(HEARD) {
        *ending = message.ending().or(*ending);
        announce(cx, message).await;
    }
}

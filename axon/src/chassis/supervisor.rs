//! Makes a component again after it has failed, so that one failure does not end the program.
//!
//! Kamaelia has nothing like it.

use std::time::{Duration, Instant};

use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, Ending, Message, Result, SIGNAL,
    error::Failure,
};

use super::child_control::Control;
use super::ending::{announce, comes_back};
use super::restarts::{Restart, Restarts};

/// The inbox for what a child signals: an ending is kept until it is known whether another child follows.
const HEARD: &str = "_signal";
/// The outbox for control messages to the child.
const TELLS: &str = "_control";

/// One component, made again by a function when it has failed.
///
/// The supervisor has the same boxes as its child, and components linked to it do not notice a restart.
/// Linkages stay when the child is replaced, and data passes through the supervisor at no cost. What the
/// failed child had not read is read by the next, in order and before anything newer. While there is no
/// child, what arrives waits.
///
/// The child fails as a whole: if a component inside a supervised [`Pipeline`](super::Pipeline) fails, the
/// whole pipeline is stopped and made again. Unread messages between its components are then lost, and the
/// log says how many; what its first component had not read is kept. A message that a failed component had
/// read but not processed is always lost, and so are boxes that it added at run time and the linkages to
/// them.
///
/// [`restart`](Supervisor::restart) sets after which ends the child is replaced,
/// [`at_most`](Supervisor::at_most) how often, and [`backoff`](Supervisor::backoff) how long to wait before
/// each restart. By default failures are followed by a restart, at most three within five seconds, without
/// a wait. Restarts are logged as warnings that say why the child ended: five within a second, then only
/// their number.
///
/// Boxes whose names begin with `_` are private to the child: the supervisor does not have them. The child
/// must not link its other outboxes itself.
///
/// | inbox | what it takes |
/// |---|---|
/// | *each of the child's* | what the child takes |
/// | `control` | control messages for the child |
/// | `_signal` | for its own use: what the child signals |
///
/// | outbox | what it sends |
/// |---|---|
/// | *each of the child's* | what the child sends |
/// | `signal` | what the child signals; endings only when no other child follows |
/// | `_control` | for its own use: control messages for the child |
///
/// # Shutdown
///
/// It ends when its child has ended and no other follows. Then it sends the ending that the child sent, or
/// else the one that it received itself, or else a new `ProducerFinished`.
///
/// `ProducerFinished` and `ShutdownMicroprocess` are passed to the child. If the child fails after it got
/// `ShutdownMicroprocess`, it is not replaced. If it fails after it got `ProducerFinished`, it is: the next
/// child processes what is left, and gets `ProducerFinished` too. If `ShutdownMicroprocess` arrives while
/// there is no child, the supervisor ends immediately.
///
/// # Errors
///
/// When the child has ended more often than allowed, the supervisor itself fails, with
/// [`TooManyRestartsError`](super::TooManyRestartsError), which lists the failures. That ends the run, unless this
/// supervisor has a supervisor of its own, whose policy then decides.
///
/// # Examples
///
/// ```
/// use axon::chassis::Supervisor;
/// use axon::util::{DataSink, DataSource, Received};
/// use axon::{Component, Context, pipeline};
///
/// /// Halves numbers, and fails at odd ones.
/// struct Halve;
///
/// impl Component for Halve {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         while let Some(n) = cx.next_or_end::<u32>("inbox").await? {
///             if n % 2 == 1 {
///                 return Err(format!("{n} is odd").into());
///             }
///             cx.send("outbox", n / 2)?;
///         }
///         Ok(())
///     }
/// }
///
/// let received = Received::<u32>::new();
/// axon::run(pipeline![
///     DataSource::new([2u32, 3, 4, 6]),
///     Supervisor::new(|| Halve),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [1, 2, 3], "3 was in hand at the failure");
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Supervisor {
    factory: Box<dyn FnMut() -> AnyComponent>,
    /// The first child, made together with the supervisor so that its boxes are known.
    first: Option<AnyComponent>,
    boxes: Boxes,
    restarts: Restarts,
    control: Control,
    /// The ending that the last child sent.
    last_word: Option<Message>,
    /// When the last child was started.
    started: Option<Instant>,
}

crate::debug_by_name!(Supervisor);

impl Supervisor {
    /// A supervisor of the component that `factory` makes. This calls `factory` once, for the first child.
    pub fn new<C: Component>(mut factory: impl FnMut() -> C + 'static) -> Self {
        let first = factory();
        Supervisor {
            boxes: first.boxes(),
            first: Some(AnyComponent::new(first)),
            factory: Box::new(move || AnyComponent::new(factory())),
            restarts: Restarts::default(),
            control: Control::default(),
            last_word: None,
            started: None,
        }
    }

    /// After which ends another child is made.
    pub fn restart(mut self, policy: Restart) -> Self {
        self.restarts.policy = policy;
        self
    }

    /// How many restarts are allowed within a time. With one more, the supervisor fails.
    ///
    /// # Panics
    ///
    /// If the time is zero, since no two ends would ever lie within it.
    #[track_caller]
    pub fn at_most(mut self, restarts: usize, within: Duration) -> Self {
        assert!(
            !within.is_zero(),
            "at_most({restarts}, {within:?}): within no time at all there are no restarts; \
             for none whatever happens, write restart(Restart::Never)"
        );
        self.restarts.at_most(restarts, within);
        self
    }

    /// How long to wait before a restart: `first`, then each time twice as long as before, up to `longest`.
    /// After a child that has lived for longer than `longest`, it is `first` again.
    ///
    /// The waits count towards the time of [`at_most`](Supervisor::at_most): if the waits are long and that
    /// time is short, the supervisor never gives up.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.restarts.backoff(first, longest);
        self
    }

    /// The boxes that are passed through to the child and from it.
    fn passed_through(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let shown = |names: Vec<&'static str>, except| {
            names.into_iter().filter(|name| !name.starts_with('_') && *name != except).collect()
        };
        (shown(self.boxes.inboxes(), CONTROL), shown(self.boxes.outboxes(), SIGNAL))
    }

    fn start(&mut self, cx: &Context, child: AnyComponent) -> Result<ComponentRef> {
        let child = cx.add_child(child);
        cx.supervise(&child);
        let (inboxes, outboxes) = self.passed_through();
        for inbox in inboxes {
            cx.lend_inbox((cx.me(), inbox), (&child, inbox))?;
        }
        for outbox in outboxes {
            cx.pass_through_outbox((&child, outbox), (cx.me(), outbox))?;
        }
        if cx.has_inbox(&child, CONTROL) {
            cx.link((cx.me(), TELLS), (&child, CONTROL))?;
        }
        if cx.has_outbox(&child, SIGNAL) {
            cx.link((&child, SIGNAL), (cx.me(), HEARD))?;
        }
        self.started = Some(cx.now());
        Ok(cx.activate(child))
    }

    /// Passes control messages in both directions until the child has ended.
    async fn until_ended(&mut self, cx: &Context, child: &ComponentRef) {
        while !child.is_stopped() {
            self.control.look(cx);
            self.control.hand_on(cx, TELLS, child);
            while cx.data_ready(HEARD) > 0 && cx.has_room(SIGNAL) {
                if let Some(message) = self.hear(cx) {
                    let _ = cx.send(SIGNAL, message);
                }
            }
            if !child.is_stopped() {
                cx.pause().await;
            }
        }
        while cx.data_ready(HEARD) > 0 {
            if let Some(message) = self.hear(cx) {
                announce(cx, message).await;
            }
        }
    }

    /// The messages that the child signals and that are to be passed on. An ending is kept until it is
    /// known whether it is the last; a message that would come back is dropped.
    fn hear(&mut self, cx: &Context) -> Option<Message> {
        let message = cx.recv(HEARD)?;
        if message.ending().is_some() {
            self.last_word = Some(message);
            return None;
        }
        (!comes_back(cx)).then_some(message)
    }

    fn goes_on(&self, failure: Option<&Failure>) -> bool {
        let told = self.control.ending.as_ref().and_then(Message::ending);
        match (self.restarts.policy, failure) {
            (Restart::Never, _) | (Restart::OnFailure, None) => false,
            (Restart::OnFailure | Restart::Always, Some(_)) => told != Some(Ending::ShutdownMicroprocess),
            (Restart::Always, None) => told.is_none(),
        }
    }

    /// Waits before a restart. Returns false if told to stop immediately meanwhile.
    async fn wait(&mut self, cx: &Context, time: Duration) -> bool {
        let since = cx.now();
        loop {
            self.control.look(cx);
            if self.control.is_to_stop() {
                return false;
            }
            let left = time.saturating_sub(cx.now().duration_since(since));
            if left.is_zero() {
                return true;
            }
            cx.pause_for(left).await;
        }
    }

    /// The next child after one that has ended; `None` if that was the last.
    async fn follow(&mut self, cx: &Context, child: ComponentRef) -> Result<Option<ComponentRef>> {
        let failure = cx.failure_of(&child);
        cx.remove_child(&child);
        self.control.take_back(cx, &child)?;
        if !self.goes_on(failure.as_ref()) {
            if let Some(failure) = failure {
                log::error!("{failure}; {} does not replace it", cx.name());
            }
            return Ok(None);
        }
        let (name, me, now) = (child.name(), cx.name(), cx.now());
        drop(child);
        let lived = self.started.map_or(Duration::ZERO, |started| now.duration_since(started));
        match self.restarts.after((now, lived), failure.clone(), (&me, &name)) {
            Ok(wait) => self.restart_after(cx, wait, failure, &name).await,
            Err(too_many) => {
                self.restarts.tell_rest(&me);
                self.control.leave_for_the_next(cx);
                Err(too_many.into())
            }
        }
    }

    /// Logs why the child has ended, waits, and starts the next. Returns `None` if told to stop meanwhile.
    async fn restart_after(
        &mut self,
        cx: &Context,
        wait: Duration,
        failure: Option<Failure>,
        child: &str,
    ) -> Result<Option<ComponentRef>> {
        match failure {
            Some(failure) => self.restarts.tell(cx.now(), failure, &cx.name(), wait),
            None => {
                let why = format_args!("{child} ended without a failure");
                self.restarts.tell(cx.now(), why, &cx.name(), wait);
            }
        }
        self.last_word = None;
        if !self.wait(cx, wait).await {
            return Ok(None);
        }
        let next = (self.factory)();
        self.start(cx, next).map(Some)
    }
}

impl Component for Supervisor {
    fn boxes(&self) -> Boxes {
        let boxes = self.boxes.clone();
        boxes
            .inbox(CONTROL, "control messages for the child")
            .inbox(HEARD, "what the child signals")
            .outbox(SIGNAL, "what the child signals")
            .outbox(TELLS, "control messages for the child")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let first = match self.first.take() {
            Some(first) => first,
            None => (self.factory)(),
        };
        let mut child = self.start(cx, first)?;
        loop {
            self.until_ended(cx, &child).await;
            match self.follow(cx, child).await? {
                Some(next) => child = next,
                None => break,
            }
        }
        self.restarts.tell_rest(&cx.name());
        let last_word = self.last_word.take().unwrap_or_else(|| self.control.last_word(cx));
        announce(cx, last_word).await;
        Ok(())
    }
}

//! Runs components one after another, each when the one before it has ended.
//!
//! Ported from `Kamaelia.Chassis.Seq`.
//!
//! *Differs from Kamaelia:*
//! - there `control` is never read, so that a sequence cannot be stopped, and a member that waits for
//!   more hangs for ever when no more comes. Here the member that runs is told;
//! - it takes no strings to be printed, since only console components print:
//!   [`ConsoleLine`](crate::util::ConsoleLine) is a member that does.

use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, IntoComponent, Message,
    OUTBOX, Result,
};

use super::ending::{announce, producer_finished};
use super::graphline::remember;

/// Components that run one after another, as if they were one.
///
/// The `inbox` and `outbox` of the member that runs are the sequence's own. Its `signal` is not heard, so
/// that those behind the sequence do not end before it does. Data that comes between two members waits
/// for the next; what a member left unread when it ended is lost with it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the member that runs |
/// | `control` | control messages for the member that runs |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the member that runs sends |
/// | `signal` | an ending, after the last member |
/// | `_signal` | for its own use: control messages for the member |
///
/// # Shutdown
///
/// It ends after its last member. It passes on the ending it was told, or sends a new `ProducerFinished`.
///
/// `ProducerFinished`: no more will come for any member, so the one that runs is told, and each later
/// one when it starts. `ShutdownMicroprocess`: the member that runs is told, and no other is started.
///
/// # Examples
///
/// ```
/// use axon::chassis::Seq;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, OneShot, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![
///     Seq::new().then(OneShot::new("ready")).then(OneShot::new("steady")).then(DataSource::new(["go"])),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["ready", "steady", "go"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default)]
pub struct Seq {
    sequence: Vec<AnyComponent>,
}

impl Seq {
    /// A sequence without members; add them with [`then`](Seq::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// One more member, to run after those there are.
    #[must_use]
    #[track_caller]
    pub fn then(mut self, component: impl IntoComponent) -> Self {
        self.sequence.push(AnyComponent::new(component));
        self
    }
}

impl<C: IntoComponent> FromIterator<C> for Seq {
    fn from_iter<I: IntoIterator<Item = C>>(components: I) -> Self {
        Seq { sequence: components.into_iter().map(AnyComponent::new).collect() }
    }
}

impl Component for Seq {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("_signal", "control messages for the member that runs")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut ending: Option<Message> = None;
        for component in self.sequence.drain(..) {
            if is_stop(&ending) {
                break;
            }
            let member = cx.add_child(component);
            cx.activate(member.clone());
            cx.pass_through_outbox((&member, OUTBOX), (cx.me(), OUTBOX))?;
            cx.pass_through_inbox((cx.me(), INBOX), (&member, INBOX))?;
            cx.link((cx.me(), "_signal"), (&member, CONTROL))?;
            until_ended(cx, &member, &mut ending).await;
            cx.remove_child(&member);
        }
        let ending = ending.unwrap_or_else(|| Message::new(producer_finished(cx)));
        announce(cx, ending).await;
        Ok(())
    }
}

fn is_stop(ending: &Option<Message>) -> bool {
    ending.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess)
}

/// Waits until the member has ended. Tells it what was told before it started, and what is told now.
async fn until_ended(cx: &Context, member: &ComponentRef, ending: &mut Option<Message>) {
    if let Some(told_before) = ending {
        tell_member(cx, told_before.duplicate()).await;
    }
    while !member.is_stopped() {
        while let Some(mut message) = cx.recv(CONTROL) {
            remember(ending, &mut message);
            tell_member(cx, message).await;
        }
        cx.pause().await;
    }
}

async fn tell_member(cx: &Context, message: Message) {
    if let Err(message) = cx.send_when_room("_signal", message).await {
        log::debug!("{} was told to stop while its member had no room for {message:?}", cx.name());
    }
}

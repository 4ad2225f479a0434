//! Runs components one after another, each when the one before it has ended.
//!
//! Ported from `Kamaelia.Chassis.Seq`.
//!
//! *Differs from Kamaelia:*
//! - there `control` is never read, so that a sequence cannot be stopped, and a member that waits for
//!   more hangs for ever when no more comes. Here the member that runs is told;
//! - what a member left unread waits for the next; there it was lost, with what came before the sequence
//!   had seen the end;
//! - it takes no strings to be printed, since only console components print:
//!   [`ConsoleLine`](crate::util::ConsoleLine) is a member that does.

use crate::{AnyComponent, Boxes, CONTROL, Component, Context, INBOX, IntoComponent, OUTBOX, Result};

use super::child_control::Control;
use super::ending::announce;

/// For control messages to the member that runs.
const TELLS: &str = "_signal";

/// Components that run one after another, as if they were one.
///
/// The `inbox` and `outbox` of the member that runs are the sequence's own. Its `signal` is not heard, so
/// that those behind the sequence do not end before it does. Nothing that is sent to it is lost: what comes
/// between two members waits for the next, and so does what a member left unread when it ended.
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
/// one when it starts. `ShutdownMicroprocess`: the member that runs is told, and no other is started. Another
/// control message that a member did not read is the next one's.
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
        Boxes::standard().outbox(TELLS, "control messages for the member that runs")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut control = Control::default();
        for component in self.sequence.drain(..) {
            control.look(cx);
            if control.is_to_stop() {
                break;
            }
            let member = cx.add_child(component);
            cx.activate(&member);
            cx.pass_through_outbox((&member, OUTBOX), (cx.me(), OUTBOX))?;
            cx.lend_inbox((cx.me(), INBOX), (&member, INBOX))?;
            cx.link((cx.me(), TELLS), (&member, CONTROL))?;
            while !member.is_stopped() {
                control.look(cx);
                control.hand_on(cx, TELLS, &member);
                cx.pause().await;
            }
            cx.remove_child(&member);
            control.take_back(cx, &member)?;
        }
        announce(cx, control.last_word(cx)).await;
        Ok(())
    }
}

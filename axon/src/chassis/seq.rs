//! Runs components one after another, each when the one before it has ended.
//!
//! Ported from `Kamaelia.Chassis.Seq`.
//!
//! *Differs from Kamaelia:*
//! - it reads `control`, and passes what arrives there to the member that runs;
//! - what a member left unread waits for the next, and so does what arrives before the sequence has noticed
//!   the end;
//! - it takes no strings to print; use [`ConsoleLine`](crate::util::ConsoleLine) as a member instead.

use crate::{AnyComponent, Boxes, CONTROL, Component, Context, INBOX, IntoComponent, OUTBOX, Result};

use super::child_control::Control;
use super::ending::announce;

/// The outbox for control messages to the member that runs.
const TELLS: &str = "_signal";

/// Components that run one after another, as if they were one.
///
/// The sequence's `inbox` and `outbox` are passed through to and from the member that runs. What that
/// member sends to `signal` is ignored, so that components behind the sequence do not end before it does.
/// Nothing that is sent to the sequence is lost: what arrives between two members waits for the next, and
/// so does what a member left unread when it ended.
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
/// It ends after its last member. It passes on the ending that it received, or sends a new
/// `ProducerFinished`.
///
/// `ProducerFinished`: no more will come for any member, so it is sent to the member that runs, and to each
/// later one when it starts. `ShutdownMicroprocess`: it is sent to the member that runs, and no other is
/// started. Any other control message that a member did not read goes to the next one.
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
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Seq {
    sequence: Vec<AnyComponent>,
}

impl Seq {
    /// A sequence without members; add them with [`then`](Seq::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member at the end.
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

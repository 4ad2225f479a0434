//! Steps through a list of items, forwards and backwards, by commands.
//!
//! Ported from `Kamaelia.Util.Chooser`.
//!
//! *Differs from Kamaelia:* in a loop, `"PREV"` at the first item leads to the last. Any kind of text can
//! be a command, and it waits for room.

use crate::chassis::announce;
use crate::{CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Payload, Result};

use super::text::with_text;

/// Sends the first of its items, then another for each command.
///
/// The commands are `"NEXT"`, `"PREV"`, `"FIRST"`, `"LAST"` and `"SAME"`; anything else counts as `"SAME"`.
/// `"NEXT"` at the last item sends nothing, `"PREV"` at the first sends that one again; with
/// [`looping`](Chooser::looping) they go round. An item may be sent many times: the receivers share its
/// payload.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | commands, as text |
/// | `control` | `ShutdownMicroprocess`; anything else is thrown away |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items |
/// | `signal` | the `ShutdownMicroprocess` that ended it |
///
/// # Shutdown
///
/// `ShutdownMicroprocess`: passes it on and ends. *As in Kamaelia*, `ProducerFinished` and every other
/// control message is read and ignored, since commands may still come from elsewhere.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{Chooser, DataSink, DataSource, Received};
///
/// let received = Received::<&str>::new();
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![
///     DataSource::new(["NEXT", "NEXT", "FIRST"]),
///     Chooser::new(["red", "green"]).looping(),
///     DataSink::new(&received),
/// ]);
/// for _ in 0..20 {
///     scheduler.run_pass()?;
/// }
/// assert_eq!(received.take(), ["red", "green", "red", "red"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Chooser {
    items: Vec<Message>,
    /// Invariant: the index of an item, or zero when there are none.
    index: usize,
    at_the_ends: AtTheEnds,
}

#[derive(Debug, PartialEq)]
enum AtTheEnds {
    Stay,
    GoRound,
}

impl Chooser {
    /// A chooser for these items.
    pub fn new<I: IntoIterator<Item: Payload>>(items: I) -> Self {
        let items = items.into_iter().map(Message::new).collect();
        Chooser { items, index: 0, at_the_ends: AtTheEnds::Stay }
    }

    /// Goes from the last item to the first and back.
    #[doc(alias = "loop")]
    pub fn looping(mut self) -> Self {
        self.at_the_ends = AtTheEnds::GoRound;
        self
    }

    /// Moves as the command says. Returns `None` when nothing is to be sent.
    fn choose(&mut self, command: &Message) -> Option<Message> {
        let last = self.items.len().checked_sub(1)?;
        let goes_round = self.at_the_ends == AtTheEnds::GoRound;
        let is = |word| with_text(command, |text| text == word) == Some(true);
        self.index = match self.index {
            index if is("NEXT") && index < last => index + 1,
            _ if is("NEXT") && goes_round => 0,
            _ if is("NEXT") => return None,
            0 if is("PREV") => {
                if goes_round {
                    last
                } else {
                    0
                }
            }
            index if is("PREV") => index - 1,
            _ if is("FIRST") => 0,
            _ if is("LAST") => last,
            index => index,
        };
        Some(self.items[self.index].duplicate())
    }
}

impl Component for Chooser {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut chosen = self.items.first_mut().map(Message::duplicate);
        loop {
            if let Some(item) = chosen.take() {
                cx.send_when_room(OUTBOX, item).await?;
            }
            if let Some(command) = cx.recv(INBOX) {
                chosen = self.choose(&command);
                continue;
            }
            if let Some(notice) = told_shutdown_microprocess(cx) {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Reads `control`, and discards everything but `ShutdownMicroprocess`.
pub(super) fn told_shutdown_microprocess(cx: &Context) -> Option<Message> {
    while let Some(message) = cx.recv(CONTROL) {
        if message.ending() == Some(Ending::ShutdownMicroprocess) {
            return Some(message);
        }
    }
    None
}

//! Steps forwards through the items of an iterator, by commands.
//!
//! Ported from `ForwardIteratingChooser` of `Kamaelia.Util.Chooser`.
//!
//! *Differs from Kamaelia:* an item is taken from the iterator when it is asked for, the first on the first turn; there
//! the first is taken when the component is made.

use crate::chassis::{announce, producer_finished};
use crate::{Component, Context, INBOX, Message, OUTBOX, Payload, Result};

use super::chooser::told_shutdown_microprocess;
use super::text::with_text;

/// Sends the first item of an iterator, then another for each command. There may be infinitely many.
///
/// The commands are `"NEXT"` and `"SAME"`, which sends the last item again; anything else is ignored. Use a
/// [`Chooser`](super::Chooser) to step backwards too.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | commands, as text |
/// | `control` | `ShutdownMicroprocess`; anything else is thrown away |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items |
/// | `signal` | an ending |
///
/// # Shutdown
///
/// At `"NEXT"` after the last item it ends by itself with `ProducerFinished`. `ShutdownMicroprocess`: passes it on and
/// ends. *As in Kamaelia*, `ProducerFinished` and every other control message is read and ignored, since commands may
/// still come from elsewhere.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::ForwardIteratingChooser;
///
/// let mut bench = Bench::new(ForwardIteratingChooser::new(1_u32..));
/// bench.put("inbox", "NEXT");
/// bench.put("inbox", "SAME");
/// bench.put("inbox", "NEXT");
/// bench.settle();
/// assert_eq!(bench.take::<u32>("outbox"), [1, 2, 2, 3]);
/// ```
#[doc(alias = "InfiniteChooser")]
#[must_use = "a component does nothing until it is activated"]
pub struct ForwardIteratingChooser {
    items: Box<dyn Iterator<Item = Message>>,
    /// The last item that was sent.
    current: Option<Message>,
}

crate::debug_by_name!(ForwardIteratingChooser);

impl ForwardIteratingChooser {
    /// A chooser for these items.
    pub fn new<I>(items: I) -> Self
    where
        I: IntoIterator<Item: Payload, IntoIter: 'static>,
    {
        let items = Box::new(items.into_iter().map(Message::new));
        ForwardIteratingChooser { items, current: None }
    }

    /// Moves on. Returns the next item, if there is one.
    fn next(&mut self) -> Option<Message> {
        let mut item = self.items.next()?;
        self.current = Some(item.duplicate());
        Some(item)
    }
}

impl Component for ForwardIteratingChooser {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut chosen = self.next();
        let last = loop {
            if let Some(item) = chosen.take() {
                cx.send_when_room(OUTBOX, item).await?;
            } else if let Some(command) = cx.recv(INBOX) {
                let is = |word| with_text(&command, |text| text == word) == Some(true);
                if is("SAME") {
                    chosen = self.current.as_mut().map(Message::duplicate);
                } else if is("NEXT") {
                    chosen = self.next();
                    if chosen.is_none() {
                        break Message::new(producer_finished(cx));
                    }
                }
            } else if let Some(notice) = told_shutdown_microprocess(cx) {
                break notice;
            } else {
                cx.pause().await;
            }
        };
        announce(cx, last).await;
        Ok(())
    }
}

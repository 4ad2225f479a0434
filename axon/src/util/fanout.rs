//! Copies every message to several outboxes.
//!
//! Ported from `Kamaelia.Util.Fanout`.
//!
//! *Differs from Kamaelia:* data goes only to the named outboxes. It waits for room.

use crate::chassis::{announce, producer_finished};
use crate::{
    Boxes, Component, Context, INBOX, Message, Result,
    error::{NotSentError, NotSentErrorKind},
};

use super::when_full::{PassedOver, TURNS_OF_GRACE, WhenFull, send_if_room};

/// Sends each message out of every outbox that was named, in that order.
///
/// The copies share the payload. A full destination makes the others wait, unless
/// [`when_full`](Fanout::when_full) is set to something else.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing, unless it is among the names |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on, on `signal` only, and ends. It also ends
/// when the receivers of all outboxes have ended.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{DataSink, DataSource, Fanout, Received};
///
/// let (left, right) = (Received::<i32>::new(), Received::<i32>::new());
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new([1, 2]),
///         fanout: Fanout::new(["one", "two"]),
///         left: DataSink::new(&left),
///         right: DataSink::new(&right),
///     },
///     linkages: {
///         source.outbox => fanout.inbox,
///         source.signal => fanout.control,
///         fanout.one => left.inbox,
///         fanout.two => right.inbox,
///         fanout.signal => left.control,
///         left.signal => right.control,
///     },
/// })?;
/// assert_eq!((left.take(), right.take()), (vec![1, 2], vec![1, 2]));
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "fanout")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Fanout {
    outlets: Vec<Outlet>,
    when_full: WhenFull,
}

/// One of the outboxes.
#[derive(Debug)]
struct Outlet {
    name: &'static str,
    passed_over: PassedOver,
    is_cut: bool,
}

impl Fanout {
    /// Copies to outboxes with these names, which it declares.
    pub fn new(boxnames: impl IntoIterator<Item = &'static str>) -> Self {
        let outlet = |name: &'static str| Outlet {
            name,
            passed_over: PassedOver::new(format!("what {name:?} leads to")),
            is_cut: false,
        };
        Fanout { outlets: boxnames.into_iter().map(outlet).collect(), when_full: WhenFull::default() }
    }

    /// What to do with a message for a destination that has no room. By default all wait for it. A
    /// destination that is cut off gets no more messages.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Sends the copies. Returns false if all receivers have ended, and `Err` when told to stop immediately
    /// while there was no room.
    async fn copy(&mut self, cx: &Context, mut message: Message) -> std::result::Result<bool, NotSentError> {
        let mut is_heard = self.outlets.is_empty();
        for outlet in self.outlets.iter_mut().filter(|outlet| !outlet.is_cut && cx.is_heard(outlet.name)) {
            is_heard = true;
            if self.when_full == WhenFull::Hold {
                match cx.send_when_room(outlet.name, message.duplicate()).await {
                    Err(not_sent) if not_sent.kind() == NotSentErrorKind::ToldToStop => return Err(not_sent),
                    _ => {}
                }
            } else {
                outlet.offer(cx, self.when_full, message.duplicate()).await;
            }
        }
        Ok(is_heard)
    }
}

impl Outlet {
    /// Sends a message if there is room for it within a few turns.
    async fn offer(&mut self, cx: &Context, when_full: WhenFull, message: Message) {
        let mut unsent = send_if_room(cx, self.name, message);
        for _ in 0..TURNS_OF_GRACE {
            match unsent.take_if(|_| self.passed_over.has_grace() && !cx.is_told_to_stop()) {
                Some(message) => {
                    cx.yield_now().await;
                    unsent = send_if_room(cx, self.name, message);
                }
                None => break,
            }
        }
        if unsent.is_none() {
            self.passed_over.has_caught_up();
        } else if when_full == WhenFull::Drop {
            self.passed_over.count(cx);
        } else {
            log::info!("{} cuts what {:?} leads to: it has no room", cx.name(), self.name);
            self.is_cut = true;
        }
    }
}

impl Component for Fanout {
    fn boxes(&self) -> Boxes {
        let outlets = self.outlets.iter();
        outlets.fold(Boxes::standard(), |boxes, outlet| boxes.outbox(outlet.name, "a copy of the data"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let notice = loop {
            if let Some(message) = cx.recv(INBOX) {
                if !self.copy(cx, message).await? {
                    let lost = 1 + cx.data_ready(INBOX);
                    log::info!("{}: nobody is left to hear it: {lost} messages are lost", cx.name());
                    break Message::new(producer_finished(cx));
                }
            } else if let Some(notice) = cx.told_to_end() {
                break notice;
            } else {
                cx.pause().await;
            }
        };
        for outlet in &self.outlets {
            outlet.passed_over.tell(cx);
        }
        announce(cx, notice).await;
        Ok(())
    }
}

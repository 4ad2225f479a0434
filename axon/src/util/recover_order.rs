//! Puts numbered items back into order.
//!
//! Ported from `Kamaelia.Protocol.RecoverOrder` and `Kamaelia.Protocol.SimpleReliableMulticast`.
//!
//! *Differs from Kamaelia:* repeats are dropped also when the first of them has been sent on. What the window holds is
//! sent at the end; there it is lost. Bounds of the numbers are respected, whatever comes.

use std::collections::VecDeque;

use crate::chassis::{Pipeline, announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Payload, Result, pipeline};

use super::chunking::{DataChunker, DataDeChunker};
use super::each::send_each;
use super::framing::{DeFramer, Framer};
use super::stringify::Stringify;
use super::tag_with_sequence_number::TagWithSequenceNumber;

/// The window of Kamaelia's default.
const WINDOW: usize = 30;

/// Puts numbered items back into order, in a window, and drops repeats.
///
/// It holds items back until there are 30, unless you say otherwise, and then sends the one with the lowest number for
/// each that comes. An item that comes later than that is sent on at once, out of order. Numbers may begin again at
/// zero: at 2³², unless you say otherwise. Which of two comes first is decided by the shorter way round.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | pairs of number and data, each a `(u64, T)` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same pairs, in order |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: sends what it holds, in order, passes that message on and ends. `ShutdownMicroprocess`: passes it
/// on and ends. There, nothing ends it.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, RecoverOrder};
///
/// let received = Received::<(u64, char)>::new();
/// axon::run(pipeline![
///     DataSource::new([(2_u64, 'c'), (0, 'a'), (1, 'b'), (0, 'a'), (3, 'd')]),
///     RecoverOrder::<char>::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(0, 'a'), (1, 'b'), (2, 'c'), (3, 'd')]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct RecoverOrder<T> {
    window: usize,
    modulo: u64,
    /// Invariant: in order, and no number twice.
    held: VecDeque<(u64, T)>,
    /// The numbers that were sent last, at most a window of them.
    sent: VecDeque<u64>,
}

impl<T: Payload + Clone> RecoverOrder<T> {
    /// One with a window of 30 items, for numbers below 2³².
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items the window holds.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[doc(alias = "bufsize")]
    #[track_caller]
    pub fn window(mut self, items: usize) -> Self {
        assert!(items > 0, "a window of 0 items puts nothing in order; write at least 1");
        self.window = items;
        self
    }

    /// The number after which they begin again at zero, plus one.
    ///
    /// # Panics
    ///
    /// If it is less than 2.
    #[track_caller]
    pub fn modulo(mut self, modulo: u64) -> Self {
        assert!(modulo > 1, "numbers modulo {modulo} are all the same; write at least 2");
        self.modulo = modulo;
        self
    }

    /// Puts an item where it belongs. A repeat is dropped.
    fn insert(&mut self, item: (u64, T)) {
        let number = item.0 % self.modulo;
        if self.sent.contains(&number) || self.held.iter().any(|held| held.0 % self.modulo == number) {
            return;
        }
        let after = self.held.iter().rposition(|held| self.is_before(held.0 % self.modulo, number));
        self.held.insert(after.map_or(0, |after| after + 1), item);
    }

    /// Whether the way from `a` up to `b` is the shorter one.
    fn is_before(&self, a: u64, b: u64) -> bool {
        let up = if b >= a { b - a } else { self.modulo - a + b };
        up <= self.modulo / 2
    }

    /// Takes the first item out.
    fn take(&mut self) -> Option<(u64, T)> {
        let item = self.held.pop_front()?;
        self.sent.push_back(item.0 % self.modulo);
        if self.sent.len() > self.window {
            self.sent.pop_front();
        }
        Some(item)
    }
}

impl<T> Default for RecoverOrder<T> {
    fn default() -> Self {
        RecoverOrder { window: WINDOW, modulo: 1 << 32, held: VecDeque::new(), sent: VecDeque::new() }
    }
}

impl<T: Payload + Clone> Component for RecoverOrder<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(item) = receive::<(u64, T)>(cx, INBOX)? {
                self.insert(item);
                if self.held.len() >= self.window
                    && let Some(item) = self.take()
                {
                    send_each(cx, item).await?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                let finishes = notice.ending() == Some(Ending::ProducerFinished);
                while let Some(item) = finishes.then(|| self.take()).flatten() {
                    cx.send_when_room(OUTBOX, item).await?;
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Numbers text, frames it and marks where each frame begins, for a way on which messages may be lost, repeated and
/// reordered. An [`srm_receiver`] puts it together again.
///
/// The pipeline takes text and sends chunks, each a `Vec<u8>`. Numbers begin at 1.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, srm_receiver, srm_sender};
///
/// let received = Received::<(u64, String)>::new();
/// axon::run(pipeline![
///     DataSource::new(["one", "two"]),
///     srm_sender(),
///     srm_receiver(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(1, "one".to_owned()), (2, "two".to_owned())]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "SRM_Sender")]
#[doc(alias = "Annotator")]
pub fn srm_sender() -> Pipeline {
    pipeline![
        Stringify::new(),
        TagWithSequenceNumber::<String>::new().starting_at(1),
        Framer::new(),
        DataChunker::new(),
    ]
}

/// Takes what an [`srm_sender`] has sent, drops repeats and what was damaged, and puts the rest in order.
///
/// The pipeline sends pairs of number and text, each a `(u64, String)`: a gap in the numbers tells of what was lost.
/// It does not ask for lost messages again.
#[doc(alias = "SRM_Receiver")]
pub fn srm_receiver() -> Pipeline {
    pipeline![
        DataDeChunker::new().keep_last_chunk(),
        Stringify::new(),
        DeFramer::new(),
        RecoverOrder::<String>::new(),
    ]
}

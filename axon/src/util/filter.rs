//! Passes messages through a filter of one's own.
//!
//! Ported from `Kamaelia.Util.Filter`.
//!
//! *Differs from Kamaelia:* what the filter has kept back is asked for by a method of its own; there by an empty text.
//! `ShutdownMicroprocess` ends it too.

use crate::chassis::{FromMessage, announce, receive};
use crate::{Component, Context, Ending, INBOX, Message, OUTBOX, Payload, Result};

use super::each::send_each;

/// A filter: it may let a message through, replace it, or keep it back.
///
/// # Examples
///
/// Two numbers make a pair:
///
/// ```
/// use axon::util::Filtering;
///
/// struct Pairs(Option<i32>);
///
/// impl Filtering for Pairs {
///     type Item = i32;
///     type Filtered = (i32, i32);
///
///     fn filter(&mut self, number: i32) -> Option<(i32, i32)> {
///         match self.0.take() {
///             Some(first) => Some((first, number)),
///             None => {
///                 self.0 = Some(number);
///                 None
///             }
///         }
///     }
///
///     fn flush(&mut self) -> Option<(i32, i32)> {
///         self.0.take().map(|first| (first, 0))
///     }
/// }
/// ```
pub trait Filtering: 'static {
    /// What it takes.
    type Item: FromMessage;
    /// What it lets through.
    type Filtered: Payload;

    /// What to send for this item; `None` to send nothing.
    fn filter(&mut self, item: Self::Item) -> Option<Self::Filtered>;

    /// At the end: what was kept back. Called until it returns `None`.
    fn flush(&mut self) -> Option<Self::Filtered> {
        None
    }
}

/// A filter that lets every message through.
#[derive(Clone, Copy, Default, Debug)]
pub struct NullFilter;

impl Filtering for NullFilter {
    type Item = Message;
    type Filtered = Message;

    fn filter(&mut self, item: Message) -> Option<Message> {
        Some(item)
    }
}

/// Sends what its filter lets through.
///
/// For a filter that keeps nothing back, [`PureFilter`](super::PureFilter) and
/// [`PureTransformer`](super::PureTransformer) take a function instead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the filter takes |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the filter lets through |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: sends what the filter has kept back, passes that message on and ends. `ShutdownMicroprocess`:
/// passes it on and ends.
///
/// # Errors
///
/// A message of a type that the filter does not take ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Filter, Filtering, Received};
///
/// /// The longest word so far, each time there is a longer one.
/// #[derive(Default)]
/// struct Longest(usize);
///
/// impl Filtering for Longest {
///     type Item = &'static str;
///     type Filtered = &'static str;
///
///     fn filter(&mut self, word: &'static str) -> Option<&'static str> {
///         let is_longer = word.len() > self.0;
///         self.0 = self.0.max(word.len());
///         is_longer.then_some(word)
///     }
/// }
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![
///     DataSource::new(["to", "be", "or", "not"]),
///     Filter::new(Longest::default()),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["to", "not"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "FilterComponent")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Filter<F = NullFilter> {
    filter: F,
}

impl<F: Filtering> Filter<F> {
    /// A component with this filter.
    pub fn new(filter: F) -> Self {
        Filter { filter }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Filter { filter: NullFilter }
    }
}

impl<F: Filtering> Component for Filter<F> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(item) = receive(cx, INBOX)? {
                if let Some(filtered) = self.filter.filter(item) {
                    send_each(cx, filtered).await?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                let finishes = notice.ending() == Some(Ending::ProducerFinished);
                while let Some(rest) = finishes.then(|| self.filter.flush()).flatten() {
                    cx.send_when_room(OUTBOX, rest).await?;
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

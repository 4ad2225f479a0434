//! Lets messages through for which a function returns true.
//!
//! Ported from `Kamaelia.Apps.SocialBookmarks.PureFilter` and `Kamaelia.Util.RangeFilter`.

use std::ops::RangeInclusive;

use crate::chassis::{FromMessage, announce, receive};
use crate::{CONTROL, Component, Context, INBOX, OUTBOX, Payload, Result};

use super::each::{each, send_each};

/// Passes on the messages for which a function returns true.
///
/// A function that takes a [`&Message`](crate::Message) gets messages of any type.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the function takes |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | those for which it returns true |
/// | `signal` | the message that ended it |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, after the data that has arrived, and is passed on.
///
/// # Errors
///
/// A message of a type that the function does not take ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, PureFilter, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![
///     DataSource::new(1..=6),
///     PureFilter::new(|n: &i32| n % 2 == 0),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [2, 4, 6]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct PureFilter<T> {
    function: Box<dyn FnMut(&T) -> bool>,
}

crate::debug_by_name!(PureFilter<T>);

impl<T: FromMessage + Payload> PureFilter<T> {
    /// Passes on those for which `function` returns true.
    #[doc(alias = "filterfunc")]
    pub fn new(function: impl FnMut(&T) -> bool + 'static) -> Self {
        PureFilter { function: Box::new(function) }
    }
}

impl<T: FromMessage + Payload> Component for PureFilter<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(item) = receive::<T>(cx, INBOX)? {
                if (self.function)(&item) {
                    send_each(cx, item).await?;
                }
            }
            if let Some(message) = cx.recv(CONTROL) {
                announce(cx, message).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Passes on numbered items whose number lies in one of several ranges.
///
/// An item is a pair of a number (or anything else that has an order) and data, as a
/// [`TagWithSequenceNumber`](super::TagWithSequenceNumber) makes them; with [`by`](RangeFilter::by), anything that has
/// a number.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | those in a range, unchanged |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, RangeFilter, Received};
///
/// let received = Received::<(i32, &str)>::new();
/// axon::run(pipeline![
///     DataSource::new([(0, "no"), (1, "yes"), (5, "yes"), (6, "no"), (9, "yes")]),
///     RangeFilter::<(i32, &str)>::new([1..=5, 8..=12]),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(1, "yes"), (5, "yes"), (9, "yes")]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct RangeFilter<T> {
    is_in_range: Box<dyn FnMut(&T) -> bool>,
}

crate::debug_by_name!(RangeFilter<T>);

impl<N: Payload + Clone + PartialOrd, T: Payload + Clone> RangeFilter<(N, T)> {
    /// Passes on the pairs whose first item lies in one of these ranges.
    #[doc(alias = "ranges")]
    pub fn new(ranges: impl IntoIterator<Item = RangeInclusive<N>>) -> Self {
        Self::by(ranges, |(number, _)| number)
    }
}

impl<T: FromMessage + Payload> RangeFilter<T> {
    /// Passes on the items for which `number` returns one in these ranges.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::RangeFilter;
    ///
    /// #[derive(Clone, Debug)]
    /// struct Reading {
    ///     celsius: f64,
    /// }
    ///
    /// let not_freezing = RangeFilter::by([0.0..=1000.0], |reading: &Reading| &reading.celsius);
    /// ```
    pub fn by<N: PartialOrd + 'static>(
        ranges: impl IntoIterator<Item = RangeInclusive<N>>,
        number: impl Fn(&T) -> &N + 'static,
    ) -> Self {
        let ranges: Vec<_> = ranges.into_iter().collect();
        let is_in_range = move |item: &T| ranges.iter().any(|range| range.contains(number(item)));
        RangeFilter { is_in_range: Box::new(is_in_range) }
    }
}

impl<T: FromMessage + Payload> Component for RangeFilter<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |item: T| {
            if (self.is_in_range)(&item) {
                cx.send_when_room(OUTBOX, item).await?;
            }
            Ok(())
        })
        .await
    }
}

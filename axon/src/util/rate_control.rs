//! Asks for data at a rate.
//!
//! Ported from `ByteRate_RequestControl` and `VariableByteRate_RequestControl` of `Kamaelia.Util.RateFilter`.
//!
//! *Differs from Kamaelia:* they sleep between two requests, and wait for room. A rate of zero is a rate: nothing is
//! asked for until another is set.

use crate::chassis::{FromMessage, announce, receive};
use crate::{Component, Context, INBOX, Message, OUTBOX, Payload, Result};

use super::requests::{Requests, Rounding};

/// The rate of Kamaelia's defaults.
const RATE: f64 = 100_000.0;

/// Asks for data at a fixed rate: sends numbers that say how many bytes or items to send next.
///
/// Link it to a component that answers such requests, as a [`PromptedFileReader`](super::PromptedFileReader) does.
/// The first request goes out at once. Then they follow at equal intervals; their moments and the numbers are
/// computed from the beginning, so that no error adds up, however long it runs. A request is a whole number. If a
/// chunk is not, a request has one item more now and then.
///
/// A component that was held up, because its receiver had no room or another component took long, makes up for all
/// that it missed.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | requests, each a `u64` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. It never ends by itself: link the `signal`
/// of the component that answers back to its `control`.
///
/// # Examples
///
/// A file at three bytes every second:
///
/// ```
/// use axon::graphline;
/// use axon::util::{ByteRateRequestControl, DataSink, PromptedFileReader, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// let mut scheduler = axon::Scheduler::builder().virtual_clock().build();
/// scheduler.activate(graphline! {
///     components: {
///         control: ByteRateRequestControl::new(3.0).chunk_size(3.0),
///         reader: PromptedFileReader::bytes("Cargo.toml"),
///         sink: DataSink::new(&received),
///     },
///     linkages: {
///         control.outbox => reader.inbox,
///         reader.outbox => sink.inbox,
///         reader.signal => control.control,
///         control.signal => sink.control,
///     },
/// });
/// scheduler.run()?;
/// assert_eq!(received.take()[..3], [b"[pa", b"cka", b"ge]"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "ByteRate_RequestControl")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ByteRateRequestControl {
    terms: Terms,
}

/// Asks for data at a rate that can be changed while it runs.
///
/// A [`ByteRateRequestControl`] that takes new rates, in items a second. A new rate holds from the moment at which it
/// is received; what was owed until then counts as before. The size of a chunk stays as it was, so that chunks become
/// more or less frequent. At a rate of zero it asks for nothing.
///
/// What is left over when a chunk is not a whole number is asked for once it is a whole chunk.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | rates: numbers of any type |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | requests, each a `u64` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A rate that is not a number, or less than zero, ends it with an error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::VariableByteRateRequestControl;
///
/// let mut bench = Bench::new(VariableByteRateRequestControl::new(100.0).chunk_size(50.0));
/// bench.turn_clock(Duration::from_secs(1));
/// assert_eq!(bench.take::<u64>("outbox"), [50, 50, 50]);
/// bench.put("inbox", 200);
/// bench.turn_clock(Duration::from_secs(1));
/// assert_eq!(bench.take::<u64>("outbox"), [50; 4]);
/// ```
#[doc(alias = "VariableByteRate_RequestControl")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct VariableByteRateRequestControl {
    terms: Terms,
}

/// A rate, and how it is divided.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) rate: f64,
    /// How many items are asked for at a time; `None` until it is set.
    chunk: Option<f64>,
    pub(crate) aggregates: bool,
}

impl Terms {
    #[track_caller]
    pub(crate) fn new(rate: f64) -> Self {
        assert!(
            rate.is_finite() && rate > 0.0,
            "a rate of {rate} items a second; write a number greater than 0"
        );
        Terms { rate, chunk: None, aggregates: false }
    }

    #[track_caller]
    pub(crate) fn chunk(&mut self, chunk: f64) {
        assert!(self.chunk.is_none(), "chunk_size and chunk_rate say the same: write one of them");
        assert!(
            chunk.is_finite() && chunk >= 1.0,
            "a chunk of {chunk} items; write a chunk_size of at least 1, or a chunk_rate of at most the rate"
        );
        self.chunk = Some(chunk);
    }

    #[track_caller]
    pub(crate) fn chunk_rate(&mut self, chunks_per_second: f64) {
        self.chunk(self.rate / chunks_per_second);
    }

    /// The requests of a rate of which, unless another chunk is set, a thousandth is asked for at a time.
    pub(crate) fn thousandths(&self, cx: &Context) -> Requests {
        self.requests(cx, self.rate / 1000.0, true)
    }

    fn requests(&self, cx: &Context, usual_chunk: f64, asks_for_the_rest: bool) -> Requests {
        let rounding = Rounding { aggregates: self.aggregates, asks_for_the_rest };
        Requests::new(self.rate, self.chunk.unwrap_or(usual_chunk).max(1.0), rounding, cx.now())
    }
}

/// Gives a component with a field `terms` of type [`Terms`] the methods that divide the rate.
macro_rules! rate_options {
    ($control:ident) => {
        impl $control {
            /// Asks for so many items at a time. It need not be a whole number.
            ///
            /// # Panics
            ///
            /// If it is less than 1, or a `chunk_rate` is set too.
            #[doc(alias = "chunksize")]
            #[track_caller]
            pub fn chunk_size(mut self, items: f64) -> Self {
                self.terms.chunk(items);
                self
            }

            /// Asks so many times a second.
            ///
            /// # Panics
            ///
            /// If it is more than the rate, so that a request were for less than 1 item, or a `chunk_size` is set
            /// too.
            #[doc(alias = "chunkrate")]
            #[track_caller]
            pub fn chunk_rate(mut self, per_second: f64) -> Self {
                self.terms.chunk_rate(per_second);
                self
            }

            /// When it was held up, asks for all that it missed at once instead of chunk by chunk.
            #[doc(alias = "allowchunkaggregation")]
            pub fn aggregating(mut self) -> Self {
                self.terms.aggregates = true;
                self
            }
        }
    };
}
pub(crate) use rate_options;

macro_rules! options {
    ($control:ident, $usual:literal) => {
        impl $control {
            /// Asks for so many items a second,
            #[doc = $usual]
            ///
            /// # Panics
            ///
            /// If the rate is not greater than zero.
            #[doc(alias = "rate")]
            #[track_caller]
            pub fn new(items_per_second: f64) -> Self {
                $control { terms: Terms::new(items_per_second) }
            }
        }

        rate_options!($control);

        impl Default for $control {
            /// Asks for 100,000 items a second.
            fn default() -> Self {
                Self::new(RATE)
            }
        }
    };
}

options!(ByteRateRequestControl, "a thousandth of them, or one, at a time, unless another chunk is set.");
options!(VariableByteRateRequestControl, "ten times a second, unless another chunk is set.");

impl Component for ByteRateRequestControl {
    async fn main(&mut self, cx: &Context) -> Result {
        let requests = self.terms.thousandths(cx);
        ask(cx, requests, |_, _| Ok(())).await
    }
}

impl Component for VariableByteRateRequestControl {
    async fn main(&mut self, cx: &Context) -> Result {
        let requests = self.terms.requests(cx, self.terms.rate / 10.0, false);
        ask(cx, requests, |cx, requests| {
            while let Some(Rate(rate)) = receive(cx, INBOX)? {
                requests.change_rate(rate, cx.now());
            }
            Ok(())
        })
        .await
    }
}

/// Asks until it is told to end; `look` reads what else has come.
async fn ask(
    cx: &Context,
    mut requests: Requests,
    look: impl Fn(&Context, &mut Requests) -> Result,
) -> Result {
    loop {
        if let Some(notice) = cx.told_to_end() {
            announce(cx, notice).await;
            return Ok(());
        }
        look(cx, &mut requests)?;
        if let Some(request) = requests.take(cx.now()) {
            cx.send_when_room(OUTBOX, request).await?;
        } else if let Some(next) = requests.next() {
            cx.pause_until(next).await;
        } else {
            cx.pause().await;
        }
    }
}

/// A rate, whatever the type of the number.
struct Rate(f64);

impl FromMessage for Rate {
    fn expected() -> String {
        "a rate, a number of 0 or more".to_owned()
    }

    fn from_message(message: Message) -> std::result::Result<Self, Message> {
        fn number<T: Payload + Copy>(message: &Message, convert: impl Fn(T) -> f64) -> Option<f64> {
            message.view(|number: &T| convert(*number))
        }
        let found = number(&message, |rate: f64| rate)
            .or_else(|| number(&message, |rate: f32| rate.into()))
            .or_else(|| number(&message, |rate: i32| rate.into()))
            .or_else(|| number(&message, |rate: u32| rate.into()))
            .or_else(|| number(&message, |rate: i64| rate as f64))
            .or_else(|| number(&message, |rate: u64| rate as f64))
            .or_else(|| number(&message, |rate: usize| rate as f64));
        found.filter(|rate| rate.is_finite() && *rate >= 0.0).map(Rate).ok_or(message)
    }
}

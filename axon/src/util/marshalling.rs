//! Turns data into another form and back, with a type that implements [`Marshalling`].
//!
//! Ported from `Kamaelia.Util.Marshalling`.

use std::marker::PhantomData;

use crate::chassis::{FromMessage, announce, receive};
use crate::{CONTROL, Component, Context, INBOX, Message, OUTBOX, Payload, Result};

/// A way of turning data into another form and back.
///
/// # Examples
///
/// ```
/// use axon::Result;
/// use axon::util::Marshalling;
///
/// struct Decimal;
///
/// impl Marshalling for Decimal {
///     type Data = u64;
///     type Marshalled = String;
///
///     fn marshall(data: u64) -> Result<String> {
///         Ok(data.to_string())
///     }
///
///     fn demarshall(marshalled: String) -> Result<u64> {
///         Ok(marshalled.parse()?)
///     }
/// }
/// ```
#[doc(alias = "klass")]
pub trait Marshalling: 'static {
    /// The type of the data.
    type Data: FromMessage + Payload;
    /// The type of its other form, usually text or bytes.
    type Marshalled: FromMessage + Payload;

    /// Turns data into the other form.
    ///
    /// # Errors
    ///
    /// If this data cannot be marshalled. The component ends with the error.
    fn marshall(data: Self::Data) -> Result<Self::Marshalled>;

    /// Turns the other form back into data.
    ///
    /// # Errors
    ///
    /// If this is not marshalled data. The component ends with the error.
    fn demarshall(marshalled: Self::Marshalled) -> Result<Self::Data>;
}

/// Marshalls what it receives, as `K` specifies.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data |
/// | `control` | endings; anything else is discarded, as in Kamaelia |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | marshalled data |
/// | `signal` | the ending that it received |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// Data of another type, or data that cannot be marshalled, ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, DeMarshaller, Marshaller, Marshalling, Received};
///
/// # struct Decimal;
/// # impl Marshalling for Decimal {
/// #     type Data = u64;
/// #     type Marshalled = String;
/// #     fn marshall(data: u64) -> axon::Result<String> { Ok(data.to_string()) }
/// #     fn demarshall(marshalled: String) -> axon::Result<u64> { Ok(marshalled.parse()?) }
/// # }
/// let received = Received::<u64>::new();
/// axon::run(pipeline![
///     DataSource::new([1u64, 20]),
///     Marshaller::<Decimal>::new(),
///     DeMarshaller::<Decimal>::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [1, 20]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Marshaller<K> {
    klass: PhantomData<fn(K)>,
}

impl<K: Marshalling> Marshaller<K> {
    /// A marshaller.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<K> Default for Marshaller<K> {
    fn default() -> Self {
        Marshaller { klass: PhantomData }
    }
}

impl<K: Marshalling> Component for Marshaller<K> {
    async fn main(&mut self, cx: &Context) -> Result {
        turn_each(cx, K::marshall).await
    }
}

/// Demarshalls what it receives, as `K` specifies.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | marshalled data |
/// | `control` | endings; anything else is discarded, as in Kamaelia |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | data |
/// | `signal` | the ending that it received |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type, or one that cannot be demarshalled, ends it with an error.
///
/// # Examples
///
/// See [`Marshaller`].
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DeMarshaller<K> {
    klass: PhantomData<fn(K)>,
}

impl<K: Marshalling> DeMarshaller<K> {
    /// A demarshaller.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<K> Default for DeMarshaller<K> {
    fn default() -> Self {
        DeMarshaller { klass: PhantomData }
    }
}

impl<K: Marshalling> Component for DeMarshaller<K> {
    async fn main(&mut self, cx: &Context) -> Result {
        turn_each(cx, K::demarshall).await
    }
}

async fn turn_each<T: FromMessage, R: Payload>(cx: &Context, turn: impl Fn(T) -> Result<R>) -> Result {
    loop {
        while let Some(message) = receive(cx, INBOX)? {
            cx.send_when_room(OUTBOX, turn(message)?).await?;
        }
        if let Some(notice) = told_ending(cx) {
            announce(cx, notice).await;
            return Ok(());
        }
        cx.pause().await;
    }
}

/// Reads `control`, and discards messages that are not endings.
fn told_ending(cx: &Context) -> Option<Message> {
    std::iter::from_fn(|| cx.recv(CONTROL)).find(|message| message.ending().is_some())
}

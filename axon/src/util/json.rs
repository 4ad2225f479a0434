//! JSON, both ways.
//!
//! Ported from `Kamaelia.Apps.CL.JSON`.
//!
//! *Differs from Kamaelia:* values may have types of the program. What is no JSON is an error that says where.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Component, Context, OUTBOX, Payload, Result};

use super::Chunk;
use super::each::{before_failing, each};

/// Sends each value as JSON text.
///
/// Values are of any type that serde can serialize; [`Value`] is serde_json's own. The text is on one line, without a
/// line break. A number that is not finite becomes `null`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | values of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | JSON, a `String` each |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the values that it has.
///
/// # Errors
///
/// A message of another type ends it with an error, and so does a value that JSON cannot express, such as a map whose
/// keys are lists.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, JsonEncoder, Received};
///
/// let received = Received::<String>::new();
/// let values = DataSource::new([vec![("foo", 1.5), ("bar", 2.0)]]);
/// axon::run(pipeline![values, JsonEncoder::<Vec<(&str, f64)>>::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [r#"[["foo",1.5],["bar",2.0]]"#]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "JSONEncoder")]
#[must_use = "a component does nothing until it is activated"]
pub struct JsonEncoder<T = Value> {
    values: PhantomData<fn(T)>,
}

crate::debug_by_name!(JsonEncoder<T>);

impl<T: Payload + Clone + Serialize> JsonEncoder<T> {
    /// Takes values of type `T`.
    pub fn new() -> Self {
        JsonEncoder { values: PhantomData }
    }
}

impl<T: Payload + Clone + Serialize> Default for JsonEncoder<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Payload + Clone + Serialize> Component for JsonEncoder<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |value: T| match serde_json::to_string(&value) {
            Ok(text) => Ok(cx.send_when_room(OUTBOX, text).await?),
            Err(error) => {
                before_failing(cx).await;
                Err(format!("{} cannot write as JSON: {error}", cx.name()).into())
            }
        })
        .await
    }
}

/// Sends the value of each JSON text.
///
/// Each message is one whole document. For JSON lines, put a [`ChunksToLines`](super::ChunksToLines) before it; for a
/// file, a [`TriggeredFileReader`](crate::file::TriggeredFileReader). A message of nothing but white space is ignored.
///
/// Values are of any type that serde can deserialize, or serde_json's [`Value`]. A whole number that fits neither `i64`
/// nor `u64` becomes the nearest floating-point number in a `Value`. Of two fields with the same name in a `Value` the
/// last holds.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | JSON, bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | values of type `T` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the texts that it has.
///
/// # Errors
///
/// A text that is no JSON, or not of a `T`, ends it with an error that says which text, line and column. So does one
/// that is nested 128 deep or more, a number too large for any, or half of a surrogate pair. The values before it have
/// been sent.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, JsonDecoder, Received};
///
/// let received = Received::<serde_json::Value>::new();
/// let texts = DataSource::new([r#"{"name": "axon", "parts": [1, null]}"#]);
/// axon::run(pipeline![texts, JsonDecoder::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take()[0]["parts"][0], 1);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "JSONDecoder")]
#[must_use = "a component does nothing until it is activated"]
pub struct JsonDecoder<T = Value> {
    values: PhantomData<fn() -> T>,
}

crate::debug_by_name!(JsonDecoder<T>);

impl JsonDecoder {
    /// Sends values of type [`Value`].
    pub fn new() -> Self {
        Self::of()
    }
}

impl<T: Payload + DeserializeOwned> JsonDecoder<T> {
    /// Sends values of type `T`.
    pub fn of() -> Self {
        JsonDecoder { values: PhantomData }
    }
}

impl Default for JsonDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Payload + DeserializeOwned> Component for JsonDecoder<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut texts = 0u64;
        each(cx, async |Chunk(text): Chunk| {
            texts += 1;
            if text.iter().all(u8::is_ascii_whitespace) {
                return Ok(());
            }
            match serde_json::from_slice::<T>(&text) {
                Ok(value) => Ok(cx.send_when_room(OUTBOX, value).await?),
                Err(error) => {
                    before_failing(cx).await;
                    Err(format!("{} cannot read text {texts} as JSON: {error}", cx.name()).into())
                }
            }
        })
        .await
    }
}

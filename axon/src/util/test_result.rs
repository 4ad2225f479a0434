//! Ends a run with an error when a test has failed.
//!
//! Ported from `Kamaelia.Util.TestResult`.
//!
//! *Differs from Kamaelia:* it sleeps while nothing comes, and endings end it.

use std::fmt;

use crate::chassis::{announce, pass_on};
use crate::{CONTROL, Component, Context, INBOX, Message, Payload, Result};

use super::text::with_bytes;

/// Ends with an error, and with it the run, when a message is false.
///
/// False are, as in Python, `false`, zero, empty text and bytes, `()`, and a `None` of one of these types. Anything
/// else is true.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages, and a [`StopSystem`] |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. There, nothing ends it.
///
/// # Errors
///
/// It fails on a false message, and with a [`StopSystemException`] on a [`StopSystem`].
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSource, PureTransformer, TestResult};
///
/// let is_even = PureTransformer::map(|n: i32| n % 2 == 0);
/// let failed = axon::run(pipeline![DataSource::new([2, 4, 7]), is_even, TestResult::new()]).unwrap_err();
/// assert!(failed.to_string().contains("received a false message: false"), "{failed}");
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct TestResult {}

impl TestResult {
    /// Makes the component.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A control message that ends the run of a [`TestResult`] with a [`StopSystemException`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopSystem;

/// The error of a [`TestResult`] that received a [`StopSystem`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopSystemException;

impl fmt::Display for StopSystemException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StopSystem was requested")
    }
}

impl std::error::Error for StopSystemException {}

impl Component for TestResult {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                if !is_true(&message) {
                    return Err(
                        format!("{} received a false message: {}", cx.name(), message.excerpt()).into()
                    );
                }
            }
            let Some(message) = cx.recv(CONTROL) else {
                cx.pause().await;
                continue;
            };
            if message.is::<StopSystem>() {
                return Err(StopSystemException.into());
            }
            if message.ending().is_some() {
                announce(cx, message).await;
                return Ok(());
            }
            pass_on(cx, message).await;
        }
    }
}

/// Whether a message is true, in Python's sense.
fn is_true(message: &Message) -> bool {
    fn differs<T: Payload + PartialEq + Copy>(message: &Message, falsehood: T) -> Option<bool> {
        let truth = message.view(|value: &T| *value != falsehood);
        truth.or_else(|| message.view(|value: &Option<T>| value.is_some_and(|value| value != falsehood)))
    }
    differs(message, false)
        .or_else(|| differs(message, 0_i32))
        .or_else(|| differs(message, 0_u32))
        .or_else(|| differs(message, 0_i64))
        .or_else(|| differs(message, 0_u64))
        .or_else(|| differs(message, 0_isize))
        .or_else(|| differs(message, 0_usize))
        .or_else(|| differs(message, 0_u8))
        .or_else(|| differs(message, 0.0_f64))
        .or_else(|| differs(message, 0.0_f32))
        .or_else(|| differs(message, ()))
        .or_else(|| differs(message, ""))
        .or_else(|| message.view(Option::<String>::is_some))
        .or_else(|| with_bytes(message, |bytes| !bytes.is_empty()))
        .unwrap_or(true)
}

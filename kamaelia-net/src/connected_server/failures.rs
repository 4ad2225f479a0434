//! The failures of handlers: logged with a limit, and counted.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon::{Context, LogLimit};

use crate::brief::{brief, drop_safely};

/// What becomes of the connection of a handler that has failed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AfterFailure {
    /// What the handler had sent goes out, then the connection is closed in order.
    #[default]
    Close,
    /// The connection is reset at once: the peer knows that what it got is not all.
    Reset,
}

/// How many handlers of a server have failed. Copies count the same; it can be read from any thread.
#[derive(Clone, Default, Debug)]
pub struct HandlerFailures(Arc<AtomicU64>);

impl HandlerFailures {
    /// How many have failed so far, those that could not be made included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts failures, and logs them.
#[derive(Default)]
pub(crate) struct Failures {
    pub(crate) count: HandlerFailures,
    log: LogLimit,
}

impl Failures {
    /// Counts a failure, and logs it unless there were too many of late.
    pub(crate) fn tell(&mut self, cx: &Context, peer: SocketAddr, failure: &dyn fmt::Display) {
        let count = self.count.0.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(more) = self.log.admit(cx.now()) {
            let (name, failure) = (cx.name(), brief(failure));
            log::error!("{name}: {failure}; the connection of {peer} is closed; failure {count}{more}");
        }
    }

    /// At the end of the server: how many there were, if not all were logged.
    pub(crate) fn tell_the_rest(&self, cx: &Context) {
        let skipped = self.log.skipped();
        if skipped > 0 {
            let (name, count) = (cx.name(), self.count.count());
            log::error!("{name}: {count} handlers failed in all, {skipped} of them since the last line");
        }
    }
}

/// Calls a function of the user. `Err` with what the panic says if it panics.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic_text(&*panic).to_owned();
        drop_safely(panic);
        text
    })
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without text")
}

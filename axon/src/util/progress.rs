//! How far long work is.
//!
//! Kamaelia has no such thing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Boxes, Context, time_after};

/// The outbox for reports, and the service that they go to if nobody else asked for them.
pub(crate) const PROGRESS: &str = "progress";

/// The time between two reports.
const INTERVAL: Duration = Duration::from_millis(100);

/// How far a component is with long work, as of now: what [`ProgressReports`] send.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The component that works.
    pub who: Arc<str>,
    /// How many bytes are done.
    pub done: u64,
    /// How many there are in all, if that is known.
    pub of: Option<u64>,
    /// How many were done in a second, on average since the beginning.
    pub rate: f64,
    /// Whether this is the last report of this work: it is finished, or was ended.
    pub is_over: bool,
}

/// Reports how far a component is: for one that works long. A [`Progress`] is sent ten times a second at most, and one
/// at the end, when this is dropped.
///
/// The reports go out of the outbox `progress` if the component has one. If it has none, and the scheduler has a
/// `ProgressBar` that is a service, the component gets that outbox, linked to the bar.
/// Otherwise nothing is reported, and that costs nothing. A report for which there is no room is left out.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::util::ProgressReports;
///
/// struct Compress;
///
/// impl Component for Compress {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let mut reports = ProgressReports::new(cx);
///         while let Some(block) = cx.next_or_end::<Vec<u8>>("inbox").await? {
///             reports.add(block.len() as u64);
///             // and so on
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct ProgressReports<'a> {
    /// `None` if nobody wants to know.
    cx: Option<&'a Context>,
    who: Arc<str>,
    began: Instant,
    next: Instant,
    done: u64,
    of: Option<u64>,
}

impl<'a> ProgressReports<'a> {
    /// Begins with nothing done. The rate counts from now.
    #[must_use]
    pub fn new(cx: &'a Context) -> Self {
        let now = cx.now();
        ProgressReports {
            cx: has_outlet(cx).then_some(cx),
            who: cx.name().into(),
            began: now,
            next: time_after(now, INTERVAL),
            done: 0,
            of: None,
        }
    }

    /// Says how many bytes there are in all; `None` if that is not known.
    pub fn expect(&mut self, bytes: Option<u64>) {
        self.of = bytes;
    }

    /// So many more bytes are done.
    pub fn add(&mut self, bytes: u64) {
        self.advance_to(self.done.saturating_add(bytes));
    }

    /// So many bytes are done in all.
    pub fn advance_to(&mut self, done: u64) {
        self.done = done;
        let Some(cx) = self.cx else { return };
        let now = cx.now();
        if now >= self.next {
            self.next = time_after(now, INTERVAL);
            self.send(false);
        }
    }

    /// Asks how many bytes there are in all, if somebody wants to know and it is not known yet.
    pub(crate) fn expect_if_unknown(&mut self, bytes: impl FnOnce() -> Option<u64>) {
        if self.cx.is_some() && self.of.is_none() {
            self.of = bytes();
        }
    }

    fn send(&self, is_over: bool) {
        let Some(cx) = self.cx else { return };
        let seconds = cx.now().duration_since(self.began).as_secs_f64();
        let rate = if seconds > 0.0 { self.done as f64 / seconds } else { 0.0 };
        let progress = Progress { who: Arc::clone(&self.who), done: self.done, of: self.of, rate, is_over };
        // Without room it is left out.
        let _ = cx.send(PROGRESS, progress);
    }
}

impl Drop for ProgressReports<'_> {
    fn drop(&mut self) {
        if self.cx.is_some_and(|cx| !cx.me().is_stopped()) {
            self.send(true);
        }
    }
}

/// Whether reports can be sent. If there is a bar for all, the component is linked to it.
fn has_outlet(cx: &Context) -> bool {
    if cx.has_outbox(cx.me(), PROGRESS) {
        return true;
    }
    let Some((bar, inbox)) = cx.tracker().retrieve_service(PROGRESS) else { return false };
    cx.add_outbox(PROGRESS);
    cx.link((cx.me(), PROGRESS), (&bar, &inbox)).is_ok()
}

/// The boxes of a component that reports if it was asked to.
pub(crate) fn boxes_reporting(reports: bool) -> Boxes {
    let boxes = Boxes::standard();
    if reports { boxes.outbox(PROGRESS, "how far it is, each a Progress") } else { boxes }
}

/// Gives a component with a field `reports` the method that sets it.
macro_rules! reporting_option {
    ($reader:ident) => {
        impl $reader {
            /// Gives it the outbox `progress`, which tells how far it is, each time a
            /// [`Progress`](crate::util::Progress). Without it, it reports to a `ProgressBar` that is a service, if
            /// there is one.
            pub fn reporting(mut self) -> Self {
                self.reports = true;
                self
            }
        }
    };
}
pub(crate) use reporting_option;

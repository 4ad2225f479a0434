//! Shows how far long work is, at the terminal.
//!
//! Kamaelia has no such component.

use std::collections::HashMap;
use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::chassis::{announce_end, receive};
use crate::{Component, Context, Ending, INBOX, Message, Result};

use super::aside::Call;
use super::progress::{PROGRESS, Progress};

/// How many components are told apart. The work of further ones is not shown.
const MOST_SHOWN: usize = 1000;

/// Draws a bar on standard error: how far the work is that is reported to it, how fast it goes, and how long it will
/// take. If standard error is not a terminal, it draws nothing.
///
/// Several components may report: it shows them in one bar. It draws on a thread beside the scheduler, so that a
/// stopped terminal delays nobody.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | reports, each a [`Progress`] |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | not used |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// When all that was reported is over, it ends by itself with `ProducerFinished`. `ProducerFinished` and
/// `ShutdownMicroprocess`: passes it on and ends. As a [service](ProgressBar::as_service) it ends when only services
/// are left.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{MaxSpeedFileReader, NullSinkComponent, ProgressBar};
///
/// axon::run(graphline! {
///     components: {
///         reader: MaxSpeedFileReader::new("Cargo.toml").reporting(),
///         sink: NullSinkComponent::new(),
///         bar: ProgressBar::new(),
///     },
///     linkages: {
///         reader.outbox => sink.inbox,
///         reader.signal => sink.control,
///         reader.progress => bar.inbox,
///     },
/// })?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default, Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ProgressBar {
    is_service: bool,
}

impl ProgressBar {
    /// Shows what is reported to its inbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers itself as the service `progress`: file readers, and whatever else has
    /// [`ProgressReports`](super::ProgressReports), report to it if they begin after it. Activate it first.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::pipeline;
    /// use axon::util::{NullSinkComponent, ProgressBar, SimpleReader};
    ///
    /// let mut scheduler = axon::Scheduler::new();
    /// scheduler.activate(ProgressBar::new().as_service());
    /// scheduler.activate(pipeline![SimpleReader::new("Cargo.toml"), NullSinkComponent::new()]);
    /// scheduler.run()?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn as_service(mut self) -> Self {
        self.is_service = true;
        self
    }
}

impl Component for ProgressBar {
    async fn main(&mut self, cx: &Context) -> Result {
        if self.is_service {
            cx.declare_service();
            cx.register_service(PROGRESS, (cx.me(), INBOX))?;
        }
        let line = Line::new();
        let mut work = Work::default();
        let mut is_drawn = true;
        let mut drawing: Option<Call<()>> = None;
        let told = loop {
            while let Some(progress) = receive(cx, INBOX)? {
                work.note(progress);
                is_drawn = false;
            }
            if let Some(notice) = cx.told_to_end() {
                break Some(notice);
            }
            if work.is_over() && !self.is_service {
                break None;
            }
            if drawing.as_ref().is_none_or(|drawing| drawing.take().is_some()) {
                drawing = None;
                if !is_drawn && let Some(line) = line.clone() {
                    let total = work.total();
                    drawing = Some(Call::start(cx, move || {
                        line.draw(total);
                        Ok(())
                    }));
                    is_drawn = true;
                }
            }
            cx.pause().await;
        };
        if let Some(line) = line.filter(|_| work.has_begun) {
            let total = work.total();
            let stops = told.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess);
            if stops {
                // Nobody waits for it any more, and after this the shell has the terminal.
                line.finish(total);
            } else {
                let finishing = Call::start(cx, move || {
                    line.finish(total);
                    Ok(())
                });
                finishing.returned(cx).await?;
            }
        }
        announce_end(cx, told).await;
        Ok(())
    }
}

/// How far everything is.
#[derive(Clone, Copy, Default)]
struct Total {
    done: u64,
    /// `None` if that of some is not known.
    of: Option<u64>,
    rate: f64,
}

/// What was reported, by component.
#[derive(Default)]
struct Work {
    has_begun: bool,
    under_way: HashMap<Arc<str>, Progress>,
    /// How much of what is over was done.
    over: u64,
    /// The rate of what was over last: shown at the end.
    rate: f64,
}

impl Work {
    fn note(&mut self, progress: Progress) {
        self.has_begun = true;
        if progress.is_over {
            self.under_way.remove(&progress.who);
            self.over = self.over.saturating_add(progress.done);
            self.rate = progress.rate;
        } else if self.under_way.len() < MOST_SHOWN || self.under_way.contains_key(&progress.who) {
            self.under_way.insert(Arc::clone(&progress.who), progress);
        }
    }

    fn is_over(&self) -> bool {
        self.has_begun && self.under_way.is_empty()
    }

    fn total(&self) -> Total {
        let begun = Total { done: self.over, of: Some(self.over), rate: 0.0 };
        let total = self.under_way.values().fold(begun, |total, progress| Total {
            done: total.done.saturating_add(progress.done),
            of: total.of.zip(progress.of).map(|(these, those)| these.saturating_add(those)),
            rate: total.rate + progress.rate,
        });
        if self.is_over() { Total { rate: self.rate, ..total } } else { total }
    }
}

/// A line of the terminal. It is there until it is finished: a thread that comes later to draw draws nothing.
#[derive(Clone)]
struct Line(Arc<Mutex<Option<indicatif::ProgressBar>>>);

impl Line {
    /// `None` if standard error is not a terminal.
    fn new() -> Option<Self> {
        if !stderr().is_terminal() {
            return None;
        }
        let bar = indicatif::ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        (!bar.is_hidden()).then(|| Line(Arc::new(Mutex::new(Some(bar)))))
    }

    fn bar(&self) -> MutexGuard<'_, Option<indicatif::ProgressBar>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, total: Total) {
        if let Some(bar) = &*self.bar() {
            draw(bar, total);
        }
    }

    fn finish(&self, total: Total) {
        let mut line = self.bar();
        if let Some(bar) = line.take() {
            draw(&bar, total);
            bar.abandon();
            // If nobody reads standard error, that is no failure.
            let _ = writeln!(stderr());
        }
    }
}

fn draw(bar: &indicatif::ProgressBar, total: Total) {
    let style = if total.of.is_some() { "{wide_bar} {so_far}" } else { "{spinner} {so_far}" };
    if let Ok(style) = ProgressStyle::with_template(style) {
        let so_far = move |_: &ProgressState, text: &mut dyn fmt::Write| {
            // Writing to a text does not fail.
            let _ = write!(text, "{total}");
        };
        bar.set_style(style.with_key("so_far", so_far));
    }
    bar.update(|state| {
        state.set_len(total.of.unwrap_or_default().max(total.done));
        state.set_pos(total.done);
    });
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Total { done, of, rate } = *self;
        write!(f, "{}", HumanBytes(done))?;
        if let Some(of) = of {
            write!(f, " of {}", HumanBytes(of))?;
        }
        write!(f, ", {}/s", HumanBytes(rate as u64))?;
        match of.map(|of| of.saturating_sub(done)) {
            Some(left) if left > 0 && rate >= 1.0 => {
                let left = Duration::try_from_secs_f64(left as f64 / rate).unwrap_or(Duration::MAX);
                write!(f, ", {} left", HumanDuration(left))
            }
            _ => Ok(()),
        }
    }
}

//! Reads files at a rate.
//!
//! Ported from `RateControlledFileReader` and `FixedRateControlledReusableFileReader` of `Kamaelia.File.Reading`.
//!
//! *Differs from Kamaelia:* each is one component instead of a rate control linked to a reader. A reader of many files
//! counts the time only while it has one, so that no backlog of requests is read at once from the next.
//! `ProducerFinished` lets it finish; there, a reader of many files that was told so never ends.

use std::path::PathBuf;

use crate::chassis::{announce, announce_end, receive};
use crate::util::each::before_failing;
use crate::util::line_source::{LineOptions, line_options};
use crate::util::progress::{ProgressReports, boxes_reporting, reporting_option};
use crate::util::prompted_file_reader::{Answers, Readmode};
use crate::util::rate_control::{Terms, rate_options};
use crate::util::read_ahead::Taken;
use crate::util::requests::Requests;
use crate::{Boxes, Component, Context, Ending, INBOX, Message, OUTBOX, Result};

use super::triggered_file_reader::FilePath;

/// Sends a file at a rate: so many bytes, or so many lines, a second.
///
/// The first piece is sent at once, the others at equal intervals, computed from the beginning, so that no error adds
/// up. Unless something else is set, a piece is a thousandth of what is read in a second, but at least one byte or
/// line. The file is read on a thread beside the scheduler.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the pieces: bytes as a `Vec<u8>`, lines as a `String` |
/// | `progress` | how far it is, each a [`Progress`](crate::util::Progress), if it is [asked to](RateControlledFileReader::reporting) |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At the end of the file it ends by itself with `ProducerFinished`. After `ProducerFinished` it reads on to the end of
/// the file, and then passes that message on. `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// As [`PromptedFileReader`](super::PromptedFileReader).
///
/// # Examples
///
/// A file at three bytes every second:
///
/// ```
/// use std::time::Duration;
///
/// use axon::file::RateControlledFileReader;
/// use axon::testing::Bench;
///
/// let mut bench = Bench::new(RateControlledFileReader::bytes("Cargo.toml", 3.0).chunk_size(3.0));
/// # while bench.take::<Vec<u8>>("outbox").is_empty() { bench.turn_clock(Duration::from_millis(1)); }
/// bench.turn_clock(Duration::from_secs(2));
/// assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"cka", b"ge]"]);
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct RateControlledFileReader {
    path: PathBuf,
    readmode: Readmode,
    options: LineOptions,
    terms: Terms,
    reports: bool,
}

crate::debug_by_name!(RateControlledFileReader);

impl RateControlledFileReader {
    /// Reads the file at `path`, so many bytes a second.
    ///
    /// # Panics
    ///
    /// If the rate is not greater than zero.
    #[doc(alias = "readmode")]
    #[track_caller]
    pub fn bytes(path: impl Into<PathBuf>, per_second: f64) -> Self {
        Self::at(path.into(), Readmode::Bytes, LineOptions::default(), Terms::new(per_second))
    }

    /// Reads the file at `path`, so many lines a second.
    ///
    /// # Panics
    ///
    /// If the rate is not greater than zero.
    #[track_caller]
    pub fn lines(path: impl Into<PathBuf>, per_second: f64) -> Self {
        RateControlledFileReader { readmode: Readmode::Lines, ..Self::bytes(path, per_second) }
    }

    pub(super) fn at(path: PathBuf, readmode: Readmode, options: LineOptions, terms: Terms) -> Self {
        RateControlledFileReader { path, readmode, options, terms, reports: false }
    }
}

line_options!(RateControlledFileReader);
rate_options!(RateControlledFileReader);
reporting_option!(RateControlledFileReader);

impl Component for RateControlledFileReader {
    fn boxes(&self) -> Boxes {
        boxes_reporting(self.reports)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut requests = self.terms.thousandths(cx);
        let mut answers = Answers::new(cx, &self.path, self.readmode, self.options);
        let mut reports = ProgressReports::new(cx);
        let mut told = None;
        loop {
            if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    announce(cx, notice).await;
                    return Ok(());
                }
                told = Some(notice);
            }
            let goes_on = read_on(cx, &mut requests, &mut answers).await?;
            answers.source.report(&mut reports);
            if !goes_on {
                drop(reports);
                announce_end(cx, told).await;
                return Ok(());
            }
        }
    }
}

/// Sends what is due and has been read, or waits. False at the end of the file.
async fn read_on(cx: &Context, requests: &mut Requests, answers: &mut Answers) -> Result<bool> {
    if answers.left == 0 {
        match requests.take(cx.now()) {
            Some(request) => answers.left = usize::try_from(request)?,
            None => {
                match requests.next() {
                    Some(next) => cx.pause_until(next).await,
                    None => cx.pause().await,
                }
                return Ok(true);
            }
        }
    }
    match answers.gather(cx)? {
        Taken::One(answer) => {
            cx.send_when_room(OUTBOX, answer).await?;
            if let Some(fault) = answers.fault.take() {
                before_failing(cx).await;
                return Err(fault);
            }
        }
        Taken::End => return Ok(false),
        Taken::NotYet => cx.pause().await,
    }
    Ok(true)
}

/// Sends one file after another, all at one rate.
///
/// A path that arrives while a file is read replaces that file. At the end of a file for which no other waits, it asks
/// for one with the text `NEXT`. Together with a [`Chooser`](crate::util::Chooser) in a
/// [`JoinChooserToCarousel`](crate::chassis::JoinChooserToCarousel) it reads a list of files.
///
/// The rate holds over all files: what is owed goes on from one to the next. Time without a file does not count.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | paths of files, as `next` |
/// | `next` | paths of files: a `PathBuf` or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | pieces of the files: bytes as a `Vec<u8>`, lines as a `String` |
/// | `requestNext` | `"NEXT"`, at the end of a file for which no other waits |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: reads the file that it has to its end, and then those that were named meanwhile, passes it on
/// and ends. `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// As [`PromptedFileReader`](super::PromptedFileReader).
///
/// # Examples
///
/// Two files, ten lines a second:
///
/// ```
/// use axon::chassis::JoinChooserToCarousel;
/// use axon::file::FixedRateControlledReusableFileReader;
/// use axon::pipeline;
/// use axon::util::{Chooser, ConsoleEchoer};
///
/// let reader = FixedRateControlledReusableFileReader::lines(10.0);
/// let playlist = JoinChooserToCarousel::new(Chooser::new(["Cargo.toml", "src/lib.rs"]), reader);
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![playlist, ConsoleEchoer::new()]);
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct FixedRateControlledReusableFileReader {
    readmode: Readmode,
    options: LineOptions,
    terms: Terms,
}

crate::debug_by_name!(FixedRateControlledReusableFileReader);

impl FixedRateControlledReusableFileReader {
    /// Reads so many bytes a second.
    ///
    /// # Panics
    ///
    /// If the rate is not greater than zero.
    #[doc(alias = "readmode")]
    #[track_caller]
    pub fn bytes(per_second: f64) -> Self {
        let options = LineOptions::default();
        FixedRateControlledReusableFileReader {
            readmode: Readmode::Bytes,
            options,
            terms: Terms::new(per_second),
        }
    }

    /// Reads so many lines a second.
    ///
    /// # Panics
    ///
    /// If the rate is not greater than zero.
    #[track_caller]
    pub fn lines(per_second: f64) -> Self {
        FixedRateControlledReusableFileReader { readmode: Readmode::Lines, ..Self::bytes(per_second) }
    }
}

line_options!(FixedRateControlledReusableFileReader);
rate_options!(FixedRateControlledReusableFileReader);

/// A reader of one file after another while it runs.
struct Playing<'a> {
    cx: &'a Context,
    requests: Requests,
    /// The rate while there is a file.
    rate: f64,
    file: Option<Answers>,
    /// How much of a request was left when its file ended: the next file begins with it.
    owed: usize,
    /// Another file is to be asked for.
    asks: bool,
    told: Option<Message>,
}

impl Playing<'_> {
    fn begin(&mut self, mut file: Option<Answers>) {
        if let Some(file) = &mut file {
            file.left = std::mem::take(&mut self.owed);
        }
        let rate = if file.is_some() { self.rate } else { 0.0 };
        self.requests.change_rate(rate, self.cx.now());
        self.file = file;
    }

    /// Asks for another file if it is to. Without room it is done later.
    fn ask(&mut self) {
        let is_wanted = self.asks && self.told.is_none();
        self.asks = is_wanted && self.cx.send("requestNext", "NEXT").is_err();
    }
}

impl Component for FixedRateControlledReusableFileReader {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("next", "paths of files").outbox("requestNext", "asks for another path")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let requests = self.terms.thousandths(cx);
        let mut playing =
            Playing { cx, requests, rate: self.terms.rate, file: None, owed: 0, asks: false, told: None };
        playing.begin(None);
        loop {
            if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    announce(cx, notice).await;
                    return Ok(());
                }
                playing.told = Some(notice);
            }
            // After `ProducerFinished` each file that was named is read to its end.
            let is_to_finish = playing.told.is_some() && playing.file.is_some();
            let named = match is_to_finish {
                true => None,
                // What `or` does not need would be taken and dropped.
                false => match receive(cx, "next")? {
                    None => receive(cx, INBOX)?,
                    named => named,
                },
            };
            if let Some(FilePath(path)) = named {
                playing.asks = false;
                playing.begin(Some(Answers::new(cx, &path, self.readmode, self.options)));
            }
            playing.ask();
            if let Some(file) = &mut playing.file {
                let goes_on = read_on(cx, &mut playing.requests, file).await?;
                if !goes_on || file.short_by > 0 {
                    playing.owed = if goes_on { file.short_by } else { file.left };
                    playing.begin(None);
                    playing.asks = cx.data_ready("next") + cx.data_ready(INBOX) == 0;
                }
            } else if let Some(notice) = playing.told.take() {
                announce(cx, notice).await;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
    }
}

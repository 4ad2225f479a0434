//! Readers that read one file after another.
//!
//! Ported from `ReusableFileReader` and `RateControlledReusableFileReader` of `Kamaelia.File.Reading`.
//!
//! *Differs from Kamaelia:* the order of a rate-controlled reader has a type of its own, [`FileAtRate`].

use std::path::PathBuf;

use crate::chassis::Carousel;
use crate::util::line_source::{LineOptions, line_options};
use crate::util::prompted_file_reader::Readmode;
use crate::util::rate_control::{Terms, rate_options};
use crate::{Boxes, Component, Context, Result};

use super::PromptedFileReader;
use super::rate_controlled::RateControlledFileReader;
use super::triggered_file_reader::FilePath;

/// At each request, reads as many bytes or lines as are requested of the file that was named last.
///
/// A [`Carousel`] of [`PromptedFileReader`]s. A path that arrives while a file is read replaces that file. When it has
/// come to the end of one it asks for another.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whole numbers: how many bytes or lines to read; without a file they wait for the next |
/// | `control` | endings; any other control message is discarded |
/// | `next` | paths of files: a `PathBuf` or text |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | one message for each number: bytes as a `Vec<u8>`, lines as a `String` |
/// | `signal` | the ending that it received, when it ends |
/// | `requestNext` | `"NEXT"`, when it wants another file |
/// | `_signal` | for its own use: endings for the reader |
///
/// # Shutdown
///
/// As [`Carousel`]: `ProducerFinished` lets the last reader answer the requests that it has.
///
/// # Errors
///
/// As [`PromptedFileReader`].
///
/// # Examples
///
/// Files in pieces of 16 bytes, 1,024 bytes a second:
///
/// ```
/// use axon::chassis::JoinChooserToCarousel;
/// use axon::file::ReusableFileReader;
/// use axon::pipeline;
/// use axon::util::{ByteRateRequestControl, Chooser, ConsoleEchoer};
///
/// let files = JoinChooserToCarousel::new(Chooser::new(["Cargo.toml", "src/lib.rs"]), ReusableFileReader::bytes());
/// let rate = ByteRateRequestControl::new(1024.0).chunk_size(16.0);
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![rate, files, ConsoleEchoer::new()]);
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ReusableFileReader {
    readmode: Readmode,
    options: LineOptions,
}

crate::debug_by_name!(ReusableFileReader);

impl ReusableFileReader {
    /// Requests are numbers of bytes.
    #[doc(alias = "readmode")]
    pub fn bytes() -> Self {
        ReusableFileReader { readmode: Readmode::Bytes, options: LineOptions::default() }
    }

    /// Requests are numbers of lines.
    pub fn lines() -> Self {
        ReusableFileReader { readmode: Readmode::Lines, ..Self::bytes() }
    }
}

line_options!(ReusableFileReader);

/// The boxes of a [`Carousel`] of readers.
fn boxes_of_reader() -> Boxes {
    Boxes::standard()
        .inbox("next", "files to read")
        .outbox("requestNext", "asks for another file")
        .outbox("_signal", "endings for the reader")
}

impl Component for ReusableFileReader {
    fn boxes(&self) -> Boxes {
        boxes_of_reader()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let ReusableFileReader { readmode, options } = *self;
        Carousel::new(move |FilePath(path)| PromptedFileReader { path, readmode, options }).main(cx).await
    }
}

/// A file, and the rate at which to read it: the order of a [`RateControlledReusableFileReader`].
#[derive(Clone, Debug)]
#[must_use]
pub struct FileAtRate {
    path: PathBuf,
    terms: Terms,
}

impl FileAtRate {
    /// The file at `path`, so many bytes or lines a second.
    ///
    /// # Panics
    ///
    /// If the rate is not greater than zero.
    #[track_caller]
    pub fn new(path: impl Into<PathBuf>, per_second: f64) -> Self {
        FileAtRate { path: path.into(), terms: Terms::new(per_second) }
    }
}

rate_options!(FileAtRate);

/// Sends one file after another, each at its own rate.
///
/// A [`Carousel`] of [`RateControlledFileReader`]s. An order that arrives while a file is read replaces that file. When
/// it has come to the end of one it asks for another.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings; any other control message is discarded |
/// | `next` | orders: [`FileAtRate`] |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | pieces of the files: bytes as a `Vec<u8>`, lines as a `String` |
/// | `signal` | the ending that it received, when it ends |
/// | `requestNext` | `"NEXT"`, when it wants another file |
/// | `_signal` | for its own use: endings for the reader |
///
/// # Shutdown
///
/// As [`Carousel`]: `ProducerFinished` lets the last file be read to its end.
///
/// # Errors
///
/// As [`PromptedFileReader`].
///
/// # Examples
///
/// ```
/// use axon::chassis::JoinChooserToCarousel;
/// use axon::file::{FileAtRate, RateControlledReusableFileReader};
/// use axon::pipeline;
/// use axon::util::{Chooser, ConsoleEchoer};
///
/// let slow = FileAtRate::new("Cargo.toml", 16.0);
/// let fast = FileAtRate::new("src/lib.rs", 1024.0).chunk_size(64.0);
/// let files = JoinChooserToCarousel::new(Chooser::new([slow, fast]), RateControlledReusableFileReader::bytes());
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![files, ConsoleEchoer::new()]);
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct RateControlledReusableFileReader {
    readmode: Readmode,
    options: LineOptions,
}

crate::debug_by_name!(RateControlledReusableFileReader);

impl RateControlledReusableFileReader {
    /// The rates are bytes a second.
    #[doc(alias = "readmode")]
    pub fn bytes() -> Self {
        RateControlledReusableFileReader { readmode: Readmode::Bytes, options: LineOptions::default() }
    }

    /// The rates are lines a second.
    pub fn lines() -> Self {
        RateControlledReusableFileReader { readmode: Readmode::Lines, ..Self::bytes() }
    }
}

line_options!(RateControlledReusableFileReader);

impl Component for RateControlledReusableFileReader {
    fn boxes(&self) -> Boxes {
        boxes_of_reader()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let RateControlledReusableFileReader { readmode, options } = *self;
        Carousel::new(move |FileAtRate { path, terms }| {
            RateControlledFileReader::at(path, readmode, options, terms)
        })
        .main(cx)
        .await
    }
}

//! Puts the length of each message before it in a stream, and finds the messages again.
//!
//! *Differs from Kamaelia:* which has this only inside `Protocol.RTP.NullPayloadRTP`.

use std::fmt;

use crate::chassis::{announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Result};

use super::each::{before_failing, each, send_each};
use super::lines::{LONGEST_LINE, longest};
use super::text::Chunk;

/// How the length of a frame is written before it, in bytes of its data alone.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum LengthPrefix {
    /// One byte: frames of up to 255 bytes.
    U8,
    /// Two bytes, the more significant first.
    U16Be,
    /// Two bytes, the less significant first.
    U16Le,
    /// Four bytes, the most significant first: the order of networks, and the usual one.
    #[default]
    U32Be,
    /// Four bytes, the least significant first.
    U32Le,
}

use LengthPrefix::{U8, U16Be, U16Le, U32Be, U32Le};

impl LengthPrefix {
    fn width(self) -> usize {
        match self {
            U8 => 1,
            U16Be | U16Le => 2,
            U32Be | U32Le => 4,
        }
    }

    /// The longest frame whose length it can tell.
    fn limit(self) -> usize {
        match self {
            U8 => usize::from(u8::MAX),
            U16Be | U16Le => usize::from(u16::MAX),
            U32Be | U32Le => usize::try_from(u32::MAX).unwrap_or(usize::MAX),
        }
    }

    /// The length that these bytes tell, of which there are as many as the prefix has.
    fn read(self, bytes: &[u8]) -> usize {
        let fold = |length: u64, &byte: &u8| length << 8 | u64::from(byte);
        let length = match self {
            U8 | U16Be | U32Be => bytes.iter().fold(0, fold),
            U16Le | U32Le => bytes.iter().rev().fold(0, fold),
        };
        usize::try_from(length).unwrap_or(usize::MAX)
    }

    /// Appends a length, which is not above the limit.
    fn write(self, length: usize, frame: &mut Vec<u8>) {
        let bytes = (length as u64).to_be_bytes();
        let told = &bytes[bytes.len() - self.width()..];
        match self {
            U8 | U16Be | U32Be => frame.extend(told),
            U16Le | U32Le => frame.extend(told.iter().rev()),
        }
    }
}

/// Makes a frame from each message: its length, and then its bytes.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a frame for each, a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error, and so does one that is longer than its length can
/// tell, with a [`FrameError`].
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, LengthFramer, LengthPrefix, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["one", "", "three"]),
///     LengthFramer::new().prefix(LengthPrefix::U16Be),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take().concat(), b"\0\x03one\0\0\0\x05three");
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default, Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct LengthFramer {
    prefix: LengthPrefix,
}

impl LengthFramer {
    /// One that writes lengths in four bytes, the most significant first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes lengths in this way.
    pub fn prefix(mut self, prefix: LengthPrefix) -> Self {
        self.prefix = prefix;
        self
    }
}

impl Component for LengthFramer {
    async fn main(&mut self, cx: &Context) -> Result {
        let (mut number, mut byte) = (0, 0);
        each(cx, async |Chunk(data): Chunk| {
            number += 1;
            let length = data.len();
            if length > self.prefix.limit() {
                before_failing(cx).await;
                let kind = FaultKind::Untold { length, prefix: self.prefix };
                return Err(FrameFault { frame: number, byte, kind }.of(cx).into());
            }
            let mut frame = Vec::with_capacity(self.prefix.width() + length);
            self.prefix.write(length, &mut frame);
            frame.extend(data);
            byte += frame.len() as u64;
            Ok(cx.send_when_room(OUTBOX, frame).await?)
        })
        .await
    }
}

/// Finds the messages of a stream before each of which stands its length, as a [`LengthFramer`] writes it.
///
/// The stream may be cut anywhere. A length alone takes no memory: that grows with what has come.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | pieces of the stream: bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the data of each frame, a `Vec<u8>`; an empty one too |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: passes it on and ends; with an error if the stream ends within a frame.
/// `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error. A [`FrameError`] ends it when a frame is longer
/// than 1 MiB, see [`longest_frame`](LengthDeFramer::longest_frame), and when one is cut off at the end. What came
/// before is sent first.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, LengthDeFramer, LengthPrefix, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["\x03on", "e\x05th", "ree"]),
///     LengthDeFramer::new().prefix(LengthPrefix::U8),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [&b"one"[..], b"three"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct LengthDeFramer {
    prefix: LengthPrefix,
    longest: usize,
    frames: Frames,
}

/// What has come of the frame that is not complete.
#[derive(Default, Debug)]
struct Frames {
    /// Its length, when that is known.
    length: Option<usize>,
    /// Its first bytes; before the length is known, those of the length.
    begun: Vec<u8>,
    /// How many frames came before it.
    complete: u64,
    /// How many bytes came before it.
    bytes: u64,
}

impl LengthDeFramer {
    /// One for lengths of four bytes, the most significant first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads lengths that are written in this way.
    pub fn prefix(mut self, prefix: LengthPrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Takes frames with at most so many bytes of data, in place of 1 MiB.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[track_caller]
    pub fn longest_frame(mut self, bytes: usize) -> Self {
        self.longest = longest(bytes);
        self
    }

    /// Removes the bytes of the next frame from `piece`, and returns its data when it is complete. Otherwise all of
    /// `piece` is taken.
    fn next(&mut self, piece: &mut &[u8]) -> std::result::Result<Option<Vec<u8>>, FrameFault> {
        let width = self.prefix.width();
        let length = match self.frames.length {
            Some(length) => length,
            None => {
                if !self.frames.take(piece, width) {
                    return Ok(None);
                }
                let length = self.prefix.read(&self.frames.begun);
                if length > self.longest {
                    return Err(self.frames.fault(FaultKind::TooLong { length, longest: self.longest }));
                }
                self.frames.begun.clear();
                self.frames.length = Some(length);
                length
            }
        };
        if !self.frames.take(piece, length) {
            return Ok(None);
        }
        self.frames.length = None;
        self.frames.complete += 1;
        self.frames.bytes += (width + length) as u64;
        Ok(Some(std::mem::take(&mut self.frames.begun)))
    }

    /// Whether the stream may end here.
    fn end(&self) -> std::result::Result<(), FrameFault> {
        match (self.frames.length, self.frames.begun.len()) {
            (None, 0) => Ok(()),
            (None, there) => {
                Err(self.frames.fault(FaultKind::LengthCut { there, width: self.prefix.width() }))
            }
            (Some(length), there) => Err(self.frames.fault(FaultKind::Cut { there, length })),
        }
    }
}

impl Frames {
    /// Moves bytes from `piece` until so many have begun. `false` if there are too few.
    fn take(&mut self, piece: &mut &[u8], wanted: usize) -> bool {
        let (part, rest) = piece.split_at((wanted - self.begun.len()).min(piece.len()));
        self.begun.extend_from_slice(part);
        *piece = rest;
        self.begun.len() == wanted
    }

    fn fault(&self, kind: FaultKind) -> FrameFault {
        FrameFault { frame: self.complete + 1, byte: self.bytes, kind }
    }
}

impl Default for LengthDeFramer {
    fn default() -> Self {
        LengthDeFramer { prefix: LengthPrefix::default(), longest: LONGEST_LINE, frames: Frames::default() }
    }
}

impl Component for LengthDeFramer {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Chunk(piece)) = receive(cx, INBOX)? {
                let mut piece = &piece[..];
                loop {
                    match self.next(&mut piece) {
                        Ok(Some(frame)) => {
                            send_each(cx, frame).await?;
                        }
                        Ok(None) => break,
                        Err(fault) => {
                            before_failing(cx).await;
                            return Err(fault.of(cx).into());
                        }
                    }
                }
            }
            if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ProducerFinished)
                    && let Err(fault) = self.end()
                {
                    before_failing(cx).await;
                    return Err(fault.of(cx).into());
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

struct FrameFault {
    frame: u64,
    byte: u64,
    kind: FaultKind,
}

#[derive(Clone)]
enum FaultKind {
    TooLong { length: usize, longest: usize },
    Untold { length: usize, prefix: LengthPrefix },
    Cut { there: usize, length: usize },
    LengthCut { there: usize, width: usize },
}

impl FrameFault {
    fn of(self, cx: &Context) -> FrameError {
        FrameError { whose: cx.name(), frame: self.frame, byte: self.byte, kind: self.kind }
    }
}

/// A frame is too long, or cut off. The error of [`LengthFramer`] and [`LengthDeFramer`].
#[derive(Clone)]
pub struct FrameError {
    whose: String,
    frame: u64,
    byte: u64,
    kind: FaultKind,
}

impl FrameError {
    /// The number of the frame, counted from 1.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// Where the frame begins in the stream, with its length: in bytes, counted from 0.
    pub fn byte(&self) -> u64 {
        self.byte
    }

    /// Whether the stream ended within the frame. Otherwise the frame is too long.
    pub fn is_cut_off(&self) -> bool {
        matches!(self.kind, FaultKind::Cut { .. } | FaultKind::LengthCut { .. })
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FrameError { whose, frame, byte, kind } = self;
        write!(f, "{whose}: frame {frame}, which begins at byte {byte}, ")?;
        match kind {
            FaultKind::TooLong { length, longest } => {
                write!(f, "has {length} bytes, more than {longest}; longest_frame(bytes) takes longer ones")
            }
            FaultKind::Untold { length, prefix } => write!(
                f,
                "would have {length} bytes, more than the {} that LengthPrefix::{prefix:?} can tell; \
                 prefix(..) takes another one",
                prefix.limit()
            ),
            FaultKind::Cut { there, length } => write!(f, "is cut off after {there} of its {length} bytes"),
            FaultKind::LengthCut { there, width } => {
                write!(f, "is cut off after {there} of the {width} bytes of its length")
            }
        }
    }
}

impl fmt::Debug for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for FrameError {}

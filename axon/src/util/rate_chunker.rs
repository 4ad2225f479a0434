//! Cuts a stream into chunks, so many for each second of the stream.
//!
//! Ported from `Kamaelia.Util.RateChunker`.
//!
//! *Differs from Kamaelia:* bytes, whatever their type. What is left at the end is sent as a last, shorter chunk;
//! there it is lost. A chunk rate at which chunks would be empty is refused.

use crate::chassis::{announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Result};

use super::cutter::Cutter;
use super::each::send_each;
use super::text::Chunk;

/// Cuts a stream whose rate is known into chunks of equal duration, as sound for each picture of a film.
///
/// It does not look at a clock: it counts bytes. The length of a chunk varies by one quantum where it must, so that on
/// the long run there are exactly so many chunks for each second of the stream. A chunk always has whole quanta.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | chunks, each a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: sends what is left as a last, shorter chunk, passes that message on and ends.
/// `ShutdownMicroprocess`: passes it on and ends; what is left is lost.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// Stereo sound of 16 bits at 48 kHz for a film of 25 pictures a second:
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, RateChunker, Received};
///
/// let sample = 2 * 2;
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(vec![vec![0u8; 4800 * sample]; 10]),
///     RateChunker::new(48_000.0 * sample as f64, sample, 25.0),
///     DataSink::new(&received),
/// ])?;
/// let chunks = received.take();
/// assert_eq!(chunks.len(), 25);
/// assert!(chunks.iter().all(|chunk| chunk.len() == 1920 * sample));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct RateChunker {
    quantum: usize,
    quanta_per_chunk: f64,
}

impl RateChunker {
    /// Cuts a stream of `data_rate` bytes a second into `chunk_rate` chunks a second, each of whole quanta of
    /// `quantum_size` bytes.
    ///
    /// # Panics
    ///
    /// If a number is not greater than zero, or a chunk had less than a quantum.
    #[doc(alias = "datarate")]
    #[doc(alias = "quantasize")]
    #[doc(alias = "chunkrate")]
    #[track_caller]
    pub fn new(data_rate: f64, quantum_size: usize, chunk_rate: f64) -> Self {
        let quanta_per_chunk = data_rate / chunk_rate / quantum_size as f64;
        assert!(
            data_rate > 0.0 && chunk_rate > 0.0 && quanta_per_chunk.is_finite() && quanta_per_chunk >= 1.0,
            "{data_rate} bytes a second in quanta of {quantum_size} cannot be cut into {chunk_rate} chunks a second: \
             a chunk needs at least one quantum"
        );
        RateChunker { quantum: quantum_size, quanta_per_chunk }
    }

    /// How many bytes the first chunks have together.
    fn bytes_of(&self, chunks: u64) -> u64 {
        // A product of two numbers that are not exact: a whole number may be short of itself.
        let quanta = (chunks as f64 * self.quanta_per_chunk + 1e-6).floor();
        quanta as u64 * self.quantum as u64
    }
}

impl Component for RateChunker {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut cutter = Cutter::default();
        let mut chunks = 0;
        loop {
            while let Some(Chunk(bytes)) = receive(cx, INBOX)? {
                cutter.push(bytes);
                let length = |chunks| (self.bytes_of(chunks + 1) - self.bytes_of(chunks)) as usize;
                while let Some(chunk) = cutter.piece(length(chunks)) {
                    send_each(cx, chunk).await?;
                    chunks += 1;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ProducerFinished)
                    && let Some(rest) = cutter.rest()
                {
                    cx.send_when_room(OUTBOX, rest).await?;
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

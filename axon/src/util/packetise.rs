//! Cuts messages into packets of at most a size.
//!
//! Ported from `Kamaelia.Protocol.Packetise`.
//!
//! *Differs from Kamaelia:* both endings end it.

use crate::{Component, Context, OUTBOX, Result};

use super::each::each;
use super::text::Chunk;

/// How long a packet is at most, unless said otherwise.
const PACKET: usize = 1000;

/// Cuts messages into packets of at most a size, for a network that loses large ones.
///
/// Each message is cut for itself; what is no longer goes on as it is. A packet has at most 1000 bytes, unless
/// you say otherwise.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | packets, each a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. There, nothing ends it.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, MaxSizePacketiser, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["hello", "you"]),
///     MaxSizePacketiser::new().max_size(3),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [&b"hel"[..], b"lo", b"you"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct MaxSizePacketiser {
    max_size: usize,
}

impl MaxSizePacketiser {
    /// One that makes packets of at most 1000 bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes packets of at most so many bytes.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[doc(alias = "maxsize")]
    #[track_caller]
    pub fn max_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "a packet of at most 0 bytes holds nothing; write at least 1");
        self.max_size = bytes;
        self
    }
}

impl Default for MaxSizePacketiser {
    fn default() -> Self {
        MaxSizePacketiser { max_size: PACKET }
    }
}

impl Component for MaxSizePacketiser {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Chunk(data): Chunk| {
            if data.len() <= self.max_size {
                return Ok(cx.send_when_room(OUTBOX, data).await?);
            }
            for packet in data.chunks(self.max_size) {
                cx.send_when_room(OUTBOX, packet.to_vec()).await?;
            }
            Ok(())
        })
        .await
    }
}

//! The sound of a stream without its titles, and into a file.
//!
//! Ported from `IcecastStreamRemoveMetadata` and `IcecastStreamWriter` of `Kamaelia.Protocol.HTTP.IcecastClient`.

use std::path::PathBuf;

use axon::chassis::Pipeline;
use axon::util::{PureTransformer, SimpleFileWriter};
use axon::{Message, pipeline};

use super::demux::IceIpcDataChunk;

/// Passes on the bytes of the sound that an [`IcecastDemux`](super::IcecastDemux) sends, and nothing else.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use kamaelia_net::http::{IceIpcDataChunk, IceIpcDisconnected, icecast_stream_remove_metadata};
///
/// let mut bench = Bench::new(icecast_stream_remove_metadata());
/// bench.put("inbox", IceIpcDataChunk { data: b"sound".to_vec() });
/// bench.put("inbox", IceIpcDisconnected);
/// bench.settle();
/// assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"sound"]);
/// ```
#[doc(alias = "IcecastStreamRemoveMetadata")]
pub fn icecast_stream_remove_metadata() -> PureTransformer<Message, Vec<u8>> {
    PureTransformer::new(|message: Message| {
        message.into_value::<IceIpcDataChunk>().ok().map(|IceIpcDataChunk { data }| data)
    })
}

/// Writes the sound that an [`IcecastDemux`](super::IcecastDemux) sends into a file, which is made anew.
///
/// It ends as a [`SimpleFileWriter`] does; there nothing ends it.
///
/// # Examples
///
/// ```
/// let writer = kamaelia_net::http::icecast_stream_writer("stream.mp3");
/// ```
#[doc(alias = "IcecastStreamWriter")]
pub fn icecast_stream_writer(path: impl Into<PathBuf>) -> Pipeline {
    pipeline![icecast_stream_remove_metadata(), SimpleFileWriter::new(path)]
}

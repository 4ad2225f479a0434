//! Radio over HTTP: the stream of an Icecast server, and what is played.
//!
//! Ported from `Kamaelia.Protocol.HTTP.IcecastClient`.

mod client;
mod demux;
mod writer;

pub use client::IcecastClient;
pub use demux::{IceIpcDataChunk, IceIpcDisconnected, IceIpcHeader, IceIpcMetadata, IcecastDemux};
pub use writer::{icecast_stream_remove_metadata, icecast_stream_writer};

//! HTTP/1.1 as components: servers whose handlers are components, and clients.
//!
//! Ported from `Kamaelia.Protocol.HTTP`.
//!
//! | to | use |
//! |---|---|
//! | serve requests with components, or with a function | [`HttpServer`], [`Routes`] |
//! | serve files | [`MinimalFactory`], [`Minimal`] |
//! | send events to browsers | [`ServerSentEvents`] |
//! | ask servers, one request after another | [`SimpleHttpClient`] |
//! | post each message to a URL | [`HttpMakePostRequest`] |
//! | make one request, and stream both bodies | [`SingleShotHttpClient`] |
//! | listen to radio | [`IcecastClient`], [`IcecastDemux`] |
//!
//! Messages are those of the crate [`http`](https://docs.rs/http); its usual types are re-exported here. A whole
//! server is one line:
//!
//! ```no_run
//! use kamaelia_net::http::{HttpServer, Request, Response};
//!
//! axon::run(HttpServer::responding(|_: Request<Vec<u8>>| Response::new("hello\n"), 8000))?;
//! # Ok::<(), axon::RunError>(())
//! ```
//!
//! *Differs from Kamaelia:* HTTP/1.1 with connections that are kept, pipelining, chunks, `Expect` and upgrades;
//! every method; heads and bodies are limited in size and time; what could be understood in two ways is refused.

mod body_watch;
mod client;
mod codec;
mod date;
mod icecast;
mod input;
mod ipc;
mod limits;
mod make_post_request;
mod minimal;
mod server;
mod server_sent_events;
#[cfg(feature = "websocket")]
mod upgrade;

pub use ::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header,
};
pub use client::{HttpAnswer, HttpError, HttpFailed, Phase, SimpleHttpClient, SingleShotHttpClient};
#[cfg(feature = "websocket")]
pub(crate) use client::{Origin, Settings, tcp_client};
#[cfg(any(test, fuzzing))]
pub(crate) use codec::fuzzed;
#[cfg(feature = "websocket")]
pub(crate) use codec::{elements, has_token};
pub use icecast::{
    IceIpcDataChunk, IceIpcDisconnected, IceIpcHeader, IceIpcMetadata, IcecastClient, IcecastDemux,
    icecast_stream_remove_metadata, icecast_stream_writer,
};
pub use ipc::{Draining, RequestCut};
pub use limits::HttpLimits;
pub use make_post_request::HttpMakePostRequest;
#[cfg(feature = "visualiser")]
pub(crate) use minimal::percent_decode;
pub use minimal::{Minimal, MinimalFactory};
pub use server::{AccessLog, HttpServer, Routed, Routes, error_page, error_page_handler};
pub use server_sent_events::{InvalidEventError, ServerSentEvent, ServerSentEvents};
#[cfg(feature = "websocket")]
pub(crate) use upgrade::{HeadReader, request_bytes};

/// The head of a request: method, target, headers. Its extensions hold the
/// [`Connection`](crate::Connection), the [`TlsSession`](crate::TlsSession) if there is one, and [`Routed`] if a
/// table of routes was used.
#[doc(alias = "ParsedHTTPHeader")]
pub type RequestHead = Request<()>;

/// The head of a response: status and headers.
pub type ResponseHead = Response<()>;

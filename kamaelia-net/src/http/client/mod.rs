//! Clients: one request, whose bodies are streamed, or one after another, whose answers come as a whole.
//!
//! Ported from `Kamaelia.Protocol.HTTP.HTTPClient`.

mod exchange;
mod http_error;
mod link;
mod redirect;
mod request;
mod settings;
mod simple;
mod single_shot;
mod url;

pub use http_error::{HttpError, HttpFailed, Phase};
#[cfg(feature = "websocket")]
pub(super) use request::write_request;
pub use simple::{HttpAnswer, SimpleHttpClient};
pub use single_shot::SingleShotHttpClient;
pub(crate) use url::Origin;
#[cfg(feature = "websocket")]
pub(crate) use {link::tcp_client, settings::Settings};

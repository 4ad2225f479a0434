//! HTTP/1.1 as a codec without sockets: bytes in slices of any size become events, and messages become bytes.
//!
//! Both roles use it. A [`Decoder`] reads requests or responses; an [`Encoder`] writes them. Neither does any
//! input or output, and neither knows of components. What a message must look like is decided here and nowhere
//! else, as strictly as RFC 9110 and RFC 9112 allow: bytes that two programs could read in two ways are refused.
//!
//! ```text
//!              (1) head                (2) no body
//!   ┌──────┐ ──────────► ┌──────┐ ──────────────────────► ┌──────┐
//!   │ Head │             │ Body │ ──────────────────────► │ Ended│ ──► (5) the next message: Head again
//!   └──────┘             └──────┘  (3) the body's end      └──────┘
//!       │ (4) malformed      │ (4) malformed
//!       └────────► Broken ◄──┘        nothing that follows is looked at
//! ```

mod body;
mod chunked;
mod decoder;
mod encoder;
mod fields;
mod framing;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod head;
mod malformed;
mod request;
mod response;

#[cfg(test)]
mod decoder_tests;
#[cfg(test)]
mod oracle_tests;

pub(super) use decoder::{Decoder, Event, Requests, Responses};
pub(super) use encoder::{Asked, Encoder, HeadFault, Persistence, Shape, append};
#[cfg(feature = "websocket")]
pub(crate) use fields::elements;
pub(crate) use fields::has_token;
pub(super) use framing::{Framing, is_tunnel};
pub(super) use malformed::Malformed;

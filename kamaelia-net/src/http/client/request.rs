//! The bytes of a request's head.

use http::HeaderValue;
use http::header::{CONNECTION, HOST, UPGRADE, USER_AGENT};

use super::url::host_header;
use crate::http::RequestHead;
use crate::http::codec::{Encoder, HeadFault, Shape};

/// What this client calls itself, unless the request says something else.
const NAME: &str = concat!("kamaelia-net/", env!("CARGO_PKG_VERSION"));

/// Writes the head of a request, and gives what writes its body. `shape` is `None` for a request that has none.
pub(in crate::http) fn write_request(
    request: &RequestHead,
    shape: Option<Shape>,
    into: &mut Vec<u8>,
) -> Result<Encoder, HeadFault> {
    let mut head = request.clone();
    let host = HeaderValue::try_from(host_header(request.uri()))
        .map_err(|_| HeadFault("its host is none for a header".to_owned()))?;
    head.headers_mut().entry(HOST).or_insert(host);
    head.headers_mut().entry(USER_AGENT).or_insert(HeaderValue::from_static(NAME));
    if head.headers().contains_key(UPGRADE) {
        head.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
    Encoder::request(&head, shape, into)
}

//! How long a body is, decided by the head alone: RFC 9112, section 6.3, without its leniencies.
//!
//! What two readers could understand in two ways is how requests are smuggled: it is refused.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode, Version};

use super::fields::elements;
use super::malformed::Malformed;

/// How the end of a body is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::http) enum Framing {
    /// It has this many bytes; 0 if there is none.
    Length(u64),
    /// It comes in chunks, the last of which is empty.
    Chunked,
    /// It lasts until the connection ends: responses only.
    UntilClose,
    /// What follows the head is another protocol.
    Tunnel,
}

impl Framing {
    pub(super) const NONE: Self = Framing::Length(0);

    /// The body of a request.
    pub(super) fn of_request(
        method: &Method,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<Self, Malformed> {
        let framing = declared(version, headers)?.unwrap_or(Framing::NONE);
        if method == Method::CONNECT {
            return match framing {
                Framing::NONE => Ok(Framing::NONE),
                _ => Err(Malformed::bad("CONNECT with a body")),
            };
        }
        Ok(framing)
    }

    /// The body of a response to a request with this method.
    pub(super) fn of_response(
        method: &Method,
        status: StatusCode,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<Self, Malformed> {
        if is_tunnel(method, status) {
            return Ok(Framing::Tunnel);
        }
        // Also where there is none, it must not be ambiguous.
        let declared = declared(version, headers)?;
        if method == Method::HEAD || has_no_body(status) {
            return Ok(Framing::NONE);
        }
        Ok(declared.unwrap_or(Framing::UntilClose))
    }
}

/// Whether another protocol follows a response with this status to a request with this method.
pub(in crate::http) fn is_tunnel(method: &Method, status: StatusCode) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || method == Method::CONNECT && status.is_success()
}

/// Whether a response with this status has no body, whatever its head says.
pub(super) fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn declared(version: Version, headers: &HeaderMap) -> Result<Option<Framing>, Malformed> {
    let is_coded = headers.contains_key(TRANSFER_ENCODING);
    if is_coded && headers.contains_key(CONTENT_LENGTH) {
        return Err(Malformed::bad("both Content-Length and Transfer-Encoding"));
    }
    if !is_coded {
        return Ok(declared_length(headers)?.map(Framing::Length));
    }
    if version < Version::HTTP_11 {
        return Err(Malformed::bad("Transfer-Encoding in HTTP/1.0"));
    }
    let codings: Vec<&str> = elements(headers, &TRANSFER_ENCODING).collect();
    let chunked = codings.iter().filter(|coding| coding.eq_ignore_ascii_case("chunked")).count();
    match codings.last() {
        None => Err(Malformed::bad("an empty Transfer-Encoding")),
        Some(last) if chunked > 1 || chunked == 1 && !last.eq_ignore_ascii_case("chunked") => {
            Err(Malformed::bad("chunked is not the last transfer coding, or not the only chunked one"))
        }
        Some(_) if codings.len() == chunked => Ok(Some(Framing::Chunked)),
        Some(_) => {
            let why = format!("the transfer coding {:?} is not known here", codings[0]);
            Err(Malformed::new(StatusCode::NOT_IMPLEMENTED, why))
        }
    }
}

/// The one `Content-Length`, in digits and nothing else.
pub(super) fn declared_length(headers: &HeaderMap) -> Result<Option<u64>, Malformed> {
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(None) };
    if headers.get_all(CONTENT_LENGTH).iter().nth(1).is_some() {
        return Err(Malformed::bad("more than one Content-Length"));
    }
    let digits = length.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed::bad("a Content-Length that is no number"));
    }
    let number = length.to_str().ok().and_then(|digits| digits.parse().ok());
    number.map(Some).ok_or_else(|| Malformed::bad("a Content-Length that is too large"))
}

//! Writes messages: their heads, and their bodies in the framing that the heads say.
//!
//! A body has one framing, chosen here. What a user's head says of framing and of the connection is checked or
//! replaced, so that no answer can be understood in two ways.

use std::collections::VecDeque;
use std::fmt;

use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};

use super::fields::has_token;
use super::framing::{declared_length, has_no_body, is_tunnel};
use crate::http::{RequestHead, ResponseHead};

/// What is between two neighbours only. It is this side's business, not that of whoever made the head.
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// How much of a message's body is known when its head is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::http) enum Shape {
    /// It has this many bytes.
    Whole(u64),
    /// Its end will come.
    Stream,
}

/// What is wrong with a head that was to be written. Nothing of it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::http) struct HeadFault(pub(in crate::http) String);

impl fmt::Display for HeadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes one message's body.
#[derive(Debug)]
pub(in crate::http) struct Encoder {
    way: Way,
    /// Bytes that were given and had no place.
    excess: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// So many bytes are missing.
    Length(u64),
    Chunked,
    UntilClose,
    /// There is none on the wire, whatever is given.
    Nothing,
}

/// What an answer is an answer to.
#[derive(Clone, Debug)]
pub(in crate::http) struct Asked {
    pub(in crate::http) method: Method,
    pub(in crate::http) version: Version,
}

/// Whether the connection goes on after a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::http) enum Persistence {
    KeepAlive,
    Close,
}

impl Encoder {
    /// Writes the head of a final answer. Says what is true of the connection in the end: it must close if the
    /// head says so, or if nothing else tells the body's end.
    pub(in crate::http) fn response(
        head: &ResponseHead,
        asked: &Asked,
        shape: Shape,
        mut persistence: Persistence,
        date: &HeaderValue,
        into: &mut Vec<u8>,
    ) -> Result<(Self, Persistence), HeadFault> {
        let (status, headers) = (head.status(), head.headers());
        refuse_codings(headers)?;
        let said = said_length(headers)?;
        let is_tunnel = is_tunnel(&asked.method, status);
        let length = match shape {
            _ if is_tunnel || status == StatusCode::NO_CONTENT => None,
            Shape::Whole(length) => {
                if let Some(said) = said.filter(|said| *said != length && asked.method != Method::HEAD) {
                    return Err(HeadFault(format!(
                        "Content-Length says {said}, and the body has {length} bytes"
                    )));
                }
                said.or_else(|| (status != StatusCode::NOT_MODIFIED).then_some(length))
            }
            Shape::Stream => said,
        };
        let is_chunked = length.is_none() && asked.version >= Version::HTTP_11;
        let way = if is_tunnel {
            Way::UntilClose
        } else if asked.method == Method::HEAD || has_no_body(status) {
            Way::Nothing
        } else if let Some(length) = length {
            Way::Length(length)
        } else if is_chunked {
            Way::Chunked
        } else {
            Way::UntilClose
        };
        if has_token(headers, &CONNECTION, "close") || way == Way::UntilClose && !is_tunnel {
            persistence = Persistence::Close;
        }
        write_status(status, into);
        if !headers.contains_key(DATE) {
            field(&DATE, date, into);
        }
        write_fields(headers, |name| *name != UPGRADE || upgrades(status), into);
        if let Some(length) = length {
            write_length(length, into);
        } else if way == Way::Chunked {
            into.extend_from_slice(b"transfer-encoding: chunked\r\n");
        }
        into.extend_from_slice(match (persistence, asked.version) {
            _ if upgrades(status) => b"connection: upgrade\r\n",
            _ if is_tunnel => b"",
            (Persistence::Close, _) => b"connection: close\r\n",
            (Persistence::KeepAlive, Version::HTTP_10) => b"connection: keep-alive\r\n",
            (Persistence::KeepAlive, _) => b"",
        });
        into.extend_from_slice(b"\r\n");
        Ok((Encoder { way, excess: 0 }, persistence))
    }

    /// Writes the head of a request. `shape` is `None` for one that has no body.
    pub(in crate::http) fn request(
        head: &RequestHead,
        shape: Option<Shape>,
        into: &mut Vec<u8>,
    ) -> Result<Self, HeadFault> {
        let (method, headers) = (head.method(), head.headers());
        refuse_codings(headers)?;
        let said = said_length(headers)?;
        let length = match shape {
            None => said.filter(|said| *said > 0).map_or(Ok(None), |said| {
                Err(HeadFault(format!("Content-Length says {said}, and there is no body")))
            })?,
            Some(Shape::Stream) => said,
            Some(Shape::Whole(length)) if said.is_some_and(|said| said != length) => {
                return Err(HeadFault(format!("Content-Length is not that of the body, {length}")));
            }
            Some(Shape::Whole(length)) => Some(length),
        };
        let way = match (shape, length) {
            (None, _) => Way::Nothing,
            (Some(_), Some(length)) => Way::Length(length),
            (Some(_), None) => Way::Chunked,
        };
        into.extend_from_slice(method.as_str().as_bytes());
        into.push(b' ');
        into.extend_from_slice(target(method, head.uri()).as_bytes());
        into.extend_from_slice(b" HTTP/1.1\r\n");
        write_fields(headers, |_| true, into);
        match (way, length) {
            (Way::Chunked, _) => into.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            (_, Some(length)) => write_length(length, into),
            // Those that mostly have a body say that this one has none.
            _ if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => write_length(0, into),
            _ => {}
        }
        if let Some(connection) = headers.get(CONNECTION) {
            field(&CONNECTION, connection, into);
        }
        into.extend_from_slice(b"\r\n");
        Ok(Encoder { way, excess: 0 })
    }

    /// Writes the head of an answer that another will follow, such as 103.
    pub(in crate::http) fn interim(head: &ResponseHead, into: &mut Vec<u8>) {
        write_status(head.status(), into);
        write_fields(head.headers(), |name| *name != UPGRADE && *name != DATE, into);
        into.extend_from_slice(b"\r\n");
    }

    /// Puts a piece of the body into its frame. Returns how many of its bytes are in the body.
    pub(in crate::http) fn chunk(&mut self, mut data: Vec<u8>, into: &mut VecDeque<Vec<u8>>) -> u64 {
        let mut taken = data.len() as u64;
        match &mut self.way {
            Way::Length(left) => {
                let fits = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                self.excess += (data.len() - fits) as u64;
                data.truncate(fits);
                taken = fits as u64;
                *left -= taken;
            }
            Way::Chunked => {
                if data.is_empty() {
                    return 0;
                }
                let mut framed = format!("{:x}\r\n", data.len()).into_bytes();
                framed.reserve_exact(data.len() + 2);
                framed.extend_from_slice(&data);
                framed.extend_from_slice(b"\r\n");
                data = framed;
            }
            Way::UntilClose => {}
            Way::Nothing => {
                self.excess += taken;
                return 0;
            }
        }
        append(data, into);
        taken
    }

    /// Ends the body. Fails if it is shorter than its head says.
    pub(in crate::http) fn end(&mut self, into: &mut VecDeque<Vec<u8>>) -> Result<(), HeadFault> {
        match std::mem::replace(&mut self.way, Way::Nothing) {
            Way::Length(left) if left > 0 => {
                Err(HeadFault(format!("the body is {left} bytes shorter than its Content-Length says")))
            }
            Way::Chunked => {
                append(b"0\r\n\r\n".to_vec(), into);
                Ok(())
            }
            Way::Length(_) | Way::UntilClose | Way::Nothing => Ok(()),
        }
    }

    /// Whether the reader knows without the end of the connection that a body was cut.
    pub(in crate::http) fn tells_its_end(&self) -> bool {
        self.way != Way::UntilClose
    }

    /// How many bytes were given that had no place in the message.
    pub(in crate::http) fn excess(&self) -> u64 {
        self.excess
    }
}

/// How much is gathered into one message to the connection.
const GATHERED: usize = 16 * 1024;

/// Adds bytes to what is to be sent: small pieces together, large ones as they are.
pub(in crate::http) fn append(data: Vec<u8>, into: &mut VecDeque<Vec<u8>>) {
    match into.back_mut() {
        Some(last) if last.len() + data.len() <= GATHERED => last.extend_from_slice(&data),
        _ if data.is_empty() => {}
        _ => into.push_back(data),
    }
}

/// What a request asks for, in the form that servers expect.
fn target(method: &Method, uri: &Uri) -> String {
    match (uri.authority(), uri.path_and_query().map_or("", |path| path.as_str())) {
        (Some(authority), _) if *method == Method::CONNECT => authority.to_string(),
        (_, "") => "/".to_owned(),
        (_, query) if query.starts_with('?') => format!("/{query}"),
        (_, path) => path.to_owned(),
    }
}

fn upgrades(status: StatusCode) -> bool {
    matches!(status, StatusCode::SWITCHING_PROTOCOLS | StatusCode::UPGRADE_REQUIRED)
}

fn refuse_codings(headers: &HeaderMap) -> Result<(), HeadFault> {
    match headers.get(TRANSFER_ENCODING) {
        Some(coding) => Err(HeadFault(format!(
            "Transfer-Encoding: {coding:?} is not for a handler to say: leave it out, and chunks are sent as chunks"
        ))),
        None => Ok(()),
    }
}

/// The `Content-Length` that the head has.
fn said_length(headers: &HeaderMap) -> Result<Option<u64>, HeadFault> {
    declared_length(headers).map_err(|malformed| HeadFault(malformed.why.into_owned()))
}

fn write_status(status: StatusCode, into: &mut Vec<u8>) {
    into.extend_from_slice(b"HTTP/1.1 ");
    into.extend_from_slice(status.as_str().as_bytes());
    into.push(b' ');
    into.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    into.extend_from_slice(b"\r\n");
}

fn write_fields(headers: &HeaderMap, also: impl Fn(&HeaderName) -> bool, into: &mut Vec<u8>) {
    let own = [CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, CONTENT_LENGTH, TE, TRAILER];
    for (name, value) in headers {
        if !own.contains(name) && also(name) {
            field(name, value, into);
        }
    }
}

fn write_length(length: u64, into: &mut Vec<u8>) {
    into.extend_from_slice(b"content-length: ");
    into.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
    into.extend_from_slice(b"\r\n");
}

fn field(name: &HeaderName, value: &HeaderValue, into: &mut Vec<u8>) {
    into.extend_from_slice(name.as_str().as_bytes());
    into.extend_from_slice(b": ");
    into.extend_from_slice(value.as_bytes());
    into.extend_from_slice(b"\r\n");
}

//! What is read of any bytes, in one role and the other, for the tests and the fuzzer.

use std::rc::Rc;

use http::{HeaderMap, Method};

use super::decoder::{Decoder, Event, Requests, Responses, Role};
use super::framing::Framing;
use crate::http::limits::HttpLimits;

/// What was read, with the pieces of bodies joined.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Seen {
    Head(String, Framing),
    Body(Vec<u8>),
    End(HeaderMap),
    Refused(u16, String),
    /// At the end of the input.
    Cut(String),
}

fn limits() -> Rc<HttpLimits> {
    let mut limits = HttpLimits::new();
    (limits.request_line, limits.header, limits.head, limits.headers) = (60, 60, 160, 6);
    limits.body = Some(100);
    Rc::new(limits)
}

/// Reads these slices, message after message.
pub(super) fn read<R: Role>(role: R, slices: &[&[u8]]) -> Vec<Seen>
where
    R::Head: std::fmt::Debug,
{
    let mut decoder = Decoder::new(role, limits());
    let mut seen = Vec::new();
    for slice in slices {
        let mut rest = *slice;
        loop {
            match decoder.read(rest) {
                Ok((taken, event)) => {
                    rest = &rest[taken..];
                    match event {
                        None if rest.is_empty() => break,
                        None => panic!("nothing was read of {rest:?}"),
                        Some(Event::Head(head, framing)) => {
                            seen.push(Seen::Head(format!("{head:?}"), framing))
                        }
                        Some(Event::Chunk(chunk)) => match seen.last_mut() {
                            Some(Seen::Body(body)) => body.extend_from_slice(chunk),
                            _ => seen.push(Seen::Body(chunk.to_vec())),
                        },
                        Some(Event::End(trailers)) => {
                            seen.push(Seen::End(trailers));
                            decoder.next_message();
                        }
                    }
                }
                Err(malformed) => {
                    seen.push(Seen::Refused(malformed.status.as_u16(), malformed.to_string()));
                    return seen;
                }
            }
        }
    }
    if let Err(malformed) = decoder.end() {
        seen.push(Seen::Cut(malformed.to_string()));
    }
    seen
}

/// Whatever comes is read the same however it is cut: as requests, if the first byte is even, or else as responses.
pub(crate) fn http(data: &[u8]) {
    let [first, cut, bytes @ ..] = data else { return };
    let methods = [Method::GET, Method::HEAD, Method::CONNECT, Method::POST];
    let pieces: Vec<&[u8]> = bytes.chunks(1 + usize::from(*cut)).collect();
    let read = |slices: &[&[u8]]| match first % 2 {
        0 => read(Requests, slices),
        _ => read(Responses { method: methods[usize::from(first / 2) % methods.len()].clone() }, slices),
    };
    assert_eq!(read(&[bytes]), read(&pieces));
}

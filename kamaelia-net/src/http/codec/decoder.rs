//! Reads the messages of one direction of a connection, one after another.

use std::rc::Rc;

use http::{HeaderMap, Method};

use super::body::{Body, check_length};
use super::chunked::Piece;
use super::framing::Framing;
use super::head::{HeadReader, Section, split};
use super::malformed::Malformed;
use super::request::read_request;
use super::response::read_response;
use crate::http::limits::HttpLimits;
use crate::http::{RequestHead, ResponseHead};

/// What came off a connection.
#[derive(Debug)]
pub(in crate::http) enum Event<'a, H> {
    /// A whole head, and how its body comes.
    Head(H, Framing),
    /// A piece of the body, never empty: the last of the bytes that were taken.
    Chunk(&'a [u8]),
    /// The end of the message, with what was told after the body.
    End(HeaderMap),
}

/// How many bytes were taken, and what they were.
pub(in crate::http) type Read<'a, H> = Result<(usize, Option<Event<'a, H>>), Malformed>;

/// What differs between the two directions.
pub(in crate::http) trait Role {
    type Head;

    fn read(
        &mut self,
        line: &[u8],
        fields: &[u8],
        limits: &HttpLimits,
    ) -> Result<(Self::Head, Framing), Malformed>;
}

/// Reads requests.
pub(in crate::http) struct Requests;

impl Role for Requests {
    /// It is handed on several times.
    type Head = Box<RequestHead>;

    fn read(
        &mut self,
        line: &[u8],
        fields: &[u8],
        limits: &HttpLimits,
    ) -> Result<(Box<RequestHead>, Framing), Malformed> {
        let head = read_request(line, fields, limits)?;
        let framing = Framing::of_request(head.method(), head.version(), head.headers())?;
        Ok((head, framing))
    }
}

/// Reads responses, the next of which answers a request with this method.
pub(in crate::http) struct Responses {
    pub(in crate::http) method: Method,
}

impl Role for Responses {
    type Head = ResponseHead;

    fn read(
        &mut self,
        line: &[u8],
        fields: &[u8],
        limits: &HttpLimits,
    ) -> Result<(ResponseHead, Framing), Malformed> {
        let head = read_response(line, fields, limits)?;
        let framing = Framing::of_response(&self.method, head.status(), head.version(), head.headers())?;
        Ok((head, framing))
    }
}

/// Reads messages. The numbers of its states are in the drawing of the module.
pub(in crate::http) struct Decoder<R> {
    pub(in crate::http) role: R,
    limits: Rc<HttpLimits>,
    state: State,
}

enum State {
    Head(HeadReader),
    Body(Body),
    /// Until somebody asks for the next.
    Ended,
    Broken(Malformed),
}

impl<R: Role> Decoder<R> {
    pub(in crate::http) fn new(role: R, limits: Rc<HttpLimits>) -> Self {
        Decoder { role, limits, state: State::Head(HeadReader::new(Section::Head)) }
    }

    /// Takes bytes up to the next event, and returns how many. Without an event all were taken, and more are
    /// needed; after the end of a message there is none, and nothing is taken.
    ///
    /// It may have an event without any bytes: so it is asked until it has none.
    pub(in crate::http) fn read<'a>(&mut self, input: &'a [u8]) -> Read<'a, R::Head> {
        let outcome = self.step(input);
        if let Err(malformed) = &outcome {
            // (4)
            self.state = State::Broken(malformed.clone());
        }
        outcome
    }

    fn step<'a>(&mut self, input: &'a [u8]) -> Read<'a, R::Head> {
        match &mut self.state {
            State::Head(reader) => {
                let (taken, head) = reader.read(input, &self.limits)?;
                let Some(head) = head else { return Ok((taken, None)) };
                let (line, fields) = split(head);
                let (head, framing) = self.role.read(line, fields, &self.limits)?;
                if let Framing::Length(length) = framing {
                    check_length(length, &self.limits)?;
                }
                // (1)
                self.state = State::Body(Body::new(framing));
                Ok((taken, Some(Event::Head(head, framing))))
            }
            State::Body(body) => {
                let (taken, piece) = body.read(input, &self.limits)?;
                let event = match piece {
                    Piece::Data([]) | Piece::Nothing => None,
                    Piece::Data(data) => Some(Event::Chunk(data)),
                    Piece::End(trailers) => {
                        // (2), (3)
                        self.state = State::Ended;
                        Some(Event::End(trailers))
                    }
                };
                Ok((taken, event))
            }
            State::Ended => Ok((0, None)),
            State::Broken(malformed) => Err(malformed.clone()),
        }
    }

    /// Goes on to the next message (5).
    pub(in crate::http) fn next_message(&mut self) {
        if matches!(self.state, State::Ended) {
            self.state = State::Head(HeadReader::new(Section::Head));
        }
    }

    /// Whether a message has begun and not ended.
    pub(in crate::http) fn is_within_a_message(&self) -> bool {
        match &self.state {
            State::Head(reader) => !reader.is_empty(),
            State::Body(_) => true,
            State::Ended | State::Broken(_) => false,
        }
    }

    /// How many bytes of the body are known to be missing.
    pub(in crate::http) fn missing(&self) -> u64 {
        match &self.state {
            State::Body(body) => body.missing(),
            _ => 0,
        }
    }

    /// The connection has ended: says what is missing. `Ok(true)` if this ended a message.
    pub(in crate::http) fn end(&mut self) -> Result<bool, Malformed> {
        match &self.state {
            State::Head(reader) if reader.is_empty() => Ok(false),
            State::Head(_) => Err(Malformed::bad("the head was cut")),
            State::Body(body) => {
                body.is_cut()?;
                self.state = State::Ended;
                Ok(true)
            }
            State::Ended => Ok(false),
            State::Broken(malformed) => Err(malformed.clone()),
        }
    }
}

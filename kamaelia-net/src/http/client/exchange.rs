//! One request on a connection and its answer, piece by piece.

use std::rc::Rc;
use std::time::Instant;

use axon::chassis::FromMessage;
use axon::util::Chunk;
use axon::{Context, Ending, INBOX, time_after};
use http::header::CONNECTION;
use http::{StatusCode, Version};

use super::http_error::{HttpError, Phase};
use super::link::Link;
use super::request::write_request;
use crate::http::body_watch::BodyWatch;
use crate::http::codec::{Decoder, Encoder, Event, Framing, Responses, Shape, append, has_token};
use crate::http::limits::HttpLimits;
use crate::http::{RequestHead, ResponseHead};

/// How many answers such as 103 may come before the final one.
const MOST_INTERIM: usize = 32;

/// How many bytes of a whole body are handed to the connection at a time.
const PIECE: usize = 16 * 1024;

/// The body of a request.
pub(super) enum Outgoing {
    Nothing,
    Whole(Vec<u8>),
    /// What arrives in `inbox`, until the component is told `producerFinished`.
    Inbox,
}

/// What comes of an answer.
pub(super) enum Piece {
    Head(ResponseHead),
    Chunk(Vec<u8>),
    /// The end; whether the connection can be used again.
    End(Reuse),
    /// After this head the connection speaks another protocol.
    Upgraded(ResponseHead),
}

/// Whether a connection can be used for another request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reuse {
    Possible,
    Impossible,
}

/// A request under way.
pub(super) struct Exchange {
    url: String,
    decoder: Decoder<Responses>,
    limits: Rc<HttpLimits>,
    /// While the body is sent.
    sending: Option<Encoder>,
    /// When all was sent.
    sent: Option<Instant>,
    watch: BodyWatch,
    interim: usize,
    /// The answer in progress is one such as 103.
    is_interim: bool,
    is_begun: bool,
    reuse: Reuse,
    /// What is wrong with a part of the request's body, which is a mistake in the program.
    complaint: Option<String>,
}

impl Exchange {
    /// Begins: what of the request is known is on its way.
    pub(super) fn begin(
        link: &mut Link,
        request: &RequestHead,
        body: Outgoing,
        limits: &Rc<HttpLimits>,
    ) -> Result<Self, HttpError> {
        let url = request.uri().to_string();
        let shape = match &body {
            Outgoing::Nothing => None,
            Outgoing::Whole(body) => Some(Shape::Whole(body.len() as u64)),
            Outgoing::Inbox => Some(Shape::Stream),
        };
        let mut bytes = Vec::new();
        let mut encoder = write_request(request, shape, &mut bytes)
            .map_err(|fault| HttpError::new(Phase::Request, &url, fault))?;
        append(bytes, &mut link.output.0);
        let sending = match body {
            Outgoing::Nothing => None,
            Outgoing::Whole(body) => {
                // In pieces, so that it counts as sent when the connection has taken it, and not before.
                for piece in body.chunks(PIECE) {
                    encoder.chunk(piece.to_vec(), &mut link.output.0);
                }
                None
            }
            Outgoing::Inbox => Some(encoder),
        };
        let closes = has_token(request.headers(), &CONNECTION, "close");
        Ok(Exchange {
            url,
            decoder: Decoder::new(Responses { method: request.method().clone() }, Rc::clone(limits)),
            limits: Rc::clone(limits),
            sending,
            sent: None,
            watch: BodyWatch::new(limits),
            interim: 0,
            is_interim: false,
            is_begun: false,
            reuse: if closes { Reuse::Impossible } else { Reuse::Possible },
            complaint: None,
        })
    }

    /// Whether a byte of an answer has come. Until then a request that changes nothing can be made again.
    pub(super) fn is_begun(&self) -> bool {
        self.is_begun || self.decoder.is_within_a_message()
    }

    /// Why the program, and not the request, has failed.
    pub(super) fn complaint(&mut self) -> Option<axon::Error> {
        self.complaint.take().map(Into::into)
    }

    fn fails(&self, why: impl std::fmt::Display) -> HttpError {
        let phase = match (self.is_begun, self.sent) {
            (true, _) => Phase::Body,
            (false, Some(_)) => Phase::Answer,
            (false, None) => Phase::Send,
        };
        HttpError::new(phase, &self.url, why)
    }

    /// The next piece of the answer. The request's body goes out meanwhile.
    pub(super) async fn next(&mut self, cx: &Context, link: &mut Link) -> Result<Piece, HttpError> {
        loop {
            if cx.is_told_to_stop() {
                return Err(self.fails("told to stop"));
            }
            self.send(cx, link)?;
            if let Some(piece) = self.read(cx, link)? {
                return Ok(piece);
            }
            if link.has_ended(cx) && cx.data_ready(&link.received) == 0 && link.input.rest().is_empty() {
                return self.end(link);
            }
            let now = cx.now();
            let until = match (self.is_begun, self.sent) {
                (true, _) => Some(self.watch.wait(now)),
                (false, Some(sent)) => Some(time_after(sent, self.limits.answer_timeout)),
                // The connection itself sees to it that the server takes something.
                (false, None) => None,
            };
            match until {
                Some(until) if until <= now => return Err(self.fails("it did not come in time")),
                Some(until) => cx.pause_until(until).await,
                None => cx.pause().await,
            }
        }
    }

    /// Sends what there is room for.
    fn send(&mut self, cx: &Context, link: &mut Link) -> Result<(), HttpError> {
        loop {
            if !link.output.flush(cx, &link.to_send) {
                return Ok(());
            }
            let Some(encoder) = &mut self.sending else {
                self.sent.get_or_insert_with(|| cx.now());
                return Ok(());
            };
            if let Some(message) = cx.recv(INBOX) {
                match Chunk::from_message(message) {
                    Ok(Chunk(bytes)) => {
                        encoder.chunk(bytes, &mut link.output.0);
                    }
                    Err(message) => {
                        let (name, found, shown) = (cx.name(), message.payload_type(), message.excerpt());
                        let why = format!("{name}.{INBOX} expected bytes or text and found {found}: {shown}");
                        let error = HttpError::new(Phase::Request, &self.url, &why);
                        self.complaint = Some(why);
                        return Err(error);
                    }
                }
            } else if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    return Err(self.fails("told to stop"));
                }
                let ended = encoder.end(&mut link.output.0);
                ended.map_err(|fault| HttpError::new(Phase::Request, &self.url, fault))?;
                self.sending = None;
            } else {
                return Ok(());
            }
        }
    }

    /// Reads what has come.
    fn read(&mut self, cx: &Context, link: &mut Link) -> Result<Option<Piece>, HttpError> {
        loop {
            let wrong = |error: axon::Error| HttpError::new(Phase::Body, &self.url, error);
            let has_bytes = link.input.pull(cx, &link.received).map_err(wrong)?;
            let (taken, event) =
                self.decoder.read(link.input.rest()).map_err(|malformed| self.fails(malformed))?;
            let piece = match event {
                None => None,
                Some(Event::Chunk(chunk)) => Some(Err(chunk.len())),
                Some(Event::Head(head, framing)) => Some(Ok(Event::Head(head, framing))),
                Some(Event::End(trailers)) => Some(Ok(Event::End(trailers))),
            };
            link.input.skip(taken);
            match piece {
                None if has_bytes => {}
                None => return Ok(None),
                Some(Err(length)) => {
                    self.watch.came(cx.now(), length);
                    return Ok(Some(Piece::Chunk(link.input.last(length))));
                }
                Some(Ok(Event::Head(head, framing))) => {
                    if let Some(piece) = self.head(head, framing)? {
                        return Ok(Some(piece));
                    }
                }
                Some(Ok(_)) if self.is_interim => {
                    self.is_interim = false;
                    self.decoder.next_message();
                }
                Some(Ok(_)) => return Ok(Some(self.whole(link))),
            }
        }
    }

    /// A head has come.
    fn head(&mut self, head: ResponseHead, framing: Framing) -> Result<Option<Piece>, HttpError> {
        if framing == Framing::Tunnel {
            return Ok(Some(Piece::Upgraded(head)));
        }
        if head.status().is_informational() {
            self.interim += 1;
            self.is_interim = true;
            let limit =
                (self.interim > MOST_INTERIM).then(|| self.fails("too many answers before the final one"));
            return limit.map_or(Ok(None), Err);
        }
        self.is_begun = true;
        let keeps = match head.version() {
            Version::HTTP_10 => has_token(head.headers(), &CONNECTION, "keep-alive"),
            _ => !has_token(head.headers(), &CONNECTION, "close"),
        };
        if !keeps || framing == Framing::UntilClose || head.status() == StatusCode::REQUEST_TIMEOUT {
            self.reuse = Reuse::Impossible;
        }
        if !head.status().is_success() && self.sending.take().is_some() {
            // Refused before the end of the request's body: nobody reads the rest.
            self.reuse = Reuse::Impossible;
        }
        Ok(Some(Piece::Head(head)))
    }

    /// The answer is whole.
    fn whole(&self, link: &Link) -> Piece {
        let is_clean = link.output.0.is_empty() && link.input.rest().is_empty() && self.sending.is_none();
        Piece::End(if is_clean { self.reuse } else { Reuse::Impossible })
    }

    /// The connection has ended.
    fn end(&mut self, link: &Link) -> Result<Piece, HttpError> {
        let ended = self.decoder.end();
        match (&link.ended, ended) {
            (Some(how_died), Ok(true)) if how_died.is_orderly() => Ok(Piece::End(Reuse::Impossible)),
            (_, Err(malformed)) if self.is_begun() => {
                Err(self.fails(format_args!("{malformed}; {}", link.why())))
            }
            _ => Err(self.fails(link.why())),
        }
    }
}

//! The answer of a handler, on its way to the client.

use axon::chassis::FromMessage;
use axon::util::Chunk;
use axon::{Context, Message, OUTBOX};
use http::header::UPGRADE;
use http::{Method, Response, StatusCode, Version};

use super::connection::{HttpConnection, RESPONSE};
use super::exchange::Exchange;
use crate::brief::brief;
use crate::http::ResponseHead;
use crate::http::codec::{Encoder, HeadFault, Persistence, Shape, append, is_tunnel};

/// How many bytes are taken from a handler before they are sent.
const AT_ONCE: usize = 64 * 1024;

/// Room for the usual head and a short body. What is not larger is used again by connections that read.
const USUAL: usize = 128;

/// How far the answer is.
pub(super) enum Answer {
    /// Nothing of it has come.
    Awaited,
    /// Its head was sent.
    Body(Encoder, Persistence),
    Complete(Persistence),
    /// The handler has the connection from now on.
    Tunnel,
}

/// What a handler can send.
pub(super) enum Given {
    Head(ResponseHead),
    Whole(ResponseHead, Vec<u8>),
    Chunk(Vec<u8>),
}

impl Given {
    pub(super) fn whole<B: Into<Vec<u8>>>(response: Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Given::Whole(Response::from_parts(parts, ()), body.into())
    }

    fn read(message: Message) -> Result<Self, HeadFault> {
        let message = match message.into_value::<Vec<u8>>() {
            Ok(bytes) => return Ok(Given::Chunk(bytes)),
            Err(message) => message,
        };
        let message = match message.into_value::<ResponseHead>() {
            Ok(head) => return Ok(Given::Head(head)),
            Err(message) => message,
        };
        let message = match message.into_value::<Response<Vec<u8>>>() {
            Ok(response) => return Ok(Given::whole(response)),
            Err(message) => message,
        };
        let message = match message.into_value::<Response<String>>() {
            Ok(response) => return Ok(Given::whole(response)),
            Err(message) => message,
        };
        let message = match message.into_value::<Response<&'static str>>() {
            Ok(response) => return Ok(Given::whole(response)),
            Err(message) => message,
        };
        match Chunk::from_message(message) {
            Ok(Chunk(bytes)) => Ok(Given::Chunk(bytes)),
            Err(message) => Err(HeadFault(format!(
                "{} is no part of an answer: a Response, bytes or text was expected",
                brief(&format_args!("{message:?}"))
            ))),
        }
    }
}

impl HttpConnection {
    /// Takes what the handler has sent, as far as there is room for it on the way to the client.
    pub(super) fn take_answer(&mut self, cx: &Context, exchange: &mut Exchange) -> Result<(), HeadFault> {
        // It ends when there is no room, and is woken when there is; or when nothing is left to take.
        while self.output.flush(cx, OUTBOX) {
            let mut taken = false;
            while self.output.bytes() < AT_ONCE
                && !matches!(exchange.answer, Answer::Tunnel)
                && let Some(message) = cx.recv(RESPONSE)
            {
                self.put(Given::read(message)?, exchange)?;
                taken = true;
            }
            if !taken {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn put(&mut self, given: Given, exchange: &mut Exchange) -> Result<(), HeadFault> {
        match (&mut exchange.answer, given) {
            (Answer::Awaited, Given::Head(head)) => self.put_head(&head, Shape::Stream, exchange),
            (Answer::Awaited, Given::Whole(head, body)) => {
                self.put_head(&head, Shape::Whole(body.len() as u64), exchange)?;
                self.put(Given::Chunk(body), exchange)?;
                self.end_answer(exchange)
            }
            (Answer::Awaited, Given::Chunk(chunk)) => {
                self.put_head(&Response::new(()), Shape::Stream, exchange)?;
                self.put(Given::Chunk(chunk), exchange)
            }
            (Answer::Body(encoder, _), Given::Chunk(chunk)) => {
                exchange.sent += encoder.chunk(chunk, &mut self.output.0);
                Ok(())
            }
            (Answer::Complete(_) | Answer::Tunnel, Given::Chunk(chunk)) => {
                if !chunk.is_empty() {
                    log::warn!("{} bytes after the end of an answer were left out", chunk.len());
                }
                Ok(())
            }
            (_, Given::Head(head) | Given::Whole(head, _)) => {
                Err(HeadFault(format!("a second head, with the status {}", head.status())))
            }
        }
    }

    fn put_head(
        &mut self,
        head: &ResponseHead,
        shape: Shape,
        exchange: &mut Exchange,
    ) -> Result<(), HeadFault> {
        let status = head.status();
        if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
            if exchange.asked.version == Version::HTTP_11 {
                let mut bytes = Vec::new();
                Encoder::interim(head, &mut bytes);
                append(bytes, &mut self.output.0);
            }
            if status == StatusCode::CONTINUE {
                exchange.expects = None;
            }
            return Ok(());
        }
        if status == StatusCode::SWITCHING_PROTOCOLS
            && !(exchange.upgrade && head.headers().contains_key(UPGRADE))
        {
            let why = "101 is for a request of HTTP/1.1 with Upgrade and without a body, and names the protocol in Upgrade";
            return Err(HeadFault(why.to_owned()));
        }
        let is_last = self.requests >= self.limits.requests;
        let closes = is_last || self.news.draining.is_some() || exchange.expects.is_some();
        let persistence = if closes { Persistence::Close } else { exchange.wishes };
        let mut bytes = self.input.spare(USUAL);
        bytes.reserve(USUAL);
        let date = self.site.date();
        let (encoder, persistence) =
            Encoder::response(head, &exchange.asked, shape, persistence, &date, &mut bytes)?;
        append(bytes, &mut self.output.0);
        exchange.status = Some(status);
        exchange.answer = match is_tunnel(&exchange.asked.method, status) {
            true => Answer::Tunnel,
            false => Answer::Body(encoder, persistence),
        };
        Ok(())
    }

    /// The handler has sent all: ends the body, if it has not ended by itself. One that sent nothing answers 200
    /// with nothing.
    pub(super) fn end_answer(&mut self, exchange: &mut Exchange) -> Result<(), HeadFault> {
        match &mut exchange.answer {
            Answer::Awaited => self.put(Given::Whole(Response::new(()), Vec::new()), exchange),
            Answer::Body(encoder, persistence) => {
                encoder.end(&mut self.output.0)?;
                if encoder.excess() > 0 && exchange.asked.method != Method::HEAD {
                    let peer = self.connection.peer;
                    log::warn!("{} bytes too many in an answer to {peer} were left out", encoder.excess());
                }
                exchange.answer = Answer::Complete(*persistence);
                Ok(())
            }
            Answer::Complete(_) | Answer::Tunnel => Ok(()),
        }
    }

    /// Answers with a page of this side.
    pub(super) fn answer_with(&mut self, page: Response<String>, exchange: &mut Exchange) {
        // Nothing is wrong with the heads of such pages.
        let _ = self.put(Given::whole(page), exchange);
    }
}

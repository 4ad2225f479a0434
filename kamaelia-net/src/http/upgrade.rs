//! What a client needs whose protocol begins as HTTP: its request as bytes, and the head of the answer.

use std::rc::Rc;

use http::StatusCode;

use super::client::write_request;
use super::codec::{Decoder, Event, Responses};
use super::limits::HttpLimits;
use super::{RequestHead, ResponseHead};

/// The bytes of a request without a body.
///
/// # Errors
///
/// What is wrong with its headers.
pub(crate) fn request_bytes(request: &RequestHead) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    write_request(request, None, &mut bytes).map_err(|fault| fault.0)?;
    Ok(bytes)
}

/// Reads the head of the answer to a request.
pub(crate) struct HeadReader {
    decoder: Decoder<Responses>,
    unread: Vec<u8>,
}

impl HeadReader {
    pub(crate) fn new(request: &RequestHead, limits: HttpLimits) -> Self {
        let role = Responses { method: request.method().clone() };
        HeadReader { decoder: Decoder::new(role, Rc::new(limits)), unread: Vec::new() }
    }

    /// Takes what has come. When the head has come whole: the head, and what came after it.
    ///
    /// # Errors
    ///
    /// Why it is no answer.
    pub(crate) fn read(&mut self, mut bytes: Vec<u8>) -> Result<Option<(ResponseHead, Vec<u8>)>, String> {
        self.unread.append(&mut bytes);
        loop {
            let (taken, event) =
                self.decoder.read(&self.unread).map_err(|malformed| malformed.to_string())?;
            let mut is_over = false;
            let head = match event {
                Some(Event::Head(head, _)) => Some(head).filter(|head| is_final(head.status())),
                Some(Event::End(_)) => {
                    is_over = true;
                    None
                }
                Some(Event::Chunk(_)) => None,
                None => {
                    self.unread.drain(..taken);
                    return Ok(None);
                }
            };
            self.unread.drain(..taken);
            if let Some(head) = head {
                return Ok(Some((head, std::mem::take(&mut self.unread))));
            }
            if is_over {
                self.decoder.next_message();
            }
        }
    }
}

/// Whether no other answer follows one with this status.
fn is_final(status: StatusCode) -> bool {
    !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_in_any_pieces_and_what_follows_it_is_handed_over() {
        let bytes =
            b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 101 Go on\r\nupgrade: x\r\n\r\nrest";
        for size in [1, 7, bytes.len()] {
            let mut reader = HeadReader::new(&RequestHead::new(()), HttpLimits::new());
            let mut answer = None;
            let mut after = Vec::new();
            for piece in bytes.chunks(size) {
                match &mut answer {
                    Some(_) => after.extend_from_slice(piece),
                    None => answer = reader.read(piece.to_vec()).unwrap(),
                }
            }
            let (head, rest) = answer.expect("it is whole");
            assert_eq!((head.status().as_u16(), [rest, after].concat()), (101, b"rest".to_vec()), "{size}");
        }
        let mut reader = HeadReader::new(&RequestHead::new(()), HttpLimits::new());
        assert!(reader.read(b"SSH-2.0-x\r\n\r\n".to_vec()).is_err());
    }
}

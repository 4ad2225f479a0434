//! The protocol of NATS, without a socket: bytes into what the server says, and what a client says into bytes.

use super::header;
use super::info::ServerInfo;
use super::message::NatsMessage;

/// How long a line of control may be. The longest is `INFO`, which lists the servers of a cluster.
const LONGEST_LINE: usize = 64 * 1024;

/// What a server says.
#[derive(Debug)]
pub(super) enum Said {
    Info(Box<ServerInfo>),
    Message(NatsMessage),
    Ping,
    Pong,
    Ok,
    Error(String),
}

/// Finds in a stream of bytes what the server says.
pub(super) struct Decoder {
    bytes: Vec<u8>,
    /// How many of the bytes have been understood.
    taken: usize,
    /// How many bytes, from `taken` on, are known to hold no end of a line.
    searched: usize,
    /// The longest message that is taken, with its headers.
    longest: usize,
    /// The message whose line was read and whose bytes are awaited.
    begun: Option<Begun>,
}

struct Begun {
    subject: String,
    reply: Option<String>,
    headers: usize,
    total: usize,
}

impl Decoder {
    pub(super) fn new(longest: usize) -> Self {
        Decoder { bytes: Vec::new(), taken: 0, searched: 0, longest, begun: None }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next thing that the server says, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// What is wrong with it. Nothing after it can be understood.
    pub(super) fn next(&mut self) -> Result<Option<Said>, String> {
        if self.begun.is_none() {
            let Some(line) = self.line()? else { return Ok(None) };
            match self.understand(&line)? {
                Line::Said(said) => return Ok(Some(said)),
                Line::Begun(begun) => self.begun = Some(begun),
            }
        }
        let Some(begun) = &self.begun else { return Ok(None) };
        let rest = &self.bytes[self.taken..];
        if rest.len() < begun.total + 2 {
            return Ok(None);
        }
        let (body, end) = rest.split_at(begun.total);
        if !end.starts_with(b"\r\n") {
            return Err(format!("the message at {:?} is longer than its line said", begun.subject));
        }
        let (headers, payload) = body.split_at(begun.headers);
        let headers = if headers.is_empty() { Vec::new() } else { header::read(headers)? };
        let payload = payload.to_vec();
        self.taken += begun.total + 2;
        let Some(begun) = self.begun.take() else { return Ok(None) };
        let message = NatsMessage::received(begun.subject, begun.reply, headers, payload);
        Ok(Some(Said::Message(message)))
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<Option<String>, String> {
        let rest = &self.bytes[self.taken..];
        let Some(end) = rest[self.searched..].iter().position(|byte| *byte == b'\n') else {
            if rest.len() > LONGEST_LINE {
                return Err(format!("a line of more than {LONGEST_LINE} bytes"));
            }
            self.searched = rest.len();
            return Ok(None);
        };
        let line = &rest[..self.searched + end];
        if line.len() > LONGEST_LINE {
            return Err(format!("a line of more than {LONGEST_LINE} bytes"));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|_| "a line that is not UTF-8".to_owned())?.to_owned();
        self.taken += self.searched + end + 1;
        self.searched = 0;
        Ok(Some(line))
    }

    fn understand(&self, line: &str) -> Result<Line, String> {
        let (name, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let rest = rest.trim();
        let said = match name.to_ascii_uppercase().as_str() {
            "MSG" => return self.begin(rest, Parts::Payload).map(Line::Begun),
            "HMSG" => return self.begin(rest, Parts::HeadersAndPayload).map(Line::Begun),
            "PING" => Said::Ping,
            "PONG" => Said::Pong,
            "+OK" => Said::Ok,
            "-ERR" => Said::Error(rest.trim_matches('\'').to_owned()),
            "INFO" => Said::Info(Box::new(ServerInfo::read(rest)?)),
            _ => return Err(format!("{:?} is nothing that a NATS server says", excerpt(line))),
        };
        Ok(Line::Said(said))
    }

    fn begin(&self, rest: &str, parts: Parts) -> Result<Begun, String> {
        let wrong = || format!("{:?} announces no message", excerpt(rest));
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let lengths = match parts {
            Parts::Payload => 1,
            Parts::HeadersAndPayload => 2,
        };
        let (subject, subscription, reply) =
            match *words.get(..words.len().saturating_sub(lengths)).unwrap_or(&[]) {
                [subject, subscription] => (subject, subscription, None),
                [subject, subscription, reply] => (subject, subscription, Some(reply.to_owned())),
                _ => return Err(wrong()),
            };
        let total = number(words[words.len() - 1])?;
        let headers = match parts {
            Parts::Payload => 0,
            Parts::HeadersAndPayload => number(words[words.len() - 2])?,
        };
        if headers > total {
            return Err(wrong());
        }
        if total > self.longest {
            return Err(format!(
                "a message of {total} bytes at {subject:?}; at most {} are taken",
                self.longest
            ));
        }
        subscription.parse::<u64>().map_err(|_| wrong())?;
        Ok(Begun { subject: subject.to_owned(), reply, headers, total })
    }
}

enum Line {
    Said(Said),
    Begun(Begun),
}

#[derive(Clone, Copy)]
enum Parts {
    Payload,
    HeadersAndPayload,
}

/// The beginning of a line, for an error.
fn excerpt(line: &str) -> String {
    line.chars().take(60).collect()
}

/// `PUB`, or `HPUB` if the message has headers.
pub(super) fn publish(into: &mut Vec<u8>, message: &NatsMessage) {
    let reply = message.reply().map(|reply| format!(" {reply}")).unwrap_or_default();
    let payload = message.payload();
    let headers = header::write(message);
    let line = match headers.len() {
        0 => format!("PUB {}{reply} {}\r\n", message.subject(), payload.len()),
        length => format!("HPUB {}{reply} {length} {}\r\n", message.subject(), length + payload.len()),
    };
    for part in [line.as_bytes(), &headers, payload, b"\r\n"] {
        into.extend_from_slice(part);
    }
}

/// `SUB`.
pub(super) fn subscribe(into: &mut Vec<u8>, subject: &str, group: Option<&str>, number: u64) {
    let group = group.map(|group| format!("{group} ")).unwrap_or_default();
    into.extend_from_slice(format!("SUB {subject} {group}{number}\r\n").as_bytes());
}

/// `UNSUB`.
pub(super) fn unsubscribe(into: &mut Vec<u8>, number: u64) {
    into.extend_from_slice(format!("UNSUB {number}\r\n").as_bytes());
}

/// How many bytes `message` has on the wire beside its line: what the server's `max_payload` limits.
pub(super) fn weight(message: &NatsMessage) -> usize {
    header::write(message).len() + message.payload().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(decoder: &mut Decoder) -> Result<Vec<Said>, String> {
        std::iter::from_fn(|| decoder.next().transpose()).collect()
    }

    fn said(bytes: &[u8]) -> Result<Vec<Said>, String> {
        let mut decoder = Decoder::new(1000);
        decoder.feed(bytes);
        all(&mut decoder)
    }

    #[test]
    fn what_a_server_says_is_understood_however_it_is_cut() {
        let bytes = b"INFO {\"max_payload\":1000}\r\nPING\r\n+OK\r\nMSG a.b 7 3\r\nxyz\r\n\
            HMSG a 8 back 24 27\r\nNATS/1.0\r\nKey: value\r\n\r\n123\r\n-ERR 'Slow Consumer'\r\npong\r\n";
        let whole = format!("{:?}", said(bytes).unwrap());
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::new(1000);
            decoder.feed(&bytes[..cut]);
            let mut found = all(&mut decoder).unwrap();
            decoder.feed(&bytes[cut..]);
            found.extend(all(&mut decoder).unwrap());
            assert_eq!(format!("{found:?}"), whole, "cut at {cut}");
        }
        let [_, _, _, Said::Message(plain), Said::Message(headed), Said::Error(error), Said::Pong] =
            &said(bytes).unwrap()[..]
        else {
            panic!("{whole}");
        };
        assert_eq!((plain.subject(), plain.payload(), plain.reply()), ("a.b", &b"xyz"[..], None));
        assert_eq!((headed.header("key"), headed.reply()), (Some("value"), Some("back")));
        assert_eq!((headed.payload(), error.as_str()), (&b"123"[..], "Slow Consumer"));
    }

    #[test]
    fn what_no_server_says_is_refused_with_a_reason() {
        for (bytes, why) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "is nothing that a NATS server says"),
            (b"MSG a\r\n", "announces no message"),
            (b"MSG a 1 -3\r\n", "announces no message"),
            (b"HMSG a 1 9 3\r\n", "announces no message"),
            (b"MSG a 1 1001\r\n", "at most 1000 are taken"),
            (b"MSG a 1 2\r\nabcd", "longer than its line said"),
            (b"HMSG a 1 4 4\r\nHTTP\r\n", "NATS/1.0"),
            (b"INFO {\r\n", "INFO"),
            (b"\xff\r\n", "not UTF-8"),
        ] {
            let error = said(bytes).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(said(&[b'a'; LONGEST_LINE + 2]).unwrap_err().contains("a line of more than"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic_or_stand_still(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..20)) {
            let mut decoder = Decoder::new(1000);
            for piece in pieces {
                decoder.feed(&piece);
                if all(&mut decoder).is_err() {
                    break;
                }
            }
        }

        #[test]
        fn what_is_published_is_read_back(
            payload in any::<Vec<u8>>(),
            headers in proptest::collection::vec(("[A-Za-z-]{1,9}", "[ -~]{0,20}"), 0..4),
        ) {
            let mut message = NatsMessage::new("a.b", payload).unwrap();
            for (name, value) in headers {
                message = message.with_header(name, value.trim()).unwrap();
            }
            let mut bytes = Vec::new();
            publish(&mut bytes, &message);
            // A server puts the number of the subscription after the subject.
            let text = String::from_utf8_lossy(&bytes).replacen("PUB a.b", "MSG a.b 1", 1);
            let length = bytes.len() - b"PUB a.b".len();
            let mut served = text.as_bytes()[..text.find("\r\n").unwrap() + 2].to_vec();
            served.extend_from_slice(&bytes[bytes.len() - length..][bytes.iter().position(|b| *b == b'\n').unwrap() + 1 - b"PUB a.b".len()..]);
            let mut decoder = Decoder::new(100_000);
            decoder.feed(&served);
            let Some(Said::Message(back)) = decoder.next().unwrap() else { panic!("no message") };
            prop_assert_eq!(format!("{back:?}"), format!("{message:?}"));
        }
    }
}

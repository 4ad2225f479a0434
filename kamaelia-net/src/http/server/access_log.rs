//! The access log of a server: a line for each answer, in the formats that other servers write.

use std::net::IpAddr;

use http::header::{REFERER, USER_AGENT};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::http::RequestHead;

/// The target of the lines.
const TARGET: &str = "kamaelia_net::http::access";

/// How many bytes of what a client has sent are shown in one place.
const LONGEST: usize = 1000;

/// How the lines of an access log look.
///
/// What the client has sent is shown up to 1000 bytes in each place; quotes, backslashes and all that is not
/// printable ASCII as `\x22`. A missing value is a `-`, and so is the status if the client went before the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AccessLog {
    /// The client's address, the time, the request, the status and the bytes of the body:
    /// `192.0.2.1 - - [27/Nov/2026:09:03:43 +0000] "GET /a HTTP/1.1" 200 17`.
    Common,
    /// The same, and then `Referer` and `User-Agent`, each in quotes.
    Combined,
}

/// What a line will say of a request.
pub(super) struct Visit {
    request: String,
    /// `Referer` and `User-Agent`, if the format has them.
    said: Option<[String; 2]>,
}

impl Visit {
    /// Whether the lines would be shown.
    pub(super) fn is_wanted() -> bool {
        log::log_enabled!(target: TARGET, log::Level::Info)
    }

    /// Of a request with this head, or of one that could not be read.
    pub(super) fn new(format: AccessLog, head: Option<&RequestHead>) -> Self {
        let request = head.map_or("-".to_owned(), |head| {
            escaped(format!("{} {} {:?}", head.method(), head.uri(), head.version()).as_bytes())
        });
        let header = |name: HeaderName| {
            let value = head.and_then(|head| head.headers().get(name));
            value.map_or("-".to_owned(), |value| escaped(value.as_bytes()))
        };
        let said = (format == AccessLog::Combined).then(|| [header(REFERER), header(USER_AGENT)]);
        Visit { request, said }
    }

    /// Logs the line.
    pub(super) fn log(&self, client: IpAddr, date: &HeaderValue, status: Option<StatusCode>, sent: u64) {
        log::info!(target: TARGET, "{}", self.line(client, date, status, sent));
    }

    fn line(&self, client: IpAddr, date: &HeaderValue, status: Option<StatusCode>, sent: u64) -> String {
        let time = time(date.to_str().unwrap_or_default());
        let status = status.map_or("-".to_owned(), |status| status.as_str().to_owned());
        let sent = if sent == 0 { "-".to_owned() } else { sent.to_string() };
        let mut line = format!("{client} - - [{time}] \"{}\" {status} {sent}", self.request);
        for said in self.said.iter().flatten() {
            line += &format!(" \"{said}\"");
        }
        line
    }
}

/// `27/Nov/2026:09:03:43 +0000`, of a date as in the header `Date`.
fn time(date: &str) -> String {
    let part = |range| date.get(range).unwrap_or_default();
    format!("{}/{}/{}:{} +0000", part(5..7), part(8..11), part(12..16), part(17..25))
}

/// What a client has sent, such that it can neither end its quotes nor its line.
fn escaped(text: &[u8]) -> String {
    let mut shown = String::new();
    for byte in &text[..text.len().min(LONGEST)] {
        match byte {
            b'"' | b'\\' | ..b' ' | 0x7f.. => shown += &format!("\\x{byte:02x}"),
            _ => shown.push(char::from(*byte)),
        }
    }
    if text.len() > LONGEST {
        shown += "...";
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_as_other_servers_write_it() {
        let head = http::Request::get("/a?b").header("User-Agent", "x \"y\"").body(()).expect("a head");
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        let client = [192, 0, 2, 1].into();
        let line = |format| Visit::new(format, Some(&head)).line(client, &date, Some(StatusCode::OK), 17);
        let common = "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b HTTP/1.1\" 200 17";
        assert_eq!(line(AccessLog::Common), common);
        assert_eq!(line(AccessLog::Combined), format!("{common} \"-\" \"x \\x22y\\x22\""));
        let unread = Visit::new(AccessLog::Combined, None).line(client, &date, None, 0);
        assert!(unread.ends_with("] \"-\" - - \"-\" \"-\""), "{unread}");
    }

    #[test]
    fn what_a_client_sends_stays_in_its_place_and_is_shortened() {
        assert_eq!(escaped(b"a\r\nb\\\xff\x7f"), "a\\x0d\\x0ab\\x5c\\xff\\x7f");
        assert_eq!(escaped(&[b'a'; 5000]), "a".repeat(1000) + "...");
    }
}

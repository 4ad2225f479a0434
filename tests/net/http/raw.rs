//! Raw bytes to a server, and what came back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::net_harness::Running;

/// What comes back when these bytes are sent, until the server closes. The sending side stays open.
pub(crate) fn talk(server: &Running, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = server.connect();
    stream.write_all(bytes.as_ref()).unwrap();
    all(&mut stream)
}

/// The same; the sending side is closed after the bytes.
pub(crate) fn talk_and_finish(server: &Running, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = server.connect();
    stream.write_all(bytes.as_ref()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    all(&mut stream)
}

/// All that comes until the end of the connection.
pub(crate) fn all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        panic!("{error} after {:?}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer with a `Content-Length`, from a connection that stays open: its head and its body.
pub(crate) fn answer(stream: &mut TcpStream) -> (String, String) {
    let head = head(stream);
    let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// A head, up to the empty line.
pub(crate) fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap_or_else(|error| {
            panic!("{error} after {:?}", String::from_utf8_lossy(&head));
        });
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// The value of a header.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The statuses of all answers in these bytes; bodies must not look like status lines.
pub(crate) fn statuses(answers: &str) -> Vec<u16> {
    let lines = answers.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

//! The headers of a message: `NATS/1.0`, a line for each, and an empty line.

use super::message::NatsMessage;

const VERSION: &str = "NATS/1.0";

/// The headers in these bytes. What stands after the version, a status, is the value of the name `Status`.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "headers that are not UTF-8".to_owned())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix(VERSION));
    let status = status.ok_or_else(|| format!("headers that do not begin with {VERSION}"))?.trim();
    let mut headers = Vec::new();
    if !status.is_empty() {
        headers.push((STATUS.to_owned(), status.to_owned()));
    }
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or("a header without a colon")?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(headers)
}

/// The name under which the status of a message is found, such as `404 No Messages`.
pub(super) const STATUS: &str = "Status";

/// The headers of a message as bytes; none if it has none.
pub(super) fn write(message: &NatsMessage) -> Vec<u8> {
    let mut headers = message.headers().peekable();
    if headers.peek().is_none() {
        return Vec::new();
    }
    let mut text = format!("{VERSION}\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    (text + "\r\n").into_bytes()
}

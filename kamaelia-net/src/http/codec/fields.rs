//! Header fields: from bytes, and the lists of words in them.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// How many headers a `HeaderMap` holds.
const MOST: usize = 24_576;

/// Reads the fields of a head or of trailers, with the empty line at their end. Each line ends with CR LF, and neither
/// stands anywhere else.
///
/// A name that is no token is refused: so is white space before the colon, and a line that continues another.
pub(super) fn read_fields(mut lines: &[u8], limits: &HttpLimits) -> Result<HeaderMap, Malformed> {
    let too_many = |most| {
        let why = format!("more than {most} headers");
        Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why)
    };
    let count = lines.iter().filter(|&&byte| byte == b'\r').count().saturating_sub(1);
    if count > limits.headers {
        return Err(too_many(limits.headers));
    }
    // The map has a limit of its own, higher than any sensible one.
    let mut map = HeaderMap::try_with_capacity(count).map_err(|_| too_many(MOST))?;
    while let Some(end) = lines.iter().position(|&byte| byte == b'\r').filter(|&end| end > 0) {
        let line = &lines[..end];
        lines = &lines[end + 2..];
        let colon = line.iter().position(|&byte| byte == b':');
        let colon = colon.ok_or_else(|| Malformed::bad("a line of the head without a colon"))?;
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| {
            Malformed::bad("a header name that is not a token, or a line that continues another")
        })?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii())
            .map_err(|_| Malformed::bad(format!("a wrong value of the header {name}")))?;
        map.try_append(name, value).map_err(|_| too_many(MOST))?;
    }
    Ok(map)
}

/// The elements of a header that holds a list, of all its lines; the empty ones left out.
pub(crate) fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    // What is not ASCII is no word that is looked for.
    lines
        .flat_map(|line| line.to_str().unwrap_or("\u{fffd}").split(','))
        .map(|element| element.trim_matches([' ', '\t']))
        .filter(|element| !element.is_empty())
}

/// Whether a header that holds a list has this word in it, whatever its case.
pub(crate) fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    // Mostly there is none, which is quick to see.
    headers.contains_key(name) && elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

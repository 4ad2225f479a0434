//! Header fields: from bytes, and the lists of words in them.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// Reads the fields of a head or of trailers, with the empty line at their end.
///
/// `httparse` refuses what is no name, white space before the colon, and lines that are folded.
pub(super) fn read_fields(lines: &[u8], limits: &HttpLimits) -> Result<HeaderMap, Malformed> {
    let count = lines.iter().filter(|&&byte| byte == b'\n').count();
    let mut fields = vec![httparse::EMPTY_HEADER; limits.headers.min(count)];
    let parsed = match httparse::parse_headers(lines, &mut fields) {
        Ok(httparse::Status::Complete((_, parsed))) => parsed,
        Ok(httparse::Status::Partial) => return Err(Malformed::bad("the head has no end")),
        Err(httparse::Error::TooManyHeaders) => {
            let why = format!("more than {} headers", limits.headers);
            return Err(Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
        }
        Err(httparse::Error::HeaderName) => {
            return Err(Malformed::bad(
                "a header name that is not a token, or a line that continues another",
            ));
        }
        Err(error) => return Err(Malformed::bad(format!("a wrong header: {error}"))),
    };
    let mut map = HeaderMap::with_capacity(parsed.len());
    for field in parsed {
        let name = HeaderName::from_bytes(field.name.as_bytes())
            .map_err(|_| Malformed::bad("a header name that is not a token"))?;
        let value = HeaderValue::from_bytes(field.value)
            .map_err(|_| Malformed::bad(format!("a wrong value of the header {name}")))?;
        map.append(name, value);
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

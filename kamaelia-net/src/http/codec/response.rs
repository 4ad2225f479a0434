//! The head of a response.

use http::{Response, StatusCode};

use super::fields::read_fields;
use super::malformed::Malformed;
use super::request::read_version;
use crate::http::ResponseHead;
use crate::http::limits::HttpLimits;

/// Reads a whole head: its first line, and the lines of its fields.
pub(super) fn read_response(
    line: &[u8],
    fields: &[u8],
    limits: &HttpLimits,
) -> Result<ResponseHead, Malformed> {
    let (version, rest) = line.split_at(line.len().min(8));
    let version = read_version(version)?;
    let status = match rest {
        [b' ', a, b, c] | [b' ', a, b, c, b' ', ..] => StatusCode::from_bytes(&[*a, *b, *c]).ok(),
        _ => None,
    };
    let status = status.ok_or_else(|| Malformed::bad("the first line is no version and status"))?;
    let mut head = Response::new(());
    *head.version_mut() = version;
    *head.status_mut() = status;
    *head.headers_mut() = read_fields(fields, limits)?;
    Ok(head)
}

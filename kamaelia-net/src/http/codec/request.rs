//! The head of a request: its first line, its target, and the host that is asked.

use http::header::{EXPECT, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, Version};

use super::fields::read_fields;
use super::malformed::Malformed;
use crate::http::RequestHead;
use crate::http::limits::HttpLimits;

/// Reads a whole head: its first line, and the lines of its fields.
pub(super) fn read_request(
    line: &[u8],
    fields: &[u8],
    limits: &HttpLimits,
) -> Result<Box<RequestHead>, Malformed> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Malformed::bad("the first line is no method, target and version with one space between"));
    };
    let method = Method::from_bytes(method).map_err(|_| Malformed::bad("the method is not a token"))?;
    let version = read_version(version)?;
    let uri = read_target(&method, target)?;
    let mut headers = read_fields(fields, limits)?;
    check_host(version, &uri, &mut headers)?;
    check_expectation(version, &headers)?;
    let mut head = Box::new(Request::new(()));
    *head.method_mut() = method;
    *head.uri_mut() = uri;
    *head.version_mut() = version;
    *head.headers_mut() = headers;
    Ok(head)
}

/// `HTTP/1.0` or `HTTP/1.1`.
pub(super) fn read_version(version: &[u8]) -> Result<Version, Malformed> {
    match version {
        b"HTTP/1.1" => Ok(Version::HTTP_11),
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            let why = "only HTTP/1.0 and HTTP/1.1 are spoken here";
            Err(Malformed::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED, why))
        }
        _ => Err(Malformed::bad("this is no version of HTTP")),
    }
}

/// The target, in the form that belongs to the method.
fn read_target(method: &Method, target: &[u8]) -> Result<Uri, Malformed> {
    if !target.iter().all(|byte| (b'!'..=b'~').contains(byte) && *byte != b'#') {
        return Err(Malformed::bad("a character that is not allowed in the target"));
    }
    let wrong = |_| Malformed::bad("the target is no URI");
    if method == Method::CONNECT {
        let authority = Authority::try_from(target).map_err(wrong)?;
        check_authority(&authority)?;
        if authority.port_u16().is_none() {
            return Err(Malformed::bad("CONNECT needs a host and a port"));
        }
        return Uri::builder().authority(authority).build().map_err(|_| Malformed::bad("no authority"));
    }
    match target {
        b"*" if method == Method::OPTIONS => Ok(Uri::from_static("*")),
        [b'/', ..] => Uri::try_from(target).map_err(wrong),
        _ => {
            let uri = Uri::try_from(target).map_err(wrong)?;
            let is_web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
            let authority = uri.authority().filter(|_| is_web);
            check_authority(
                authority
                    .ok_or_else(|| Malformed::bad("the target is neither a path nor an http or https URL"))?,
            )?;
            Ok(uri)
        }
    }
}

/// A host, and perhaps a port; nothing else.
fn check_authority(authority: &Authority) -> Result<(), Malformed> {
    let text = authority.as_str();
    let after_host = text.strip_prefix(authority.host());
    let port = match after_host {
        Some("") => true,
        Some(rest) => {
            rest.strip_prefix(':').is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
        }
        None => false,
    };
    if authority.host().is_empty() || text.contains('@') || !port {
        return Err(Malformed::bad("the host is not a name or address with at most a port"));
    }
    Ok(())
}

/// Whether this is a host as most are: letters, digits, dots and hyphens, and perhaps a port. It is an authority.
fn is_plain_host(host: &[u8]) -> bool {
    let is_of_names = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let end = host.iter().position(|byte| !is_of_names(byte)).unwrap_or(host.len());
    let port = match &host[end..] {
        [b':', port @ ..] => port,
        [] => &[],
        _ => return false,
    };
    let is_small = port.len() < 5 || port.len() == 5 && port <= b"65535".as_slice();
    end > 0 && is_small && port.iter().all(u8::is_ascii_digit)
}

/// In HTTP/1.1 exactly one `Host`. The host in the target comes before it, and then stands there too.
fn check_host(version: Version, uri: &Uri, headers: &mut HeaderMap) -> Result<(), Malformed> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::HTTP_11 => return Err(Malformed::bad("no Host")),
        (None, _) => {}
        (Some(_), Some(_)) => return Err(Malformed::bad("more than one Host")),
        (Some(host), None) if is_plain_host(host.as_bytes()) => {}
        (Some(host), None) => {
            let host =
                Authority::try_from(host.as_bytes()).map_err(|_| Malformed::bad("the Host is no host"))?;
            check_authority(&host)?;
        }
    }
    if let Some(authority) = uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    Ok(())
}

/// Whoever expects anything but `100-continue` is refused. HTTP/1.0 had no expectations.
fn check_expectation(version: Version, headers: &HeaderMap) -> Result<(), Malformed> {
    if version != Version::HTTP_11 || !headers.contains_key(EXPECT) {
        return Ok(());
    }
    let mut expectations = headers.get_all(EXPECT).iter();
    if !expectations.all(|expected| expected.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        let why = "only 100-continue can be expected";
        return Err(Malformed::new(StatusCode::EXPECTATION_FAILED, why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_host_is_one_that_the_whole_check_takes_too() {
        let whole = |host: &str| Authority::try_from(host).is_ok_and(|host| check_authority(&host).is_ok());
        for host in ["a", "a:", "a:80", "127.0.0.1:65535", "A-b.example:00080"] {
            assert!(is_plain_host(host.as_bytes()) && whole(host), "{host}");
        }
        for host in
            ["", ":80", "a:65536", "a:123456", "a:b", "a:+5", "a b", "a/b", "me@a", "[::1]:80", "\u{e4}"]
        {
            assert!(!is_plain_host(host.as_bytes()), "{host}");
        }
    }
}

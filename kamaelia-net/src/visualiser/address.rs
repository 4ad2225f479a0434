//! Where a visualiser listens, and whom it answers.
//!
//! Every page that a browser shows can send requests to this machine. Those of another origin are refused, and so are
//! those for a host with a name: it may be a name of somebody else's that leads here (DNS rebinding).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, StatusCode};

use crate::error::BindError;
use crate::http::RequestHead;
use crate::websocket::Unguessable;

/// Who can reach the visualiser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Programs of this machine.
    Loopback,
    /// Whoever reaches the address.
    Everybody,
}

/// Reads an address: `127.0.0.1:1600`, `[::1]:1600`, `localhost:1600`, or a port of this machine's.
pub(super) fn parsed(written: &str, reach: Reach) -> Result<SocketAddr, BindError> {
    let wrong = |why: &str| Err(BindError::new(written, io::Error::new(io::ErrorKind::InvalidInput, why)));
    let port = written.strip_prefix("localhost:").unwrap_or(written);
    let address = match port.parse() {
        Ok(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        Err(_) => match written.parse::<SocketAddr>() {
            Ok(address) => address,
            Err(_) => return wrong("it is no address; write one such as 127.0.0.1:1600, or a port"),
        },
    };
    if reach == Reach::Loopback && !address.ip().is_loopback() {
        return wrong(
            "other machines could reach it; write 127.0.0.1 or [::1], or call Visualiser::open_to_others",
        );
    }
    Ok(address)
}

/// Whether a word is an address as a visualiser takes it.
#[cfg(feature = "command")]
pub(crate) fn is_address(word: &str) -> bool {
    parsed(word, Reach::Everybody).is_ok()
}

/// What nobody can guess: it stands in the address.
pub(super) fn token() -> String {
    let mut random = Unguessable::new();
    format!("{:016x}{:016x}", random.next(), random.next())
}

/// Whether a request is to be answered.
pub(super) fn admit(head: &RequestHead) -> Result<(), (StatusCode, &'static str)> {
    let host = match head.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => only(head.headers(), &HOST),
    };
    let Some(host) = host.filter(|host| is_no_foreign_name(host)) else {
        return Err((StatusCode::FORBIDDEN, "write the address with numbers, or as localhost"));
    };
    if !head.headers().contains_key(ORIGIN) {
        return Ok(());
    }
    match only(head.headers(), &ORIGIN).and_then(|origin| origin.strip_prefix("http://")) {
        Some(origin) if origin.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err((StatusCode::FORBIDDEN, "pages of other origins are not answered")),
    }
}

/// A host that nobody else can give an address to.
fn is_no_foreign_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_this_machine_unless_it_is_said_otherwise() {
        for (written, read) in [
            ("127.0.0.1:1600", "127.0.0.1:1600"),
            ("[::1]:0", "[::1]:0"),
            ("1600", "127.0.0.1:1600"),
            ("localhost:1600", "127.0.0.1:1600"),
        ] {
            assert_eq!(parsed(written, Reach::Loopback).unwrap().to_string(), read);
        }
        for written in ["0.0.0.0:1600", "[::]:1600", "192.0.2.1:1600"] {
            let error = parsed(written, Reach::Loopback).unwrap_err().to_string();
            assert!(error.contains(written) && error.contains("open_to_others"), "{error}");
            assert!(parsed(written, Reach::Everybody).is_ok());
        }
        for written in ["", "example.org:80", "127.0.0.1", "65536", "localhost"] {
            let error = parsed(written, Reach::Everybody).unwrap_err().to_string();
            assert!(error.contains("write one such as"), "{error}");
        }
    }

    #[test]
    fn a_host_with_a_name_of_somebody_elses_is_refused() {
        for host in ["127.0.0.1:1600", "[::1]:1600", "localhost", "LOCALHOST:80", "192.0.2.1"] {
            assert!(is_no_foreign_name(host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:1600", "127.0.0.1.evil.example", "", ":80", "a:b"]
        {
            assert!(!is_no_foreign_name(host), "{host}");
        }
    }

    #[test]
    fn two_tokens_differ() {
        assert_eq!(token().len(), 32);
        assert_ne!(token(), token());
    }
}

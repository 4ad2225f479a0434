//! Where a URL leads, and what a reference in an answer means beside it.

use http::Uri;
use http::uri::PathAndQuery;

/// A server: the same for all URLs of one origin.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin {
    pub(crate) security: Security,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

/// Whether a connection is secured.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Security {
    Plain,
    Tls,
}

impl Origin {
    /// The server of a URL. `Err` with what is wrong with it.
    pub(crate) fn of(url: &Uri) -> Result<Self, String> {
        let (security, usual) = match url.scheme_str() {
            Some("http" | "ws") => (Security::Plain, 80),
            Some("https" | "wss") => (Security::Tls, 443),
            Some(other) => return Err(format!("the scheme {other:?} is not http or https")),
            None => return Err("it does not begin with http:// or https://".to_owned()),
        };
        let authority = url.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("it has a name in front of the host: say it in the header Authorization".to_owned());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err("it names no host".to_owned());
        }
        let port = match authority.as_str().strip_prefix(authority.host()).unwrap_or_default() {
            "" | ":" => usual,
            port => port[1..].parse().map_err(|_| format!("{} is no number of a port", &port[1..]))?,
        };
        Ok(Origin { security, host, port })
    }
}

/// What `Host` says: the host, and the port unless it is the usual one.
pub(super) fn host_header(url: &Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let usual = match url.scheme_str() {
        Some("https" | "wss") => ":443",
        _ => ":80",
    };
    authority.strip_suffix(usual).unwrap_or(authority).trim_end_matches(':').to_owned()
}

/// What a reference means that stands in the answer of this URL: RFC 3986, section 5.
pub(super) fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default();
    if has_scheme(reference) {
        return reference.parse().ok();
    }
    let scheme = base.scheme_str()?;
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}").parse().ok();
    }
    let (path, query) = match reference.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (reference, None),
    };
    let merged = match path {
        "" => base.path().to_owned(),
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{}{path}", &base.path()[..base.path().rfind('/').map_or(0, |at| at + 1)]),
    };
    let mut target = without_dots(&merged);
    let query = if path.is_empty() { query.or(base.query()) } else { query };
    if let Some(query) = query {
        target = format!("{target}?{query}");
    }
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?']).unwrap_or(reference.len());
    let begins = reference.starts_with(|c: char| c.is_ascii_alphabetic());
    begins && reference[end..].starts_with(':')
}

/// A path with the parts `.` and `..` worked out.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut is_folder = false;
    for part in path.split('/').skip(1) {
        is_folder = matches!(part, "." | "..");
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}{}", parts.join("/"), if is_folder && !parts.is_empty() { "/" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_in_rfc_3986() {
        let base: Uri = "http://a/b/c/d;p?q".parse().unwrap();
        for (reference, means) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("g#s", "http://a/b/c/g"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("./../g", "http://a/b/g"),
            ("g/../h", "http://a/b/c/h"),
            ("https://h:8/x", "https://h:8/x"),
        ] {
            assert_eq!(resolve(&base, reference).unwrap().to_string(), means, "{reference}");
        }
        assert_eq!(resolve(&base, "http://[::1"), None);
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = |url: &str| Origin::of(&url.parse().unwrap());
        assert_eq!(origin("HTTP://Example.org"), origin("http://example.org:80/x"));
        assert_ne!(origin("http://a"), origin("https://a"));
        assert_eq!(origin("https://[::1]:8/").unwrap().host, "::1");
        assert_eq!(origin("wss://a").unwrap().port, 443);
        for wrong in ["/path", "ftp://a/", "http://me@a/", "http://a:99999/"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
        assert_eq!(host_header(&"http://a:80/".parse().unwrap()), "a");
        assert_eq!(host_header(&"https://[::1]:80/".parse().unwrap()), "[::1]:80");
    }
}

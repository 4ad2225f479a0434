//! Which request follows an answer that is a redirection.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION,
    PROXY_AUTHORIZATION,
};
use http::{Method, StatusCode, Uri};

use super::url::{Origin, Security, resolve};
use crate::http::{RequestHead, ResponseHead};

/// What follows.
#[derive(Debug)]
pub(super) enum Next {
    /// The answer is none.
    Nothing,
    /// This request; its body is the same, or none.
    Request(Box<RequestHead>, Body),
    /// The redirection must not be followed.
    Refused(String),
}

/// What becomes of the body of the first request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Body {
    Same,
    Dropped,
}

/// The request that follows. A secured request is not followed by a plain one, and what says who asks is not told to
/// another origin.
pub(super) fn follow(request: &RequestHead, answer: &ResponseHead) -> Next {
    let keeps = match answer.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method() != Method::POST,
        StatusCode::SEE_OTHER => matches!(*request.method(), Method::GET | Method::HEAD),
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return Next::Nothing,
    };
    let Some(location) = answer.headers().get(LOCATION) else { return Next::Nothing };
    let Some(url) = location.to_str().ok().and_then(|location| resolve(request.uri(), location)) else {
        return Next::Refused(format!("{location:?} is no URL"));
    };
    match to(request, &url) {
        Ok(mut next) => {
            if keeps {
                return Next::Request(Box::new(next), Body::Same);
            }
            *next.method_mut() = Method::GET;
            for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
                next.headers_mut().remove(name);
            }
            Next::Request(Box::new(next), Body::Dropped)
        }
        Err(why) => Next::Refused(why),
    }
}

/// The same request to another URL.
fn to(request: &RequestHead, url: &Uri) -> Result<RequestHead, String> {
    let (from, to) = (Origin::of(request.uri())?, Origin::of(url).map_err(|why| format!("{url}: {why}"))?);
    if from.security == Security::Tls && to.security == Security::Plain {
        return Err(format!("{url} is not secured"));
    }
    let mut next = request.clone();
    *next.uri_mut() = url.clone();
    next.headers_mut().remove(HOST);
    if from != to {
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            next.headers_mut().remove(name);
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};

    use super::*;

    fn next(method: Method, from: &str, status: u16, location: &str) -> Next {
        let request = Request::builder().method(method).uri(from).header("Authorization", "me");
        let request = request.header("Content-Type", "a/b").body(()).unwrap();
        let answer = Response::builder().status(status).header("Location", location).body(()).unwrap();
        follow(&request, &answer)
    }

    fn request(next: Next) -> (RequestHead, Body) {
        match next {
            Next::Request(request, body) => (*request, body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_asks_is_told_to_the_same_origin_only() {
        let (same, _) = request(next(Method::GET, "http://a/x", 302, "y"));
        assert_eq!(same.uri(), "http://a/y");
        assert!(same.headers().contains_key("authorization"));
        for other in ["http://b/", "http://a:81/", "https://a/"] {
            let (other, _) = request(next(Method::GET, "http://a/x", 302, other));
            assert!(!other.headers().contains_key("authorization"));
        }
    }

    #[test]
    fn a_post_becomes_a_get_where_the_rules_say_so() {
        for (status, method, body) in [
            (301, Method::GET, Body::Dropped),
            (302, Method::GET, Body::Dropped),
            (303, Method::GET, Body::Dropped),
            (307, Method::POST, Body::Same),
            (308, Method::POST, Body::Same),
        ] {
            let (next, kept) = request(next(Method::POST, "http://a/x", status, "/y"));
            assert_eq!((next.method(), kept), (&method, body), "{status}");
            assert_eq!(next.headers().contains_key("content-type"), body == Body::Same);
        }
        assert_eq!(request(next(Method::HEAD, "http://a/", 303, "/y")).0.method(), Method::HEAD);
        assert!(matches!(next(Method::GET, "http://a/", 304, "/y"), Next::Nothing));
    }

    #[test]
    fn a_secured_request_is_not_followed_by_a_plain_one_nor_by_what_is_no_url() {
        for location in ["http://a/", "ftp://a/", "https://[", "javascript:alert(1)"] {
            assert!(
                matches!(next(Method::GET, "https://a/x", 302, location), Next::Refused(_)),
                "{location}"
            );
        }
    }
}

//! How a WebSocket begins: a request of HTTP, and the answer that both sides go on with another protocol.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::deflate::Agreed;
use super::mask::Unguessable;
use super::options::{WebSocketOptions, is_token};
use crate::http::{RequestHead, ResponseHead, elements, error_page, has_token};

const WEBSOCKET: &str = "websocket";

/// The version of the protocol: the only one there is.
const VERSION: &str = "13";

/// What both sides have agreed on.
#[derive(Debug)]
pub(super) struct Accord {
    pub(super) subprotocol: Option<String>,
    pub(super) compression: Option<Agreed>,
}

/// The answer to a key: that it was understood as one (RFC 6455, section 4.2.2).
fn accept(key: &str) -> String {
    const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let mut hash = sha1_smol::Sha1::from(key);
    hash.update(GUID.as_bytes());
    BASE64.encode(hash.digest().bytes())
}

/// Why a request does not begin a WebSocket.
type Refusal = Box<Response<String>>;

fn refusal(status: StatusCode, why: &str, header: Option<(HeaderName, &'static str)>) -> Refusal {
    let mut page = error_page(status, why);
    if let Some((name, value)) = header {
        page.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Box::new(page)
}

fn bad(why: &str) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, why, None)
}

/// What a server makes of a request.
///
/// # Errors
///
/// The answer that says what is wrong.
pub(super) fn answer(
    request: &RequestHead,
    options: &WebSocketOptions,
) -> Result<(ResponseHead, Accord), Refusal> {
    let headers = request.headers();
    if request.method() != Method::GET {
        return Err(refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "a WebSocket begins with GET",
            Some((ALLOW, "GET")),
        ));
    }
    if !has_token(headers, &UPGRADE, WEBSOCKET) || !has_token(headers, &CONNECTION, "upgrade") {
        let mut page =
            refusal(StatusCode::UPGRADE_REQUIRED, "this is a WebSocket", Some((UPGRADE, WEBSOCKET)));
        page.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        return Err(page);
    }
    if only(headers, &SEC_WEBSOCKET_VERSION)? != Some(VERSION) {
        let version = Some((SEC_WEBSOCKET_VERSION, VERSION));
        return Err(refusal(StatusCode::UPGRADE_REQUIRED, "the version of WebSocket is 13", version));
    }
    let has_body = headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0");
    if has_body || headers.contains_key(TRANSFER_ENCODING) {
        return Err(bad("a WebSocket begins with a request without a body"));
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY)?.unwrap_or_default();
    if !BASE64.decode(key).is_ok_and(|key| key.len() == 16) {
        return Err(bad("Sec-WebSocket-Key is not 16 bytes in base64"));
    }
    let offered: Vec<&str> = elements(headers, &SEC_WEBSOCKET_PROTOCOL).collect();
    if offered.iter().any(|name| !is_token(name)) {
        return Err(bad("Sec-WebSocket-Protocol is no list of tokens"));
    }
    let subprotocol = options.subprotocols.iter().find(|own| offered.contains(&own.as_str())).cloned();
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    head.headers_mut().insert(UPGRADE, HeaderValue::from_static(WEBSOCKET));
    head.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, value(&accept(key)));
    if let Some(subprotocol) = &subprotocol {
        head.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value(subprotocol));
    }
    let compression = match &options.deflate {
        Some(deflate) => deflate.accept(&joined(headers)).map_err(|why| bad(&why))?,
        None => None,
    };
    let compression = compression.map(|(agreed, answer)| {
        head.headers_mut().insert(SEC_WEBSOCKET_EXTENSIONS, value(&answer));
        agreed
    });
    Ok((head, Accord { subprotocol, compression }))
}

/// Whether a page of the same server asks: its origin is the host that it asks.
pub(super) fn is_same_origin(request: &RequestHead, origin: &str) -> bool {
    let of_target = request.uri().authority().map(|authority| authority.as_str());
    let host = of_target.or_else(|| request.headers().get(HOST).and_then(|host| host.to_str().ok()));
    let origin = origin.split_once("://").map(|(_, origin)| origin);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// The origin of the page that asks. `None` if it is no page.
///
/// # Errors
///
/// The answer to a request with several.
pub(super) fn origin(request: &RequestHead) -> Result<Option<&str>, Refusal> {
    only(request.headers(), &ORIGIN)
}

pub(super) fn forbidden() -> Refusal {
    refusal(StatusCode::FORBIDDEN, "this origin may not open a WebSocket here", None)
}

/// The value of a header that is there once at most.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap_or("\u{fffd}"));
    if values.next().is_some() { Err(bad(&format!("{name} twice"))) } else { Ok(value) }
}

/// All that is said about extensions.
fn joined(headers: &HeaderMap) -> String {
    let lines = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter();
    lines.map(|line| line.to_str().unwrap_or("\u{fffd}")).collect::<Vec<_>>().join(", ")
}

/// A header that was made here.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("only tokens and base64")
}

/// The request of a client, and the key in it.
pub(super) fn request(mut request: RequestHead, options: &WebSocketOptions) -> (RequestHead, String) {
    let mut numbers = Unguessable::new();
    let key = BASE64.encode([numbers.next().to_ne_bytes(), numbers.next().to_ne_bytes()].concat());
    let headers = request.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static(WEBSOCKET));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_KEY, value(&key));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    if !options.subprotocols.is_empty() {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, value(&options.subprotocols.join(", ")));
    }
    if let Some(deflate) = &options.deflate {
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, value(&deflate.offer()));
    }
    (request, key)
}

/// What a client makes of the answer.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn agree(
    response: &ResponseHead,
    key: &str,
    options: &WebSocketOptions,
) -> Result<Accord, String> {
    let headers = response.headers();
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(format!("the answer is {}", response.status()));
    }
    if !has_token(headers, &UPGRADE, WEBSOCKET) || !has_token(headers, &CONNECTION, "upgrade") {
        return Err("the answer is no upgrade to WebSocket".to_owned());
    }
    let twice = |_| "a header of the answer is there twice".to_owned();
    if only(headers, &SEC_WEBSOCKET_ACCEPT).map_err(twice)? != Some(accept(key).as_str()) {
        return Err("Sec-WebSocket-Accept is no answer to the key".to_owned());
    }
    let subprotocol = only(headers, &SEC_WEBSOCKET_PROTOCOL).map_err(twice)?.map(str::to_owned);
    if let Some(subprotocol) = &subprotocol
        && !options.subprotocols.contains(subprotocol)
    {
        return Err(format!("the subprotocol {subprotocol:?} was not offered"));
    }
    let compression = match (joined(headers).as_str(), &options.deflate) {
        ("", _) => None,
        (answer, Some(deflate)) => Some(deflate.agree(answer)?),
        (answer, None) => return Err(format!("the extension {answer:?} was not offered")),
    };
    Ok(Accord { subprotocol, compression })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn asked(headers: &[(&str, &str)]) -> RequestHead {
        let mut request = Request::get("/chat").body(()).unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn right() -> Vec<(&'static str, &'static str)> {
        vec![
            ("host", "server.example.com"),
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-key", KEY),
            ("sec-websocket-version", "13"),
        ]
    }

    #[test]
    fn the_key_of_the_rfc_is_answered_as_there() {
        assert_eq!(accept(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let options = WebSocketOptions::new().subprotocols(["superchat", "chat"]);
        let mut headers = right();
        headers.push(("sec-websocket-protocol", "other, chat"));
        headers.push(("sec-websocket-protocol", "superchat"));
        let (head, accord) = answer(&asked(&headers), &options).unwrap();
        assert_eq!(head.headers()[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(head.headers()[SEC_WEBSOCKET_PROTOCOL], "superchat");
        assert_eq!(accord.subprotocol.as_deref(), Some("superchat"));
    }

    #[test]
    fn a_request_that_begins_no_websocket_is_told_why() {
        let mut post = asked(&right());
        *post.method_mut() = Method::POST;
        assert_eq!(answer(&post, &WebSocketOptions::new()).unwrap_err().status(), 405);
        for (name, value, status) in [
            ("upgrade", None, 426),
            ("upgrade", Some("h2c"), 426),
            ("connection", Some("keep-alive"), 426),
            ("sec-websocket-version", None, 426),
            ("sec-websocket-version", Some("8"), 426),
            ("sec-websocket-version", Some("13, 8"), 426),
            ("sec-websocket-key", None, 400),
            ("sec-websocket-key", Some("short"), 400),
            ("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQ"), 400),
            ("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQo="), 400),
            ("sec-websocket-protocol", Some("a b"), 400),
            ("content-length", Some("5"), 400),
            ("transfer-encoding", Some("chunked"), 400),
        ] {
            let mut headers = right();
            headers.retain(|header| header.0 != name);
            headers.extend(value.map(|value| (name, value)));
            let refusal = answer(&asked(&headers), &WebSocketOptions::new()).unwrap_err();
            assert_eq!(refusal.status(), status, "{name}: {value:?}");
            if name == "sec-websocket-version" {
                assert_eq!(refusal.headers()[SEC_WEBSOCKET_VERSION], "13");
            }
        }
        let mut headers = right();
        headers.push(("sec-websocket-key", KEY));
        assert_eq!(answer(&asked(&headers), &WebSocketOptions::new()).unwrap_err().status(), 400);
    }

    #[test]
    fn a_page_of_the_same_server_has_the_same_host_and_port() {
        let request = asked(&[("host", "Example.org:81")]);
        for (origin, is_same) in [
            ("http://example.org:81", true),
            ("https://example.org:81", true),
            ("http://example.org", false),
            ("http://example.org:81.evil.net", false),
            ("http://evil.net", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_same_origin(&request, origin), is_same, "{origin}");
        }
    }

    #[test]
    fn what_a_server_answers_its_client_agrees_to_and_nothing_else() {
        let options = WebSocketOptions::new().subprotocols(["chat"]);
        let (request, key) = request(Request::get("ws://localhost/").body(()).unwrap(), &options);
        let (head, _) = answer(&request, &options).unwrap();
        // The server of HTTP adds this.
        let with = |name: &'static str, value: &'static str| {
            let mut head = head.clone();
            head.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
            head.headers_mut().insert(name, HeaderValue::from_static(value));
            agree(&head, &key, &options).map(|accord| accord.subprotocol)
        };
        assert_eq!(with("x", "y"), Ok(Some("chat".to_owned())));
        for (name, value) in [
            ("upgrade", "h2c"),
            ("connection", "close"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("sec-websocket-protocol", "superchat"),
            ("sec-websocket-extensions", "permessage-deflate"),
        ] {
            assert!(with(name, value).is_err(), "{name}: {value}");
        }
        let mut refused = Response::new(());
        *refused.status_mut() = StatusCode::FORBIDDEN;
        assert_eq!(agree(&refused, &key, &options).unwrap_err(), "the answer is 403 Forbidden");
    }
}

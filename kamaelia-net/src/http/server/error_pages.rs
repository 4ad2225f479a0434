//! Answers that only say what went wrong.
//!
//! Ported from `Kamaelia.Protocol.HTTP.ErrorPages`.
//!
//! *Differs from Kamaelia:* plain text, so that nothing in the message is taken for HTML.

use axon::util::OneShot;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

/// An answer that says its status, and a sentence more unless `message` is empty.
///
/// # Examples
///
/// ```
/// use kamaelia_net::http::{Request, Response, StatusCode, error_page};
///
/// /// For `HttpServer::responding`.
/// fn respond(request: Request<Vec<u8>>) -> Response<String> {
///     match request.uri().path() {
///         "/hello" => Response::new("hello\n".to_owned()),
///         path => error_page(StatusCode::NOT_FOUND, &format!("there is nothing at {path}")),
///     }
/// }
/// ```
#[doc(alias = "getErrorPage")]
pub fn error_page(status: StatusCode, message: &str) -> Response<String> {
    let mut page = Response::new(match message {
        "" => format!("{status}\n"),
        message => format!("{status}\n{message}\n"),
    });
    *page.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    page.headers_mut().insert(CONTENT_TYPE, kind);
    page
}

/// A handler that answers with an [`error_page`].
///
/// # Examples
///
/// ```
/// use kamaelia_net::http::{Routes, StatusCode, error_page_handler};
///
/// let routes = Routes::new().on("/old", |_| error_page_handler(StatusCode::GONE, "see /new"));
/// ```
#[doc(alias = "ErrorPageHandler")]
pub fn error_page_handler(status: StatusCode, message: &str) -> OneShot {
    OneShot::new(error_page(status, message))
}

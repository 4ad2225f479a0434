//! Which handler a request gets, by the beginning of its path and its method.
//!
//! Ported from `HTTPProtocol` of `Kamaelia.Protocol.HTTP`, and its table of prefixes.
//!
//! *Differs from Kamaelia:* a prefix ends where a part of the path does, so that `/file` is no prefix of
//! `/files`; a table may name methods.

use axon::{Component, ComponentRef, Context};
use http::header::ALLOW;
use http::{HeaderValue, Method, Response, StatusCode};

use super::error_pages::error_page;
use super::site::Made;
use crate::http::RequestHead;

/// A table of handlers: the first whose prefix and method match makes the handler.
///
/// A path that no prefix matches is answered 404, and a method that is not among those of a matching prefix 405,
/// with `Allow`. Whoever takes GET takes HEAD too.
///
/// # Examples
///
/// ```
/// use axon::util::EchoProtocol;
/// use kamaelia_net::http::{HttpServer, Method, RequestHead, Routes};
/// use kamaelia_net::Listen;
///
/// let routes = Routes::new()
///     .on_methods([Method::POST, Method::PUT], "/echo", |_: &RequestHead| EchoProtocol::new())
///     .on("/", |_: &RequestHead| axon::util::OneShot::new("welcome\n"));
/// let server = HttpServer::routing(routes, "127.0.0.1:0".parse::<Listen>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[must_use = "routes do nothing until a server has them"]
#[doc(alias = "requestHandlers")]
pub struct Routes {
    routes: Vec<Route>,
}

axon::debug_by_name!(Routes);

struct Route {
    prefix: String,
    /// Empty for all.
    methods: Vec<Method>,
    make: MakeHandler,
}

type MakeHandler = Box<dyn FnMut(&Context, &RequestHead) -> ComponentRef>;

/// How a request was routed: an extension of its head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Routed {
    /// The prefix that matched, as the table has it.
    #[doc(alias = "uri-prefix-trigger")]
    pub prefix: String,
    /// The path behind the prefix.
    #[doc(alias = "uri-suffix")]
    pub suffix: String,
}

impl Routes {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests with a path under `prefix`, whatever their method.
    pub fn on<H: Component>(
        self,
        prefix: impl Into<String>,
        make: impl FnMut(&RequestHead) -> H + 'static,
    ) -> Self {
        self.on_methods([], prefix, make)
    }

    /// Requests with a path under `prefix` and one of these methods; with none named, any.
    pub fn on_methods<H: Component>(
        mut self,
        methods: impl IntoIterator<Item = Method>,
        prefix: impl Into<String>,
        mut make: impl FnMut(&RequestHead) -> H + 'static,
    ) -> Self {
        let mut methods: Vec<Method> = methods.into_iter().collect();
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        let make = Box::new(move |cx: &Context, head: &RequestHead| cx.add_child(make(head)));
        self.routes.push(Route { prefix: prefix.into(), methods, make });
        self
    }

    /// Makes the handler of a request.
    pub(super) fn make(&mut self, cx: &Context, mut head: Box<RequestHead>) -> Made {
        let mut allowed: Vec<&Method> = Vec::new();
        let path = head.uri().path();
        let mut found = None;
        for (at, route) in self.routes.iter().enumerate() {
            let Some(suffix) = suffix(path, &route.prefix) else { continue };
            if route.methods.is_empty() || route.methods.contains(head.method()) {
                found = Some((at, Routed { prefix: route.prefix.clone(), suffix: suffix.to_owned() }));
                break;
            }
            allowed.extend(&route.methods);
        }
        if let Some((at, routed)) = found {
            head.extensions_mut().insert(routed);
            return Made::Handler((self.routes[at].make)(cx, &head));
        }
        Made::Answer(Box::new(if !allowed.is_empty() {
            method_not_allowed(&allowed)
        } else if head.method() == Method::OPTIONS && path == "*" {
            let mut nothing = Response::new(String::new());
            *nothing.status_mut() = StatusCode::NO_CONTENT;
            nothing
        } else {
            error_page(StatusCode::NOT_FOUND, "")
        }))
    }
}

fn method_not_allowed(allowed: &[&Method]) -> Response<String> {
    let mut names: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut page = error_page(StatusCode::METHOD_NOT_ALLOWED, "");
    if let Ok(allow) = HeaderValue::try_from(names.join(", ")) {
        page.headers_mut().insert(ALLOW, allow);
    }
    page
}

/// What stands behind the prefix, if the path begins with its parts.
fn suffix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let suffix = path.strip_prefix(prefix)?;
    (suffix.is_empty() || suffix.starts_with('/') || prefix.ends_with('/')).then_some(suffix)
}

#[cfg(test)]
mod tests {
    use super::suffix;

    #[test]
    fn a_prefix_ends_where_a_part_of_the_path_ends() {
        assert_eq!(suffix("/files/a", "/files"), Some("/a"));
        assert_eq!(suffix("/files/a", "/files/"), Some("a"));
        assert_eq!(suffix("/files", "/files"), Some(""));
        assert_eq!(suffix("/files", "/"), Some("files"));
        assert_eq!(suffix("/files", "/file"), None);
        assert_eq!(suffix("/", "/files"), None);
    }
}

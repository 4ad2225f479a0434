//! Files below a directory, as the answers of a server.
//!
//! Ported from `Kamaelia.Protocol.HTTP.Handlers.Minimal`.
//!
//! *Differs from Kamaelia:* a path is decoded once and leads nowhere outside of the directory; files are streamed,
//! and read on threads beside the scheduler; requests can be conditional, or for a part.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use axon::util::aside;
use axon::{Component, Context, OUTBOX};
use http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

mod conditions;
mod content_type;
mod find;
mod range;

use conditions::{Verdict, Version};
use content_type::content_type;
#[cfg(feature = "visualiser")]
pub(crate) use find::percent_decode;
use find::{Found, find};
use range::{Part, part};

use super::server::{Routed, error_page};
use super::{RequestHead, ResponseHead};

/// How many bytes of a file are read at a time.
const BLOCK: usize = 64 * 1024;

/// Answers a request with a file below a directory: makes [`Minimal`] components.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Listen;
/// use kamaelia_net::http::{HttpServer, MinimalFactory, RequestHead, Routes};
///
/// let files = MinimalFactory::new("htdocs");
/// let routes = Routes::new().on("/", move |request: &RequestHead| files.make(request));
/// let server = HttpServer::routing(routes, "127.0.0.1:0".parse::<Listen>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MinimalFactory {
    directory: Arc<Directory>,
}

/// Where the files are.
#[derive(Clone, Debug)]
struct Directory {
    home: PathBuf,
    index: String,
    links: Links,
}

/// What becomes of symbolic links that lead out of the directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Links {
    Refused,
    Followed,
}

impl MinimalFactory {
    /// Serves the files below `home`.
    #[doc(alias = "homedirectory")]
    pub fn new(home: impl Into<PathBuf>) -> Self {
        let directory =
            Directory { home: home.into(), index: "index.html".to_owned(), links: Links::Refused };
        MinimalFactory { directory: Arc::new(directory) }
    }

    /// The file that is sent for a directory, instead of `index.html`.
    #[doc(alias = "indexfilename")]
    #[must_use]
    pub fn index_filename(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.directory).index = name.into();
        self
    }

    /// Follows symbolic links that lead out of the directory. Those that lead to a place inside are always
    /// followed.
    #[must_use]
    pub fn follow_links(mut self) -> Self {
        Arc::make_mut(&mut self.directory).links = Links::Followed;
        self
    }

    /// The handler of a request.
    pub fn make(&self, request: &RequestHead) -> Minimal {
        let path = request.uri().path();
        Minimal {
            directory: Arc::clone(&self.directory),
            method: request.method().clone(),
            path: path.to_owned(),
            query: request.uri().query().map(str::to_owned),
            below: request.extensions().get().map_or(path, |routed: &Routed| &routed.suffix).to_owned(),
            headers: request.headers().clone(),
        }
    }
}

/// Answers one request with a file: see [`MinimalFactory`].
///
/// The path, behind the prefix of its route, is taken apart at `/`, and each part is decoded once. A part `.` or
/// `..`, a `/` or NUL in a part, and a symbolic link that leads out of the directory, are answered 404, as is what is no
/// file. A directory is answered with its index file, after a redirection if the path does not end with `/`. Nothing is
/// listed.
///
/// It heeds `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`, `If-Range`, and a `Range` of one
/// part. `ETag` is made of the length and the time of the last change. Browsers are told not to guess another type
/// than the one by the file's name (`nosniff`).
///
/// Files are read on threads beside the scheduler, a block at a time, as fast as the client takes them.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | the body of the request, which it does not read |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the answer |
/// | `signal` | the end of the answer |
///
/// # Shutdown
///
/// It ends when all is sent, or when it is told `shutdownMicroprocess`. It fails if a file becomes shorter while it
/// is sent: the client then sees that its answer was cut.
///
/// # Examples
///
/// All paths under `/docs`, from another directory than the rest:
///
/// ```
/// use kamaelia_net::http::{MinimalFactory, Routes};
///
/// let (docs, site) = (MinimalFactory::new("target/doc"), MinimalFactory::new("htdocs"));
/// let routes = Routes::new()
///     .on("/docs", move |request| docs.make(request))
///     .on("/", move |request| site.make(request));
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Minimal {
    directory: Arc<Directory>,
    method: Method,
    path: String,
    query: Option<String>,
    /// The part of the path below the directory.
    below: String,
    headers: HeaderMap,
}

impl Component for Minimal {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        if self.method != Method::GET && self.method != Method::HEAD {
            let mut page = error_page(StatusCode::METHOD_NOT_ALLOWED, "");
            page.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Ok(cx.send_when_room(OUTBOX, page).await?);
        }
        let (directory, below) = (Arc::clone(&self.directory), self.below.clone());
        let found = aside(cx, move || Ok(find(&directory, &below))).await?;
        match found {
            Ok(Found::File { file, name, length, version }) => {
                self.answer(cx, file, content_type(&name), length, &version).await
            }
            Ok(Found::Directory) => {
                Ok(cx.send_when_room(OUTBOX, redirection(&self.path, self.query.as_deref())?).await?)
            }
            Err(status) => Ok(cx.send_when_room(OUTBOX, error_page(status, "")).await?),
        }
    }
}

impl Minimal {
    async fn answer(
        &self,
        cx: &Context,
        file: File,
        kind: &'static str,
        length: u64,
        version: &Version,
    ) -> axon::Result {
        let mut head = Response::new(());
        let headers = head.headers_mut();
        headers.insert(ETAG, HeaderValue::try_from(&version.etag)?);
        headers.insert(LAST_MODIFIED, HeaderValue::try_from(version.last_modified())?);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        match version.verdict(&self.headers) {
            Verdict::Send => {}
            Verdict::NotModified => return self.without_body(cx, head, StatusCode::NOT_MODIFIED).await,
            Verdict::Failed => return self.without_body(cx, head, StatusCode::PRECONDITION_FAILED).await,
        }
        let (begin, length) = match part(&self.headers, &self.method, version, length) {
            Part::Whole => (0, length),
            Part::From(begin, part) => {
                *head.status_mut() = StatusCode::PARTIAL_CONTENT;
                let range = format!("bytes {begin}-{}/{length}", begin + part - 1);
                head.headers_mut().insert(CONTENT_RANGE, HeaderValue::try_from(range)?);
                (begin, part)
            }
            Part::Nowhere => {
                let range = HeaderValue::try_from(format!("bytes */{length}"))?;
                head.headers_mut().insert(CONTENT_RANGE, range);
                return self.without_body(cx, head, StatusCode::RANGE_NOT_SATISFIABLE).await;
            }
        };
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        cx.send_when_room(OUTBOX, head).await?;
        if self.method == Method::GET {
            send(cx, file, begin, length).await?;
        }
        Ok(())
    }

    async fn without_body(&self, cx: &Context, mut head: ResponseHead, status: StatusCode) -> axon::Result {
        *head.status_mut() = status;
        Ok(cx.send_when_room(OUTBOX, head.map(|()| String::new())).await?)
    }
}

/// Sends so many bytes of a file.
async fn send(cx: &Context, file: File, mut begin: u64, mut left: u64) -> axon::Result {
    let file = Arc::new(file);
    while left > 0 {
        let (source, at, length) =
            (Arc::clone(&file), begin, usize::try_from(left).unwrap_or(BLOCK).min(BLOCK));
        let block = aside(cx, move || read_at(&source, at, length)).await?;
        if block.is_empty() {
            return Err(format!("the file became {left} bytes shorter while it was sent").into());
        }
        (begin, left) = (begin + block.len() as u64, left - block.len() as u64);
        cx.send_when_room(OUTBOX, block).await?;
    }
    Ok(())
}

fn read_at(file: &File, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut block = vec![0; length];
    let read = loop {
        match file.read_at(&mut block, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    block.truncate(read);
    Ok(block)
}

/// To the same path with a `/` at its end. It must not begin with two: that would name another host.
fn redirection(path: &str, query: Option<&str>) -> axon::Result<Response<String>> {
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let mut page = error_page(StatusCode::MOVED_PERMANENTLY, "");
    let location = format!("/{}/{query}", path.trim_matches('/'));
    page.headers_mut().insert(LOCATION, HeaderValue::try_from(location)?);
    Ok(page)
}

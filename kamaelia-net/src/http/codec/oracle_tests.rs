//! Random requests for this decoder and for hyper, which is as careful and not of our making: both accept the same and
//! understand it as the same, or the difference is one of those that are listed here with their reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::header::{HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Version};
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::decoder::{Decoder, Event, Requests};
use crate::http::limits::HttpLimits;

/// A request, as it was understood.
#[derive(Clone, PartialEq, Debug)]
struct Understood {
    method: String,
    target: String,
    /// The values of each header, in the order in which they came.
    headers: BTreeMap<String, Vec<String>>,
    body: String,
}

impl Understood {
    fn of(method: &Method, target: &http::Uri, headers: &HeaderMap) -> Self {
        let mut all = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in headers {
            all.entry(name.to_string()).or_default().push(value.as_bytes().escape_ascii().to_string());
        }
        // The path and the query: the host is compared as a header.
        let target = target.path_and_query().map_or("", |path| path.as_str()).to_owned();
        Understood { method: method.to_string(), target, headers: all, body: String::new() }
    }
}

/// The whole requests that this decoder accepts, and the head of the one that it refuses later.
#[derive(Default, Debug)]
struct Accepted {
    whole: Vec<Understood>,
    /// Why the next is refused.
    why: Option<String>,
}

fn ours(bytes: &[u8]) -> Accepted {
    let mut decoder = Decoder::new(Requests, Rc::new(HttpLimits::new()));
    let mut accepted = Accepted::default();
    // Nothing follows a request of HTTP/1.0, which closes the connection.
    let (mut rest, mut current, mut closes) = (bytes, None, false);
    loop {
        match decoder.read(rest) {
            Ok((taken, event)) => {
                rest = &rest[taken..];
                match event {
                    None if rest.is_empty() => break,
                    None => {}
                    Some(Event::Head(head, _)) => {
                        closes = head.version() == Version::HTTP_10;
                        current = Some(Understood::of(head.method(), head.uri(), head.headers()));
                    }
                    Some(Event::Chunk(chunk)) => {
                        let current = current.as_mut().expect("a head comes first");
                        current.body += &chunk.escape_ascii().to_string();
                    }
                    Some(Event::End(_)) => {
                        accepted.whole.extend(current.take());
                        if closes {
                            return accepted;
                        }
                        decoder.next_message();
                    }
                }
            }
            Err(malformed) => {
                accepted.why = Some(malformed.to_string());
                return accepted;
            }
        }
    }
    accepted.why = decoder.end().err().map(|malformed| malformed.to_string());
    accepted
}

/// A connection on which all has come, and whose peer has ended; what is written to it is of no interest.
struct Came<'a>(&'a [u8]);

impl Read for Came<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let (now, later) = self.0.split_at(into.remaining().min(self.0.len()));
        into.put_slice(now);
        self.0 = later;
        Poll::Ready(Ok(()))
    }
}

impl Write for Came<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The whole requests that hyper accepts.
fn hypers(bytes: &[u8]) -> Vec<Understood> {
    let whole = Arc::new(Mutex::new(Vec::new()));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let whole = Arc::clone(&whole);
        async move {
            let (head, mut body) = request.into_parts();
            let mut understood = Understood::of(&head.method, &head.uri, &head.headers);
            while let Some(frame) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
                if let Ok(data) = frame?.into_data() {
                    understood.body += &data.escape_ascii().to_string();
                }
            }
            whole.lock().unwrap().push(understood);
            Ok::<_, hyper::Error>(hyper::Response::new(String::new()))
        }
    });
    let mut http = http1::Builder::new();
    http.half_close(true);
    let mut connection = std::pin::pin!(http.serve_connection(Came(bytes), service));
    let mut task = Context::from_waker(Waker::noop());
    // It never waits: whatever it reads is there.
    for _ in 0..1000 {
        if connection.as_mut().poll(&mut task).is_ready() {
            break;
        }
    }
    whole.lock().unwrap().clone()
}

/// Where this decoder refuses what hyper accepts: what it says, and why it does so.
const STRICTER: &[(&str, &str)] = &[
    (
        "more than one Host",
        "RFC 9112, 3.2: that is answered with 400, since two readers could take another each",
    ),
    ("no Host", "the same"),
    ("the Host is no host", "the same"),
    ("the host is not a name or address", "the same; a user's name has no place there (RFC 9110, 4.2.4)"),
    (
        "a character that is not allowed in the target",
        "RFC 9112, 3.2: no URI has it, so proxies disagree on it",
    ),
    ("the target is neither a path nor an http or https URL", "RFC 9112, 3.2: no form of a target"),
    ("an LF without CR", "RFC 9112, 2.2: a reader may take it; smugglers use that some do and some do not"),
    ("both Content-Length and Transfer-Encoding", "RFC 9112, 6.1: may be refused; hyper ignores the length"),
    ("more than one Content-Length", "RFC 9112, 6.3: hyper takes those that are the same number"),
    (
        "a chunk's size is no number in hexadecimal digits",
        "RFC 9112, 7.1: digits and nothing else; smuggling",
    ),
    ("chunked is not the last transfer coding", "RFC 9112, 6.1: chunked is applied once, and last"),
    ("is not known here", "RFC 9112, 6.1: an unknown coding is 501; hyper hands it on undecoded"),
    ("only 100-continue can be expected", "RFC 9110, 10.1.1: 417 is for all others"),
];

/// The one thing that hyper refuses and this decoder accepts: empty elements of a list are ignored (RFC 9110,
/// section 5.6.1.2). Nobody reads a length out of them.
fn has_an_empty_coding(request: &Understood) -> bool {
    let codings = request.headers.get(TRANSFER_ENCODING.as_str());
    codings
        .is_some_and(|lines| lines.iter().any(|line| line.split(',').any(|coding| coding.trim().is_empty())))
}

/// Whether hyper understands a request otherwise for a known reason.
fn differs_for_a_reason(ours: &Understood, theirs: &Understood) -> bool {
    // The host in the target comes before the header `Host`, and stands there (RFC 9112, section 3.2.2); hyper leaves
    // that to its user.
    let mut theirs = theirs.clone();
    if let Some(host) = ours.headers.get(HOST.as_str()) {
        theirs.headers.insert(HOST.to_string(), host.clone());
    }
    *ours == theirs
}

/// Compares both on these bytes. Returns the reason why hyper accepts more, if it does.
fn compare(bytes: &[u8]) -> Result<Option<&'static str>, String> {
    let (ours, theirs) = (ours(bytes), hypers(bytes));
    let shown = bytes.escape_ascii();
    for (place, mine) in ours.whole.iter().enumerate() {
        match theirs.get(place) {
            Some(their) if mine == their || differs_for_a_reason(mine, their) => {}
            Some(their) => return Err(format!("{shown}\n  ours:   {mine:?}\n  theirs: {their:?}")),
            None if has_an_empty_coding(mine) => return Ok(None),
            None => return Err(format!("{shown}\n  refused by hyper: {mine:?}")),
        }
    }
    if let Some(more) = theirs.get(ours.whole.len()) {
        let why = ours.why.unwrap_or_else(|| "nothing more".to_owned());
        let listed = STRICTER.iter().find(|(said, _)| why.contains(said));
        let (said, _) =
            listed.ok_or_else(|| format!("{shown}\n  refused here: {why}\n  theirs: {more:?}"))?;
        return Ok(Some(said));
    }
    Ok(None)
}

fn among(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(list)
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "OPTIONS", "M-SEARCH", "get", "G(T", ""];
const TARGETS: &[&str] = &[
    "/",
    "/",
    "/a?b=c",
    "/%20",
    "*",
    "http://a/x",
    "http://a",
    "https://b:1/x?y",
    "//x",
    "/a#b",
    "/\u{e4}",
    "/a b",
    "?x",
    "/\"<>",
    "/a\\b",
    "/[",
    "a",
    "a:80",
    "",
];
const VERSIONS: &[&str] = &[
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/1.2",
    "HTTP/2.0",
    "http/1.1",
    "HTTP/1.1 ",
];
const FIELDS: &[&str] = &[
    "X: y",
    "X:y",
    "X:\t y \t",
    "X: \u{e4}",
    "X:",
    "X: a, b",
    "Y: z",
    "X : y",
    " X: y",
    "X: a\r\n b",
    "X\0: y",
    "\u{c4}: y",
    "X(: y",
    "X: a\u{7f}",
    "X: a\u{1}",
    "X: a\rb",
    "X",
    ": x",
    "Host: b",
    "Host:",
    "Host: a b",
    "Host: x@a",
    "Content-Length: 3",
    "Content-Length: 3",
    "Content-Length: 3, 3",
    "Content-Length: +3",
    "Content-Length: 03",
    "Content-Length: 0",
    "Content-Length: -1",
    "Content-Length:",
    "Content-Length: 18446744073709551615",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: chunked, gzip",
    "Transfer-Encoding: identity",
    "Transfer-Encoding:",
    "Transfer-Encoding: \"chunked\"",
    "Expect: 100-continue",
    "Expect: x",
];
const BODIES: &[&str] = &[
    "",
    "",
    "abc",
    "abc",
    "3\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\r\n\r\n",
    "3;e=1\r\nabc\r\n0\r\n\r\n",
    "3;e=\"\\\"\"\r\nabc\r\n0\r\n\r\n",
    "3;\r\nabc\r\n0\r\n\r\n",
    "3;a\rb\r\nabc\r\n0\r\n\r\n",
    "3;a\nb\r\nabc\r\n0\r\n\r\n",
    "03\r\nabc\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "+3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    "3\r\nabc\r\n0\r\nT : x\r\n\r\n",
    "3\r\nabc\r\n0\r\nContent-Length: 1\r\n\r\n",
    "3\nabc\n0\n\n",
    "A\r\n0123456789\r\n00\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "10000000000000003\r\nabc\r\n0\r\n\r\n",
    "\r\n",
];
const ENDS: &[&str] = &["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n"];

/// A request that is good in most places.
fn request() -> impl Strategy<Value = String> {
    let fields = proptest::collection::vec(among(FIELDS), 0..4);
    let host = prop_oneof![8 => Just("Host: a"), 1 => Just("X-Host: a")];
    (among(METHODS), among(TARGETS), among(VERSIONS), host, fields, among(BODIES), among(ENDS)).prop_map(
        |(method, target, version, host, fields, body, end)| {
            let fields: String = fields.iter().map(|field| format!("{field}{end}")).collect();
            format!("{method} {target} {version}{end}{host}{end}{fields}{end}{body}")
        },
    )
}

/// One to three requests, sometimes with a byte that is another, or without the rest.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let requests = proptest::collection::vec(request(), 1..4);
    let spoilt = proptest::option::weighted(0.25, (any::<proptest::sample::Index>(), any::<u8>()));
    let cut = proptest::option::weighted(0.1, any::<proptest::sample::Index>());
    (requests, spoilt, cut).prop_map(|(requests, spoilt, cut)| {
        let mut bytes = requests.concat().into_bytes();
        if let Some((place, byte)) = spoilt {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(place) = cut {
            bytes.truncate(place.index(bytes.len()));
        }
        bytes
    })
}

/// Compares both on all of these, and returns the reasons that were needed.
fn compare_all(inputs: impl Iterator<Item = Vec<u8>>) -> BTreeSet<&'static str> {
    let (mut needed, mut differences) = (BTreeSet::new(), Vec::new());
    for input in inputs {
        match compare(&input) {
            Ok(reason) => needed.extend(reason),
            Err(difference) => differences.push(difference),
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    needed
}

#[test]
fn what_is_accepted_is_accepted_by_hyper_too_and_understood_as_the_same() {
    let (mut runner, input) = (TestRunner::deterministic(), input());
    let inputs = (0..20_000).map(|_| input.new_tree(&mut runner).expect("no filter").current());
    compare_all(inputs);
}

/// So that no part is left to chance; and no reason stands in the list that nothing needs.
#[test]
fn every_part_of_a_request_alone_is_understood_as_by_hyper_but_for_the_reasons_that_are_listed() {
    let mut inputs = Vec::new();
    for version in ["HTTP/1.1", "HTTP/1.0"] {
        for field in FIELDS {
            inputs.push(format!("GET / {version}\r\n{field}\r\n\r\n"));
            for body in BODIES {
                inputs.push(format!("POST / {version}\r\nHost: a\r\n{field}\r\n\r\n{body}"));
            }
            for other in FIELDS {
                let fields = format!("{field}\r\n{other}");
                inputs.push(format!("POST / {version}\r\nHost: a\r\n{fields}\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
            }
        }
        for body in BODIES {
            let head = format!("POST / {version}\r\nHost: a\r\nTransfer-Encoding: chunked");
            inputs.push(format!("{head}\r\n\r\n{body}GET / {version}\r\nHost: a\r\n\r\n"));
        }
    }
    for (method, target, version) in METHODS.iter().flat_map(|method| {
        TARGETS.iter().flat_map(move |target| VERSIONS.iter().map(move |version| (method, target, version)))
    }) {
        for end in ENDS {
            inputs.push(format!("{method} {target} {version}{end}Host: a{end}{end}"));
        }
    }
    let needed = compare_all(inputs.into_iter().map(String::into_bytes));
    let listed: BTreeSet<&str> = STRICTER.iter().map(|(said, _)| *said).collect();
    assert_eq!(needed, listed);
}

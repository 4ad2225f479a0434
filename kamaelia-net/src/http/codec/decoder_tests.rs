//! What the decoder makes of bytes, however they are cut.

use http::Method;
use proptest::prelude::*;

use super::decoder::{Requests, Responses};
use super::framing::Framing;
use super::fuzzed::{Seen, read};

fn requests(bytes: &str) -> Vec<Seen> {
    read(Requests, &[bytes.as_bytes()])
}

fn responses(method: Method, bytes: &str) -> Vec<Seen> {
    read(Responses { method }, &[bytes.as_bytes()])
}

fn body(seen: &[Seen]) -> String {
    let bodies = seen.iter().filter_map(|seen| match seen {
        Seen::Body(body) => Some(String::from_utf8_lossy(body).into_owned()),
        _ => None,
    });
    bodies.collect()
}

#[test]
fn chunks_are_joined_and_trailers_told_but_those_that_frame_a_message() {
    let seen = requests(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n0a;x=\"y\"\r\n0123456789\r\n0\r\nSum: 7\r\nContent-Length: 9\r\n\r\n",
    );
    assert_eq!(body(&seen), "abc0123456789");
    let Some(Seen::End(trailers)) = seen.last() else { panic!("{seen:?}") };
    assert_eq!(trailers["sum"], "7");
    assert_eq!(trailers.len(), 1);
}

#[test]
fn a_response_ends_with_its_length_its_last_chunk_or_its_connection() {
    let ends = |method: Method, head: &str, rest: &str| responses(method, &format!("{head}\r\n\r\n{rest}"));
    assert_eq!(body(&ends(Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 2", "ab")), "ab");
    assert_eq!(body(&ends(Method::GET, "HTTP/1.1 200 OK", "until the end")), "until the end");
    assert_eq!(body(&ends(Method::GET, "HTTP/1.0 200", "x")), "x");
    let head_only = ends(Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 2", "HTTP/1.1 204 \r\n\r\n");
    assert_eq!(head_only.iter().filter(|seen| matches!(seen, Seen::Head(..))).count(), 2);
    let tunnel = ends(Method::CONNECT, "HTTP/1.1 200 OK\r\nContent-Length: 2", "anything");
    assert!(matches!(tunnel[0], Seen::Head(_, Framing::Tunnel)), "{tunnel:?}");
    let cut = ends(Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 5", "ab");
    assert_eq!(cut.last(), Some(&Seen::Cut("the body was cut: 3 of 5 bytes are missing".into())));
    let cut = ends(Method::GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "2\r\nab\r\n");
    let text = "the body was cut: after 2 bytes the last chunk is missing";
    assert_eq!(cut.last(), Some(&Seen::Cut(text.into())));
}

/// Pieces of which messages, good and bad, are made.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "5\r\nhello\r\n",
        "1;a=b\r\nx\r\n",
        "0\r\n\r\n",
        "0\r\nA: b\r\nHost: c\r\n\r\n",
        "\r\n",
        "\n",
        "\r",
        "A: b\r\n",
        "A : b\r\n",
        " folded\r\n",
        "Content-Length: 4, 4\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "x",
        "\u{0}",
        "ffffffffffffffff1\r\n",
        "GET /a-path-that-is-longer-than-the-limit-of-the-first-line-allows HTTP/1.1\r\n",
        "A-header-name-that-is-much-too-long-for-the-limit: and a value behind it\r\n",
    ]);
    let text = prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat().into_bytes());
    (text, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..2)).prop_map(
        |(mut bytes, spoilt)| {
            for (at, byte) in spoilt {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
            }
            bytes
        },
    )
}

/// The bytes in slices that end at these places.
fn cut(bytes: &[u8], places: Vec<prop::sample::Index>) -> Vec<&[u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let ends: Vec<usize> = places.into_iter().chain([bytes.len()]).collect();
    let begins = std::iter::once(0).chain(ends.clone());
    begins.zip(ends.clone()).map(|(begin, end)| &bytes[begin..end]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_requests_are_cut_the_same_is_read(
        bytes in messages(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let whole = read(Requests, &[&bytes]);
        prop_assert_eq!(&whole, &read(Requests, &cut(&bytes, places)));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&whole, &read(Requests, &single));
    }

    #[test]
    fn however_responses_are_cut_the_same_is_read(
        bytes in messages(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        method in prop::sample::select(vec![Method::GET, Method::HEAD, Method::CONNECT]),
    ) {
        let role = || Responses { method: method.clone() };
        let whole = read(role(), &[&bytes]);
        prop_assert_eq!(&whole, &read(role(), &cut(&bytes, places)));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&whole, &read(role(), &single));
    }

    #[test]
    fn any_bytes_at_all_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(Requests, &[&bytes]);
        read(Responses { method: Method::GET }, &[&bytes]);
    }
}

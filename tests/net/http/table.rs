//! The table of raw requests, run against a server.

use kamaelia_net::http::{HttpLimits, HttpServer, Request, Response};

use crate::http::raw::{statuses, talk_and_finish};
use crate::net_harness::{here, serve};

const TABLE: &str = include_str!("requests.txt");

/// A row, its escapes as the bytes that they stand for.
fn unescaped(text: &str) -> Vec<u8> {
    let text = text.replace('¶', "\r\n");
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let (piece, length) = match next {
            '\\' => match &rest[1..2] {
                "x" => (vec![u8::from_str_radix(&rest[2..4], 16).unwrap()], 4),
                other => {
                    let byte = match other {
                        "r" => b'\r',
                        "n" => b'\n',
                        "t" => b'\t',
                        "0" => 0,
                        _ => panic!("what is \\{other}?"),
                    };
                    (vec![byte], 2)
                }
            },
            '{' => {
                let (count, _) = rest[1..].split_once('*').unwrap();
                let begin = count.len() + 2;
                let end = closing_brace(rest);
                (unescaped(&rest[begin..end]).repeat(count.parse().unwrap()), end + 1)
            }
            _ => (next.to_string().into_bytes(), next.len_utf8()),
        };
        bytes.extend(piece);
        rest = &rest[length..];
    }
    bytes
}

/// Where the brace closes that this text begins with.
fn closing_brace(text: &str) -> usize {
    let mut depth = 0;
    let at = text.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0
    });
    at.expect("a brace that closes").0
}

#[test]
fn every_request_of_the_table_is_answered_as_it_allows() {
    let server = serve(|| {
        let mut limits = HttpLimits::new();
        limits.body = Some(1_000_000);
        let answer = |request: Request<Vec<u8>>| {
            let after = if request.uri().path() == "/after" { "after" } else { "" };
            Response::new(after)
        };
        HttpServer::responding(answer, here()).limits(limits)
    });
    let (mut rows, mut wrong) = (0, Vec::new());
    for row in TABLE.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        rows += 1;
        let (allowed, request) = row.split_once(' ').unwrap();
        let (allowed, is_last) = match allowed.strip_suffix('!') {
            Some(allowed) => (allowed, true),
            None => (allowed, false),
        };
        let mut bytes = unescaped(request);
        if !is_last {
            bytes.extend_from_slice(b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        }
        let answers = talk_and_finish(&server, &bytes);
        let came = statuses(&answers);
        let is_allowed = allowed.split('|').any(|allowed| {
            let mut expected: Vec<u16> = allowed.split(',').map(|status| status.parse().unwrap()).collect();
            let goes_on = !is_last && expected.last().is_some_and(|last| *last < 400);
            expected.extend(goes_on.then_some(200));
            came == expected && answers.ends_with("after") == goes_on
        });
        if !is_allowed {
            wrong.push(format!("{row:.200}\n    came back: {came:?}: {answers:.300?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows >= 160, "{rows}");
    server.drain().unwrap();
}

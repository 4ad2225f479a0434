//! Files below a directory, asked for in good and in hostile ways.

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use kamaelia_net::http::{HttpServer, Minimal, MinimalFactory, RequestHead, Routes};

use crate::folder::Folder;
use crate::http::raw::{all, field, head, talk};
use crate::net_harness::{Running, here, serve};

/// A site with a secret beside it.
fn site() -> Folder {
    let directory = Folder::new();
    directory.write("secret.txt", "secret");
    directory.write("site/index.html", "<p>index");
    directory.write("site/numbers.txt", "0123456789");
    directory.write("site/empty", "");
    directory.write("site/with space.txt", "space");
    directory.write("site/sub/index.html", "<p>sub");
    directory.write("site/bare/x", "x");
    symlink("../secret.txt", directory.join("site/link-out")).unwrap();
    symlink("..", directory.join("site/up")).unwrap();
    symlink("numbers.txt", directory.join("site/link-in")).unwrap();
    symlink("circle", directory.join("site/circle")).unwrap();
    directory
}

fn serving(home: &Path) -> Running {
    let files = MinimalFactory::new(home.join("site"));
    let followed = files.clone().follow_links();
    serve(move || {
        let routes = Routes::new()
            .on("/followed", move |request: &RequestHead| followed.make(request))
            .on("/", move |request: &RequestHead| -> Minimal { files.make(request) });
        HttpServer::routing(routes, here())
    })
}

fn ask(server: &Running, line: &str, headers: &str) -> String {
    talk(server, format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n"))
}

#[test]
fn a_file_is_sent_with_its_type_and_a_directory_as_its_index() {
    let directory = site();
    let server = serving(directory.path());
    let whole = ask(&server, "GET /numbers.txt", "");
    assert!(whole.starts_with("HTTP/1.1 200 OK\r\n") && whole.ends_with("\r\n\r\n0123456789"), "{whole}");
    assert_eq!(field(&whole, "content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(field(&whole, "content-length"), Some("10"));
    assert_eq!(field(&whole, "x-content-type-options"), Some("nosniff"));
    let only_head = ask(&server, "HEAD /numbers.txt", "");
    assert_eq!(field(&only_head, "content-length"), Some("10"));
    assert!(only_head.ends_with("\r\n\r\n"));
    assert!(ask(&server, "GET /", "").ends_with("<p>index"));
    assert!(ask(&server, "GET /sub/", "").ends_with("<p>sub"));
    assert!(ask(&server, "GET /with%20space.txt?query", "").ends_with("space"));
    assert!(ask(&server, "GET /empty", "").contains("content-length: 0\r\n"));
    assert!(ask(&server, "GET /link-in", "").ends_with("0123456789"));
    let moved = ask(&server, "GET /sub?a=b", "");
    assert!(moved.starts_with("HTTP/1.1 301 "), "{moved}");
    assert_eq!(field(&moved, "location"), Some("/sub/?a=b"));
    assert_eq!(field(&ask(&server, "GET //sub", ""), "location"), Some("/sub/"), "no other host");
}

#[test]
fn no_path_leads_out_of_the_directory_and_what_is_no_file_is_404() {
    let directory = site();
    let server = serving(directory.path());
    Command::new("mkfifo").arg(directory.join("site/fifo")).status().unwrap();
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/../../secret.txt",
        "/%252e%252e/secret.txt",
        "/up/secret.txt",
        "/link-out",
        "/circle",
        "/fifo",
        "/numbers.txt/",
        "/numbers.txt/x",
        "/bare/",
        "/nothing",
        "/%00",
        "/sub/..;/..;/secret.txt",
    ] {
        let answer = ask(&server, &format!("GET {path}"), "");
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(!answer.ends_with("secret"), "{path}");
    }
    assert!(ask(&server, "GET /%zz", "").starts_with("HTTP/1.1 400 "));
    assert!(ask(&server, &format!("GET /{}", "x".repeat(300)), "").starts_with("HTTP/1.1 404 "));
    assert!(ask(&server, "GET /followed/link-out", "").ends_with("secret"));
    assert!(ask(&server, "GET /followed/../secret.txt", "").starts_with("HTTP/1.1 404 "));
    let refused = ask(&server, "DELETE /numbers.txt", "");
    assert!(refused.starts_with("HTTP/1.1 405 "), "{refused}");
    assert_eq!(field(&refused, "allow"), Some("GET, HEAD"));
}

#[test]
fn a_part_is_sent_on_request_and_nothing_if_the_client_has_the_file() {
    let directory = site();
    let server = serving(directory.path());
    let get = |headers: &str| ask(&server, "GET /numbers.txt", headers);
    let part = get("Range: bytes=2-4\r\n");
    assert!(part.starts_with("HTTP/1.1 206 ") && part.ends_with("\r\n\r\n234"), "{part}");
    assert_eq!(field(&part, "content-range"), Some("bytes 2-4/10"));
    assert!(get("Range: bytes=-2\r\n").ends_with("\r\n\r\n89"));
    assert!(get("Range: bytes=0-1,3-4\r\n").ends_with("0123456789"));
    let nowhere = get("Range: bytes=10-\r\n");
    assert!(nowhere.starts_with("HTTP/1.1 416 "), "{nowhere}");
    assert_eq!(field(&nowhere, "content-range"), Some("bytes */10"));
    let whole = get("");
    let (etag, modified) = (field(&whole, "etag").unwrap(), field(&whole, "last-modified").unwrap());
    for known in [format!("If-None-Match: {etag}\r\n"), format!("If-Modified-Since: {modified}\r\n")] {
        let answer = get(&known);
        assert!(answer.starts_with("HTTP/1.1 304 ") && answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(field(&answer, "etag"), Some(etag));
    }
    assert!(get(&format!("If-Range: {etag}\r\nRange: bytes=0-0\r\n")).ends_with("\r\n\r\n0"));
    assert!(get("If-Range: \"other\"\r\nRange: bytes=0-0\r\n").ends_with("0123456789"));
    assert!(get("If-Match: \"other\"\r\n").starts_with("HTTP/1.1 412 "));
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent_is_seen_as_cut() {
    let directory = site();
    let path = directory.write("site/large", vec![b'x'; 20_000_000]);
    let server = serving(directory.path());
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_eq!(field(&head(&mut stream), "content-length"), Some("20000000"));
    std::fs::File::options().write(true).open(path).unwrap().set_len(1_000_000).unwrap();
    let mut body = Vec::new();
    let _ = stream.read_to_end(&mut body);
    assert!(body.len() < 20_000_000);
    assert!(ask(&server, "GET /numbers.txt", "").ends_with("0123456789"), "others are served");
}

#[test]
fn a_kept_connection_brings_many_files() {
    let directory = site();
    let server = serving(directory.path());
    let mut stream = server.connect();
    let request = "GET /numbers.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(request.repeat(100).as_bytes()).unwrap();
    stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let answers = all(&mut stream);
    assert_eq!(answers.matches("\r\n\r\n0123456789").count(), 100);
}

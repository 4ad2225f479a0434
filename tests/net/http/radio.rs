//! Radio streams, and messages that are posted.

use std::io::{Read, Write};
use std::net::TcpListener;

use axon::pipeline;
use axon::prelude::*;
use axon::testing::Bench;
use axon::util::SimpleFileWriter;
use kamaelia_net::http::{
    HttpAnswer, HttpMakePostRequest, HttpServer, IceIpcDataChunk, IceIpcDisconnected, IceIpcHeader,
    IceIpcMetadata, IcecastClient, IcecastDemux, Request, Response, SimpleHttpClient,
    icecast_stream_remove_metadata, icecast_stream_writer,
};

use crate::folder::Folder;
use crate::http::raw::head;
use crate::net_harness::{here, run, serve};

/// Sound of eight bytes between metadata, the first of which is empty.
fn stream() -> Vec<u8> {
    let title = b"StreamTitle='one; two';StreamUrl='';";
    let mut metadata = vec![3];
    metadata.extend(title);
    metadata.resize(1 + 48, 0);
    [b"sound 1.", &[0][..], b"sound 2.", &metadata, b"sou"].concat()
}

fn parts(pieces: &[&[u8]]) -> (Vec<u8>, Vec<String>) {
    let mut bench = Bench::new(IcecastDemux::new());
    bench.put("inbox", Response::builder().header("icy-metaint", "8").body(()).unwrap());
    for piece in pieces {
        bench.put("inbox", piece.to_vec());
    }
    bench.settle();
    let (mut sound, mut titles) = (Vec::new(), Vec::new());
    for message in bench.take_messages("outbox") {
        if let Some(data) = message.view(|chunk: &IceIpcDataChunk| chunk.data.clone()) {
            sound.extend(data);
        }
        if let Some(metadata) = message.view(|metadata: &IceIpcMetadata| metadata.metadata.clone()) {
            assert_eq!(metadata["StreamUrl"], "");
            titles.push(metadata["StreamTitle"].clone());
        }
    }
    (sound, titles)
}

#[test]
fn sound_and_titles_come_apart_wherever_the_stream_is_cut() {
    let stream = stream();
    for cut in 0..=stream.len() {
        let (first, second) = stream.split_at(cut);
        let (sound, titles) = parts(&[first, second]);
        assert_eq!(sound, b"sound 1.sound 2.sou", "{cut}");
        assert_eq!(titles, ["one; two"], "{cut}");
    }
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(parts(&single).1, ["one; two"]);
}

#[test]
fn the_sound_alone_goes_into_a_file() {
    let directory = Folder::new();
    let path = directory.join("stream.mp3");
    axon::run(pipeline![
        DataSource::new([b"ab".to_vec(), b"cd".to_vec()]),
        IcecastDemux::new(),
        icecast_stream_writer(&path),
    ])
    .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"abcd");
    let beside = directory.join("beside.mp3");
    axon::run(pipeline![
        DataSource::new([IceIpcDataChunk { data: b"e".to_vec() }]),
        icecast_stream_remove_metadata(),
        SimpleFileWriter::new(&beside),
    ])
    .unwrap();
    assert_eq!(std::fs::read(&beside).unwrap(), b"e");
}

#[test]
fn a_stream_that_breaks_off_is_asked_for_again_and_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/radio", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        for answer in
            ["HTTP/1.0 503 Full\r\n\r\nno sound", "HTTP/1.0 200 OK\r\nicy-metaint: 8\r\n\r\nsound 1."]
        {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(head(&mut stream).contains("icy-metadata: 1\r\n"));
            stream.write_all(answer.as_bytes()).unwrap();
        }
        let (mut stream, _) = listener.accept().unwrap();
        head(&mut stream);
        stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-type: audio/mpeg\r\n\r\nsound 2.").unwrap();
        // Until the client is told to stop.
        let _ = stream.read(&mut [0]);
    });
    run(async move |cx| {
        let radio = cx.activate(pipeline![IcecastClient::new(url.parse()?), IcecastDemux::new()]);
        cx.link((&radio, "outbox"), (cx.me(), "inbox"))?;
        cx.link((cx.me(), "signal"), (&radio, "control"))?;
        assert_eq!(cx.next::<IceIpcHeader>("inbox").await?.content_type, None);
        assert_eq!(cx.next::<IceIpcDataChunk>("inbox").await?.data, b"sound 1.");
        assert_eq!(cx.next::<IceIpcDisconnected>("inbox").await?, IceIpcDisconnected);
        assert_eq!(cx.next::<IceIpcHeader>("inbox").await?.content_type.as_deref(), Some("audio/mpeg"));
        assert_eq!(cx.next::<IceIpcDataChunk>("inbox").await?.data, b"sound 2.");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
    server.join().unwrap();
}

#[test]
fn a_url_at_which_there_is_no_server_is_an_error_and_not_asked_again() {
    for url in
        ["/radio", "ftp://127.0.0.1/radio", "http://127.0.0.1:99999/radio", "http://me@127.0.0.1/radio"]
    {
        let error = axon::run(IcecastClient::new(url.parse().unwrap())).unwrap_err().to_string();
        assert!(error.contains(&format!("cannot ask for {url}: ")), "{error}");
    }
}

#[test]
fn each_message_is_posted_to_the_url() {
    let server = serve(|| {
        let answer = |request: Request<Vec<u8>>| Response::new([b"got ", request.body().as_slice()].concat());
        HttpServer::responding(answer, here())
    });
    let url = format!("http://{}/upload", server.address);
    let answers = Received::<HttpAnswer>::new();
    axon::run(pipeline![
        DataSource::new(["one", "two"]),
        HttpMakePostRequest::new(url.parse().unwrap()),
        SimpleHttpClient::new(),
        DataSink::new(&answers),
    ])
    .unwrap();
    let bodies: Vec<Vec<u8>> = answers.take().into_iter().map(|answer| answer.unwrap().into_body()).collect();
    assert_eq!(bodies, [b"got one", b"got two"]);
    let failed = axon::run(pipeline![DataSource::new([7]), HttpMakePostRequest::new(url.parse().unwrap())]);
    assert!(failed.unwrap_err().to_string().contains("bytes or text"));
    server.drain().unwrap();
}

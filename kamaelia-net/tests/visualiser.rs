//! The visualiser as browsers, scripts and strangers see it: every form of the picture, who is refused, and viewers
//! that are slow or gone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use axon::prelude::*;
use axon::util::{Backplane, ChunksToLines, PublishTo, SubscribeTo};
use axon::{Remote, RunError, Scheduler};
use kamaelia_net::{Listen, SimpleServer, Visualiser};

/// No test waits longer for anything.
const LONG: Duration = Duration::from_secs(20);

/// Sends a line whenever it is told to, and some more.
struct Talker;

impl Component for Talker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            cx.send_when_room("outbox", line).await?;
        }
        Ok(())
    }
}

/// Takes one message, and then waits for one that never comes.
struct Forgetful;

impl Component for Forgetful {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("other", "what never comes").inbox_size("inbox", 4)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let _: String = cx.next("inbox").await?;
        let _: String = cx.next("other").await?;
        Ok(())
    }
}

/// A program with a visualiser, on a thread of its own.
struct Program {
    /// `127.0.0.1:PORT`, and the token.
    address: String,
    token: String,
    remote: Remote,
    /// Where a message can be put.
    entry: ComponentRef,
    thread: JoinHandle<Result<(), RunError>>,
}

/// Runs what `build` activates; it returns a component that messages are put into.
fn program(build: impl FnOnce(&mut Scheduler) -> ComponentRef + Send + 'static) -> Program {
    program_of(Visualiser::new("127.0.0.1:0"), build)
}

fn program_of(
    visualiser: Visualiser,
    build: impl FnOnce(&mut Scheduler) -> ComponentRef + Send + 'static,
) -> Program {
    let (tell, told) = channel();
    let thread = thread::spawn(move || {
        let mut scheduler = Scheduler::new();
        let visualiser = visualiser.bind().unwrap();
        let url = visualiser.url().unwrap();
        let entry = build(&mut scheduler);
        scheduler.activate(visualiser);
        tell.send((url, scheduler.remote(), entry)).unwrap();
        scheduler.run()
    });
    let (url, remote, entry) = told.recv().unwrap();
    let (address, token) = url.trim_start_matches("http://").trim_end_matches('/').split_once('/').unwrap();
    Program { address: address.to_owned(), token: token.to_owned(), remote, entry, thread }
}

fn two_who_wait_for_each_other() -> Program {
    program(|scheduler| {
        let (one, other) = (scheduler.activate(Talker), scheduler.activate(Talker));
        let cx = scheduler.context(&one);
        cx.link((&one, "outbox"), (&other, "inbox")).unwrap();
        cx.link((&other, "outbox"), (&one, "inbox")).unwrap();
        one
    })
}

fn talkers() -> Program {
    talkers_of(Visualiser::new("127.0.0.1:0"))
}

/// Talkers to whom something may be done.
fn talkers_that_obey() -> Program {
    talkers_of(Visualiser::new("127.0.0.1:0").allow_commands())
}

fn talkers_of(visualiser: Visualiser) -> Program {
    program_of(visualiser, |scheduler| {
        let talker = scheduler.add(Talker);
        scheduler.activate(
            Graphline::new()
                .component("first", talker.clone())
                .component("hostile <b>\"&'\n\u{1b}[31m", PassThrough::new())
                .component("last", NullSinkComponent::new())
                .link(("first", "outbox"), ("hostile <b>\"&'\n\u{1b}[31m", "inbox"))
                .unwrap()
                .link(("hostile <b>\"&'\n\u{1b}[31m", "outbox"), ("last", "inbox"))
                .unwrap(),
        );
        talker
    })
}

/// The answer to a request: its head, and its body.
fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream
}

impl Program {
    fn get(&self, path: &str) -> (String, String) {
        ask(&self.address, &self.request(path, ""))
    }

    fn request(&self, path: &str, headers: &str) -> String {
        let (address, token) = (&self.address, &self.token);
        format!("GET /{token}/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n")
    }

    /// A stream whose head was read and is as expected.
    fn stream(&self, path: &str, headers: &str, status: &str) -> BufReader<TcpStream> {
        let mut stream = connect(&self.address);
        stream.write_all(self.request(path, headers).as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.contains(status), "{line}");
        while line.trim() != "" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        reader
    }

    /// A page that may give orders.
    fn commander(&self) -> Commander {
        Commander(self.stream("changes", &format!("{UPGRADE}Origin: http://{}\r\n", self.address), " 101 "))
    }

    fn put(&self, line: impl Into<String>) {
        self.remote.deliver(&self.entry, "inbox", line.into()).unwrap();
    }

    fn end(self) {
        self.remote.stop().unwrap();
        drop(self.remote);
        self.thread.join().unwrap().unwrap();
    }
}

/// What a page says over its WebSocket.
struct Commander(BufReader<TcpStream>);

impl Commander {
    /// The answer to an order.
    fn order(&mut self, order: &str) -> String {
        self.frame(0x81, order.as_bytes());
        self.answer()
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        assert!(payload.len() < 126);
        // The mask is zero, so that the payload stays as it is.
        let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        frame.extend(payload);
        self.0.get_mut().write_all(&frame).unwrap();
    }

    fn answer(&mut self) -> String {
        let late = Instant::now() + LONG;
        while Instant::now() < late {
            let text = self.text();
            if text.starts_with("{\"done\"") || text.starts_with("{\"refused\"") {
                return text;
            }
        }
        panic!("no answer");
    }

    fn text(&mut self) -> String {
        let mut bytes = |length: usize| {
            let mut bytes = vec![0; length];
            self.0.read_exact(&mut bytes).unwrap();
            bytes
        };
        let length = match bytes(2)[1] {
            126 => usize::from(u16::from_be_bytes(bytes(2).try_into().unwrap())),
            127 => u64::from_be_bytes(bytes(8).try_into().unwrap()) as usize,
            short => short.into(),
        };
        String::from_utf8(bytes(length)).unwrap()
    }
}

/// Asks until the answer contains something.
fn until(program: &Program, path: &str, part: &str) -> String {
    let late = Instant::now() + LONG;
    loop {
        let (_, body) = program.get(path);
        if body.contains(part) {
            return body;
        }
        assert!(Instant::now() < late, "no {part} in {body}");
    }
}

/// Reads until a line contains something.
fn line_with(reader: &mut BufReader<TcpStream>, part: &str) -> String {
    let late = Instant::now() + LONG;
    while Instant::now() < late {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "it ended before {part}");
        if line.contains(part) {
            return line;
        }
    }
    panic!("no {part}");
}

#[test]
fn every_form_of_the_picture_shows_the_components_and_not_the_visualiser() {
    let program = talkers();
    for (path, kind, parts) in [
        ("", "text/html; charset=utf-8", &["<!doctype html>"][..]),
        ("page.css", "text/css; charset=utf-8", &[]),
        ("page.js", "text/javascript; charset=utf-8", &[]),
        ("snapshot.json", "application/json", &["\"called\":\"first\"", "\"whole\":true", "\"why\""]),
        ("graph.dot", "text/vnd.graphviz; charset=utf-8", &["digraph", "NullSinkComponent"]),
        ("graph.mmd", "text/plain; charset=utf-8", &["flowchart", "NullSinkComponent"]),
        ("graph.svg", "image/svg+xml; charset=utf-8", &["<svg", "NullSinkComponent", "control"]),
        ("graph.svg?signals=0&plain=2", "image/svg+xml; charset=utf-8", &["<svg", "Graphline"]),
        ("graph.txt", "text/plain; charset=utf-8", &["NullSinkComponent", "outbox, 0 sent ->"]),
        ("top.txt", "text/plain; charset=utf-8", &["NullSinkComponent", "stuck: first (Talker_1) waits"]),
    ] {
        let (head, body) = program.get(path);
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
        assert!(head.contains(&format!("content-type: {kind}\r\n")), "{path}: {head}");
        assert!(head.contains("content-security-policy: default-src 'none'"), "{path}: {head}");
        assert!(!head.contains("*"), "{path}: {head}");
        for part in parts {
            assert!(body.contains(part), "{path}: no {part} in {body}");
        }
        if !path.is_empty() && !path.starts_with("page") {
            assert!(!body.contains("Visualiser"), "{path}: {body}");
        }
    }
    program.end();
}

#[test]
fn names_that_would_be_commands_of_a_terminal_or_of_a_page_are_written_as_text() {
    let program = talkers();
    for path in ["top.txt", "snapshot.json", "graph.svg"] {
        let (_, body) = program.get(path);
        assert!(!body.contains('\u{1b}') && body.contains("hostile"), "{path}: {body}");
        assert!(!path.ends_with("svg") || !body.contains("<b>"), "{body}");
    }
    let closed = program.get("graph.svg?signals=0&plain=2").1;
    assert!(closed.contains("Graphline_2") && !closed.contains("\"c5\""), "{closed}");
    program.end();
}

#[test]
fn whoever_lacks_the_token_or_comes_from_elsewhere_is_refused() {
    let program = talkers();
    let (address, token) = (program.address.clone(), program.token.clone());
    let port = address.rsplit_once(':').unwrap().1.to_owned();
    let paths =
        ["", "snapshot.json", "graph.dot", "top.txt", "events", "changes", "tap?component=1&box=inbox"];
    let upgrade = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for path in paths {
        let more = if path == "changes" { upgrade } else { "" };
        for (target, headers) in [
            (format!("/{path}"), format!("Host: {address}\r\n{more}")),
            (format!("/{}/{path}", token.to_uppercase()), format!("Host: {address}\r\n{more}")),
            (format!("/{token}x/{path}"), format!("Host: {address}\r\n{more}")),
            (format!("/{token}/{path}"), format!("Host: evil.example:{port}\r\n{more}")),
            (format!("/{token}/{path}"), format!("Host: {address}\r\nOrigin: http://evil.example\r\n{more}")),
            (format!("/{token}/{path}"), format!("Host: {address}\r\nOrigin: null\r\n{more}")),
            (format!("/{token}/{path}"), format!("Host: {address}\r\nOrigin: https://{address}\r\n{more}")),
        ] {
            if target == format!("/{token}/{path}").to_uppercase() {
                continue;
            }
            let (head, _) =
                ask(&address, &format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
            assert!(head.starts_with("HTTP/1.1 403 "), "{target} {headers}: {head}");
        }
    }
    for host in [address.clone(), format!("localhost:{port}"), "[::1]".to_owned()] {
        let request = format!("GET /{token}/graph.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert!(ask(&address, &request).0.starts_with("HTTP/1.1 200 "), "{host}");
    }
    program.end();
}

#[test]
fn garbage_is_refused_and_harms_nobody() {
    let program = talkers();
    let (address, token) = (program.address.clone(), program.token.clone());
    let start = format!("GET /{token}/");
    for (request, status) in [
        ("\0\u{1}\u{2}\r\n\r\n".to_owned(), " 400 "),
        (format!("{start}no.such HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), " 404 "),
        (
            format!("{start}../../etc/passwd HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
            " 404 ",
        ),
        (format!("{start}tap HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), " 400 "),
        (
            format!("{start}tap.txt?at=%ff.%00 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
            " 400 ",
        ),
        (
            format!("{start}tap.txt?at=x.inbox HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
            " 404 ",
        ),
        (
            format!("{start}tap.txt?at=first.inbux HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
            " 404 ",
        ),
        (format!("{start}changes HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), " 4"),
        (
            format!(
                "POST /{token}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            ),
            " 405 ",
        ),
        (format!("{start} HTTP/1.1\r\nConnection: close\r\n\r\n"), " 400 "),
    ] {
        let (head, _) = ask(&address, &request);
        assert!(head.contains(status), "{request:?}: {head}");
    }
    let mut socket = program.stream("changes", UPGRADE, " 101 ");
    // Unmasked, and nonsense.
    socket.get_mut().write_all(&[0xff; 100]).unwrap();
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).unwrap();
    assert!(program.get("graph.txt").0.contains(" 200 "));
    program.end();
}

const UPGRADE: &str = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[test]
fn changes_follow_as_events_and_over_a_websocket() {
    let program = talkers();
    let mut events = program.stream("events", "", " 200 ");
    let whole = line_with(&mut events, "data: {\"whole\":true");
    assert!(whole.contains("\"called\":\"first\""), "{whole}");
    program.put("one");
    let moved = line_with(&mut events, "\"moved\"");
    assert!(moved.contains(",1,"), "{moved}");
    let mut socket =
        program.stream("changes", &format!("{UPGRADE}Origin: http://{}\r\n", program.address), " 101 ");
    let mut frame = [0; 2];
    socket.read_exact(&mut frame).unwrap();
    assert_eq!(frame[0] & 0x0f, 1, "a message of text");
    program.remote.deliver(&program.entry, "control", ProducerFinished::new()).unwrap();
    let ended = line_with(&mut events, "\"ended\"");
    assert!(ended.contains("\"moved\""), "{ended}");
    drop((events, socket));
    program.end();
}

#[test]
fn a_tap_shows_the_messages_that_pass_and_counts_those_that_are_not_shown() {
    let program = talkers();
    let mut lines = program.stream("tap.txt?at=first.inbox", "", " 200 ");
    // What `Remote` puts is not seen, what the first sends on is.
    let mut onward = program.stream("tap?component=first&side=outbox&box=outbox", "", " 200 ");
    program.put("hello\u{1b}[2J");
    let shown = line_with(&mut onward, "hello");
    assert!(shown.contains("\\\\u{1b}[2J"), "{shown}");
    for number in 0..1000 {
        program.put(number.to_string());
    }
    let others = line_with(&mut onward, "\"others\":9");
    assert!(others.contains("\"messages\":["), "{others}");
    lines.get_mut().set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(lines.read_line(&mut String::new()).is_err(), "nothing went this way");
    drop((lines, onward));
    program.end();
}

#[test]
fn who_holds_up_the_others_is_named() {
    let program = program(|scheduler| {
        let talker = scheduler.add(Talker);
        scheduler.activate(Pipeline::new().then(talker.clone()).then(PassThrough::new()).then(Forgetful));
        talker
    });
    for number in 0..600 {
        program.put(number.to_string());
    }
    let why = until(&program, "top.txt", "stuck: ");
    assert!(
        why.contains("Forgetful_5 waits for a message in \"other\", to which nothing is linked"),
        "{why}"
    );
    assert!(why.contains("more wait because of that"), "{why}");
    program.end();
}

#[test]
fn those_who_wait_for_each_other_are_named() {
    let program = two_who_wait_for_each_other();
    let why = until(&program, "top.txt", "stuck: ");
    assert!(why.contains("Talker_1 and Talker_2 wait for each other, and nothing can wake them"), "{why}");
    program.end();
}

#[test]
fn one_that_is_slow_is_named_while_it_works() {
    struct Slow;
    impl Component for Slow {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                let _: String = cx.next("inbox").await?;
                cx.sleep(Duration::from_millis(20)).await;
            }
        }
    }
    let program = program(|scheduler| {
        let talker = scheduler.add(Talker);
        scheduler.activate(Pipeline::new().then(talker.clone()).then(PassThrough::new()).then(Slow));
        talker
    });
    for number in 0..2000 {
        program.put(number.to_string());
    }
    let why = until(&program, "snapshot.json", "\"kind\":\"slow\"");
    assert!(why.contains("Slow_5 is the slowest"), "{why}");
    program.end();
}

#[test]
fn a_viewer_that_reads_nothing_holds_up_nobody() {
    let program = talkers();
    let idle: Vec<_> = (0..5).map(|_| program.stream("events", "", " 200 ")).collect();
    let mut watching = program.stream("events", "", " 200 ");
    line_with(&mut watching, "\"whole\":true");
    for round in 0..5 {
        program.put(round.to_string());
        line_with(&mut watching, &format!(",{},", round + 1));
    }
    drop(idle);
    assert!(program.get("top.txt").0.contains(" 200 "));
    program.end();
}

#[test]
fn a_program_that_does_not_answer_is_said_not_to() {
    struct Hog;
    impl Component for Hog {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            let _: String = cx.next("inbox").await?;
            thread::sleep(Duration::from_secs(3));
            Ok(())
        }
    }
    let program = program(|scheduler| scheduler.activate(Hog));
    let mut events = program.stream("events", "", " 200 ");
    line_with(&mut events, "\"whole\":true");
    program.put("go");
    line_with(&mut events, "\"late\":1");
    drop((events, program.remote));
    program.thread.join().unwrap().unwrap();
}

#[test]
fn it_ends_with_the_others_and_an_address_that_cannot_be_had_is_an_error() {
    let mut scheduler = Scheduler::new();
    let visualiser = Visualiser::new("0").bind().unwrap();
    let url = visualiser.url().unwrap();
    let taken = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    assert!(Visualiser::new(&taken).bind().unwrap_err().to_string().contains(&taken));
    assert!(Visualiser::new("0.0.0.0:0").bind().unwrap_err().to_string().contains("open_to_others"));
    let open = Visualiser::new("0.0.0.0:0").open_to_others().bind().unwrap();
    assert!(open.url().unwrap().starts_with("http://0.0.0.0:"));
    scheduler.activate(visualiser);
    scheduler.activate(pipeline![OneShot::new("hello"), NullSinkComponent::new()]);
    scheduler.run().unwrap();
    drop(scheduler);
}

#[test]
fn one_that_is_held_takes_turns_when_it_is_told_to() {
    let program = talkers_that_obey();
    assert!(program.get("snapshot.json").1.contains("\"commands\":true"));
    let mut page = program.commander();
    assert_eq!(page.order("do=hold&component=first"), "{\"done\":\"first (Talker_1) is held\"}");
    until(&program, "snapshot.json", "\"state\":\"held\"");
    assert!(until(&program, "top.txt", "held").contains("first (Talker_1) is held, and those who wait"));
    for line in ["one", "two+more%26more", "three"] {
        let answer = page.order(&format!("do=put&component=first&box=inbox&text={line}"));
        assert_eq!(answer, "{\"done\":\"the text is in first (Talker_1).inbox\"}");
    }
    until(&program, "graph.txt", "inbox, 3 waiting");
    let (_, picture) = program.get("graph.txt");
    assert!(picture.contains("outbox, 0 sent ->"), "{picture}");
    let mut lines = program.stream("tap.txt?at=last.inbox", "", " 200 ");
    assert_eq!(page.order("do=step&component=1"), "{\"done\":\"first (Talker_1) takes its next turn\"}");
    line_with(&mut lines, "\"one\"");
    // It takes all that it finds in its turn.
    line_with(&mut lines, "two more&more");
    program.put("four");
    until(&program, "graph.txt", "inbox, 1 waiting");
    assert!(page.order("do=release&component=Talker_1").contains("goes on"));
    line_with(&mut lines, "\"four\"");
    assert!(page.order("do=end&component=first").contains("told that no more will come"));
    until(&program, "graph.txt", "\n");
    let ended = until(&program, "snapshot.json", "\"state\":\"ended\"");
    assert!(ended.contains("\"called\":\"first\""), "{ended}");
    program.end();
}

#[test]
fn who_is_held_goes_on_when_the_last_page_that_gave_orders_is_closed() {
    let program = talkers_that_obey();
    let (mut page, mut other) = (program.commander(), program.commander());
    assert!(page.order("do=hold&component=first").contains("is held"));
    assert!(other.order("do=hold&component=last").contains("is held"));
    program.put("one");
    drop(page);
    assert!(other.order("do=release&component=last").contains("goes on"));
    assert!(program.get("snapshot.json").1.contains("\"state\":\"held\""));
    let mut lines = program.stream("tap.txt?at=last.inbox", "", " 200 ");
    drop(other);
    line_with(&mut lines, "\"one\"");
    program.end();
}

#[test]
fn an_orderly_end_and_the_end_of_the_program_let_everybody_go() {
    let program = talkers_that_obey();
    let mut page = program.commander();
    assert!(page.order("do=hold&component=first").contains("is held"));
    program.remote.stop_within(LONG).unwrap();
    drop(program.remote);
    program.thread.join().unwrap().unwrap();
}

#[test]
fn an_order_that_cannot_be_carried_out_is_refused_with_the_reason() {
    let program = talkers_that_obey();
    let mut page = program.commander();
    for (order, why) in [
        ("", "do is missing"),
        ("do=hold", "component is missing"),
        ("do=hodl&component=first", "there are hold, step, release, put and end"),
        ("do=hold&component=frist", "did you mean first?"),
        ("do=hold&component=Visualiser_6", "there is no component"),
        ("do=step&component=first", "is not held; hold it first"),
        ("do=put&component=first&text=hello", "box is missing"),
        ("do=put&component=first&box=inbux&text=hello", "has no inbox \\\"inbux\\\"; it has"),
        ("do=put&component=first&box=outbox&text=hello", "has no inbox"),
        ("%ff&&=&do=%00", "there are hold"),
    ] {
        let answer = page.order(order);
        assert!(answer.starts_with("{\"refused\"") && answer.contains(why), "{order}: {answer}");
    }
    // Bytes are not answered, and what comes after them is.
    page.frame(0x82, b"do=hold&component=first");
    assert!(page.order("do=release&component=first").contains("goes on"));
    assert!(!program.get("snapshot.json").1.contains("\"state\":\"held\""));
    program.end();
}

#[test]
fn nothing_is_done_unless_it_was_allowed() {
    let program = talkers();
    assert!(program.get("snapshot.json").1.contains("\"commands\":false"));
    let mut page = program.commander();
    for order in
        ["do=hold&component=first", "do=put&component=first&box=inbox&text=x", "do=end&component=first", ""]
    {
        let answer = page.order(order);
        assert!(answer.starts_with("{\"refused\"") && answer.contains("allow_commands"), "{answer}");
    }
    let (_, picture) = program.get("snapshot.json");
    assert!(!picture.contains("\"held\"") && !picture.contains("\"total\":1"), "{picture}");
    program.end();
}

#[test]
fn who_gives_more_orders_than_are_answered_is_refused_some_and_harms_nobody() {
    let program = talkers_that_obey();
    let mut page = program.commander();
    for _ in 0..1000 {
        page.frame(0x81, b"do=put&component=first&box=inbox&text=x");
    }
    let answers: Vec<String> = (0..1000).map(|_| page.answer()).collect();
    assert!(answers.iter().any(|answer| answer.starts_with("{\"done\"")), "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.starts_with("{\"refused\"")) {
        assert!(refused.contains("too many orders wait"), "{refused}");
    }
    program.end();
}

/// Takes long turns.
struct Thorough;

impl Component for Thorough {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            thread::sleep(Duration::from_millis(4));
            cx.pause_for(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

/// Wakes itself four times for each message.
struct Restless;

impl Component for Restless {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            for _ in 0..4 {
                cx.yield_now().await;
            }
            let _ = cx.send("outbox", 1u8);
        }
        Ok(())
    }
}

#[test]
fn one_with_long_turns_and_one_that_wakes_itself_are_hinted_at() {
    let program = program(|scheduler| {
        scheduler.activate(pipeline![Restless, NullSinkComponent::new()]);
        scheduler.activate(Thorough)
    });
    let events = program.stream("events", "", " 200 ");
    let hints = until(&program, "top.txt", "wakes itself: in most of its turns");
    assert!(hints.contains("hint: Restless_"), "{hints}");
    let hints = until(&program, "top.txt", "hint: Thorough_2 kept the others waiting for ");
    assert!(!hints.contains("hint: NullSinkComponent"), "{hints}");
    drop(events);
    program.end();
}

/// Looks at the page of a program in a browser. False if there is none.
fn browse(url: &str, arguments: &[&str]) -> bool {
    let is_there = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !is_there("python3") || !["chromium", "chromium-browser", "google-chrome"].into_iter().any(is_there) {
        println!("WARNING: skipped: chromium or python3 is not installed");
        return false;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/visualiser_page/browser.py");
    let output = Command::new("python3").arg(script).arg(url).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout);
    assert!(said.ends_with("ok\n"), "{said}{}", text(&output.stderr));
    said.lines().filter(|line| line.starts_with("WARNING")).for_each(|line| println!("{line}"));
    true
}

impl Program {
    fn url(&self) -> String {
        format!("http://{}/{}/", self.address, self.token)
    }
}

#[test]
fn in_a_browser_everything_is_shown_and_hostile_names_are_text() {
    let program = talkers();
    browse(&program.url(), &["plain"]);
    program.end();
}

#[test]
fn in_a_browser_a_component_is_held_stepped_fed_and_ended() {
    let program = talkers_that_obey();
    browse(&program.url(), &["commands", "first", "last"]);
    program.end();
}

#[test]
fn in_a_browser_one_of_a_thousand_components_is_found_and_shown_with_its_neighbours() {
    let program = program(|scheduler| {
        let all: Vec<ComponentRef> = (0..1000).map(|_| scheduler.activate(PassThrough::new())).collect();
        let cx = scheduler.context(&all[0]);
        for (nth, one) in all.iter().enumerate() {
            // Any order will do in which none is its own neighbour.
            let other = &all[(nth * 617 + 1) % 1000];
            if other != one {
                let _ = cx.link((one, "outbox"), (other, "inbox"));
            }
        }
        all[0].clone()
    });
    browse(&program.url(), &["many", "1000"]);
    program.end();
}

#[test]
fn in_a_browser_the_page_has_no_serious_fault_for_those_who_cannot_see_or_point() {
    let program = talkers_that_obey();
    browse(&program.url(), &["axe", env!("CARGO_TARGET_TMPDIR")]);
    program.end();
}

#[test]
fn in_a_browser_the_button_names_those_who_wait_for_each_other() {
    let program = two_who_wait_for_each_other();
    browse(&program.url(), &["stuck", "Talker_1", "Talker_2"]);
    program.end();
}

/// Lines that one client sends go to all.
struct Chat;

impl Chat {
    fn handler() -> Pipeline {
        Pipeline::new().then(ChunksToLines::new()).then(PublishTo::new("CHAT")).then(SubscribeTo::new("CHAT"))
    }
}

#[test]
fn in_a_browser_the_numbers_of_a_chat_move_and_a_tap_shows_what_is_typed() {
    let (tell, told) = channel();
    let program = program(move |scheduler| {
        let server =
            SimpleServer::new(Chat::handler, "127.0.0.1:0".parse::<Listen>().unwrap()).bind().unwrap();
        tell.send(server.local_addr().unwrap().port()).unwrap();
        scheduler.activate(Backplane::new("CHAT"));
        scheduler.activate(server)
    });
    browse(&program.url(), &["chat", &told.recv().unwrap().to_string()]);
    program.end();
}

/// Waits for whatever comes, as one that a thread feeds does.
struct Source;

impl Component for Source {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
        }
    }
}

#[test]
fn one_that_may_be_fed_from_outside_is_not_called_stuck() {
    let program = program(|scheduler| {
        let source = scheduler.add(Source);
        scheduler.activate(
            Graphline::new()
                .component("source", source.clone())
                .component("sink", NullSinkComponent::new())
                .link(("source", "outbox"), ("sink", "inbox"))
                .unwrap(),
        );
        source
    });
    let (_, table) = program.get("top.txt");
    assert!(table.contains("why: Nothing is slow or stuck"), "{table}");
    program.end();
}

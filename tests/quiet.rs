//! Programs in which nothing goes wrong log nothing at warn or above, whatever their peers do.

#![cfg(unix)]
#![allow(missing_docs, reason = "tests")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, Once};
use std::time::Duration;

use axon::chassis::{Carousel, JoinChooserToCarousel, Par, Pipeline, Seq, Supervisor, TPipe};
use axon::util::{
    Backplane, DataSink, DataSource, EchoProtocol, ForwardIteratingChooser, OneShot, PassThrough, PublishTo,
    PureTransformer, Received, SubscribeTo, TwoWaySplitter,
};
use axon::{
    Component, Context, ProducerFinished, Scheduler, ShutdownMicroprocess, ThreadContext, Threaded,
    ThreadedComponent, graphline, parallel, pipeline,
};
use kamaelia_net::{CsaOptions, SimpleServer, TcpClient};
use socket2::SockRef;

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{LONG, Program, Running, example, here, play, serve, start_with};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what is logged at warn or above, on whatever thread.
struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push(format!("{} {}: {}", record.level(), record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Log).unwrap();
        // Whatever is hinted at below is formatted too.
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// All tests of this program are normal runs: nobody has logged anything.
#[track_caller]
fn nothing_was_logged() {
    assert_eq!(*LINES.lock().unwrap(), [""; 0]);
}

fn runs_quietly(component: impl Component) {
    listen_to_the_log();
    axon::run(component).unwrap();
    nothing_was_logged();
}

#[test]
fn a_warning_would_be_noticed() {
    let log = Log;
    let record = log::Record::builder().level(log::Level::Warn).args(format_args!("one")).build();
    assert!(log::Log::enabled(&log, record.metadata()));
    let info = log::Metadata::builder().level(log::Level::Info).build();
    assert!(!log::Log::enabled(&log, &info));
}

#[test]
fn pipelines_and_graphs_that_end_by_themselves_log_no_warning() {
    let received = Received::<String>::new();
    runs_quietly(pipeline![
        DataSource::new(["one", "two"]),
        PureTransformer::map(|word: &'static str| word.to_uppercase()),
        DataSink::new(&received),
    ]);
    assert_eq!(received.take(), ["ONE", "TWO"]);
    let (one, two) = (Received::<u32>::new(), Received::<u32>::new());
    runs_quietly(graphline! {
        components: {
            source: DataSource::new(0..5_000u32),
            split: TwoWaySplitter::new(),
            one: DataSink::new(&one),
            two: DataSink::new(&two),
        },
        linkages: {
            source.outbox => split.inbox, source.signal => split.control,
            split.outbox => one.inbox, split.signal => one.control,
            split.outbox2 => two.inbox, split.signal2 => two.control,
        },
    });
    assert_eq!((one.take().len(), two.take().len()), (5_000, 5_000));
}

#[test]
fn every_chassis_in_normal_use_logs_no_warning() {
    let carousel = Carousel::new(|number: u32| OneShot::new(number)).make_first_request();
    let made = pipeline![
        JoinChooserToCarousel::new(ForwardIteratingChooser::new([1u32, 2, 3]), carousel),
        DataSink::new(&Received::<u32>::new()),
    ];
    runs_quietly(pipeline![
        Seq::new().then(OneShot::new(1u32)).then(DataSource::new([2u32, 3])),
        Par::new().and(PassThrough::new()).and(PassThrough::new()),
        Supervisor::new(PassThrough::new),
        TPipe::new(DataSink::new(&Received::<u32>::new())),
        DataSink::new(&Received::<u32>::new()),
    ]);
    runs_quietly(made);
    runs_quietly(pipeline![
        DataSource::new(0..2_000u64),
        parallel::Pipeline::new().then(PassThrough::new).then(PassThrough::new),
        DataSink::new(&Received::<u64>::new()),
    ]);
}

#[test]
fn a_pipeline_whose_reader_has_enough_logs_no_warning() {
    struct Takes(usize);
    impl Component for Takes {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            for _ in 0..self.0 {
                cx.next::<u64>("inbox").await?;
            }
            cx.send("signal", ProducerFinished::new())?;
            Ok(())
        }
    }
    runs_quietly(pipeline![DataSource::new(0..100_000u64), PassThrough::new(), Takes(3)]);
}

#[test]
fn a_fast_sender_and_a_slow_thread_log_no_warning() {
    struct Counts;
    impl ThreadedComponent for Counts {
        fn main(&mut self, cx: &ThreadContext) -> axon::Result {
            while cx.next_or_end::<u64>("inbox")?.is_some() {}
            Ok(())
        }
    }
    runs_quietly(pipeline![DataSource::new(0..20_000u64), Threaded::new(Counts)]);
}

#[test]
fn a_backplane_with_publishers_and_subscribers_that_end_logs_no_warning() {
    listen_to_the_log();
    let (one, two) = (Received::<u64>::new(), Received::<u64>::new());
    let mut scheduler = Scheduler::new();
    scheduler.activate(Backplane::new("talk"));
    scheduler.activate(pipeline![SubscribeTo::new("talk"), DataSink::new(&one)]);
    scheduler.activate(pipeline![SubscribeTo::new("talk"), DataSink::new(&two)]);
    scheduler.activate(pipeline![DataSource::new(0..1_000u64), PublishTo::new("talk")]);
    let both = [one.clone(), two.clone()];
    scheduler.activate(play(async move |cx: &Context| {
        let mut got = 0;
        while got < 2_000 {
            got += both.iter().map(|received| received.take().len()).sum::<usize>();
            cx.sleep(Duration::from_millis(1)).await;
        }
        cx.stop_scheduler_within(LONG);
        Ok(())
    }));
    scheduler.run().unwrap();
    nothing_was_logged();
}

/// Reads until the server has closed; that it resets is no concern here.
fn read_to_the_end(mut client: &TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match client.read_to_end(&mut all) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    all
}

fn echoes(mut client: &TcpStream, bytes: &[u8]) {
    client.write_all(bytes).unwrap();
    let mut echo = vec![0; bytes.len()];
    client.read_exact(&mut echo).unwrap();
    assert_eq!(echo, bytes);
}

/// Clients that come and go, each in a way of its own.
fn comes_and_goes(connect: impl Fn() -> TcpStream) {
    for round in 0..5 {
        // In order.
        let client = connect();
        echoes(&client, b"hello");
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_the_end(&client), b"");
        // Without a word.
        drop(connect());
        // In the middle of what it was sent.
        let client = connect();
        (&client).write_all(&[7; 100_000]).unwrap();
        drop(client);
        // With a reset.
        let client = connect();
        echoes(&client, b"hello");
        SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        // Half-closed from the beginning, and read late.
        let client = connect();
        (&client).write_all(&[round; 200_000]).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_the_end(&client).len(), 200_000);
    }
}

fn connect_to(server: &Running) -> impl Fn() -> TcpStream + '_ {
    || server.connect()
}

#[test]
fn a_server_whose_clients_come_and_go_in_whatever_way_logs_no_warning() {
    listen_to_the_log();
    for hardened in [false, true] {
        let server = serve(move || {
            let server = SimpleServer::new(EchoProtocol::new, here());
            if hardened { server.options(CsaOptions::hardened()) } else { server }
        });
        comes_and_goes(connect_to(&server));
        server.drain().unwrap();
    }
    nothing_was_logged();
}

#[test]
fn a_server_whose_handlers_are_chassis_logs_no_warning() {
    listen_to_the_log();
    let handler = || -> Pipeline { pipeline![PassThrough::new(), EchoProtocol::new(), PassThrough::new()] };
    let server = serve(move || SimpleServer::new(handler, here()));
    comes_and_goes(connect_to(&server));
    server.drain().unwrap();
    nothing_was_logged();
}

#[test]
fn a_server_that_is_stopped_with_clients_logs_no_warning() {
    listen_to_the_log();
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let clients: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    clients.iter().for_each(|client| echoes(client, b"hello"));
    server.remote.deliver(&server.server, "control", ShutdownMicroprocess::new()).unwrap();
    server.join().unwrap();
    clients.iter().for_each(|client| drop(read_to_the_end(client)));
    // In order, while the clients go on.
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let clients: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    clients.iter().for_each(|client| echoes(client, b"hello"));
    server.remote.stop_within(LONG).unwrap();
    clients.into_iter().for_each(drop);
    server.join().unwrap();
    nothing_was_logged();
}

#[test]
fn a_client_and_a_server_in_one_program_log_no_warning() {
    runs_quietly(play(async |cx: &Context| {
        let server = SimpleServer::new(EchoProtocol::new, here()).bind()?;
        let address = server.local_addr().unwrap();
        let server = cx.activate(server);
        let received = Received::<Vec<u8>>::new();
        let client = TcpClient::new("127.0.0.1", address.port()).wait_for_serverclose();
        let talk = cx.add_child(pipeline![DataSource::new(["one", "two"]), client, DataSink::new(&received)]);
        cx.activate(&talk);
        while !talk.is_stopped() {
            cx.pause().await;
        }
        assert_eq!(received.take().concat(), b"onetwo");
        cx.deliver_to(&server, "control", ProducerFinished::new())?;
        Ok(())
    }));
}

/// An example that is a server, with its log on standard error.
fn started(name: &str) -> Program {
    start_with(name, "RUST_LOG=warn; export RUST_LOG; exec 2>&1; ", &[])
}

/// Ends a server with a signal, and returns what it has said.
fn ended(mut program: Program, signal: &str) -> String {
    program.signal(signal);
    assert_eq!(program.end(LONG), Some(0));
    let mut said = String::new();
    program.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

#[test]
fn the_examples_that_are_servers_log_no_warning() {
    for signal in ["TERM", "INT"] {
        let server = started("echo_server");
        let address = server.address;
        comes_and_goes(|| {
            let client = TcpStream::connect(address).unwrap();
            client.set_read_timeout(Some(LONG)).unwrap();
            client
        });
        assert_eq!(ended(server, signal), "", "echo_server");

        let server = started("chat_server");
        let clients: Vec<_> = (0..3).map(|_| TcpStream::connect(server.address).unwrap()).collect();
        clients[0].set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        // Who writes before the others listen is not heard.
        let heard = (0..200).any(|_| {
            clients.iter().for_each(|mut client| client.write_all(b"hello\n").unwrap());
            (&clients[0]).read(&mut [0; 1000]).is_ok()
        });
        assert!(heard);
        drop(clients);
        assert_eq!(ended(server, signal), "", "chat_server");

        let server = started("http_server");
        let client = TcpStream::connect(server.address).unwrap();
        (&client).write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        assert!(read_to_the_end(&client).starts_with(b"HTTP/1.1 "));
        assert_eq!(ended(server, signal), "", "http_server");
    }
}

#[test]
fn the_example_with_both_sides_logs_no_warning() {
    let mut child: Child = Command::new(example("echo_client_server"))
        .env("RUST_LOG", "warn")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "");
}

//! Time limits of connections: whom they cut, and whom they must not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use axon::{Component, Context};
use kamaelia_net::{
    Connection, CsaOptions, HowDied, PeerFinished, ServerCore, SimpleServer, SocketShutdown, TcpClient,
};

use crate::net_harness::{LONG, Running, here, play, ran_one_test, run, serve};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Echoes, and says how its connection ended. On `stop` it blocks the thread of all for so many milliseconds.
struct Echo(Sender<String>);

impl Component for Echo {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(bytes) = cx.recv("inbox") {
                let text = bytes.view(|bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned());
                if let Some(stop) = text.as_deref().and_then(|text| text.strip_prefix("stop ")) {
                    thread::sleep(ms(stop.parse()?));
                }
                if cx.send_when_room("outbox", bytes).await.is_err() {
                    break;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                self.0.send(ending(&notice))?;
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn ending(notice: &axon::Message) -> String {
    notice
        .view(|end: &SocketShutdown| end.how_died.to_string())
        .or_else(|| notice.view(|_: &PeerFinished| "the peer finished".to_owned()))
        .unwrap_or_else(|| format!("{notice:?}"))
}

fn echo_server(options: impl FnOnce(&mut CsaOptions) + Send + 'static) -> (Running, Receiver<String>) {
    let (sender, receiver) = channel();
    let server = serve(move || {
        let mut of_all = CsaOptions::new();
        options(&mut of_all);
        SimpleServer::new(move || Echo(sender.clone()), here()).options(of_all)
    });
    (server, receiver)
}

fn echo(client: &mut TcpStream, text: &[u8]) {
    client.write_all(text).unwrap();
    let mut back = vec![0; text.len()];
    client.read_exact(&mut back).unwrap();
    assert_eq!(back, text);
}

/// A client that echoes a line now and then.
fn lines(address: SocketAddr, lines: u32) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut client = TcpStream::connect(address).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        for _ in 0..lines {
            echo(&mut client, b"a line");
            thread::sleep(ms(20));
        }
    })
}

#[test]
fn a_program_that_was_held_up_cuts_nobody_who_was_there_meanwhile() {
    let (server, ends) = echo_server(|options| {
        options.idle_timeout = Some(ms(300));
        options.first_byte_timeout = Some(ms(300));
        options.write_stall_timeout = Some(ms(300));
    });
    // More than the Selector takes from the system at a time.
    let clients: Vec<_> = (0..50).map(|_| lines(server.address, 50)).collect();
    let mut stopper = server.connect();
    for _ in 0..2 {
        thread::sleep(ms(100));
        echo(&mut stopper, b"stop 900");
    }
    for client in clients {
        client.join().unwrap();
    }
    drop(stopper);
    for _ in 0..51 {
        let end = ends.recv_timeout(LONG).unwrap();
        assert!(end == "the peer finished" || end.starts_with("the connection was idle"), "{end}");
    }
    server.drain().unwrap();
}

#[test]
fn a_program_that_was_held_up_loses_nothing_that_its_clients_have_yet_to_take() {
    /// Gives much and ends. On `stop` it blocks the thread of all first.
    struct Gives;
    impl Component for Gives {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            if cx.next::<Vec<u8>>("inbox").await? == b"stop" {
                thread::sleep(ms(1_500));
            }
            Ok(cx.send("outbox", vec![7_u8; MUCH])?)
        }
    }
    const MUCH: usize = 300_000;
    let server = serve(|| {
        let mut options = CsaOptions::new();
        (options.linger, options.write_stall_timeout) = (ms(500), Some(ms(500)));
        SimpleServer::new(|| Gives, here()).options(options)
    });
    let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(4 * 1024).unwrap();
    client.connect(&server.address.into()).unwrap();
    let mut client = TcpStream::from(client);
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(b"give").unwrap();
    client.read_exact(&mut [0]).unwrap();
    // From here on nobody looks at what the client takes.
    let stopper = server.connect();
    (&stopper).write_all(b"stop").unwrap();
    let (mut got, mut buffer) = (1, [0; 8 * 1024]);
    loop {
        match client.read(&mut buffer).unwrap() {
            0 => break,
            read => got += read,
        }
        thread::sleep(ms(10));
    }
    assert_eq!(got, MUCH);
    drop((client, stopper));
    server.drain().unwrap();
}

/// Pushes this much without a break, and reads the answer when all is written.
fn push(address: SocketAddr, bytes: usize) -> std::io::Result<usize> {
    let mut client = TcpStream::connect(address)?;
    client.write_all(&vec![7; bytes])?;
    client.shutdown(std::net::Shutdown::Write)?;
    client.read_to_end(&mut Vec::new())
}

#[test]
fn who_is_not_read_because_the_handler_is_busy_is_not_called_idle() {
    let (sender, receiver) = channel();
    let server = serve(move || {
        let mut options = CsaOptions::new();
        options.idle_timeout = Some(ms(200));
        let busy = move || {
            let sender = sender.clone();
            play(async move |cx: &Context| {
                let mut got = cx.next::<Vec<u8>>("inbox").await?.len();
                cx.sleep(ms(1000)).await;
                loop {
                    got += cx.drain::<Vec<u8>>("inbox").map(|bytes| bytes.unwrap().len()).sum::<usize>();
                    if let Some(notice) = cx.told_to_end() {
                        sender.send((got, ending(&notice)))?;
                        return Ok(());
                    }
                    cx.pause().await;
                }
            })
        };
        SimpleServer::new(busy, here()).options(options)
    });
    push(server.address, 10_000_000).unwrap();
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), (10_000_000, "the peer finished".to_owned()));
    server.drain().unwrap();
}

/// Sends without end, and says how the connection ended.
fn flood(options: CsaOptions) -> (Running, Receiver<SocketShutdown>) {
    let (sender, receiver) = channel();
    let server = serve(move || {
        let flood = move |_: &Connection| {
            let sender = sender.clone();
            play(async move |cx: &Context| {
                while cx.data_ready("control") == 0 {
                    let _ = cx.send_when_room("outbox", vec![0_u8; 10_000]).await;
                }
                sender.send(cx.told_to_end().unwrap().into_value().unwrap())?;
                Ok(())
            })
        };
        ServerCore::new(flood, here()).options(options)
    });
    (server, receiver)
}

#[test]
fn a_steady_reader_is_never_cut_however_slow_and_one_that_stops_reading_is() {
    let mut options = CsaOptions::new();
    options.write_stall_timeout = Some(ms(400));
    let (server, ends) = flood(options);
    let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(16 * 1024).unwrap();
    client.connect(&server.address.into()).unwrap();
    let mut client = TcpStream::from(client);
    let start = Instant::now();
    while start.elapsed() < ms(2500) {
        client.read_exact(&mut [0; 8 * 1024]).unwrap();
        thread::sleep(ms(50));
    }
    let stopped = Instant::now();
    let SocketShutdown { how_died, unsent, unacknowledged, .. } = ends.recv_timeout(LONG).unwrap();
    assert!(matches!(how_died, HowDied::WriteStalled(_)), "{how_died}");
    assert!(stopped.elapsed() >= ms(300), "{:?}", stopped.elapsed());
    assert!(unsent > 0);
    assert_eq!(unacknowledged > 0, cfg!(target_os = "linux"));
    server.drain().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn what_lies_in_the_systems_own_buffer_and_is_not_taken_is_a_stall_too() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.set_recv_buffer_size(4 * 1024).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(1).unwrap();
    let port = listener.local_addr().unwrap().as_socket().unwrap().port();
    let shutdown = upload(port, vec![vec![7; 100_000]], Some(ms(300)));
    assert!(matches!(shutdown.how_died, HowDied::WriteStalled(_)), "{}", shutdown.how_died);
    assert_eq!(shutdown.unsent, 0, "the system took all");
    assert!((1..100_000).contains(&shutdown.unacknowledged), "{}", shutdown.unacknowledged);
}

/// Sends these messages by a client, and returns what it says at its end.
fn upload(port: u16, messages: Vec<Vec<u8>>, stall: Option<Duration>) -> SocketShutdown {
    let (sender, receiver) = channel();
    let outcome = run(async move |cx: &Context| {
        let mut options = CsaOptions::new();
        options.write_stall_timeout = stall;
        let client = cx.activate(TcpClient::new("127.0.0.1", port).options(options));
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        for message in messages {
            let _ = cx.send_when_room("outbox", message).await;
        }
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        sender.send(cx.recv("control").unwrap().into_value().unwrap())?;
        Ok(())
    });
    let shutdown = receiver.recv_timeout(LONG).unwrap_or_else(|_| panic!("{outcome:?}"));
    drop(outcome);
    shutdown
}

#[test]
fn an_upload_that_is_cut_tells_how_much_did_not_arrive() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut peer = listener.accept().unwrap().0;
        peer.read_exact(&mut [0; 1000]).unwrap();
    });
    let shutdown = upload(port, vec![vec![7; 30_000_000]], None);
    server.join().unwrap();
    assert!(shutdown.how_died.io_error().is_some(), "{}", shutdown.how_died);
    let lost = shutdown.unsent + shutdown.unacknowledged;
    assert!((10_000_000..30_000_000).contains(&lost), "{lost}");
}

/// How an upload ends whose peer takes a little, sends its end, and then does this.
#[cfg(target_os = "linux")]
fn uploaded_to_one_that_half_closes(then: fn(TcpStream) -> Option<TcpStream>) -> SocketShutdown {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.set_recv_buffer_size(4 * 1024).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(1).unwrap();
    let port = listener.local_addr().unwrap().as_socket().unwrap().port();
    let peer = thread::spawn(move || {
        let mut peer = TcpStream::from(listener.accept().unwrap().0);
        peer.read_exact(&mut [0; 1000]).unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        then(peer)
    });
    let shutdown = upload(port, vec![vec![7; 100_000]], Some(ms(300)));
    drop(peer.join().unwrap());
    shutdown
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_peer_that_half_closes_leaves_lying_is_told_and_what_it_takes_slowly_is_waited_for() {
    let shutdown = uploaded_to_one_that_half_closes(Some);
    assert!(matches!(shutdown.how_died, HowDied::WriteStalled(_)), "{}", shutdown.how_died);
    assert!((1..100_000).contains(&shutdown.unacknowledged), "{}", shutdown.unacknowledged);
    let shutdown = uploaded_to_one_that_half_closes(|peer| {
        drop(peer);
        None
    });
    assert!(shutdown.how_died.io_error().is_some(), "{}", shutdown.how_died);
    assert!((1..100_000).contains(&shutdown.unacknowledged), "{}", shutdown.unacknowledged);
    let start = Instant::now();
    let shutdown = uploaded_to_one_that_half_closes(|mut peer| {
        for _ in 0..9 {
            thread::sleep(ms(50));
            peer.read_exact(&mut [0; 11_000]).unwrap();
        }
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        None
    });
    assert!(matches!(shutdown.how_died, HowDied::PeerClosed), "{}", shutdown.how_died);
    assert_eq!((shutdown.unsent, shutdown.unacknowledged), (0, 0));
    assert!((ms(300)..ms(2_000)).contains(&start.elapsed()), "{:?}", start.elapsed());
}

/// Runs this test again in a network of its own, where its loopback can be switched off. `None` inside;
/// `Some` outside, false where this is not permitted.
#[cfg(target_os = "linux")]
fn in_a_network_of_its_own(test: &str) -> Option<bool> {
    if std::env::var_os("IN_A_NETWORK_OF_ITS_OWN").is_some() {
        return None;
    }
    let script = "ip link set lo up && exec \"$0\" --exact \"$1\" --nocapture";
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]).args(arguments);
        command.env("IN_A_NETWORK_OF_ITS_OWN", "1").output().unwrap()
    };
    if !unshare(&["ip", "link", "set", "lo", "up"]).status.success() {
        eprintln!("no network of its own is permitted here: not tested");
        return Some(false);
    }
    let me = std::env::current_exe().unwrap();
    let output = unshare(&["sh", "-c", script, me.to_str().unwrap(), test]);
    assert!(ran_one_test(&output), "{output:?}");
    Some(true)
}

#[cfg(target_os = "linux")]
#[test]
fn a_peer_that_is_switched_off_is_noticed_though_only_small_lines_are_sent() {
    const NAME: &str = "tcp_limits::a_peer_that_is_switched_off_is_noticed_though_only_small_lines_are_sent";
    if in_a_network_of_its_own(NAME).is_some() {
        return;
    }
    let (server, ends) = {
        let (sender, receiver) = channel();
        let server = serve(move || {
            let mut options = CsaOptions::new();
            options.write_stall_timeout = Some(ms(600));
            let ticker = move || {
                let sender = sender.clone();
                play(async move |cx: &Context| {
                    while cx.data_ready("control") == 0 {
                        cx.send("outbox", "tick\n")?;
                        cx.pause_for(ms(100)).await;
                    }
                    sender.send(cx.told_to_end().unwrap().into_value::<SocketShutdown>().unwrap())?;
                    Ok(())
                })
            };
            SimpleServer::new(ticker, here()).options(options)
        });
        (server, receiver)
    };
    let mut client = server.connect();
    client.read_exact(&mut [0; 15]).unwrap();
    assert!(Command::new("ip").args(["link", "set", "lo", "down"]).status().unwrap().success());
    let start = Instant::now();
    let SocketShutdown { how_died, unacknowledged, .. } = ends.recv_timeout(LONG).unwrap();
    assert!(matches!(how_died, HowDied::WriteStalled(_)), "{how_died}");
    assert!(unacknowledged >= 5 && start.elapsed() >= ms(500), "{unacknowledged} {:?}", start.elapsed());
    server.drain().unwrap();
}

/// Says good-bye to whoever has said something.
struct Farewell;

impl Component for Farewell {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.next::<Vec<u8>>("inbox").await?;
        cx.send("outbox", "good-bye")?;
        cx.send("signal", axon::ProducerFinished::new())?;
        Ok(())
    }
}

#[test]
fn who_floods_a_connection_that_has_ended_is_cut_after_so_many_bytes() {
    const LIMIT: usize = 1_000_000;
    let server = serve(|| {
        let mut options = CsaOptions::new();
        (options.linger, options.linger_bytes) = (LONG, LIMIT);
        SimpleServer::new(|| Farewell, here()).options(options)
    });
    // Less than that is read and dropped, and the client gets what it was sent.
    let client = server.connect();
    (&client).write_all(b"hello").unwrap();
    (&client).read_exact(&mut [0; 8]).unwrap();
    (&client).write_all(&vec![7; LIMIT / 2]).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!((&client).read(&mut [0; 8]).unwrap(), 0);

    let client = server.connect();
    (&client).write_all(b"hello").unwrap();
    let (chunk, mut sent, begun) = (vec![7; 64 * 1024], 0, Instant::now());
    while let Ok(taken) = (&client).write(&chunk) {
        sent += taken;
        assert!(sent < 64 * LIMIT && begun.elapsed() < LONG / 2, "{sent} bytes were taken");
    }
    assert!(sent >= LIMIT, "cut after {sent} bytes");
    server.drain().unwrap();
}

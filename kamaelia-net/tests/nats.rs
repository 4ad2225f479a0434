//! A client of NATS and the backplane over it, with real servers: `nats-server` is installed by the project's check.
//!
//! Without it, each test says so and passes.

#[path = "../../tests/harness/net/certificates.rs"]
mod certificates;
#[path = "../../tests/harness/folder.rs"]
mod folder;
#[path = "../../tests/harness/nats.rs"]
mod server;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axon::prelude::*;
use axon::{Background, RunError};
use kamaelia_net::nats::{
    NatsBackplane, NatsClient, NatsConsumer, NatsMessage, NatsPublisher, NatsStatus, NatsSubscribe,
    NatsUnsubscribe,
};
use kamaelia_net::tls::TlsClientOptions;

use crate::certificates::Issuer;
use crate::folder::Folder;
use crate::server::Server;

/// Longer than anything takes that works.
const LONG: Duration = Duration::from_secs(20);

fn client_of(server: &Server) -> NatsClient {
    NatsClient::new(&server.address())
        .unwrap()
        .reconnect_pauses(Duration::from_millis(20), Duration::from_millis(100))
}

/// A program with one component, used from here.
fn handle<C: axon::IntoComponent + 'static>(
    make: impl FnOnce() -> C + Send + 'static,
) -> (Background, Handle) {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, make).unwrap();
    (background, handle)
}

fn status(handle: &Handle) -> NatsStatus {
    handle.next_within("status", LONG).unwrap().expect("a status in time").take().unwrap()
}

/// Waits for this status, past others.
#[track_caller]
fn wait_for(handle: &Handle, wanted: impl Fn(&NatsStatus) -> bool) -> NatsStatus {
    loop {
        let status = status(handle);
        if wanted(&status) {
            return status;
        }
    }
}

fn is_connected(status: &NatsStatus) -> bool {
    matches!(status, NatsStatus::Connected { .. })
}

fn text(handle: &Handle) -> String {
    let message = handle.next_within("outbox", LONG).unwrap().expect("a message in time");
    message.take::<NatsMessage>().unwrap().text().unwrap().to_owned()
}

fn message(subject: &str, text: &str) -> NatsMessage {
    NatsMessage::new(subject, text).unwrap()
}

#[test]
fn what_one_client_publishes_another_gets_with_its_headers() {
    let Some(server) = Server::start(&[]) else { return };
    let (one, two) = (client_of(&server), client_of(&server).subscribe("a.*").unwrap());
    let (_one, one) = handle(move || one);
    let (_two, two) = handle(move || two);
    wait_for(&two, is_connected);
    // What is put before the connection exists waits for it.
    one.put("inbox", message("a.b", "first").with_header("Key", "a value").unwrap()).unwrap();
    one.put("inbox", message("other", "not for it")).unwrap();
    one.put("inbox", message("a.c", &"long ".repeat(200_000)).with_reply("back").unwrap()).unwrap();
    let first = two.next_within("outbox", LONG).unwrap().unwrap().take::<NatsMessage>().unwrap();
    assert_eq!((first.subject(), first.text(), first.header("key")), ("a.b", Some("first"), Some("a value")));
    let long = two.next_within("outbox", LONG).unwrap().unwrap().take::<NatsMessage>().unwrap();
    assert_eq!((long.subject(), long.payload().len(), long.reply()), ("a.c", 1_000_000, Some("back")));
    wait_for(&one, |status| *status == NatsStatus::Flushed);
}

#[test]
fn subscriptions_come_and_go_and_a_group_shares() {
    let Some(server) = Server::start(&[]) else { return };
    let (publisher, one, two) = (client_of(&server), client_of(&server), client_of(&server));
    let (_publisher, publisher) = handle(move || publisher);
    let group = NatsSubscribe::to("work").unwrap().shared("workers").unwrap();
    let (_one, one) = handle({
        let group = group.clone();
        move || one.subscribed(group)
    });
    let (_two, two) = handle(move || two.subscribed(group));
    for client in [&one, &two] {
        wait_for(client, is_connected);
    }
    for number in 0..200 {
        publisher.put("inbox", message("work", &number.to_string())).unwrap();
    }
    wait_for(&publisher, |status| *status == NatsStatus::Flushed);
    one.put("subscriptions", NatsUnsubscribe("work".into())).unwrap();
    one.put("subscriptions", NatsSubscribe::to("last").unwrap()).unwrap();
    // Its answer to a message of its own shows that both requests were heeded.
    one.put("inbox", message("last", "end")).unwrap();
    let mut got: Vec<String> = std::iter::from_fn(|| Some(text(&one)).filter(|text| text != "end")).collect();
    let from_one = got.len();
    while got.len() < 200 {
        got.push(text(&two));
    }
    let mut numbers: Vec<u32> = got.iter().map(|text| text.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    assert!((1..200).contains(&from_one), "{from_one} of 200 went to one of two");
}

#[test]
fn a_client_comes_back_to_a_server_that_was_killed_with_all_subscriptions_and_what_waits() {
    let Some(mut server) = Server::start(&[]) else { return };
    let client = client_of(&server).subscribe("a").unwrap().publish_to("a").unwrap();
    let (_background, client) = handle(move || client);
    wait_for(&client, is_connected);
    for number in 0..5 {
        client.put("inbox", format!("before {number}")).unwrap();
        assert_eq!(text(&client), format!("before {number}"));
        server.kill();
        wait_for(&client, |status| matches!(status, NatsStatus::Disconnected { .. }));
        client.put("inbox", format!("after {number}")).unwrap();
        server.restart();
        assert_eq!(text(&client), format!("after {number}"));
    }
}

#[test]
fn a_server_that_stands_still_is_left_after_two_pings() {
    let Some(server) = Server::start(&[]) else { return };
    let client = client_of(&server)
        .ping_interval(Duration::from_millis(100))
        .connect_timeout(Duration::from_millis(300));
    let (_background, client) = handle(move || client);
    wait_for(&client, is_connected);
    server.signal("-STOP");
    let left = wait_for(&client, |status| matches!(status, NatsStatus::Disconnected { .. }));
    server.signal("-CONT");
    assert!(left.to_string().contains("no answer to pings"), "{left}");
    wait_for(&client, is_connected);
}

#[test]
fn who_may_come_in_is_said_by_address_or_setting_and_a_refusal_ends_the_client() {
    let Some(server) = Server::start(&["--user", "me", "--pass", "secret"]) else { return };
    for client in [
        NatsClient::new(&format!("me:secret@{}", server.address())).unwrap(),
        client_of(&server).user("me", "secret"),
    ] {
        let client = client.publish_to("a").unwrap();
        axon::run(pipeline![DataSource::new(["x"]), client]).unwrap();
    }
    let RunError::Failed { .. } = axon::run(client_of(&server).user("me", "wrong")).unwrap_err() else {
        panic!()
    };
    let error = axon::run(client_of(&server)).unwrap_err().to_string();
    assert!(error.contains("Authorization Violation") && error.contains(&server.address()), "{error}");
}

#[test]
fn a_client_without_a_server_says_which_and_why_unless_it_is_to_wait() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = axon::run(NatsClient::new(&nobody.to_string()).unwrap()).unwrap_err().to_string();
    assert!(error.contains(&nobody.to_string()) && error.contains("refused"), "{error}");
    // Something else answers there.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = axon::run(NatsClient::new(&address.to_string()).unwrap()).unwrap_err().to_string();
    assert!(error.contains("SSH-2.0-OpenSSH_9.2"), "{error}");
    answers.join().unwrap();
    let Some(mut server) = Server::start(&[]) else { return };
    server.kill();
    let client =
        client_of(&server).retry_on_failed_connect().publish_to("a").unwrap().subscribe("a").unwrap();
    let (_background, client) = handle(move || client);
    client.put("inbox", "patience").unwrap();
    wait_for(&client, |status| matches!(status, NatsStatus::NotConnected { .. }));
    server.restart();
    assert_eq!(text(&client), "patience");
}

#[test]
fn a_message_too_large_for_the_server_is_told_and_the_others_go_on() {
    let Some(server) = Server::start(&[]) else { return };
    let client = client_of(&server).publish_to("a").unwrap().subscribe("a").unwrap();
    let (_background, client) = handle(move || client);
    client.put_when_room("inbox", vec![0_u8; 2_000_000]).unwrap();
    client.put_when_room("inbox", "small").unwrap();
    let told = wait_for(&client, |status| matches!(status, NatsStatus::NotPublished { .. }));
    assert!(told.to_string().contains("2000000 bytes at \"a\"; the server takes at most 1048576"), "{told}");
    assert_eq!(text(&client), "small");
}

/// Takes nothing until it is opened, and counts then.
struct Gate {
    is_open: Arc<AtomicBool>,
    taken: Arc<AtomicUsize>,
}

impl Component for Gate {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 10)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            while self.is_open.load(Ordering::Relaxed) && cx.recv("inbox").is_some() {
                self.taken.fetch_add(1, Ordering::Relaxed);
            }
            cx.pause_for(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

#[test]
fn a_receiver_that_is_too_slow_costs_its_limit_and_the_server_is_never_kept_waiting() {
    let Some(server) = Server::start(&[]) else { return };
    let slow = client_of(&server).subscribe("a").unwrap().pending(1_000_000);
    let (is_open, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let gate = Gate { is_open: Arc::clone(&is_open), taken: Arc::clone(&taken) };
    let background = Background::start().unwrap();
    let system = Handle::new(&background, move || {
        graphline! {
            components: { client: slow, gate: gate },
            linkages: { client.outbox => gate.inbox, client.status => self.status },
        }
    })
    .unwrap();
    wait_for(&system, is_connected);
    let flood = client_of(&server).publish_to("a").unwrap();
    axon::run(pipeline![DataSource::new(std::iter::repeat_n(vec![b'x'; 10_000], 5_000)), flood]).unwrap();
    is_open.store(true, Ordering::Relaxed);
    let mut messages = 0;
    let begun = Instant::now();
    while taken.load(Ordering::Relaxed) as u64 + messages < 5000 {
        if let Some(status) = system.next_within("status", Duration::from_millis(5)).unwrap()
            && let Ok(NatsStatus::Dropped { messages: more }) = status.take()
        {
            messages += more;
        }
        assert!(begun.elapsed() < LONG, "{} taken, {messages} dropped", taken.load(Ordering::Relaxed));
    }
    assert!(messages > 4000, "{messages} of 5000 were dropped");
    assert!(!server.log().contains("Slow Consumer"), "{}", server.log());
    drop(background);
}

#[test]
fn a_program_whose_publisher_ends_waits_until_everything_has_arrived() {
    let Some(server) = Server::start(&[]) else { return };
    let listener = client_of(&server).subscribe("NEWS").unwrap();
    let (_listener, listener) = handle(move || listener);
    wait_for(&listener, is_connected);
    let mut scheduler = Scheduler::new();
    scheduler.activate(NatsBackplane::new("NEWS", client_of(&server)).unwrap());
    let lines: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    scheduler.activate(pipeline![DataSource::new(lines), PublishTo::new("NEWS")]);
    scheduler.run().unwrap();
    for number in 0..5000 {
        assert_eq!(text(&listener), number.to_string());
    }
}

#[test]
fn two_processes_share_a_backplane_and_all_hear_each_publisher_in_its_order() {
    let Some(server) = Server::start(&[]) else { return };
    let programs: Vec<(Background, Handle, Handle)> = (0..2)
        .map(|_| {
            let background = Background::start().unwrap();
            let backplane = NatsBackplane::new("CHAT", client_of(&server)).unwrap();
            background.activate(move || backplane).unwrap();
            let publishes = Handle::new(&background, || PublishTo::new("CHAT")).unwrap();
            let subscribes = Handle::new(&background, || SubscribeTo::new("CHAT")).unwrap();
            (background, publishes, subscribes)
        })
        .collect();
    // Until both subscribers hear both publishers.
    let next = |handle: &Handle| {
        handle.next_within("outbox", LONG).unwrap().expect("a message").take::<String>().unwrap()
    };
    for (number, (_, publishes, _)) in programs.iter().enumerate() {
        let word = format!("begin {number}");
        for (_, _, subscribes) in &programs {
            let begun = Instant::now();
            loop {
                publishes.put("inbox", word.clone()).unwrap();
                let heard = subscribes.next_within("outbox", Duration::from_millis(100)).unwrap();
                if heard.is_some_and(|heard| heard.take::<String>().unwrap() == word) {
                    break;
                }
                assert!(begun.elapsed() < LONG);
            }
        }
    }
    for number in 0..300 {
        for (at, (_, publishes, _)) in programs.iter().enumerate() {
            publishes.put("inbox", format!("{at}: {number}")).unwrap();
        }
    }
    let heard: Vec<Vec<String>> = programs
        .iter()
        .map(|(_, _, subscribes)| {
            let lines =
                std::iter::from_fn(|| Some(next(subscribes))).filter(|line| !line.starts_with("begin"));
            lines.take(600).collect()
        })
        .collect();
    // How the two are mixed is the server's business, and may differ.
    for lines in heard {
        for at in 0..2 {
            let of_one: Vec<String> =
                lines.iter().filter(|line| line.starts_with(&format!("{at}:"))).cloned().collect();
            assert_eq!(of_one, (0..300).map(|number| format!("{at}: {number}")).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_gap_is_told_exactly_and_what_cannot_travel_harms_nobody() {
    let Some(server) = Server::start(&[]) else { return };
    let background = Background::start().unwrap();
    let backplane = NatsBackplane::new("a", client_of(&server)).unwrap();
    let backplane = Handle::new(&background, move || backplane).unwrap();
    let subscriber = Handle::new(&background, || SubscribeTo::new("a")).unwrap();
    let publisher = Handle::new(&background, || PublishTo::new("a")).unwrap();
    wait_for(&backplane, is_connected);
    publisher.put("inbox", 17_u32).unwrap();
    let told = wait_for(&backplane, |status| matches!(status, NatsStatus::NotPublished { .. }));
    assert!(told.to_string().contains("u32") && told.to_string().contains("carrying"), "{told}");
    let other = client_of(&server);
    let (_other, other) = handle(move || other);
    for number in [1, 2, 5, 6, 10] {
        let numbered = message("a", "x").with_header("Axon-Publisher", "another").unwrap();
        other.put("inbox", numbered.with_header("Axon-Sequence", number.to_string()).unwrap()).unwrap();
    }
    for missing in [2, 3] {
        let gap = wait_for(&backplane, |status| matches!(status, NatsStatus::Gap { .. }));
        assert_eq!(gap, NatsStatus::Gap { publisher: "another".into(), missing });
    }
    for _ in 0..5 {
        let message = subscriber.next_within("outbox", LONG).unwrap().unwrap();
        assert_eq!(message.take::<Vec<u8>>().unwrap(), b"x");
    }
}

#[test]
fn values_of_a_type_that_is_named_travel_and_come_back_as_values() {
    let Some(server) = Server::start(&[]) else { return };
    let background = Background::start().unwrap();
    let client = client_of(&server);
    let backplane = Handle::new(&background, move || {
        NatsBackplane::new("COUNTS", client).unwrap().carrying(
            "u64",
            |number: &u64| Ok(number.to_be_bytes().to_vec()),
            |bytes| Ok(u64::from_be_bytes(bytes.try_into()?)),
        )
    })
    .unwrap();
    let subscriber = Handle::new(&background, || SubscribeTo::new("COUNTS")).unwrap();
    let publisher = Handle::new(&background, || PublishTo::new("COUNTS")).unwrap();
    wait_for(&backplane, is_connected);
    publisher.put("inbox", 17_u64).unwrap();
    assert_eq!(subscriber.next_within("outbox", LONG).unwrap().unwrap().take::<u64>().unwrap(), 17);
}

#[test]
fn a_server_that_requires_tls_gets_it_in_place_and_one_with_another_name_is_refused() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let [certificate, key] = issuer.server("nats.example").files(&folder, "server");
    let Some(server) = Server::start(&["--tls", "--tlscert", &certificate, "--tlskey", &key]) else { return };
    let tls = TlsClientOptions::new().authorities(issuer.authorities()).build().unwrap();
    let client = client_of(&server).tls(tls.clone().server_name("nats.example"));
    let client = client.publish_to("a").unwrap().subscribe("a").unwrap();
    let (_background, client) = handle(move || client);
    client.put("inbox", "secured").unwrap();
    assert_eq!(text(&client), "secured");
    let error = axon::run(client_of(&server).tls(tls.server_name("other.example"))).unwrap_err().to_string();
    assert!(error.contains("other.example"), "{error}");
}

/// A server that keeps streams in its folder.
fn durable() -> Option<Server> {
    Server::start(&["-js"])
}

#[test]
fn what_a_stream_keeps_arrives_whole_though_the_server_is_killed_again_and_again() {
    let Some(mut server) = durable() else { return };
    let (messages, kills) = match std::env::var("AXON_STRESS").as_deref() {
        Ok("full") => (1_000_000_u64, 20),
        _ => (3_000, 3),
    };
    let patient = || client_of(&server).retry_on_failed_connect();
    let publisher =
        NatsPublisher::new("NUMBERS", "numbers", patient()).unwrap().creates(["numbers"]).unwrap();
    let consumer = NatsConsumer::new("NUMBERS", "reader", patient()).unwrap().creates(["numbers"]).unwrap();
    // What the server had sent when it was killed comes again after that.
    let consumer = consumer.ack_wait(Duration::from_secs(1));
    let (_consumer, consumer) = handle(move || consumer);
    let publishing = std::thread::spawn(move || {
        axon::run(pipeline![DataSource::new((0..messages).map(|number| number.to_string())), publisher])
    });
    let (mut seen, mut twice) = (std::collections::BTreeSet::new(), 0);
    for kill in 1..=kills {
        while (seen.len() as u64) < messages * kill / (kills + 1) {
            twice += u64::from(!seen.insert(text(&consumer).parse::<u64>().unwrap()));
        }
        server.restart();
    }
    while (seen.len() as u64) < messages {
        twice += u64::from(!seen.insert(text(&consumer).parse::<u64>().unwrap()));
    }
    publishing.join().unwrap().unwrap();
    println!("{messages} messages, {kills} kills of the server, {twice} came twice");
    drop(server);
}

#[test]
fn what_a_consumer_did_not_take_another_of_its_name_gets() {
    let Some(server) = durable() else { return };
    let publisher =
        NatsPublisher::new("WORK", "work", client_of(&server)).unwrap().creates(["work"]).unwrap();
    let words: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    axon::run(pipeline![DataSource::new(words), publisher]).unwrap();
    // It takes ten of those that are in hand, and ends.
    struct Taker(std::sync::mpsc::Sender<String>, usize);
    impl Component for Taker {
        fn boxes(&self) -> Boxes {
            Boxes::standard().inbox_size("inbox", 100)
        }

        async fn main(&mut self, cx: &Context) -> axon::Result {
            while let Some(message) = cx.next_or_end::<NatsMessage>("inbox").await? {
                self.0.send(message.text().unwrap_or_default().to_owned())?;
                self.1 -= 1;
                if self.1 == 0 {
                    // Not before the consumer has acknowledged what was taken.
                    cx.pause_for(Duration::from_millis(50)).await;
                    return Ok(());
                }
            }
            Ok(())
        }
    }
    let take = |count: usize| {
        let (send, taken) = std::sync::mpsc::channel();
        let consumer = NatsConsumer::new("WORK", "workers", client_of(&server)).unwrap().window(20);
        // What was on the way when it ended comes again after that.
        let consumer = consumer.ack_wait(Duration::from_secs(1));
        axon::run(pipeline![consumer, Taker(send, count)]).unwrap();
        taken.iter().collect::<Vec<_>>()
    };
    let first = take(10);
    assert_eq!(first, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    // Those that were in hand come again too, though not in order.
    let mut second = take(90);
    second.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(second, (10..100).map(|number| number.to_string()).collect::<Vec<_>>());
    drop(server);
}

#[test]
fn a_stream_that_cannot_be_used_is_an_error_that_says_what_to_do() {
    let Some(server) = Server::start(&[]) else { return };
    let publisher = NatsPublisher::new("S", "s", client_of(&server)).unwrap();
    let error = axon::run(pipeline![DataSource::new(["x"]), publisher]).unwrap_err().to_string();
    assert!(error.contains("no JetStream") && error.contains("-js"), "{error}");
    let Some(server) = durable() else { return };
    let consumer = NatsConsumer::new("ABSENT", "reader", client_of(&server)).unwrap();
    let error = axon::run(consumer).unwrap_err().to_string();
    assert!(error.contains("\"ABSENT\"") && error.contains("creates"), "{error}");
    let publisher = NatsPublisher::new("S", "elsewhere", client_of(&server)).unwrap().creates(["s"]).unwrap();
    let error = axon::run(pipeline![DataSource::new(["x"]), publisher]).unwrap_err().to_string();
    assert!(error.contains("\"elsewhere\" belongs to no stream"), "{error}");
    assert!(NatsConsumer::new("two.words", "x", client_of(&server)).is_err());
    drop(server);
}

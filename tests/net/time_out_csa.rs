//! What ends when nothing has happened for a while, and whom a server lets in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::EchoProtocol;
use axon::{ComponentId, Ending, ShutdownMicroprocess};
use kamaelia_net::{
    ActivityMonitor, Connection, CsaOptions, FastRestartServer, HowDied, InactivityChassis, PeriodicWakeup,
    ResettableSender, SimpleServer, SocketShutdown, no_activity_timeout,
};

use crate::net_harness::{LONG, here, serve};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_resettable_sender_sends_once_when_nothing_has_come_for_so_long() {
    let mut bench = Bench::new(ResettableSender::new(5 * SECOND).message(7_u8));
    bench.settle();
    for _ in 0..3 {
        bench.turn_clock(4 * SECOND);
        bench.put("inbox", "again");
        bench.settle();
        assert!(bench.take::<u8>("outbox").is_empty());
    }
    bench.turn_clock(5 * SECOND);
    bench.settle();
    assert_eq!(bench.take::<u8>("outbox"), [7]);
    bench.expect_end();
    assert!(bench.endings().is_empty(), "it ends without a word");
    let mut bench = Bench::new(ResettableSender::new(5 * SECOND));
    bench.put("control", ProducerFinished::new());
    bench.settle();
    bench.expect_end();
    assert!(bench.take::<&str>("outbox").is_empty());
}

#[test]
fn a_periodic_wakeup_keeps_its_pace_and_ends_at_once_when_told() {
    let mut bench = Bench::new(PeriodicWakeup::new(SECOND));
    bench.settle();
    for _ in 0..3 {
        bench.turn_clock(SECOND);
        bench.settle();
        assert_eq!(bench.take::<&str>("outbox"), ["tick"]);
    }
    bench.turn_clock(SECOND / 2);
    bench.settle();
    assert!(bench.take::<&str>("outbox").is_empty());
    bench.turn_clock(100 * SECOND);
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox").len(), 100);
    bench.put("control", ShutdownMicroprocess::new());
    bench.settle();
    bench.expect_end();
}

#[test]
fn a_monitor_passes_all_on_and_tells_once_a_turn_and_ends_after_what_waits() {
    let mut bench = Bench::new(ActivityMonitor::new());
    bench.settle();
    for number in 0..5_u8 {
        bench.put("inbox", number);
        bench.put("inbox2", number + 10);
        bench.put("inbox3", number + 20);
    }
    bench.put("control", "no ending");
    bench.settle();
    assert_eq!(bench.take::<u8>("outbox"), [0, 1, 2, 3, 4]);
    assert_eq!(bench.take::<u8>("outbox2"), [10, 11, 12, 13, 14]);
    assert_eq!(bench.take::<u8>("outbox3"), [20, 21, 22, 23, 24]);
    assert_eq!(bench.take::<&str>("observed"), ["RESET"]);
    assert_eq!(bench.take::<&str>("signal"), ["no ending"]);
    bench.put("inbox", 9_u8);
    bench.put("control", ProducerFinished::new());
    bench.settle();
    assert_eq!(bench.take::<u8>("outbox"), [9]);
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
}

#[test]
fn a_monitor_whose_outbox_is_full_keeps_what_waits_and_the_other_streams_go_on() {
    let mut bench = Bench::new(ActivityMonitor::new());
    bench.block("outbox", 1);
    bench.put("inbox", 1_u8);
    bench.put("inbox", 2_u8);
    bench.put("inbox2", 3_u8);
    bench.settle();
    assert_eq!(bench.take::<u8>("outbox2"), [3]);
    bench.expect_running();
}

/// Answers each message, and says how it was ended.
struct Answer;

impl Component for Answer {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("more", "another outbox")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(number) = cx.next_or_end::<u8>("inbox").await? {
            cx.send(if number < 10 { "outbox" } else { "more" }, number)?;
        }
        Ok(())
    }
}

#[test]
fn a_chassis_ends_its_component_when_nothing_comes_out_of_it_and_not_before() {
    let mut bench = Bench::new(InactivityChassis::new(Answer, 5 * SECOND));
    bench.settle();
    for number in 0..4_u8 {
        bench.turn_clock(4 * SECOND);
        bench.put("inbox", number);
        bench.settle();
        assert_eq!(bench.take::<u8>("outbox"), [number]);
    }
    bench.turn_clock(4 * SECOND);
    // What comes out of another outbox is passed on, and does not count.
    bench.put("inbox", 20_u8);
    bench.settle();
    assert_eq!(bench.take::<u8>("more"), [20]);
    bench.expect_running();
    bench.turn_clock(SECOND);
    bench.settle();
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
}

#[test]
fn a_chassis_ends_when_its_component_does_and_passes_endings_on() {
    let mut bench = Bench::new(InactivityChassis::new(Answer, 5 * SECOND));
    bench.put("inbox", 1_u8);
    bench.settle();
    bench.put("control", ShutdownMicroprocess::new());
    bench.settle();
    bench.expect_end();
    assert_eq!(bench.take::<u8>("outbox"), [1]);
    assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
}

#[test]
fn a_server_of_handlers_with_a_limit_closes_the_silent_and_keeps_the_others() {
    let server = serve(|| {
        SimpleServer::new(no_activity_timeout(EchoProtocol::new, Duration::from_millis(300)), here())
    });
    let (mut silent, mut lively) = (server.connect(), server.connect());
    let end = Instant::now() + Duration::from_millis(900);
    while Instant::now() < end {
        lively.write_all(b"x").unwrap();
        lively.read_exact(&mut [0]).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    silent.set_nonblocking(true).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0, "it was closed");
    drop(lively);
    server.drain().unwrap();
}

#[test]
fn a_server_whose_connections_are_held_by_a_chassis_closes_the_silent_and_hears_of_each_end() {
    let (tell, ends) = channel();
    let server = serve(move || {
        let handler = move |client: &Connection| TellTheEnd { id: client.id, tell: tell.clone() };
        FastRestartServer::new(handler, here())
            .csa(|csa| InactivityChassis::new(csa, Duration::from_millis(300)))
            .max_connections(2)
    });
    let (silent, lively) = (server.connect(), server.connect());
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(900) {
        assert!(is_served(&lively));
        std::thread::sleep(Duration::from_millis(20));
    }
    silent.set_nonblocking(true).unwrap();
    assert_eq!((&silent).read(&mut [0]).unwrap(), 0, "it was closed");
    drop(silent);
    let (first, how_died) = ends.recv_timeout(LONG).unwrap();
    assert!(matches!(how_died, HowDied::ProducerFinished), "{how_died:?}");
    // Its place is free again at once.
    assert!(is_served(&server.connect()));
    drop(lively);
    let mut ids = vec![first];
    ids.extend((0..2).map(|_| ends.recv_timeout(LONG).unwrap().0));
    ids.dedup();
    assert!(ids.len() == 3 && ids.iter().all(Option::is_some), "each has an id of its own: {ids:?}");
    server.drain().unwrap();
}

/// Echoes, and tells how its connection ended.
struct TellTheEnd {
    id: Option<ComponentId>,
    tell: Sender<(Option<ComponentId>, HowDied)>,
}

impl Component for TellTheEnd {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(bytes) = cx.recv("inbox") {
                cx.send("outbox", bytes)?;
            }
            if let Some(notice) = cx.told_to_end() {
                let how_died = notice.view(|end: &SocketShutdown| end.how_died.clone());
                if let Some(how_died) = how_died {
                    self.tell.send((self.id, how_died))?;
                    return Ok(());
                }
                cx.send("signal", notice)?;
            }
            cx.pause().await;
        }
    }
}

#[test]
fn a_component_that_cannot_be_a_connection_closes_its_client_and_the_server_goes_on() {
    let server = serve(|| {
        SimpleServer::new(EchoProtocol::new, here()).csa(|_| EchoProtocol::new()).max_connections_per_peer(1)
    });
    for _ in 0..2 {
        let mut client = server.connect();
        // Closed, or reset.
        assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    }
    server.drain().unwrap();
}

#[test]
fn a_connection_has_a_life_however_lively_it_is() {
    let server = serve(|| {
        let mut options = CsaOptions::new();
        options.lifetime = Some(Duration::from_millis(300));
        SimpleServer::new(EchoProtocol::new, here()).options(options)
    });
    let mut client = server.connect();
    let begin = Instant::now();
    let mut echoes = 0;
    while client.write_all(b"x").is_ok() && client.read(&mut [0]).is_ok_and(|read| read == 1) {
        echoes += 1;
        assert!(begin.elapsed() < LONG, "it lives for ever");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(echoes > 5 && begin.elapsed() >= Duration::from_millis(290), "{echoes}");
    server.drain().unwrap();
}

fn is_served(mut client: &TcpStream) -> bool {
    client.write_all(b"x").is_ok() && client.read(&mut [0]).is_ok_and(|read| read == 1)
}

#[test]
fn one_address_has_so_many_connections_and_a_place_is_free_again_after_an_end() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).max_connections_per_peer(3));
    let mut clients: Vec<_> = (0..3).map(|_| server.connect()).collect();
    assert!(clients.iter().all(is_served));
    assert!(!is_served(&server.connect()), "one too many is closed");
    assert!(clients.iter().all(is_served));
    drop(clients.pop());
    let late = Instant::now() + LONG;
    while !is_served(&server.connect()) {
        assert!(Instant::now() < late, "no place became free");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(clients);
    server.drain().unwrap();
}

#[test]
fn clients_are_accepted_at_a_rate_and_none_is_lost() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).accept_rate(20));
    let begin = Instant::now();
    let clients: Vec<_> = (0..30).map(|_| server.connect()).collect();
    assert!(clients.iter().all(is_served));
    // 20 at once, and 10 more at 20 a second.
    assert!(begin.elapsed() >= Duration::from_millis(450), "{:?}", begin.elapsed());
    drop(clients);
    server.drain().unwrap();
}

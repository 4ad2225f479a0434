//! The signals of the process as messages. Only one test takes those of this process, since all get them.

#![allow(missing_docs, reason = "tests")]
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use axon::{Component, Context, Scheduler};
use kamaelia_net::{Signal, Signals, SimpleServer};

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{LONG, Program, here, run, start};

const SERVER: &str = "SIGNALS_SERVER";
const MEGABYTE: usize = 1 << 20;

fn send(name: &str) {
    let id = std::process::id().to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
}

#[test]
fn each_signal_is_a_message_and_another_run_begins_anew() {
    run(async |cx| {
        // A second run takes them anew: the first signal of each is not a second one.
        for (name, signal) in
            [("INT", Signal::Interrupt), ("TERM", Signal::Terminate), ("INT", Signal::Interrupt)]
        {
            let signals = cx.activate(Signals::new()?.hang_up()?);
            cx.link((&signals, "outbox"), (cx.me(), "inbox"))?;
            for _ in 0..3 {
                send("HUP");
                assert_eq!(cx.next::<Signal>("inbox").await?, Signal::HangUp);
            }
            send(name);
            assert_eq!(cx.next::<Signal>("inbox").await?, signal);
            cx.deliver_to(&signals, "control", axon::ProducerFinished::new())?;
            while !signals.is_stopped() {
                cx.pause_for(Duration::from_millis(1)).await;
            }
            cx.unlink_component(&signals);
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_program_that_does_not_take_hang_up_is_ended_by_it_and_one_that_was_stopped_hears_what_came_meanwhile() {
    let mut server = start("udp_echo", "");
    server.signal("HUP");
    let status = server.child.wait().unwrap();
    assert_eq!(status.signal(), Some(1));
    let mut server = start("echo_server", "");
    let _client = std::net::TcpStream::connect(server.address).unwrap();
    server.signal("STOP");
    server.signal("INT");
    server.signal("CONT");
    assert_eq!(server.end(LONG), Some(0));
}

/// Sends eight megabytes to each client at once, a number in each.
struct Gives;

impl Component for Gives {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 0..8_u8 {
            cx.send("outbox", vec![number; MEGABYTE])?;
        }
        while cx.next_or_end::<Vec<u8>>("inbox").await?.is_some() {}
        Ok(())
    }
}

/// This program again, as a server with so much time for a drain, and for the end of its run, in milliseconds.
fn server(test: &str, times: [u64; 2]) -> Program {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(SERVER, times.map(|time| time.to_string()).join(" "));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address =
        lines.find_map(|line| line.strip_prefix("listening on ")?.parse().ok()).expect("it listens");
    Program { child, address }
}

fn serve_if_asked() {
    let Ok(times) = std::env::var(SERVER) else { return };
    let mut times = times.split(' ').map(|time| Duration::from_millis(time.parse().unwrap()));
    let [drain, end] = [(); 2].map(|()| times.next().unwrap());
    env_logger::builder().filter_level(log::LevelFilter::Warn).init();
    let server = SimpleServer::new(|| Gives, here()).drain_deadline(drain).bind().unwrap();
    let address = server.local_addr().unwrap();
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new().unwrap().ends_the_run_within(end));
    println!("\nlistening on {address}");
    std::process::exit(i32::from(scheduler.run().is_err()));
}

#[test]
fn what_is_queued_for_a_client_when_a_signal_comes_arrives_and_who_does_not_take_it_in_time_is_cut_and_told_of()
 {
    const NAME: &str = "what_is_queued_for_a_client_when_a_signal_comes_arrives_and_who_does_not_take_it_in_time_is_cut_and_told_of";
    serve_if_asked();
    let cases = [(true, [20_000, 30_000]), (false, [500, 5_000]), (false, [20_000, 500])];
    for (signal, (reads, times)) in
        ["TERM", "INT"].into_iter().flat_map(|signal| cases.map(|case| (signal, case)))
    {
        let mut server = server(NAME, times);
        let mut client = TcpStream::connect(server.address).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        let peer = client.local_addr().unwrap().to_string();
        // Its handler has sent, and most of it waits in the server.
        client.read_exact(&mut [0]).unwrap();
        server.signal(signal);
        let mut client = Some(client);
        if reads {
            let mut rest = Vec::new();
            client.take().unwrap().read_to_end(&mut rest).unwrap();
            assert_eq!(rest.len() + 1, 8 * MEGABYTE, "{signal}");
            assert!(rest.chunks(MEGABYTE).zip(0..).all(|(piece, number)| piece[0] == number));
        }
        let status = server.end(LONG);
        let mut told = String::new();
        server.child.stderr.as_mut().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(status, Some(0), "{signal}, {times:?}: {told}");
        let is_told = told.contains("1 connections had not ") && told.contains(&peer);
        assert_eq!(is_told, !reads, "{signal}, {times:?}: {told}");
    }
}

//! The signals of the process as messages. Only one test takes those of this process, since all get them.

#![allow(missing_docs, reason = "tests")]
#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use kamaelia_net::{Signal, Signals};

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{LONG, run, start};

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

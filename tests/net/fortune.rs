//! The fortune cookie protocol, with programs that stand in for `fortune`.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use axon::prelude::*;
use kamaelia_net::FortuneCookieProtocol;

/// A program of this name that runs these lines.
fn program(name: &str, lines: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_saying_comes_letter_by_letter_at_forty_a_second_and_then_the_end() {
    let fortune = program("fortune_says", "test \"$1\" = -a && printf 'Größe zählt'");
    let received = Received::<String>::new();
    let begin = Instant::now();
    let cookie = FortuneCookieProtocol::new().program(fortune.to_string_lossy());
    axon::run(pipeline![cookie, DataSink::new(&received)]).unwrap();
    let letters = received.take();
    assert_eq!((letters.len(), letters.concat().as_str()), (11, "Größe zählt"));
    assert!(begin.elapsed() >= Duration::from_millis(11 * 25));
}

#[test]
fn a_program_that_fails_is_an_error_that_names_it_unless_there_is_another_saying() {
    let fortune = program("fortune_fails", "exit 3").to_string_lossy().into_owned();
    for (program, complaint) in
        [(fortune.as_str(), "fortune_fails -a failed: "), ("/no/such", "/no/such -a cannot be run")]
    {
        let cookie = || FortuneCookieProtocol::new().program(program);
        let error = axon::run(cookie()).unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
        let received = Received::<String>::new();
        axon::run(pipeline![cookie().or_else("ok"), DataSink::new(&received)]).unwrap();
        assert_eq!(received.take().concat(), "ok");
    }
}

#[test]
fn a_slow_program_holds_up_nobody_and_a_client_that_goes_is_not_waited_for() {
    let fortune = program("fortune_sleeps", "exec sleep 5");
    let mut scheduler = Scheduler::new();
    let cookie = FortuneCookieProtocol::new().program(fortune.to_string_lossy());
    let cookie = scheduler.activate(cookie);
    let (remote, begin) = (scheduler.remote(), Instant::now());
    remote.deliver(&cookie, "control", ShutdownMicroprocess::new()).unwrap();
    drop(remote);
    scheduler.run().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

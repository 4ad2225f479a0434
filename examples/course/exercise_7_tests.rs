//! What a solution of exercise 7 has to do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use axon::prelude::*;
use kamaelia_net::{Listen, SimpleServer};

use super::Adder;

/// What two clients of one server are told, one after the other.
fn told(questions: [&str; 2]) -> [String; 2] {
    let (tell, hear) = channel();
    let server = thread::spawn(move || {
        let address: Listen = "127.0.0.1:0".parse().unwrap();
        let server = SimpleServer::new(|| pipeline![ChunksToLines::new(), Adder], address).bind().unwrap();
        let mut scheduler = Scheduler::new();
        tell.send((server.local_addr().unwrap(), scheduler.stopper())).unwrap();
        scheduler.activate(server);
        scheduler.run()
    });
    let (address, stopper) = hear.recv().unwrap();
    let answers = questions.map(|question| {
        let mut stream = TcpStream::connect(address.to_string()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(question.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    });
    stopper.stop().unwrap();
    server.join().unwrap().unwrap();
    answers
}

#[test]
fn each_line_is_answered_with_the_sum_so_far() {
    assert_eq!(told(["1\n2\n-5\n", ""])[0], "1\n3\n-2\n");
}

#[test]
fn what_is_no_number_is_told_and_the_conversation_goes_on() {
    assert_eq!(told(["1\none\n1\n", ""])[0], "1\nnot a number\n2\n");
}

#[test]
fn each_client_has_a_sum_of_its_own() {
    assert_eq!(told(["10\n", "1\n"]), ["10\n", "1\n"]);
}

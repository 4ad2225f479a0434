//! A program that runs, and what it prints.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::net_harness::{LONG, Program, example};

/// One that has said where it listens. It is killed when dropped.
pub(crate) struct Served {
    pub(crate) program: Program,
    /// What it says after that on standard output.
    pub(crate) lines: Receiver<String>,
}

/// Starts a program, and waits until it says where it listens.
pub(crate) fn start(name: &str, arguments: &[&str]) -> Served {
    let mut child = Command::new(example(name)).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = said.find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
    let address = address.expect("it says where it listens").parse().unwrap();
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in said.map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Served { program: Program { child, address }, lines }
}

impl Served {
    pub(crate) fn port(&self) -> String {
        self.program.address.port().to_string()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.program.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        stream
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(LONG).expect("it says no more")
    }

    /// Sends it a signal, and expects that it ends in order.
    pub(crate) fn ends_at(&mut self, signal: &str) {
        self.program.signal(signal);
        assert_eq!(self.program.end(Duration::from_secs(5)), Some(0), "at {signal}");
    }
}

/// Runs a program with this input to its end.
pub(crate) fn output(program: &mut Command, input: &[u8]) -> Output {
    let mut child =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that does not read its input to the end is no failure.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Runs a program of Python to its end, which must be a good one, and returns what it printed.
pub(crate) fn python(program: &str, arguments: &[&str]) -> String {
    let ended = output(Command::new("python3").args(["-c", program]).args(arguments), b"");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    String::from_utf8(ended.stdout).unwrap()
}

/// Reads until the text contains this.
pub(crate) fn hear(mut stream: &TcpStream, expected: &str) -> String {
    let (mut heard, late) = (Vec::new(), Instant::now() + LONG);
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&heard);
        if text.contains(expected) {
            return text.into_owned();
        }
        assert!(Instant::now() < late, "heard {text:?} instead of {expected:?}");
        match stream.read(&mut piece) {
            Ok(0) => panic!("heard {text:?} and then the end, instead of {expected:?}"),
            Ok(length) => heard.extend(&piece[..length]),
            Err(error) => panic!("heard {text:?} and then {error}, instead of {expected:?}"),
        }
    }
}

/// Reads until the end of the connection, however it comes.
pub(crate) fn rest(mut stream: &TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

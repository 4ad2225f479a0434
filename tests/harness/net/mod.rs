//! What the network tests share: a server on a thread of its own, a component written as a closure, and
//! the examples as programs.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Once;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axon::{Component, ComponentRef, Context, ProducerFinished, Remote, RunError, Scheduler};
use kamaelia_net::http::HttpServer;
use kamaelia_net::{Cores, Listen, ServerCore};

#[path = "../cargo.rs"]
mod cargo;
pub use cargo::cargo;

/// No test waits longer for anything.
pub const LONG: Duration = Duration::from_secs(20);

/// Any free port of this machine.
pub fn here() -> Listen {
    "127.0.0.1:0".parse().unwrap()
}

/// A component whose `main` is a closure.
pub struct Play<F>(Option<F>);

pub fn play<F: AsyncFnOnce(&Context) -> axon::Result + 'static>(script: F) -> Play<F> {
    Play(Some(script))
}

impl<F: AsyncFnOnce(&Context) -> axon::Result + 'static> Component for Play<F> {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.0.take().expect("played once")(cx).await
    }
}

/// Runs a closure as a component, in a scheduler of its own.
pub fn run<F: AsyncFnOnce(&Context) -> axon::Result + 'static>(script: F) -> Result<(), RunError> {
    axon::run(play(script))
}

/// A server that runs on a thread of its own.
pub struct Running {
    pub address: SocketAddr,
    pub remote: Remote,
    pub server: ComponentRef,
    thread: JoinHandle<Result<(), String>>,
}

/// A server of some kind, bound.
pub trait Server: Component + Sized {
    fn bound(self) -> (Self, SocketAddr);
}

impl Server for ServerCore {
    fn bound(self) -> (Self, SocketAddr) {
        let server = self.bind().unwrap();
        let address = server.local_addr().unwrap();
        (server, address)
    }
}

impl Server for HttpServer {
    fn bound(self) -> (Self, SocketAddr) {
        let server = self.bind().unwrap();
        let address = server.local_addr().unwrap();
        (server, address)
    }
}

impl Server for Cores {
    fn bound(self) -> (Self, SocketAddr) {
        let server = self.bind().unwrap();
        let address = server.local_addr().unwrap();
        (server, address)
    }
}

/// Runs a server on a thread of its own. `immortal` decides what becomes of a failing handler.
pub fn serve<S: Server>(make: impl FnOnce() -> S + Send + 'static) -> Running {
    serve_on(Scheduler::new, make)
}

pub fn serve_on<S: Server>(
    scheduler: impl FnOnce() -> Scheduler + Send + 'static,
    make: impl FnOnce() -> S + Send + 'static,
) -> Running {
    let (sender, receiver) = channel();
    let thread = std::thread::spawn(move || {
        let (server, address) = make().bound();
        let mut scheduler = scheduler();
        let server = scheduler.activate(server);
        sender.send((address, scheduler.remote(), server)).unwrap();
        drop(sender);
        scheduler.run().map_err(|error| error.to_string())
    });
    let (address, remote, server) = receiver.recv().unwrap();
    Running { address, remote, server, thread }
}

impl Running {
    /// Tells it `producerFinished`, and waits for its end.
    pub fn drain(self) -> Result<(), String> {
        self.remote.deliver(&self.server, "control", ProducerFinished::new()).unwrap();
        self.join()
    }

    /// Waits for its end.
    pub fn join(self) -> Result<(), String> {
        drop(self.remote);
        self.thread.join().unwrap()
    }

    pub fn connect(&self) -> std::net::TcpStream {
        let stream = std::net::TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        stream
    }
}

/// Whether a test program ran exactly one test, which passed: a name that no test has runs none, with success.
pub fn ran_one_test(output: &Output) -> bool {
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed")
}

/// An example of this package as a program that runs. Killed when dropped.
pub struct Program {
    pub child: Child,
    pub address: SocketAddr,
}

/// The path of an example. The examples are built first: cargo does that by itself only when it runs all
/// tests, not for one test program.
pub fn example(name: &str) -> PathBuf {
    static BUILT: [Once; 2] = [const { Once::new() }; 2];
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().unwrap().parent().unwrap();
    let is_ported = name.starts_with("kamaelia_");
    BUILT[usize::from(is_ported)].call_once(|| {
        let mut cargo = cargo();
        cargo
            .args(["build", "--quiet", "--package", "kamaelia", "--target-dir"])
            .arg(profile.parent().unwrap());
        for name in if is_ported { PORTED } else { EXAMPLES } {
            cargo.args(["--example", name]);
        }
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the examples cannot be built");
    });
    profile.join("examples").join(name)
}

/// The network examples.
const EXAMPLES: &[&str] = &[
    "echo_server",
    "echo_client_server",
    "netcat",
    "fortune_server",
    "chat_server",
    "reconnecting_client",
    "udp_echo",
    "unix_echo",
    "tls_echo_server",
    "tls_client",
    "log_collector",
    "mail_sink",
    "chaos_proxy",
    "http_server",
    "http_get",
    "http_proxy",
    "http_sessions",
    "websocket_echo",
    "websocket_client",
];

/// The programs of Kamaelia.
const PORTED: &[&str] = &[
    "kamaelia_bulletin_board",
    "kamaelia_feedback",
    "kamaelia_fortune_cookie",
    "kamaelia_greylisting",
    "kamaelia_introspecting_chat",
    "kamaelia_multi_file_streaming",
    "kamaelia_multicast_streaming",
    "kamaelia_philosophers",
    "kamaelia_simple_streaming",
    "kamaelia_single_server",
    "kamaelia_slideshow",
    "kamaelia_udp_peers",
];

/// Starts a server example at a free port. `shell` comes before it, for example `ulimit -n 64; `.
pub fn start(name: &str, shell: &str) -> Program {
    start_with(name, shell, &[])
}

/// The same, with further arguments.
pub fn start_with(name: &str, shell: &str, arguments: &[&str]) -> Program {
    let child = Command::new("sh")
        .arg("-c")
        .arg(format!("{shell}exec \"$0\" 127.0.0.1:0 \"$@\""))
        .arg(example(name))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    Program::listening(child)
}

impl Program {
    /// Waits until a program whose output is a pipe says where it listens.
    pub fn listening(mut child: Child) -> Program {
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect(&line).parse().unwrap();
        Program { child, address }
    }

    /// The processor time used so far.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory, in bytes.
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Sends a signal by name, for example `INT`.
    pub fn signal(&self, name: &str) {
        assert!(
            Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success()
        );
    }

    /// Waits for its end. `None` if it does not come in time.
    pub fn end(&mut self, limit: Duration) -> Option<i32> {
        let late = Instant::now() + limit;
        while Instant::now() < late {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a program is installed; prints a note if not.
pub fn installed(program: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

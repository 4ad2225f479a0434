//! The generator of load: one thread with a poll of its own, measuring a server from outside.
//!
//! Every loop here is bounded: by a count, by a time, and by [`PATIENCE`] with a server that is silent.

pub mod secured;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use rustix::net::RecvFlags;
use rustix::time::{ClockId, clock_gettime};
use socket2::{Domain, Socket, Type};

use super::histogram::Histogram;

/// The size of a request and of its answer.
pub const REQUEST: usize = 64;
/// The size of a write of the bulk work.
const CHUNK: usize = 64 * 1024;
/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes of the bulk work are looked at; the rest is only counted.
const LOOKED_AT: usize = 16 << 20;
/// How many ports of an address churning connections come from: from 2000 on, below those that the system
/// gives out by itself, since it gives out none that was once bound by hand and rests.
const PORTS: u64 = 30_000;
/// How many connections churn at the same time.
const CHURNING: usize = 16;

/// What a measurement of requests found.
pub struct Outcome {
    /// Requests (or connections, or bytes) a second.
    pub rate: f64,
    /// The times of the requests.
    pub times: Histogram,
    /// The share of the time that this client's thread was on its core.
    pub client_busy: f64,
    /// The share of the time that the server was on its core.
    pub server_busy: f64,
}

impl Outcome {
    /// The seconds of the server's processor for a request, a connection, a byte.
    pub fn cost(&self) -> f64 {
        self.server_busy / self.rate
    }
}

/// From when on something is measured.
struct Start<'a> {
    time: Instant,
    client: f64,
    server: f64,
    server_cpu: &'a dyn Fn() -> f64,
}

impl<'a> Start<'a> {
    fn now(server_cpu: &'a dyn Fn() -> f64) -> Self {
        Start { time: Instant::now(), client: cpu(), server: server_cpu(), server_cpu }
    }

    fn outcome(&self, count: f64, times: Histogram) -> Outcome {
        let seconds = self.time.elapsed().as_secs_f64();
        Outcome {
            rate: count / seconds,
            times,
            client_busy: (cpu() - self.client) / seconds,
            server_busy: ((self.server_cpu)() - self.server) / seconds,
        }
    }
}

/// Wraps an error with what was being done.
fn at<E: std::fmt::Display>(doing: &str) -> impl Fn(E) -> String + '_ {
    move |e| format!("{doing}: {e}")
}

/// The processor time of this thread in seconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// A connection, made before anything is measured.
fn connect(address: SocketAddr) -> Result<std::net::TcpStream, String> {
    let stream = std::net::TcpStream::connect_timeout(&address, PATIENCE).map_err(at("connect"))?;
    stream.set_nodelay(true).map_err(at("set_nodelay"))?;
    Ok(stream)
}

/// Waits for events; an error if there are none for too long.
fn wait(poll: &mut Poll, events: &mut Events) -> Result<(), String> {
    loop {
        match poll.poll(events, Some(PATIENCE)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(format!("poll: {e}")),
            Ok(()) if events.is_empty() => return Err(format!("the server was silent for {PATIENCE:?}")),
            Ok(()) => return Ok(()),
        }
    }
}

struct Asker {
    stream: TcpStream,
    sent: Instant,
    received: usize,
}

impl Asker {
    fn ask(&mut self, number: u64, now: Instant) -> Result<(), String> {
        let mut request = [0; REQUEST];
        request[..8].copy_from_slice(&number.to_le_bytes());
        self.sent = now;
        self.received = 0;
        match self.stream.write(&request) {
            Ok(REQUEST) => Ok(()),
            Ok(n) => Err(format!("{n} bytes of a request fitted into an empty socket")),
            Err(e) => Err(format!("write: {e}")),
        }
    }
}

/// N1: requests of 64 bytes, one outstanding on each of `connections`, for `time` after a tenth of it
/// to warm up.
///
/// # Errors
///
/// When the server refuses, closes, is silent or answers something else; the same goes for all works.
pub fn requests(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    server_cpu: &dyn Fn() -> f64,
) -> Result<Outcome, String> {
    let mut poll = Poll::new().map_err(at("epoll"))?;
    let mut events = Events::with_capacity(1024);
    let mut buffer = [0; 2 * REQUEST];
    let mut askers = Vec::with_capacity(connections);
    for place in 0..connections {
        let stream = connect(address)?;
        stream.set_nonblocking(true).map_err(at("set_nonblocking"))?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(place), Interest::READABLE).map_err(at("register"))?;
        askers.push(Asker { stream, sent: Instant::now(), received: 0 });
    }
    let mut number = 0;
    for asker in &mut askers {
        asker.ask(number, Instant::now())?;
    }
    let begin = Instant::now() + time / 10;
    let end = begin + time;
    let mut started: Option<Start<'_>> = None;
    let mut times = Histogram::new();
    loop {
        wait(&mut poll, &mut events)?;
        let now = Instant::now();
        if started.is_none() && now >= begin {
            started = Some(Start::now(server_cpu));
        }
        if let (Some(start), true) = (&started, now >= end) {
            return Ok(start.outcome(times.count() as f64, times));
        }
        for event in &events {
            let asker = &mut askers[event.token().0];
            match asker.stream.read(&mut buffer[asker.received..]) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(n) => asker.received += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => continue,
                Err(e) => return Err(format!("read: {e}")),
            }
            if asker.received < REQUEST {
                continue;
            }
            let now = Instant::now();
            if started.is_some() {
                times.add((now - asker.sent).as_nanos() as u64);
            }
            number += 1;
            asker.ask(number, now)?;
        }
    }
}

/// Takes bytes out of a socket without copying them, so that the client costs less than the server.
fn discard(stream: &TcpStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    Ok(rustix::net::recv(stream, buffer, RecvFlags::TRUNC)?.0)
}

/// N2: `total` bytes in writes of 64 KiB on one connection, echoed; the rate is in bytes.
pub fn bulk(address: SocketAddr, total: usize, server_cpu: &dyn Fn() -> f64) -> Result<Outcome, String> {
    let mut poll = Poll::new().map_err(at("epoll"))?;
    let mut events = Events::with_capacity(16);
    let stream = connect(address)?;
    stream.set_nonblocking(true).map_err(at("set_nonblocking"))?;
    let mut stream = TcpStream::from_std(stream);
    let both = Interest::READABLE | Interest::WRITABLE;
    poll.registry().register(&mut stream, Token(0), both).map_err(at("register"))?;
    // Byte number `i` of the whole stream is `i % 251`, so that a piece lost or doubled is noticed.
    let pattern: Vec<u8> = (0..CHUNK + 251).map(|i| (i % 251) as u8).collect();
    let mut buffer = vec![0; CHUNK];
    let (mut sent, mut received) = (0, 0);
    let start = Start::now(server_cpu);
    while received < total {
        wait(&mut poll, &mut events)?;
        let mut progress = true;
        while progress && received < total {
            progress = false;
            if sent < total {
                let from = sent % 251;
                let length = CHUNK.min(total - sent);
                match stream.write(&pattern[from..from + length]) {
                    Ok(n) => (sent, progress) = (sent + n, true),
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                    Err(e) => return Err(format!("write: {e}")),
                }
            }
            let looks = received < LOOKED_AT;
            let read = if looks { stream.read(&mut buffer) } else { discard(&stream, &mut buffer) };
            match read {
                Ok(0) => return Err(format!("the server closed after {received} of {total} bytes")),
                Ok(n) => {
                    let (first, last) = ((received % 251) as u8, ((received + n - 1) % 251) as u8);
                    if looks && (buffer[0] != first || buffer[n - 1] != last) {
                        return Err(format!("other bytes came back at {received}"));
                    }
                    (received, progress) = (received + n, true);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(format!("read: {e}")),
            }
        }
    }
    Ok(start.outcome(total as f64, Histogram::new()))
}

struct Visitor {
    stream: TcpStream,
    begun: Instant,
    asked: bool,
    received: usize,
}

/// An address and port that were not used for minutes: those of closed connections stay taken for one,
/// and letting the system look for a free one costs more than all else. It begins where the clock is,
/// since there may have been another run.
fn unused() -> SocketAddr {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if NEXT.load(Relaxed) == 0 {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
        NEXT.store(seconds * PORTS, Relaxed);
    }
    let number = NEXT.fetch_add(1, Relaxed);
    let host = Ipv4Addr::new(127, 0, 0, 2 + (number / PORTS % 250) as u8);
    SocketAddr::from((host, (2000 + number % PORTS) as u16))
}

/// Begins to connect.
fn visit(address: SocketAddr, place: usize, poll: &Poll) -> Result<Visitor, String> {
    let begun = Instant::now();
    let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None).map_err(at("socket"))?;
    // Here and there a port is taken by somebody else.
    let bind = || (0..1000).find_map(|_| socket.bind(&unused().into()).ok());
    bind().ok_or("bind: of a thousand ports none is free")?;
    // It answers "in progress"; whether it worked out is seen at the first write.
    let _ = socket.connect(&address.into());
    let mut stream = TcpStream::from_std(socket.into());
    let both = Interest::READABLE | Interest::WRITABLE;
    poll.registry().register(&mut stream, Token(place), both).map_err(at("register"))?;
    Ok(Visitor { stream, begun, asked: false, received: 0 })
}

/// N3: connects, has one request echoed, closes; `total` times, some of them at once.
pub fn churn(address: SocketAddr, total: usize, server_cpu: &dyn Fn() -> f64) -> Result<Outcome, String> {
    let mut poll = Poll::new().map_err(at("epoll"))?;
    let mut events = Events::with_capacity(64);
    let mut buffer = [0; 2 * REQUEST];
    let mut times = Histogram::new();
    let start = Start::now(server_cpu);
    let mut begun = CHURNING.min(total);
    let mut visitors = Vec::with_capacity(begun);
    for place in 0..begun {
        visitors.push(Some(visit(address, place, &poll)?));
    }
    while times.count() < total as u64 {
        wait(&mut poll, &mut events)?;
        for event in &events {
            let place = event.token().0;
            let Some(visitor) = &mut visitors[place] else { continue };
            if !visitor.asked && event.is_writable() {
                visitor.stream.write(&[7; REQUEST]).map_err(at("connect"))?;
                visitor.asked = true;
            }
            if !visitor.asked || !event.is_readable() {
                continue;
            }
            match visitor.stream.read(&mut buffer[visitor.received..]) {
                Ok(0) => return Err("the server closed before it had answered".into()),
                Ok(n) => visitor.received += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => continue,
                Err(e) => return Err(format!("read: {e}")),
            }
            if visitor.received < REQUEST {
                continue;
            }
            times.add(visitor.begun.elapsed().as_nanos() as u64);
            visitors[place] = None;
            if begun < total {
                visitors[place] = Some(visit(address, place, &poll)?);
                begun += 1;
            }
        }
    }
    Ok(start.outcome(total as f64, times))
}

/// N4: so many connections, each of which has had one request echoed and is idle now.
pub fn idle(address: SocketAddr, connections: usize) -> Result<Vec<std::net::TcpStream>, String> {
    let mut idle = Vec::with_capacity(connections);
    for number in 0..connections {
        let mut stream = connect(address).map_err(|e| format!("connection {number}: {e}"))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(at("set_read_timeout"))?;
        stream.write_all(&[7; REQUEST]).map_err(at("write"))?;
        stream.read_exact(&mut [0; REQUEST]).map_err(at("read"))?;
        idle.push(stream);
    }
    Ok(idle)
}

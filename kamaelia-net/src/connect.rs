//! Connecting to the first of several addresses that answers ("Happy Eyeballs", RFC 8305).
//!
//! The attempts begin 250 ms apart, or as soon as the one before has failed. The Selector reports when the
//! outcome of an attempt is known. *Differs from Kamaelia:* there one IPv4 address is tried, by polling.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, mem};

use axon::time_after;
use mio::net::TcpStream;
use socket2::SockRef;

use crate::descriptor::Watched;
use crate::socket;

/// How long to wait for an attempt before the next one begins beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// A race between the addresses of one host.
#[derive(Debug)]
pub(crate) struct Race {
    /// Addresses not tried yet, in order.
    waiting: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Watched<TcpStream>)>,
    failed: Vec<(SocketAddr, Arc<io::Error>)>,
    /// When the next attempt begins, unless one fails earlier.
    next_start: Option<Instant>,
}

/// The state of a race after a step.
#[derive(Debug)]
pub(crate) enum Standing {
    /// This stream is connected; the other attempts are closed.
    Won(Watched<TcpStream>),
    /// All attempts have failed, in this order.
    Lost(Vec<(SocketAddr, Arc<io::Error>)>),
    /// No attempt has succeeded yet.
    Running {
        /// The attempts that began in this step.
        begun: Vec<Watched<TcpStream>>,
        /// When to call [`Race::step`] again if no attempt ends earlier.
        until: Option<Instant>,
    },
}

impl Race {
    /// A race in which no attempt has begun. The addresses are tried in this order.
    #[must_use]
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        Race { waiting: addresses.into(), running: Vec::new(), failed: Vec::new(), next_start: None }
    }

    /// Checks all attempts, and begins the next if it is time.
    pub(crate) fn step(&mut self, now: Instant) -> Standing {
        let mut decided = false;
        let mut still = Vec::with_capacity(self.running.len());
        for (address, stream) in mem::take(&mut self.running) {
            match socket::connected(&stream) {
                Some(Ok(peer)) if stream.local_addr().is_ok_and(|local| local == peer) => {
                    // Nobody listens at this port, and the system gave it to our own socket, which is now
                    // connected to itself (RFC 9293, 3.5: simultaneous open). Reset, it does not keep the port from a
                    // server that starts now.
                    let _ = SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
                    self.failed.push((address, Arc::new(io::ErrorKind::ConnectionRefused.into())));
                    decided = true;
                }
                Some(Ok(_)) => return Standing::Won(stream),
                Some(Err(error)) => {
                    self.failed.push((address, Arc::new(error)));
                    decided = true;
                }
                None => still.push((address, stream)),
            }
        }
        self.running = still;
        let mut begun = Vec::new();
        while decided || self.running.is_empty() || self.next_start.is_some_and(|start| start <= now) {
            let Some(address) = self.waiting.pop_front() else { break };
            match socket::connect(address) {
                Ok(stream) => {
                    let stream = Watched::new(stream);
                    begun.push(stream.clone());
                    self.running.push((address, stream));
                    self.next_start = Some(time_after(now, HEAD_START));
                    decided = false;
                }
                Err(error) => self.failed.push((address, Arc::new(error))),
            }
        }
        if self.running.is_empty() {
            return Standing::Lost(mem::take(&mut self.failed));
        }
        let until = self.next_start.filter(|_| !self.waiting.is_empty());
        Standing::Running { begun, until }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn run(race: &mut Race, mut now: Instant) -> Result<SocketAddr, Vec<io::ErrorKind>> {
        loop {
            match race.step(now) {
                Standing::Won(stream) => return Ok(stream.peer_addr().unwrap()),
                Standing::Lost(failed) => return Err(failed.iter().map(|(_, error)| error.kind()).collect()),
                Standing::Running { until, .. } => {
                    std::thread::sleep(Duration::from_millis(1));
                    now = until.map_or(now, |until| now.max(until.min(now + Duration::from_millis(1))));
                }
            }
        }
    }

    fn refusing() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    /// A listener whose backlog is full: the system does not answer further clients.
    fn silent() -> (socket2::Socket, Vec<TcpStream>, SocketAddr) {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let fill = (0..4).map(|_| socket::connect(address).unwrap()).collect();
        std::thread::sleep(Duration::from_millis(20));
        (listener, fill, address)
    }

    #[test]
    fn a_refused_address_gives_way_to_the_next_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let now = Instant::now();
        assert_eq!(run(&mut Race::new(vec![refusing(), refusing(), good]), now), Ok(good));
    }

    #[test]
    fn when_all_refuse_each_is_told() {
        let outcome = run(&mut Race::new(vec![refusing(), refusing()]), Instant::now());
        assert_eq!(outcome, Err(vec![io::ErrorKind::ConnectionRefused; 2]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_does_not_answer_is_overtaken_after_its_head_start() {
        let (_listener, _fill, silent) = silent();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let mut race = Race::new(vec![silent, good]);
        let now = Instant::now();
        let Standing::Running { begun, until } = race.step(now) else { panic!("it does not answer") };
        assert_eq!((begun.len(), until), (1, Some(now + HEAD_START)));
        let Standing::Running { begun, .. } = race.step(now + HEAD_START / 2) else { panic!("too early") };
        assert!(begun.is_empty());
        assert_eq!(run(&mut race, now + HEAD_START), Ok(good));
    }

    #[test]
    fn a_socket_that_is_connected_to_itself_counts_as_refused() {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let itself = socket.local_addr().unwrap();
        socket.connect(&itself).expect("a system that lets a socket connect to itself");
        socket.set_nonblocking(true).unwrap();
        let address = itself.as_socket().unwrap();
        let mut race = Race::new(Vec::new());
        race.running.push((address, Watched::new(TcpStream::from_std(socket.into()))));
        assert_eq!(run(&mut race, Instant::now()), Err(vec![io::ErrorKind::ConnectionRefused]));
        drop(race);
        let server = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        server.bind(&itself).expect("the port is free again at once");
    }

    #[test]
    fn no_address_is_a_lost_race() {
        assert_eq!(run(&mut Race::new(Vec::new()), Instant::now()), Err(Vec::new()));
    }
}

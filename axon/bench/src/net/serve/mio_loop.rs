//! The floor: an echo server as a plain loop over mio's poll, with one buffer for all.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::SHARED_BUFFER;

/// How long the slower loop waits at each event.
pub const DELAY: Duration = Duration::from_nanos(500);

const LISTENER: Token = Token(usize::MAX);

struct Connection {
    stream: TcpStream,
    /// What could not be written yet; while there is any, nothing is read.
    unsent: VecDeque<u8>,
}

/// What is to be done with a connection after an event.
enum Next {
    Keep,
    Close,
}

impl Connection {
    /// Echoes until nothing is left to read, or nothing more can be written.
    fn serve(&mut self, buffer: &mut [u8]) -> Next {
        loop {
            while !self.unsent.is_empty() {
                match self.stream.write(self.unsent.as_slices().0) {
                    Ok(n) => drop(self.unsent.drain(..n)),
                    Err(e) if e.kind() == ErrorKind::WouldBlock => return Next::Keep,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return Next::Close,
                }
            }
            match self.stream.read(buffer) {
                Ok(0) => return Next::Close,
                Ok(n) => {
                    match self.stream.write(&buffer[..n]) {
                        Ok(sent) => self.unsent.extend(&buffer[sent..n]),
                        Err(e) if e.kind() == ErrorKind::WouldBlock => self.unsent.extend(&buffer[..n]),
                        Err(_) => return Next::Close,
                    }
                    // A short read has drained the socket; the next arrival is a new event.
                    if n < buffer.len() && self.unsent.is_empty() {
                        return Next::Keep;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Next::Keep,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Next::Close,
            }
        }
    }
}

/// Serves until the process ends.
pub fn serve(listener: TcpListener) -> Result<(), String> {
    run(listener, Duration::ZERO).map_err(|e| format!("the mio loop: {e}"))
}

/// The same with a delay at each event. What it loses shows that the server is what is measured: if the
/// client were the bottleneck, it would lose nothing.
pub fn serve_with_delay(listener: TcpListener) -> Result<(), String> {
    run(listener, DELAY).map_err(|e| format!("the mio loop: {e}"))
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn run(listener: TcpListener, delay: Duration) -> std::io::Result<()> {
    let mut listener = mio::net::TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; SHARED_BUFFER];
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut free = Vec::new();
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            if event.token() == LISTENER {
                loop {
                    let mut stream = match listener.accept() {
                        Ok((stream, _)) => stream,
                        Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                        Err(e) if e.kind() == ErrorKind::ConnectionAborted => continue,
                        Err(e) => return Err(e),
                    };
                    stream.set_nodelay(true)?;
                    let place = free.pop().unwrap_or_else(|| {
                        connections.push(None);
                        connections.len() - 1
                    });
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(place), interest)?;
                    connections[place] = Some(Connection { stream, unsent: VecDeque::new() });
                }
                continue;
            }
            let place = event.token().0;
            let Some(connection) = &mut connections[place] else { continue };
            if !delay.is_zero() {
                spin(delay);
            }
            if let Next::Close = connection.serve(&mut buffer) {
                // Closing takes it out of the poll.
                connections[place] = None;
                free.push(place);
            }
        }
    }
}

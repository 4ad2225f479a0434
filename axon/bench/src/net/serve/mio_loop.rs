//! The floor: an echo server as a plain loop over mio's poll, with one buffer for all.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::SHARED_BUFFER;
use super::plain_loop::{Next, run};

/// How long the slower loop waits at each event.
pub const DELAY: Duration = Duration::from_nanos(500);

struct Connection {
    stream: TcpStream,
    /// What could not be written yet; while there is any, nothing is read.
    unsent: VecDeque<u8>,
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
    echo(listener, Duration::ZERO)
}

/// The same with a delay at each event. What it loses shows that the server is what is measured: if the
/// client were the bottleneck, it would lose nothing.
pub fn serve_with_delay(listener: TcpListener) -> Result<(), String> {
    echo(listener, DELAY)
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn echo(listener: TcpListener, delay: Duration) -> Result<(), String> {
    let mut buffer = vec![0; SHARED_BUFFER];
    let begin = |stream| Ok(Connection { stream, unsent: VecDeque::new() });
    let serve = |connection: &mut Connection| {
        if !delay.is_zero() {
            spin(delay);
        }
        connection.serve(&mut buffer)
    };
    run(listener, begin, serve).map_err(|e| format!("the mio loop: {e}"))
}

//! A plain loop over mio's poll, by which both floors serve.

use std::io::{self, ErrorKind};
use std::net::TcpListener;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

/// What is to be done with a connection after an event.
pub(super) enum Next {
    Keep,
    Close,
}

/// Serves until the process ends: `begin` makes a connection, `serve` serves it after each event.
pub(super) fn run<C>(
    listener: TcpListener,
    mut begin: impl FnMut(TcpStream) -> io::Result<C>,
    mut serve: impl FnMut(&mut C) -> Next,
) -> io::Result<()> {
    let mut listener = mio::net::TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut connections: Vec<Option<C>> = Vec::new();
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
                    connections[place] = Some(begin(stream)?);
                }
                continue;
            }
            let place = event.token().0;
            let Some(connection) = &mut connections[place] else { continue };
            if let Next::Close = serve(connection) {
                // Closing takes it out of the poll.
                connections[place] = None;
                free.push(place);
            }
        }
    }
}

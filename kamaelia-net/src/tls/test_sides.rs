//! Two engines that talk to each other in memory, for the tests.

#![cfg_attr(fuzzing, allow(dead_code, reason = "the fuzzer uses a part of it"))]

use super::client::{TlsClient, TlsClientOptions};
use super::server::{TlsServer, TlsServerOptions};
use super::test_certificates::{Issuer, Pair};
use crate::engine::{Engine, Plain};
use crate::ssl::{SslError, TlsSession};

/// One side of a connection: its engine, what it has received, and its bytes for the wire.
pub(crate) struct Side {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) received: Vec<u8>,
    pub(crate) ended: bool,
    pub(crate) failure: Option<SslError>,
    /// Plain bytes that the engine has not accepted yet.
    pub(crate) unsent: Vec<u8>,
    pub(crate) wire: Vec<u8>,
}

impl Side {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        let mut side = Side {
            engine,
            received: Vec::new(),
            ended: false,
            failure: None,
            unsent: Vec::new(),
            wire: Vec::new(),
        };
        side.take_out();
        side
    }

    pub(crate) fn put(&mut self, plain: &[u8]) {
        self.unsent.extend_from_slice(plain);
        self.take_out();
    }

    pub(crate) fn finish(&mut self) {
        assert!(self.unsent.is_empty());
        self.engine.finish();
        self.take_out();
    }

    /// Feeds all bytes, in the loop that [`Engine`] asks for.
    pub(crate) fn feed(&mut self, mut wire: &[u8]) {
        while !wire.is_empty() && self.failure.is_none() {
            match self.engine.feed(wire) {
                Ok(taken) => {
                    wire = &wire[taken..];
                    let before = (self.received.len(), self.wire.len());
                    self.take_out();
                    let moved = taken > 0 || before != (self.received.len(), self.wire.len());
                    assert!(moved, "it takes nothing and gives nothing: {:?}", self.engine);
                }
                Err(error) => self.failure = Some(error),
            }
        }
        self.take_out();
    }

    pub(crate) fn feed_end(&mut self) {
        self.failure = self.engine.feed_end().err();
        self.take_out();
    }

    pub(crate) fn take_out(&mut self) {
        let mut into = [0; 1000];
        loop {
            match self.engine.plain_out(&mut into) {
                Plain::Some(count) => self.received.extend_from_slice(&into[..count]),
                Plain::Nothing => break,
                Plain::End => {
                    self.ended = true;
                    break;
                }
            }
        }
        loop {
            let taken = self.engine.put(&self.unsent);
            self.unsent.drain(..taken);
            let before = self.wire.len();
            self.engine.wire_out(&mut self.wire);
            if taken == 0 && before == self.wire.len() {
                break;
            }
        }
        assert!(!self.engine.wants().sending);
    }

    pub(crate) fn session(&self) -> TlsSession {
        self.engine.session().expect("the handshake is over")
    }
}

/// Moves bytes between the two sides, in pieces of these sizes, until neither side has any.
pub(crate) fn talk(client: &mut Side, server: &mut Side, mut sizes: impl FnMut() -> usize) {
    for _ in 0..1_000_000 {
        if client.wire.is_empty() && server.wire.is_empty() {
            return;
        }
        let size = sizes();
        let piece: Vec<u8> = client.wire.drain(..size.min(client.wire.len())).collect();
        server.feed(&piece);
        let piece: Vec<u8> = server.wire.drain(..size.min(server.wire.len())).collect();
        client.feed(&piece);
    }
    panic!("they talk for ever");
}

pub(crate) fn talk_freely(client: &mut Side, server: &mut Side) {
    talk(client, server, || usize::MAX);
}

pub(crate) const NAME: &str = "server.test";

/// The settings of both sides; the client trusts the server.
pub(crate) struct World {
    pub(super) issuer: Issuer,
    pub(super) pair: Pair,
}

impl World {
    pub(crate) fn new() -> Self {
        let issuer = Issuer::new("the issuer");
        let pair = issuer.server(NAME);
        World { issuer, pair }
    }

    pub(crate) fn client(&self) -> TlsClientOptions {
        TlsClientOptions::new().authorities(self.issuer.authorities())
    }

    pub(crate) fn server(&self) -> TlsServerOptions {
        TlsServerOptions::new(self.pair.certificate())
    }
}

pub(crate) fn sides(client: &TlsClient, server: &TlsServer) -> (Side, Side) {
    (Side::new(client.engine(Some(NAME)).unwrap()), Side::new(server.engine().unwrap()))
}

/// Both sides after the handshake.
pub(crate) fn meet(client: TlsClientOptions, server: TlsServerOptions) -> (Side, Side) {
    let (mut client, mut server) = sides(&client.build().unwrap(), &server.build().unwrap());
    talk_freely(&mut client, &mut server);
    (client, server)
}

/// The errors with which the two sides failed.
pub(crate) fn both_failures(
    client: TlsClientOptions,
    server: TlsServerOptions,
) -> (Option<SslError>, Option<SslError>) {
    let (client, server) = meet(client, server);
    (client.failure, server.failure)
}

pub(crate) fn sides_of(world: &World) -> (Side, Side) {
    sides(&world.client().build().unwrap(), &world.server().build().unwrap())
}

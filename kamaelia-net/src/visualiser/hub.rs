//! The web side of a visualiser: a server, and the component that asks the program for it.
//!
//! It runs in a scheduler of its own, on another thread: so it takes no turns from the program, is not in the picture,
//! and answers while the program does not.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc::Sender;

use axon::{Component, ComponentRef, Context, Remote};

use super::Commands;
use super::asked::Answer;
use super::desk::{Desk, Shared};
use super::model::Model;
use super::responder::Handler;
use crate::csa::CsaOptions;
use crate::error::BindError;
use crate::http::{HttpLimits, HttpServer, RequestHead};
use crate::listen::Listen;

/// How many connections there may be.
const CONNECTIONS: usize = 64;

/// How many bytes all of them may hold together.
const MEMORY: usize = 64 << 20;

/// The web side.
pub(super) struct Hub {
    pub(super) address: SocketAddr,
    pub(super) token: String,
    pub(super) commands: Commands,
    /// Is told once where it listens.
    pub(super) tell: Option<Sender<Result<Bound, BindError>>>,
}

/// A web side that listens.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) address: SocketAddr,
    pub(super) hub: ComponentRef,
}

/// Tells the hub how the program is reached.
#[derive(Debug)]
pub(super) struct Begin(pub(super) Remote, pub(super) ComponentRef);

impl Component for Hub {
    fn kind(&self) -> &'static str {
        "VisualiserHub"
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let model = Model::new(cx.now(), cx.snapshot(), self.commands);
        let desk: Shared = Rc::new(RefCell::new(Desk::new(cx.me().clone(), model, cx.now())));
        let tell = self.tell.take().ok_or("it is started once")?;
        // Whoever waits for it may have given up.
        let (server, address) = match self.bind(&desk) {
            Ok(bound) => bound,
            Err(error) => {
                let _ = tell.send(Err(error));
                return Ok(());
            }
        };
        let server = cx.add_child(server);
        cx.activate(server);
        let _ = tell.send(Ok(Bound { address, hub: cx.me().clone() }));
        drop(tell);
        loop {
            while let Some(message) = cx.recv("inbox") {
                match message.take::<Answer>() {
                    Ok(answer) => desk.borrow_mut().hear(cx, answer),
                    Err(other) => {
                        if let Ok(Begin(remote, program)) = other.take() {
                            desk.borrow_mut().begin((remote, program));
                        }
                    }
                }
            }
            if cx.told_to_end().is_some() {
                return Ok(());
            }
            let next = desk.borrow_mut().look_if_due(cx);
            match next {
                Some(next) => cx.pause_until(next).await,
                None => cx.pause().await,
            }
        }
    }
}

impl Hub {
    fn bind(&self, desk: &Shared) -> Result<(HttpServer, SocketAddr), BindError> {
        let (desk, token) = (Rc::clone(desk), self.token.clone());
        let make = move |head: &RequestHead| Handler::of(head, &token, &desk);
        let mut limits = HttpLimits::new();
        limits.body = Some(64 * 1024);
        let mut options = CsaOptions::hardened();
        // A page that only watches sends nothing.
        options.idle_timeout = None;
        let server = HttpServer::new(make, Listen::from(self.address))
            .limits(limits)
            .server(|core| core.options(options).max_connections(CONNECTIONS).memory(MEMORY))
            .bind()?;
        let address = server.local_addr().unwrap_or(self.address);
        Ok((server, address))
    }
}

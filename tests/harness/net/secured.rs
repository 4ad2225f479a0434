//! Clients and servers whose connections are secured, and what they are told, for the tests of TLS.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test program uses a part of it")]

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use axon::util::EchoProtocol;
use axon::{Boxes, Component, ComponentRef, Context, ProducerFinished};
use kamaelia_net::tls::{TlsClientOptions, TlsServerOptions};
use kamaelia_net::{
    Connection, CsaOptions, HowDied, SimpleServer, SocketShutdown, SslError, SslReady, TcpClient, TlsClient,
    TlsServer,
};

use crate::certificates::Issuer;
use crate::net_harness::{LONG, Running, here, run, serve};

pub const HOST: &str = "127.0.0.1";

/// An issuer, a server's settings with a certificate from it, and a client's that trust it.
pub fn settings() -> (Issuer, TlsServer, TlsClient) {
    let issuer = Issuer::new("the issuer");
    let server = TlsServerOptions::new(issuer.server(HOST).certificate()).build().unwrap();
    let client = TlsClientOptions::new().authorities(issuer.authorities()).build().unwrap();
    (issuer, server, client)
}

/// Links a client to the component that runs it.
pub fn join(cx: &Context, client: &ComponentRef) -> axon::Result {
    cx.link((client, "outbox"), (cx.me(), "inbox"))?;
    cx.link((cx.me(), "outbox"), (client, "inbox"))?;
    cx.link((cx.me(), "signal"), (client, "control"))?;
    cx.link((client, "signal"), (cx.me(), "control"))?;
    Ok(())
}

/// Links an outbox of a client to a new inbox, and returns the name of the inbox.
pub fn inbox_for(cx: &Context, client: &ComponentRef, outbox: &str) -> axon::Result<String> {
    let inbox = cx.add_inbox(outbox);
    cx.link((client, outbox), (cx.me(), &inbox))?;
    Ok(inbox)
}

/// What a client of ours can connect to, on a thread of its own. Returns its port.
pub fn peer(act: impl FnOnce(TcpStream) + Send + 'static) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(LONG)).unwrap();
        act(stream);
    });
    (port, thread)
}

/// Reads so many bytes, or until the end.
pub async fn hear(cx: &Context, count: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    while heard.len() < count && cx.data_ready("control") == 0 {
        while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox").unwrap() {
            heard.extend(bytes);
        }
        if heard.len() < count {
            cx.pause().await;
        }
    }
    while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox").unwrap() {
        heard.extend(bytes);
    }
    heard
}

/// How the connection ended.
pub async fn end(cx: &Context) -> HowDied {
    loop {
        if let Some(notice) = cx.recv("control") {
            if let Ok(end) = notice.into_value::<SocketShutdown>() {
                return end.how_died;
            }
        } else {
            cx.pause().await;
        }
    }
}

/// What a client of ours gets that is told to say this, and how its connection ends.
pub fn talk(client: TcpClient, said: &'static [u8]) -> (Vec<u8>, HowDied) {
    let (sender, receiver) = channel();
    run(async move |cx| {
        let client = cx.activate(client.wait_for_serverclose());
        join(cx, &client)?;
        cx.send("outbox", said.to_vec())?;
        cx.send("signal", ProducerFinished::new())?;
        let heard = hear(cx, usize::MAX).await;
        sender.send((heard, end(cx).await)).unwrap();
        Ok(())
    })
    .unwrap();
    receiver.recv().unwrap()
}

pub fn echo(tls: TlsServer) -> Running {
    serve(move || SimpleServer::new(EchoProtocol::new, here()).tls(tls))
}

/// A handler that tells what becomes of its connection.
pub struct Witness {
    tell: Sender<Event>,
}

#[derive(Debug)]
pub enum Event {
    Ready(SslReady),
    Heard(Vec<u8>),
    /// Or the peer has finished alone.
    Ended(HowDied),
}

impl Component for Witness {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(ready) = cx.recv_as::<SslReady>("sslready")? {
                self.tell.send(Event::Ready(ready))?;
            }
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                self.tell.send(Event::Heard(bytes.clone()))?;
                cx.send("outbox", bytes)?;
            }
            if let Some(notice) = cx.told_to_end() {
                let how_died = notice.view(|end: &SocketShutdown| end.how_died.clone());
                self.tell.send(Event::Ended(how_died.unwrap_or(HowDied::PeerClosed)))?;
                cx.send("signal", ProducerFinished::new())?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// A server whose handlers tell what becomes of their connections.
pub fn witnessed(tls: TlsServer) -> (Running, Receiver<Event>) {
    witnessed_with(tls, CsaOptions::new())
}

pub fn witnessed_with(tls: TlsServer, options: CsaOptions) -> (Running, Receiver<Event>) {
    let (tell, events) = channel();
    let server = serve(move || {
        let protocol = move |_: &Connection| Witness { tell: tell.clone() };
        kamaelia_net::FastRestartServer::new(protocol, here()).tls(tls).options(options)
    });
    (server, events)
}

pub fn next_end(events: &Receiver<Event>) -> HowDied {
    loop {
        if let Event::Ended(how_died) = events.recv_timeout(LONG).unwrap() {
            return how_died;
        }
    }
}

pub fn next_ready(events: &Receiver<Event>) -> SslReady {
    loop {
        if let Event::Ready(ready) = events.recv_timeout(LONG).unwrap() {
            return ready;
        }
    }
}

pub fn tls_error(how_died: HowDied) -> SslError {
    let HowDied::Tls(error) = how_died else { panic!("{how_died:?}") };
    error
}

//! The program of `docs/guide/tls.md`.

use axon::prelude::*;
use kamaelia_net::tls::{Authorities, Certificate, TlsClientOptions, TlsServerOptions};
use kamaelia_net::{Listen, SimpleServer, SslReady, TcpClient};

/// Sends one line to the server, says how the connection is secured, and what came back.
struct Customer {
    server: ComponentRef,
}

impl Component for Customer {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what both sides agreed on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        match cx.next::<SslReady>("sslready").await? {
            Ok(session) => println!("secured by {}", session.version),
            Err(error) => println!("not secured: {error}"),
        }
        cx.send("outbox", "a secret\n")?;
        cx.send("signal", ProducerFinished::new())?;
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            print!("the server says: {}", String::from_utf8(bytes)?);
        }
        cx.deliver_to(&self.server, "control", ProducerFinished::new())?;
        Ok(())
    }
}

pub(crate) fn main() -> axon::Result {
    // A certificate for this machine, issued by itself. Servers in earnest have one in files.
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = Certificate::from_pem(issued.cert.pem(), issued.signing_key.serialize_pem())?;
    let trusted = Authorities::from_pem(issued.cert.pem())?;

    let server = SimpleServer::new(EchoProtocol::new, "127.0.0.1:0".parse::<Listen>()?)
        .tls(TlsServerOptions::new(certificate).build()?)
        .bind()?;
    let port = server.local_addr().ok_or("it is bound")?.port();
    let tls = TlsClientOptions::new().authorities(trusted).build()?.server_name("localhost");

    let mut scheduler = Scheduler::new();
    let server = scheduler.activate(server);
    scheduler.activate(graphline! {
        components: {
            customer: Customer { server },
            client: TcpClient::new("127.0.0.1", port).tls(tls).wait_for_serverclose(),
        },
        linkages: {
            customer.outbox => client.inbox,
            customer.signal => client.control,
            client.outbox => customer.inbox,
            client.signal => customer.control,
            client.sslready => customer.sslready,
        },
    });
    Ok(scheduler.run()?)
}

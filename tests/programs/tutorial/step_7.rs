//! Step 7 of `docs/tutorial.md`: a server.

use axon::prelude::*;
use kamaelia_net::{Listen, SimpleServer};

struct Shout;

impl Component for Shout {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for bytes in cx.drain::<Vec<u8>>("inbox") {
                cx.send_when_room("outbox", bytes?.to_ascii_uppercase()).await?;
            }
            if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn main() -> axon::Result {
    let server = SimpleServer::new(|| Shout, "127.0.0.1:1500".parse::<Listen>()?);
    Ok(axon::run(server)?)
}

#[test]
fn runs() {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    let _: fn() -> axon::Result = main;
    let server = SimpleServer::new(|| Shout, "127.0.0.1:0".parse::<Listen>().unwrap()).bind().unwrap();
    let address = server.local_addr().unwrap();
    let mut scheduler = Scheduler::new();
    let server = scheduler.activate(server);
    let remote = scheduler.remote();
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"hello").unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        drop(stream);
        remote.deliver(&server, "control", ProducerFinished::new()).unwrap();
        answer
    });
    scheduler.run().unwrap();
    assert_eq!(&client.join().unwrap(), b"HELLO");
}

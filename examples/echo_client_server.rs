//! A server and a client in one program: it prints what they send to each other, then ends by itself.
//!
//! Run `cargo run --example echo_client_server`. It prints:
//!
//! ```text
//! to the server:   one
//! from the server: one
//! to the server:   two
//! from the server: two
//! to the server:   three
//! from the server: three
//! the connection has ended
//! ```

use axon::{Component, Context, ProducerFinished, Result, util::EchoProtocol};
use kamaelia_net::{Listen, SimpleServer, TcpClient};

/// Sends three words, one after the other, and waits for each to come back.
struct Conversation;

impl Component for Conversation {
    async fn main(&mut self, cx: &Context) -> Result {
        let server = SimpleServer::new(EchoProtocol::new, "127.0.0.1:0".parse::<Listen>()?).bind()?;
        let address = server.local_addr().ok_or("it is bound")?;
        let server = cx.activate(server);
        let client = cx.activate(TcpClient::new(address.ip().to_string(), address.port()));
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((cx.me(), "signal"), (&client, "control"))?;
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        for word in ["one", "two", "three"] {
            println!("to the server:   {word}");
            cx.send("outbox", word)?;
            let mut echo = Vec::new();
            while echo.len() < word.len() {
                echo.extend(cx.next::<Vec<u8>>("inbox").await?);
            }
            println!("from the server: {}", String::from_utf8(echo)?);
        }
        cx.send("signal", ProducerFinished::new())?;
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        println!("the connection has ended");
        cx.deliver_to(&server, "control", ProducerFinished::new())?;
        Ok(())
    }
}

fn main() -> Result {
    env_logger::init();
    Ok(axon::run(Conversation)?)
}

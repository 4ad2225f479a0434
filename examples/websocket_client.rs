//! The console linked to a WebSocket: each line you type is a message, and each message is shown as a line.
//!
//! Run `cargo run --example websocket_client -- URL [CA.pem]`. At the end of the input (Ctrl-D) it closes the
//! WebSocket, and shows what still comes until the server has closed it too. It ends with an error that says why if the
//! server does not open a WebSocket, or breaks it off, or closes it for another reason than that all is done. The
//! certificate of a `wss://` server must be issued by an authority that this system trusts or that is in CA.pem.
//!
//! With `--autobahn URL` it runs the cases of the Autobahn test suite's server instead (see `tests/autobahn.sh`).

use axon::prelude::*;
use kamaelia_net::tls::{Authorities, TlsClientOptions};
use kamaelia_net::websocket::{
    CloseCode, ClosedBy, Deflate, WebSocketClient, WebSocketClosed, WebSocketOptions,
};

/// Makes a line of each message, and fails if the WebSocket did not end well.
struct Shown;

impl Component for Shown {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(message) = cx.recv("inbox") {
                let line = match message.into_value::<String>() {
                    Ok(text) => format!("{text}\n"),
                    Err(message) => match message.into_value::<Vec<u8>>() {
                        Ok(bytes) => format!("{}\n", String::from_utf8_lossy(&bytes)),
                        Err(_) => continue,
                    },
                };
                cx.send_when_room("outbox", line).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                judge(&notice)?;
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn judge(last: &Message) -> axon::Result {
    let is_well = last.view(|closed: &WebSocketClosed| {
        let usual = [CloseCode::NORMAL, CloseCode::GOING_AWAY, CloseCode::NO_STATUS];
        if closed.by != ClosedBy::Neither && usual.contains(&closed.close.code) {
            Ok(())
        } else {
            Err(closed.to_string())
        }
    });
    if let Some(is_well) = is_well {
        return Ok(is_well?);
    }
    let why = last.view(|refused: &kamaelia_net::websocket::WebSocketRefused| refused.to_string());
    let why = why.or_else(|| last.view(|end: &kamaelia_net::SocketShutdown| end.how_died.to_string()));
    why.map_or(Ok(()), |why| Err(why.into()))
}

/// Opens WebSockets to a server of the Autobahn test suite, one after another.
struct Autobahn {
    url: String,
}

impl Autobahn {
    /// Sends back what comes if `echoes`. Returns the text that came last.
    async fn open(&self, cx: &Context, path: &str, echoes: bool) -> axon::Result<String> {
        let options = WebSocketOptions::new().longest_message(16 * 1024 * 1024).deflate(Deflate::new());
        let client = WebSocketClient::new(&format!("{}{path}", self.url))?.options(options);
        let client = cx.add_child(client);
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "ended"))?;
        cx.activate(&client);
        let mut last = String::new();
        loop {
            while let Some(message) = cx.recv("inbox") {
                if echoes {
                    // One that has closed takes nothing any more.
                    let _ = cx.send_when_room("outbox", message).await;
                } else {
                    last = message.into_value().unwrap_or_default();
                }
            }
            if let Some(end) = cx.recv("ended") {
                if !end.is::<WebSocketClosed>() {
                    judge(&end)?;
                }
                cx.remove_child(&client);
                return Ok(last);
            }
            cx.pause().await;
        }
    }
}

impl Component for Autobahn {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("ended", "how a WebSocket ended")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let count: u32 = self.open(cx, "/getCaseCount", false).await?.parse()?;
        for case in 1..=count {
            self.open(cx, &format!("/runCase?case={case}&agent=axon"), true).await?;
        }
        self.open(cx, "/updateReports?agent=axon", false).await?;
        println!("{count} cases");
        Ok(())
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let Some(first) = arguments.next() else {
        eprintln!("websocket_client URL [CA.pem], or websocket_client --autobahn URL");
        std::process::exit(2);
    };
    if first == "--autobahn" {
        let url = arguments.next().ok_or("--autobahn needs a URL")?;
        return Ok(axon::run(Autobahn { url: url.trim_end_matches('/').to_owned() })?);
    }
    let options = WebSocketOptions::new().longest_message(16 * 1024 * 1024).deflate(Deflate::new());
    let mut client = WebSocketClient::new(&first)?.options(options);
    if let Some(file) = arguments.next() {
        client = client.tls(TlsClientOptions::new().authorities(Authorities::from_file(file)?).build()?);
    }
    let line = PureTransformer::map(|Text(line): Text| line.trim_end_matches(['\r', '\n']).to_owned());
    Ok(axon::run(pipeline![ConsoleReader::new().prompt(""), line, client, Shown, ConsoleEchoer::new()])?)
}

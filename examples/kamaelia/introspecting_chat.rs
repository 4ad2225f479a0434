//! Kamaelia's `Examples/Introspection/IntrospectionTutorial/IntrospectingChatServer.py`: a chat server that tells a
//! visualiser which components it has and how they are linked, whenever that changes.
//!
//! Run `cargo run --example kamaelia_introspecting_chat -- [ADDRESS [VISUALISER]]`, by default 127.0.0.1:1500 and
//! 127.0.0.1:1600. It prints `listening on ADDRESS`, and ends at a signal. Instead of a visualiser, `nc -lk 1600` shows
//! what it is told.
//!
//! *Differs:* a visualiser that is not there, or goes, is tried again every two seconds and told everything anew; there
//! it is tried once. What clients say is shown line by line, without characters that control a terminal. A client that
//! does not read is cut off, so that the others need not wait for it; a line has at most 1000 bytes.

#[path = "parts/options.rs"]
mod options;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;

use std::net::SocketAddr;
use std::time::Duration;

use axon::prelude::*;
use axon::util::WhenFull;
use kamaelia_net::{Connection, FastRestartServer, Listen, TcpClient};

const LONGEST_LINE: usize = 1000;

/// How long to wait before a visualiser is tried again.
const AGAIN: Duration = Duration::from_secs(2);

fn echo_everyone(client: &Connection) -> Pipeline {
    let peer = client.peer;
    let says = move |Text(line): Text| {
        let plain = line.replace(|character: char| character.is_control() && character != '\t', "\u{fffd}");
        format!("{peer} says {plain}\n")
    };
    pipeline![
        ChunksToLines::new().keep_last_line().longest_line(LONGEST_LINE),
        PureTransformer::map(says),
        PublishTo::new("CHAT_ONE"),
        SubscribeTo::new("CHAT_ONE"),
    ]
}

/// Tells a visualiser what there is, again and again.
struct Telling {
    visualiser: SocketAddr,
}

impl Component for Telling {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let client = TcpClient::new(self.visualiser.ip().to_string(), self.visualiser.port());
            let told = cx.add_child(pipeline![Introspector::new(), client]);
            cx.activate(&told);
            while !told.is_stopped() {
                if cx.told_to_end().is_some() {
                    cx.stop(&told);
                    return Ok(());
                }
                cx.pause().await;
            }
            cx.remove_child(&told);
            let again = axon::time_after(cx.now(), AGAIN);
            while cx.now() < again {
                if cx.told_to_end().is_some() {
                    return Ok(());
                }
                cx.pause_until(again).await;
            }
        }
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:1500".into());
    let visualiser = arguments.next().unwrap_or("127.0.0.1:1600".into()).parse()?;
    let server =
        FastRestartServer::new(echo_everyone, address.parse::<Listen>()?).options(options::speaks_first());
    let mut scheduler = running::scheduler()?;
    scheduler.activate(Backplane::new("CHAT_ONE").when_full(WhenFull::Cut));
    scheduler.activate(Telling { visualiser });
    scheduler.activate(serving::bound(server)?.0);
    Ok(scheduler.run()?)
}

//! Kamaelia's fortune cookie server: it sends every client a saying, slowly, and then disconnects it.
//!
//! Run `cargo run --example fortune_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with `nc 127.0.0.1 1500`. The sayings come
//! from the program `fortune` if it is installed, otherwise from a short built-in list.
//!
//! On Ctrl-C or SIGTERM it gives the connections two seconds to finish, and ends. A second signal ends it
//! immediately.
//!
//! Ported from `Kamaelia.Protocol.FortuneCookieProtocol`.

use std::process::Command;
use std::time::Duration;

use axon::{Component, Context, ProducerFinished, Result, Scheduler};
use kamaelia_net::{Connection, FastRestartServer, Listen, Signals};

const COOKIES: [&str; 4] = [
    "Never send by letter what can be said by a linkage.\n",
    "A component that waits well is worth two that are busy.\n",
    "He who pauses at the right time is woken at the right time.\n",
    "What arrives in no inbox was sent for nothing.\n",
];

/// Forty characters a second, like a teletype.
const LETTER: Duration = Duration::from_millis(25);

/// Sends one saying; the connection is closed when it ends.
struct FortuneCookieProtocol {
    cookie: String,
}

impl FortuneCookieProtocol {
    fn new(client: &Connection) -> Self {
        let own = || COOKIES[usize::from(client.peer.port()) % COOKIES.len()].to_owned();
        let cookie = match Command::new("fortune").arg("-a").output() {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
            _ => own(),
        };
        FortuneCookieProtocol { cookie }
    }
}

impl Component for FortuneCookieProtocol {
    async fn main(&mut self, cx: &Context) -> Result {
        for letter in self.cookie.chars() {
            if cx.send_when_room("outbox", letter.to_string()).await.is_err() || cx.told_to_end().is_some() {
                break;
            }
            cx.sleep(LETTER).await;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

fn main() -> Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let server = FastRestartServer::new(FortuneCookieProtocol::new, address.parse::<Listen>()?).bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}

//! A bad network to put between a client and a server: it delays, slices, slows down, stalls and resets
//! connections.
//!
//! Run `cargo run --example chaos_proxy -- LISTEN TARGET [--seed N] [--delay D] [--slice N] [--stall D] [--reset P]
//! [--rate B]`.
//! It prints `listening on ADDRESS`, and passes each connection on to TARGET, a host and a port. Without options
//! it changes nothing. The options hold for each direction of each connection:
//!
//! - `--delay D`: bytes arrive D later; `50ms`, `1.5s`, or a number of milliseconds;
//! - `--rate B`: at most B bytes a second;
//! - `--stall D`: once, after up to 4096 bytes or before the end, nothing goes on for D, and nothing is read;
//! - `--slice N`: in pieces of 1 to N bytes, by chance;
//! - `--reset P`: a connection is reset on both sides with the probability P, from 0 to 1: after up to 4096 bytes
//!   in both directions together, or when one side ends;
//! - `--seed N`: the same chance each time, for the first connection, the second and so on.
//!
//! A half close goes through as one, and so does a reset. A target that cannot be reached resets the client. On
//! Ctrl-C, or told TERM, it lets the connections finish what they have, for two seconds, and ends; a second time,
//! at once.
//!
//! ```text
//!              ┌─────────────────────────────── one connection ────────────────────────────────┐
//!              │            delay ─► rate ─► stall ─► slice ─► ┌──────┐                        │
//!  client ◄──► │                                               │ Fuse │ ◄──────► TcpClient ◄──► │ target
//!              │   ◄─ slice ◄─ stall ◄─ rate ◄─ delay ◄─       └──────┘                        │
//!              └───────────────────────────────────────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use axon::prelude::*;
use axon::{Ending, Result};
use kamaelia_net::csa::OwnEnd;
use kamaelia_net::simulate::{Bandwidth, Chance, Delay, Slice, Stall};
use kamaelia_net::{
    CsaOptions, FastRestartServer, Listen, ResetConnection, Signals, SocketShutdown, TcpClient,
};

/// After how many bytes a connection that is to be reset is reset at the latest.
const RESET_WITHIN: usize = 4096;

/// What is done to connections.
#[derive(Clone, Default)]
struct Chaos {
    seed: Option<u64>,
    delay: Option<Duration>,
    slice: Option<usize>,
    stall: Option<Duration>,
    reset: f64,
    rate: Option<u64>,
}

impl Chaos {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut chaos = Chaos::default();
        while let Some(option) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
            let wrong = |right: &str| format!("{option} {value}: {right} was expected");
            match option.as_str() {
                "--seed" => chaos.seed = Some(value.parse().map_err(|_| wrong("a number"))?),
                "--delay" => chaos.delay = Some(duration(&value).ok_or_else(|| wrong("50ms, 1.5s or 50"))?),
                "--stall" => chaos.stall = Some(duration(&value).ok_or_else(|| wrong("50ms, 1.5s or 50"))?),
                "--slice" => {
                    chaos.slice = Some(at_least_one(&value).ok_or_else(|| wrong("1 or more"))? as usize)
                }
                "--rate" => chaos.rate = Some(at_least_one(&value).ok_or_else(|| wrong("1 or more"))?),
                "--reset" => {
                    let probability =
                        value.parse().ok().filter(|probability| (0.0..=1.0).contains(probability));
                    chaos.reset = probability.ok_or_else(|| wrong("a number from 0 to 1"))?;
                }
                _ => {
                    return Err(format!(
                        "{option} is none of --seed, --delay, --slice, --stall, --reset, --rate"
                    )
                    .into());
                }
            }
        }
        Ok(chaos)
    }

    /// What one direction goes through.
    fn direction(&self, chance: &mut Chance) -> Pipeline {
        let mut way = Pipeline::new();
        if let Some(delay) = self.delay {
            way = way.then(Delay::new(delay));
        }
        if let Some(rate) = self.rate {
            way = way.then(Bandwidth::new(rate));
        }
        if let Some(time) = self.stall {
            way = way.then(Stall::new(time).seed(chance.below(usize::MAX) as u64));
        }
        // The last, so that nothing puts the pieces together again.
        match self.slice {
            Some(longest) => way.then(Slice::new(longest).seed(chance.below(usize::MAX) as u64)),
            None => way.then(PassThrough::new()),
        }
    }

    /// The connection with this number, which counts from 0.
    fn connection(&self, number: u64, (host, port): &(String, u16)) -> Graphline {
        let mut chance = self.seed.map_or_else(Chance::default, |seed| Chance::new(seed ^ number << 32));
        let is_reset = chance.below(1 << 30) < (self.reset * f64::from(1 << 30)) as usize;
        let fuse = Fuse { left: is_reset.then(|| chance.below(RESET_WITHIN + 1)) };
        graphline! {
            components: {
                there: self.direction(&mut chance),
                back: self.direction(&mut chance),
                fuse: fuse,
                target: TcpClient::new(host, *port).half_open().wait_for_serverclose(),
            },
            linkages: {
                self.inbox => there.inbox,
                self.control => there.control,
                there.outbox => fuse.inbox,
                there.signal => fuse.control,
                fuse.outbox => target.inbox,
                fuse.signal => target.control,

                target.outbox => back.inbox,
                target.signal => back.control,
                back.outbox => fuse.inbox2,
                back.signal => fuse.control2,
                fuse.outbox2 => self.outbox,
                fuse.signal2 => self.signal,
            },
        }
    }
}

fn at_least_one(text: &str) -> Option<u64> {
    text.parse().ok().filter(|&number| number > 0)
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => text.strip_suffix('s').map_or((text, 0.001), |number| (number, 1.0)),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

/// `HOST:PORT`, as the two.
fn target(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?))
}

/// Passes on both directions of a connection, until it blows: then it resets both sides.
struct Fuse {
    /// After how many bytes it blows; `None` for never.
    left: Option<usize>,
}

/// The boxes of a direction: in, its end, out, its end.
const THERE: [&str; 4] = [INBOX, CONTROL, OUTBOX, SIGNAL];
const BACK: [&str; 4] = ["inbox2", "control2", "outbox2", "signal2"];

enum Direction {
    Open,
    Ended,
    /// Something has broken: so is the whole connection.
    Broken,
}

impl Fuse {
    fn pass_on(
        &mut self,
        cx: &Context,
        [inbox, control, outbox, signal]: [&'static str; 4],
    ) -> Result<Direction> {
        while cx.has_room(outbox) {
            let Some(mut bytes) = cx.recv_as::<Vec<u8>>(inbox)? else {
                let Some(end) = cx.recv(control) else { return Ok(Direction::Open) };
                let failed = end.view(|end: &SocketShutdown| !end.how_died.is_orderly());
                return Ok(match end.ending() {
                    None => continue,
                    _ if failed == Some(true) || self.left.is_some() => Direction::Broken,
                    Some(Ending::ShutdownMicroprocess) => Direction::Broken,
                    Some(Ending::ProducerFinished) => {
                        cx.send(signal, end)?;
                        Direction::Ended
                    }
                });
            };
            if let Some(left) = &mut self.left {
                let blows = bytes.len() >= *left;
                bytes.truncate(*left);
                *left -= bytes.len();
                if blows {
                    cx.send(outbox, bytes)?;
                    return Ok(Direction::Broken);
                }
            }
            cx.send(outbox, bytes)?;
        }
        Ok(Direction::Open)
    }
}

impl Component for Fuse {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("inbox2", "bytes from the target")
            .inbox("control2", "the target's end")
            .outbox("outbox2", "bytes for the client")
            .outbox("signal2", "the end for the client")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut open = vec![THERE, BACK];
        while !open.is_empty() {
            let mut at = 0;
            while at < open.len() {
                match self.pass_on(cx, open[at])? {
                    Direction::Open => at += 1,
                    Direction::Ended => {
                        open.remove(at);
                    }
                    Direction::Broken => {
                        // What was passed on before is on its way first.
                        cx.yield_now().await;
                        for [.., signal] in [THERE, BACK] {
                            cx.send(signal, Message::notice(ResetConnection))?;
                        }
                        return Ok(());
                    }
                }
            }
            if !open.is_empty() {
                cx.pause().await;
            }
        }
        Ok(())
    }
}

fn main() -> Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err(
            "chaos_proxy LISTEN TARGET [--seed N] [--delay D] [--slice N] [--stall D] [--reset P] [--rate B]"
                .into(),
        );
    };
    let to =
        target(&to).ok_or_else(|| format!("{to}: the target is a host and a port, like 127.0.0.1:1500"))?;
    let chaos = Chaos::read(arguments)?;
    let mut options = CsaOptions::new();
    options.own_end = OwnEnd::Deliver;
    let mut number = 0;
    let make = move |_: &_| {
        number += 1;
        chaos.connection(number - 1, &to)
    };
    let server = FastRestartServer::new(make, listen.parse::<Listen>()?)
        .options(options)
        .drain_deadline(Duration::from_secs(2))
        .bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    // The server cuts after its deadline those that have not finished; so it needs a little more.
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(4)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}

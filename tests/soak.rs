//! Connections come and go, plain, by TLS and by STARTTLS, straight and through a network that is bad in every
//! way, and afterwards everything is as it was: components, descriptors, memory.
//!
//! The test takes a few seconds. `tests/soak.sh [SECONDS [SEED]]` runs it for as long as one likes.

#![allow(missing_docs, reason = "tests")]
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axon::util::EchoProtocol;
use axon::{Boxes, Component, ComponentRef, Context, Message, ProducerFinished, ShutdownMicroprocess};
use kamaelia_net::simulate::Chance;
use kamaelia_net::{
    FastRestartServer, HowDied, ResetConnection, ServerCore, SimpleServer, SocketShutdown, SslReady,
    TcpClient, TlsClient, TlsServer,
};

#[path = "harness/net/certificates.rs"]
mod certificates;
#[path = "harness/folder.rs"]
mod folder;
#[path = "harness/net/mod.rs"]
mod net_harness;
#[path = "harness/net/secured.rs"]
mod secured;
use net_harness::{LONG, Program, here, run, start_with};
use secured::{HOST, inbox_for, join, settings};

/// How many connections there are at a time.
const AT_A_TIME: usize = 24;
/// After so long a connection is stuck.
const STUCK: Duration = Duration::from_secs(60);
/// How much more memory than after the warm-up may be resident in the end. A process keeps some of what it has
/// freed; a leak of 1 KiB a connection is more than this within two minutes.
const SLACK: usize = 4 << 20;

/// What is done to connections on the way: nothing, what loses nothing, and everything.
const NETWORKS: [Option<&str>; 4] = [
    None,
    Some("--slice 300 --delay 3ms"),
    Some("--slice 2000 --stall 50ms --rate 400000"),
    Some("--slice 900 --stall 20ms --reset 0.5 --rate 900000"),
];

/// Whether this network breaks connections.
fn breaks(network: usize) -> bool {
    NETWORKS[network].is_some_and(|options| options.contains("--reset"))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Way {
    Plain,
    Tls,
    StartTls,
}

const WAYS: [Way; 3] = [Way::Plain, Way::Tls, Way::StartTls];

/// What a client does when it has sent everything, or earlier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum End {
    /// Ends its side, and reads to the end.
    Finishes,
    /// Reads everything first.
    FinishesLate,
    Stops,
    Resets,
    /// Returns, with its connection as its child.
    Returns,
    /// Somebody stops it.
    IsStopped,
    /// Says something else than TLS, or nothing at all, and stops.
    SpeaksRubbish,
}

const ENDS: [End; 7] = [
    End::Finishes,
    End::FinishesLate,
    End::Stops,
    End::Resets,
    End::Returns,
    End::IsStopped,
    End::SpeaksRubbish,
];

/// What became of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    /// All came back.
    Whole,
    /// It was left in the middle.
    Left,
    /// It was told why not all came back.
    Broken,
}

/// Connections are made of it.
#[derive(Clone)]
struct Plan {
    number: u64,
    way: Way,
    network: usize,
    end: End,
    port: u16,
    trusting: TlsClient,
    chance: Chance,
}

/// One client.
struct Talk {
    plan: Plan,
    soak: ComponentRef,
}

impl Component for Talk {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("makessl", "asks for TLS")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut client = TcpClient::new(HOST, self.plan.port).wait_for_serverclose();
        if self.plan.way == Way::Tls && self.plan.end != End::SpeaksRubbish {
            client = client.tls(self.plan.trusting.clone());
        }
        let client = cx.add_child(client);
        cx.link((cx.me(), "makessl"), (&client, "makessl"))?;
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        cx.activate(&client);
        let mut dialogue = Dialogue { cx, ready, heard: Vec::new(), told: None, late: cx.now() + STUCK };
        let outcome = dialogue.hold(&mut self.plan).await?;
        cx.deliver_to(&self.soak, "inbox", (self.plan.way, self.plan.network, self.plan.end, outcome))?;
        if self.plan.end == End::IsStopped {
            cx.stop(cx.me());
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// A client's connection.
struct Dialogue<'a> {
    cx: &'a Context,
    ready: String,
    heard: Vec<u8>,
    /// How it has ended.
    told: Option<HowDied>,
    late: Instant,
}

impl Dialogue<'_> {
    /// Hears what has come, and waits if it is nothing.
    async fn listen(&mut self) -> axon::Result {
        let before = (self.heard.len(), self.told.is_some(), self.cx.data_ready(&self.ready));
        while let Some(bytes) = self.cx.recv_as::<Vec<u8>>("inbox")? {
            self.heard.extend(bytes);
        }
        while let Some(notice) = self.cx.recv("control") {
            if let Ok(end) = notice.into_value::<SocketShutdown>() {
                self.told = Some(end.how_died);
            }
        }
        if before == (self.heard.len(), self.told.is_some(), self.cx.data_ready(&self.ready)) {
            self.cx.pause_until(self.late).await;
            if self.cx.now() >= self.late {
                return Err(format!("stuck after {} bytes", self.heard.len()).into());
            }
        }
        Ok(())
    }

    /// Hears this, at the beginning.
    async fn expect(&mut self, said: &[u8]) -> axon::Result<bool> {
        while self.heard.len() < said.len() && self.told.is_none() {
            self.listen().await?;
        }
        let there = self.heard.len().min(said.len());
        assert_eq!(self.heard.drain(..there).collect::<Vec<u8>>(), said[..there]);
        Ok(there == said.len())
    }

    async fn begin(&mut self, plan: &Plan) -> axon::Result<bool> {
        if plan.way == Way::Plain {
            return Ok(true);
        }
        if plan.way == Way::StartTls {
            if !self.expect(b"220 ready\r\n").await? {
                return Ok(false);
            }
            self.cx.send("outbox", "STARTTLS\r\n")?;
            if !self.expect(b"220 go on\r\n").await? {
                return Ok(false);
            }
            self.cx.send("makessl", plan.trusting.clone())?;
        }
        loop {
            match self.cx.recv_as::<SslReady>(&self.ready)? {
                Some(ready) => return Ok(ready.is_ok()),
                None if self.told.is_some() => return Ok(false),
                None => self.listen().await?,
            }
        }
    }

    async fn hold(&mut self, plan: &mut Plan) -> axon::Result<Outcome> {
        if plan.end == End::SpeaksRubbish {
            if plan.chance.below(3) > 0 {
                let rubbish: Vec<u8> =
                    (0..plan.chance.below(3000)).map(|_| plan.chance.below(256) as u8).collect();
                self.cx.send("outbox", rubbish)?;
            }
            self.cx.pause_until(self.cx.now() + Duration::from_millis(plan.chance.below(30) as u64)).await;
            self.cx.send("signal", ShutdownMicroprocess::new())?;
            return Ok(Outcome::Left);
        }
        if !self.begin(plan).await? {
            return self.broken(plan);
        }
        // Mostly little, sometimes much.
        let much = [1, 300, 20_000, 200_000][plan.chance.below(4)];
        let said: Vec<u8> =
            (0..1 + plan.chance.below(much)).map(|at| (at as u64 * 31 + plan.number) as u8).collect();
        let leaves = matches!(plan.end, End::Stops | End::Resets | End::Returns | End::IsStopped);
        let enough = if leaves { plan.chance.below(said.len() + 1) } else { said.len() };
        let mut rest = &said[..];
        while !rest.is_empty() && self.told.is_none() {
            let (piece, more) = rest.split_at((1 + plan.chance.below(9000)).min(rest.len()));
            // Whoever sends without reading what comes back meanwhile stands still, as with any socket.
            while !self.cx.has_room("outbox") && self.told.is_none() {
                self.listen().await?;
            }
            self.cx.send("outbox", piece.to_vec())?;
            rest = more;
        }
        if plan.end == End::Finishes {
            self.cx.send("signal", ProducerFinished::new())?;
        }
        while self.heard.len() < enough && self.told.is_none() {
            self.listen().await?;
        }
        assert!(said.starts_with(&self.heard), "what comes back is what was said");
        if self.heard.len() < enough {
            return self.broken(plan);
        }
        match plan.end {
            End::Stops => self.cx.send("signal", ShutdownMicroprocess::new())?,
            End::Resets => self.cx.send("signal", Message::notice(ResetConnection))?,
            End::FinishesLate => self.cx.send("signal", ProducerFinished::new())?,
            _ => {}
        }
        if leaves {
            return Ok(Outcome::Left);
        }
        while self.told.is_none() {
            self.listen().await?;
        }
        assert_eq!(self.heard.len(), said.len());
        Ok(Outcome::Whole)
    }

    /// Not all came back: then it was told why, and something on the way has broken it.
    fn broken(&self, plan: &Plan) -> axon::Result<Outcome> {
        match &self.told {
            Some(_) if breaks(plan.network) => Ok(Outcome::Broken),
            // In the middle of the handshake `sslready` comes first.
            None if breaks(plan.network) => Ok(Outcome::Broken),
            told => Err(format!("broken by nobody: {told:?}, {} bytes heard", self.heard.len()).into()),
        }
    }
}

/// Secures its connection when told to, and then sends back what comes.
struct Upgrading(TlsServer);

impl Component for Upgrading {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on").outbox("makessl", "asks for TLS")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "220 ready\r\n")?;
        let (mut heard, mut secured) = (Vec::new(), false);
        loop {
            if let Some(ready) = cx.recv_as::<SslReady>("sslready")? {
                secured = ready.is_ok();
            }
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                if secured {
                    cx.send_when_room("outbox", bytes).await?;
                    continue;
                }
                heard.extend(bytes);
                if heard == b"STARTTLS\r\n" {
                    cx.send("outbox", "220 go on\r\n")?;
                    cx.send("makessl", self.0.clone())?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            if !cx.is_any_ready() {
                cx.pause().await;
            }
        }
    }
}

/// The open descriptors of a process.
fn descriptors(process: &str) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// The resident memory of a process, in bytes.
fn memory(process: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// Everything that is to be the same again.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rest {
    components: Vec<String>,
    descriptors: Vec<usize>,
}

/// The names of components without their numbers.
fn kinds(cx: &Context) -> Vec<String> {
    let mut kinds: Vec<String> =
        cx.components().iter().map(|one| one.name().trim_end_matches(char::is_numeric).to_owned()).collect();
    kinds.sort();
    kinds
}

/// A child that has ended stays a child, with its boxes, until it is removed.
fn forget_who_has_ended(cx: &Context) {
    for child in cx.children().iter().filter(|child| child.is_stopped()) {
        cx.remove_child(child);
    }
}

struct Soak {
    seed: u64,
    time: Duration,
}

impl Soak {
    /// Makes connections until the time is over and all have ended. Returns how they ended.
    async fn churn(
        &self,
        cx: &Context,
        time: Duration,
        mut plan: impl FnMut() -> Plan,
    ) -> axon::Result<BTreeMap<(Way, usize, End, Outcome), usize>> {
        let (over, mut there, mut outcomes) = (cx.now() + time, 0, BTreeMap::new());
        while there > 0 || cx.now() < over {
            while there < AT_A_TIME && cx.now() < over {
                let plan = plan();
                let child = cx.add_child(Talk { plan, soak: cx.me().clone() });
                cx.activate(&child);
                there += 1;
            }
            forget_who_has_ended(cx);
            while let Some(outcome) = cx.recv_as::<(Way, usize, End, Outcome)>("inbox")? {
                *outcomes.entry(outcome).or_insert(0) += 1;
                there -= 1;
            }
            if there > 0 && cx.data_ready("inbox") == 0 {
                let late = cx.now() + STUCK + LONG;
                cx.pause_until(late).await;
                assert!(cx.now() < late, "a client has failed: see above");
            }
        }
        Ok(outcomes)
    }

    /// Waits until it is as quiet as at that time.
    async fn rests(&self, cx: &Context, proxies: &[Program], before: Option<&Rest>) -> Rest {
        let late = cx.now() + LONG;
        let mut last = None;
        loop {
            cx.pause_until(cx.now() + Duration::from_millis(300)).await;
            forget_who_has_ended(cx);
            let processes =
                std::iter::once("self".to_owned()).chain(proxies.iter().map(|p| p.child.id().to_string()));
            let rest = Rest {
                components: kinds(cx),
                descriptors: processes.map(|process| descriptors(&process)).collect(),
            };
            let quiet = before.map_or_else(|| last.as_ref() == Some(&rest), |before| *before == rest);
            if quiet {
                return rest;
            }
            assert!(cx.now() < late, "it does not come to rest: {rest:?} instead of {before:?}");
            last = Some(rest);
        }
    }

    async fn play(&self, cx: &Context) -> axon::Result {
        let (_, tls, trusting) = settings();
        let upgrade = tls.clone();
        let servers: [ServerCore; 3] = [
            SimpleServer::new(EchoProtocol::new, here()),
            SimpleServer::new(EchoProtocol::new, here()).tls(tls),
            FastRestartServer::new(move |_| Upgrading(upgrade.clone()), here()),
        ];
        let (mut ports, mut proxies, mut running) = (Vec::new(), Vec::new(), Vec::new());
        for server in servers {
            let server = server.bind()?;
            let address = server.local_addr().expect("it is bound");
            running.push(cx.activate(server));
            let mut ways = Vec::new();
            for options in NETWORKS {
                let Some(options) = options else {
                    ways.push(address.port());
                    continue;
                };
                let (target, seed) = (address.to_string(), self.seed.to_string());
                let mut arguments = vec![&*target, "--seed", &seed];
                arguments.extend(options.split_whitespace());
                let proxy = start_with("chaos_proxy", "", &arguments);
                ways.push(proxy.address.port());
                proxies.push(proxy);
            }
            ports.push(ways);
        }
        let (mut chance, mut number) = (Chance::new(self.seed), 0);
        let mut plan = || {
            number += 1;
            let (way, network) = (chance.below(WAYS.len()), chance.below(NETWORKS.len()));
            Plan {
                number,
                way: WAYS[way],
                network,
                end: ENDS[chance.below(ENDS.len())],
                port: ports[way][network],
                trusting: trusting.clone(),
                chance: Chance::new(chance.below(usize::MAX) as u64),
            }
        };
        let processes: Vec<String> = std::iter::once("self".to_owned())
            .chain(proxies.iter().map(|p| p.child.id().to_string()))
            .collect();
        let memories = || processes.iter().map(|process| memory(process)).collect::<Vec<_>>();
        self.churn(cx, (self.time / 4).min(Duration::from_secs(30)), &mut plan).await?;
        let before = self.rests(cx, &proxies, None).await;
        let memory_before = memories();
        let outcomes = self.churn(cx, self.time, &mut plan).await?;
        self.rests(cx, &proxies, Some(&before)).await;
        let memory_after = memories();
        println!("{} connections: {outcomes:?}", outcomes.values().sum::<usize>());
        println!("memory before {memory_before:?}, after {memory_after:?}, {before:?}");
        for (place, (before, after)) in memory_before.iter().zip(&memory_after).enumerate() {
            assert!(*after < before + SLACK, "process {place}: {before} bytes before, {after} after");
        }
        // Everything has happened in every way.
        if self.time >= Duration::from_secs(60) {
            for way in WAYS {
                for network in 0..NETWORKS.len() {
                    let count = |outcome| {
                        let of = |key: &&(Way, usize, End, Outcome)| {
                            (key.0, key.1, key.3) == (way, network, outcome)
                        };
                        outcomes.keys().filter(of).count()
                    };
                    assert!(count(Outcome::Whole) > 0 && count(Outcome::Left) > 0, "{way:?} {network}");
                    assert_eq!(count(Outcome::Broken) > 0, breaks(network), "{way:?} {network}");
                }
            }
        }
        for server in &running {
            cx.deliver_to(server, "control", ProducerFinished::new())?;
        }
        Ok(())
    }
}

#[test]
fn after_any_connections_everything_is_as_it_was() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let seed = number("SOAK_SEED").unwrap_or_else(|| Chance::default().below(1 << 30) as u64);
    let time = Duration::from_secs(number("SOAK_SECONDS").unwrap_or(4));
    println!("SOAK_SEED={seed} SOAK_SECONDS={}", time.as_secs());
    let before = descriptors("self");
    run(async move |cx| Soak { seed, time }.play(cx).await).unwrap();
    assert_eq!(descriptors("self"), before, "with the scheduler, everything is closed");
}

//! Network work: echo, bulk, churn and idle connections, against servers in processes of their own.

mod child;
pub mod client;
mod histogram;
pub mod http;
pub mod secured;
pub mod serve;
mod tables;

use std::time::Duration;

use crate::local::Effort;
use crate::local::rounds::Figures;
use crate::machine;
use child::Server;
use client::Outcome;

/// How many connections N1 is measured with.
const CONNECTIONS: [usize; 3] = [1, 64, 1000];
/// How many connections are idle in N4.
const IDLE: usize = 10_000;

/// What was found for one server in one work, one figure for each round.
#[derive(Clone, Default)]
struct Work {
    /// Requests, bytes or connections a second.
    rate: Figures,
    /// Seconds of the server's processor for one of them.
    cost: Figures,
    /// The times within which half and 99 % of the requests were answered.
    p50: Figures,
    p99: Figures,
    /// The shares of the time that the server and the client were on their cores.
    server_busy: Figures,
    client_busy: Figures,
}

/// All that was found for one server.
#[derive(Clone, Default)]
struct Found {
    requests: [Work; CONNECTIONS.len()],
    bulk: Work,
    churn: Work,
    idle: f64,
}

impl Work {
    fn add(&mut self, outcome: &Outcome) {
        self.rate.0.push(outcome.rate);
        self.cost.0.push(outcome.cost());
        self.p50.0.push(outcome.times.quantile(0.5));
        self.p99.0.push(outcome.times.quantile(0.99));
        self.server_busy.0.push(outcome.server_busy);
        self.client_busy.0.push(outcome.client_busy);
    }
}

/// Keeps this process, the client, on the second core, and says which one is the servers'.
fn take_cores(cores: &[usize]) -> Result<usize, String> {
    let &[server_core, client_core, ..] = cores else {
        return Err("the network works need two cores: one for the server, one for the client".into());
    };
    machine::pin(client_core)?;
    machine::raise_open_files();
    Ok(server_core)
}

/// Measures the network works and prints the tables.
///
/// # Errors
///
/// When a server fails, or there is only one core.
pub fn report(effort: Effort, cores: &[usize]) -> Result<(), String> {
    let server_core = take_cores(cores)?;
    let mut servers = Vec::new();
    for (name, _) in serve::SERVERS {
        servers.push(Server::start(name, server_core, false)?);
    }
    let mut found = vec![Found::default(); servers.len()];
    for round in 0..effort.rounds {
        eprintln!("N1, N2, N3: round {} of {}", round + 1, effort.rounds);
        for place in 0..servers.len() {
            let place = if round % 2 == 0 { place } else { servers.len() - 1 - place };
            let name = serve::SERVERS[place].0;
            measure(&servers[place], effort, &mut found[place]).map_err(|e| format!("{name}: {e}"))?;
        }
    }
    drop(servers);
    for ((name, _), found) in serve::SERVERS.iter().zip(&mut found) {
        eprintln!("N4: {name}, {IDLE} idle connections");
        found.idle = idle_bytes(name, server_core).map_err(|e| format!("{name}: {e}"))?;
    }
    tables::print(&found, effort);
    Ok(())
}

/// One round of N1 to N3 with one server.
fn measure(server: &Server, effort: Effort, found: &mut Found) -> Result<(), String> {
    let time = Duration::from_millis(1000) / effort.divide as u32;
    let cpu = || server.cpu();
    for (connections, work) in CONNECTIONS.into_iter().zip(&mut found.requests) {
        work.add(&client::requests(server.address, connections, time, &cpu)?);
    }
    found.bulk.add(&client::bulk(server.address, (1 << 30) / effort.divide as usize, &cpu)?);
    found.churn.add(&client::churn(server.address, 20_000 / effort.divide as usize, &cpu)?);
    Ok(())
}

/// N4: the bytes a server has allocated for each of many idle connections.
fn idle_bytes(name: &str, core: usize) -> Result<f64, String> {
    let mut server = Server::start(name, core, true)?;
    // What is made once, with the first connection, is not counted.
    let first = client::idle(server.address, 1)?;
    let before = server.live()?;
    let connections = client::idle(server.address, IDLE)?;
    let bytes = (server.live()? - before) / connections.len() as f64;
    drop(first);
    Ok(bytes)
}

/// A line of a plot: its name, and its points.
pub type Line = (String, Vec<(f64, f64)>);

/// N1 at several numbers of connections: for each server microseconds of its processor a request.
///
/// # Errors
///
/// As [`report`].
pub fn growth(effort: Effort, cores: &[usize], sizes: &[usize]) -> Result<Vec<Line>, String> {
    let server_core = take_cores(cores)?;
    let time = Duration::from_millis(1000) / effort.divide as u32;
    let names: Vec<&str> =
        serve::SERVERS.iter().map(|(name, _)| *name).filter(|name| *name != serve::SLOWER).collect();
    let mut figures = vec![vec![Figures::default(); sizes.len()]; names.len()];
    for _ in 0..effort.rounds.min(3) {
        for (name, figures) in names.iter().zip(&mut figures) {
            let server = Server::start(name, server_core, false)?;
            for (&size, figures) in sizes.iter().zip(figures) {
                let outcome = client::requests(server.address, size, time, &|| server.cpu());
                let outcome = outcome.map_err(|e| format!("{name} with {size} connections: {e}"))?;
                figures.0.push(outcome.cost() * 1e6);
            }
        }
    }
    let line = |(name, figures): (&str, Vec<Figures>)| {
        let points = sizes.iter().zip(&figures).map(|(&size, f)| (size as f64, f.median()));
        (name.to_string(), points.collect())
    };
    Ok(names.into_iter().zip(figures).map(line).collect())
}

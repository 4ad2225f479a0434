//! N6: requests over HTTP beside hyper, made by `wrk`.

use std::process::Command;

use super::child::Server;
use super::{serve, take_cores};
use crate::local::Effort;
use crate::local::rounds::Figures;
use crate::table::Table;

/// With how many connections, and what share of hyper's rate is to be reached.
const WORKS: [(usize, f64); 2] = [(1, 1.0), (64, 0.95)];

/// What was found for one server with one number of connections.
#[derive(Clone, Default)]
struct Work {
    rate: Figures,
    /// Seconds of the server's processor for a request.
    cost: Figures,
}

/// Measures N6 and prints its tables.
///
/// # Errors
///
/// When `wrk` is not installed, a server fails, or there is only one core.
pub fn report(effort: Effort, cores: &[usize]) -> Result<(), String> {
    let server_core = take_cores(cores)?;
    let mut servers = Vec::new();
    for (name, _) in serve::HTTP {
        servers.push(Server::start(name, server_core, false)?);
    }
    let mut found: Vec<[Work; WORKS.len()]> = vec![Default::default(); servers.len()];
    let seconds = if effort.divide == 1 { 3 } else { 1 };
    for round in 0..effort.rounds {
        eprintln!("N6: round {} of {}", round + 1, effort.rounds);
        for place in 0..servers.len() {
            let place = if round % 2 == 0 { place } else { servers.len() - 1 - place };
            for ((connections, _), work) in WORKS.into_iter().zip(&mut found[place]) {
                let before = servers[place].cpu();
                let (requests, rate) = wrk(&servers[place], connections, seconds)?;
                work.cost.0.push((servers[place].cpu() - before) / requests);
                work.rate.0.push(rate);
            }
        }
    }
    print(&found, effort);
    Ok(())
}

/// Returns how many requests were answered, and how many a second.
fn wrk(server: &Server, connections: usize, seconds: usize) -> Result<(f64, f64), String> {
    let url = format!("http://{}/plaintext", server.address);
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), &url])
        .output()
        .map_err(|e| format!("wrk (of the package wrk) does not start: {e}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let read = || {
        let requests = told.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
        let rate = told.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"))?;
        Some((requests.parse().ok()?, rate.trim().parse().ok()?))
    };
    let is_wrong = told.contains("Non-2xx") || told.contains("Socket errors");
    read()
        .filter(|_| !is_wrong)
        .ok_or_else(|| format!("wrk: {told}{}", String::from_utf8_lossy(&output.stderr)))
}

fn print(found: &[[Work; WORKS.len()]], effort: Effort) {
    println!(
        "\nN6, HTTP/1.1 with wrk: requests a second; then microseconds of the server's processor for each;"
    );
    println!("medians of {} rounds\n", effort.rounds);
    let mut table = Table::new(["", "at 1", "at 64", "CPU at 1", "CPU at 64"]);
    for ((name, _), works) in serve::HTTP.iter().zip(found) {
        let mut cells = vec![name.to_string()];
        let (rates, costs) = (works.iter().map(|work| &work.rate), works.iter().map(|work| &work.cost));
        cells.extend(rates.map(|rate| format!("{:.0} ±{:.0}%", rate.median(), rate.spread())));
        cells.extend(costs.map(|cost| format!("{:.2} ±{:.0}%", cost.median() * 1e6, cost.spread())));
        table.row(cells);
    }
    println!("{table}");
    let mut table = Table::new(["figure to reach", "at least", "by rate", "by CPU", ""]);
    let [peer, mine, ..] = found else { return };
    for (place, (connections, least)) in WORKS.iter().enumerate() {
        let rate = mine[place].rate.ratios(&peer[place].rate).median();
        let cpu = peer[place].cost.ratios(&mine[place].cost).median();
        let verdict = if rate >= *least { "yes" } else { "NO" };
        let what = format!("N6, {connections} connections, over hyper");
        table.row([&*what, &format!("{least:.2}"), &format!("{rate:.2}"), &format!("{cpu:.2}"), verdict]);
    }
    println!("{table}");
}

//! N5: handshakes, echo and bulk over TLS, beside a plain loop over rustls and mio.

use super::child::Server;
use super::client::secured as client;
use super::{Work, serve, take_cores};
use crate::local::Effort;
use crate::table::Table;

/// How many connections echo.
const CONNECTIONS: usize = 64;

/// The works, with what a unit of each is, and what the server's processor does for it.
const WORKS: [(&str, &str); 3] =
    [("handshakes", "handshakes a second"), ("echo at 64", "requests a second"), ("bulk", "MB a second")];

/// Measures N5 and prints its tables.
///
/// # Errors
///
/// When a server fails, or there is only one core.
pub fn report(effort: Effort, cores: &[usize]) -> Result<(), String> {
    let server_core = take_cores(cores)?;
    let config = client::settings()?;
    let mut servers = Vec::new();
    for (name, _) in serve::SECURED {
        servers.push(Server::start(name, server_core, false)?);
    }
    let mut found: Vec<[Work; WORKS.len()]> = vec![Default::default(); servers.len()];
    for round in 0..effort.rounds {
        eprintln!("N5: round {} of {}", round + 1, effort.rounds);
        for place in 0..servers.len() {
            let place = if round % 2 == 0 { place } else { servers.len() - 1 - place };
            let (name, server) = (serve::SECURED[place].0, &servers[place]);
            let cpu = || server.cpu();
            let divide = effort.divide as usize;
            let outcomes = [
                client::handshakes(server.address, &config, 3000 / divide, &cpu),
                client::requests(server.address, &config, (CONNECTIONS, 3000 / divide), &cpu),
                client::bulk(server.address, &config, (1 << 29) / divide, &cpu),
            ];
            for (work, outcome) in found[place].iter_mut().zip(outcomes) {
                work.add(&outcome.map_err(|e| format!("{name}: {e}"))?);
            }
        }
    }
    print(&found, effort);
    Ok(())
}

fn print(found: &[[Work; WORKS.len()]], effort: Effort) {
    println!("\nN5, over TLS 1.3: {}, {}, {}; then microseconds", WORKS[0].1, WORKS[1].1, WORKS[2].1);
    println!("of the server's processor for each; medians of {} rounds\n", effort.rounds);
    let heading = ["", WORKS[0].0, WORKS[1].0, WORKS[2].0, "CPU handshake", "CPU request", "CPU MB"];
    let mut table = Table::new(heading);
    for ((name, _), works) in serve::SECURED.iter().zip(found) {
        let mut cells = vec![name.to_string()];
        for (work, scale) in works.iter().zip([1.0, 1.0, 1e-6]) {
            cells.push(format!("{:.0} ±{:.0}%", work.rate.median() * scale, work.rate.spread()));
        }
        for (work, scale) in works.iter().zip([1e6, 1e6, 1e12]) {
            cells.push(format!("{:.2} ±{:.0}%", work.cost.median() * scale, work.cost.spread()));
        }
        table.row(cells);
    }
    println!("{table}");
    let mut table = Table::new(["figure to reach", "at least", "by CPU", "by rate", ""]);
    let [floor, mine] = found else { return };
    for (place, (what, _)) in WORKS.iter().enumerate() {
        let cpu = floor[place].cost.ratios(&mine[place].cost).median();
        let rate = mine[place].rate.ratios(&floor[place].rate).median();
        let verdict = if cpu >= 0.95 { "yes" } else { "NO" };
        let what = format!("N5, {what} over the loop");
        table.row([&*what, "0.95", &format!("{cpu:.2}"), &format!("{rate:.2}"), verdict]);
    }
    println!("{table}");
}

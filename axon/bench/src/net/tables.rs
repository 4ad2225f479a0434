//! The tables of the network works.

use super::{Found, IDLE, Work, serve};
use crate::local::Effort;
use crate::local::rounds::Figures;
use crate::table::Table;

/// The tokio server whose connections share a buffer.
const SHARED_TOKIO: &str = "tokio current_thread, shared";

/// Prints what was found as tables.
pub(super) fn print(found: &[Found], effort: Effort) {
    let cell = |f: &Figures, scale: f64, digits: usize| {
        format!("{:.digits$} ±{:.0}%", f.median() * scale, f.spread())
    };
    let rows = || serve::SERVERS.iter().map(|(name, _)| name.to_string()).zip(found);
    println!(
        "\nThousands of requests a second at 1, 64 and 1000 connections; bulk MB/s; connections/s; bytes"
    );
    println!("an idle connection, of {IDLE}; medians of {} rounds\n", effort.rounds);
    let mut table = Table::new(["", "N1: 1", "64", "1000", "N2: bulk", "N3: churn", "N4: idle"]);
    for (name, f) in rows() {
        let mut cells = vec![name];
        cells.extend(f.requests.iter().map(|r| cell(&r.rate, 1e-3, 1)));
        cells.push(cell(&f.bulk.rate, 1e-6, 0));
        cells.push(cell(&f.churn.rate, 1.0, 0));
        cells.push(format!("{:.0}", f.idle));
        table.row(cells);
    }
    println!("{table}");

    println!("Microseconds within which half and 99 % of the requests were answered\n");
    let mut table = Table::new(["", "p50: 1", "64", "1000", "p99: 1", "64", "1000"]);
    for (name, f) in rows() {
        let mut cells = vec![name];
        cells.extend(f.requests.iter().map(|r| cell(&r.p50, 1e-3, 0)));
        cells.extend(f.requests.iter().map(|r| cell(&r.p99, 1e-3, 0)));
        table.row(cells);
    }
    println!("{table}");

    println!(
        "The server's processor: microseconds a request, a MB, a connection; then the shares of the time"
    );
    println!("that the server and the client were busy\n");
    let heading = ["", "N1: 64", "1000", "N2: MB", "N3", "busy N1: 64", "1000", "N2", "N3"];
    let mut table = Table::new(heading);
    for (name, f) in rows() {
        let [_, some, many] = &f.requests;
        let busy = |server: &Figures, client: &Figures| {
            format!("{:.0}%, {:.0}%", server.median() * 100.0, client.median() * 100.0)
        };
        table.row([
            name,
            format!("{:.2}", some.cost.median() * 1e6),
            format!("{:.2}", many.cost.median() * 1e6),
            format!("{:.0}", f.bulk.cost.median() * 1e12),
            format!("{:.2}", f.churn.cost.median() * 1e6),
            busy(&some.server_busy, &some.client_busy),
            busy(&many.server_busy, &many.client_busy),
            busy(&f.bulk.server_busy, &f.bulk.client_busy),
            busy(&f.churn.server_busy, &f.churn.client_busy),
        ]);
    }
    println!("{table}");

    println!(
        "Over the plain mio loop, medians of the ratios of each round; CPU is the server's, a request at 64"
    );
    println!("and at 1000 connections, a MB, a connection, which others on the machine disturb the least\n");
    let heading =
        ["", "N1: 1", "64", "1000", "p99 at 64", "1000", "N2", "N3", "CPU N1: 64", "1000", "N2", "N3"];
    let mut table = Table::new(heading);
    for (name, f) in rows().skip(1) {
        let floor = &found[0];
        let mut cells = vec![name];
        let mut ratio = |a: &Figures, b: &Figures| cells.push(format!("{:.2}", a.ratios(b).median()));
        for (a, b) in f.requests.iter().zip(&floor.requests) {
            ratio(&a.rate, &b.rate);
        }
        for place in [1, 2] {
            ratio(&f.requests[place].p99, &floor.requests[place].p99);
        }
        ratio(&f.bulk.rate, &floor.bulk.rate);
        ratio(&f.churn.rate, &floor.churn.rate);
        for place in [1, 2] {
            ratio(&f.requests[place].cost, &floor.requests[place].cost);
        }
        ratio(&f.bulk.cost, &floor.bulk.cost);
        ratio(&f.churn.cost, &floor.churn.cost);
        table.row(cells);
    }
    println!("{table}");
    goals(found);
}

/// Prints the figures to reach beside the figures reached: by the rate, which counts when nobody else
/// uses the machine, and by the server's processor, which counts always.
fn goals(found: &[Found]) {
    let row = |wanted: &str| serve::SERVERS.iter().position(|(name, _)| name.starts_with(wanted));
    let (Some(mine), Some(own), Some(shared)) = (row("kamaelia"), row("tokio"), row(SHARED_TOKIO)) else {
        return;
    };
    let (mine, floor, tokio) = (&found[mine], &found[0], [&found[own], &found[shared]]);
    let mut table = Table::new(["figure to reach", "at least", "by rate", "by CPU", ""]);
    let mut goal = |what: &str, limit: f64, me: &Work, others: &[&Work]| {
        let least =
            |ratio: &dyn Fn(&Work) -> f64| others.iter().map(|w| ratio(w)).fold(f64::INFINITY, f64::min);
        let rate = least(&|w| me.rate.ratios(&w.rate).median());
        let cost = least(&|w| w.cost.ratios(&me.cost).median());
        let busy = me.server_busy.median() > 0.9;
        table.row([
            what.to_string(),
            format!("{limit:.2}"),
            format!("{rate:.2}"),
            format!("{cost:.2}"),
            if (if busy { rate } else { cost }) >= limit { "yes" } else { "NO" }.into(),
        ]);
    };
    for (place, connections) in [(1, "64"), (2, "1000")] {
        let mine = &mine.requests[place];
        goal(&format!("N1 at {connections} over mio"), 0.93, mine, &[&floor.requests[place]]);
        goal(&format!("N1 at {connections} over tokio"), 1.0, mine, &tokio.map(|t| &t.requests[place]));
    }
    goal(
        "N2 over the best of mio and tokio",
        0.95,
        &mine.bulk,
        &[&floor.bulk, &tokio[0].bulk, &tokio[1].bulk],
    );
    goal("N3 over mio", 1.0, &mine.churn, &[&floor.churn]);
    goal("N3 over tokio", 0.9, &mine.churn, &tokio.map(|t| &t.churn));
    println!("{table}");
    let mut table = Table::new(["figure to reach", "at most", "is", ""]);
    let mut goal = |what: &str, limit: f64, is: f64| {
        let verdict = if is <= limit { "yes" } else { "NO" };
        table.row([what, &format!("{limit:.2}"), &format!("{is:.2}"), verdict]);
    };
    for (place, what) in [(1, "p99 at 64 over mio"), (2, "p99 at 1000 over mio")] {
        goal(what, 1.05, mine.requests[place].p99.ratios(&floor.requests[place].p99).median());
    }
    goal("N4, KiB an idle connection", 2.1, mine.idle / 1024.0);
    println!("{table}");
}

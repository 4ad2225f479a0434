//! The bench: axon and kamaelia-net beside their peers and beside hand-written loops, in one run.
//!
//! `cargo run --release -p bench --features peers` measures everything and prints tables; see [`HELP`] for parts of it.
//! Times drift, so all contestants of a work run in turn, in rounds, on one core, and what counts are
//! the ratios taken within a round.

mod alloc;
mod growth;
mod guard;
mod local;
mod machine;
mod net;
mod plot;
mod table;
mod watched;

use local::Effort;

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

const HELP: &str = "\
usage: bench [local] [net] [tls] [http] [visualiser] [growth] [--quick]
       bench guard [--bless]

  local       what a hop, a component and its sleep cost: W1 to W7
  net         echo, bulk, churn and idle connections on loopback: N1 to N4
  tls         handshakes, echo and bulk over TLS: N5
  http        requests over HTTP beside hyper, made by wrk: N6
  visualiser  what a program pays for being watched in a browser: W1 and W3
  growth      what grows with the number of components, producers, connections, boxes; writes docs/plots
  --quick     a tenth of the work in three rounds

Without a part it measures all of them.

  guard     counts instructions under callgrind, fails if they have become more; --bless: takes them as
            they are";

/// The parts that can be asked for.
const PARTS: [&str; 6] = ["local", "net", "tls", "http", "visualiser", "growth"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("serve") => serve(&arguments[1..]),
        Some("guard") => match &arguments[1..] {
            [] => guard::guard(false),
            [flag] if flag == "--bless" => guard::guard(true),
            _ => Err(format!("`guard` takes nothing but `--bless`\n{HELP}")),
        },
        Some("guard-work") => match &arguments[1..] {
            [name, operations] => guard::work(name, operations),
            _ => Err("usage: bench guard-work NAME OPERATIONS".into()),
        },
        _ => measure(&arguments),
    };
    if let Err(e) = done {
        eprintln!("bench: {e}");
        std::process::exit(1);
    }
}

/// Being a server, for the network works: `serve NAME --core N [--count]`.
fn serve(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [name, flag, core, rest @ ..] if flag == "--core" => {
            let core = core.parse().map_err(|_| format!("`{core}` is not the number of a core"))?;
            net::serve::run(name, core, rest.iter().any(|flag| flag == "--count"))
        }
        _ => Err("usage: bench serve NAME --core N [--count]".into()),
    }
}

fn measure(arguments: &[String]) -> Result<(), String> {
    let mut effort = Effort::FULL;
    let mut parts = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--quick" => effort = Effort::QUICK,
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(());
            }
            part if PARTS.contains(&part) => parts.push(part),
            other => return Err(format!("`{other}` is nothing that can be measured\n{HELP}")),
        }
    }
    if parts.is_empty() {
        parts = PARTS.to_vec();
    }
    println!("{}", machine::versions(&["actix", "hyper", "kameo", "mio", "monoio", "smol", "tokio"]));
    let cores = machine::cores();
    if parts.contains(&"local") {
        machine::pin(cores[0])?;
        local::report(effort);
    }
    if parts.contains(&"net") {
        net::report(effort, &cores)?;
    }
    if parts.contains(&"tls") {
        net::secured::report(effort, &cores)?;
    }
    if parts.contains(&"http") {
        net::http::report(effort, &cores)?;
    }
    if parts.contains(&"visualiser") {
        watched::report(effort, &cores)?;
    }
    if parts.contains(&"growth") {
        growth::report(effort, &cores)?;
    }
    Ok(())
}

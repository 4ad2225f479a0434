//! The programs of the guide, `docs/guide/`, one for each page: `cargo run --example guide -- components`.
//!
//! Each file is a program of its own once `pub(crate)` is left out.

mod boxes;
mod components;
mod endings;
mod errors;
mod limits;
mod networks;
mod performance;
mod schedulers;
mod testing;
mod threads;
mod time;
mod tls;
mod unsuited;
mod watching;
mod wiring;

fn main() -> axon::Result {
    env_logger::init();
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "boxes" => boxes::main()?,
        "components" => components::main()?,
        "endings" => endings::main()?,
        "errors" => errors::main()?,
        "limits" => limits::main()?,
        "networks" => networks::main()?,
        "performance" => performance::main()?,
        "schedulers" => schedulers::main()?,
        "testing" => testing::main()?,
        "threads" => threads::main()?,
        "time" => time::main()?,
        "tls" => tls::main()?,
        "unsuited" => unsuited::main()?,
        "watching" => watching::main()?,
        "wiring" => wiring::main()?,
        other => return Err(format!("there is no page {other:?} in docs/guide").into()),
    }
    Ok(())
}

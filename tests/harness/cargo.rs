//! Cargo, started by a test.

#![allow(unreachable_pub, reason = "each test program uses it in its own way")]

use std::process::Command;

/// A `cargo` that works on this repository.
///
/// What cargo has told the test about its own package is not passed on: build scripts that look at it, such as that of
/// `ring`, would run again, and everything above them be compiled again.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    for (name, _) in std::env::vars_os() {
        let told =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "CARGO_BIN_"];
        if name.to_str().is_some_and(|name| told.iter().any(|begin| name.starts_with(begin))) {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

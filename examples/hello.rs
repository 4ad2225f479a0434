//! Hello: three ready-made components in a row.
//!
//! `cargo run --example hello` prints `HELLO, WORLD` and `HELLO, COMPONENTS`.

use axon::prelude::*;

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![
        DataSource::new(["hello, world\n", "hello, components\n"]),
        PureTransformer::map(|Text(line): Text| line.to_uppercase()),
        ConsoleEchoer::new(),
    ])
}

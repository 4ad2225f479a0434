//! Step 1 of `docs/tutorial.md`: a chain of ready-made components.

use axon::prelude::*;

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(["one\n", "two\n", "three\n"]), ConsoleEchoer::new()])
}

#[test]
fn runs() {
    main().unwrap();
}

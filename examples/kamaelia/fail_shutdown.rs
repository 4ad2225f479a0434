//! Kamaelia's `Examples/UsingChassis/Graphline/FailShutdown.py`: a Graphline that does not end. Its `control` is linked
//! to one child, so that the other is never told.
//!
//! Run it with `cargo run --example kamaelia_fail_shutdown`.
//!
//! *Differs:* there the program waits for ever. Here the run ends with an error that says who waits for what, which
//! this program expects and prints.

#[path = "parts/waiting.rs"]
mod waiting;

use axon::prelude::*;
use waiting::{Pinger, Waiter, Whinger};

fn main() {
    let ended = axon::run(pipeline![
        Pinger,
        graphline! {
            components: { TO_SHUTDOWN1: Waiter("1"), TO_SHUTDOWN2: Waiter("2") },
            linkages: { self.control => TO_SHUTDOWN1.control },
        },
        Whinger,
    ]);
    match ended {
        Err(error) => println!("{error}"),
        Ok(()) => println!("it has ended after all"),
    }
}

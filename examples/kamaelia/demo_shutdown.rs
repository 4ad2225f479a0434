//! Kamaelia's `Examples/UsingChassis/Graphline/DemoShutdown.py`: three components in a Graphline wait for the end. A
//! Graphline hands what comes to its `control` to every child whose `control` is not linked, and ends with its children.
//!
//! Run it with `cargo run --example kamaelia_demo_shutdown`. It ends by itself.
//!
//! *Differs:* nobody needs a thread, and the complaint is made once, not each second.

#[path = "parts/waiting.rs"]
mod waiting;

use axon::prelude::*;
use waiting::{Pinger, Waiter, Whinger};

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![
        Pinger,
        graphline! {
            components: { TO_SHUTDOWN1: Waiter("1"), TO_SHUTDOWN2: Waiter("2"), TO_SHUTDOWN3: Waiter("3") },
            linkages: {},
        },
        Whinger,
    ])
}

//! Kamaelia's `Examples/UsingChassis/Graphline/LinkedShutdown.py`: the children of a Graphline tell each other to end,
//! one after the other. The first is told by the Graphline, since nobody is linked to its `control`.
//!
//! Run it with `cargo run --example kamaelia_linked_shutdown`. It ends by itself.
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
            linkages: {
                TO_SHUTDOWN1.signal => TO_SHUTDOWN2.control,
                TO_SHUTDOWN2.signal => TO_SHUTDOWN3.control,
            },
        },
        Whinger,
    ])
}

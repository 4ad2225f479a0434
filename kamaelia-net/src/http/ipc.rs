//! The messages that handlers of requests are told in `control`.

use axon::{Ending, Notice};

/// The request is void before it was answered: its client has gone, its body was malformed or cut, or the server
/// stops. It counts as a `shutdownMicroprocess`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestCut {
    /// What happened.
    pub why: String,
}

impl Notice for RequestCut {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

/// The server takes no more requests, and will end when those in progress are answered. It ends nobody by itself:
/// a handler whose answer would go on for ever, or for long, finishes it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Draining;

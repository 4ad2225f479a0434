//! Whether something went wrong in a run that did not end it: a client was never connected, what it sent did not
//! arrive, or it got no answer.
//!
//! A client tells that to whoever listens to its `signal`, which may try again; so it does not fail the run. Whoever
//! runs a graph as a command sees only its exit status, and is told at the end.

use axon::Context;

/// The name by which the components of a scheduler share this.
const NAME: &str = "kamaelia-net: a client has failed";

/// Remembers that a client was not connected, lost data, or got no answer, and that this was logged.
pub(crate) fn note_failure(cx: &Context) {
    // If one was noted before, it is noted.
    let _ = cx.tracker().track_value(NAME, ());
}

/// Whether a client of this run has failed.
#[cfg(feature = "command")]
pub(crate) fn is_failure_noted(cx: &Context) -> bool {
    cx.tracker().retrieve_value::<()>(NAME).is_ok()
}

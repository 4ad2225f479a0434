//! The history of a component on a bench: what went in and what came out, in order, with the passes.

use std::fmt;
use std::time::Duration;

/// Everything that happened on a bench.
#[derive(Default, Debug)]
pub(super) struct History {
    happened: Vec<(u64, Event)>,
}

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Event {
    Put { inbox: String, message: String },
    Came { outbox: String, message: String },
    Turned(Duration),
    Ended,
    Failed(String),
}

impl History {
    pub(super) fn note(&mut self, pass: u64, event: Event) {
        self.happened.push((pass, event));
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.happened.is_empty() {
            return f.write_str("  (nothing went in or came out)");
        }
        for (nth, (pass, event)) in self.happened.iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            write!(f, "  pass {pass:>3}  {event}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Put { inbox, message } => write!(f, "{inbox} <- {message}"),
            Event::Came { outbox, message } => write!(f, "{outbox} -> {message}"),
            Event::Turned(time) => write!(f, "the clock was turned by {time:?}"),
            Event::Ended => f.write_str("ended"),
            Event::Failed(error) => write!(f, "failed: {error}"),
        }
    }
}

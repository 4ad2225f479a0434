//! What can go wrong at a box, and what the message was that it went wrong with.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::stall_report::StallReport;
use super::unknown_box::UnknownBoxError;
use crate::kernel::message::Message;
use crate::kernel::safely::safely;

/// Why a component failed: any error, as `?` makes it.
pub type Error = Box<dyn StdError + Send + Sync>;

/// What a component's `main` returns.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// A collected message is not of the type asked for. The message is inside.
pub struct WrongTypeError(Box<Misfit>);

struct Misfit {
    inbox: String,
    expected: &'static str,
    message: Mutex<Message>,
}

impl WrongTypeError {
    pub(in crate::kernel) fn new(inbox: String, expected: &'static str, message: Message) -> Self {
        WrongTypeError(Box::new(Misfit { inbox, expected, message: Mutex::new(message) }))
    }

    /// The message, as it was.
    pub fn into_message(self) -> Message {
        self.0.message.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for WrongTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misfit { inbox, expected, message } = &*self.0;
        let message = message.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "{inbox} expected {expected} and found {}: {}", message.payload_type(), message.excerpt())
    }
}

impl fmt::Debug for WrongTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for WrongTypeError {}

/// A linkage could not be made; nothing was changed.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// The source leads somewhere already: a box has at most one destination.
    BoxAlreadyLinkedToDestination {
        /// The linkage that was asked for.
        wanted: String,
        /// The linkage that is there.
        existing: String,
    },
    /// One end names a box that its component does not have.
    UnknownBox(UnknownBoxError),
    /// The chain of linkages would close into a circle.
    Circle {
        /// The linkage that was asked for.
        wanted: String,
    },
    /// The two boxes were declared for different types.
    TypesDiffer {
        /// The linkage that was asked for.
        wanted: String,
        /// What the source sends.
        sends: &'static str,
        /// What the sink takes.
        takes: &'static str,
    },
    /// One end lived in a scheduler that is gone.
    SchedulerGone {
        /// The linkage that was asked for.
        wanted: String,
        /// The component at that end.
        gone: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::BoxAlreadyLinkedToDestination { wanted, existing } => {
                write!(
                    f,
                    "cannot link {wanted}: the source is linked already ({existing}), and a box leads to one other; \
                     put a Fanout or TwoWaySplitter between, or unlink it first"
                )
            }
            LinkError::UnknownBox(unknown) => write!(f, "cannot link: {unknown}"),
            LinkError::Circle { wanted } => write!(f, "cannot link {wanted}: the chain would be a circle"),
            LinkError::TypesDiffer { wanted, sends, takes } => {
                write!(f, "cannot link {wanted}: the source sends {sends}, the sink takes {takes}")
            }
            LinkError::SchedulerGone { wanted, gone } => {
                write!(f, "cannot link {wanted}: the scheduler of {gone} is gone")
            }
        }
    }
}

impl StdError for LinkError {}

impl From<UnknownBoxError> for LinkError {
    fn from(unknown: UnknownBoxError) -> Self {
        LinkError::UnknownBox(unknown)
    }
}

/// A second park was to be installed while another is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParkTakenError;

impl fmt::Display for ParkTakenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another park is installed in this scheduler already")
    }
}

impl StdError for ParkTakenError {}

/// The scheduler that was called from outside is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SchedulerGoneError;

impl fmt::Display for SchedulerGoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scheduler is gone")
    }
}

impl StdError for SchedulerGoneError {}

/// How a component failed.
#[non_exhaustive]
#[derive(Debug)]
pub enum Cause {
    /// Its `main` returned this error.
    Error(Error),
    /// It panicked with this text.
    Panic(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // It is user code: a panic in it must not hide which component failed.
            Cause::Error(error) => match safely(|| in_full(&**error)) {
                Ok(said) => f.write_str(&said),
                Err(text) => write!(f, "with an error that panics when it is shown: {text}"),
            },
            Cause::Panic(text) => write!(f, "panicked: {text}"),
        }
    }
}

/// An error with its sources.
fn in_full(error: &dyn StdError) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Many errors name their source themselves.
        let more = cause.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        source = cause.source();
    }
    said
}

/// Why a run ended before all components had ended.
///
/// Its `Debug` is its `Display`, so that a `main` which returns it prints a sentence.
#[non_exhaustive]
pub enum RunError {
    /// A component failed.
    Failed {
        /// Its name.
        component: String,
        /// Its path: its parents from the outermost, and its own name.
        path: String,
        /// What happened.
        cause: Cause,
    },
    /// All components sleep and nothing can ever wake them.
    Stuck(StallReport),
    /// The operating system had no thread to give. All components were stopped.
    NoThread {
        /// What it was for.
        wanted: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
    /// These components had not ended by the deadline of an orderly stop.
    Unfinished {
        /// Their paths.
        components: Vec<String>,
        /// The time they were given.
        deadline: Duration,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Failed { path, cause, .. } => write!(f, "{path} failed: {cause}"),
            RunError::Stuck(report) => report.fmt(f),
            RunError::NoThread { wanted, error } => write!(f, "there is no thread {wanted}: {error}"),
            RunError::Unfinished { components, deadline } => {
                write!(f, "not ended within {deadline:?}: {}", components.join(", "))
            }
        }
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for RunError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            RunError::Failed { cause: Cause::Error(error), .. } => Some(&**error),
            RunError::NoThread { error, .. } => Some(error),
            _ => None,
        }
    }
}

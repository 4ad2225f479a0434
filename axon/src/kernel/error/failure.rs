//! How a supervised component failed, as its supervisor is told.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::run_error::Cause;
use crate::kernel::id::ComponentRef;

/// How a supervised component failed. Clones are cheap and can travel in messages.
#[derive(Clone)]
pub struct Failure(Arc<Told>);

struct Told {
    component: String,
    path: String,
    cause: Cause,
    unread: usize,
}

impl Failure {
    pub(in crate::kernel) fn new((component, path): (String, String), cause: Cause, unread: usize) -> Self {
        Failure(Arc::new(Told { component, path, cause, unread }))
    }

    /// The name of the component whose `main` failed: the supervised one, or one inside it.
    #[must_use]
    pub fn component(&self) -> &str {
        &self.0.component
    }

    /// The path of that component: its parents from the outermost, and its own name.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// How many messages were lost that waited inside the supervised component, unread by its children. What
    /// waited in its own boxes is not among them.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.0.unread
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told { path, cause, unread, .. } = &*self.0;
        write!(f, "{path} failed: {cause}")?;
        match unread {
            0 => Ok(()),
            unread => write!(f, "; {unread} unread messages inside were lost"),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.cause {
            Cause::Error(error) => Some(&**error),
            Cause::Panic(_) => None,
        }
    }
}

/// A panic in the destructor of a component's code, outside any step, and whose failure it is.
pub(in crate::kernel) struct Accident {
    /// The name and path of the component.
    pub(in crate::kernel) who: (String, String),
    /// The supervised component whose failure that is, if there is one.
    pub(in crate::kernel) supervised: Option<ComponentRef>,
    pub(in crate::kernel) cause: Cause,
}

//! The failure of a stage on another thread, as its chassis reports it.

use std::fmt;

use crate::RunError;

/// A stage of a parallel chassis failed, or could not continue. This is the failure of the chassis.
pub struct StageFailedError {
    chassis: String,
    stage: String,
    error: RunError,
}

impl StageFailedError {
    pub(super) fn new(chassis: String, stage: String, error: RunError) -> Self {
        StageFailedError { chassis, stage, error }
    }

    /// The name of the stage in the chassis.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// How the run on the stage's thread ended.
    #[must_use]
    pub fn error(&self) -> &RunError {
        &self.error
    }
}

impl fmt::Display for StageFailedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StageFailedError { chassis, stage, error } = self;
        write!(f, "in {chassis}, on the thread of stage {stage}, {error}")
    }
}

impl fmt::Debug for StageFailedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// The text of this error contains the error of the run, so it is not its source too.
impl std::error::Error for StageFailedError {}

//! What can be wrong with the settings of TLS, before any connection: files, keys, names.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of TLS cannot be made: which file and line it is about, and why.
#[derive(Clone)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// The file cannot be read.
    File {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// What stands at this place is not what it should be.
    Text {
        /// Where, as `cert.pem:12`, or `line 12` of what was no file.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A certificate or key is missing, or both do not belong together.
    Unusable {
        /// Which file or files; `the text` for what was no file.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A setting cannot be used.
    Setting(String),
}

impl TlsConfigError {
    /// Of a file that cannot be read, what kind of error it was.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            TlsConfigError::File { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}

impl fmt::Display for TlsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsConfigError::File { file, source } => write!(f, "cannot read {}: {source}", file.display()),
            TlsConfigError::Text { place, problem } | TlsConfigError::Unusable { place, problem } => {
                write!(f, "{place}: {problem}")
            }
            TlsConfigError::Setting(problem) => f.write_str(problem),
        }
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl fmt::Debug for TlsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for TlsConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TlsConfigError::File { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

//! The error of TLS settings that cannot be made: about files, keys and names.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// TLS settings cannot be made. The error names the file and line, and says why.
#[derive(Clone)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// The file cannot be read.
    File {
        /// Which file.
        file: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// Something in a file or text is wrong.
    Text {
        /// Where: `cert.pem:12` in a file, `line 12` in a text.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A certificate or key is missing, or they do not belong together.
    Unusable {
        /// Which file or files; `the text` if it was given as a text.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A setting cannot be used; the text says why.
    Setting(String),
}

impl TlsConfigError {
    /// If a file cannot be read, the kind of the system's error.
    #[must_use]
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

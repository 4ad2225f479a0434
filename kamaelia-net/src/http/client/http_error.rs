//! Why a request has no whole answer, and how far it came.

use std::error::Error;
use std::fmt;

use axon::{Ending, Notice};

/// How far a request came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Phase {
    /// The request itself cannot be sent: its URL, a header.
    Request,
    /// Looking up the name, and connecting.
    Connect,
    /// Securing the connection.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the head of the answer, and reading it.
    Answer,
    /// Reading the body of the answer.
    Body,
    /// Following a redirection.
    Redirect,
}

/// A request has failed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpError {
    /// What was being done.
    pub phase: Phase,
    /// The URL that was asked for, after redirections.
    pub url: String,
    /// What happened.
    pub why: String,
}

impl HttpError {
    pub(super) fn new(phase: Phase, url: impl fmt::Display, why: impl fmt::Display) -> Self {
        HttpError { phase, url: url.to_string(), why: why.to_string() }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Request => "cannot ask for",
            Phase::Connect => "cannot connect for",
            Phase::Tls => "cannot secure the connection for",
            Phase::Send => "cannot send the request for",
            Phase::Answer => "no answer to",
            Phase::Body => "no whole answer to",
            Phase::Redirect => "cannot follow the redirection of",
        })
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.phase, self.url, self.why)
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for HttpError {}

/// The last message of a [`SingleShotHttpClient`](super::SingleShotHttpClient) whose request has failed. It counts
/// as a `shutdownMicroprocess`: what was received before is not all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpFailed {
    /// What happened.
    pub error: HttpError,
}

impl Notice for HttpFailed {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

//! A saying for every client, slowly.
//!
//! Ported from `Kamaelia.Protocol.FortuneCookieProtocol`.
//!
//! *Differs from Kamaelia:* the program that knows sayings is waited for by a thread, so that it holds up nobody
//! else; and where it is not installed, that is an error that says so, unless there is another saying.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process::Command;
use std::task::Poll;
use std::time::Duration;

use axon::chassis::announce;
use axon::util::aside;
use axon::{CONTROL, Component, Context, OUTBOX, ProducerFinished, Result};

/// Forty letters a second, as a teletype would.
const LETTER: Duration = Duration::from_millis(25);

/// Sends what the program `fortune -a` says, forty letters a second, and ends: the protocol of a server.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the saying, a `String` for each letter |
/// | `signal` | the message that ended it, or `producerFinished` after the saying |
///
/// # Shutdown
///
/// It ends by itself. *As in Kamaelia*, any message in `control` ends it before, not only endings; it passes that on.
///
/// # Errors
///
/// If the program cannot be run and there is no [other saying](FortuneCookieProtocol::or_else), it fails.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::FortuneCookieProtocol;
///
/// let received = Received::<String>::new();
/// let cookie = FortuneCookieProtocol::new().or_else("Hi.\n");
/// # let cookie = cookie.program("no-such-program");
/// axon::run(pipeline![cookie, DataSink::new(&received)])?;
/// # assert_eq!(received.take().concat(), "Hi.\n");
/// # Ok::<(), axon::RunError>(())
/// ```
///
/// As in Kamaelia's server of the same name, see the example `fortune_server`:
///
/// ```no_run
/// use kamaelia_net::{FortuneCookieProtocol, SimpleServer};
///
/// axon::run(SimpleServer::new(FortuneCookieProtocol::new, 1500))?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct FortuneCookieProtocol {
    program: String,
    otherwise: Option<String>,
}

impl FortuneCookieProtocol {
    /// For one connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// What to say where `fortune` is not installed, or fails.
    pub fn or_else(mut self, saying: impl Into<String>) -> Self {
        self.otherwise = Some(saying.into());
        self
    }

    /// Asks another program, which takes `-a`, for sayings.
    pub fn program(mut self, program: impl Into<String>) -> Self {
        self.program = program.into();
        self
    }

    /// What the program says. `None` if something in `control` was there first.
    async fn saying(&self, cx: &Context) -> Result<Option<String>> {
        let program = self.program.clone();
        let mut call = pin!(aside(cx, move || say(&program)));
        let said = loop {
            match poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await {
                Poll::Ready(said) => break said,
                Poll::Pending if cx.data_ready(CONTROL) > 0 => return Ok(None),
                Poll::Pending => cx.pause().await,
            }
        };
        match (said, &self.otherwise) {
            (Err(_), Some(saying)) => Ok(Some(saying.clone())),
            (said, _) => Ok(Some(said?)),
        }
    }
}

/// What this program says.
fn say(program: &str) -> io::Result<String> {
    let output = (Command::new(program).arg("-a").output())
        .map_err(|error| io::Error::new(error.kind(), format!("{program} -a cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{program} -a failed: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Default for FortuneCookieProtocol {
    fn default() -> Self {
        FortuneCookieProtocol { program: "fortune".to_owned(), otherwise: None }
    }
}

impl Component for FortuneCookieProtocol {
    async fn main(&mut self, cx: &Context) -> Result {
        let saying = self.saying(cx).await?.unwrap_or_default();
        for letter in saying.chars() {
            if cx.data_ready(CONTROL) > 0 || cx.send_when_room(OUTBOX, letter.to_string()).await.is_err() {
                break;
            }
            cx.sleep(LETTER).await;
        }
        match cx.recv(CONTROL) {
            Some(message) => announce(cx, message).await,
            None => announce(cx, ProducerFinished::new()).await,
        }
        Ok(())
    }
}

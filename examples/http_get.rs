//! Fetches a URL: `http` or `https`, with redirections.
//!
//! Run `cargo run --example http_get -- URL [-o FILE]`. Without `-o` the body goes to standard output. If standard
//! error is a terminal, and the body does not go there too, a bar shows how much has come. The exit status says what failed:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | the body is whole |
//! | 1 | an error of this machine, such as a file that cannot be written |
//! | 2 | wrong arguments, or a URL that cannot be asked for |
//! | 3 | the server cannot be reached |
//! | 4 | the connection cannot be secured |
//! | 5 | no answer, or one that is no HTTP |
//! | 6 | the body was cut |
//! | 7 | a redirection that must not be followed, or too many |
//! | 22 | the server answered with a status of 400 or more; its body is shown all the same |

use std::fs::File;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use axon::prelude::*;
use axon::util::{ProgressBar, ProgressReports};
use kamaelia_net::http::{HttpError, HttpFailed, Phase, Request, ResponseHead, SingleShotHttpClient, header};

/// What came of it.
#[derive(Default)]
struct Outcome {
    status: u16,
    error: Option<HttpError>,
    is_whole: bool,
}

/// Writes the body, and reports how much of it has come.
struct Save {
    to: Box<dyn Write>,
    outcome: Arc<Mutex<Outcome>>,
}

impl Component for Save {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut reports = ProgressReports::new(cx);
        loop {
            while let Some(message) = cx.recv("inbox") {
                match message.into_value::<ResponseHead>() {
                    Ok(head) => {
                        self.outcome.lock().unwrap().status = head.status().as_u16();
                        if head.status().as_u16() >= 400 {
                            eprintln!("the server answers {}", head.status());
                        }
                        let said = head.headers().get(header::CONTENT_LENGTH);
                        reports.expect(said.and_then(|length| length.to_str().ok()?.parse().ok()));
                    }
                    Err(message) => {
                        let bytes = message.into_value::<Vec<u8>>().map_err(|_| "no bytes")?;
                        self.to.write_all(&bytes)?;
                        reports.add(bytes.len() as u64);
                    }
                }
            }
            if let Some(end) = cx.told_to_end() {
                self.to.flush()?;
                let mut outcome = self.outcome.lock().unwrap();
                outcome.error = end.view(|failed: &HttpFailed| failed.error.clone());
                outcome.is_whole = outcome.error.is_none();
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("http_get URL [-o FILE]");
    ExitCode::from(2)
}

fn main() -> axon::Result<ExitCode> {
    env_logger::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (url, file) = match arguments[..] {
        [url] | ["--", url] => (url, None),
        [url, "-o", file] | ["-o", file, url] => (url, Some(file)),
        _ => return Ok(usage()),
    };
    let Ok(request) = Request::get(url).body(()) else {
        eprintln!("{url:?} is no URL");
        return Ok(ExitCode::from(2));
    };
    let to: Box<dyn Write> = match file {
        Some(file) => Box::new(File::create(file).map_err(|error| format!("cannot write {file}: {error}"))?),
        None => Box::new(stdout()),
    };
    let outcome = Arc::new(Mutex::new(Outcome::default()));
    let save = Save { to, outcome: Arc::clone(&outcome) };
    let mut scheduler = Scheduler::new();
    if stderr().is_terminal() && (file.is_some() || !stdout().is_terminal()) {
        scheduler.activate(ProgressBar::new().as_service());
    }
    scheduler.activate(pipeline![SingleShotHttpClient::new(request), save]);
    scheduler.run()?;
    let outcome = outcome.lock().unwrap();
    if let Some(error) = &outcome.error {
        eprintln!("{error}");
        return Ok(ExitCode::from(match error.phase {
            Phase::Request => 2,
            Phase::Connect => 3,
            Phase::Tls => 4,
            Phase::Body => 6,
            Phase::Redirect => 7,
            _ => 5,
        }));
    }
    Ok(match outcome.status {
        _ if !outcome.is_whole => ExitCode::from(5),
        400.. => ExitCode::from(22),
        _ => ExitCode::SUCCESS,
    })
}

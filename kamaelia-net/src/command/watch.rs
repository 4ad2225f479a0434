//! Watches a program that has a visualiser, from a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use axon::catalogue::Catalogue;
use axon::util::{DataSink, OneShot, Received};
use axon::{Boxes, CONTROL, Component, Context, INBOX, pipeline};
use lexopt::{Arg, Parser, ValueExt};

use super::{Stop, Told, unknown};
use crate::http::{
    HttpAnswer, HttpFailed, Request, ResponseHead, SimpleHttpClient, SingleShotHttpClient, StatusCode,
};

/// How often the table is shown anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Clears a terminal.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// `kamaelia top`.
pub(super) fn top(_: &Catalogue, parser: &mut Parser) -> Told {
    let (mut address, mut once, mut as_json) = (None, false, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("once") => once = true,
            Arg::Long("json") => as_json = true,
            Arg::Value(value) if address.is_none() => address = Some(base(&value.string()?)?),
            other => return Err(unknown("top", &other)),
        }
    }
    let address = address.ok_or_else(|| {
        Stop::usage("of which program? write kamaelia top ADDRESS, as its visualiser has printed it")
    })?;
    let url = format!("{address}{}", if as_json { "snapshot.json" } else { "top.txt" });
    let clears = !once && !as_json && io::stdout().is_terminal();
    let mut is_first = true;
    loop {
        let text = match fetch(&url) {
            // It was there, and has ended.
            Err(Unreached::Connection(_)) if !is_first => return Ok(()),
            Err(Unreached::Connection(why) | Unreached::Refused(why)) => return Err(Stop::failed(why)),
            Ok(text) => text,
        };
        let is_heard = said(&if clears { format!("{CLEAR}{text}") } else { text })?;
        if once || !is_heard {
            return Ok(());
        }
        is_first = false;
        std::thread::sleep(PAUSE);
    }
}

/// Writes to standard output. False if nobody reads it any more.
pub(super) fn said(text: &str) -> Told<bool> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Stop::failed(format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(true),
    }
}

/// `kamaelia tap`.
pub(super) fn tap(_: &Catalogue, parser: &mut Parser) -> Told {
    let (mut address, mut place) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(value) if address.is_none() => address = Some(base(&value.string()?)?),
            Arg::Value(value) if place.is_none() => place = Some(value.string()?),
            other => return Err(unknown("tap", &other)),
        }
    }
    let (Some(address), Some(place)) = (address, place) else {
        return Err(Stop::usage("which box? write kamaelia tap ADDRESS COMPONENT.BOX, such as Echo_3.inbox"));
    };
    if !place.contains('.') {
        return Err(Stop::usage(format!("which box of {place}? write COMPONENT.BOX, such as {place}.inbox")));
    }
    let url = format!("{address}tap.txt?at={}", encoded(&place));
    let request = Request::get(&url).body(()).map_err(|error| Stop::usage(error.to_string()))?;
    let said = Received::<Option<String>>::new();
    let ran =
        axon::run(pipeline![SingleShotHttpClient::new(request), Lines::default(), DataSink::new(&said)]);
    ran.map_err(|error| Stop::failed(error.to_string()))?;
    match said.take().into_iter().flatten().next() {
        Some(why) => Err(Stop::failed(why)),
        None => Ok(()),
    }
}

/// Writes the body of an answer to standard output as it comes, or says what is wrong.
#[derive(Default)]
struct Lines {
    /// Once an answer has begun.
    status: Option<StatusCode>,
    refusal: Vec<u8>,
}

impl Component for Lines {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                match message.into_value::<ResponseHead>() {
                    Ok(head) => self.status = Some(head.status()),
                    Err(message) => {
                        let bytes = message.into_value::<Vec<u8>>().unwrap_or_default();
                        if !self.status.is_some_and(|status| status.is_success()) {
                            self.refusal.extend(bytes);
                        } else {
                            match said(&String::from_utf8_lossy(&bytes)) {
                                Ok(true) => {}
                                Ok(false) => {
                                    cx.stop_scheduler();
                                    return Ok(());
                                }
                                Err(stop) => return Err(stop.message.into()),
                            }
                        }
                    }
                }
            }
            if let Some(message) = cx.recv(CONTROL) {
                let failure = match message.downcast_ref::<HttpFailed>() {
                    // What ends with the program is whole.
                    Some(failed) if self.status != Some(StatusCode::OK) => Some(failed.error.to_string()),
                    _ if self.refusal.is_empty() => None,
                    _ => Some(why(&self.refusal)),
                };
                cx.send("outbox", failure)?;
                cx.send("signal", message)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Why nothing was fetched.
enum Unreached {
    Connection(String),
    Refused(String),
}

fn fetch(url: &str) -> Result<String, Unreached> {
    let answers = Received::<HttpAnswer>::new();
    let ran =
        axon::run(pipeline![OneShot::new(url.to_owned()), SimpleHttpClient::new(), DataSink::new(&answers)]);
    ran.map_err(|error| Unreached::Connection(error.to_string()))?;
    match answers.take().pop() {
        Some(Ok(answer)) if answer.status() == StatusCode::OK => {
            Ok(String::from_utf8_lossy(answer.body()).into_owned())
        }
        Some(Ok(answer)) => Err(Unreached::Refused(why(answer.body()))),
        Some(Err(error)) => Err(Unreached::Connection(error.to_string())),
        None => Err(Unreached::Connection(format!("{url} does not answer"))),
    }
}

/// The page of an error in one line.
fn why(page: &[u8]) -> String {
    let text = String::from_utf8_lossy(page).trim().replace('\n', ": ");
    format!("the visualiser answers: {text}")
}

/// The address that was printed, ending with `/`.
fn base(written: &str) -> Told<String> {
    let rest = written.strip_prefix("http://").unwrap_or(written);
    let wrong = || {
        Stop::usage(format!(
            "{written:?} is not the address of a visualiser, which looks like http://127.0.0.1:1600/0123abcd.../"
        ))
    };
    let (host, token) = rest.split_once('/').ok_or_else(wrong)?;
    let token = token.trim_end_matches('/');
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if host.is_empty() || host.contains(char::is_whitespace) || !is_token {
        return Err(wrong());
    }
    Ok(format!("http://{host}/{token}/"))
}

/// A text as it stands in a query.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let encode = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

//! A mail server that takes every message and prints it, secured by TLS on request (STARTTLS).
//!
//! Run `cargo run --example mail_sink -- [ADDRESS] [CERT.pem KEY.pem]`, by default 127.0.0.1:2525; port 0
//! takes any free one. Without a certificate it makes one for this machine and prints `certificate PATH`. It
//! prints `listening on ADDRESS`, and then each message. It delivers nothing. Try it with
//!
//! ```text
//! curl --ssl-reqd --cacert PATH smtp://localhost:2525 --mail-from a@a.test --mail-rcpt b@b.test -T letter.txt
//! openssl s_client -starttls smtp -connect 127.0.0.1:2525 -CAfile PATH
//! ```
//!
//! Everything that a client can use up is limited: the length of a line, the number of recipients, the size of
//! a message, the number of mistakes, and the time. On Ctrl-C or SIGTERM the server gives the connections two
//! seconds to finish, and ends.

use std::time::Duration;

use axon::{Boxes, Component, Context, Result, Scheduler};
use kamaelia_net::{Connection, CsaOptions, FastRestartServer, Listen, Signals, SslReady, TlsServer};

mod self_signed;

const LONGEST_LINE: usize = 1000;
const MOST_RECIPIENTS: usize = 100;
const LARGEST_MESSAGE: usize = 10_000_000;
const MOST_MISTAKES: usize = 10;
const MOST_CLIENTS: usize = 200;

/// The state of a dialogue.
#[derive(Default)]
enum Stage {
    #[default]
    Commands,
    /// The client is sending the lines of a message.
    Message,
}

/// What to do after a line.
enum Reply {
    Nothing,
    Line(String),
    /// Send this in plain text, then secure the connection.
    ThenTls(&'static str),
    /// Send this, then end.
    Last(&'static str),
}

/// One client's dialogue, without the connection.
#[derive(Default)]
struct Dialogue {
    stage: Stage,
    secured: bool,
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    message: String,
    too_large: bool,
    /// Whether the previous line ended with CR LF. A message ends only after such a line: otherwise a client
    /// could smuggle in a second message.
    after_whole_line: bool,
    mistakes: usize,
}

impl Dialogue {
    /// The answer to a line.
    fn hear(&mut self, line: &str) -> Reply {
        let bare = line.trim_end_matches(['\r', '\n']);
        let reply = match self.stage {
            Stage::Commands => self.command(bare),
            Stage::Message if self.after_whole_line && line == ".\r\n" => self.end_of_message(),
            Stage::Message => self.text(bare),
        };
        self.after_whole_line = line.ends_with("\r\n");
        if let Reply::Line(text) = &reply
            && text.starts_with('5')
        {
            self.mistakes += 1;
            if self.mistakes >= MOST_MISTAKES {
                return Reply::Last("421 too many mistakes\r\n");
            }
        }
        reply
    }

    fn command(&mut self, line: &str) -> Reply {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.begin_again();
                self.greeted = true;
                let starttls = if self.secured { "" } else { "250-STARTTLS\r\n" };
                let text =
                    format!("250-mail_sink\r\n{starttls}250-8BITMIME\r\n250 SIZE {LARGEST_MESSAGE}\r\n");
                Reply::Line(text)
            }
            "HELO" => {
                self.begin_again();
                self.greeted = true;
                say("250 mail_sink")
            }
            "STARTTLS" if self.secured => say("503 secured already"),
            "STARTTLS" => Reply::ThenTls("220 go on\r\n"),
            "MAIL" if !self.greeted => say("503 who are you? (EHLO)"),
            "MAIL" if self.sender.is_some() => say("503 one sender is enough"),
            "MAIL" => match address(rest, "FROM:") {
                Some(address) => {
                    self.sender = Some(address);
                    say("250 from whom I know")
                }
                None => say("501 MAIL FROM:<address>"),
            },
            "RCPT" if self.sender.is_none() => say("503 from whom? (MAIL)"),
            "RCPT" if self.recipients.len() >= MOST_RECIPIENTS => say("452 too many recipients"),
            "RCPT" => match address(rest, "TO:") {
                Some(address) if !address.is_empty() => {
                    self.recipients.push(address);
                    say("250 to whom I know")
                }
                _ => say("501 RCPT TO:<address>"),
            },
            "DATA" if self.recipients.is_empty() => say("503 to whom? (RCPT)"),
            "DATA" => {
                self.stage = Stage::Message;
                say("354 end with a line of one dot")
            }
            "RSET" => {
                self.begin_again();
                say("250 forgotten")
            }
            "NOOP" => say("250 nothing"),
            "VRFY" => say("252 everybody is welcome"),
            "QUIT" => Reply::Last("221 goodbye\r\n"),
            _ => say("500 EHLO, STARTTLS, MAIL, RCPT, DATA, RSET, NOOP, VRFY or QUIT"),
        }
    }

    fn text(&mut self, line: &str) -> Reply {
        // The client doubles a dot at the beginning of a line.
        let doubled = line.strip_prefix('.').filter(|_| self.after_whole_line);
        let line = doubled.unwrap_or(line);
        self.too_large |= self.message.len() + line.len() > LARGEST_MESSAGE;
        if !self.too_large {
            self.message.push_str(line);
            self.message.push('\n');
        }
        Reply::Nothing
    }

    fn end_of_message(&mut self) -> Reply {
        let reply = if self.too_large {
            say("552 too large")
        } else {
            self.print();
            say("250 printed")
        };
        self.begin_again();
        reply
    }

    fn print(&self) {
        let how = if self.secured { "secured" } else { "in plain text" };
        let (from, to) = (self.sender.as_deref().unwrap_or_default(), self.recipients.join(" "));
        println!("message {how}\nfrom {from}\nto {to}\n\n{}.", self.message);
    }

    fn begin_again(&mut self) {
        *self = Dialogue {
            secured: self.secured,
            greeted: self.greeted,
            mistakes: self.mistakes,
            ..Dialogue::default()
        };
    }
}

fn say(text: &str) -> Reply {
    Reply::Line(format!("{text}\r\n"))
}

/// The address in a text such as `FROM:<a@a.test> SIZE=100`: here `a@a.test`.
fn address(text: &str, before: &str) -> Option<String> {
    let start = text.get(..before.len()).filter(|start| start.eq_ignore_ascii_case(before))?;
    let (address, _) = text[start.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

/// The handler of one connection: splits the bytes into lines, and secures the connection when asked.
struct MailSink {
    client: Connection,
    tls: TlsServer,
    dialogue: Dialogue,
    /// The bytes of a line that is not complete yet.
    rest: Vec<u8>,
}

impl MailSink {
    /// Takes the next complete line out of the bytes received.
    fn line(&mut self) -> Option<String> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let line: Vec<u8> = self.rest.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    /// Answers all complete lines. Returns `false` if the dialogue is over.
    async fn answer(&mut self, cx: &Context) -> Result<bool> {
        while let Some(line) = self.line() {
            let (text, goes_on) = match self.dialogue.hear(&line) {
                Reply::Nothing => continue,
                Reply::Line(text) => (text, true),
                Reply::Last(text) => (text.to_owned(), false),
                Reply::ThenTls(text) => {
                    // What came together with the command was in plain text: anybody could have put it there.
                    self.rest.clear();
                    if cx.send_when_room("outbox", text).await.is_err() {
                        return Ok(false);
                    }
                    cx.send("makessl", self.tls.clone())?;
                    if let Err(error) = cx.next::<SslReady>("sslready").await? {
                        log::warn!("{}: {error}", self.client.peer);
                        return Ok(false);
                    }
                    self.dialogue = Dialogue { secured: true, ..Dialogue::default() };
                    continue;
                }
            };
            // A client that does not read is given some time, then cut off.
            if cx.send_when_room("outbox", text).await.is_err() || !goes_on {
                return Ok(false);
            }
        }
        if self.rest.len() > LONGEST_LINE {
            let _ = cx.send_when_room("outbox", "500 the line is too long\r\n").await;
            return Ok(false);
        }
        Ok(true)
    }
}

impl Component for MailSink {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("sslready", "what became of the request for TLS")
            .outbox("makessl", "asks for TLS")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        cx.send("outbox", "220 mail_sink ESMTP\r\n")?;
        loop {
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                self.rest.extend(bytes);
                if !self.answer(cx).await? {
                    return Ok(());
                }
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            // More may have arrived while this waited for something else.
            if !cx.is_any_ready() {
                cx.pause().await;
            }
        }
    }
}

fn main() -> Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:2525".into());
    let identity = self_signed::Identity::new(arguments.next(), arguments.next())?;
    let tls = identity.tls.clone();
    let handler = move |client: &Connection| MailSink {
        client: *client,
        tls: tls.clone(),
        dialogue: Dialogue::default(),
        rest: Vec::new(),
    };
    let server = FastRestartServer::new(handler, address.parse::<Listen>()?)
        .options(CsaOptions::hardened())
        .max_connections(MOST_CLIENTS)
        .drain_deadline(Duration::from_secs(2))
        .bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}

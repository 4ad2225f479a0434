//! The handler of a connection: reads lines, secures the connection when asked, and passes a mail on line by line.

use std::rc::Rc;

use axon::{Boxes, Component, Context, Result};
use kamaelia_net::{Connection, SslReady, TlsServer};

use super::config::Config;
use super::dialogue::{ConcreteMailHandler, LARGEST_MAIL, Next, Verdict};
use super::policy::GreyListingPolicy;
use super::relay::{NotTaken, RealSmtpServer};

/// The longest line of a client, in bytes. (The standard has 1000.)
const LONGEST_LINE: usize = 16_384;

/// The name of the service that takes lines for the log.
pub(crate) const LOG: &str = "greylist_log";

/// Bytes from which lines are taken.
#[derive(Default)]
struct Input {
    bytes: Vec<u8>,
    taken: usize,
}

impl Input {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend(bytes);
    }

    /// The next line, with its line break.
    fn line(&mut self) -> Option<Vec<u8>> {
        let rest = &self.bytes[self.taken..];
        let length = rest.iter().position(|byte| *byte == b'\n')? + 1;
        self.taken += length;
        Some(rest[..length].to_vec())
    }

    fn is_too_long(&self) -> bool {
        self.bytes.len() - self.taken > LONGEST_LINE
    }
}

/// Kamaelia's `MailHandler`.
pub(crate) struct MailHandler {
    client: Connection,
    config: Rc<Config>,
    policy: GreyListingPolicy,
    tls: Option<TlsServer>,
    dialogue: ConcreteMailHandler,
    input: Input,
}

/// Whether the client is listened to any longer.
#[derive(PartialEq)]
enum Goes {
    On,
    Away,
}

impl MailHandler {
    pub(crate) fn new(client: Connection, policy: GreyListingPolicy, tls: Option<TlsServer>) -> Self {
        let config = Rc::clone(&policy.config);
        let dialogue = ConcreteMailHandler::new(config.servername.clone(), tls.is_some());
        MailHandler { client, config, policy, tls, dialogue, input: Input::default() }
    }

    /// The client's next line. `None` if it has gone, sends a line without end, or the server ends.
    async fn getline(&mut self, cx: &Context) -> Result<Option<Vec<u8>>> {
        // What has come is still dealt with when the client has gone, but not when the server ends.
        while !cx.is_told_to_stop() {
            if let Some(line) = self.input.line() {
                return Ok(Some(line));
            }
            if self.input.is_too_long() {
                self.net_print(cx, "500 the line is too long").await;
                return Ok(None);
            }
            match cx.next_or_end::<Vec<u8>>("inbox").await? {
                Some(bytes) => self.input.add(&bytes),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Sends the client a line. One that does not read is waited for until its connection gives it up.
    async fn net_print(&self, cx: &Context, text: &str) -> Goes {
        log::debug!("{}: {text}", self.client.peer);
        match cx.send_when_room("outbox", format!("{text}\r\n")).await {
            Ok(()) => Goes::On,
            Err(_) => Goes::Away,
        }
    }

    async fn start_tls(&mut self, cx: &Context, tls: TlsServer) -> Result<Goes> {
        // What came together with the command was in plain text: anybody could have put it there.
        self.input = Input::default();
        if self.net_print(cx, "220 go on").await == Goes::Away {
            return Ok(Goes::Away);
        }
        cx.send("makessl", tls)?;
        if let Err(error) = cx.next::<SslReady>("sslready").await? {
            log::info!("{}: {error}", self.client.peer);
            return Ok(Goes::Away);
        }
        self.dialogue.is_secured();
        Ok(Goes::On)
    }

    /// All but the mail itself is there.
    async fn data(&mut self, cx: &Context) -> Result<Goes> {
        let verdict = self.policy.should_we_accept_mail(self.client.peer.ip(), &self.dialogue.mail);
        let (answer, status) = match verdict {
            Verdict::Accept => match self.pass_on(cx).await? {
                Ok(()) => ("250 OK".to_owned(), "ACCEPTED".to_owned()),
                Err(Some(NotTaken(why))) => (why.clone(), format!("NOT TAKEN: {why}")),
                Err(None) => {
                    self.log_result(cx, "BROKEN OFF").await;
                    return Ok(Goes::Away);
                }
            },
            Verdict::Defer => ("451 4.7.1 Please try again later".to_owned(), "DEFERRED".to_owned()),
            Verdict::Refuse => ("550 relay not permitted".to_owned(), "REFUSED".to_owned()),
        };
        self.log_result(cx, &status).await;
        self.dialogue.reset();
        let said = self.net_print(cx, &answer).await;
        Ok(if verdict == Verdict::Accept { said } else { Goes::Away })
    }

    /// Passes the mail on to the real server while it comes. `Err(None)` if the client broke off: then nobody has it.
    async fn pass_on(&mut self, cx: &Context) -> Result<std::result::Result<(), Option<NotTaken>>> {
        let mut server = match RealSmtpServer::connect(cx, &self.config, &self.dialogue.mail).await {
            Ok(server) => server,
            Err(error) => return Ok(Err(Some(error))),
        };
        if self.net_print(cx, "354 Enter message, ending with \".\" on a line by itself").await == Goes::Away
        {
            server.leave(cx);
            return Ok(Err(None));
        }
        let (mut length, mut refusal, mut after_whole_line) = (0, None, true);
        loop {
            let Some(line) = self.getline(cx).await? else {
                server.leave(cx);
                return Ok(Err(None));
            };
            // Only a line of its own between two whole ones ends a mail: otherwise a second one could be smuggled in.
            if after_whole_line && line == b".\r\n" {
                break;
            }
            length += line.len();
            if length > LARGEST_MAIL {
                refusal = refusal.or(Some(NotTaken("552 5.3.4 the mail is too large".into())));
            }
            let text = as_sent_on(&line, after_whole_line);
            after_whole_line = line.ends_with(b"\r\n");
            if refusal.is_none() {
                refusal = server.send(cx, text).await.err();
            }
        }
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => server.finish(cx).await,
        };
        match outcome {
            Ok(()) => server.quit(cx).await,
            Err(_) => server.leave(cx),
        }
        Ok(outcome.map_err(Some))
    }

    async fn log_result(&self, cx: &Context, status: &str) {
        let mail = &self.dialogue.mail;
        let stamp = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
        let line = format!(
            "{:.3} | {} | {} | {} | {} | {status} |\n",
            stamp.unwrap_or_default().as_secs_f64(),
            mail.remotename,
            self.client.peer.ip(),
            mail.sender,
            mail.recipients.join(", "),
        );
        let _ = cx.send_when_room("log", line).await;
    }
}

/// A line of a mail as the real server is to get it, without its line break. A dot at its beginning is doubled, and
/// nothing in it could be taken for the end of a line.
fn as_sent_on(line: &[u8], after_whole_line: bool) -> Vec<u8> {
    let doubled = line.strip_prefix(b".").filter(|_| after_whole_line);
    let mut text: Vec<u8> = doubled.unwrap_or(line).to_vec();
    text.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
    if text.starts_with(b".") {
        text.insert(0, b'.');
    }
    text
}

impl Component for MailHandler {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("sslready", "what became of the request for TLS")
            .inbox("tcp_inbox", "what the real server says")
            .inbox("tcp_control", "that the connection to the real server has ended")
            .outbox("makessl", "asks for TLS")
            .outbox("tcp_outbox", "what the real server is told")
            .outbox("tcp_signal", "endings for the connection to the real server")
            .outbox("log", "lines for the log")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (log, inbox) = cx.wait_for_service(LOG).await;
        cx.link((cx.me(), "log"), (&log, &inbox))?;
        let greeting = format!("220 {} ESMTP {}", self.config.servername, self.config.serverid);
        let mut goes = self.net_print(cx, &greeting).await;
        while goes == Goes::On {
            let Some(line) = self.getline(cx).await? else { break };
            let line = String::from_utf8_lossy(&line);
            goes = match self.dialogue.handle_command(line.trim_end()) {
                Next::Say(text) => self.net_print(cx, &text).await,
                Next::Last(text) => {
                    self.net_print(cx, &text).await;
                    Goes::Away
                }
                Next::StartTls => match self.tls.clone() {
                    Some(tls) => self.start_tls(cx, tls).await?,
                    None => Goes::Away,
                },
                Next::Data => self.data(cx).await?,
            };
        }
        Ok(())
    }
}

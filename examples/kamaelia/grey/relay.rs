//! The connection to the real mail server.

use std::time::Duration;

use axon::{ComponentRef, Context, ProducerFinished};
use kamaelia_net::{CsaOptions, TcpClient};

use super::config::Config;
use super::dialogue::Envelope;

/// How long the real server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer of the real server, in bytes.
const LONGEST_ANSWER: usize = 10_000;

/// Why the mail was not taken: what to say to the client.
pub(crate) struct NotTaken(pub(crate) String);

/// The real server, while it is told of one mail.
pub(crate) struct RealSmtpServer {
    client: ComponentRef,
    heard: Vec<u8>,
}

impl RealSmtpServer {
    /// Connects, and tells it who sends a mail to whom, up to the point at which the mail itself is to come.
    pub(crate) async fn connect(cx: &Context, config: &Config, mail: &Envelope) -> Result<Self, NotTaken> {
        let mut options = CsaOptions::new();
        options.idle_timeout = Some(PATIENCE);
        options.write_stall_timeout = Some(PATIENCE);
        let client = TcpClient::new(&*config.smtp_ip, config.smtp_port);
        let client = cx.add_child(client.connect_timeout(PATIENCE).options(options));
        let mut server = RealSmtpServer { client, heard: Vec::new() };
        let greeted = server.greet(cx, mail).await;
        match greeted {
            Ok(()) => Ok(server),
            Err(error) => {
                server.leave(cx);
                Err(error)
            }
        }
    }

    async fn greet(&mut self, cx: &Context, mail: &Envelope) -> Result<(), NotTaken> {
        let linked = (cx.link((cx.me(), "tcp_outbox"), (&self.client, "inbox")))
            .and_then(|_| cx.link((cx.me(), "tcp_signal"), (&self.client, "control")))
            .and_then(|_| cx.link((&self.client, "outbox"), (cx.me(), "tcp_inbox")))
            .and_then(|_| cx.link((&self.client, "signal"), (cx.me(), "tcp_control")));
        linked.map_err(|error| self.out_of_order(&error.to_string()))?;
        cx.activate(&self.client);
        self.answer(cx, "220").await?;
        self.ask(cx, format!("HELO {}", mail.remotename), "250").await?;
        self.ask(cx, format!("MAIL FROM:<{}>", mail.sender), "250").await?;
        for recipient in &mail.recipients {
            self.ask(cx, format!("RCPT TO:<{recipient}>"), "25").await?;
        }
        self.ask(cx, "DATA".into(), "354").await
    }

    /// Sends a line of the mail, or whatever else.
    pub(crate) async fn send(&self, cx: &Context, mut line: Vec<u8>) -> Result<(), NotTaken> {
        line.extend(b"\r\n");
        let sent = cx.send_when_room("tcp_outbox", line).await;
        sent.map_err(|error| self.out_of_order(&error.to_string()))
    }

    /// The end of the mail. When this is `Ok`, the real server has it.
    pub(crate) async fn finish(&mut self, cx: &Context) -> Result<(), NotTaken> {
        self.ask(cx, ".".into(), "250").await
    }

    /// Takes leave of the real server. Nobody waits for its answer: the connection ends by itself.
    pub(crate) async fn quit(self, cx: &Context) {
        // If it has gone already, that is as well.
        let _ = self.send(cx, b"QUIT".to_vec()).await;
        let _ = cx.send("tcp_signal", ProducerFinished::new());
        cx.unlink_component(&self.client);
        forget_what_it_said(cx);
    }

    async fn ask(&mut self, cx: &Context, line: String, expected: &str) -> Result<(), NotTaken> {
        self.send(cx, line.into_bytes()).await?;
        self.answer(cx, expected).await
    }

    /// Waits for an answer. One that is not the expected is passed on to the client if it says whose fault it is.
    async fn answer(&mut self, cx: &Context, expected: &str) -> Result<(), NotTaken> {
        loop {
            while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                if line.as_bytes().get(3) == Some(&b'-') {
                    continue;
                }
                let is_refusal = line.starts_with(['4', '5']) && line.is_ascii() && line.len() > 3;
                return match line {
                    line if line.starts_with(expected) => Ok(()),
                    line if is_refusal => Err(NotTaken(line)),
                    line => Err(self.out_of_order(&format!("it said {line:?} instead of {expected}"))),
                };
            }
            if self.heard.len() > LONGEST_ANSWER {
                return Err(self.out_of_order("its answer has no end"));
            }
            match cx.recv_as::<Vec<u8>>("tcp_inbox") {
                Ok(Some(bytes)) => self.heard.extend(bytes),
                _ if cx.data_ready("tcp_control") > 0 => {
                    return Err(self.out_of_order("the connection has ended"));
                }
                _ if cx.is_told_to_stop() => return Err(self.out_of_order("this server ends")),
                _ => cx.pause().await,
            }
        }
    }

    fn out_of_order(&self, why: &str) -> NotTaken {
        log::warn!("{}: the real mail server: {why}", self.client);
        NotTaken("451 4.4.1 Please try again later".into())
    }

    /// Ends the connection. A mail whose end was not sent is not delivered by the real server.
    pub(crate) fn leave(self, cx: &Context) {
        cx.stop(&self.client);
        cx.remove_child(&self.client);
        forget_what_it_said(cx);
    }
}

/// The next mail has a connection of its own.
fn forget_what_it_said(cx: &Context) {
    for inbox in ["tcp_inbox", "tcp_control"] {
        while cx.recv(inbox).is_some() {}
    }
}

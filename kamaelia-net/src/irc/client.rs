//! The component between those who talk and a connection.

use std::collections::VecDeque;

use axon::chassis::{Graphline, announce, receive};
use axon::util::Chunk;
use axon::{Boxes, CONTROL, Component, Context, INBOX, OUTBOX, Result, SIGNAL, graphline};

use super::{IrcCommand, IrcMessage};
use crate::TcpClient;

const TALK: &str = "talk";
const HEARD: &str = "heard";

/// The longest line in bytes. Servers send 512 at most, and 8191 more with tags.
const LONGEST_LINE: usize = 16 * 1024;

/// Speaks the protocol of Internet Relay Chat: what is put into `talk` becomes lines for a server, the lines of the
/// server become messages.
///
/// It connects to nothing by itself, see [`simple_irc_client`]. As in Kamaelia, whoever uses it logs in (`NICK`, then
/// `USER`), and answers a `PING` of the server with a `PONG`.
///
/// Text that is not UTF-8 is read as far as it is. A line of more than 16 KiB is cut, and told as a `CLIENT ERROR`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text from the server, in any pieces |
/// | `talk` | an [`IrcCommand`] for each line to the server |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines for the server |
/// | `heard` | an [`IrcMessage`] for each line of the server |
/// | `signal` | the ending |
///
/// # Shutdown
///
/// `producerFinished`: deals with what waits in `talk` and `inbox`, passes it on and ends. `shutdownMicroprocess`:
/// passes it on and ends.
///
/// # Errors
///
/// A message of another type in `inbox` or `talk` ends it with an error.
///
/// # Examples
///
/// A bot that joins a channel, answers pings, and says hello to everybody who comes:
///
/// ```no_run
/// use axon::{Component, Context};
/// use kamaelia_net::irc::{IrcCommand, IrcMessage, simple_irc_client};
///
/// struct Greeter;
///
/// impl Component for Greeter {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         cx.send("outbox", IrcCommand::new("NICK", ["greeter"])?)?;
///         cx.send("outbox", IrcCommand::new("USER", ["greeter", "0", "*", "A bot"])?)?;
///         while let Some(heard) = cx.next_or_end::<IrcMessage>("inbox").await? {
///             let answer = match heard.msgtype.as_str() {
///                 "PING" => IrcCommand::new("PONG", [heard.sender])?,
///                 "001" => IrcCommand::new("JOIN", ["#kamtest"])?,
///                 "JOIN" => IrcCommand::new("PRIVMSG", [heard.recipient, format!("hello {}", heard.sender)])?,
///                 _ => continue,
///             };
///             cx.send_when_room("outbox", answer).await?;
///         }
///         Ok(())
///     }
/// }
///
/// axon::run(axon::pipeline![Greeter, simple_irc_client("irc.libera.chat", 6667)].circular())?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "IRC_Client")]
#[must_use = "a component does nothing until it is activated"]
pub struct IrcClient {
    /// The beginning of a line that is not complete.
    begun: Vec<u8>,
    /// The rest of a line that was too long is left out.
    is_cut: bool,
    /// What `heard` had no room for.
    heard: VecDeque<IrcMessage>,
}

impl IrcClient {
    /// For one connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the lines out of what came.
    fn hear(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
            let (part, is_complete) = match piece {
                [part @ .., b'\r' | b'\n'] => (part, true),
                part => (part, false),
            };
            if self.is_cut {
                self.is_cut = !is_complete;
                continue;
            }
            let room = LONGEST_LINE - self.begun.len();
            self.begun.extend_from_slice(&part[..part.len().min(room)]);
            let is_too_long = part.len() > room;
            self.is_cut = is_too_long && !is_complete;
            if is_complete || is_too_long {
                let line = std::mem::take(&mut self.begun);
                let line = String::from_utf8_lossy(&line);
                match line.as_ref() {
                    "" => {}
                    line if is_too_long => self.heard.push_back(IrcMessage::client_error(line)),
                    line => self.heard.push_back(IrcMessage::parse(line)),
                }
            }
        }
    }

    /// Does what there is room for. Returns whether nothing is left to do.
    fn turn(&mut self, cx: &Context) -> Result<bool> {
        // What is said comes first: somebody may hear nothing until it is said.
        while cx.has_room(OUTBOX)
            && let Some(command) = receive::<IrcCommand>(cx, TALK)?
        {
            // There is room, unless nobody takes it any more.
            let _ = cx.send(OUTBOX, format!("{command}\r\n"));
        }
        loop {
            while cx.has_room(HEARD)
                && let Some(message) = self.heard.pop_front()
            {
                let _ = cx.send(HEARD, message);
            }
            if !self.heard.is_empty() {
                return Ok(false);
            }
            let Some(Chunk(bytes)) = receive::<Chunk>(cx, INBOX)? else { break };
            self.hear(&bytes);
        }
        Ok(cx.data_ready(TALK) == 0)
    }
}

impl Component for IrcClient {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(INBOX, "what the server sends")
            .inbox(TALK, "commands")
            .inbox(CONTROL, "endings")
            .outbox(OUTBOX, "lines for the server")
            .outbox(HEARD, "messages of the server")
            .outbox(SIGNAL, "the ending")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            let is_done = self.turn(cx)?;
            if (is_done || cx.is_told_to_stop())
                && let Some(notice) = cx.told_to_end()
            {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// An [`IrcClient`] with its connection. What is put into its `inbox` is said, what is heard comes out of its `outbox`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | an [`IrcCommand`] for each line to the server |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | an [`IrcMessage`] for each line of the server |
/// | `signal` | the ending |
///
/// # Shutdown
///
/// It ends when the server closes the connection. `producerFinished` says what waits, and then closes;
/// `shutdownMicroprocess` closes at once. *Differs from Kamaelia:* there it never ends.
///
/// # Examples
///
/// The console as a client, which talks to one channel. Write `/nick NAME`, `/user NAME 0 * NAME`, `/join #kamtest`:
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::irc::{IrcMessage, informat, outformat, simple_irc_client};
///
/// axon::run(pipeline![
///     ConsoleReader::new(),
///     PureTransformer::new(|Text(line): Text| informat(&line, "#kamtest").ok()),
///     simple_irc_client("irc.libera.chat", 6667),
///     PureTransformer::map(|message: IrcMessage| outformat(&message, "#kamtest")),
///     ConsoleEchoer::new(),
/// ])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "SimpleIRCClientPrefab")]
pub fn simple_irc_client(host: impl Into<String>, port: u16) -> Graphline {
    graphline! {
        components: {
            irc: IrcClient::new(),
            tcp: TcpClient::new(host, port),
        },
        linkages: {
            self.inbox => irc.talk,
            irc.outbox => tcp.inbox,
            tcp.outbox => irc.inbox,
            irc.heard => self.outbox,
            self.control => irc.control,
            irc.signal => tcp.control,
            tcp.signal => irc.control,
        },
    }
}

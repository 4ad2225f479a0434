//! A client of Internet Relay Chat: commands to lines, lines to messages.
//!
//! Ported from `Kamaelia.Protocol.IRC.IRCClient` and `Kamaelia.Support.Protocol.IRC`.
//!
//! *Differs from Kamaelia:* a line may come in any number of pieces; a command that would be two lines cannot be made;
//! an end is passed on, and the prefab ends with its connection; the text of an `ACTION` has no control characters
//! around it.

mod client;
mod command;
mod message;
mod text;

pub use client::{IrcClient, simple_irc_client};
pub use command::{InvalidIrcCommand, IrcCommand};
pub use message::IrcMessage;
pub use text::{informat, outformat};

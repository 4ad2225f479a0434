//! What people write and read, as commands and messages of Internet Relay Chat.

use super::{InvalidIrcCommand, IrcCommand, IrcMessage};

/// A command for what somebody has written: what begins with `/` is a command, anything else is said in `channel`.
///
/// It knows which parameters of `/quit`, `/msg` (or `/privmsg`), `/notice`, `/topic`, `/kick`, `/kill`, `/squery`,
/// `/part`, `/user` and `/me` may have spaces. Those of other commands are single words. White space at both ends of
/// what was written is left out.
///
/// *Differs from Kamaelia:* `/part` may have a reason; a text without anything in it is an error, where it is
/// an exception or an empty message there.
///
/// # Errors
///
/// If it is no [`IrcCommand`].
///
/// # Examples
///
/// ```
/// use kamaelia_net::irc::informat;
///
/// let line = |text| informat(text, "#kamtest").map(|command| command.to_string());
/// assert_eq!(line("Hello everyone.\n")?, "PRIVMSG #kamtest :Hello everyone.");
/// assert_eq!(line("/msg nickserv identify secret")?, "PRIVMSG nickserv :identify secret");
/// assert_eq!(line("/join #python")?, "JOIN #python");
/// # Ok::<(), kamaelia_net::irc::InvalidIrcCommand>(())
/// ```
#[doc(alias = "channelInformat")]
pub fn informat(text: &str, channel: &str) -> Result<IrcCommand, InvalidIrcCommand> {
    let text = text.trim();
    let Some((name, rest)) = command(text) else {
        return IrcCommand::new("PRIVMSG", [channel, text]);
    };
    let name = name.to_ascii_uppercase();
    let (name, words) = match name.as_str() {
        "MSG" => ("PRIVMSG", 1),
        "PRIVMSG" | "NOTICE" | "KILL" | "TOPIC" | "SQUERY" | "PART" => (&*name, 1),
        "KICK" => ("KICK", 2),
        "USER" => ("USER", 3),
        "QUIT" => ("QUIT", 0),
        "ME" => return IrcCommand::new("ME", [channel, rest]),
        name => return IrcCommand::new(name, rest.split_whitespace()),
    };
    let mut parameters = Vec::new();
    let mut rest = rest;
    while !rest.is_empty() {
        if parameters.len() == words {
            parameters.push(rest);
            break;
        }
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        parameters.push(word);
        rest = behind.trim_start();
    }
    IrcCommand::new(name, parameters)
}

/// The name of a command and what comes after it. A `/` alone is none.
fn command(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('/').filter(|text| !text.starts_with(char::is_whitespace))?;
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (!name.is_empty()).then_some((name, rest.trim_start()))
}

/// A line for people to read. `channel` is the one whose changes of mode are told as such.
///
/// # Examples
///
/// ```
/// use kamaelia_net::irc::{IrcMessage, outformat};
///
/// let message = IrcMessage {
///     msgtype: "JOIN".into(),
///     sender: "jlei".into(),
///     recipient: "#kamtest".into(),
///     body: String::new(),
/// };
/// assert_eq!(outformat(&message, "#kamtest"), "*** jlei has joined #kamtest\n");
/// ```
#[doc(alias = "channelOutformat")]
#[must_use]
pub fn outformat(message: &IrcMessage, channel: &str) -> String {
    let IrcMessage { msgtype, sender, recipient, body } = message;
    let number = msgtype.parse::<u16>().ok();
    match (msgtype.as_str(), number) {
        ("PRIVMSG", _) => format!("<{sender}> {body}\n"),
        ("JOIN", _) => format!("*** {sender} has joined {recipient}\n"),
        ("PART", _) => format!("*** {sender} has parted {recipient}\n"),
        ("NICK", _) => format!("*** {sender} is now known as {body}\n"),
        ("ACTION", _) => format!("*** {sender} {body}\n"),
        ("TOPIC", _) => format!("*** {sender} changed the topic to {body}\n"),
        ("QUIT", _) => format!("*** {sender} has quit IRC\n"),
        ("MODE", _) if recipient == channel => format!("*** {sender} has set channel mode: {body}\n"),
        (_, Some(..400)) => format!("Reply {msgtype} from {sender} to {recipient}: {body}\n"),
        (_, Some(..600)) => format!("Error! {msgtype} {sender} {recipient} {body}\n"),
        (_, Some(_)) => format!("Unknown numeric reply: {msgtype} {sender} {recipient} {body}\n"),
        (_, None) => format!("{msgtype} from {sender}: {body}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_commands_as_in_kamaelia() {
        for (text, line) in [
            ("hello", "PRIVMSG #c hello"),
            ("/ a", "PRIVMSG #c :/ a"),
            ("/", "PRIVMSG #c /"),
            ("/quit good night", "QUIT :good night"),
            ("/quit", "QUIT"),
            ("/kick #c somebody go  away", "KICK #c somebody :go  away"),
            ("/user a b c d e", "USER a b c :d e"),
            ("/me is tired", "PRIVMSG #c :\u{1}ACTION is tired\u{1}"),
            ("/mode #c +o x", "MODE #c +o x"),
            ("/part #c", "PART #c"),
            ("/topic #c :)", "TOPIC #c ::)"),
        ] {
            assert_eq!(informat(text, "#c").unwrap().to_string(), line, "{text}");
        }
        assert!(informat("/msg x y\nQUIT", "#c").is_err());
        assert!(informat("/j\u{e4}", "#c").is_err());
    }

    #[test]
    fn messages_are_told_as_in_kamaelia() {
        for (line, told) in [
            (":a!b@c PRIVMSG #c :x y", "<a> x y\n"),
            (":a!b@c NICK :d", "*** a is now known as d\n"),
            (":a!b@c MODE #c +t", "*** a has set channel mode: +t\n"),
            (":a!b@c MODE a +i", "MODE from a: +i\n"),
            (":s 001 me :Welcome", "Reply 001 from s to me: Welcome\n"),
            (":s 433 me :In use", "Error! 433 s me In use\n"),
            (":s 700 me :?", "Unknown numeric reply: 700 s me ?\n"),
            ("ERROR :Closing", "ERROR from : Closing\n"),
        ] {
            assert_eq!(outformat(&IrcMessage::parse(line), "#c"), told, "{line}");
        }
    }
}

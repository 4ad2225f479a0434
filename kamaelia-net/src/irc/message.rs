//! What is heard from a server of Internet Relay Chat.

/// A line from a server, taken apart by an [`IrcClient`](super::IrcClient).
///
/// | line | `msgtype` | `sender` | `recipient` | `body` |
/// |---|---|---|---|---|
/// | `:jlei!j@host PRIVMSG #kamtest :stuff` | `PRIVMSG` | `jlei` | `#kamtest` | `stuff` |
/// | `:jlei!j@host PRIVMSG #kamtest :\x01ACTION waves\x01` | `ACTION` | `jlei` | `#kamtest` | `waves` |
/// | `:server 353 me = #kamtest :a b` | `353` | `server` | `me` | `= #kamtest :a b` |
/// | `:old!j@host NICK :new` | `NICK` | `old` | | `new` |
/// | `:jlei!j@host QUIT :good night` | `QUIT` | `jlei` | | `good night` |
/// | `PING :server` | `PING` | `server` | | |
/// | what is no line of IRC | `CLIENT ERROR` | `client` | | the line |
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct IrcMessage {
    /// The command, or the three digits of a reply.
    pub msgtype: String,
    /// The nickname or server from which it comes.
    pub sender: String,
    /// The channel or nickname to which it was sent.
    pub recipient: String,
    /// The other parameters.
    pub body: String,
}

impl IrcMessage {
    /// Takes a line apart, which has no line end.
    pub(super) fn parse(line: &str) -> Self {
        Self::parts(line).unwrap_or_else(|| Self::client_error(line))
    }

    /// What is no message.
    pub(super) fn client_error(line: &str) -> Self {
        let (msgtype, sender, body) = ("CLIENT ERROR".to_owned(), "client".to_owned(), line.to_owned());
        IrcMessage { msgtype, sender, recipient: String::new(), body }
    }

    fn parts(line: &str) -> Option<Self> {
        // Tags come only to those who have asked for them, and say nothing that is lost here.
        let line = if line.starts_with('@') { word(line).1 } else { line };
        let (sender, line) = match line.strip_prefix(':') {
            Some(line) => {
                let (sender, line) = word(line);
                (sender.split('!').next().unwrap_or_default(), line)
            }
            None => ("", line),
        };
        let (msgtype, line) = word(line);
        if msgtype.is_empty() {
            return None;
        }
        let (recipient, body) = match line.strip_prefix(':') {
            Some(only) => (only, ""),
            None => word(line),
        };
        let body = body.strip_prefix(':').unwrap_or(body);
        let action = body.strip_prefix("\u{1}ACTION").filter(|does| does.starts_with([' ', '\u{1}']));
        let action = action.map(|does| does.trim_end_matches('\u{1}').trim_start());
        let (msgtype, sender, recipient, body) = match (msgtype, action) {
            ("PRIVMSG", Some(does)) => ("ACTION", sender, recipient, does),
            ("PING", _) => (msgtype, recipient, "", body),
            ("NICK", _) => (msgtype, sender, "", recipient),
            // They go to nobody.
            ("QUIT" | "ERROR", _) => (msgtype, sender, "", line.strip_prefix(':').unwrap_or(line)),
            _ => (msgtype, sender, recipient, body),
        };
        let own = str::to_owned;
        Some(IrcMessage {
            msgtype: own(msgtype),
            sender: own(sender),
            recipient: own(recipient),
            body: own(body),
        })
    }
}

/// The first word, and what comes after it.
fn word(line: &str) -> (&str, &str) {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    (first, rest.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart_as_in_kamaelia() {
        for (line, parts) in [
            (
                ":heinlein.freenode.net 001 jinnaslogbot :Welcome to freenode",
                ["001", "heinlein.freenode.net", "jinnaslogbot", "Welcome to freenode"],
            ),
            ("NOTICE jinnaslogbot :***Checking ident", ["NOTICE", "", "jinnaslogbot", "***Checking ident"]),
            (":jlei!j@host PRIVMSG #kamtest :stuff  and", ["PRIVMSG", "jlei", "#kamtest", "stuff  and"]),
            (":kambot!k@h PART #kamtest :see you later", ["PART", "kambot", "#kamtest", "see you later"]),
            (":a!b@c PRIVMSG #x :\u{1}ACTION does it\u{1}", ["ACTION", "a", "#x", "does it"]),
            (":a!b@c PRIVMSG #x :an ACTION", ["PRIVMSG", "a", "#x", "an ACTION"]),
            (":a!b@c NICK :d", ["NICK", "a", "", "d"]),
            (":a!b@c QUIT :good night", ["QUIT", "a", "", "good night"]),
            ("ERROR :Closing Link: a", ["ERROR", "", "", "Closing Link: a"]),
            ("PING :irc.example", ["PING", "irc.example", "", ""]),
            (":a!b@c JOIN :#x", ["JOIN", "a", "#x", ""]),
            (":s 353 me = #x :a b", ["353", "s", "me", "= #x :a b"]),
            ("@time=1 :a!b@c PRIVMSG #x :y", ["PRIVMSG", "a", "#x", "y"]),
            (":a!b@c AWAY", ["AWAY", "a", "", ""]),
            (":broken", ["CLIENT ERROR", "client", "", ":broken"]),
            (" x", ["CLIENT ERROR", "client", "", " x"]),
            ("@tags", ["CLIENT ERROR", "client", "", "@tags"]),
        ] {
            let found = IrcMessage::parse(line);
            assert_eq!([&*found.msgtype, &*found.sender, &*found.recipient, &*found.body], parts, "{line}");
        }
    }
}

//! What is said to a server of Internet Relay Chat.

use std::error::Error;
use std::fmt;

/// A command for an [`IrcClient`](super::IrcClient): its name and its parameters, as RFC 2812 lists them.
///
/// `ME` with a channel or nickname and a text says what one does (an `ACTION`). Any other name is sent as it is, in
/// capital letters, whether the server knows it or not.
///
/// # Examples
///
/// ```
/// use kamaelia_net::irc::IrcCommand;
///
/// let topic = IrcCommand::new("topic", ["#cheese", "Mozzarella or Parmesan"])?;
/// assert_eq!(topic.to_string(), "TOPIC #cheese :Mozzarella or Parmesan");
/// let me = IrcCommand::new("ME", ["#cheese", "eats both"])?;
/// assert_eq!(me.to_string(), "PRIVMSG #cheese :\u{1}ACTION eats both\u{1}");
/// # Ok::<(), kamaelia_net::irc::InvalidIrcCommand>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IrcCommand {
    /// Without its line end.
    line: String,
}

impl IrcCommand {
    /// A command of this name with these parameters.
    ///
    /// # Errors
    ///
    /// If the name is not made of letters or digits; if a parameter contains a line break or a NUL, so that it would be
    /// more than one command; if one that is not the last is empty, contains a space, or begins with a colon.
    pub fn new<P: AsRef<str>>(
        name: &str,
        parameters: impl IntoIterator<Item = P>,
    ) -> Result<Self, InvalidIrcCommand> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidIrcCommand(format!("{name:?} is no command: letters or digits are")));
        }
        let name = name.to_ascii_uppercase();
        let parameters: Vec<P> = parameters.into_iter().collect();
        let parameters: Vec<&str> = parameters.iter().map(AsRef::as_ref).collect();
        match (name.as_str(), &*parameters) {
            ("ME", [to, does]) => Self::written("PRIVMSG", &[to, &format!("\u{1}ACTION {does}\u{1}")]),
            (name, parameters) => Self::written(name, parameters),
        }
    }

    fn written(name: &str, parameters: &[&str]) -> Result<Self, InvalidIrcCommand> {
        let mut line = name.to_owned();
        let last = parameters.len().saturating_sub(1);
        for (place, parameter) in parameters.iter().enumerate() {
            if parameter.contains(['\r', '\n', '\0']) {
                let why = "it has a line break or NUL: send a command for each line";
                return Err(InvalidIrcCommand(format!("parameter {parameter:?} of {name}: {why}")));
            }
            line.push(' ');
            if parameter.is_empty() || parameter.starts_with(':') || parameter.contains(' ') {
                if place < last {
                    let why = "only the last one may be empty, have spaces or begin with a colon";
                    return Err(InvalidIrcCommand(format!("parameter {parameter:?} of {name}: {why}")));
                }
                line.push(':');
            }
            line += parameter;
        }
        Ok(IrcCommand { line })
    }
}

/// The line that is sent, without its end.
impl fmt::Display for IrcCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// Why something is no command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidIrcCommand(String);

impl fmt::Display for InvalidIrcCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidIrcCommand {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_parameter_has_a_colon_and_only_if_it_needs_one() {
        for (name, parameters, line) in [
            ("nick", &["Zorknpals"][..], "NICK Zorknpals"),
            ("USER", &["jlei", "nohost", "noserver", "A Client"], "USER jlei nohost noserver :A Client"),
            ("PRIVMSG", &["#a", ":)"], "PRIVMSG #a ::)"),
            ("TOPIC", &["#a", ""], "TOPIC #a :"),
            ("QUIT", &[], "QUIT"),
            ("BERSERKER", &["Lvl. 10"], "BERSERKER :Lvl. 10"),
        ] {
            assert_eq!(IrcCommand::new(name, parameters).unwrap().to_string(), line);
        }
    }

    #[test]
    fn what_would_be_two_commands_is_none() {
        for (name, parameters) in [
            ("PRIVMSG", &["#a", "x\r\nQUIT"][..]),
            ("PRIVMSG", &["#a\nQUIT", "x"]),
            ("ME", &["#a", "x\nQUIT"]),
            ("PRIVMSG", &["#a", "\0"]),
            ("PRIVMSG", &["#a b", "x"]),
            ("PRIVMSG", &["", "x"]),
            ("QUIT\r\nNICK", &[]),
            ("A B", &[]),
            ("", &[]),
        ] {
            assert!(IrcCommand::new(name, parameters).is_err(), "{name} {parameters:?}");
        }
    }
}

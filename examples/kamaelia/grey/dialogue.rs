//! What is said to a client: the commands of SMTP in the order in which they may come.

/// Who sends a mail, and to whom.
#[derive(Clone, Default)]
pub(crate) struct Envelope {
    /// What the client calls itself.
    pub(crate) remotename: String,
    /// The addresses are without their angle brackets.
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
}

/// What becomes of a mail.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Verdict {
    Accept,
    /// It is to be tried again later.
    Defer,
    /// It is not for us.
    Refuse,
}

/// What to do after a command.
pub(crate) enum Next {
    Say(String),
    /// Say this, then break the connection: the client has made a mistake that no good one makes.
    Last(String),
    StartTls,
    /// All is there but the mail itself.
    Data,
}

const MOST_RECIPIENTS: usize = 100;
const MOST_MISTAKES: u32 = 10;
const LONGEST_ADDRESS: usize = 320;

/// The largest mail, in bytes.
pub(crate) const LARGEST_MAIL: usize = 20_000_000;

/// Kamaelia's `ConcreteMailHandler`: one client's dialogue, without the connection. It is strict, since those who send
/// unwanted mail are careless.
pub(crate) struct ConcreteMailHandler {
    servername: String,
    offers_tls: bool,
    pub(crate) mail: Envelope,
    seen_mail: bool,
    mistakes: u32,
}

impl ConcreteMailHandler {
    pub(crate) fn new(servername: String, offers_tls: bool) -> Self {
        let mail = Envelope::default();
        ConcreteMailHandler { servername, offers_tls, mail, seen_mail: false, mistakes: 0 }
    }

    /// The connection is secured now: all that came before is forgotten.
    pub(crate) fn is_secured(&mut self) {
        *self = Self::new(std::mem::take(&mut self.servername), false);
    }

    /// There is no mail any more; the client may begin another.
    pub(crate) fn reset(&mut self) {
        self.mail = Envelope { remotename: std::mem::take(&mut self.mail.remotename), ..Envelope::default() };
        self.seen_mail = false;
    }

    pub(crate) fn handle_command(&mut self, line: &str) -> Next {
        let next = self.command(line);
        if let Next::Say(text) = &next
            && text.starts_with('5')
        {
            self.mistakes += 1;
            if self.mistakes >= MOST_MISTAKES {
                return Next::Last("421 too many mistakes".into());
            }
        }
        next
    }

    fn command(&mut self, line: &str) -> Next {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "HELO" | "EHLO" => self.handle_helo(verb, rest),
            "STARTTLS" if self.offers_tls && rest.is_empty() => Next::StartTls,
            "STARTTLS" => say("503 5.5.1 not offered"),
            "MAIL" => self.handle_mail(rest),
            "RCPT" => self.handle_rcpt(rest),
            "DATA" if self.mail.recipients.is_empty() => last("503 valid RCPT command must precede DATA"),
            "DATA" => Next::Data,
            "RSET" => {
                self.reset();
                say("250 OK")
            }
            "NOOP" => say("250 OK"),
            "VRFY" => say("252 Cannot VRFY user"),
            "QUIT" => Next::Last(format!("221 {} closing connection", self.servername)),
            _ => last("500 Sorry we don't like broken mailers"),
        }
    }

    fn handle_helo(&mut self, verb: &str, name: &str) -> Next {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_ADDRESS || !name.bytes().all(is_name) {
            return last("501 Syntactically invalid HELO argument(s)");
        }
        self.reset();
        self.mail.remotename = name.to_owned();
        let hello = format!("{} Hello {name}", self.servername);
        if verb.eq_ignore_ascii_case("HELO") {
            return Next::Say(format!("250 {hello}"));
        }
        let starttls = if self.offers_tls { "250-STARTTLS\r\n" } else { "" };
        Next::Say(format!("250-{hello}\r\n{starttls}250 SIZE {LARGEST_MAIL}"))
    }

    fn handle_mail(&mut self, rest: &str) -> Next {
        let Some(sender) = address(rest, "FROM:") else {
            return last("501 MAIL must have an address operand");
        };
        if self.mail.remotename.is_empty() {
            return say("503 5.5.2 Send hello first");
        }
        if self.seen_mail {
            return say("503 sender already given");
        }
        self.mail.sender = sender;
        self.seen_mail = true;
        say("250 OK")
    }

    fn handle_rcpt(&mut self, rest: &str) -> Next {
        let Some(recipient) = address(rest, "TO:").filter(|address| address.matches('@').count() == 1) else {
            return last("501 RCPT must have an address operand");
        };
        if !self.seen_mail {
            return last("503 sender not yet given");
        }
        if self.mail.recipients.len() >= MOST_RECIPIENTS {
            return say("452 4.5.3 too many recipients");
        }
        self.mail.recipients.push(recipient);
        say("250 ACCEPTED")
    }
}

fn say(text: &str) -> Next {
    Next::Say(text.to_owned())
}

fn last(text: &str) -> Next {
    Next::Last(text.to_owned())
}

/// The address in a text such as `FROM:<a@a.test> SIZE=100` or `FROM: a@a.test`: here `a@a.test`.
fn address(text: &str, before: &str) -> Option<String> {
    let start = text.get(..before.len()).filter(|start| start.eq_ignore_ascii_case(before))?;
    let operand = text[start.len()..].trim_start();
    let address = match operand.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?.0,
        None => operand.split(' ').next().filter(|address| !address.is_empty())?,
    };
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\\\"".contains(&byte);
    (address.len() <= LONGEST_ADDRESS && address.bytes().all(is_plain)).then(|| address.to_owned())
}

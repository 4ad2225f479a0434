//! Where a server is: `nats://USER:PASSWORD@HOST:PORT`, of which only the host is needed.

use super::message::NatsNameError;

/// The port of a NATS server.
const PORT: u16 = 4222;

/// The address of a server, and who one is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) identity: Option<Identity>,
    pub(super) needs_tls: bool,
}

/// Who a client is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Identity {
    Token(String),
    User { name: String, password: String },
}

/// Without what is secret.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Identity::Token(_) => f.write_str("Token"),
            Identity::User { name, .. } => write!(f, "User({name:?})"),
        }
    }
}

impl Server {
    /// One server after another, with commas between them.
    pub(super) fn all(addresses: &str) -> Result<Vec<Self>, NatsNameError> {
        addresses.split(',').map(|address| Self::read(address.trim())).collect()
    }

    pub(super) fn read(address: &str) -> Result<Self, NatsNameError> {
        // Whoever reads the error sees no password.
        let shown = address.rsplit_once('@').map_or(address, |(_, place)| place);
        let wrong = |why: &str| {
            NatsNameError::new(format!(
                "{shown:?} is no address of a NATS server: {why}; it is [nats://|tls://][USER:PASSWORD@]HOST[:PORT]"
            ))
        };
        let (needs_tls, rest) = match address.split_once("://") {
            None => (false, address),
            Some(("nats", rest)) => (false, rest),
            Some(("tls", rest)) => (true, rest),
            Some(_) => return Err(wrong("another protocol")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (identity, place) = match rest.rsplit_once('@') {
            None => (None, rest),
            Some((identity, place)) => (Some(Identity::read(identity)), place),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => {
                (host, Some(port.strip_prefix(':').ok_or_else(|| wrong("no port after ]"))?))
            }
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port {
            None => PORT,
            Some(port) => port.parse().map_err(|_| wrong(&format!("{port:?} is no port")))?,
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c == '/') {
            return Err(wrong("there is no host"));
        }
        Ok(Server { host: host.to_owned(), port, identity, needs_tls })
    }

    /// Whether it is the same place.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }
}

impl Identity {
    fn read(text: &str) -> Self {
        match text.split_once(':') {
            Some((name, password)) => Identity::User { name: decoded(name), password: decoded(password) },
            None => Identity::Token(decoded(text)),
        }
    }
}

/// Text in which `%40` stands for `@`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_may_say_more() {
        for (text, shown) in [
            ("localhost", "localhost:4222"),
            ("nats://127.0.0.1:7", "127.0.0.1:7"),
            ("tls://a.example:1/", "a.example:1"),
            ("me:se%40cret@[::1]:9", "[::1]:9"),
            ("token@[::1]", "[::1]:4222"),
        ] {
            assert_eq!(Server::read(text).unwrap().to_string(), shown);
        }
        let user = Identity::User { name: "me".into(), password: "se@cret".into() };
        assert_eq!(Server::read("me:se%40cret@a").unwrap().identity, Some(user));
        assert!(Server::read("tls://a").unwrap().needs_tls);
        assert_eq!(Server::all("a, b:1").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for (text, why) in [
            ("", "there is no host"),
            ("http://a", "another protocol"),
            ("me:secret@a:port", "\"port\" is no port"),
            ("a:99999", "is no port"),
            ("[::1]9", "no port after ]"),
        ] {
            let error = Server::read(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }
}

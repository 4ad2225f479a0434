//! Compressed messages: the extension `permessage-deflate` (RFC 7692), and how both sides agree on it.

mod extensions;
mod streams;

use extensions::Extension;
pub(super) use streams::{Deflater, Inflater};

/// The extension's name.
const NAME: &str = "permessage-deflate";

const OWN_SERVER_CONTEXT: &str = "server_no_context_takeover";
const OWN_CLIENT_CONTEXT: &str = "client_no_context_takeover";
const SERVER_WINDOW: &str = "server_max_window_bits";
const CLIENT_WINDOW: &str = "client_max_window_bits";

/// The largest window that deflate has.
const LARGEST: u8 = 15;

/// How messages are compressed, if the other side does it too.
///
/// By default each side remembers up to 32 KiB of the messages before, so that much of a message need not be
/// sent again. That costs about 300 KiB of memory for each WebSocket that sends and receives. A smaller
/// [window](Deflate::window_bits) costs less; without [context](Deflate::no_context_takeover) nothing is
/// kept between messages.
///
/// A message is decompressed only as far as
/// [`longest_message`](super::WebSocketOptions::longest_message) allows.
///
/// # Examples
///
/// ```
/// use kamaelia_net::websocket::{Deflate, WebSocketOptions};
///
/// let options = WebSocketOptions::new().deflate(Deflate::new().window_bits(12));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
pub struct Deflate {
    window_bits: u8,
    keeps_context: bool,
}

/// What was agreed on for one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Direction {
    window_bits: u8,
    keeps_context: bool,
}

/// What was agreed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Agreed {
    sends: Direction,
    receives: Direction,
}

/// The parameters of an offer or of an answer, each `None` or false if it is not there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Parameters {
    server_forgets: bool,
    client_forgets: bool,
    server_window: Option<u8>,
    /// In an offer it may have no value.
    client_window: Option<Option<u8>>,
}

impl Deflate {
    /// With the best compression.
    #[must_use]
    pub fn new() -> Self {
        Deflate { window_bits: LARGEST, keeps_context: true }
    }

    /// How far back, as a power of two, one message may refer to what was sent before: 9 (512 bytes) to 15
    /// (32 KiB). It holds for both directions, as far as the other side can limit its own.
    ///
    /// # Panics
    ///
    /// If it is less than 9 or more than 15.
    #[must_use]
    #[track_caller]
    pub fn window_bits(mut self, bits: u8) -> Self {
        assert!((9..=LARGEST).contains(&bits), "window_bits({bits}): there are windows of 9 to 15 bits");
        self.window_bits = bits;
        self
    }

    /// Compresses each message by itself, and asks the other side to do so. Between messages no memory is used
    /// for compression.
    #[must_use]
    pub fn no_context_takeover(mut self) -> Self {
        self.keeps_context = false;
        self
    }

    /// What a client offers.
    pub(super) fn offer(&self) -> String {
        let server_window = (self.window_bits < LARGEST).then_some(self.window_bits);
        Parameters {
            server_forgets: !self.keeps_context,
            client_forgets: !self.keeps_context,
            server_window,
            client_window: Some(server_window),
        }
        .extension()
    }

    /// What a server makes of the offers: the first that it can fulfil, and its answer.
    ///
    /// # Errors
    ///
    /// If the header has no meaning.
    pub(super) fn accept(&self, offers: &str) -> Result<Option<(Agreed, String)>, String> {
        let offers = extensions::parse(offers)?;
        let mut fitting = offers.iter().filter(|offer| offer.name == NAME);
        Ok(fitting.find_map(|offer| self.answer(Parameters::of(offer).ok()?)))
    }

    fn answer(&self, offer: Parameters) -> Option<(Agreed, String)> {
        let server_window = offer.server_window.unwrap_or(LARGEST).min(self.window_bits);
        let client_window = offer.client_window.map(|bits| bits.unwrap_or(LARGEST).min(self.window_bits));
        let answer = Parameters {
            server_forgets: offer.server_forgets || !self.keeps_context,
            client_forgets: offer.client_forgets || !self.keeps_context,
            server_window: (offer.server_window.is_some() || server_window < LARGEST)
                .then_some(server_window),
            client_window: client_window.map(Some),
        };
        let sends = Direction { window_bits: server_window, keeps_context: !answer.server_forgets };
        let receives = Direction {
            window_bits: client_window.unwrap_or(LARGEST),
            keeps_context: !answer.client_forgets,
        };
        Some((Agreed { sends, receives }, answer.extension()))
    }

    /// What a client makes of the answer.
    ///
    /// # Errors
    ///
    /// If it is no answer to [`Deflate::offer`].
    pub(super) fn agree(&self, answer: &str) -> Result<Agreed, String> {
        let answers = extensions::parse(answer)?;
        let [answer] = &answers[..] else { return Err("more than one extension in the answer".to_owned()) };
        if answer.name != NAME {
            return Err(format!("the extension {:?} was not offered", answer.name));
        }
        let answer = Parameters::of(answer)?;
        if answer.client_window == Some(None) {
            return Err(format!("{CLIENT_WINDOW} without a value"));
        }
        if !self.keeps_context && !answer.server_forgets {
            return Err(format!("{OWN_SERVER_CONTEXT} was asked for"));
        }
        let server_window = answer.server_window.unwrap_or(LARGEST);
        if server_window > self.window_bits {
            return Err(format!("{SERVER_WINDOW}={} was asked for", self.window_bits));
        }
        let own_window = answer.client_window.flatten().unwrap_or(LARGEST).min(self.window_bits);
        let forgets = answer.client_forgets || !self.keeps_context;
        Ok(Agreed {
            sends: Direction { window_bits: own_window, keeps_context: !forgets },
            receives: Direction { window_bits: server_window, keeps_context: !answer.server_forgets },
        })
    }
}

impl Default for Deflate {
    fn default() -> Self {
        Self::new()
    }
}

impl Agreed {
    pub(super) fn inflater(&self) -> Inflater {
        Inflater::new(self.receives.window_bits, self.receives.keeps_context)
    }

    pub(super) fn deflater(&self) -> Deflater {
        Deflater::new(self.sends.window_bits, self.sends.keeps_context)
    }
}

impl Parameters {
    /// # Errors
    ///
    /// An unknown parameter, one that is there twice, or one with a wrong value.
    fn of(extension: &Extension) -> Result<Self, String> {
        let mut all = Parameters::default();
        for (name, value) in &extension.parameters {
            let value = value.as_deref();
            let is_new = match name.as_str() {
                OWN_SERVER_CONTEXT => !std::mem::replace(&mut all.server_forgets, true) && value.is_none(),
                OWN_CLIENT_CONTEXT => !std::mem::replace(&mut all.client_forgets, true) && value.is_none(),
                SERVER_WINDOW => match value.and_then(window) {
                    Some(bits) => all.server_window.replace(bits).is_none(),
                    None => false,
                },
                CLIENT_WINDOW => match (value, value.and_then(window)) {
                    (Some(_), None) => false,
                    (_, bits) => all.client_window.replace(bits).is_none(),
                },
                _ => false,
            };
            if !is_new {
                let value = value.map_or(String::new(), |value| format!("={value}"));
                return Err(format!("{NAME} with the parameter {name}{value}"));
            }
        }
        Ok(all)
    }

    fn extension(&self) -> String {
        let mut text = NAME.to_owned();
        let mut add = |parameter: String| text.push_str(&format!("; {parameter}"));
        if self.server_forgets {
            add(OWN_SERVER_CONTEXT.to_owned());
        }
        if self.client_forgets {
            add(OWN_CLIENT_CONTEXT.to_owned());
        }
        if let Some(bits) = self.server_window {
            add(format!("{SERVER_WINDOW}={bits}"));
        }
        match self.client_window {
            Some(Some(bits)) => add(format!("{CLIENT_WINDOW}={bits}")),
            Some(None) => add(CLIENT_WINDOW.to_owned()),
            None => {}
        }
        text
    }
}

/// A window of 8 to 15 bits, in decimal and without a zero before it.
fn window(value: &str) -> Option<u8> {
    matches!(value, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15").then(|| value.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(server: Deflate, offers: &str) -> Option<String> {
        server.accept(offers).unwrap().map(|(_, answer)| answer)
    }

    #[test]
    fn a_server_takes_the_first_offer_that_it_can_fulfil() {
        for (offers, expected) in [
            ("permessage-deflate", Some("permessage-deflate")),
            (
                "x-other, permessage-deflate; client_max_window_bits",
                Some("permessage-deflate; client_max_window_bits=15"),
            ),
            (
                "permessage-deflate; client_max_window_bits=10",
                Some("permessage-deflate; client_max_window_bits=10"),
            ),
            (
                "permessage-deflate; server_max_window_bits=8",
                Some("permessage-deflate; server_max_window_bits=8"),
            ),
            (
                "permessage-deflate; server_max_window_bits=\"9\"",
                Some("permessage-deflate; server_max_window_bits=9"),
            ),
            (
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
            ),
            ("permessage-deflate; server_max_window_bits=16, permessage-deflate", Some("permessage-deflate")),
            ("permessage-deflate; server_max_window_bits", None),
            ("permessage-deflate; server_max_window_bits=09", None),
            ("permessage-deflate; client_max_window_bits=7", None),
            ("permessage-deflate; server_no_context_takeover=1", None),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
            ("permessage-deflate; client_max_window_bits; client_max_window_bits=9", None),
            ("permessage-deflate; unknown", None),
            ("x-webkit-deflate-frame", None),
            ("", None),
        ] {
            assert_eq!(answer(Deflate::new(), offers).as_deref(), expected, "{offers}");
        }
        let small = Deflate::new().window_bits(9).no_context_takeover();
        let expected = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                        server_max_window_bits=9; client_max_window_bits=9";
        assert_eq!(answer(small, "permessage-deflate; client_max_window_bits").as_deref(), Some(expected));
    }

    #[test]
    fn both_sides_make_the_same_of_an_agreement() {
        for client in [Deflate::new(), Deflate::new().window_bits(9), Deflate::new().no_context_takeover()] {
            for server in
                [Deflate::new(), Deflate::new().window_bits(11), Deflate::new().no_context_takeover()]
            {
                let (at_server, answer) = server.accept(&client.offer()).unwrap().expect("fulfilled");
                let at_client = client.agree(&answer).expect(&answer);
                assert_eq!(at_client.sends, at_server.receives, "{answer}");
                assert_eq!(at_client.receives, at_server.sends, "{answer}");
            }
        }
    }

    #[test]
    fn a_client_does_not_take_an_answer_that_it_did_not_ask_for() {
        let client = Deflate::new().window_bits(12).no_context_takeover();
        for answer in [
            "permessage-deflate",
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=13",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; what",
            "x-other",
            "permessage-deflate, permessage-deflate",
            "",
            ";",
        ] {
            assert!(client.agree(answer).is_err(), "{answer}");
        }
        let right = "permessage-deflate; server_no_context_takeover; server_max_window_bits=12";
        assert!(client.agree(right).is_ok());
    }
}

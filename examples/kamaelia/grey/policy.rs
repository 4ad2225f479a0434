//! Which mail is taken, and which is to be tried again later.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::SystemTime;

use ring::digest::{SHA256, digest};

use super::config::{Config, Times};
use super::dialogue::{Envelope, Verdict};
use super::hex::{from_hex, to_hex};

/// How many triples are remembered. Above it the oldest are forgotten, first of those that were not let through yet:
/// whoever makes triples up does not displace those who wait and come again.
const MOST_TRIPLES: usize = 100_000;

/// What is known of a client, a sender and a recipient who belong together.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Known {
    /// Deferred, and when it has tried.
    Seen(f64),
    /// Let through, and when it last came.
    Grey(f64),
}

impl Known {
    fn time(self) -> f64 {
        let (Known::Seen(time) | Known::Grey(time)) = self;
        time
    }
}

/// What becomes of an attempt, and whether it is let through.
fn attempt(known: Option<Known>, now: f64, times: Times) -> (Known, bool) {
    match known {
        Some(Known::Grey(time)) if now - time <= times.max_grey => (Known::Grey(now), true),
        // It is new, or was away so long that it is new again.
        None | Some(Known::Grey(_)) => (Known::Seen(now), false),
        // It does not wait at all: the time begins anew.
        Some(Known::Seen(time)) if now - time < times.too_soon => (Known::Seen(now), false),
        Some(Known::Seen(time)) if now - time < times.min_defer_time => (Known::Seen(time), false),
        Some(Known::Seen(time)) if now - time > times.max_defer_time => (Known::Seen(now), false),
        Some(Known::Seen(_)) => (Known::Grey(now), true),
    }
}

/// The triples, by a hash of each, so that nobody reads in the file who writes to whom.
#[derive(Default)]
pub(crate) struct Greylist {
    known: HashMap<[u8; 32], Known>,
    is_changed: bool,
}

impl Greylist {
    /// Reads what [`Greylist::text`] has written. Other lines are left out.
    pub(crate) fn parse(text: &str) -> Self {
        let known = text.lines().filter_map(|line| {
            let [hash, kind, time] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let time: f64 = time.parse().ok().filter(|time: &f64| time.is_finite())?;
            let known = match kind {
                "seen" => Known::Seen(time),
                "grey" => Known::Grey(time),
                _ => return None,
            };
            Some((from_hex(hash)?.try_into().ok()?, known))
        });
        Greylist { known: known.take(MOST_TRIPLES).collect(), is_changed: false }
    }

    /// All of it, if it was changed since this was asked last.
    pub(crate) fn changed_text(&mut self) -> Option<String> {
        std::mem::take(&mut self.is_changed).then(|| {
            let line = |(hash, known): (&[u8; 32], &Known)| {
                let kind = if matches!(known, Known::Seen(_)) { "seen" } else { "grey" };
                format!("{} {kind} {:.3}\n", to_hex(hash), known.time())
            };
            self.known.iter().map(line).collect()
        })
    }

    /// Notes an attempt, and says whether it is let through.
    fn is_greylisted(&mut self, triple: [&str; 3], times: Times) -> bool {
        // Lengths, so that no two triples look the same.
        let text: String = triple.iter().map(|part| format!("{} {part} ", part.len())).collect();
        let hash = digest(&SHA256, text.as_bytes()).as_ref().try_into().expect("it has 32 bytes");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let (known, is_let_through) = attempt(self.known.get(&hash).copied(), now, times);
        if self.known.len() >= MOST_TRIPLES && !self.known.contains_key(&hash) {
            self.forget_the_oldest();
        }
        self.is_changed |= self.known.insert(hash, known) != Some(known);
        is_let_through
    }

    /// Makes room: forgets a tenth.
    fn forget_the_oldest(&mut self) {
        let order = |known: Known| match known {
            Known::Seen(time) => (false, time),
            Known::Grey(time) => (true, time),
        };
        let mut all: Vec<_> = self.known.iter().map(|(hash, known)| (order(*known), *hash)).collect();
        let tenth = (MOST_TRIPLES / 10).min(all.len().saturating_sub(1));
        all.select_nth_unstable_by(tenth, |((is_grey, time), _), ((other, moment), _)| {
            is_grey.cmp(other).then(time.total_cmp(moment))
        });
        for (_, hash) in &all[..=tenth] {
            self.known.remove(hash);
        }
    }
}

/// Kamaelia's `GreyListingPolicy`: takes mail of those who may send anywhere, and mail for domains that it forwards for
/// if its sender has tried before.
#[derive(Clone)]
pub(crate) struct GreyListingPolicy {
    pub(crate) config: Rc<Config>,
    pub(crate) greylist: Rc<RefCell<Greylist>>,
}

impl GreyListingPolicy {
    /// What becomes of a mail.
    pub(crate) fn should_we_accept_mail(&self, peer: IpAddr, mail: &Envelope) -> Verdict {
        let client = peer.to_canonical().to_string();
        if self.sent_from_allowed_ip_address(&client) || self.sent_from_allowed_network(&client) {
            return Verdict::Accept;
        }
        if !mail.recipients.iter().all(|recipient| self.is_in_a_domain_we_forward_for(recipient)) {
            return Verdict::Refuse;
        }
        let mut is_accepted = true;
        for recipient in &mail.recipients {
            let triple = [&client, &*mail.sender, recipient];
            // Each is asked, since each is noted.
            is_accepted &= self.white_listed(triple, &mail.remotename)
                || self.greylist.borrow_mut().is_greylisted(triple, self.config.times);
        }
        if is_accepted { Verdict::Accept } else { Verdict::Defer }
    }

    fn sent_from_allowed_ip_address(&self, client: &str) -> bool {
        self.config.allowed_senders.iter().any(|allowed| allowed == client)
    }

    fn sent_from_allowed_network(&self, client: &str) -> bool {
        self.config.allowed_sender_nets.iter().any(|net| is_in(client, net))
    }

    fn is_in_a_domain_we_forward_for(&self, recipient: &str) -> bool {
        recipient.split_once('@').is_some_and(|(_, domain)| {
            self.config.allowed_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain))
        })
    }

    fn white_listed(&self, triple: [&str; 3], remotename: &str) -> bool {
        let [client, _, recipient] = triple;
        self.config.whitelisted_triples.iter().any(|allowed| *allowed == triple)
            || self
                .config
                .whitelisted_nonstandard_triples
                .iter()
                .any(|[name, net, to]| name == remotename && to == recipient && is_in(client, net))
    }
}

/// Whether an address begins with these numbers: `192.168.2` has `192.168.2.1`, but not `192.168.20.1`.
fn is_in(client: &str, net: &str) -> bool {
    let net = net.trim_end_matches(['.', ':']);
    client.strip_prefix(net).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
}

//! How a datagram component sends: what waits, where it goes to, and what becomes of what cannot be sent.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axon::chassis::receive;
use axon::util::Chunk;
use axon::{Context, INBOX, Result};
use mio::net::UdpSocket;

use super::datagram::{DatagramTo, Target};
use super::feedback::UdpFeedback;
use super::peer::{BYTES_A_TURN, DATAGRAMS_A_TURN, Output, Peer, Progress, To};
use super::wire;
use crate::descriptor::Watched;
use crate::resolve::Lookup;

/// How often a datagram is tried again when what failed was an earlier one.
const TRIES: usize = 16;

/// A datagram that waits to be sent.
pub(super) struct Waiting {
    data: Vec<u8>,
    to: Target,
    lookup: Option<Lookup>,
}

impl Peer {
    /// Whether nothing waits that can be sent.
    pub(super) fn has_sent_all(&self, cx: &Context) -> bool {
        let waits = cx.data_ready(INBOX);
        match &self.to {
            To::Nobody => true,
            To::Last(None) => {
                if waits > 0 {
                    log::warn!("{}: {waits} messages were not sent: it was told no target", cx.name());
                }
                true
            }
            _ => self.waiting.is_none() && waits == 0,
        }
    }

    /// The next message, and where it is to be sent to.
    fn next_waiting(&self, cx: &Context) -> Result<Option<Waiting>> {
        let to = match &self.to {
            To::Nobody | To::Last(None) => return Ok(None),
            To::One(target) | To::Last(Some(target)) => Some(target),
            To::Each => None,
        };
        Ok(match to {
            Some(to) => {
                receive::<Chunk>(cx, INBOX)?.map(|Chunk(data)| Waiting { data, to: to.clone(), lookup: None })
            }
            None => receive::<DatagramTo>(cx, INBOX)?.map(|DatagramTo { to, data }| Waiting {
                data,
                to,
                lookup: None,
            }),
        })
    }

    /// Sends until nothing waits, the system takes no more, or the budget is used up.
    pub(super) fn send(&mut self, cx: &Context, socket: &Watched<UdpSocket>) -> Result<Progress> {
        let mut bytes = 0;
        for _ in 0..DATAGRAMS_A_TURN {
            if self.output != Output::Ready {
                return Ok(Progress::Waits);
            }
            let waiting = match self.waiting.take() {
                Some(waiting) => waiting,
                None => match self.next_waiting(cx)? {
                    Some(waiting) => waiting,
                    None => return Ok(Progress::Waits),
                },
            };
            let Some((to, data)) = self.found(cx, waiting) else { return Ok(Progress::Waits) };
            bytes += data.len();
            if let Some((to, data)) = to.map(|to| (to, data)) {
                self.send_one(cx, socket, to, data);
            }
            if bytes >= BYTES_A_TURN {
                break;
            }
        }
        Ok(Progress::More)
    }

    /// The address of what waits. `None` while it is looked up; no address if it has none.
    fn found(&mut self, cx: &Context, waiting: Waiting) -> Option<(Option<SocketAddr>, Vec<u8>)> {
        let Waiting { data, to, lookup } = waiting;
        let (host, port) = match &to {
            Target::Address(address) => return Some((Some(*address), data)),
            Target::Name(host, port) => (host, *port),
        };
        let lookup = lookup.unwrap_or_else(|| Lookup::start(host, port, cx.waker()));
        let Some(answer) = lookup.answer() else {
            self.waiting = Some(Waiting { data, to, lookup: Some(lookup) });
            return None;
        };
        let reaches = |address: &SocketAddr| {
            address.is_ipv6() == self.socket_is_ipv6 || self.socket_is_ipv6 && self.options.dual_stack
        };
        let address = answer.and_then(|addresses| {
            let no_address = "the name has no address of the kind that this socket has";
            let reached = addresses.into_iter().find(reaches);
            reached.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, no_address))
        });
        match address {
            Ok(address) => {
                if let To::One(target) | To::Last(Some(target)) = &mut self.to
                    && *target == to
                {
                    *target = Target::Address(address);
                }
                Some((Some(address), data))
            }
            Err(error) => {
                self.counts.add(|counts| &counts.not_sent, 1);
                self.complain(cx, UdpFeedback::NotFound { to, error: Arc::new(error) });
                Some((None, data))
            }
        }
    }

    fn send_one(&mut self, cx: &Context, socket: &Watched<UdpSocket>, to: SocketAddr, data: Vec<u8>) {
        let length = data.len();
        for _ in 0..TRIES {
            let error = match socket.send_to(&data, wire::told(to, self.socket_is_ipv6)) {
                Ok(_) => return self.counts.add(|counts| &counts.sent, 1),
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::WouldBlock => {
                    self.counts.add(|counts| &counts.waits, 1);
                    self.tell(cx, UdpFeedback::SendBufferFull { to });
                    self.output = Output::Blocked;
                    self.waiting = Some(Waiting { data, to: Target::Address(to), lookup: None });
                    return;
                }
                io::ErrorKind::Interrupted => {}
                _ if is_too_large(&error) => {
                    self.counts.add(|counts| &counts.not_sent, 1);
                    return self.complain(cx, UdpFeedback::TooLarge { to, length });
                }
                // The error of an earlier datagram is told in place of sending this one.
                _ if self.hear_errors(cx, socket) > 0 => {}
                io::ErrorKind::ConnectionRefused => self.refused(cx, None, error),
                _ => {
                    self.counts.add(|counts| &counts.not_sent, 1);
                    return self.complain(cx, UdpFeedback::NotSent { to, length, error: Arc::new(error) });
                }
            }
        }
        self.counts.add(|counts| &counts.not_sent, 1);
        let error = Arc::new(io::Error::other("there were too many errors of earlier datagrams"));
        self.complain(cx, UdpFeedback::NotSent { to, length, error });
    }
}

fn is_too_large(error: &io::Error) -> bool {
    // EMSGSIZE has no kind of its own.
    error.raw_os_error() == Some(if cfg!(any(target_os = "linux", target_os = "android")) { 90 } else { 40 })
}

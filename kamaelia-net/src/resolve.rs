//! Finding the addresses of a name, without holding up anybody.
//!
//! *Differs from Kamaelia:* there `connect` looks the name up and blocks all components meanwhile.
//! Here the system's resolver works in a thread of its own, which nobody waits for: if it takes too long,
//! it is forgotten, and it does not keep the program from ending.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::task::Waker;
use std::thread;

/// A question to the system's resolver that is under way, or answered.
#[derive(Debug)]
pub struct Lookup(Receiver<io::Result<Vec<SocketAddr>>>);

impl Lookup {
    /// Asks for the addresses of `host`. `waker` is used when they are known; an address in numbers is
    /// known at once, without a thread.
    pub fn start(host: &str, port: u16, waker: Waker) -> Self {
        let (sender, receiver) = channel();
        if let Ok(ip) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            let _ = sender.send(Ok(vec![SocketAddr::from((ip, port))]));
            return Lookup(receiver);
        }
        let asked = (host.to_owned(), port);
        let no_thread = sender.clone();
        let started = thread::Builder::new().name("resolver".into()).spawn(move || {
            let found = asked.to_socket_addrs().map(|addresses| in_turns(addresses.collect()));
            let _ = sender.send(found);
            waker.wake();
        });
        if let Err(error) = started {
            let _ = no_thread.send(Err(error));
        }
        Lookup(receiver)
    }

    /// The addresses in the order in which to try them, once they are known. `None` before.
    pub fn answer(&self) -> Option<io::Result<Vec<SocketAddr>>> {
        match self.0.try_recv() {
            Ok(Ok(addresses)) if addresses.is_empty() => {
                Some(Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")))
            }
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(io::Error::other("the resolver failed"))),
        }
    }
}

/// IPv6 and IPv4 in turns, beginning with the kind that the resolver put first (RFC 8305, section 4).
pub fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == six_first);
    let mut second = second.into_iter();
    let mut turns = Vec::new();
    for address in first {
        turns.push(address);
        turns.extend(second.next());
    }
    turns.extend(second);
    turns
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;
    use std::thread::Thread;

    use super::*;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn looked_up(host: &str) -> io::Result<Vec<SocketAddr>> {
        let lookup = Lookup::start(host, 5, Arc::new(Unpark(thread::current())).into());
        loop {
            match lookup.answer() {
                Some(answer) => return answer,
                None => thread::park(),
            }
        }
    }

    #[test]
    fn addresses_in_numbers_need_no_resolver_and_names_do() {
        assert_eq!(looked_up("127.0.0.1").unwrap(), ["127.0.0.1:5".parse().unwrap()]);
        assert_eq!(looked_up("[::1]").unwrap(), ["[::1]:5".parse().unwrap()]);
        assert!(looked_up("localhost").unwrap().iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(looked_up("no.such.name.invalid").is_err());
    }

    #[test]
    fn both_kinds_are_tried_in_turns_and_the_resolvers_order_is_kept() {
        let addresses = |text: &str| -> Vec<SocketAddr> {
            text.split(' ').map(|address| address.parse().unwrap()).collect()
        };
        let given = addresses("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1 2.2.2.2:1");
        assert_eq!(in_turns(given), addresses("[::1]:1 1.1.1.1:1 [::2]:1 2.2.2.2:1 [::3]:1"));
        let given = addresses("1.1.1.1:1 [::1]:1 [::2]:1");
        assert_eq!(in_turns(given), addresses("1.1.1.1:1 [::1]:1 [::2]:1"));
    }
}

//! Whom a server lets in: how many from one address, and how many a second.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use axon::time_after;

/// What is limited, and how much of it is used.
#[derive(Default)]
pub(super) struct Admission {
    /// How many connections there may be with one address.
    pub(super) per_peer: Option<usize>,
    connected: HashMap<IpAddr, usize>,
    pub(super) rate: Option<Rate>,
}

/// How many clients are accepted a second.
pub(super) struct Rate {
    /// The time between two of them.
    interval: Duration,
    /// How far ahead of that pace they may come.
    burst: Duration,
    /// When the next would come at that pace.
    next: Option<Instant>,
}

impl Rate {
    pub(super) fn new(a_second: u32) -> Self {
        let interval = Duration::from_secs(1) / a_second;
        Rate { interval, burst: interval * (a_second - 1), next: None }
    }

    fn next(&self, now: Instant) -> Instant {
        self.next.unwrap_or(now).max(now)
    }

    /// Until when the next must wait, if it must.
    fn waits(&self, now: Instant) -> Option<Instant> {
        self.next(now).checked_sub(self.burst).filter(|earliest| *earliest > now)
    }

    fn take(&mut self, now: Instant) {
        self.next = Some(time_after(self.next(now), self.interval));
    }
}

/// Whose connections count together: an IPv6 host has a whole network of addresses.
fn counted(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX))),
    }
}

impl Admission {
    /// Until when nobody may be accepted, if the rate says so.
    pub(super) fn waits(&self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        self.rate.as_ref().and_then(|rate| rate.waits(now()))
    }

    /// One was accepted. Whether it may stay, with this address; then it counts.
    pub(super) fn admits(&mut self, peer: IpAddr, now: impl FnOnce() -> Instant) -> bool {
        if let Some(rate) = &mut self.rate {
            rate.take(now());
        }
        let Some(most) = self.per_peer else { return true };
        let connected = self.connected.entry(counted(peer)).or_default();
        if *connected >= most {
            return false;
        }
        *connected += 1;
        true
    }

    /// A connection of this address has ended.
    pub(super) fn left(&mut self, peer: IpAddr) {
        let peer = counted(peer);
        if let Some(connected) = self.connected.get_mut(&peer) {
            *connected -= 1;
            if *connected == 0 {
                self.connected.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_lets_a_seconds_worth_in_at_once_and_then_one_at_a_time() {
        fn taken(rate: &mut Rate, now: Instant) -> usize {
            let takes = |rate: &mut Rate| rate.waits(now).is_none().then(|| rate.take(now));
            (0..100).map_while(|_| takes(rate)).count()
        }
        let (mut rate, start) = (Rate::new(10), Instant::now());
        assert_eq!(taken(&mut rate, start), 10);
        assert_eq!(rate.waits(start), Some(start + Duration::from_millis(100)));
        assert_eq!(taken(&mut rate, start + Duration::from_millis(250)), 2);
        assert_eq!(taken(&mut rate, start + Duration::from_secs(100)), 10, "nothing is saved up");
        assert_eq!(taken(&mut Rate::new(1), start), 1);
    }

    #[test]
    fn connections_count_by_ipv4_address_and_by_ipv6_network_and_their_ends_too() {
        let mut admission = Admission { per_peer: Some(2), ..Admission::default() };
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let now = Instant::now;
        for (first, same, other) in
            [("1.1.1.1", "1.1.1.1", "1.1.1.2"), ("fd00::1", "fd00::2:2", "fd00:0:0:1::1")]
        {
            assert!(admission.admits(address(first), now) && admission.admits(address(same), now));
            assert!(!admission.admits(address(first), now) && admission.admits(address(other), now));
            admission.left(address(same));
            assert!(admission.admits(address(first), now) && !admission.admits(address(first), now));
        }
        for _ in 0..2 {
            ["1.1.1.1", "1.1.1.2", "fd00::1", "fd00:0:0:1::1"]
                .iter()
                .for_each(|peer| admission.left(address(peer)));
        }
        assert!(admission.connected.is_empty());
    }
}

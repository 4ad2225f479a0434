//! Whom a server lets in: how many at a time, how many from one address, and how many a second.
//!
//! Servers on several schedulers that are one server to their clients share one [`Admission`].

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use axon::time_after;

/// What is allowed.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// How many connections there may be.
    pub(crate) most: usize,
    /// How many there may be with one address.
    pub(crate) per_peer: Option<usize>,
    /// How many clients are accepted a second.
    pub(crate) a_second: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { most: usize::MAX, per_peer: None, a_second: None }
    }
}

/// What is allowed, and how much of it is used. Copies share both.
#[derive(Clone, Default)]
pub(crate) struct Admission(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    limits: Limits,
    rate: Option<Rate>,
    /// The places that were given.
    all: usize,
    connected: HashMap<IpAddr, usize>,
    /// Woken when a place is free again.
    waiting: Vec<Waker>,
}

/// A place that one connection takes. It is free again when this is dropped, on whatever thread.
pub(crate) struct Place {
    admission: Admission,
    /// Counted with this address.
    peer: Option<IpAddr>,
    /// Counted with its scheduler.
    load: Option<Arc<AtomicUsize>>,
}

/// How many clients are accepted a second.
struct Rate {
    a_second: u32,
    /// The time between two of them.
    interval: Duration,
    /// How far ahead of that pace they may come.
    burst: Duration,
    /// When the next would come at that pace.
    next: Option<Instant>,
}

impl Rate {
    fn new(a_second: u32) -> Self {
        let interval = Duration::from_secs(1) / a_second;
        Rate { a_second, interval, burst: interval * (a_second - 1), next: None }
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
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is allowed from now on.
    pub(crate) fn allow(&self, limits: Limits) {
        let mut book = self.book();
        book.limits = limits;
        if book.rate.as_ref().map(|rate| rate.a_second) != limits.a_second {
            book.rate = limits.a_second.map(Rate::new);
        }
    }

    /// Until when nobody may be accepted, if the rate says so.
    pub(crate) fn waits(&self, now: impl FnOnce() -> Instant) -> Option<Instant> {
        self.book().rate.as_ref().and_then(|rate| rate.waits(now()))
    }

    /// Whether all places are taken.
    pub(crate) fn is_full(&self) -> bool {
        let book = self.book();
        book.all >= book.limits.most
    }

    /// A place for one more. If all are taken, `waker` is woken when one is free.
    pub(crate) fn place(&self, waker: Option<&Waker>) -> Option<Place> {
        let mut book = self.book();
        if book.all >= book.limits.most {
            if let Some(waker) = waker
                && !book.waiting.iter().any(|known| known.will_wake(waker))
            {
                book.waiting.push(waker.clone());
            }
            return None;
        }
        book.all += 1;
        drop(book);
        Some(Place { admission: self.clone(), peer: None, load: None })
    }
}

impl Place {
    /// A client with this address was accepted. Whether it may stay; then it counts.
    pub(crate) fn admits(&mut self, peer: IpAddr, now: impl FnOnce() -> Instant) -> bool {
        let mut book = self.admission.book();
        if let Some(rate) = &mut book.rate {
            rate.take(now());
        }
        let Some(most) = book.limits.per_peer else { return true };
        let peer = counted(peer);
        let connected = book.connected.entry(peer).or_default();
        if *connected >= most {
            return false;
        }
        *connected += 1;
        self.peer = Some(peer);
        true
    }

    /// Counts it with the connections of a scheduler, and no more with those of another.
    pub(crate) fn counts_with(&mut self, load: &Arc<AtomicUsize>) {
        load.fetch_add(1, Ordering::Relaxed);
        if let Some(former) = self.load.replace(Arc::clone(load)) {
            former.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(load) = &self.load {
            load.fetch_sub(1, Ordering::Relaxed);
        }
        let mut book = self.admission.book();
        book.all -= 1;
        if let Some(peer) = self.peer
            && let Some(connected) = book.connected.get_mut(&peer)
        {
            *connected -= 1;
            if *connected == 0 {
                book.connected.remove(&peer);
            }
        }
        let waiting = std::mem::take(&mut book.waiting);
        drop(book);
        waiting.into_iter().for_each(Waker::wake);
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

    fn let_in(admission: &Admission, peer: &str) -> Option<Place> {
        let mut place = admission.place(None)?;
        place.admits(peer.parse().unwrap(), Instant::now).then_some(place)
    }

    #[test]
    fn connections_count_by_ipv4_address_and_by_ipv6_network_and_their_ends_too() {
        let admission = Admission::default();
        admission.allow(Limits { per_peer: Some(2), ..Limits::default() });
        let mut places = Vec::new();
        for (first, same, other) in
            [("1.1.1.1", "1.1.1.1", "1.1.1.2"), ("fd00::1", "fd00::2:2", "fd00:0:0:1::1")]
        {
            places.extend([let_in(&admission, first).unwrap(), let_in(&admission, other).unwrap()]);
            let second = let_in(&admission, same).unwrap();
            assert!(let_in(&admission, first).is_none());
            drop(second);
            places.push(let_in(&admission, first).unwrap());
            assert!(let_in(&admission, same).is_none());
        }
        assert_eq!(admission.book().all, 6);
        drop(places);
        assert!(admission.book().connected.is_empty());
        assert_eq!(admission.book().all, 0);
    }

    #[test]
    fn a_place_that_is_free_wakes_those_who_found_none() {
        struct Flag(std::sync::atomic::AtomicBool);
        impl std::task::Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let admission = Admission::default();
        admission.allow(Limits { most: 1, ..Limits::default() });
        let flag = Arc::new(Flag(std::sync::atomic::AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let only = admission.place(Some(&waker)).unwrap();
        assert!(admission.place(Some(&waker)).is_none() && admission.is_full());
        std::thread::spawn(move || drop(only)).join().unwrap();
        assert!(flag.0.load(Ordering::SeqCst) && !admission.is_full());
    }
}

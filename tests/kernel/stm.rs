//! Shared values with versions: copies, commits, refusals; philosophers at a table.
//!
//! Kamaelia has no tests for `Axon.STM`. These are its promises, its demonstrations, and its example with
//! the dining philosophers, as threads and as components.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use axon::prelude::*;
use axon::stm::{BusyRetry, CommitError, Store};

fn refused(key: &str) -> Result<(), CommitError> {
    Err(CommitError::ConcurrentUpdate { key: key.into() })
}

#[test]
fn an_unknown_key_is_created_without_a_value_and_with_version_0() {
    let store = Store::<u32>::new();
    let new = store.usevar("new").unwrap();
    assert_eq!((new.key(), new.value(), new.version()), ("new", None, 0));
    assert_eq!(format!("{store:?}"), "Store {\"new\": (0, None)}");
}

#[test]
fn what_is_set_is_seen_by_others_when_it_is_committed() {
    let store = Store::new();
    let mut greeting = store.usevar("hello").unwrap();
    greeting.set("Hello World");
    assert_eq!(store.usevar("hello").unwrap().value(), None);
    greeting.commit().unwrap();
    let seen = store.usevar("hello").unwrap();
    assert_eq!((seen.value(), seen.version()), (Some(&"Hello World"), 1));
}

#[test]
fn the_same_copy_can_commit_again_as_long_as_nobody_else_does() {
    let store = Store::new();
    let mut greeting = store.usevar("hello").unwrap();
    for word in ["Hello", "Woo", "World"] {
        greeting.set(word);
        greeting.commit().unwrap();
    }
    assert_eq!(greeting.version(), 3);
    let mut par = store.usevar("hello").unwrap();
    par.set("mine");
    par.commit().unwrap();
    assert_eq!(greeting.commit(), refused("hello"));
    assert_eq!(greeting.commit(), refused("hello"));
    assert_eq!((greeting.value(), greeting.version()), (Some(&"World"), 3));
    assert_eq!(store.usevar("hello").unwrap().value(), Some(&"mine"));
}

#[test]
fn a_collection_commits_all_or_nothing() {
    let store = Store::new();
    let mut d = store.using(["account_one", "account_two", "myaccount"]).unwrap();
    d["myaccount"].set(0);
    d["account_one"].set(50);
    d["account_two"].set(100);
    d.commit().unwrap();

    let mut d = store.using(["account_one", "account_two", "myaccount"]).unwrap();
    let sum = d["account_one"].value().unwrap() + d["account_two"].value().unwrap();
    d["myaccount"].set(sum);
    let mut e = store.using(["account_one", "myaccount"]).unwrap();
    let less = e["myaccount"].value().unwrap() - 100;
    e["myaccount"].set(less);
    e["account_one"].set(100);
    e.commit().unwrap();
    d["account_one"].set(0);
    d["account_two"].set(0);
    assert_eq!(d.commit(), refused("account_one"));

    let now = store.using(["account_one", "account_two", "myaccount"]).unwrap();
    let values: Vec<_> = now.values().map(|value| (*value.value().unwrap(), value.version())).collect();
    assert_eq!(values, [(100, 2), (100, 1), (-100, 2)]);
}

#[test]
fn one_value_of_a_collection_can_be_committed_alone() {
    let store = Store::new();
    let mut both = store.using(["a", "b"]).unwrap();
    both["a"].set(1);
    both["b"].set(2);
    both["a"].commit().unwrap();
    assert_eq!(store.usevar("a").unwrap().value(), Some(&1));
    assert_eq!(store.usevar("b").unwrap().value(), None);
    both.commit().unwrap();
    assert_eq!(store.usevar("b").unwrap().value(), Some(&2));
}

#[test]
fn copies_are_private_also_after_the_commit() {
    let store = Store::new();
    let mut accounts = store.usevar("accounts").unwrap();
    accounts.set(HashMap::from([("one", 50)]));
    accounts.commit().unwrap();
    let mut mine = accounts.clear().unwrap();
    mine.insert("one", 0);
    accounts.set(mine);
    let stored = store.usevar("accounts").unwrap();
    assert_eq!(stored.value().unwrap()["one"], 50);
}

#[test]
fn a_value_can_be_taken_back_to_nothing() {
    let store = Store::new();
    let mut fork = store.usevar("fork").unwrap();
    fork.set("Plato");
    fork.commit().unwrap();
    assert_eq!(fork.clear(), Some("Plato"));
    fork.commit().unwrap();
    let fork = store.usevar("fork").unwrap();
    assert_eq!((fork.value(), fork.version()), (None, 2));
}

#[test]
#[should_panic(expected = "no \"c\" in this collection; it was made with [\"a\", \"b\"]")]
fn a_key_that_was_not_asked_for_is_named() {
    let both = Store::<u8>::new().using(["a", "b"]).unwrap();
    let _ = both["c"].value();
}

/// Looks at the store that it lies in, whenever it is copied.
struct Nosy {
    store: Store<Nosy>,
    found_busy: std::sync::Arc<AtomicUsize>,
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        if let Err(BusyRetry) = self.store.usevar("other").map(drop) {
            self.found_busy.fetch_add(1, Ordering::SeqCst);
        }
        Nosy { store: self.store.clone(), found_busy: self.found_busy.clone() }
    }
}

#[test]
fn whoever_finds_the_store_in_use_is_told_so_and_does_not_wait() {
    let store = Store::new();
    let found_busy = std::sync::Arc::new(AtomicUsize::new(0));
    let mut nosy = store.usevar("nosy").unwrap();
    nosy.set(Nosy { store: store.clone(), found_busy: found_busy.clone() });
    nosy.commit().unwrap();
    // Copies for a commit are made while the store is free, copies out of it are not.
    assert_eq!(found_busy.load(Ordering::SeqCst), 0);
    drop(store.usevar("nosy").unwrap());
    assert_eq!(found_busy.load(Ordering::SeqCst), 1);
    assert_eq!(CommitError::from(BusyRetry), CommitError::BusyRetry);
    assert_eq!(BusyRetry.to_string(), "the store is in use, try again");
}

#[test]
fn a_panic_of_a_value_does_not_lock_the_store_for_ever() {
    struct Bomb(bool);
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            assert!(!self.0, "it was armed");
            Bomb(true)
        }
    }
    let store = Store::new();
    let mut bomb = store.usevar("bomb").unwrap();
    bomb.set(Bomb(false));
    bomb.commit().unwrap();
    let other = store.clone();
    assert!(std::thread::spawn(move || drop(other.usevar("bomb"))).join().is_err());
    assert!(store.usevar("another").is_ok());
}

#[test]
fn no_update_is_lost_among_threads() {
    const THREADS: u64 = 4;
    const EACH: u64 = 500;
    let store = Store::new();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut done = 0;
                while done < EACH {
                    let Ok(mut count) = store.usevar("count") else { continue };
                    count.set(count.value().copied().unwrap_or(0) + 1);
                    let committed = loop {
                        match count.commit() {
                            Err(CommitError::BusyRetry) => std::thread::yield_now(),
                            other => break other,
                        }
                    };
                    done += u64::from(committed.is_ok());
                }
            });
        }
    });
    let count = store.usevar("count").unwrap();
    assert_eq!((count.value(), count.version()), (Some(&(THREADS * EACH)), THREADS * EACH));
}

const PHILOSOPHERS: usize = 5;

fn forks(seat: usize) -> [String; 2] {
    [seat, (seat + 1) % PHILOSOPHERS].map(|fork| format!("fork.{fork}"))
}

/// Takes both forks, if nobody has one of them.
fn take_forks(store: &Store<usize>, seat: usize) -> bool {
    let Ok(mut both) = store.using(forks(seat)) else { return false };
    if both.values().any(|fork| fork.value().is_some()) {
        return false;
    }
    both.values_mut().for_each(|fork| fork.set(seat));
    both.commit().is_ok()
}

/// Puts both forks back. Nobody else commits them meanwhile, so nothing but a busy store can be in the way.
fn release_forks(store: &Store<usize>, seat: usize) -> bool {
    let Ok(mut both) = store.using(forks(seat)) else { return false };
    assert!(both.values().all(|fork| fork.value() == Some(&seat)), "{both:?} at seat {seat}");
    for fork in both.values_mut() {
        fork.clear();
    }
    both.commit().is_ok()
}

#[test]
fn philosophers_who_are_threads_all_eat_and_nobody_uses_a_fork_of_another() {
    const MEALS: usize = 50;
    let store = Store::new();
    let eaten = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for seat in 0..PHILOSOPHERS {
            let (store, eaten) = (&store, &eaten);
            scope.spawn(move || {
                for _ in 0..MEALS {
                    while !take_forks(store, seat) {
                        std::thread::yield_now();
                    }
                    eaten.fetch_add(1, Ordering::SeqCst);
                    while !release_forks(store, seat) {
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    assert_eq!(eaten.into_inner(), PHILOSOPHERS * MEALS);
    let table = store.using((0..PHILOSOPHERS).map(|fork| format!("fork.{fork}"))).unwrap();
    assert!(table.values().all(|fork| fork.value().is_none()));
}

/// Thinks for some passes, eats for some, ten times.
struct Philosopher {
    seat: usize,
    store: Store<usize>,
}

impl Component for Philosopher {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for meal in 0..10usize {
            while !take_forks(&self.store, self.seat) {
                cx.yield_now().await;
            }
            cx.send("outbox", meal)?;
            for _ in 0..3 {
                cx.yield_now().await;
            }
            while !release_forks(&self.store, self.seat) {
                cx.yield_now().await;
            }
            for _ in 0..=self.seat {
                cx.yield_now().await;
            }
        }
        Ok(())
    }
}

#[test]
fn philosophers_who_are_components_all_eat() {
    let store = Store::new();
    let mut scheduler = Scheduler::new();
    let table = scheduler.add(NullSinkComponent::new());
    let cx = scheduler.context(&table);
    for seat in 0..PHILOSOPHERS {
        let philosopher = scheduler.activate(Philosopher { seat, store: store.clone() });
        let inbox = cx.add_inbox("meals");
        cx.link((&philosopher, "outbox"), (&table, &inbox)).unwrap();
    }
    scheduler.run().unwrap();
    let meals: Vec<usize> = cx.inboxes(&table).iter().map(|inbox| cx.data_ready(inbox)).collect();
    assert_eq!(meals.iter().sum::<usize>(), 10 * PHILOSOPHERS);
}

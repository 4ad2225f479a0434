//! The memory that all connections of one server hold, and its limit.
//!
//! After each of its turns a connection reports how many bytes wait in it and in the boxes on both of its sides.
//! Above the limit, the server accepts no clients, and a connection that holds its share or more is not read from.
//! Nothing is refused or lost: what is not read waits at the peer.
//!
//! *Differs from Kamaelia:* there nothing bounds it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use axon::{ComponentRef, Context, LogLimit};

use crate::by_component::ByComponent;

/// What the connections of a server hold together, on however many schedulers it is.
#[derive(Debug)]
pub(crate) struct Totals {
    limit: usize,
    held: AtomicUsize,
    connections: AtomicUsize,
    /// The servers on other schedulers, by number: woken when less than the limit is held again.
    servers: Mutex<BTreeMap<usize, Waker>>,
}

impl Totals {
    pub(crate) fn is_over(&self) -> bool {
        self.held.load(Ordering::SeqCst) > self.limit
    }

    /// Wakes this server when less than the limit is held again.
    pub(crate) fn tells(&self, number: usize, server: Waker) {
        let before = self.servers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, server);
        drop(before);
    }

    /// A connection holds `after` bytes and not `before`. Whether the limit was exceeded before, and is now.
    fn change(&self, before: usize, after: usize) -> (bool, bool) {
        let was = match after.checked_sub(before) {
            Some(more) => self.held.fetch_add(more, Ordering::SeqCst),
            None => self.held.fetch_sub(before - after, Ordering::SeqCst),
        };
        let (was_over, is_over) = (was > self.limit, was - before + after > self.limit);
        if was_over && !is_over {
            let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
            servers.values().for_each(Waker::wake_by_ref);
        }
        (was_over, is_over)
    }
}

/// The memory of one server. A server without a limit has none.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) totals: Arc<Totals>,
    /// Connections that are not read from until less is held.
    waiting: RefCell<ByComponent<()>>,
    log: RefCell<LogLimit>,
}

/// What a connection has to do after it reported how much it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Nothing,
    /// All together hold less than the limit again: the server is to be told.
    BelowAgain,
}

impl Memory {
    #[track_caller]
    pub(crate) fn new(limit: usize) -> Self {
        assert!(limit > 0, "memory = 0: nothing could be received or sent; at least 1 byte");
        let (held, connections) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Memory::with(Arc::new(Totals { limit, held, connections, servers: Mutex::default() }))
    }

    /// A part of a server that has these in common with its other parts.
    pub(crate) fn with(totals: Arc<Totals>) -> Self {
        Memory { totals, waiting: RefCell::default(), log: RefCell::default() }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.totals.is_over()
    }

    /// The connections that wait, if less than the limit is held now.
    pub(crate) fn take_waiting(&self) -> Vec<ComponentRef> {
        if self.is_over() { Vec::new() } else { self.waiting.take().into_keys().collect() }
    }

    /// How many bytes one connection may hold while the limit is exceeded.
    fn share(&self) -> usize {
        self.totals.limit / (2 * self.totals.connections.load(Ordering::SeqCst).max(1))
    }
}

/// What one connection holds.
#[derive(Debug)]
pub(crate) struct Share {
    memory: Rc<Memory>,
    /// What it reported last.
    held: usize,
}

impl Share {
    pub(crate) fn new(memory: Rc<Memory>) -> Self {
        memory.totals.connections.fetch_add(1, Ordering::SeqCst);
        Share { memory, held: 0 }
    }

    /// Reports how many bytes the connection holds now.
    pub(crate) fn tell(&mut self, cx: &Context, held: usize) -> Told {
        let memory = &self.memory;
        match memory.totals.change(mem::replace(&mut self.held, held), held) {
            (true, false) => Told::BelowAgain,
            (false, true) => {
                if let Some(more) = memory.log.borrow_mut().admit(cx.now()) {
                    let Totals { limit, held, connections, .. } = &*memory.totals;
                    let (held, connections) =
                        (held.load(Ordering::SeqCst), connections.load(Ordering::SeqCst));
                    log::warn!(
                        "{connections} connections hold {held} bytes, more than the limit of {limit}: until they \
                         hold less, no client is accepted, and those that hold most are not read from{more}"
                    );
                }
                Told::Nothing
            }
            _ => Told::Nothing,
        }
    }

    /// How many more bytes may be read, after `since` bytes were read since the last report.
    pub(crate) fn room(&self, since: usize) -> usize {
        let totals = &self.memory.totals;
        if totals.held.load(Ordering::SeqCst) + since <= totals.limit {
            return usize::MAX;
        }
        self.memory.share().saturating_sub(self.held + since)
    }

    /// Whether the connection must not be read from now. If so, it is woken when that may have changed.
    pub(crate) fn is_used_up(&self, me: &ComponentRef) -> bool {
        let is_used_up = self.room(0) == 0;
        if is_used_up {
            self.memory.waiting.borrow_mut().insert(me.clone(), ());
        }
        is_used_up
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.totals.change(self.held, 0);
        self.memory.totals.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

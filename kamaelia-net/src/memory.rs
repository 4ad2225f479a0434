//! The memory that all connections of one server hold, and its limit.
//!
//! After each of its turns a connection reports how many bytes wait in it and in the boxes on both of its sides.
//! Above the limit, the server accepts no clients, and a connection that holds its share or more is not read from.
//! Nothing is refused or lost: what is not read waits at the peer.
//!
//! *Differs from Kamaelia:* there nothing bounds it.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;

use axon::{ComponentRef, Context, LogLimit};

use crate::by_component::ByComponent;

/// The memory of one server. A server without a limit has none.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    held: Cell<usize>,
    connections: Cell<usize>,
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
        Memory {
            limit,
            held: Cell::default(),
            connections: Cell::default(),
            waiting: RefCell::default(),
            log: RefCell::default(),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.held.get() > self.limit
    }

    /// The connections that wait, if less than the limit is held now.
    pub(crate) fn take_waiting(&self) -> Vec<ComponentRef> {
        if self.is_over() { Vec::new() } else { self.waiting.take().into_keys().collect() }
    }

    /// How many bytes one connection may hold while the limit is exceeded.
    fn share(&self) -> usize {
        self.limit / (2 * self.connections.get().max(1))
    }

    fn change(&self, before: usize, after: usize) {
        self.held.set(self.held.get() - before + after);
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
        memory.connections.set(memory.connections.get() + 1);
        Share { memory, held: 0 }
    }

    /// Reports how many bytes the connection holds now.
    pub(crate) fn tell(&mut self, cx: &Context, held: usize) -> Told {
        let memory = &self.memory;
        let was_over = memory.is_over();
        memory.change(mem::replace(&mut self.held, held), held);
        match (was_over, memory.is_over()) {
            (true, false) => Told::BelowAgain,
            (false, true) => {
                if let Some(more) = memory.log.borrow_mut().admit(cx.now()) {
                    let (held, limit, connections) =
                        (memory.held.get(), memory.limit, memory.connections.get());
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
        if self.memory.held.get() + since <= self.memory.limit {
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
        self.memory.change(self.held, 0);
        self.memory.connections.set(self.memory.connections.get() - 1);
    }
}

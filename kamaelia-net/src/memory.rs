//! How much all connections of one server hold, and how much they may.
//!
//! A connection says after each of its turns what waits in it and in the boxes at both of its sides. Above the
//! limit, the server accepts nobody, and a connection that holds its share or more is not read from. Nothing is
//! refused and nothing lost: what is not read waits at the peer.
//!
//! *Differs from Kamaelia:* there nothing bounds it.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;

use axon::{ComponentRef, Context};

use crate::log_limit::LogLimit;

/// The memory of one server. A server without a limit has none.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    held: Cell<usize>,
    connections: Cell<usize>,
    /// Connections that are not read from until less is held.
    waiting: RefCell<Vec<ComponentRef>>,
    log: RefCell<LogLimit>,
}

/// What came of a connection's saying how much it holds.
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

    /// Those who wait, if there is room for them now.
    pub(crate) fn take_waiting(&self) -> Vec<ComponentRef> {
        if self.is_over() { Vec::new() } else { mem::take(&mut *self.waiting.borrow_mut()) }
    }

    /// What one connection may hold while all together hold too much.
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
    /// What it has said last.
    held: usize,
}

impl Share {
    pub(crate) fn new(memory: Rc<Memory>) -> Self {
        memory.connections.set(memory.connections.get() + 1);
        Share { memory, held: 0 }
    }

    /// Says how much the connection holds now.
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
                        "{connections} connections hold {held} bytes together, and {limit} are the limit: nobody \
                         is accepted, and those that hold most are not read from, until it is less{more}"
                    );
                }
                Told::Nothing
            }
            _ => Told::Nothing,
        }
    }

    /// How many more bytes may be read, if so many were since it said last what it holds.
    pub(crate) fn room(&self, since: usize) -> usize {
        if self.memory.held.get() + since <= self.memory.limit {
            return usize::MAX;
        }
        self.memory.share().saturating_sub(self.held + since)
    }

    /// Whether the connection is not to be read from now. Then it is woken when that may be otherwise.
    pub(crate) fn is_used_up(&self, me: &ComponentRef) -> bool {
        let is_used_up = self.room(0) == 0;
        if is_used_up {
            let mut waiting = self.memory.waiting.borrow_mut();
            if !waiting.contains(me) {
                waiting.push(me.clone());
            }
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

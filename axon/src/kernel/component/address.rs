//! An inbox that is looked up once, for a component that often delivers to it without a linkage.
//!
//! *Differs from Kamaelia*, which has no such thing: there the Selector makes an outbox and a linkage for each
//! component that asks. Here it answers thousands of connections directly, and keeps the address of each instead of
//! looking its name up for every answer.

use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::{Mutex, PoisonError};

use super::context::Context;
use super::family::Endpoint;
use crate::kernel::boxes::BoxId;
use crate::kernel::error::{SendError, UnknownBoxError};
use crate::kernel::id::ComponentRef;
use crate::kernel::message::{Message, Payload};
use crate::kernel::queue::Stage;
use crate::kernel::side::Side;
use crate::kernel::system::System;

/// An inbox of a component, found by [`Context::address`], to put messages into with
/// [`Context::deliver_at`]. While it exists the component's boxes do, as with a [`ComponentRef`].
pub struct Address {
    component: ComponentRef,
    /// Invariant: the scheduler that the component lives in. It is compared and never used.
    host: Weak<System>,
    inbox: Found,
}

/// Where the inbox is.
enum Found {
    /// A declared box keeps its place as long as its component is referred to.
    Declared(u32),
    /// A box that was added can be deleted, and its place be another's: its name is looked up each time.
    Added(Box<str>),
}

/// A message could not be delivered at an [`Address`]. The message is inside.
#[derive(Debug)]
pub enum UndeliveredError {
    /// The box is full. The sender is woken when there is room.
    Full(SendError),
    /// The component has ended, or the box was deleted: nobody would ever read it.
    Gone(Gone),
}

/// Nobody is left at an [`Address`]. The message is inside.
pub struct Gone(Box<(String, Mutex<Message>)>);

impl Context {
    /// Finds an inbox of a component for [`Context::deliver_at`].
    ///
    /// # Errors
    ///
    /// If the component has no such inbox.
    ///
    /// # Panics
    ///
    /// If the component lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let child = cx.add_child(axon::util::ConsoleEchoer::new());
    /// let console = cx.address((&child, "inbox"))?;
    /// for line in ["one\n", "two\n"] {
    ///     cx.deliver_at(&console, line)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn address(&self, (component, inbox): Endpoint<'_>) -> Result<Address, UnknownBoxError> {
        let component = self.here(component);
        let inbox = self.system.with(|state| {
            let found = state.find(component, inbox, Side::Inbox)?;
            Ok(match state.declaration(component, found) {
                Some(_) => Found::Declared(found.index()),
                None => Found::Added(inbox.into()),
            })
        })?;
        Ok(Address { component: component.clone(), host: Rc::downgrade(&self.system), inbox })
    }

    /// Puts a payload into an inbox of another component, as [`Context::deliver_to`] does, but without looking the
    /// name up; and if the component has ended, it gives the message back instead of dropping it.
    ///
    /// # Errors
    ///
    /// If the inbox is full, its component has ended, or it was deleted; the message is inside the error.
    ///
    /// # Panics
    ///
    /// If the component lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::{Component, Context};
    ///
    /// struct Twice;
    /// impl Component for Twice {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let own = cx.address((cx.me(), "inbox"))?;
    ///         cx.deliver_at(&own, 1u64)?;
    ///         cx.deliver_at(&own, 2u64)?;
    ///         assert_eq!(cx.next::<u64>("inbox").await? + cx.next::<u64>("inbox").await?, 3);
    ///         Ok(())
    ///     }
    /// }
    /// axon::run(Twice)?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[track_caller]
    pub fn deliver_at(&self, address: &Address, payload: impl Payload) -> Result<(), UndeliveredError> {
        if address.host.as_ptr() != Rc::as_ptr(&self.system) {
            // Panics with both names.
            self.here(&address.component);
        }
        let mut state = self.system.borrow();
        let inbox = match &address.inbox {
            Found::Declared(inbox) => *inbox,
            Found::Added(name) => match state.look_up(&address.component, name, Side::Inbox) {
                Some(found) => found.index(),
                None => return Err(address.gone(Message::new(payload))),
            },
        };
        let target = state.post.found_end(BoxId::inbox(inbox));
        let listener = state.post.inbox(target).listener();
        if state.run.places[listener as usize].stage == Stage::Ended {
            drop(state);
            return Err(address.gone(Message::new(payload)));
        }
        let put = state.put(target, payload, self.pid());
        drop(state);
        put.map_err(|refusal| UndeliveredError::Full(self.refused_directly(*refusal)))
    }
}

impl Address {
    /// The component that has the inbox.
    #[must_use]
    pub fn component(&self) -> &ComponentRef {
        &self.component
    }

    #[cold]
    fn gone(&self, message: Message) -> UndeliveredError {
        let who = match &self.inbox {
            Found::Declared(_) => format!("{} has ended", self.component),
            Found::Added(name) => format!("{} has ended, or has no inbox {name:?} any more", self.component),
        };
        UndeliveredError::Gone(Gone(Box::new((who, Mutex::new(message)))))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inbox {
            Found::Declared(_) => write!(f, "an inbox of {}", self.component),
            Found::Added(name) => write!(f, "{}.{name}", self.component),
        }
    }
}

impl UndeliveredError {
    /// The message.
    pub fn into_message(self) -> Message {
        match self {
            UndeliveredError::Full(error) => error.into_message(),
            UndeliveredError::Gone(Gone(gone)) => gone.1.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl fmt::Display for UndeliveredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UndeliveredError::Full(error) => error.fmt(f),
            UndeliveredError::Gone(gone) => gone.fmt(f),
        }
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody is left to deliver to: {}", self.0.0)
    }
}

impl fmt::Debug for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for UndeliveredError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            UndeliveredError::Full(error) => Some(error),
            UndeliveredError::Gone(_) => None,
        }
    }
}

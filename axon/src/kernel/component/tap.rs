//! Seeing the messages of a box as they pass.
//!
//! *Differs from Kamaelia:* there one puts a component between two others to see what they say.

use std::fmt;
use std::rc::Rc;

use super::context::Context;
use super::family::Endpoint;
use crate::kernel::error::UnknownBoxError;
use crate::kernel::side::Side;
use crate::kernel::system::System;

/// Sees what passes a box, until it is dropped: see [`Context::tap`].
pub struct Tap {
    system: Rc<System>,
    serial: u64,
    name: String,
}

/// What passed a box since the last time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Tapped {
    /// The first messages in their `Debug` form, of which large ones are cut off, as by
    /// [`Message::excerpt`](crate::Message::excerpt).
    pub messages: Vec<String>,
    /// How many more there were, which are not shown.
    pub others: u64,
}

impl Context {
    /// Sees the messages of a box as they pass: those that go out of an outbox or into an inbox, also where it is
    /// passed through. From now on they are kept as text for this component, and it is woken when there are some.
    /// At most so many are kept until they are read; the rest is counted.
    ///
    /// Those who send and receive notice nothing, except that each message takes a little longer while there is a
    /// tap. What comes by [`Remote`](crate::Remote) or [`Context::deliver_at`] is not seen.
    ///
    /// # Errors
    ///
    /// If the component has no such box.
    ///
    /// # Panics
    ///
    /// If it lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, ComponentRef, Context, Side};
    /// /// Shows what arrives at another component.
    /// struct Eavesdropper(ComponentRef);
    /// impl Component for Eavesdropper {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let tap = cx.tap((&self.0, "inbox"), Side::Inbox, 100)?;
    ///         while cx.told_to_end().is_none() {
    ///             let tapped = tap.take();
    ///             for message in tapped.messages {
    ///                 println!("{message}");
    ///             }
    ///             if tapped.others > 0 {
    ///                 println!("and {} more", tapped.others);
    ///             }
    ///             cx.pause().await;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn tap(
        &self,
        (component, name): Endpoint<'_>,
        side: Side,
        most: usize,
    ) -> Result<Tap, UnknownBoxError> {
        let component = self.here(component);
        self.system.with(|state| state.find(component, name, side))?;
        let of = (component.clone(), side, name.to_owned());
        let serial = self.system.begin_tap(of, self.pid(), most);
        Ok(Tap { system: Rc::clone(&self.system), serial, name: format!("{component}.{name}") })
    }
}

impl Tap {
    /// What has passed since the last time.
    pub fn take(&self) -> Tapped {
        let (messages, others) = self.system.taps.take(self.serial);
        Tapped { messages, others }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.system.end_tap(self.serial);
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tap({})", self.name)
    }
}

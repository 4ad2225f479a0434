//! Waiting for a service that will be registered, without polling.
//!
//! *Differs from Kamaelia:* there a component that starts before the service it needs fails, or polls the
//! tracker.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::context::Context;
use crate::kernel::id::ComponentRef;
use crate::kernel::queue::Reasons;

impl Context {
    /// Waits until a service of this name is registered, and returns the component and inbox that offer it:
    /// immediately, if it is registered already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// /// Sends its greeting to the component that offers the service "greetings", now or later.
    /// struct Guest;
    /// impl Component for Guest {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let (host, inbox) = cx.wait_for_service("greetings").await;
    ///         cx.link((cx.me(), "outbox"), (&host, &inbox))?;
    ///         cx.send("outbox", "hello")?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub async fn wait_for_service(&self, name: &str) -> (ComponentRef, String) {
        let waiting = Waiting { context: self, name: name.into() };
        poll_fn(|_| match self.tracker().retrieve_service(name) {
            Some(found) => Poll::Ready(found),
            None => {
                waiting.begin();
                Poll::Pending
            }
        })
        .await
    }
}

/// One wait: it is on the list from when it is first polled until it is dropped.
struct Waiting<'a> {
    context: &'a Context,
    name: Rc<str>,
}

impl Waiting<'_> {
    fn begin(&self) {
        let (system, me) = (&self.context.system, self.context.pid());
        system.with(|state| {
            let is_on_it = state.awaited.iter().any(|(name, of)| Rc::ptr_eq(name, &self.name) && *of == me);
            if !is_on_it {
                state.awaited.push((Rc::clone(&self.name), me));
            }
        });
        system.wait_for(Reasons::SERVICE);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.context.system.with(|state| state.awaited.retain(|(name, _)| !Rc::ptr_eq(name, &self.name)));
    }
}

//! Inboxes that a parent passes through to one child after another: the next child gets what the last one left
//! unread.
//!
//! A lent linkage is cut at the moment when the component it leads to ends. Messages that it left unread go back into
//! the lent inbox, in order, and later ones wait there. If the child had passed the inbox through to one of its own
//! children, they come back from there, even if that child ended before.
//!
//! *Differs from Kamaelia:* there they stay in the boxes of the ended child, and nobody reads them.

use super::context::Context;
use super::family::Endpoint;
use crate::kernel::boxes::Linkage;
use crate::kernel::error::LinkError;
use crate::kernel::side::Side;

impl Context {
    /// Passes an inbox through to a component, as [`Context::pass_through_inbox`] does, so that another can follow
    /// it. When that component ends, the linkage is cut, and what it had not read is in `outer` again, before
    /// anything newer. [`Seq`](crate::chassis::Seq), [`Carousel`](crate::chassis::Carousel) and
    /// [`Supervisor`](crate::chassis::Supervisor) do so.
    ///
    /// # Errors
    ///
    /// As [`Context::pass_through_inbox`].
    ///
    /// # Panics
    ///
    /// If one of the two components lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// /// Lets one echoer after another do the work, until one ends and nothing is left.
    /// struct Relay;
    /// impl Component for Relay {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         while cx.data_ready("inbox") > 0 {
    ///             let child = cx.add_child(axon::util::FirstOnly::new().ending());
    ///             cx.lend_inbox((cx.me(), "inbox"), (&child, "inbox"))?;
    ///             cx.activate(&child);
    ///             while !child.is_stopped() {
    ///                 cx.pause().await;
    ///             }
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn lend_inbox(&self, outer: Endpoint<'_>, inner: Endpoint<'_>) -> Result<Linkage, LinkError> {
        let (outer, inner) = ((self.here(outer.0), outer.1), (self.here(inner.0), inner.1));
        let linkage = self.pass_through_inbox(outer, inner)?;
        self.system.with(|state| {
            if let Some(outer) = state.look_up(outer.0, outer.1, Side::Inbox) {
                let link = state.post.route(outer).to;
                state.post.lend(link);
            }
        });
        Ok(linkage)
    }
}

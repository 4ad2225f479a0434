//! Inboxes that a parent passes through to one child after another: what one left unread is the next one's.
//!
//! A linkage that is lent is cut when the component it leads to ends, in the same moment. What that one left
//! unread goes back into the lent inbox, in order, and what arrives later waits there. If the child had passed
//! it on to one of its own children, also one that has ended before, it comes back from there.
//!
//! *Differs from Kamaelia:* there it lies in the boxes of the ended child, and nobody reads it.

use super::context::Context;
use super::family::Endpoint;
use crate::kernel::boxes::Linkage;
use crate::kernel::error::LinkError;
use crate::kernel::side::Side;

impl Context {
    /// Passes an inbox through to a component that another may follow, as [`Context::pass_through_inbox`]
    /// does. When that component ends, the linkage is cut, and what it had not read is in `outer` again, before
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

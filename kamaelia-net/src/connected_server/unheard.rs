//! What tells a handler that nobody hears it any more.
//!
//! An outbox that is not linked discards what is sent, as it may be linked later. A handler whose client has gone
//! would work on without an end.

use axon::{Component, ComponentRef, Context, Result};

use super::serving::lead_to;

/// A component that has ended.
struct Nobody;

impl Component for Nobody {
    async fn main(&mut self, _: &Context) -> Result {
        Ok(())
    }
}

/// Cuts the linkages with a component whose client has gone. From now on it is told that its receiver has ended when it
/// sends. Returns that receiver, a child that is removed when the component has ended.
pub(crate) fn leave_unheard(cx: &Context, component: &ComponentRef) -> ComponentRef {
    cx.unlink_component(component);
    let nobody = cx.add_child(Nobody);
    cx.stop(&nobody);
    lead_to(cx, component, &nobody);
    nobody
}

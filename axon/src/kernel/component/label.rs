//! What a parent calls its child: a word that reports show before the child's own name.
//!
//! *Differs from Kamaelia:* there only the Graphline itself knows the names of its components.

use super::context::Context;
use crate::kernel::id::ComponentRef;

impl Context {
    /// Calls a child by a name: reports, snapshots and the paths in errors show `left (Join_2)` from now
    /// on, where they showed `Join_2`. The component's own [`name`](ComponentRef::name) stays as it is.
    ///
    /// # Panics
    ///
    /// If it is not a child of this component.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::{Component, Context};
    ///
    /// struct Fragile;
    /// impl Component for Fragile {
    ///     async fn main(&mut self, _: &Context) -> axon::Result {
    ///         Err("it is empty".into())
    ///     }
    /// }
    ///
    /// struct Cupboard;
    /// impl Component for Cupboard {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let child = cx.add_child(Fragile);
    ///         cx.call_child(&child, "vase");
    ///         cx.activate(child);
    ///         cx.pause().await;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let failed = axon::run(Cupboard).unwrap_err();
    /// assert_eq!(failed.to_string(), "Cupboard_1 / vase (Fragile_2) failed: it is empty");
    /// ```
    #[track_caller]
    pub fn call_child(&self, child: &ComponentRef, name: impl Into<Box<str>>) {
        let (me, place) = (self.pid(), self.here(child).0.pid.index);
        let is_child = self.system.with(|state| {
            let is_child = state.families.parents(state.record(place).parents).any(|parent| parent == me);
            if is_child {
                state.labels.insert(place, name.into());
            }
            is_child
        });
        assert!(is_child, "{child} is no child of {}, who wants to name it", self.me());
    }
}

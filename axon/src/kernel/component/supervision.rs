//! Supervision: the failure of a component is reported to its parent, instead of ending the run.
//!
//! *Differs from Kamaelia:* there any uncaught error ends everything (B12). Here it does so by default, and a parent
//! can supervise a child to handle its failure itself.
//!
//! The rule: a failure goes up the family, from the component to its parent, until it meets one that is
//! *supervised*. That one counts as failed, with all its descendants: those that still run are stopped,
//! the youngest first, and the supervisor is woken. What lay unread in an inner box to which an inbox of
//! the failed one was passed through is put back into that inbox, in order; what lay in other boxes
//! inside is lost, and the log says how much it was. Without a supervised ancestor the run ends.

use super::context::Context;
use crate::kernel::error::Failure;
use crate::kernel::id::ComponentRef;
use crate::kernel::system::State;

impl Context {
    /// Supervises a child: its failure does not end the run. Instead the child and all its descendants end, this
    /// component is woken, and [`Context::failure_of`] says what happened. This lasts until the child is removed or
    /// this component ends.
    ///
    /// [`Supervisor`](crate::chassis::Supervisor) is built on this.
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
    ///         Err("the disk is full".into())
    ///     }
    /// }
    ///
    /// struct Careful;
    /// impl Component for Careful {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let child = cx.add_child(Fragile);
    ///         cx.supervise(&child);
    ///         cx.activate(&child);
    ///         while !child.is_stopped() {
    ///             cx.pause().await;
    ///         }
    ///         let failure = cx.failure_of(&child).expect("it always fails");
    ///         assert!(failure.to_string().ends_with("failed: the disk is full"));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// axon::run(Careful)?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[track_caller]
    pub fn supervise(&self, child: &ComponentRef) {
        let parents = |state: &State| state.record(self.here(child).0.pid.index).parents;
        let is_child = self.system.with(|state| state.families.supervise(parents(state), self.pid()));
        assert!(is_child, "{child} is no child of {}, who wants to supervise it", self.me());
    }

    /// How a supervised component failed; `None` if it runs, has ended without a failure, or was stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// for child in cx.children() {
    ///     if let Some(failure) = cx.failure_of(&child) {
    ///         println!("{failure}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn failure_of(&self, component: &ComponentRef) -> Option<Failure> {
        let index = self.here(component).0.pid.index;
        self.system.with(|state| state.record(index).ties.as_ref()?.failure.clone())
    }
}

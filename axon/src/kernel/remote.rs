//! A scheduler as other threads see it.
//!
//! *Differs from Kamaelia:* there any thread may put a wake request into the scheduler's queue, and
//! nothing else is safe.

use std::sync::Arc;
use std::time::Duration;

use super::error::SchedulerGone;
use super::id::ComponentRef;
use super::message::{Message, Payload};
use super::microprocess::Reasons;
use super::postbox::BoxId;
use super::system::{StopOrder, System};
use super::wake::{Call, Door, Hold};

/// A handle on a scheduler for other threads. While one exists, a run in which all sleep waits for it.
///
/// What it asks for is done between two passes, in the order of asking.
#[derive(Clone, Debug)]
pub struct Remote {
    hold: Hold<System>,
}

impl Remote {
    pub(super) fn new(door: &Arc<Door<System>>) -> Self {
        Remote { hold: Hold::new(door) }
    }

    /// Wakes a component, as `Context::unpause` does.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn unpause(&self, component: &ComponentRef) -> Result<(), SchedulerGone> {
        let pid = component.0.pid;
        self.leave(move |system| {
            system.with(|state| state.wake_pid(pid, Reasons::UNPAUSED));
        })
    }

    /// Puts a message into a component's inbox. The inbox's size does not limit this.
    ///
    /// A component without such an inbox does not get it: that is logged as an error, with the names
    /// of those it has.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn deliver(
        &self,
        component: &ComponentRef,
        inbox: &str,
        payload: impl Payload,
    ) -> Result<(), SchedulerGone> {
        let (component, inbox, message) = (component.clone(), inbox.to_owned(), Message::new(payload));
        self.leave(move |system| {
            if let Err(unknown) = system.force(&component, &inbox, message) {
                log::error!(target: "axon", "a message from outside found no inbox: {unknown}");
            }
        })
    }

    /// Stops all components at once, in the reverse order of activation; the run returns.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop(&self) -> Result<(), SchedulerGone> {
        self.leave(|system| system.order_stop(StopOrder::AtOnce))
    }

    /// Tells all components without a parent to stop, and gives them this time to end.
    /// The run's result names those that did not.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop_within(&self, time: Duration) -> Result<(), SchedulerGone> {
        self.leave(move |system| system.order_stop(StopOrder::Within(time)))
    }

    pub(super) fn leave(
        &self,
        work: impl FnOnce(&std::rc::Rc<System>) + Send + 'static,
    ) -> Result<(), SchedulerGone> {
        self.hold.0.leave(Call::Do(Box::new(work)))
    }
}

impl System {
    /// Puts a message into an inbox whatever its size.
    fn force(
        &self,
        component: &ComponentRef,
        inbox: &str,
        message: Message,
    ) -> Result<(), super::unknown_box::UnknownBox> {
        // What is not delivered is dropped when no borrow is alive.
        let (result, _unread) = self.with(|state| match state.find(component, inbox, false) {
            Ok(found) => {
                let target = state.post.route(BoxId::inbox(found.index())).target;
                (Ok(()), state.put_at_once(target, message, component.0.pid))
            }
            Err(unknown) => (Err(unknown), Some(message)),
        });
        result
    }

    /// Puts a control message into a component's `control`, if it has one.
    pub(super) fn tell(&self, component: &ComponentRef, message: Message) {
        // A component without `control` cannot be told, and is stopped in time.
        let _ = self.force(component, super::boxes::CONTROL, message);
    }
}

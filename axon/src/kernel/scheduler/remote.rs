//! A scheduler as other threads see it.
//!
//! *Differs from Kamaelia:* there any thread may put a wake request into the scheduler's queue, and
//! nothing else is safe.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::kernel::error::SchedulerGoneError;
use crate::kernel::id::ComponentRef;
use crate::kernel::message::{Message, Payload};
use crate::kernel::outside::{Call, Hold, Inbound, Kind};
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;
use crate::kernel::system::{StopOrder, System};

/// A handle on a scheduler for other threads. While one exists, a run in which all sleep waits for it.
///
/// Its calls are carried out between two passes, in the order in which they were made.
#[derive(Clone, Debug)]
pub struct Remote {
    hold: Hold<System>,
}

impl Remote {
    pub(in crate::kernel) fn new(inbound: &Arc<Inbound<System>>) -> Self {
        Remote { hold: Hold::new(inbound) }
    }

    /// A remote for code that runs on another scheduler, which `holder` is a remote of, and nowhere else.
    ///
    /// It does not keep a run alive in which all sleep while all sleep on that scheduler too, and neither can be woken from
    /// anywhere else: both runs then return [`RunError::Stuck`](crate::RunError::Stuck), and report all who sleep.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::Scheduler;
    /// let (mut here, mut there) = (Scheduler::new(), Scheduler::new());
    /// let for_there = here.remote().held_by(&there.remote());
    /// # drop(for_there);
    /// # here.run().unwrap();
    /// # there.run().unwrap();
    /// ```
    #[must_use]
    pub fn held_by(self, holder: &Remote) -> Remote {
        Remote { hold: Hold::of_scheduler(&self.hold.inbound, &holder.hold.inbound) }
    }

    /// Wakes a component, as `Context::unpause` does.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone, or the component lives in another.
    pub fn unpause(&self, component: &ComponentRef) -> Result<(), NotReachedError> {
        let pid = self.here(component)?.0.pid;
        Ok(self.leave(move |system| {
            system.with(|state| state.wake_pid(pid, Reasons::UNPAUSED));
        })?)
    }

    /// Puts a message into a component's inbox. The inbox's size does not limit this.
    ///
    /// A component without such an inbox does not get it: that is logged as an error, with the names
    /// of those it has.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone, or the component lives in another.
    pub fn deliver(
        &self,
        component: &ComponentRef,
        inbox: &str,
        payload: impl Payload,
    ) -> Result<(), NotReachedError> {
        let (component, inbox) = (self.here(component)?.clone(), inbox.to_owned());
        let message = Message::new(payload);
        Ok(self.leave(move |system| {
            if let Err(unknown) = system.force(&component, &inbox, message)
                && let Some(more) = system.admits(Kind::StrayMessages)
            {
                log::error!(target: "axon", "a message from outside found no inbox: {unknown}{more}");
            }
        })?)
    }

    /// A component that is in this scheduler.
    fn here<'a>(&self, component: &'a ComponentRef) -> Result<&'a ComponentRef, NotReachedError> {
        if component.lives_behind(&self.hold.inbound) {
            Ok(component)
        } else {
            Err(NotReachedError::LivesElsewhere { component: component.name() })
        }
    }

    /// Stops all components immediately, in the reverse order of activation; the run returns.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop(&self) -> Result<(), SchedulerGoneError> {
        self.leave(|system| system.order_stop(StopOrder::AtOnce))
    }

    /// Ends the run in an orderly way: components are told that no more will come, and have this time to finish what
    /// they have. Those without a parent are told, and tell the rest. Components that are left after four fifths of
    /// the time are told to stop immediately; services, such as the Selector, end last. Components that are left at
    /// the end of the time are stopped, and named in the run's result.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop_within(&self, time: Duration) -> Result<(), SchedulerGoneError> {
        self.leave(move |system| system.order_stop(StopOrder::Within(time)))
    }

    pub(in crate::kernel) fn leave(
        &self,
        work: impl FnOnce(&std::rc::Rc<System>) + Send + 'static,
    ) -> Result<(), SchedulerGoneError> {
        self.hold.inbound.leave(Call::new(work))
    }
}

/// Why a [`Remote`] could not reach a component.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NotReachedError {
    /// The scheduler is gone.
    SchedulerGone(SchedulerGoneError),
    /// The component lives in another scheduler than the remote's: it is reached by a remote of that.
    LivesElsewhere {
        /// Its name.
        component: String,
    },
}

impl fmt::Display for NotReachedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotReachedError::SchedulerGone(gone) => gone.fmt(f),
            NotReachedError::LivesElsewhere { component } => {
                write!(f, "{component} lives in another scheduler than this remote's: take a remote of that")
            }
        }
    }
}

impl std::error::Error for NotReachedError {}

impl From<SchedulerGoneError> for NotReachedError {
    fn from(gone: SchedulerGoneError) -> Self {
        NotReachedError::SchedulerGone(gone)
    }
}

/// What stops a scheduler from any thread, and does nothing else: for Ctrl-C, for a signal, for a button.
///
/// Unlike a [`Remote`] it keeps no run alive. A run in which all components sleep, and that only a stopper could end,
/// is reported as stuck.
///
/// # Examples
///
/// ```
/// use axon::Scheduler;
/// use std::time::Duration;
///
/// # struct Clock;
/// # impl axon::Component for Clock {
/// #     async fn main(&mut self, cx: &axon::Context) -> axon::Result {
/// #         while cx.told_to_end().is_none() {
/// #             cx.pause_for(Duration::from_secs(1)).await;
/// #         }
/// #         Ok(())
/// #     }
/// # }
/// let mut scheduler = Scheduler::new();
/// scheduler.activate(Clock);
/// let stopper = scheduler.stopper();
/// let on_ctrl_c = move || {
///     // It fails if the run is over.
///     let _ = stopper.stop_within(Duration::from_secs(5));
/// };
/// # on_ctrl_c();
/// scheduler.run()?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Clone)]
pub struct Stopper {
    inbound: Arc<Inbound<System>>,
}

impl Stopper {
    pub(in crate::kernel) fn new(inbound: &Arc<Inbound<System>>) -> Self {
        Stopper { inbound: Arc::clone(inbound) }
    }

    /// Stops all components immediately, as [`Remote::stop`] does.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop(&self) -> Result<(), SchedulerGoneError> {
        self.order(StopOrder::AtOnce)
    }

    /// Ends the run in an orderly way, as [`Remote::stop_within`] does.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    pub fn stop_within(&self, time: Duration) -> Result<(), SchedulerGoneError> {
        self.order(StopOrder::Within(time))
    }

    fn order(&self, order: StopOrder) -> Result<(), SchedulerGoneError> {
        self.inbound.leave(Call::new(move |system: &Rc<System>| system.order_stop(order)))
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopper")
    }
}

impl System {
    /// Puts a message into an inbox whatever its size.
    fn force(
        &self,
        component: &ComponentRef,
        inbox: &str,
        message: Message,
    ) -> Result<(), crate::kernel::error::UnknownBoxError> {
        // A message that is not delivered is dropped here, when no borrow is alive.
        let (result, unread) = self.with(|state| match state.find(component, inbox, Side::Inbox) {
            Ok(found) => {
                let target = state.post.end_of(found);
                (Ok(()), state.put_at_once(target, message, component.0.pid))
            }
            Err(unknown) => (Err(unknown), Some(message)),
        });
        self.drop_unread(component, unread);
        result
    }

    /// Puts a control message into a component's `control`, if it has one.
    pub(super) fn tell(&self, component: &ComponentRef, message: Message) {
        // A component without `control` cannot be told, and is stopped at the end of the time.
        let _ = self.force(component, crate::kernel::boxes::CONTROL, message);
    }
}

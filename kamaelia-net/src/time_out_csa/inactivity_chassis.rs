//! Ends a component from which nothing has come for a while.

use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, OUTBOX, ProducerFinished, Result, SIGNAL,
    time_after,
};

use super::activity_monitor::{ActivityMonitor, OBSERVED};
use crate::csa::boxes::CREATOR_FEEDBACK;

/// The inbox for news of activity.
const ACTIVITY: &str = "_activity";

/// Holds a component, and tells it `producerFinished` when nothing has come out of it for so long.
///
/// It has the boxes of the component, so that it can be used in its place. What counts is what comes *out* of
/// `outbox`, `signal` and `CreatorFeedback` of the component: of a connection, what was received. The component
/// is told once; what it does then is its own affair.
///
/// | inbox | what it takes |
/// |---|---|
/// | `_activity` | from a component of its own: something came out |
///
/// # Shutdown
///
/// It ends with its component, which gets what comes to `control`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::util::EchoProtocol;
/// use kamaelia_net::{InactivityChassis, Listen, SimpleServer};
///
/// // A client that makes the server say nothing for two minutes is disconnected.
/// let protocol = || InactivityChassis::new(EchoProtocol::new(), Duration::from_secs(120));
/// let server = SimpleServer::new(protocol, "127.0.0.1:0".parse::<Listen>()?).bind()?;
/// # let _ = server;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ExtendedInactivity")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct InactivityChassis<C> {
    component: Option<C>,
    boxes: Boxes,
    timeout: Duration,
}

impl<C: Component> InactivityChassis<C> {
    /// Holds this component.
    pub fn new(component: C, timeout: Duration) -> Self {
        let boxes = component.boxes().inbox(ACTIVITY, "something came out of the component");
        InactivityChassis { component: Some(component), boxes, timeout }
    }

    /// Links the component to this one's boxes, with a monitor behind what counts as activity.
    fn link(cx: &Context, component: &ComponentRef, monitor: &ComponentRef) -> Result {
        for inbox in cx.inboxes(component) {
            cx.pass_through_inbox((cx.me(), &inbox), (component, &inbox))?;
        }
        let observed =
            [(OUTBOX, INBOX, OUTBOX), (CREATOR_FEEDBACK, "inbox2", "outbox2"), (SIGNAL, CONTROL, SIGNAL)];
        for outbox in cx.outboxes(component) {
            match observed.iter().find(|(name, ..)| *name == outbox) {
                Some((name, inbox, passed_on)) => {
                    cx.link((component, name), (monitor, inbox))?;
                    cx.pass_through_outbox((monitor, passed_on), (cx.me(), name))?;
                }
                None => {
                    cx.pass_through_outbox((component, &outbox), (cx.me(), &outbox))?;
                }
            }
        }
        cx.link((monitor, OBSERVED), (cx.me(), ACTIVITY))?;
        Ok(())
    }
}

impl<C: Component> Component for InactivityChassis<C> {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let component = cx.add_child(self.component.take().ok_or("an InactivityChassis runs once")?);
        let monitor = cx.add_child(ActivityMonitor::new());
        Self::link(cx, &component, &monitor)?;
        cx.activate(&monitor);
        cx.activate(&component);
        let mut end = Some(time_after(cx.now(), self.timeout));
        while !component.is_stopped() {
            while cx.recv(ACTIVITY).is_some() {
                end = end.map(|_| time_after(cx.now(), self.timeout));
            }
            if end.is_some_and(|end| end <= cx.now()) {
                end = None;
                log::info!("{}: nothing came out of {component} for {:?}", cx.name(), self.timeout);
                cx.deliver_to(&component, CONTROL, ProducerFinished::new())?;
            }
            match end {
                Some(end) => cx.pause_until(end).await,
                None => cx.pause().await,
            }
        }
        if !monitor.is_stopped() {
            // In case the component has ended without a word.
            let _ = cx.deliver_to(&monitor, CONTROL, ProducerFinished::new());
        }
        while !monitor.is_stopped() {
            while cx.recv(ACTIVITY).is_some() {}
            cx.pause().await;
        }
        Ok(())
    }
}

/// Makes of a way to make components one that makes them with a time limit: see [`InactivityChassis`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::util::EchoProtocol;
/// use kamaelia_net::{Listen, SimpleServer, no_activity_timeout};
///
/// let protocol = no_activity_timeout(EchoProtocol::new, Duration::from_secs(2));
/// let server = SimpleServer::new(protocol, "127.0.0.1:0".parse::<Listen>()?);
/// # let _ = server;
/// # Ok::<(), kamaelia_net::listen::NoAddressError>(())
/// ```
#[doc(alias = "NoActivityTimeout")]
pub fn no_activity_timeout<C: Component>(
    mut make: impl FnMut() -> C,
    timeout: Duration,
) -> impl FnMut() -> InactivityChassis<C> {
    move || InactivityChassis::new(make(), timeout)
}

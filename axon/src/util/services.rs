//! Offers a component as a service, and uses services by name.
//!
//! Ported from `Kamaelia.Experimental.Services`.
//!
//! *Differs from Kamaelia:* a component that uses a service waits for it if it is not registered yet. What is sent to a
//! service to subscribe has a type of its own, [`Subscription`].

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::chassis::announce;
use crate::error::listed_for;
use crate::{Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, Message, Payload, Result};

use super::each::send_each;

/// The same component, with some of its inboxes offered as services.
///
/// Put it wherever the component would go: it has the same name, boxes and behaviour, and ends in the same way. The
/// services are registered on its first turn, and taken back when it has ended.
///
/// | inbox | what it takes |
/// |---|---|
/// | *each of the component's* | what the component takes |
///
/// | outbox | what it sends |
/// |---|---|
/// | *each of the component's* | what the component sends |
///
/// # Shutdown
///
/// The component's.
///
/// # Errors
///
/// If there is a service of that name already.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, RegisterService, ToService};
///
/// let received = Received::<i32>::new();
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![DataSource::new([1, 2, 3]), ToService::new("NUMBERS")]);
/// scheduler.activate(RegisterService::new(DataSink::new(&received)).service("NUMBERS", "inbox"));
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// assert_eq!(received.take(), [1, 2, 3]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct RegisterService<C> {
    component: C,
    boxes: Boxes,
    services: Vec<(String, &'static str)>,
}

crate::debug_by_name!(RegisterService<C>);

impl<C: Component> RegisterService<C> {
    /// The component, which offers nothing yet.
    pub fn new(component: C) -> Self {
        RegisterService { boxes: component.boxes(), component, services: Vec::new() }
    }

    /// Offers an inbox under this name, too.
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    #[track_caller]
    pub fn service(mut self, name: impl Into<String>, inbox: &'static str) -> Self {
        let (kind, known) = (self.component.kind(), self.boxes.inboxes());
        assert!(
            known.contains(&inbox),
            "{kind} has no inbox {inbox:?} to offer; it has {}",
            listed_for(inbox, &known)
        );
        self.services.push((name.into(), inbox));
        self
    }
}

impl<C: Component> Component for RegisterService<C> {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.component.kind()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for (name, inbox) in &self.services {
            cx.register_service(name, (cx.me(), inbox))?;
        }
        self.component.main(cx).await
    }
}

/// What a [`Subscribe`] sends to a service.
#[derive(Clone, Debug)]
pub enum Subscription<T> {
    /// From now on `request` is wanted at this inbox.
    Add {
        /// What is wanted.
        request: T,
        /// Who wants it, and in which inbox.
        to: (ComponentRef, &'static str),
    },
    /// `request` is no longer wanted there.
    Remove {
        /// What was wanted.
        request: T,
        /// Who wanted it, and in which inbox.
        to: (ComponentRef, &'static str),
    },
}

/// Subscribes to a service, and sends on what it gets from there.
///
/// It waits until the service is registered, sends it a [`Subscription::Add`] for each request, and at its end a
/// [`Subscription::Remove`] for each, the last one first. What the service sends to its `inbox`, and anybody else, it
/// sends on.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the service sends |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same |
/// | `signal` | control messages |
/// | `_toService` | for its own use: requests to the service |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: takes its requests back, passes it on and ends.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, Received, RegisterService, Subscribe, Subscription};
/// use axon::{Component, Context};
///
/// /// Counts up to what each subscriber asks for.
/// struct Counter;
/// impl Component for Counter {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         while let Some(subscription) = cx.next_or_end::<Subscription<u32>>("inbox").await? {
///             if let Subscription::Add { request, to: (who, inbox) } = subscription {
///                 for number in 1..=request {
///                     cx.deliver_to(&who, inbox, number)?;
///                 }
///             }
///         }
///         Ok(())
///     }
/// }
///
/// let received = Received::<u32>::new();
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![Subscribe::new("COUNT", [3u32]), DataSink::new(&received)]);
/// scheduler.activate(RegisterService::new(Counter).service("COUNT", "inbox"));
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// assert_eq!(received.take(), [1, 2, 3]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Subscribe<T> {
    service: String,
    requests: Vec<T>,
}

crate::debug_by_name!(Subscribe<T>);

impl<T: Payload + Clone> Subscribe<T> {
    /// Sends these requests to the service.
    #[doc(alias = "servicename")]
    pub fn new(service: impl Into<String>, requests: impl IntoIterator<Item = T>) -> Self {
        Subscribe { service: service.into(), requests: requests.into_iter().collect() }
    }
}

impl<T: Payload + Clone> Component for Subscribe<T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("_toService", "requests to the service")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (service, inbox) = match found_or_told(cx, &self.service).await {
            Ok(found) => found,
            Err(notice) => {
                announce(cx, notice).await;
                return Ok(());
            }
        };
        cx.link((cx.me(), "_toService"), (&service, &inbox))?;
        let to = || (cx.me().clone(), INBOX);
        for request in self.requests.iter().cloned() {
            cx.send_when_room("_toService", Subscription::Add { request, to: to() }).await?;
        }
        let notice = loop {
            while let Some(message) = cx.recv(INBOX) {
                send_each(cx, message).await?;
            }
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        for request in self.requests.iter().rev().cloned() {
            // A service that has ended needs no word.
            let _ = cx.send_when_room("_toService", Subscription::Remove { request, to: to() }).await;
        }
        announce(cx, notice).await;
        Ok(())
    }
}

/// Sends what it receives to a service.
///
/// It waits until the service is registered; what arrives meanwhile waits too. Then its `inbox` is passed through to
/// that of the service, which costs nothing a message.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the service |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: waits for the service if data waits for it, passes it on and ends. `ShutdownMicroprocess`:
/// passes it on and ends immediately. The service is not told.
///
/// # Examples
///
/// See [`RegisterService`].
#[must_use = "a component does nothing until it is activated"]
pub struct ToService {
    service: String,
}

crate::debug_by_name!(ToService);

impl ToService {
    /// Sends to the service of this name.
    #[doc(alias = "toService")]
    pub fn new(service: impl Into<String>) -> Self {
        ToService { service: service.into() }
    }
}

impl Component for ToService {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut told: Option<Message> = None;
        let (service, inbox) = loop {
            match found_or_told(cx, &self.service).await {
                Ok(found) => break found,
                Err(notice)
                    if notice.ending() == Some(Ending::ProducerFinished) && cx.data_ready(INBOX) > 0 =>
                {
                    told = Some(notice);
                }
                Err(notice) => {
                    announce(cx, notice).await;
                    return Ok(());
                }
            }
        };
        cx.pass_through_inbox((cx.me(), INBOX), (&service, &inbox))?;
        loop {
            if let Some(notice) = cx.told_to_end().or(told.take()) {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Waits for a service, or until it is told to end.
async fn found_or_told(cx: &Context, service: &str) -> std::result::Result<(ComponentRef, String), Message> {
    let mut found = pin!(cx.wait_for_service(service));
    poll_fn(|task| {
        if let Poll::Ready(found) = found.as_mut().poll(task) {
            return Poll::Ready(Ok(found));
        }
        if cx.data_ready(CONTROL) > 0
            && let Some(notice) = cx.told_to_end()
        {
            return Poll::Ready(Err(notice));
        }
        // Woken by what arrives, too.
        let _ = pin!(cx.pause()).poll(task);
        Poll::Pending
    })
    .await
}

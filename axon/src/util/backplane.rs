//! A named exchange: what any component publishes to it, all subscribers receive.
//!
//! Ported from `Kamaelia.Util.Backplane`.
//!
//! *Differs from Kamaelia:*
//! - a backplane registers its name on its first turn, so publishers and subscribers look for it during
//!   their first turns;
//! - a name that does not exist is an error that lists those that do; a name that is taken is an error too;
//! - a backplane is a service: when only services are left, they are told to stop and the run ends;
//! - publishers wait for a full subscriber, drop its messages or cut it off, as you choose.

use crate::chassis::{announce, children_done};
use crate::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, OUTBOX, Result, SIGNAL, error::NotSentErrorKind,
};

use super::pass_through::PassThrough;
use super::plug::Plug;
use super::plug_splitter::PlugSplitter;
use super::when_full::WhenFull;

/// For how many turns a publisher or subscriber looks for its backplane. It is enough for a backplane
/// inside several nested chassis, each of which takes one pass to start its components.
const TURNS_TO_LOOK: usize = 32;

/// What comes before the name of a backplane in the name of the service that takes data.
const PUBLISH: &str = "Backplane_I_";
/// What comes before the name of a backplane in the name of the service that takes subscribers.
const SUBSCRIBE: &str = "Backplane_O_";

/// A named backplane, to which any component can publish and subscribe by name.
///
/// Every subscriber gets every message that is published after it has subscribed, in the same order. Each
/// message goes to the subscribers in the order in which they subscribed. Without subscribers, messages are
/// dropped. The copies share the payload.
///
/// The backplane waits for a subscriber that has no room, so the slowest sets the pace for all publishers,
/// unless [`when_full`](Backplane::when_full) is set to something else.
///
/// It is registered with the tracker as the services `Backplane_I_NAME` and `Backplane_O_NAME`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing; use [`PublishTo`] |
/// | `control` | control messages, for all subscribers too |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing; use [`SubscribeTo`] |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess` are passed on to all subscribers, which ends them, and to
/// `signal`; then it ends, and its name is free again. Publishers go on, and what they publish is lost.
///
/// # Errors
///
/// It ends with an error if there is already a backplane with that name.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{Backplane, DataSink, DataSource, PublishTo, Received, SubscribeTo};
///
/// let received = Received::<&str>::new();
/// let mut scheduler = axon::Scheduler::new();
/// let backplane = scheduler.activate(Backplane::new("NEWS"));
/// scheduler.activate(pipeline![SubscribeTo::new("NEWS"), DataSink::new(&received)]);
/// for _ in 0..10 {
///     scheduler.run_pass()?;
/// }
/// scheduler.activate(pipeline![DataSource::new(["extra", "extra"]), PublishTo::new("NEWS")]);
/// for _ in 0..10 {
///     scheduler.run_pass()?;
/// }
/// assert_eq!(received.take(), ["extra", "extra"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Backplane {
    name: String,
    when_full: WhenFull,
}

impl Backplane {
    /// A backplane with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Backplane { name: name.into(), when_full: WhenFull::default() }
    }

    /// What to do with a message for a subscriber that has no room, and with the subscriber. By default all
    /// wait for it. A subscriber that is cut off is told to stop, which ends its [`SubscribeTo`].
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }
}

impl Component for Backplane {
    async fn main(&mut self, cx: &Context) -> Result {
        cx.declare_service();
        let splitter = cx.add_child(PlugSplitter::new().as_service().when_full(self.when_full));
        let (publish, subscribe) = (format!("{PUBLISH}{}", self.name), format!("{SUBSCRIBE}{}", self.name));
        cx.register_service(&publish, (&splitter, INBOX))?;
        cx.register_service(&subscribe, (&splitter, "configuration"))?;
        cx.pass_through_inbox((cx.me(), CONTROL), (&splitter, CONTROL))?;
        cx.pass_through_outbox((&splitter, SIGNAL), (cx.me(), SIGNAL))?;
        cx.activate(splitter);
        while !children_done(cx) {
            cx.pause().await;
        }
        for service in [&publish, &subscribe] {
            if cx.tracker().retrieve_service(service).is_some() {
                cx.tracker().deregister_service(service)?;
            }
        }
        Ok(())
    }
}

/// Publishes what it receives to a named [`Backplane`].
///
/// Its `inbox` is passed through to the backplane, so publishing costs no turn of its own. A
/// [`forwarder`](PublishTo::forwarder) copies instead: to the backplane, and to its own `outbox`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data to publish |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | as a forwarder, a copy of the data |
/// | `signal` | control messages |
/// | `_outbox` | for its own use: as a forwarder, data for the backplane |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. The backplane is not told.
///
/// # Errors
///
/// It ends with an error if there is no such backplane, nor one appears during its first turns.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
///
/// let announcer = pipeline![DataSource::new(["dinner is ready"]), PublishTo::new("house")];
/// ```
///
/// [`Backplane`] has the other end, too.
#[doc(alias = "publishTo")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct PublishTo {
    destination: String,
    way: Way,
}

#[derive(Debug, PartialEq)]
enum Way {
    PassedThrough,
    Copied,
}

impl PublishTo {
    /// Publishes to the backplane with this name.
    pub fn new(destination: impl Into<String>) -> Self {
        PublishTo { destination: destination.into(), way: Way::PassedThrough }
    }

    /// Sends a copy of what it publishes out of its own `outbox`.
    pub fn forwarder(mut self) -> Self {
        self.way = Way::Copied;
        self
    }
}

impl Component for PublishTo {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("_outbox", "data for the backplane")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (splitter, inbox) = find(cx, PUBLISH, &self.destination).await?;
        match self.way {
            Way::PassedThrough => cx.pass_through_inbox((cx.me(), INBOX), (&splitter, &inbox))?,
            Way::Copied => cx.link((cx.me(), "_outbox"), (&splitter, &inbox))?,
        };
        loop {
            while self.way == Way::Copied
                && let Some(mut message) = cx.recv(INBOX)
            {
                if let Err(not_sent) = cx.send_when_room(OUTBOX, message.duplicate()).await
                    && not_sent.kind() == NotSentErrorKind::ToldToStop
                {
                    return Err(not_sent.into());
                }
                cx.send_when_room("_outbox", message).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Sends what is published to a named [`Backplane`].
///
/// It receives what is published from a few turns after its first turn on. It also sends what arrives at
/// its own `inbox`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | more data to send |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what is published |
/// | `signal` | control messages, those of the backplane too |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`, from its own `control` or from the backplane: passes it
/// on and ends.
///
/// # Errors
///
/// It ends with an error if there is no such backplane, nor one appears during its first turns.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
///
/// let listener = pipeline![SubscribeTo::new("house"), ConsoleEchoer::new()];
/// ```
///
/// [`Backplane`] has the other end, too.
#[doc(alias = "subscribeTo")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SubscribeTo {
    source: String,
}

impl SubscribeTo {
    /// Subscribes to the backplane with this name.
    pub fn new(source: impl Into<String>) -> Self {
        SubscribeTo { source: source.into() }
    }
}

impl Component for SubscribeTo {
    async fn main(&mut self, cx: &Context) -> Result {
        let (splitter, _configuration) = find(cx, SUBSCRIBE, &self.source).await?;
        let plug = cx.add_child(Plug::new(&splitter, PassThrough::new()));
        cx.pass_through_inbox((cx.me(), CONTROL), (&plug, CONTROL))?;
        cx.pass_through_inbox((cx.me(), INBOX), (&plug, INBOX))?;
        cx.pass_through_outbox((&plug, OUTBOX), (cx.me(), OUTBOX))?;
        cx.pass_through_outbox((&plug, SIGNAL), (cx.me(), SIGNAL))?;
        cx.activate(plug);
        while !children_done(cx) {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Finds the component and inbox of a backplane, which may not have registered yet.
async fn find(cx: &Context, service: &str, backplane: &str) -> Result<(ComponentRef, String)> {
    let wanted = format!("{service}{backplane}");
    for _ in 0..TURNS_TO_LOOK {
        if let Some(found) = cx.tracker().retrieve_service(&wanted) {
            return Ok(found);
        }
        cx.yield_now().await;
    }
    let services = cx.tracker().services_registered();
    let known: Vec<_> = services.iter().filter_map(|name| name.strip_prefix(service)).collect();
    let known = match known.is_empty() {
        true => "there is none: activate a Backplane on the same scheduler".to_owned(),
        false => format!("there are {known:?}"),
    };
    Err(format!("{} finds no backplane {backplane:?}; {known}", cx.name()).into())
}

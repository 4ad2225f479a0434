//! Copies data to any number of components that come and go while it runs.
//!
//! Ported from `PlugSplitter` of `Kamaelia.Util.Splitter`. (`Splitter` never worked, and is not ported.)
//!
//! *Differs from Kamaelia:*
//! - it sleeps while nothing comes, also with a source of its own (there it polls);
//! - you choose what happens with a full sink: it is waited for, passed over, or cut off (there it ends the run);
//! - a sink that has ended is removed without a request;
//! - if its source ends without sending to `signal`, it sends `ProducerFinished` itself.

use std::collections::VecDeque;

use crate::chassis::{Seen, children_done, producer_finished};
use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, IntoComponent, LogLimit,
    Message, OUTBOX, Result, SIGNAL, ShutdownMicroprocess,
};

use super::sink_requests::{AddSink, RemoveSink};
use super::when_full::{PassedOver, TURNS_OF_GRACE, WhenFull, send_if_room};

/// How many messages wait before senders are suspended. Each goes to every sink, so a long queue would delay all
/// that comes later.
const WAITING: u32 = 16;

/// Copies what it receives to its `outbox` and to every *sink* that was added.
///
/// Sinks are added and removed by sending [`AddSink`] and [`RemoveSink`] to `configuration`; a
/// [`Plug`](super::Plug) sends them for you. Requests are handled before data, and data before control messages.
/// `outbox` comes first, then the sinks in the order in which they were added. Adding a sink twice has the same
/// effect as once. The copies share the payload.
///
/// It waits for a sink that has no room, unless [`when_full`](PlugSplitter::when_full) is set to something
/// else.
///
/// If it has a [`source`](PlugSplitter::with_source), which becomes its child, it copies what the source sends.
/// Messages to `inbox` and `control` then go to the source.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
/// | `configuration` | `AddSink` and `RemoveSink` |
/// | `_inbox` | for its own use: what the source sends |
/// | `_control` | for its own use: what the source signals |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a copy of the data |
/// | `signal` | a copy of the control messages |
///
/// # Shutdown
///
/// Every control message is copied to `signal` and to the sinks that asked for it, and
/// `ProducerFinished` and `ShutdownMicroprocess` then end it. With a source it ends when the source has
/// ended.
///
/// A control message that ends nobody is copied once: a copy that comes back to `control` is dropped, since there
/// would be more copies each time round.
///
/// # Examples
///
/// ```
/// use axon::util::{AddSink, DataSink, DataSource, PlugSplitter, Received};
/// use axon::{Component, Context, Result};
///
/// struct Listeners(Received<i32>);
///
/// impl Component for Listeners {
///     async fn main(&mut self, cx: &Context) -> Result {
///         let splitter = cx.add_child(PlugSplitter::with_source(DataSource::new([1, 2])));
///         cx.link((cx.me(), "outbox"), (&splitter, "configuration"))?;
///         for _ in 0..2 {
///             let listener = cx.activate(DataSink::new(&self.0));
///             cx.send("outbox", AddSink::new(&listener).control("control"))?;
///         }
///         cx.activate(splitter.clone());
///         while !splitter.is_stopped() {
///             cx.pause().await;
///         }
///         Ok(())
///     }
/// }
///
/// let received = Received::new();
/// axon::run(Listeners(received.clone()))?;
/// assert_eq!(received.take(), [1, 2, 1, 2]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "Splitter")]
#[must_use = "a component does nothing until it is activated"]
pub struct PlugSplitter {
    source: Option<AnyComponent>,
    service: Service,
    when_full: WhenFull,
    data_sinks: Sinks,
    control_sinks: Sinks,
    /// Control messages that were read while data waited for room.
    unheeded: VecDeque<Message>,
    /// Control messages that were copied.
    seen: Seen,
    log: LogLimit,
}

#[derive(Debug, Default, PartialEq)]
enum Service {
    #[default]
    No,
    Yes,
}

/// The sinks, in the order in which they were added.
#[derive(Debug, Default)]
struct Sinks {
    sinks: Vec<Sink>,
}

#[derive(Debug)]
struct Sink {
    component: ComponentRef,
    inbox: String,
    /// The splitter's outbox that is linked to the sink.
    outbox: String,
    passed_over: PassedOver,
}

impl Sinks {
    fn add(&mut self, cx: &Context, outbox: &str, component: &ComponentRef, inbox: String) -> Result {
        if self.sinks.iter().any(|sink| sink.component == *component && sink.inbox == inbox) {
            return Ok(());
        }
        let outbox = cx.add_outbox(outbox);
        if let Err(error) = cx.link((cx.me(), &outbox), (component, &inbox)) {
            cx.delete_outbox(&outbox)?;
            return Err(error.into());
        }
        let name = format!("{component}.{inbox}");
        let passed_over = PassedOver::new(name);
        self.sinks.push(Sink { component: component.clone(), inbox, outbox, passed_over });
        Ok(())
    }

    fn remove(&mut self, cx: &Context, is_meant: impl Fn(&Sink) -> bool) -> Result {
        while let Some(at) = self.sinks.iter().position(&is_meant) {
            let sink = self.sinks.remove(at);
            sink.passed_over.tell(cx);
            cx.delete_outbox(&sink.outbox)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Data,
    Control,
}

impl PlugSplitter {
    /// A splitter that copies what comes to its `inbox`.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// // Without sinks it passes on what it receives.
    /// axon::run(pipeline![DataSource::new(["hello\n"]), PlugSplitter::new(), ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A splitter that copies what `source` sends.
    #[doc(alias = "sourceComponent")]
    #[track_caller]
    pub fn with_source(source: impl IntoComponent) -> Self {
        PlugSplitter { source: Some(AnyComponent::new(source)), ..Self::default() }
    }

    /// Declares the splitter a service: services alone do not keep a run alive.
    pub fn as_service(mut self) -> Self {
        self.service = Service::Yes;
        self
    }

    /// What happens when a sink has no room. By default the splitter waits for it.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    fn configure(&mut self, cx: &Context) -> Result {
        while let Some(request) = cx.recv("configuration") {
            let request = match request.into_value::<AddSink>() {
                Ok(AddSink { sink, inbox, control }) => {
                    if let Some(inbox) = inbox {
                        self.data_sinks.add(cx, OUTBOX, &sink, inbox)?;
                    }
                    if let Some(control) = control {
                        self.control_sinks.add(cx, SIGNAL, &sink, control)?;
                    }
                    continue;
                }
                Err(request) => request,
            };
            match request.into_value::<RemoveSink>() {
                Ok(RemoveSink { sink, inbox, control }) => {
                    let is_meant = |of: &Option<String>, known: &Sink| {
                        known.component == sink && of.as_deref() == Some(&*known.inbox)
                    };
                    self.data_sinks.remove(cx, |known| is_meant(&inbox, known))?;
                    self.control_sinks.remove(cx, |known| is_meant(&control, known))?;
                }
                Err(other) => {
                    if let Some(more) = self.log.admit(cx.now()) {
                        log::warn!("{} was asked to configure {}{more}", cx.name(), other.excerpt());
                    }
                }
            }
        }
        Ok(())
    }

    fn sinks_mut(&mut self, kind: Kind) -> &mut Sinks {
        match kind {
            Kind::Data => &mut self.data_sinks,
            Kind::Control => &mut self.control_sinks,
        }
    }

    fn sinks(&self, kind: Kind) -> &Sinks {
        match kind {
            Kind::Data => &self.data_sinks,
            Kind::Control => &self.control_sinks,
        }
    }

    /// Copies a message to the outbox of its kind and to the sinks. Sinks that have no room are handled as
    /// `when_full` says; if it waits for them, all others get the message first. While it waits, it handles
    /// requests. It gives up on a sink that is gone, and for data also when it is told to stop immediately.
    async fn copy(&mut self, cx: &Context, boxes: Sources, kind: Kind, mut message: Message) -> Result {
        self.forget_ended(cx)?;
        let mut unsent = Vec::new();
        let own = match kind {
            Kind::Data => OUTBOX,
            Kind::Control => SIGNAL,
        };
        if let Some(refused) = send_if_room(cx, own, message.duplicate()) {
            unsent.push((own.to_owned(), refused));
        }
        for sink in &mut self.sinks_mut(kind).sinks {
            match send_if_room(cx, &sink.outbox, message.duplicate()) {
                None => sink.passed_over.has_caught_up(),
                Some(refused) if sink.passed_over.has_grace() => unsent.push((sink.outbox.clone(), refused)),
                Some(_) => sink.passed_over.count(cx),
            }
        }
        drop(message);
        let holds = matches!(kind, Kind::Control) || self.when_full == WhenFull::Hold;
        let mut turns = 0;
        while !unsent.is_empty() {
            let only_own = unsent.iter().all(|(outbox, _)| outbox == own);
            if holds || only_own {
                cx.pause().await;
            } else if turns < TURNS_OF_GRACE {
                turns += 1;
                cx.yield_now().await;
            } else {
                self.pass_over(cx, &mut unsent, own)?;
                continue;
            }
            self.configure(cx)?;
            self.forget_ended(cx)?;
            if matches!(kind, Kind::Data) {
                self.unheeded.extend(std::iter::from_fn(|| cx.recv(boxes.control)));
                if self.unheeded.iter().any(stops) {
                    return Ok(());
                }
            }
            for (outbox, message) in std::mem::take(&mut unsent) {
                let is_there =
                    outbox == own || self.sinks(kind).sinks.iter().any(|sink| sink.outbox == outbox);
                if is_there && let Some(refused) = send_if_room(cx, &outbox, message) {
                    unsent.push((outbox, refused));
                }
            }
        }
        Ok(())
    }

    /// Drops the messages for which sinks had no room, or cuts these sinks off.
    fn pass_over(&mut self, cx: &Context, unsent: &mut Vec<(String, Message)>, own: &str) -> Result {
        for (outbox, _) in unsent.extract_if(.., |(outbox, _)| outbox != own) {
            let sink = self.data_sinks.sinks.iter_mut().find(|sink| sink.outbox == outbox);
            match (sink, self.when_full) {
                (Some(sink), WhenFull::Cut) => {
                    let component = sink.component.clone();
                    self.cut(cx, &component)?;
                }
                (Some(sink), _) => sink.passed_over.count(cx),
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Sends a sink nothing more, and tells it to stop immediately, if it asked for control messages.
    fn cut(&mut self, cx: &Context, component: &ComponentRef) -> Result {
        log::info!("{} cuts {component}: it has no room", cx.name());
        for sink in self.control_sinks.sinks.iter().filter(|sink| sink.component == *component) {
            // If its box for control messages is full, the sink does not read them anyway.
            send_if_room(cx, &sink.outbox, Message::new(ShutdownMicroprocess::new()));
        }
        self.data_sinks.remove(cx, |sink| sink.component == *component)?;
        self.control_sinks.remove(cx, |sink| sink.component == *component)
    }

    fn forget_ended(&mut self, cx: &Context) -> Result {
        self.data_sinks.remove(cx, |sink| sink.component.is_stopped())?;
        self.control_sinks.remove(cx, |sink| sink.component.is_stopped())
    }
}

fn stops(message: &Message) -> bool {
    message.ending() == Some(Ending::ShutdownMicroprocess)
}

/// The inboxes of data and control messages: those from outside, or those of the source.
#[derive(Clone, Copy)]
struct Sources {
    data: &'static str,
    control: &'static str,
}

impl Component for PlugSplitter {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("configuration", "AddSink and RemoveSink requests")
            .inbox("_inbox", "what the source sends")
            .inbox("_control", "what the source signals")
            .inbox_soft_limit(INBOX, WAITING)
            .inbox_soft_limit("_inbox", WAITING)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if self.service == Service::Yes {
            cx.declare_service();
        }
        let source = self.source.take().map(|source| cx.add_child(source));
        let boxes = match &source {
            None => Sources { data: INBOX, control: CONTROL },
            Some(source) => {
                cx.pass_through_inbox((cx.me(), INBOX), (source, INBOX))?;
                cx.pass_through_inbox((cx.me(), CONTROL), (source, CONTROL))?;
                cx.link((source, OUTBOX), (cx.me(), "_inbox"))?;
                cx.link((source, SIGNAL), (cx.me(), "_control"))?;
                cx.activate(source);
                Sources { data: "_inbox", control: "_control" }
            }
        };

        let is_over = |told| if source.is_some() { children_done(cx) } else { told };
        let mut told = false;
        loop {
            self.configure(cx)?;
            if let Some(message) = cx.recv(boxes.data) {
                self.copy(cx, boxes, Kind::Data, message).await?;
            } else if let Some(mut message) = self.unheeded.pop_front().or_else(|| cx.recv(boxes.control)) {
                told |= message.ending().is_some();
                if !self.seen.has_come_back(&mut message) {
                    self.copy(cx, boxes, Kind::Control, message).await?;
                }
            } else if is_over(told) {
                break;
            } else {
                cx.pause().await;
            }
        }
        for sink in &self.data_sinks.sinks {
            sink.passed_over.tell(cx);
        }
        if !told {
            self.copy(cx, boxes, Kind::Control, Message::new(producer_finished(cx))).await?;
        }
        Ok(())
    }
}

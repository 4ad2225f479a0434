//! Taps a pipeline: messages that meet a condition go to a component on the side.
//!
//! Ported from `Kamaelia.Apps.MPS.TPipe`.
//!
//! *Differs from Kamaelia:*
//! - it announces its end, after the action has ended;
//! - what waits in `inbox` when the action ends still goes on;
//! - the constructor requires an action, and modes are methods.

use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, INBOX, IntoComponent, Message, OUTBOX,
    Payload, Result, SIGNAL,
};

use super::ending::{announce, children_done, pass_on};
use super::from_message::{self, Condition};
use super::tell::{Told, Unheeded, send_to_child};

/// Passes messages on, and sends those that meet a condition to a component on the side, the *action*.
///
/// Without [`condition`](TPipe::condition) every message meets it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | the messages of the pipeline |
/// | `control` | control messages, for the action too |
/// | `_inbox` | for its own use: what the action sends |
/// | `_control` | for its own use: what the action signals; ignored |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the messages of the pipeline, and with [`source`](TPipe::source) what the action sends |
/// | `signal` | control messages that are not endings; one ending at its end |
/// | `_outbox` | for its own use: messages for the action |
/// | `_signal` | for its own use: control messages for the action |
///
/// # Shutdown
///
/// Every control message goes to the action. It ends when the action has ended, and passes on the ending
/// that it received, or else sends a new `ProducerFinished`.
///
/// # Examples
///
/// Even numbers also go to a second component:
///
/// ```
/// use axon::chassis::TPipe;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let (all, even) = (Received::<i32>::new(), Received::<i32>::new());
/// axon::run(pipeline![
///     DataSource::new([1, 2, 3, 4]),
///     TPipe::new(DataSink::new(&even)).condition(|n: &i32| n % 2 == 0),
///     DataSink::new(&all),
/// ])?;
/// assert_eq!(all.take(), [1, 2, 3, 4]);
/// assert_eq!(even.take(), [2, 4]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct TPipe {
    /// `None` after it was made a child.
    action: Option<AnyComponent>,
    condition: Condition,
    mode: Mode,
    /// Whether the action is sent messages at all.
    sink: Joined,
    /// Whether what the action sends leaves through `outbox`.
    source: Joined,
}

crate::debug_by_name!(TPipe);

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// A message that meets the condition goes to both.
    Split,
    /// A message goes to one or the other.
    Route,
}

#[derive(Clone, Copy, PartialEq)]
enum Joined {
    Yes,
    No,
}

impl TPipe {
    /// A tap that sends every message to `action` too.
    #[track_caller]
    pub fn new(action: impl IntoComponent) -> Self {
        TPipe {
            action: Some(AnyComponent::new(action)),
            condition: Box::new(|_| true),
            mode: Mode::Split,
            sink: Joined::Yes,
            source: Joined::No,
        }
    }

    /// Gives the action only messages with a payload of type `T` for which `condition` is true.
    ///
    /// With `T` = [`Message`] the condition is called for every message.
    pub fn condition<T: Payload>(mut self, condition: impl FnMut(&T) -> bool + 'static) -> Self {
        self.condition = from_message::condition(condition);
        self
    }

    /// Messages go to one or the other: those for the action are not passed on.
    #[doc(alias = "mode")]
    pub fn route(mut self) -> Self {
        self.mode = Mode::Route;
        self
    }

    /// What the action sends leaves through `outbox` too.
    pub fn source(mut self) -> Self {
        self.source = Joined::Yes;
        self
    }

    /// The action is sent no messages, only control messages.
    #[doc(alias = "sink")]
    pub fn without_sink(mut self) -> Self {
        self.sink = Joined::No;
        self
    }
}

impl Component for TPipe {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("_inbox", "what the action sends")
            .inbox("_control", "what the action signals")
            .outbox("_outbox", "messages for the action")
            .outbox("_signal", "control messages for the action")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(action) = self.action.take() else { return Ok(()) };
        let action = cx.add_child(action);
        cx.link((cx.me(), "_signal"), (&action, CONTROL))?;
        if self.sink == Joined::Yes {
            cx.link((cx.me(), "_outbox"), (&action, INBOX))?;
        }
        if self.source == Joined::Yes {
            cx.link((&action, OUTBOX), (cx.me(), "_inbox"))?;
            cx.link((&action, SIGNAL), (cx.me(), "_control"))?;
        }
        cx.activate(&action);

        let mut tap = Tap { cx, action, told: Told::default(), unheeded: Unheeded::default() };
        loop {
            while cx.recv("_control").is_some() {}
            // The others get a turn after each message.
            if !tap.unheeded.is_to_stop()
                && let Some(message) = cx.recv(INBOX)
            {
                let meets = self.sink == Joined::Yes && (self.condition)(&message);
                tap.split(message, meets, self.mode).await;
                cx.yield_now().await;
            } else if let Some(message) = cx.recv("_inbox") {
                tap.send_on(message).await;
                cx.yield_now().await;
            } else if let Some(message) = tap.unheeded.next(cx) {
                tap.control(message).await;
                cx.yield_now().await;
            } else if children_done(cx) {
                break;
            } else {
                cx.pause().await;
            }
        }
        announce(cx, tap.told.or_producer_finished(cx)).await;
        Ok(())
    }
}

/// The tap while it runs.
struct Tap<'a> {
    cx: &'a Context,
    action: ComponentRef,
    told: Told,
    unheeded: Unheeded,
}

impl Tap<'_> {
    /// Sends a message of the pipeline to where it belongs.
    async fn split(&mut self, mut message: Message, meets: bool, mode: Mode) {
        if !meets {
            return self.send_on(message).await;
        }
        if mode == Mode::Split {
            self.send_on(message.duplicate()).await;
        }
        if !self.action.is_stopped() && !self.told.to_stop() {
            let must_stop = || self.unheeded.must_stop(self.cx);
            send_to_child(self.cx, "_outbox", &self.action, message, must_stop).await;
        }
    }

    /// Sends a message out of `outbox`, and waits for room until told to stop immediately.
    async fn send_on(&mut self, mut message: Message) {
        while let Err(refused) = self.cx.send(OUTBOX, message) {
            if self.told.to_stop() || self.unheeded.must_stop(self.cx) {
                return;
            }
            message = refused.into_message();
            self.cx.pause().await;
        }
    }

    /// Sends a control message to the action, and passes on one that is not an ending.
    async fn control(&mut self, mut message: Message) {
        self.told.note(&mut message);
        if message.ending().is_none() {
            pass_on(self.cx, message.duplicate()).await;
        }
        if !self.action.is_stopped() {
            send_to_child(self.cx, "_signal", &self.action, message, || false).await;
        }
    }
}

//! The bench.

use std::fmt;
use std::time::Duration;

use super::history::{Event, History};
use super::taps::{Tap, Taps};
use crate::{
    ComponentRef, Context, Ending, IntoComponent, Message, Payload, RunError, SIGNAL, Scheduler, Side,
    error::{SendError, UnknownBoxError},
    time_after,
};

/// How many passes a component may take before it sleeps.
pub(super) const PATIENCE: u64 = 10_000;

/// Runs one component by itself, on its own scheduler with a virtual clock.
///
/// After each pass the bench collects what the component has sent, as a component linked there would. So a
/// send is followed by a wake in the next pass. What was collected waits on the bench until the test takes
/// it. The bench does not wait for threads or wakers.
///
/// # Panics
///
/// The bench panics if something is not as the test expects. The panic message has the history of the
/// component: what went in and what came out, in order, with the pass. `Display` shows the same history,
/// for the test's own assertions.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::Max;
/// use axon::{Ending, ProducerFinished};
///
/// let mut bench = Bench::new(Max::<i32>::new());
/// bench.put("inbox", vec![3, 9, 2]);
/// bench.settle();
/// assert_eq!(bench.take::<i32>("outbox"), [9]);
/// bench.expect_running();
///
/// bench.put("control", ProducerFinished::new());
/// bench.expect_end();
/// assert_eq!(bench.endings(), [Ending::ProducerFinished]);
/// ```
///
/// Tests of time take no time:
///
/// ```
/// # use axon::testing::Bench;
/// # use axon::{Component, Context};
/// # use std::time::Duration;
/// struct Ticker;
/// impl Component for Ticker {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         for tick in 1..=3u32 {
///             cx.sleep(Duration::from_secs(60)).await;
///             cx.send("outbox", tick)?;
///         }
///         Ok(())
///     }
/// }
/// let mut bench = Bench::new(Ticker);
/// bench.turn_clock(Duration::from_secs(125));
/// assert_eq!(bench.take::<u32>("outbox"), [1, 2]);
/// bench.turn_clock(Duration::from_secs(55));
/// bench.expect_end();
/// assert_eq!(bench.take::<u32>("outbox"), [3]);
/// ```
pub struct Bench {
    scheduler: Scheduler,
    pub(super) component: ComponentRef,
    taps: Taps,
    pass: u64,
    /// How the component ended, if it has.
    outcome: Option<Result<(), RunError>>,
    history: History,
}

impl Bench {
    /// Puts a component on the bench and activates it. It has not had a turn yet.
    #[track_caller]
    pub fn new(component: impl IntoComponent) -> Self {
        let scheduler = Scheduler::builder().virtual_clock().build();
        let mut taps = Taps::new(&scheduler);
        let component = scheduler.activate(component);
        taps.link(&component);
        Bench { scheduler, component, taps, pass: 0, outcome: None, history: History::default() }
    }

    /// The component on the bench.
    #[must_use]
    pub fn component(&self) -> &ComponentRef {
        &self.component
    }

    /// The bench's scheduler, for everything that the bench has no method for.
    pub fn scheduler(&mut self) -> &mut Scheduler {
        &mut self.scheduler
    }

    /// Puts a message into an inbox.
    ///
    /// # Panics
    ///
    /// If there is no such inbox, or it is full.
    #[track_caller]
    pub fn put(&mut self, inbox: &str, payload: impl Payload) {
        if let Err(refused) = self.offer(inbox, payload) {
            self.complain(&refused.to_string());
        }
    }

    /// Puts a message into an inbox, which may be full.
    ///
    /// # Errors
    ///
    /// If it is full; the message is inside the error.
    ///
    /// # Panics
    ///
    /// If there is no such inbox.
    #[track_caller]
    pub fn offer(&mut self, inbox: &str, payload: impl Payload) -> Result<(), SendError> {
        if !self.cx().has_inbox(&self.component, inbox) {
            self.complain_of_box(Side::Inbox, inbox);
        }
        let message = Message::new(payload);
        let message_shown = message.excerpt().to_string();
        self.cx().deliver_to(&self.component, inbox, message)?;
        self.history.note(self.pass, Event::Put { inbox: inbox.to_owned(), message: message_shown });
        Ok(())
    }

    /// Runs one pass: one step of the component, and of each component that it has activated, if awake.
    /// Returns false if none was awake.
    pub fn pass(&mut self) -> bool {
        self.pass += 1;
        let ran = self.scheduler.run_pass();
        self.taps.link(&self.component);
        self.collect();
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => {
                self.history.note(self.pass, Event::Failed(error.to_string()));
                self.outcome.get_or_insert(Err(error));
                true
            }
        };
        if self.component.is_stopped() && self.outcome.is_none() {
            self.history.note(self.pass, Event::Ended);
            self.outcome = Some(Ok(()));
        }
        ran
    }

    /// Runs this number of passes.
    pub fn passes(&mut self, number: u64) {
        for _ in 0..number {
            self.pass();
        }
    }

    /// Runs passes until the component, and all components that it has activated, sleep or have ended.
    ///
    /// # Panics
    ///
    /// If that takes more than ten thousand passes.
    #[track_caller]
    pub fn settle(&mut self) {
        for _ in 0..PATIENCE {
            if !self.pass() {
                // Nothing was awake, so this was not a pass.
                self.pass -= 1;
                return;
            }
        }
        self.complain(&format!("{} is still busy after {PATIENCE} passes", self.component));
    }

    /// Turns the clock forward. Each timer within that time fires at its time, and each time the component
    /// runs until it sleeps again.
    ///
    /// # Panics
    ///
    /// As [`settle`](Bench::settle).
    #[track_caller]
    pub fn turn_clock(&mut self, by: Duration) {
        self.settle();
        let end = time_after(self.cx().now(), by);
        while let Some(timer) = self.scheduler.next_timer().filter(|timer| *timer <= end) {
            self.turn_to(timer.saturating_duration_since(self.cx().now()));
        }
        self.turn_to(end.saturating_duration_since(self.cx().now()));
    }

    #[track_caller]
    fn turn_to(&mut self, by: Duration) {
        if !by.is_zero() {
            self.scheduler.turn_clock(by);
            self.history.note(self.pass, Event::Turned(by));
        }
        self.settle();
    }

    /// Takes the messages from an outbox that were not taken yet.
    ///
    /// # Panics
    ///
    /// If there is no such outbox, or a message is not a `T`.
    #[track_caller]
    pub fn take<T: Payload + Clone>(&mut self, outbox: &str) -> Vec<T> {
        let mut taken = Vec::new();
        for message in self.take_messages(outbox) {
            match message.into_value() {
                Ok(value) => taken.push(value),
                Err(other) => self.complain(&format!(
                    "{}.{outbox} was expected to send {} and sent {}: {}",
                    self.component,
                    std::any::type_name::<T>(),
                    other.payload_type(),
                    other.excerpt()
                )),
            }
        }
        taken
    }

    /// Takes the messages from an outbox that were not taken yet, of any type.
    ///
    /// # Panics
    ///
    /// If there is no such outbox.
    #[track_caller]
    pub fn take_messages(&mut self, outbox: &str) -> Vec<Message> {
        self.tap_of(outbox).came.drain(..).collect()
    }

    /// Takes the messages from `signal`, and returns the endings among them.
    ///
    /// # Panics
    ///
    /// If the component has no outbox `signal`.
    #[track_caller]
    pub fn endings(&mut self) -> Vec<Ending> {
        self.take_messages(SIGNAL).iter().filter_map(Message::ending).collect()
    }

    /// From now on nothing is collected from an outbox, and the box that it leads to holds `size` messages:
    /// so the component finds it full, as with a slow receiver.
    ///
    /// # Panics
    ///
    /// If there is no such outbox.
    #[track_caller]
    pub fn block(&mut self, outbox: &str, size: usize) {
        self.limit(outbox, Some(size));
        self.tap_of(outbox).is_blocked = true;
    }

    /// Collects from an outbox again, and lifts the limit.
    ///
    /// # Panics
    ///
    /// If there is no such outbox.
    #[track_caller]
    pub fn unblock(&mut self, outbox: &str) {
        self.tap_of(outbox).is_blocked = false;
        self.collect();
        self.limit(outbox, None);
    }

    #[track_caller]
    fn limit(&mut self, outbox: &str, size: Option<usize>) {
        let inbox = self.tap_of(outbox).inbox.clone();
        self.cx().set_size((self.cx().me(), &inbox), size).expect("the bench has an inbox for each outbox");
    }

    /// Lets the component run until it sleeps or ends, and expects that it has ended without a failure.
    ///
    /// # Panics
    ///
    /// If it has not ended, or has failed.
    #[track_caller]
    pub fn expect_end(&mut self) {
        self.settle();
        match &self.outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => self.complain(&format!("expected to end, but {error}")),
            None => self.complain(&format!("expected to end, but {}", self.standing())),
        }
    }

    /// Lets the component run until it sleeps or ends, and expects that it has failed. Returns the failure.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub fn expect_failure(&mut self) -> &RunError {
        self.settle();
        match &self.outcome {
            Some(Err(_)) => {}
            Some(Ok(())) => self.complain(&format!("expected to fail, but {} ended", self.component)),
            None => self.complain(&format!("expected to fail, but {}", self.standing())),
        }
        let Some(Err(error)) = &self.outcome else { unreachable!("it was looked at") };
        error
    }

    /// Lets the component run until it sleeps or ends, and expects that it has not ended.
    ///
    /// # Panics
    ///
    /// If it has ended.
    #[track_caller]
    pub fn expect_running(&mut self) {
        self.settle();
        match &self.outcome {
            None => {}
            Some(Ok(())) => self.complain(&format!("expected to run on, but {} ended", self.component)),
            Some(Err(error)) => self.complain(&format!("expected to run on, but {error}")),
        }
    }

    /// The component's name, and what it waits for.
    fn standing(&self) -> String {
        let snapshot = self.scheduler.snapshot();
        let waits = snapshot.component(self.component.id()).map(|component| match &component.waits {
            Some(waits) => waits.clone(),
            None => component.state.to_string(),
        });
        format!("{} {}", self.component, waits.unwrap_or_default())
    }

    /// Collects what the component has sent.
    fn collect(&mut self) {
        let Bench { taps, history, pass, .. } = self;
        taps.collect(|outbox, message| {
            let came = Event::Came { outbox: outbox.to_owned(), message: message.excerpt().to_string() };
            history.note(*pass, came);
        });
    }

    fn cx(&self) -> &Context {
        &self.taps.cx
    }

    #[track_caller]
    fn tap_of(&mut self, outbox: &str) -> &mut Tap {
        if self.taps.tap(outbox).is_none() {
            self.complain_of_box(Side::Outbox, outbox);
        }
        self.taps.tap(outbox).expect("it was looked for")
    }

    #[cold]
    #[track_caller]
    fn complain_of_box(&self, side: Side, name: &str) -> ! {
        let (inboxes, outboxes) = (self.cx().inboxes(&self.component), self.cx().outboxes(&self.component));
        let (known, others) = match side {
            Side::Inbox => (inboxes, outboxes),
            Side::Outbox => (outboxes, inboxes),
        };
        self.complain(&UnknownBoxError::new(self.component.name(), side, name, known, &others).to_string())
    }

    #[cold]
    #[track_caller]
    pub(super) fn complain(&self, what: &str) -> ! {
        panic!("{what}\n{self}")
    }
}

/// Shows the history: what went in and what came out, in order, with the number of the pass.
impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "history of {}:\n{}", self.component, self.history)
    }
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

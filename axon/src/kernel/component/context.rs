//! What a component may do: collect, send, look.
//!
//! Ported from the methods of `Axon.Component.component`. The other verbs are in the files of their
//! subjects beside this one, and in `snapshot`.

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use crate::kernel::boxes::{BoxId, BoxTable};
use crate::kernel::cold_path::cold_path;
use crate::kernel::error::{SendError, UnknownBoxError, Way, WrongTypeError};
use crate::kernel::id::{ComponentRef, Pid};
use crate::kernel::message::{Message, Payload};
use crate::kernel::side::Side;
use crate::kernel::system::{Collected, Made, Refusal, System, Tracker, TrackerError};

/// Everything that a component may do, handed to its `main`.
///
/// The verbs by purpose, those used most first:
///
/// | to | verbs |
/// |---|---|
/// | receive, until told to end | [`next_or_end`](Context::next_or_end), [`next_of_or_end`](Context::next_of_or_end) |
/// | receive | [`next`](Context::next), [`recv`](Context::recv), [`recv_as`](Context::recv_as), [`drain`](Context::drain), [`data_ready`](Context::data_ready), [`any_ready`](Context::any_ready), [`is_any_ready`](Context::is_any_ready), [`inbox_bytes`](Context::inbox_bytes) |
/// | send | [`send`](Context::send), [`send_when_room`](Context::send_when_room), [`has_room`](Context::has_room), [`is_heard`](Context::is_heard), [`wake_when_unheard`](Context::wake_when_unheard), [`outbox_length`](Context::outbox_length), [`outbox_bytes`](Context::outbox_bytes) |
/// | answer without a linkage | [`deliver_to`](Context::deliver_to), [`address`](Context::address), [`deliver_at`](Context::deliver_at) |
/// | end | [`told_to_end`](Context::told_to_end), [`is_told_to_stop`](Context::is_told_to_stop), [`stop`](Context::stop), [`stop_scheduler`](Context::stop_scheduler), [`stop_scheduler_within`](Context::stop_scheduler_within), [`stopper`](Context::stopper) |
/// | wait | [`pause`](Context::pause), [`await_arrival`](Context::await_arrival), [`yield_now`](Context::yield_now), [`request_pause`](Context::request_pause), [`unpause`](Context::unpause) |
/// | wait for a time | [`sleep`](Context::sleep), [`pause_for`](Context::pause_for), [`pause_until`](Context::pause_until), [`now`](Context::now) |
/// | link | [`link`](Context::link), [`pass_through_inbox`](Context::pass_through_inbox), [`pass_through_outbox`](Context::pass_through_outbox), [`lend_inbox`](Context::lend_inbox), [`unlink`](Context::unlink), [`unlink_component`](Context::unlink_component), [`linkages`](Context::linkages) |
/// | limit a box | [`set_size`](Context::set_size), [`size`](Context::size) |
/// | start others | [`add`](Context::add), [`activate`](Context::activate), [`add_child`](Context::add_child), [`remove_child`](Context::remove_child), [`children`](Context::children), [`call_child`](Context::call_child) |
/// | see to their failures | [`supervise`](Context::supervise), [`failure_of`](Context::failure_of) |
/// | change its own boxes | [`add_inbox`](Context::add_inbox), [`add_outbox`](Context::add_outbox), [`delete_inbox`](Context::delete_inbox), [`delete_outbox`](Context::delete_outbox) |
/// | find and offer services | [`tracker`](Context::tracker), [`register_service`](Context::register_service), [`wait_for_service`](Context::wait_for_service), [`declare_service`](Context::declare_service) |
/// | look around | [`me`](Context::me), [`name`](Context::name), [`components`](Context::components), [`is_paused`](Context::is_paused), [`children_of`](Context::children_of), [`inboxes`](Context::inboxes), [`outboxes`](Context::outboxes), [`has_inbox`](Context::has_inbox), [`has_outbox`](Context::has_outbox), [`is_linked`](Context::is_linked), [`leads_to`](Context::leads_to), [`snapshot`](Context::snapshot), [`watch`](Context::watch), [`tap`](Context::tap), [`standing_still`](Context::standing_still), [`measure_steps`](Context::measure_steps), [`hold`](Context::hold) |
/// | be reached from other threads | [`waker`](Context::waker), [`remote`](Context::remote) |
/// | change where the scheduler sleeps | [`install_park`](Context::install_park), [`remove_park`](Context::remove_park) |
///
/// # Panics
///
/// A box name that the component does not have is a mistake in the program: every verb that takes a
/// name panics on it, and tells the component, the name and the names that exist. The scheduler turns
/// the panic into the component's failure.
///
/// A context belongs to the scheduler's thread:
///
/// ```compile_fail
/// fn needs_send<T: Send>() {}
/// needs_send::<axon::Context>();
/// ```
pub struct Context {
    pub(in crate::kernel) system: Rc<System>,
    /// Made when it is asked for: most components never do.
    me: OnceCell<ComponentRef>,
    /// That of `me`, nearer.
    pid: Pid,
    pub(super) table: Rc<BoxTable>,
    pub(super) first_inbox: u32,
    first_outbox: u32,
}

impl Context {
    pub(super) fn new(system: &Rc<System>, made: Made) -> Self {
        let Made { pid, table, first_inbox, first_outbox } = made;
        Context { system: Rc::clone(system), pid, me: OnceCell::new(), table, first_inbox, first_outbox }
    }

    /// A context that may outlive its component, whose boxes it keeps.
    pub(super) fn of(system: &Rc<System>, component: &ComponentRef) -> Self {
        let context = Context::new(system, system.places_of(component));
        Context { me: OnceCell::from(component.clone()), ..context }
    }

    #[inline(always)]
    pub(in crate::kernel) fn pid(&self) -> Pid {
        self.pid
    }

    /// The component itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// cx.link((cx.me(), "outbox"), (cx.me(), "inbox"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn me(&self) -> &ComponentRef {
        let reference = || self.system.with(|state| state.record(self.pid.index).identity.reference());
        self.me.get_or_init(reference)
    }

    /// The component's name: its type and number, as in `Echo_7`.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// println!("{}: connected", cx.name());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn name(&self) -> String {
        self.me().name()
    }

    /// The scheduler's time. A virtual clock stands still while any component can run.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let begun = cx.now();
    /// let answer = cx.next::<String>("inbox").await?;
    /// println!("{answer:?} after {:?}", cx.now() - begun);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "scheduler.time")]
    #[must_use]
    pub fn now(&self) -> Instant {
        self.system.clock.now()
    }

    /// How many messages wait in an inbox; 0 if it is passed through to another component.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Waits for a batch of ten.
    /// while cx.data_ready("inbox") < 10 {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "dataReady")]
    #[inline(always)]
    #[track_caller]
    #[must_use]
    pub fn data_ready(&self, inbox: &str) -> usize {
        self.system.waiting(self.inbox(inbox))
    }

    /// The name of the first inbox in which a message waits, in the order of declaration.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// while let Some(inbox) = cx.any_ready() {
    ///     println!("{inbox}: {:?}", cx.recv(&inbox));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "anyReady")]
    #[must_use]
    pub fn any_ready(&self) -> Option<String> {
        let declared = self.table.inboxes.declarations();
        (self.first_inbox..)
            .zip(declared)
            .find(|(inbox, _)| self.system.waiting(*inbox) > 0)
            .map(|(_, declaration)| declaration.name.to_owned())
            .or_else(|| self.any_added_ready())
    }

    /// Whether a message waits in any inbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// if !cx.is_any_ready() {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_any_ready(&self) -> bool {
        let declared = self.table.inboxes.declarations().len();
        let first = self.first_inbox as usize;
        self.system.with(|state| {
            let declared = &state.post.all_inboxes()[first..first + declared];
            declared.iter().any(|inbox| !inbox.ring().is_empty())
        }) || self.any_added_ready().is_some()
    }

    /// The oldest message of an inbox.
    ///
    /// # Panics
    ///
    /// Also if the inbox is passed through to another component, which has its messages.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// while let Some(message) = cx.recv("inbox") {
    ///     cx.send("outbox", message)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn recv(&self, inbox: &str) -> Option<Message> {
        let inbox = self.inbox(inbox);
        match self.system.collect_scalar::<Message>(inbox) {
            Collected::Value(message) => Some(message),
            Collected::Other => self.system.collect(inbox),
            Collected::Nothing => None,
            Collected::PassedOn => self.refuse_to_collect(inbox),
        }
    }

    /// The oldest message of an inbox, as a `T`.
    ///
    /// # Errors
    ///
    /// If its payload is of another type; the message is inside the error.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// if let Some(number) = cx.recv_as::<u64>("inbox")? {
    ///     cx.send("outbox", number + 1)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn recv_as<T: Payload + Clone>(&self, inbox: &str) -> Result<Option<T>, WrongTypeError> {
        self.collect_value(self.inbox(inbox)).transpose()
    }

    #[inline(always)]
    #[track_caller]
    pub(super) fn collect_value<T: Payload + Clone>(&self, inbox: u32) -> Option<Result<T, WrongTypeError>> {
        match self.system.collect_scalar(inbox) {
            Collected::Value(value) => Some(Ok(value)),
            Collected::Other => self.collect_other(inbox),
            Collected::Nothing => None,
            Collected::PassedOn => self.refuse_to_collect(inbox),
        }
    }

    #[inline(never)]
    fn collect_other<T: Payload + Clone>(&self, inbox: u32) -> Option<Result<T, WrongTypeError>> {
        let value = self.system.collect(inbox)?.into_value();
        Some(value.map_err(|message| self.wrong_type(inbox, std::any::type_name::<T>(), message)))
    }

    /// Collects the messages of an inbox one by one, including those that arrive meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let mut sum = 0;
    /// for number in cx.drain::<u64>("inbox") {
    ///     sum += number?;
    /// }
    /// cx.send("outbox", sum)?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "Inbox")]
    #[track_caller]
    pub fn drain<T: Payload + Clone>(&self, inbox: &str) -> impl Iterator<Item = Result<T, WrongTypeError>> {
        // Checked here, and not when the first message is taken, so that a panic names the caller's line.
        self.inbox(inbox);
        std::iter::from_fn(move || self.recv_as(inbox).transpose())
    }

    /// Sends a payload out of an outbox, straight into the inbox at the end of its chain. An outbox that
    /// is not linked discards, and so does one that leads to a component which has ended.
    ///
    /// # Errors
    ///
    /// If that inbox is full. The message is inside the error, and the component will be woken when there is room.
    /// Also if more than a thousand messages were sent in one step to a component that has ended, so that a loop
    /// without an `.await` comes to an end.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::{ProducerFinished, error::SendError};
    ///
    /// # fn example(cx: &axon::Context) -> Result<(), SendError> {
    /// cx.send("outbox", "a text")?;
    /// cx.send("outbox", 17u64)?;
    /// cx.send("signal", ProducerFinished::new())?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn send(&self, outbox: &str, payload: impl Payload) -> Result<(), SendError> {
        match self.try_send(outbox, payload) {
            Ok(()) => Ok(()),
            Err(refusal) => {
                cold_path();
                self.not_put(outbox, *refusal)
            }
        }
    }

    /// The same, with the refusal as it is.
    #[inline(always)]
    #[track_caller]
    pub(super) fn try_send(&self, outbox: &str, payload: impl Payload) -> Result<(), Box<Refusal>> {
        let found = self.outbox(outbox);
        if self.system.traces.get() {
            cold_path();
            return self.send_traced(outbox, found, Message::new(payload));
        }
        self.system.send(self.pid(), found, payload)
    }

    /// Puts a payload straight into an inbox of another component, as a linkage that is made for this one message
    /// would. For answers to a component that the question named.
    ///
    /// # Errors
    ///
    /// If the inbox is full; the message is inside the error.
    ///
    /// # Panics
    ///
    /// If that component has no such inbox, or lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{ComponentRef, Context, error::SendError};
    /// /// A question names who asks.
    /// #[derive(Clone, Debug)]
    /// struct Question(ComponentRef, u64);
    ///
    /// fn answer(cx: &Context, Question(from, number): Question) -> Result<(), SendError> {
    ///     cx.deliver_to(&from, "inbox", number * number)
    /// }
    /// ```
    #[track_caller]
    pub fn deliver_to(
        &self,
        component: &ComponentRef,
        inbox: &str,
        payload: impl Payload,
    ) -> Result<(), SendError> {
        let found = self.find_inbox(component, inbox);
        let refused = self.system.deliver_seen(self.pid(), found, Message::new(payload));
        refused.map_err(|refusal| self.refused_directly(*refusal))
    }

    /// The scheduler's tracker of services and values.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// if let Some((selector, inbox)) = cx.tracker().retrieve_service("SELECTOR") {
    ///     cx.link((cx.me(), "outbox"), (&selector, &inbox))?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.system.tracker
    }

    /// Offers an inbox of a component as a service, until it is taken off the tracker's list or the
    /// component ends.
    ///
    /// # Errors
    ///
    /// If there is a service of that name, or no such inbox, or the component has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// cx.register_service("greetings", (cx.me(), "inbox"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "registerService")]
    pub fn register_service(
        &self,
        name: &str,
        (component, inbox): (&ComponentRef, &str),
    ) -> Result<(), TrackerError> {
        if !self.system.owns(component) || component.is_stopped() {
            return Err(TrackerError::BadComponent { service: name.into(), component: component.name() });
        }
        if !self.has_inbox(component, inbox) {
            return Err(TrackerError::BadInbox {
                service: name.into(),
                component: component.name(),
                inbox: inbox.into(),
                known: self.inboxes(component),
            });
        }
        self.system.tracker.add_service(name, component.clone(), inbox)?;
        self.system.with(|state| {
            state.record_mut(component.0.pid.index).registered = true;
            state.announce_service(name);
        });
        Ok(())
    }

    #[inline(always)]
    #[track_caller]
    pub(in crate::kernel) fn inbox(&self, name: &str) -> u32 {
        match self.table.inboxes.find(name) {
            Some(at) => self.first_inbox + at as u32,
            None => self.find_inbox(self.me(), name),
        }
    }

    #[inline(always)]
    #[track_caller]
    pub(super) fn outbox(&self, name: &str) -> u32 {
        match self.table.outboxes.find(name) {
            Some(at) => self.first_outbox + at as u32,
            None => self.find_outbox(name),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn find_inbox(&self, component: &ComponentRef, name: &str) -> u32 {
        let component = self.here(component);
        match self.system.with(|state| state.find(component, name, Side::Inbox)) {
            Ok(found) => found.index(),
            Err(unknown) => unknown_box(&unknown),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn find_outbox(&self, name: &str) -> u32 {
        let me = self.me();
        match self.system.with(|state| state.find(me, name, Side::Outbox)) {
            Ok(found) => found.index(),
            Err(unknown) => unknown_box(&unknown),
        }
    }

    /// Its name as reports show it, with what its parent calls it.
    #[cold]
    fn title(&self) -> String {
        self.system.with(|state| state.title(self.pid.index))
    }

    #[cold]
    fn not_put(&self, outbox: &str, refusal: Refusal) -> Result<(), SendError> {
        if !refusal.is_unheard {
            return Err(self.refused(outbox, refusal));
        }
        if self.system.may_go_on_unheard(self.pid()) {
            return Ok(());
        }
        let (sender, destination) =
            (format!("{}.{outbox}", self.title()), self.system.destination(refusal.inbox));
        Err(SendError::receiver_ended(sender, destination, refusal.message))
    }

    #[cold]
    fn refused(&self, outbox: &str, refusal: Refusal) -> SendError {
        let Refusal { message, inbox, length, size, .. } = refusal;
        let (sender, destination) = (format!("{}.{outbox}", self.title()), self.system.destination(inbox));
        if self.system.with(|state| state.remembered.is_first_hint(self.pid().index, outbox)) {
            log::debug!(
                target: "axon",
                "{destination} has refused a message of {sender} ({length} of {size} messages): \
                 it is in the error, and lost if that is ignored"
            );
        }
        SendError::full(Way::Outbox, sender, destination, (length, size), message)
    }

    #[cold]
    pub(super) fn refused_directly(&self, refusal: Refusal) -> SendError {
        let Refusal { message, inbox, length, size, .. } = refusal;
        let destination = self.system.destination(inbox);
        SendError::full(Way::Directly, self.title(), destination, (length, size), message)
    }

    #[cold]
    fn wrong_type(&self, inbox: u32, expected: &'static str, message: Message) -> WrongTypeError {
        WrongTypeError::new(self.system.destination(inbox), expected, message)
    }

    #[cold]
    #[track_caller]
    fn refuse_to_collect(&self, inbox: u32) -> ! {
        let name = self.system.destination(inbox);
        let linkage = self.system.with(|state| state.linkage(state.post.inbox(inbox).route().to));
        panic!("{name} is passed through ({linkage}): its messages are collected there");
    }

    #[cold]
    fn send_traced(&self, outbox: &str, found: u32, message: Message) -> Result<(), Box<Refusal>> {
        if log::log_enabled!(target: "axon::transit", log::Level::Trace) {
            let target = self.system.with(|state| state.post.end_of(BoxId::outbox(found)));
            let destination = match target {
                crate::kernel::boxes::NONE => String::from("(not linked)"),
                inbox => self.system.destination(inbox),
            };
            log::trace!(target: "axon::transit", "{}.{outbox} -> {destination}: {}", self.me(), message.excerpt());
        }
        let passing = self.system.passing(BoxId::outbox(found), &message);
        self.system.send(self.pid(), found, message)?;
        passing.into_iter().for_each(|passing| self.system.passed(passing));
        Ok(())
    }
}

#[cold]
#[track_caller]
fn unknown_box(unknown: &UnknownBoxError) -> ! {
    panic!("{unknown}")
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({})", self.me())
    }
}

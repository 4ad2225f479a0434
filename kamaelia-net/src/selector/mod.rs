//! Notifies components when their sockets, or other descriptors, are ready: the service `selector`.
//!
//! Ported from `Kamaelia.Internet.Selector`.
//!
//! *Differs from Kamaelia:* it is an ordinary component instead of a thread, and the scheduler itself
//! sleeps in the system's poll (see [`axon::Park`]): there is no change of thread per event, no limit on
//! the number of descriptors, and no delay for a new one.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::{
    Address, Boxes, Component, ComponentRef, Context, Ending, Linkage, LogLimit, Message,
    error::{LinkError, UndeliveredError},
    time_after,
};

use crate::descriptor::Descriptor;
use crate::ipc::{
    BoxName, NewExceptional, NewReader, NewWriter, RemoveExceptional, RemoveReader, RemoveWriter,
};
use crate::ready::{Answers, Direction, Ready};

mod park;
mod poller;
#[cfg(test)]
mod poller_tests;

use park::SelectorPark;
use poller::{Asked, Poller, Seen};

/// The name of the inbox for requests.
pub const NOTIFY: &str = "notify";

/// How long a Selector stays when there is nothing to watch.
const IDLE: Duration = Duration::from_secs(5);

/// Watches descriptors for other components. Send it a [`NewReader`], [`NewWriter`] or [`NewExceptional`];
/// when the descriptor is ready, it sends a [`Ready`], as a `u64`, to the component and inbox named in the
/// request.
///
/// Obtain it with [`Selector::services`]. A request is answered once. For the next answer, send a new request,
/// or send back [`Ready::again`] or [`Ready::when_changed`]; or ask for an answer at every change with
/// [`NewReader::at_every_change`]. A second request for the same descriptor and direction is ignored until
/// the first has been answered or withdrawn. A request for a descriptor that cannot be watched, such as a
/// plain file, which is always ready, is answered immediately.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
/// | `notify` | [`NewReader`], [`NewWriter`], [`NewExceptional`], [`RemoveReader`], [`RemoveWriter`], [`RemoveExceptional`], and repeated requests, as `u64` |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | not used |
/// | `signal` | the ending that it received, at its end |
///
/// # Shutdown
///
/// It is a service: when only services are left, the run ends. On `producerFinished` it ends as soon as
/// nothing is watched any more, on `shutdownMicroprocess` immediately. It ends by itself when nothing has been
/// watched for five seconds; after that, [`Selector::services`] makes a new one.
///
/// # Examples
///
/// ```
/// use axon::{Component, Context};
/// use kamaelia_net::{NewReader, Selector, Watched};
///
/// struct WaitForClient;
/// impl Component for WaitForClient {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
///         let _client = std::net::TcpStream::connect(listener.local_addr()?)?;
///         let listener = Watched::new(listener);
///         let (selector, notify) = Selector::services(cx)?.notify;
///         let request = NewReader::new(cx.me(), "inbox", listener.descriptor());
///         cx.deliver_to(&selector, &notify, request)?;
///         cx.next::<u64>("inbox").await?;
///         listener.accept()?;                       // does not wait
///         Ok(())
///     }
/// }
/// axon::run(WaitForClient)?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Selector {
    poller: Rc<RefCell<Poller>>,
    /// For each slot of the poller, where the answers go.
    entries: Vec<Entry>,
    /// An empty vector, for the poller to fill with the next answers.
    spare: Vec<Ready>,
    /// Since when nothing is watched.
    idle_since: Option<Instant>,
}

axon::debug_by_name!(Selector);

/// Where the answers about one descriptor go. It is kept after an answer, so that the `u64` alone can repeat
/// the request.
#[derive(Default)]
struct Entry {
    generation: u32,
    reader: Option<Asker>,
    /// For writing and for urgent data, in a box of their own, since most descriptors have no such requests.
    others: Option<Box<[Option<Asker>; 2]>>,
}

/// Where an answer goes.
type Asker = Address;

impl Entry {
    fn asker(&self, direction: Direction) -> Option<&Asker> {
        match direction {
            Direction::Read => self.reader.as_ref(),
            Direction::Write => self.others.as_ref()?[0].as_ref(),
            Direction::Exceptional => self.others.as_ref()?[1].as_ref(),
        }
    }

    fn set(&mut self, direction: Direction, asker: Option<Asker>) {
        match direction {
            Direction::Read => self.reader = asker,
            Direction::Write => self.others.get_or_insert_default()[0] = asker,
            Direction::Exceptional => self.others.get_or_insert_default()[1] = asker,
        }
    }
}

/// Where to send requests and endings: components, each with one of its inboxes.
#[derive(Clone, Debug)]
pub struct SelectorServices {
    /// For requests: the service `selector`.
    pub notify: (ComponentRef, String),
    /// For endings: the service `selectorshutdown`.
    pub control: (ComponentRef, String),
}

impl SelectorServices {
    /// Links an outbox of a component to the inbox for requests.
    ///
    /// # Errors
    ///
    /// Those of [`Context::link`].
    pub fn link(&self, cx: &Context, source: (&ComponentRef, &str)) -> Result<Linkage, LinkError> {
        cx.link(source, (&self.notify.0, &self.notify.1))
    }
}

/// The name of the service for requests.
/// Which lines of the log are limited together.
const UNWATCHED: &str = "descriptors that the Selector cannot watch";

const SERVICE: &str = "selector";
/// The name of the service for endings.
const SHUTDOWN_SERVICE: &str = "selectorshutdown";

impl Selector {
    /// A Selector that is not registered with the tracker. Usually [`Selector::services`] is what you need.
    ///
    /// # Errors
    ///
    /// If the system has no descriptor left for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::Scheduler;
    /// use kamaelia_net::Selector;
    ///
    /// let mut scheduler = Scheduler::new();
    /// let selector = scheduler.activate(Selector::new()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        let no_selector =
            |error: io::Error| io::Error::new(error.kind(), format!("a Selector cannot be made: {error}"));
        let poller = Rc::new(RefCell::new(Poller::new().map_err(no_selector)?));
        Ok(Selector { poller, entries: Vec::new(), spare: Vec::new(), idle_since: None })
    }

    /// The scheduler's Selector. It is made and activated if there is none.
    ///
    /// # Errors
    ///
    /// If another service is registered under one of its two names, or with an [`io::Error`] if the system has
    /// no descriptor left.
    #[doc(alias = "getSelectorServices")]
    #[doc(alias = "setSelectorServices")]
    pub fn services(cx: &Context) -> axon::Result<SelectorServices> {
        let tracker = cx.tracker();
        let registered = (tracker.retrieve_service(SERVICE), tracker.retrieve_service(SHUTDOWN_SERVICE));
        if let (Some(notify), Some(control)) = registered {
            return Ok(SelectorServices { notify, control });
        }
        let selector = cx.add(Selector::new()?);
        cx.register_service(SERVICE, (&selector, NOTIFY))?;
        cx.register_service(SHUTDOWN_SERVICE, (&selector, axon::CONTROL))?;
        cx.activate(selector.clone());
        Ok(SelectorServices {
            notify: (selector.clone(), NOTIFY.into()),
            control: (selector, axon::CONTROL.into()),
        })
    }

    /// Carries out one request.
    fn heed(&mut self, cx: &Context, poller: &RefCell<Poller>, message: Message) {
        let message = match message.take::<u64>() {
            Ok(word) => return self.ask_again(cx, poller, Ready::from(word)),
            Err(message) => message,
        };
        let message = match message.take::<NewReader>() {
            Ok(NewReader { reply_to, descriptor, answers }) => {
                return self.ask(cx, poller, reply_to, (&descriptor, Direction::Read, answers));
            }
            Err(message) => message,
        };
        let message = match message.take::<NewWriter>() {
            Ok(NewWriter { reply_to, descriptor, answers }) => {
                return self.ask(cx, poller, reply_to, (&descriptor, Direction::Write, answers));
            }
            Err(message) => message,
        };
        let message = match message.take::<NewExceptional>() {
            Ok(NewExceptional { reply_to, descriptor, answers }) => {
                return self.ask(cx, poller, reply_to, (&descriptor, Direction::Exceptional, answers));
            }
            Err(message) => message,
        };
        let withdrawn = message
            .view(|RemoveReader { descriptor }| (descriptor.clone(), Direction::Read))
            .or_else(|| message.view(|RemoveWriter { descriptor }| (descriptor.clone(), Direction::Write)))
            .or_else(|| {
                message.view(|RemoveExceptional { descriptor }| (descriptor.clone(), Direction::Exceptional))
            });
        match withdrawn {
            Some((descriptor, direction)) => self.withdraw(poller, &descriptor, direction),
            None => {
                if let Some(more) = LogLimit::admit_for_all(cx, "what is no request of the Selector") {
                    log::error!(
                        "{} got no request on {NOTIFY:?}, but {}{more}",
                        cx.name(),
                        message.excerpt()
                    );
                }
            }
        }
    }

    fn ask(
        &mut self,
        cx: &Context,
        poller: &RefCell<Poller>,
        reply_to: (ComponentRef, BoxName),
        (descriptor, direction, answers): (&Descriptor, Direction, Answers),
    ) {
        let asker = match cx.address((&reply_to.0, &reply_to.1)) {
            Ok(asker) => asker,
            Err(unknown) => {
                if let Some(more) = LogLimit::admit_for_all(cx, "boxes that the Selector cannot answer to") {
                    log::error!("{} cannot answer: {unknown}{more}", cx.name());
                }
                return;
            }
        };
        let asked = poller.borrow_mut().want(descriptor, direction, answers);
        match asked {
            Ok((token, Asked::News)) => {
                let (place, generation) = (token as u32 as usize, (token >> 32) as u32);
                if self.entries.len() <= place {
                    poller::make_room(&mut self.entries);
                    self.entries.resize_with(place + 1, Entry::default);
                }
                let entry = &mut self.entries[place];
                if entry.generation != generation {
                    *entry = Entry { generation, ..Entry::default() };
                }
                entry.set(direction, Some(asker));
            }
            Ok((_, Asked::Before | Asked::Gone)) => {
                log::debug!("{}: {descriptor:?} is watched for {direction:?} already", cx.name());
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::PermissionDenied
                    && let Some(more) = LogLimit::admit_for_all(cx, UNWATCHED)
                {
                    log::warn!("{} cannot watch {descriptor:?}: {error}{more}", cx.name());
                }
                deliver(cx, &asker, Ready::UNKNOWN.with_direction(direction));
            }
        }
    }

    fn ask_again(&mut self, cx: &Context, poller: &RefCell<Poller>, question: Ready) {
        let (token, direction) = (question.token(), question.direction());
        let seen = if question.is_drained() { Seen::Drained } else { Seen::Unknown };
        if self.asker(question).is_none() {
            log::debug!("{}: nobody asked {question:?} before", cx.name());
            return;
        }
        let asked = poller.borrow_mut().want_again(token, direction, seen);
        if let Err(error) = asked {
            if let Some(more) = LogLimit::admit_for_all(cx, UNWATCHED) {
                log::warn!("{} cannot watch {question:?}: {error}{more}", cx.name());
            }
            self.tell(cx, question.with_more_perhaps());
        }
    }

    fn withdraw(&mut self, poller: &RefCell<Poller>, descriptor: &Descriptor, direction: Direction) {
        let mut poller = poller.borrow_mut();
        if let Some(token) = poller.token(descriptor) {
            poller.withdraw(token, direction);
            drop(poller);
            if let Some(entry) = self.entry(token) {
                entry.set(direction, None);
            }
        }
    }

    fn entry(&mut self, token: u64) -> Option<&mut Entry> {
        self.entries.get_mut(token as u32 as usize).filter(|entry| entry.generation == (token >> 32) as u32)
    }

    fn asker(&mut self, ready: Ready) -> Option<&Asker> {
        self.entry(ready.token())?.asker(ready.direction())
    }

    fn tell(&mut self, cx: &Context, ready: Ready) {
        if let Some(asker) = self.asker(ready) {
            deliver(cx, asker, ready);
        }
    }

    /// Sends the answers that the poller has found.
    fn answer(&mut self, cx: &Context, poller: &RefCell<Poller>) {
        for token in poller.borrow_mut().forgotten() {
            if let Some(entry) = self.entry(token) {
                (entry.reader, entry.others) = (None, None);
            }
        }
        let mut answers = poller.borrow_mut().answers(std::mem::take(&mut self.spare));
        for ready in answers.drain(..) {
            self.tell(cx, ready);
        }
        self.spare = answers;
    }
}

fn deliver(cx: &Context, asker: &Asker, ready: Ready) {
    match cx.deliver_at(asker, u64::from(ready)) {
        Ok(()) => {}
        Err(UndeliveredError::Full(error)) => {
            if let Some(more) = LogLimit::admit_for_all(cx, "answers of the Selector without room") {
                log::warn!("{}: {error}{more}", cx.name());
            }
        }
        Err(UndeliveredError::Gone(gone)) => log::debug!("{}: {gone}", cx.name()),
    }
}

impl Component for Selector {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox(NOTIFY, "requests to watch a descriptor")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.declare_service();
        let poller = Rc::clone(&self.poller);
        cx.install_park(SelectorPark::new(Rc::clone(&poller), cx.waker()))?;
        let mut told: Option<Message> = None;
        loop {
            while let Some(message) = cx.recv(NOTIFY) {
                self.heed(cx, &poller, message);
            }
            self.answer(cx, &poller);
            told = cx.told_to_end().or(told);
            let is_idle = poller.borrow_mut().registered() == 0;
            let over = match told.as_ref().and_then(Message::ending) {
                Some(Ending::ShutdownMicroprocess) => true,
                Some(Ending::ProducerFinished) if is_idle => true,
                _ if is_idle => self.idle_since.get_or_insert_with(|| cx.now()).elapsed_at(cx) >= IDLE,
                _ => {
                    self.idle_since = None;
                    false
                }
            };
            if over {
                break;
            }
            match self.idle_since {
                Some(since) => cx.pause_until(time_after(since, IDLE)).await,
                // That an answer was read is no reason to look again.
                None => cx.await_arrival().await,
            }
        }
        // From now on `services` makes a new Selector. Control is not handed over between this and the end,
        // so no request can be lost in between.
        for service in [SERVICE, SHUTDOWN_SERVICE] {
            if cx.tracker().retrieve_service(service).is_some_and(|(selector, _)| selector == *cx.me()) {
                cx.tracker().deregister_service(service)?;
            }
        }
        cx.remove_park();
        if let Some(told) = told {
            cx.send(axon::SIGNAL, told)?;
        }
        Ok(())
    }
}

/// How long ago a time was, by the scheduler's clock.
trait ElapsedAt {
    fn elapsed_at(&self, cx: &Context) -> Duration;
}

impl ElapsedAt for Instant {
    fn elapsed_at(&self, cx: &Context) -> Duration {
        cx.now().saturating_duration_since(*self)
    }
}

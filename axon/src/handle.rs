//! Sends to a component and receives from it, from threads outside the scheduler.
//!
//! Ported from `Axon.Handle`.
//!
//! *Differs from Kamaelia:* it reaches all boxes of the component, not only the four standard ones; it can
//! wait, with or without a time limit, and never polls; a full box refuses; and the end of the component is
//! reported, with its failure if it has failed.

use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{
    Background, Boxes, Carried, Component, ComponentRef, Context, Ferry, IntoComponent, Message, Payload,
    Result, Side, ThreadContext,
    error::{Failure, SendError, UnknownBoxError},
};

/// How many messages may be on their way to each inbox, unless another number is set.
const QUEUE_LENGTH: usize = 1000;

/// A component that runs in the background, for use by other threads: they put messages into its inboxes
/// and get messages from its outboxes.
///
/// A clone is another handle to the same component. When the last one is dropped, the component goes on,
/// and what it sends is discarded. To end it, put an ending into `control` first.
///
/// Boxes whose names begin with `_` are for the component's own use, and a handle does not reach them.
///
/// What is put goes through a queue of limited length into the inbox. So when the inbox is full, puts are
/// refused only once the queue is full too. What the component sends waits, without a limit, until a thread
/// gets it.
///
/// # Panics
///
/// A box that the component does not have is a mistake in the program: the methods panic and list the names
/// that exist.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::{Background, Handle};
///
/// let background = Background::start()?;
/// let reverser = Handle::new(&background, || {
///     PureTransformer::new(|line: &str| Some(line.chars().rev().collect::<String>()))
/// })?;
/// reverser.put("inbox", "hello")?;
/// assert_eq!(reverser.next("outbox")?.take::<String>().unwrap(), "olleh");
///
/// reverser.put("control", ProducerFinished::new())?;
/// assert!(reverser.next("outbox").is_err(), "it has ended");
/// background.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Handle(Arc<Held>);

/// What all clones share.
struct Held {
    half: ThreadContext,
    component: ComponentRef,
    inboxes: Vec<String>,
    outboxes: Vec<String>,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Handle {
    /// Makes a component in the background and activates it. When this returns, the component has had its
    /// first turn.
    ///
    /// # Errors
    ///
    /// If the scheduler has ended, or the component cannot be made: [`Background::join`] returns why.
    ///
    /// # Panics
    ///
    /// If called in a component of that same scheduler, which would wait for itself.
    pub fn new<C: IntoComponent + 'static>(
        background: &Background,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> std::result::Result<Self, EndedError> {
        Self::with_queue_length(background, QUEUE_LENGTH, make)
    }

    /// The same, with another limit for the number of messages on their way to each inbox.
    ///
    /// # Errors
    ///
    /// As [`Handle::new`].
    ///
    /// # Panics
    ///
    /// As [`Handle::new`].
    pub fn with_queue_length<C: IntoComponent + 'static>(
        background: &Background,
        length: usize,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> std::result::Result<Self, EndedError> {
        assert!(
            background.thread() != Some(thread::current().id()),
            "a handle cannot be made in a component of its own scheduler: it would wait for itself"
        );
        let (tell, told) = channel();
        let not_made =
            || EndedError { component: String::from("the component of the handle"), failure: None };
        background
            .activate(move || Doorman { make: Some(make), length, tell: Some(tell) })
            .map_err(|_| not_made())?;
        told.recv().map(|held| Handle(Arc::new(held))).map_err(|_| not_made())
    }

    /// The component.
    #[must_use]
    pub fn component(&self) -> &ComponentRef {
        &self.0.component
    }

    /// How the component failed, if it has.
    pub fn failure(&self) -> Option<Failure> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a payload into an inbox, without waiting.
    ///
    /// # Errors
    ///
    /// If there is no room, or the component has ended. The message is inside the error.
    #[track_caller]
    pub fn put(&self, inbox: &str, payload: impl Payload) -> std::result::Result<(), PutError> {
        self.put_in_time(inbox, Message::new(payload), Some(Duration::ZERO))
    }

    /// Puts a payload into an inbox, and waits while there is no room.
    ///
    /// # Errors
    ///
    /// If the component has ended. The message is inside the error.
    #[track_caller]
    pub fn put_when_room(&self, inbox: &str, payload: impl Payload) -> std::result::Result<(), PutError> {
        self.put_in_time(inbox, Message::new(payload), None)
    }

    /// Puts a payload into an inbox, and waits for room for at most `time`.
    ///
    /// # Errors
    ///
    /// If there is no room in that time, or the component has ended. The message is inside the error.
    #[track_caller]
    pub fn put_within(
        &self,
        inbox: &str,
        payload: impl Payload,
        time: Duration,
    ) -> std::result::Result<(), PutError> {
        self.put_in_time(inbox, Message::new(payload), Some(time))
    }

    #[track_caller]
    fn put_in_time(
        &self,
        inbox: &str,
        message: Message,
        limit: Option<Duration>,
    ) -> std::result::Result<(), PutError> {
        self.expect_box(Side::Inbox, inbox);
        self.0.half.send_within(inbox, message, limit).map_err(|refused| PutError {
            inbox: inbox.to_owned(),
            ended: refused.is_over().then(|| self.ended()),
            component: self.0.component.name(),
            refused,
        })
    }

    /// The oldest message from an outbox; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// If the component has ended and nothing is left.
    #[track_caller]
    pub fn get(&self, outbox: &str) -> std::result::Result<Option<Message>, EndedError> {
        self.next_within(outbox, Duration::ZERO)
    }

    /// Waits for the next message from an outbox and returns it.
    ///
    /// # Errors
    ///
    /// If the component has ended and nothing is left.
    #[track_caller]
    pub fn next(&self, outbox: &str) -> std::result::Result<Message, EndedError> {
        self.expect_box(Side::Outbox, outbox);
        self.0.half.recv_within(outbox, None).ok_or_else(|| self.ended())
    }

    /// Waits for the next message from an outbox for at most `time`. Returns `None` if none came in that
    /// time.
    ///
    /// # Errors
    ///
    /// If the component has ended and nothing is left.
    #[track_caller]
    pub fn next_within(
        &self,
        outbox: &str,
        time: Duration,
    ) -> std::result::Result<Option<Message>, EndedError> {
        self.expect_box(Side::Outbox, outbox);
        match self.0.half.recv_within(outbox, Some(time)) {
            // The last messages arrived before the end was noticed: look once more.
            None if self.0.half.is_over() => self.0.half.recv(outbox).map(Some).ok_or_else(|| self.ended()),
            message => Ok(message),
        }
    }

    /// The messages from an outbox. The iterator waits for each, and ends when the component has ended and
    /// nothing is left. [`Handle::failure`] returns whether it has failed.
    #[track_caller]
    pub fn messages(&self, outbox: &str) -> impl Iterator<Item = Message> {
        self.expect_box(Side::Outbox, outbox);
        std::iter::from_fn(move || self.next(outbox).ok())
    }

    fn ended(&self) -> EndedError {
        EndedError { component: self.0.component.name(), failure: self.failure() }
    }

    #[track_caller]
    fn expect_box(&self, side: Side, name: &str) {
        let Held { component, inboxes, outboxes, .. } = &*self.0;
        let (known, others) = match side {
            Side::Inbox => (inboxes, outboxes),
            Side::Outbox => (outboxes, inboxes),
        };
        if !known.iter().any(|known| known == name) {
            panic!("{}", UnknownBoxError::new(component.name(), side, name, known.clone(), others));
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.component)
    }
}

/// A message that could not be put into an inbox, and why.
pub struct PutError {
    component: String,
    inbox: String,
    /// `None` if there was no room.
    ended: Option<EndedError>,
    refused: SendError,
}

impl PutError {
    /// Whether there was no room. Otherwise the component has ended.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ended.is_none()
    }

    /// The message.
    #[must_use]
    pub fn into_message(self) -> Message {
        self.refused.into_message()
    }
}

impl fmt::Display for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PutError { component, inbox, ended, refused } = self;
        match ended {
            None => {
                let length = refused.length();
                write!(f, "{component}.{inbox} is full, and so is the queue before it ({length} messages)")
            }
            Some(ended) => write!(f, "nothing can be put into {component}.{inbox}: {ended}"),
        }
    }
}

impl fmt::Debug for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PutError {}

/// The component of a handle has ended: by itself, because it or its run was stopped, or by a failure.
#[derive(Clone, Debug)]
pub struct EndedError {
    component: String,
    failure: Option<Failure>,
}

impl EndedError {
    /// How the component failed, if it has.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

impl fmt::Display for EndedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            Some(failure) => failure.fmt(f),
            None => write!(f, "{} has ended", self.component),
        }
    }
}

impl std::error::Error for EndedError {}

/// The parent of the component: it has an outbox for each inbox of the component, an inbox for each of its
/// outboxes, and a ferry to the threads that hold the handle.
struct Doorman<M> {
    make: Option<M>,
    length: usize,
    tell: Option<Sender<Held>>,
}

impl<M: FnOnce() -> C + 'static, C: IntoComponent + 'static> Component for Doorman<M> {
    fn boxes(&self) -> Boxes {
        Boxes::none()
    }

    fn kind(&self) -> &'static str {
        "Handle"
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (Some(make), Some(tell)) = (self.make.take(), self.tell.take()) else { return Ok(()) };
        let child = cx.add_child(make());
        cx.supervise(&child);
        // The component itself links those that are for its own use.
        let is_open = |name: &String| !name.starts_with('_');
        let inboxes: Vec<_> = cx.inboxes(&child).into_iter().filter(is_open).collect();
        let outboxes: Vec<_> = cx.outboxes(&child).into_iter().filter(is_open).collect();
        for name in &inboxes {
            cx.link((cx.me(), &cx.add_outbox(name)), (&child, name))?;
        }
        for name in &outboxes {
            cx.link((&child, name), (cx.me(), &cx.add_inbox(name)))?;
        }
        cx.activate(&child);
        // A chassis makes its linkages in its first turn. A message that arrives before might be refused.
        cx.yield_now().await;
        cx.yield_now().await;
        let (mut ferry, half) = Ferry::new(cx, self.length);
        let failure = Arc::new(Mutex::new(None));
        let held = Held {
            half,
            component: child.clone(),
            inboxes,
            outboxes: outboxes.clone(),
            failure: failure.clone(),
        };
        // The thread that made the handle waits for this. If it no longer does, nobody holds the handle.
        let _ = tell.send(held);
        loop {
            let carried = ferry.carry(cx);
            if matches!(carried, Carried::Last | Carried::Over) {
                outboxes.iter().for_each(|name| while cx.recv(name).is_some() {});
            }
            let is_all_told = outboxes.iter().all(|name| cx.data_ready(name) == 0);
            if child.is_stopped() && is_all_told {
                break;
            }
            if carried == Carried::Again {
                cx.yield_now().await;
            } else {
                cx.pause().await;
            }
        }
        let failed = cx.failure_of(&child);
        *failure.lock().unwrap_or_else(PoisonError::into_inner) = failed.clone();
        // Threads that wait are woken when the ferry is dropped, and then find the failure.
        drop(ferry);
        failed.map_or(Ok(()), |failed| Err(Box::new(failed).into()))
    }
}

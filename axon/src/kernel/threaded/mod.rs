//! Components that may block: their `main` is a plain function on a thread of its own.
//!
//! Ported from `Axon.ThreadedComponent`.
//!
//! *Differs from Kamaelia:* every threaded component may add boxes; there is no second class for it. An error or a
//! panic in the thread is the component's, with its text (there the text is lost, F61). A request to the scheduler
//! that fails comes back as an error (there it hangs, B10). A run that ends tells its threads to end, and waits for
//! them for a limited time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::{io, thread};

use crate::kernel::boxes::{Boxes, SIGNAL};
use crate::kernel::component::{Component, Context};
use crate::kernel::error::Result;
use crate::kernel::id::short_type_name;
use crate::kernel::message::Ending;
use crate::kernel::safely::{drop_safely, panic_text, safely};
use thread_context::Outcome;

mod exchange;
mod ferry;
mod on_scheduler;
mod sync;
mod thread_context;
mod thread_ends;

pub use ferry::{Carried, Ferry};
pub use thread_context::{StoppedError, ThreadContext};

/// How many messages the queue of a box holds, unless another length is asked for.
const QUEUE_LENGTH: usize = 1000;

/// A component whose `main` may block: it runs on a thread of its own, with the verbs of every component.
///
/// Wrap it in [`Threaded`] to use it. Write either `main`, or `main_body` and perhaps the other two.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::{ThreadContext, Threaded, ThreadedComponent};
///
/// /// Sends each number it gets, doubled.
/// struct Double;
///
/// impl ThreadedComponent for Double {
///     fn main(&mut self, cx: &ThreadContext) -> axon::Result {
///         while let Some(number) = cx.next_or_end::<u64>("inbox")? {
///             cx.send("outbox", 2 * number)?;
///         }
///         Ok(())
///     }
/// }
///
/// let doubled = Received::<u64>::new();
/// axon::run(pipeline![DataSource::new([1u64, 2]), Threaded::new(Double), DataSink::new(&doubled)])?;
/// assert_eq!(doubled.take(), [2, 4]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "threadedcomponent")]
#[doc(alias = "threadedadaptivecommscomponent")]
pub trait ThreadedComponent: Send + 'static {
    /// The boxes; by default `inbox`, `control`, `outbox` and `signal`.
    fn boxes(&self) -> Boxes {
        Boxes::standard()
    }

    /// Its type in names and reports, the `Echo` of `Echo_7`; by default the name of its Rust type.
    fn kind(&self) -> &'static str {
        short_type_name::<Self>()
    }

    /// What it does, on its own thread. The component has ended when `main` has returned and all that it
    /// sent is delivered.
    ///
    /// By default: `initialise_component`, then `main_body` as long as it returns true, then
    /// `close_down_component`.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure, as is a panic.
    fn main(&mut self, cx: &ThreadContext) -> Result {
        self.initialise_component(cx)?;
        while self.main_body(cx)? {}
        self.close_down_component(cx)
    }

    /// Called first, in a component without a `main` of its own.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "initialiseComponent")]
    fn initialise_component(&mut self, cx: &ThreadContext) -> Result {
        let _ = cx;
        Ok(())
    }

    /// Called again and again until it returns false, in a component without a `main` of its own.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "mainBody")]
    fn main_body(&mut self, cx: &ThreadContext) -> Result<bool> {
        let _ = cx;
        Ok(false)
    }

    /// Called last, in a component without a `main` of its own.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "closeDownComponent")]
    fn close_down_component(&mut self, cx: &ThreadContext) -> Result {
        let _ = cx;
        Ok(())
    }
}

/// A [`ThreadedComponent`] as a component like any other.
///
/// Between the thread and each box is a queue of limited length. Data that finds no room in the queue of
/// an inbox waits in the inbox; so a limited inbox refuses its senders once both are full. The thread is
/// refused once the queue of an outbox is full, which it becomes when the box that the outbox leads to is
/// full. Messages of `control` reach the thread after those that wait in the other inboxes.
///
/// Its boxes are those of the component that it wraps.
///
/// # Shutdown
///
/// That of the component that it wraps. If it is stopped, or the run ends, its thread is told: see [`ThreadContext`].
/// The run waits for such threads for a limited time
/// ([`SchedulerBuilder::thread_patience`](crate::SchedulerBuilder::thread_patience)), then names those that have not
/// ended.
///
/// # Errors
///
/// That of the thread's `main`, or of the operating system if it has no thread to give.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
///
/// /// Reads a whole file, which may take a while.
/// struct Reader(&'static str);
///
/// impl ThreadedComponent for Reader {
///     fn main(&mut self, cx: &ThreadContext) -> axon::Result {
///         cx.send("outbox", std::fs::read(self.0)?)?;
///         cx.send("signal", ProducerFinished::new())?;
///         Ok(())
///     }
/// }
///
/// axon::run(pipeline![Threaded::new(Reader("/etc/hosts")), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Threaded<C> {
    /// `None` once the thread has it.
    component: Option<C>,
    boxes: Boxes,
    kind: &'static str,
    queue_length: usize,
    is_detached: bool,
}

impl<C: ThreadedComponent> Threaded<C> {
    /// A component that runs on a thread of its own.
    pub fn new(component: C) -> Self {
        Threaded {
            boxes: component.boxes(),
            kind: component.kind(),
            component: Some(component),
            queue_length: QUEUE_LENGTH,
            is_detached: false,
        }
    }

    /// How many messages may wait between the thread and each box, in place of 1000; at least one. However few
    /// they are, no more is taken once they hold 256 KiB of text and bytes.
    #[doc(alias = "queuelengths")]
    pub fn queue_length(mut self, length: usize) -> Self {
        self.queue_length = length;
        self
    }

    /// The component does not wait for its thread. For a thread that may wait for something that never comes, for
    /// example a key press.
    ///
    /// The component then reads `control` itself. Told to end, it passes the notice on and ends, after it
    /// has delivered what the thread has sent if more time is given ("no more will come"). Its thread
    /// is told, and nobody waits for it; what it does from then on is lost.
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    fn start(&mut self, cx: &Context, thread_half: ThreadContext) -> io::Result<()> {
        let Some(mut component) = self.component.take() else { return Ok(()) };
        // Dropped as the thread's last act, which tells the run that it has ended.
        let alive = (!self.is_detached).then(|| cx.system.threads.sign_on(cx.system.who(cx.pid().index).1));
        thread::Builder::new().name(cx.name()).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| component.main(&thread_half)));
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(component)));
            let outcome = match (outcome, dropped) {
                (Err(panic), Err(another)) => {
                    drop(panic_text(another));
                    Err(panic)
                }
                (Ok(result), Err(panic)) => {
                    let _ = drop_safely(result);
                    Err(panic)
                }
                (outcome, Ok(())) => outcome,
            };
            let unheard = thread_half.finish(outcome);
            // The error is user code.
            let _ = safely(|| {
                if let Err(Ok(Err(error))) = unheard {
                    log::debug!(target: "axon", "{} had ended when its thread failed: {error}", thread_half.me());
                }
            });
            drop(thread_half);
            drop(alive);
        })?;
        Ok(())
    }
}

impl<C: ThreadedComponent> Component for Threaded<C> {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (mut ferry, thread_half) = Ferry::new(cx, self.queue_length);
        let mut thread_half = Some(thread_half);
        if self.is_detached {
            ferry.keep_control();
        }
        loop {
            let carried = ferry.carry(cx);
            match carried {
                Carried::Over => return ended(ferry.outcome()).or_else(|error| ferry.give_back(cx, error)),
                Carried::Last => {
                    // A failure is reported immediately; messages for which there is no room are not waited for.
                    if let Some(outcome @ (Err(_) | Ok(Err(_)))) = ferry.outcome() {
                        return ended(Some(outcome)).or_else(|error| ferry.give_back(cx, error));
                    }
                    if cx.is_told_to_stop() {
                        return Ok(());
                    }
                }
                Carried::All | Carried::Again => {}
            }
            if self.is_detached
                && let Some(notice) = cx.told_to_end()
            {
                ferry.shut();
                while notice.ending() == Some(Ending::ProducerFinished)
                    && !ferry.deliver(cx)
                    && !cx.is_told_to_stop()
                {
                    cx.pause().await;
                }
                // Told to stop while there was no room: those who listen to it have been told, too.
                let _ = cx.send_when_room(SIGNAL, notice).await;
                return Ok(());
            }
            // What waited already is there for the thread from the start.
            if let Some(thread_half) = thread_half.take() {
                self.start(cx, thread_half)?;
            }
            if carried == Carried::Again {
                cx.yield_now().await;
            } else {
                cx.pause().await;
            }
        }
    }
}

impl Context {
    /// What to call when a thread is at work for this component and may be when it has ended: a run that ends
    /// waits for it, as for those of threaded components, until the result of the call is dropped.
    #[doc(hidden)]
    pub fn sign_on_later(&self) -> Box<dyn Fn() -> Box<dyn Send>> {
        let (system, path) = (Rc::clone(&self.system), self.system.who(self.pid().index).1);
        Box::new(move || Box::new(system.threads.sign_on(path.clone())))
    }
}

/// The result of a thread's `main`, or its panic, which goes on in the component.
fn ended(outcome: Option<Outcome>) -> Result {
    match outcome {
        Some(Ok(result)) => result,
        Some(Err(panic)) => resume_unwind(panic),
        None => Ok(()),
    }
}

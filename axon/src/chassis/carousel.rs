//! Makes one component at a time, each from a message that says what to make.
//!
//! Ported from `Kamaelia.Chassis.Carousel`.
//!
//! *Differs from Kamaelia:*
//! - a child that was told to finish can still be told to stop immediately;
//! - what a child left unread when it ended waits for the next, and so does what arrives before the
//!   carousel has noticed the end.

use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, IntoComponent, Message,
    OUTBOX, Result, ShutdownMicroprocess,
};

use super::ending::announce;
use super::from_message::{FromMessage, receive};
use super::tell::send_to_child;

/// One component at a time, built by a function from each message that comes to `next`.
///
/// The carousel's `inbox` and `outbox` are passed through to and from the child. When the child has ended
/// and no order waits, the carousel asks for one by sending `"NEXT"` (a `&'static str`) out of
/// `requestNext`. An order that arrives while a child lives replaces the child: the child is sent
/// `ShutdownMicroprocess`, and the new one is made when it has ended.
///
/// Data that arrives while there is no child waits for the next one, and so does what a child left unread
/// when it ended. What a child sends to `signal` is ignored.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the child |
/// | `control` | endings; any other control message is discarded, as in Kamaelia |
/// | `next` | what the function takes: an order for a new child |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the child sends |
/// | `signal` | the ending that it received, when it ends |
/// | `requestNext` | `"NEXT"`, when it wants another order |
/// | `_signal` | for its own use: endings for the child |
///
/// # Shutdown
///
/// `ProducerFinished`: each waiting order is still carried out (its child is made and told to stop
/// immediately, as is every child that is replaced). The last child is sent `ProducerFinished`. When it has
/// ended, the carousel passes the message on and ends.
///
/// `ShutdownMicroprocess`: waiting orders are dropped and the message is sent to the child. When it has
/// ended, the carousel passes the message on and ends.
///
/// Without a child it ends immediately.
///
/// # Errors
///
/// An order of another type than the function takes ends the carousel with an error.
///
/// # Examples
///
/// ```
/// use axon::chassis::Carousel;
/// use axon::util::{DataSink, DataSource, OneShot, Received};
/// use axon::graphline;
///
/// let received = Received::<String>::new();
/// axon::run(graphline! {
///     components: {
///         orders: DataSource::new(["hello"]),
///         greeter: Carousel::new(|word: &'static str| OneShot::new(format!("{word}, world"))),
///         sink: DataSink::new(&received),
///     },
///     linkages: {
///         orders.outbox => greeter.next,
///         orders.signal => greeter.control,
///         greeter.outbox => sink.inbox,
///         greeter.signal => sink.control,
///     },
/// })?;
/// assert_eq!(received.take(), ["hello, world"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Carousel<T> {
    factory: Box<dyn FnMut(T) -> AnyComponent>,
    asks_first: bool,
    endings: Endings,
}

crate::debug_by_name!(Carousel<T>);

/// The control messages that the carousel itself received.
#[derive(Default)]
struct Endings {
    must_stop: Option<Message>,
    please_stop: Option<Message>,
}

impl Endings {
    fn look(&mut self, cx: &Context) {
        while let Some(message) = cx.recv(CONTROL) {
            match message.ending() {
                Some(Ending::ShutdownMicroprocess) => self.must_stop = Some(message),
                Some(Ending::ProducerFinished) => self.please_stop = Some(message),
                None => {}
            }
        }
    }
}

impl<T: FromMessage> Carousel<T> {
    /// A carousel that makes its children with `factory`.
    #[doc(alias = "componentFactory")]
    pub fn new<C: IntoComponent>(mut factory: impl FnMut(T) -> C + 'static) -> Self {
        Carousel {
            factory: Box::new(move |order| AnyComponent::new(factory(order))),
            asks_first: false,
            endings: Endings::default(),
        }
    }

    /// Asks for the first order when it starts, as it does for each later one.
    #[doc(alias = "make1stRequest")]
    pub fn make_first_request(mut self) -> Self {
        self.asks_first = true;
        self
    }

    /// Waits for an order, and makes the child. `None` when told to end instead.
    async fn next_child(&mut self, cx: &Context) -> Result<Option<ComponentRef>> {
        loop {
            self.endings.look(cx);
            if self.endings.must_stop.is_some() {
                return Ok(None);
            }
            if let Some(order) = receive(cx, "next")? {
                return self.make(cx, order).map(Some);
            }
            if self.endings.please_stop.is_some() {
                return Ok(None);
            }
            cx.pause().await;
        }
    }

    fn make(&mut self, cx: &Context, order: T) -> Result<ComponentRef> {
        let child = cx.add_child((self.factory)(order));
        cx.lend_inbox((cx.me(), INBOX), (&child, INBOX))?;
        cx.link((cx.me(), "_signal"), (&child, CONTROL))?;
        cx.pass_through_outbox((&child, OUTBOX), (cx.me(), OUTBOX))?;
        Ok(cx.activate(child))
    }

    /// Asks for an order, unless one waits or the carousel was told to end. Waits for room to ask.
    async fn request_next(&mut self, cx: &Context) {
        loop {
            self.endings.look(cx);
            let told_to_end = self.endings.must_stop.is_some() || self.endings.please_stop.is_some();
            if told_to_end || cx.data_ready("next") > 0 || cx.send("requestNext", "NEXT").is_ok() {
                return;
            }
            cx.pause().await;
        }
    }

    /// Waits until the child has ended, and tells it to end when the carousel is told to, or a new order
    /// arrives.
    async fn until_ended(&mut self, cx: &Context, child: &ComponentRef) {
        let mut told: Option<Ending> = None;
        while !child.is_stopped() {
            self.endings.look(cx);
            if let Some(notice) = self.notice_for_child(cx, told) {
                told = notice.ending();
                send_to_child(cx, "_signal", child, notice, || false).await;
            } else {
                cx.pause().await;
            }
        }
    }

    /// What to tell the child now, given what it was told before.
    fn notice_for_child(&mut self, cx: &Context, told: Option<Ending>) -> Option<Message> {
        if told == Some(Ending::ShutdownMicroprocess) {
            return None;
        }
        if let Some(must_stop) = &mut self.endings.must_stop {
            return Some(must_stop.duplicate());
        }
        if cx.data_ready("next") > 0 {
            return Some(Message::new(ShutdownMicroprocess::new()));
        }
        if told.is_some() {
            return None;
        }
        self.endings.please_stop.as_mut().map(Message::duplicate)
    }
}

impl<T: FromMessage> Component for Carousel<T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("next", "orders for a new child")
            .outbox("requestNext", "asks for another order")
            .outbox("_signal", "endings for the child")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if self.asks_first && cx.send("requestNext", "NEXT").is_err() {
            self.request_next(cx).await;
        }
        while let Some(child) = self.next_child(cx).await? {
            // Lets the child take its first turn before it can be told to end.
            cx.yield_now().await;
            self.until_ended(cx, &child).await;
            cx.remove_child(&child);
            self.request_next(cx).await;
        }
        let Endings { must_stop, please_stop } = std::mem::take(&mut self.endings);
        if let Some(notice) = must_stop.or(please_stop) {
            announce(cx, notice).await;
        }
        Ok(())
    }
}

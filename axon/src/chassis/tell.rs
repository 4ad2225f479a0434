//! Sending to children, which may be full, and may end before there is room.

use std::collections::VecDeque;

use crate::{CONTROL, ComponentRef, Context, Ending, Message, Result};

/// Sends `message` out of an outbox that leads to `child`. Waits for room while the child lives.
///
/// Room, the child's end and messages for the parent wake the parent; then `gives_up` decides whether to
/// stop waiting. If the message cannot be sent, it is dropped.
pub(super) async fn send_to_child(
    cx: &Context,
    outbox: &str,
    child: &ComponentRef,
    mut message: Message,
    mut gives_up: impl FnMut() -> bool,
) {
    while let Err(refused) = cx.send(outbox, message) {
        if child.is_stopped() || gives_up() {
            log::debug!("{} drops a message for {child}: {refused}", cx.name());
            return;
        }
        message = refused.into_message();
        cx.pause().await;
    }
}

/// Sends `message` to the box `inbox` of each of `children` that still lives and has such a box.
///
/// The outbox is linked to each child in turn, and unlinked at the end.
pub(super) async fn tell(
    cx: &Context,
    outbox: &str,
    children: &mut Vec<ComponentRef>,
    inbox: &str,
    mut message: Message,
    mut gives_up: impl FnMut() -> bool,
) -> Result {
    children.retain(|child| !child.is_stopped());
    for child in children.iter().filter(|child| cx.has_inbox(child, inbox)) {
        let linkage = cx.link((cx.me(), outbox), (child, inbox))?;
        send_to_child(cx, outbox, child, message.duplicate(), &mut gives_up).await;
        cx.unlink(linkage);
    }
    Ok(())
}

/// Control messages that were read while another message waited for room, and still have to be handled.
#[derive(Default)]
pub(super) struct Unheeded(VecDeque<Message>);

impl Unheeded {
    /// The next control message: one that was read before, or else one from `control`.
    pub(super) fn next(&mut self, cx: &Context) -> Option<Message> {
        self.0.pop_front().or_else(|| cx.recv(CONTROL))
    }

    /// Whether a "stop now" was read, which takes precedence over data.
    pub(super) fn is_to_stop(&self) -> bool {
        self.0.iter().any(|message| message.ending() == Some(Ending::ShutdownMicroprocess))
    }

    /// Reads `control`, and returns whether there is a "stop now" that still has to be handled.
    pub(super) fn must_stop(&mut self, cx: &Context) -> bool {
        self.0.extend(std::iter::from_fn(|| cx.recv(CONTROL)));
        self.is_to_stop()
    }
}

/// The ending that a chassis will pass on: the first "stop now", or else the last ending.
#[derive(Default)]
pub(crate) struct Told(Option<Message>);

impl Told {
    /// Remembers a message if it is an ending.
    pub(crate) fn note(&mut self, message: &mut Message) {
        if message.ending().is_some() && !self.to_stop() {
            self.0 = Some(message.duplicate());
        }
    }

    /// Whether it is "stop now".
    pub(crate) fn to_stop(&self) -> bool {
        self.0.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess)
    }

    /// The ending, or else a new `ProducerFinished` in the name of this component.
    pub(crate) fn or_producer_finished(self, cx: &Context) -> Message {
        self.0.unwrap_or_else(|| Message::new(super::ending::producer_finished(cx)))
    }
}

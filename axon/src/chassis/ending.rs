//! How a component ends: it waits for its children, and tells the components behind it.
//!
//! Ported from the method `childrenDone` that every chassis of `Kamaelia.Chassis` repeats.

use crate::{CONTROL, Context, Message, Payload, ProducerFinished, SIGNAL};

/// Removes the children that have ended, and returns whether none is left.
///
/// The end of each child wakes a chassis, which then calls this.
///
/// # Examples
///
/// ```
/// use axon::{Component, Context, Result, chassis, util::OneShot};
///
/// struct Both;
///
/// impl Component for Both {
///     async fn main(&mut self, cx: &Context) -> Result {
///         for word in ["one", "two"] {
///             let child = cx.add_child(OneShot::new(word));
///             cx.activate(child);
///         }
///         while !chassis::children_done(cx) {
///             cx.pause().await;
///         }
///         chassis::announce(cx, chassis::producer_finished(cx)).await;
///         Ok(())
///     }
/// }
///
/// axon::run(Both)?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "childrenDone")]
#[must_use]
pub fn children_done(cx: &Context) -> bool {
    let mut done = true;
    for child in cx.children() {
        if child.is_stopped() {
            cx.remove_child(&child);
        } else {
            done = false;
        }
    }
    done
}

/// Whether all children have ended. They stay children until the chassis ends, and so do its linkages with
/// them, so that a component that sends to an ended child can find out.
pub(super) fn all_ended(cx: &Context) -> bool {
    cx.children().iter().all(crate::ComponentRef::is_stopped)
}

/// Sends a component's last message out of `signal`, and waits if there is no room for it.
pub async fn announce(cx: &Context, notice: impl Payload) {
    let mut notice = Message::new(notice);
    while let Err(refused) = cx.send(SIGNAL, notice) {
        notice = refused.into_message();
        cx.pause().await;
    }
}

/// The end of a component that ends by itself: announces the ending that it was told last, or else a new
/// [`ProducerFinished`]. `told` is one that it has taken before and put off.
pub(crate) async fn announce_end(cx: &Context, told: Option<Message>) {
    let notice = cx.told_to_end().or(told).unwrap_or_else(|| Message::new(producer_finished(cx)));
    announce(cx, notice).await;
}

/// Passes on a control message that is not an ending out of `signal`, and waits if there is no room for it.
/// If `signal` leads back to the component's own `control`, the message would go round for ever and is
/// dropped.
pub async fn pass_on(cx: &Context, message: Message) {
    if !comes_back(cx) {
        announce(cx, message).await;
    }
}

/// Whether what a component sends to `signal` comes back to its own `control`.
pub(super) fn comes_back(cx: &Context) -> bool {
    cx.leads_to(SIGNAL, (cx.me(), CONTROL))
}

/// A new [`ProducerFinished`] in the name of this component.
#[must_use]
pub fn producer_finished(cx: &Context) -> ProducerFinished {
    ProducerFinished { caller: Some(cx.me().clone()), message: None }
}

//! Telling several children the same, one after the other, through one outbox.

use crate::{ComponentRef, Context, Message, Result};

/// Sends `message` to the box `inbox` of each of `children` that still lives and has such a box.
///
/// The outbox is joined to each in turn and left alone at the end. A child whose box is full is waited
/// for, unless this chassis is told meanwhile to stop at once: then that child is passed over.
pub(super) async fn tell(
    cx: &Context,
    outbox: &str,
    children: &[ComponentRef],
    inbox: &str,
    mut message: Message,
) -> Result {
    for child in children {
        if child.is_stopped() || !cx.has_inbox(child, inbox) {
            continue;
        }
        let linkage = cx.link((cx.me(), outbox), (child, inbox))?;
        let passed_over = cx.send_when_room(outbox, message.duplicate()).await.is_err();
        cx.unlink(linkage);
        if passed_over {
            log::debug!("{} was told to stop while {child} had no room for {message:?}", cx.name());
        }
    }
    Ok(())
}

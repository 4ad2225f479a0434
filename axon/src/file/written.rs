//! Writes messages, and tells of each when it is written.

use std::io;

use crate::chassis::{FromMessage, announce, receive};
use crate::util::Chunk;
use crate::util::each::send_each;
use crate::util::write_behind::WriteBehind;
use crate::{Context, Ending, INBOX, Message, Result};

/// A message of bytes or text, and its bytes.
struct Kept {
    message: Message,
    bytes: Vec<u8>,
}

impl FromMessage for Kept {
    fn expected() -> String {
        Chunk::expected()
    }

    fn from_message(mut message: Message) -> std::result::Result<Self, Message> {
        let same = message.duplicate();
        let Chunk(bytes) = Chunk::from_message(message)?;
        Ok(Kept { message: same, bytes })
    }
}

/// The main loop of a writer. All that waits is written together, then `answer` makes the message that is sent for
/// each, if any.
pub(super) async fn write_and_tell(
    cx: &Context,
    mut file: WriteBehind,
    answer: impl Fn(Message) -> Option<Message>,
) -> Result {
    let mut answers = Vec::new();
    loop {
        while file.has_room()
            && let Some(Kept { message, bytes }) = receive(cx, INBOX)?
        {
            file.put(&[&bytes]);
            answers.extend(answer(message));
        }
        if is_written(cx, &mut file).await? {
            for answer in answers.drain(..) {
                send_each(cx, answer).await?;
            }
        }
        if cx.data_ready(INBOX) > 0 && !cx.is_told_to_stop() {
            continue;
        }
        let Some(notice) = cx.told_to_end() else {
            file.await_failure(cx);
            cx.pause().await;
            continue;
        };
        if notice.ending() == Some(Ending::ProducerFinished) {
            while !file.close(cx) {
                cx.pause().await;
            }
            file.is_settled()?;
        }
        drop(file);
        announce(cx, notice).await;
        return Ok(());
    }
}

/// Waits until everything is written. False if the component is told to stop meanwhile.
async fn is_written(cx: &Context, file: &mut WriteBehind) -> io::Result<bool> {
    while !file.is_settled()? {
        if cx.is_told_to_stop() {
            return Ok(false);
        }
        file.await_settled(cx);
        cx.pause().await;
    }
    Ok(true)
}

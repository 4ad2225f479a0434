//! Takes the stream of an Icecast server apart: sound here, titles there.
//!
//! Ported from `IcecastDemux` of `Kamaelia.Protocol.HTTP.IcecastClient`.
//!
//! *Differs from Kamaelia:* a title may have a semicolon. Metadata that is not UTF-8 is taken for Latin-1.

use std::collections::BTreeMap;

use axon::{Boxes, CONTROL, Component, Context, INBOX, Message, OUTBOX, SIGNAL};

use crate::http::ResponseHead;

/// A stream begins.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(alias = "IceIPCHeader")]
pub struct IceIpcHeader {
    /// What it is, such as `audio/mpeg`.
    #[doc(alias = "contenttype")]
    pub content_type: Option<String>,
}

/// A piece of sound.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(alias = "IceIPCDataChunk")]
pub struct IceIpcDataChunk {
    /// Its bytes.
    pub data: Vec<u8>,
}

/// What is played from here on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[doc(alias = "IceIPCMetadata")]
pub struct IceIpcMetadata {
    /// By name: `StreamTitle`, `StreamUrl`.
    pub metadata: BTreeMap<String, String>,
}

/// The stream has broken off.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[doc(alias = "IceIPCDisconnected")]
pub struct IceIpcDisconnected;

/// Splits what an [`IcecastClient`](super::IcecastClient) sends into sound and metadata.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | the head of an answer, a [`ResponseHead`]; bytes; [`IceIpcDisconnected`] |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`IceIpcHeader`], [`IceIpcDataChunk`], [`IceIpcMetadata`], [`IceIpcDisconnected`] |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: deals with what it has, passes it on and ends. `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// Any other message ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use kamaelia_net::http::{IceIpcDataChunk, IceIpcHeader, IcecastDemux, Response};
///
/// let mut bench = Bench::new(IcecastDemux::new());
/// bench.put("inbox", Response::builder().header("content-type", "audio/mpeg").body(())?);
/// bench.put("inbox", b"sound".to_vec());
/// bench.settle();
/// let messages = bench.take_messages("outbox");
/// assert!(messages[0].is::<IceIpcHeader>() && messages[1].is::<IceIpcDataChunk>());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default, Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct IcecastDemux {
    /// How many bytes of sound are between two pieces of metadata; 0 if there is none.
    interval: usize,
    /// How many bytes of sound come before the next.
    left: usize,
    /// The bytes of metadata that have come: the first is the number of its bytes, divided by 16.
    metadata: Vec<u8>,
}

impl IcecastDemux {
    /// Begins at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    fn begin(&mut self, head: &ResponseHead) -> IceIpcHeader {
        let text = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok());
        let interval = text("icy-metaint").and_then(|interval| interval.parse().ok()).unwrap_or(0);
        *self = IcecastDemux { interval, left: interval, metadata: Vec::new() };
        IceIpcHeader { content_type: text("content-type").map(str::to_owned) }
    }

    /// The next part, of these bytes and what came before. Returns the rest of the bytes.
    fn next<'a>(&mut self, bytes: &'a [u8]) -> (Option<Message>, &'a [u8]) {
        let is_plain = self.interval == 0;
        if is_plain || self.left > 0 {
            let length = if is_plain { bytes.len() } else { bytes.len().min(self.left) };
            let (data, rest) = bytes.split_at(length);
            self.left -= if is_plain { 0 } else { length };
            return (Some(Message::new(IceIpcDataChunk { data: data.to_vec() })), rest);
        }
        let missing = |metadata: &[u8]| match metadata {
            [] => 1,
            [sixteenths, text @ ..] => 16 * usize::from(*sixteenths) - text.len(),
        };
        let (taken, rest) = bytes.split_at(bytes.len().min(missing(&self.metadata)));
        self.metadata.extend(taken);
        if self.metadata.is_empty() || missing(&self.metadata) > 0 {
            return (None, rest);
        }
        self.left = self.interval;
        let text = std::mem::take(&mut self.metadata).split_off(1);
        let metadata =
            (!text.is_empty()).then(|| Message::new(IceIpcMetadata { metadata: dictionary(&text) }));
        (metadata, rest)
    }
}

/// `StreamTitle='one; two';StreamUrl='';`, filled up with NUL.
#[doc(alias = "dictizeMetadata")]
fn dictionary(bytes: &[u8]) -> BTreeMap<String, String> {
    let text = std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    let text = text.trim_end_matches('\0');
    let text = text.strip_suffix(';').unwrap_or(text);
    let text = text.strip_suffix('\'').unwrap_or(text);
    let fields = text.split("';").filter_map(|field| field.trim_start().split_once("='"));
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Component for IcecastDemux {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "a stream")
            .inbox(CONTROL, "control messages")
            .outbox(OUTBOX, "its parts")
            .outbox(SIGNAL, "control messages")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some((_, message)) = cx.next_of_or_end(&[INBOX]).await {
            let message = match message.into_value::<ResponseHead>() {
                Ok(head) => {
                    cx.send_when_room(OUTBOX, self.begin(&head)).await?;
                    continue;
                }
                Err(message) => message,
            };
            if message.is::<IceIpcDisconnected>() {
                cx.send_when_room(OUTBOX, message).await?;
                continue;
            }
            let bytes = message.into_value::<Vec<u8>>().map_err(|message| {
                format!("{} is no part of a stream: a ResponseHead or bytes are", message.excerpt())
            })?;
            let mut bytes = bytes.as_slice();
            while !bytes.is_empty() {
                let (part, rest) = self.next(bytes);
                if let Some(part) = part {
                    cx.send_when_room(OUTBOX, part).await?;
                }
                bytes = rest;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_with_and_without_what_ends_it() {
        for text in
            ["StreamTitle='a; b';\0\0", "StreamTitle='a; b'\0", "StreamTitle='a; b';", "StreamTitle='a; b"]
        {
            assert_eq!(dictionary(text.as_bytes())["StreamTitle"], "a; b", "{text:?}");
        }
        assert_eq!(dictionary(b"StreamTitle='one';StreamUrl='';")["StreamUrl"], "");
    }
}

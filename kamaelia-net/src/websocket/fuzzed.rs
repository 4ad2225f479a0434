//! What is read of any bytes, in one role and the other, for the tests and the fuzzer.

use super::frame::{Fault, Limits, Role};
use super::reading::{Event, Reader};

/// All events of these pieces, and the fault that ended them.
pub(super) fn events<'a>(
    reader: &mut Reader,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Option<Fault>) {
    let mut events = Vec::new();
    for mut piece in pieces {
        loop {
            match reader.next(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(fault) => return (events, Some(fault)),
            }
        }
    }
    (events, None)
}

/// Whatever comes is read the same however it is cut, by a server, if the first byte is even, or else by a client,
/// and no message is longer than the limit.
pub(crate) fn websocket(data: &[u8]) {
    const LIMITS: Limits = Limits { frame: 2000, message: 3000 };
    let [first, cut, bytes @ ..] = data else { return };
    let role = if first % 2 == 0 { Role::Server } else { Role::Client };
    let (seen, fault) = events(&mut Reader::new(role, LIMITS, None), [bytes]);
    let pieces = bytes.chunks(1 + usize::from(*cut));
    let (seen_cut, fault_cut) = events(&mut Reader::new(role, LIMITS, None), pieces);
    assert_eq!((&seen, fault.is_some()), (&seen_cut, fault_cut.is_some()));
    for event in seen {
        let length = match event {
            Event::Text(text) => text.len(),
            Event::Binary(bytes) | Event::Ping(bytes) | Event::Pong(bytes) => bytes.len(),
            Event::Close(_) => 0,
        };
        assert!(length <= LIMITS.message, "{length} bytes");
    }
}

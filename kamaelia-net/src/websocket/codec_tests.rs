//! The codec in both roles: what comes back, however it is cut, and what a hostile peer is told.

use proptest::prelude::*;

use super::close::{Close, CloseCode};
use super::frame::{Limits, Role};
use super::fuzzed::events;
use super::mask;
use super::reading::{Event, Reader};
use super::writing::{Outgoing, Writer};

const LIMITS: Limits = Limits { frame: 100_000, message: 150_000 };

fn reader(role: Role) -> Reader {
    Reader::new(role, LIMITS, None)
}

fn writer(role: Role) -> Writer {
    match role {
        Role::Server => Writer::of_server(None),
        Role::Client => Writer::of_client(None),
    }
}

/// A frame as a client sends it, or a server: from its first byte and its payload, whatever they are.
fn frame(role: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    let masked = if role == Role::Client { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(masked | length as u8),
        length @ 126..65536 => {
            bytes.push(masked | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(masked | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let mut payload = payload.to_vec();
    if role == Role::Client {
        bytes.extend([7, 0, 255, 99]);
        mask::apply([7, 0, 255, 99], 0, &mut payload);
    }
    bytes.extend(payload);
    bytes
}

fn other(role: Role) -> Role {
    if role == Role::Client { Role::Server } else { Role::Client }
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    let hello = || Event::Text("Hello".into());
    for (role, bytes, expected) in [
        (Role::Client, &b"\x81\x05Hello"[..], hello()),
        (Role::Server, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", hello()),
        (Role::Client, b"\x01\x03Hel\x80\x02lo", hello()),
        (Role::Client, b"\x89\x05Hello", Event::Ping(b"Hello".into())),
        (Role::Server, b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", Event::Pong(b"Hello".into())),
        (Role::Client, &[&b"\x82\x7e\x01\x00"[..], &[1; 256]].concat(), Event::Binary(vec![1; 256])),
        (
            Role::Client,
            &[&b"\x82\x7f\0\0\0\0\0\x01\0\0"[..], &[2; 65536]].concat(),
            Event::Binary(vec![2; 65536]),
        ),
    ] {
        assert_eq!(events(&mut reader(role), [bytes]), (vec![expected], None));
    }
}

#[test]
fn control_frames_may_come_between_the_fragments_of_a_message() {
    for role in [Role::Server, Role::Client] {
        let from = other(role);
        let bytes = [
            frame(from, 0x01, "gr\u{fc}".as_bytes()),
            frame(from, 0x89, b"there?"),
            frame(from, 0x00, b""),
            frame(from, 0x8a, b""),
            frame(from, 0x80, "\u{df}e".as_bytes()),
            frame(from, 0x88, b"\x03\xe9bye"),
        ]
        .concat();
        let expected = vec![
            Event::Ping(b"there?".into()),
            Event::Pong(Vec::new()),
            Event::Text("gr\u{fc}\u{df}e".into()),
            Event::Close(Close::new(CloseCode::GOING_AWAY, "bye")),
        ];
        let at_once = events(&mut reader(role), [&bytes[..]]);
        assert_eq!(at_once, (expected, None));
        assert_eq!(events(&mut reader(role), bytes.chunks(1)), at_once);
    }
}

/// What a client must not send to a server: its name, the bytes, the code of the answer.
fn hostile() -> Vec<(&'static str, Vec<u8>, u16)> {
    let client = |first, payload: &[u8]| frame(Role::Client, first, payload);
    let close = |code: u16| frame(Role::Client, 0x88, &code.to_be_bytes());
    let mut all = vec![
        ("no mask", frame(Role::Server, 0x81, b"hello"), 1002),
        ("no mask on a control frame", frame(Role::Server, 0x89, b""), 1002),
        ("the first reserved bit", client(0xc1, b""), 1002),
        ("the second reserved bit", client(0xa1, b""), 1002),
        ("the third reserved bit", client(0x91, b""), 1002),
        ("a reserved bit of a ping", client(0xc9, b""), 1002),
        ("a reserved bit of a continuation", [client(0x01, b"a"), client(0xc0, b"b")].concat(), 1002),
        ("opcode 3", client(0x83, b""), 1002),
        ("opcode 7", client(0x87, b""), 1002),
        ("opcode 11", client(0x8b, b""), 1002),
        ("opcode 15", client(0x8f, b""), 1002),
        ("a ping in fragments", client(0x09, b"a"), 1002),
        ("a close in fragments", client(0x08, b""), 1002),
        ("a ping of 126 bytes", client(0x89, &[0; 126]), 1002),
        ("a close of 126 bytes", client(0x88, &[b'a'; 126]), 1002),
        ("a pong with a length of eight bytes", b"\x8a\xff".to_vec(), 1002),
        ("a continuation of nothing", client(0x80, b"a"), 1002),
        ("a continuation after the end", [client(0x81, b"a"), client(0x00, b"b")].concat(), 1002),
        ("a text within a message", [client(0x01, b"a"), client(0x81, b"b")].concat(), 1002),
        ("a binary within a message", [client(0x02, b"a"), client(0x02, b"b")].concat(), 1002),
        ("2 bytes for a length of 125", b"\x82\xfe\x00\x7d\0\0\0\0".to_vec(), 1002),
        ("2 bytes for a length of 0", b"\x82\xfe\x00\x00\0\0\0\0".to_vec(), 1002),
        ("8 bytes for a length of 65535", b"\x82\xff\0\0\0\0\0\0\xff\xff\0\0\0\0".to_vec(), 1002),
        ("8 bytes for a length of 5", b"\x82\xff\0\0\0\0\0\0\0\x05\0\0\0\0".to_vec(), 1002),
        ("a negative length", b"\x82\xff\x80\0\0\0\0\0\0\x05\0\0\0\0".to_vec(), 1002),
        ("a length of 2^63 - 1", b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), 1009),
        ("a frame that is too long", b"\x82\xff\0\0\0\0\0\x01\x86\xa1\0\0\0\0".to_vec(), 1009),
        (
            "a message that is too long",
            [client(0x02, &[0; 100_000]), client(0x80, &[0; 50_001])].concat(),
            1009,
        ),
        ("half a close code", client(0x88, b"\x03"), 1002),
        ("a close reason that is not UTF-8", client(0x88, b"\x03\xe8\xff"), 1007),
        ("a close reason with half a character", client(0x88, b"\x03\xe8\xc3"), 1007),
        ("a text that is not UTF-8", client(0x81, b"\xff"), 1007),
        ("a text that ends in a character", client(0x81, b"a\xc3"), 1007),
        (
            "a text that ends in a character of another frame",
            [client(0x01, b"\xe2\x82"), client(0x80, b"")].concat(),
            1007,
        ),
        ("a surrogate", client(0x81, b"\xed\xa0\x80"), 1007),
        ("a character beyond the last", client(0x81, b"\xf4\x90\x80\x80"), 1007),
        ("a longer form of a character", client(0x81, b"\xc0\xaf"), 1007),
        (
            "a broken character across fragments",
            [client(0x01, b"\xe2"), client(0x00, b"\x28")].concat(),
            1007,
        ),
    ];
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        all.push(("a close code that must not be sent", close(code), 1002));
    }
    all
}

#[test]
fn a_hostile_client_gets_the_code_for_what_it_did_however_its_bytes_are_cut() {
    for (name, bytes, code) in hostile() {
        for size in [1, 2, 3, 7, bytes.len()] {
            // What follows is not looked at.
            let after = [bytes.clone(), frame(Role::Client, 0x81, b"after")].concat();
            let mut reader = reader(Role::Server);
            let (events, fault) = events(&mut reader, after.chunks(size));
            assert_eq!(fault.as_ref().map(|fault| fault.code.number()), Some(code), "{name}");
            assert!(
                events.len() <= 1 && !events.contains(&Event::Text("after".into())),
                "{name}: {events:?}"
            );
            assert!(fault.expect("seen").close().payload().len() <= 125, "{name}");
            assert_eq!(reader.next(&mut &bytes[..]), Ok(None), "{name}");
        }
    }
}

#[test]
fn a_hostile_server_gets_the_same_and_must_not_mask() {
    for (name, first, payload, code) in [
        ("a reserved bit", 0xc1, &b""[..], 1002),
        ("opcode 5", 0x85, b"", 1002),
        ("a text that is not UTF-8", 0x81, b"\xff", 1007),
        ("a continuation of nothing", 0x80, b"a", 1002),
        ("a close code that must not be sent", 0x88, b"\x03\xed", 1002),
    ] {
        let (_, fault) = events(&mut reader(Role::Client), [&frame(Role::Server, first, payload)[..]]);
        assert_eq!(fault.map(|fault| fault.code.number()), Some(code), "{name}");
    }
    let (_, fault) = events(&mut reader(Role::Client), [&frame(Role::Client, 0x81, b"masked")[..]]);
    assert_eq!(fault.map(|fault| fault.code.number()), Some(1002));
}

#[test]
fn a_fault_is_found_with_the_first_byte_that_shows_it() {
    for (name, bytes, code) in [
        // The payload is announced, and its second byte is not UTF-8.
        ("a text", [&b"\x81\x85\0\0\0\0"[..], b"a\xff"].concat(), 1007),
        (
            "a second byte that cannot follow the first",
            [&b"\x81\x85\0\0\0\0"[..], b"\xf4\x90"].concat(),
            1007,
        ),
        ("a length", b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), 1009),
        ("an opcode", b"\x83".to_vec(), 1002),
        ("a mask", b"\x81\x05".to_vec(), 1002),
        ("a control frame", b"\x89\xfe".to_vec(), 1002),
    ] {
        let mut reader = reader(Role::Server);
        assert_eq!(events(&mut reader, [&bytes[..bytes.len() - 1]]), (Vec::new(), None), "{name}");
        let (_, fault) = events(&mut reader, [&bytes[bytes.len() - 1..]]);
        assert_eq!(fault.map(|fault| fault.code.number()), Some(code), "{name}");
    }
}

#[test]
fn a_frame_of_the_longest_length_and_a_message_of_the_longest_are_taken() {
    let bytes = [frame(Role::Client, 0x02, &[1; 100_000]), frame(Role::Client, 0x80, &[1; 50_000])].concat();
    assert_eq!(
        events(&mut reader(Role::Server), bytes.chunks(4096)),
        (vec![Event::Binary(vec![1; 150_000])], None)
    );
}

#[test]
fn announced_bytes_take_no_memory_before_they_come() {
    let mut reader = Reader::new(Role::Server, Limits { frame: 1 << 30, message: 1 << 30 }, None);
    let header = b"\x82\xff\0\0\0\0\x3f\xff\xff\xff\0\0\0\0";
    assert_eq!(events(&mut reader, [&header[..], &[0; 10]]), (Vec::new(), None));
    assert!(reader.reserved() <= 64 * 1024, "{}", reader.reserved());
}

fn message() -> impl Strategy<Value = Outgoing> {
    prop_oneof![
        ".{0,40}".prop_map(Outgoing::Text),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Outgoing::Binary),
        (4000usize..70_000).prop_map(|length| Outgoing::Binary(vec![7; length])),
    ]
}

fn as_event(message: &Outgoing) -> Event {
    match message {
        Outgoing::Text(text) => Event::Text(text.clone()),
        Outgoing::Binary(bytes) => Event::Binary(bytes.clone()),
    }
}

fn pieces(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| bytes[ends[0]..ends[1]].to_vec()).collect()
}

fn written(writer: &mut Writer, message: Outgoing) -> Vec<u8> {
    let (first, second) = writer.message(message);
    [first, second.unwrap_or_default()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_one_role_writes_the_other_reads_however_it_is_cut(
        messages in prop::collection::vec(message(), 0..6),
        from_client: bool,
        cuts: Vec<prop::sample::Index>,
    ) {
        let role = if from_client { Role::Client } else { Role::Server };
        let expected: Vec<Event> = messages.iter().map(as_event).collect();
        let mut writer = writer(role);
        let bytes: Vec<u8> = messages.into_iter().flat_map(|message| written(&mut writer, message)).collect();
        let pieces = pieces(&bytes, &cuts);
        let read = events(&mut reader(other(role)), pieces.iter().map(Vec::as_slice));
        prop_assert_eq!(read, (expected, None));
    }

    #[test]
    fn any_bytes_give_the_same_events_and_the_same_fault_however_they_are_cut(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x81), Just(0x80), Just(0x01), Just(0x00)], 0..200),
        at_server: bool,
        cuts: Vec<prop::sample::Index>,
    ) {
        let role = if at_server { Role::Server } else { Role::Client };
        let at_once = events(&mut reader(role), [&bytes[..]]);
        let pieces = pieces(&bytes, &cuts);
        prop_assert_eq!(events(&mut reader(role), pieces.iter().map(Vec::as_slice)), at_once);
    }

    #[test]
    fn a_text_in_any_fragments_is_the_same_text(
        text in ".{0,60}",
        cuts: Vec<prop::sample::Index>,
        sizes in 1usize..20,
    ) {
        let parts = pieces(text.as_bytes(), &cuts);
        let mut bytes = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let first = if number == 0 { 0x01 } else { 0x00 } | if number + 1 == parts.len() { 0x80 } else { 0 };
            bytes.extend(frame(Role::Client, first, part));
            bytes.extend(frame(Role::Client, 0x8a, b"between"));
        }
        let (events, fault) = events(&mut reader(Role::Server), bytes.chunks(sizes));
        prop_assert_eq!(fault, None);
        prop_assert_eq!(events.iter().filter(|event| **event == Event::Text(text.clone())).count(), 1);
        prop_assert_eq!(events.len(), parts.len() + 1);
    }
}

#[cfg(feature = "deflate")]
mod compressed {
    use super::*;
    use crate::websocket::deflate::Deflate;

    /// Both ends of one connection: what the client writes, and what the server reads.
    fn ends(client: Deflate, server: Deflate, limits: Limits) -> (Writer, Reader) {
        let (agreed, answer) = server.accept(&client.offer()).unwrap().unwrap();
        let at_client = client.agree(&answer).unwrap();
        (
            Writer::of_client(Some(at_client.deflater())),
            Reader::new(Role::Server, limits, Some(agreed.inflater())),
        )
    }

    #[test]
    fn a_bomb_is_cut_off_at_the_limit() {
        let (mut writer, mut reader) = ends(Deflate::new(), Deflate::new(), LIMITS);
        let bytes = written(&mut writer, Outgoing::Binary(vec![0; 100 << 20]));
        assert!(bytes.len() < 200_000, "{}", bytes.len());
        let (seen, fault) = events(&mut reader, bytes.chunks(1000));
        assert_eq!((seen, fault.unwrap().code.number()), (Vec::new(), 1009));
        assert!(reader.reserved() < 2 * LIMITS.message, "{}", reader.reserved());
    }

    #[test]
    fn a_text_is_checked_while_it_is_decompressed() {
        let (mut writer, mut reader) = ends(Deflate::new(), Deflate::new(), LIMITS);
        let mut bytes = written(&mut writer, Outgoing::Binary(b"a\xff".repeat(10)));
        bytes[0] = 0x41; // a text, and more will come
        assert_eq!(events(&mut reader, [&bytes[..]]).1.map(|fault| fault.code.number()), Some(1007));
    }

    #[test]
    fn only_the_first_frame_of_a_message_may_say_that_it_is_compressed() {
        for bytes in [
            [frame(Role::Client, 0x41, b""), frame(Role::Client, 0xc0, b"")].concat(),
            frame(Role::Client, 0xc9, b""),
            frame(Role::Client, 0xe1, b""),
        ] {
            let (_, mut reader) = ends(Deflate::new(), Deflate::new(), LIMITS);
            assert_eq!(events(&mut reader, [&bytes[..]]).1.map(|fault| fault.code.number()), Some(1002));
        }
        let (_, mut reader) = ends(Deflate::new(), Deflate::new(), LIMITS);
        let plain = frame(Role::Client, 0x81, b"not compressed");
        assert_eq!(events(&mut reader, [&plain[..]]).0, [Event::Text("not compressed".into())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn what_is_compressed_comes_back_however_it_is_cut(
            messages in prop::collection::vec(message(), 1..5),
            client_bits in 9u8..16,
            server_bits in 9u8..16,
            forgets: bool,
            cuts: Vec<prop::sample::Index>,
        ) {
            let (mut client, server) = (Deflate::new().window_bits(client_bits), Deflate::new().window_bits(server_bits));
            if forgets {
                client = client.no_context_takeover();
            }
            let (mut writer, mut reader) = ends(client, server, LIMITS);
            let expected: Vec<Event> = messages.iter().map(as_event).collect();
            let bytes: Vec<u8> = messages.into_iter().flat_map(|message| written(&mut writer, message)).collect();
            let pieces = pieces(&bytes, &cuts);
            prop_assert_eq!(events(&mut reader, pieces.iter().map(Vec::as_slice)), (expected, None));
        }
    }
}

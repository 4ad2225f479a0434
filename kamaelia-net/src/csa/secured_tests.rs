//! The hand-over from plain text to TLS, driven by random cuts of the bytes and by rubbish.

use proptest::prelude::*;

use super::fuzzed::Connection;
use super::piece::Piece;
use crate::tls::test_sides::{Side, World};

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_of_plain_text_handshake_and_data_gives_the_same(
        sizes in prop::collection::vec(1usize..2000, 1..30),
        plain in prop::collection::vec(any::<u8>(), 0..3000),
        data in prop::collection::vec(any::<u8>(), 0..100_000),
        takes in prop::collection::vec(0usize..40_000, 0..5),
    ) {
        let world = World::new();
        let mut sizes = sizes.into_iter().cycle();
        let mut client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
        let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
        server.wire.takes = takes.into_iter().chain([1000]).collect();
        // The last plain answer was queued before the handshake began, data is put behind it.
        server.flow.put(plain.clone());
        server.secured.put(Piece::Own(data.clone()));
        client.put(&data);
        let mut heard_plain = Vec::new();
        for _ in 0..1000 {
            let sent = std::mem::take(&mut client.wire);
            server.wire.give(&sent, &mut sizes);
            server.turn();
            let mut written = std::mem::take(&mut server.wire.written);
            let missing = (plain.len() - heard_plain.len()).min(written.len());
            heard_plain.extend(written.drain(..missing));
            client.feed(&written);
            let silent = sent.is_empty() && client.wire.is_empty() && written.is_empty();
            if silent && !server.flow.has_to_send() {
                break;
            }
        }
        prop_assert!(heard_plain == plain, "what was queued before is plain");
        prop_assert_eq!((server.secured.failure(), client.failure.as_ref()), (None, None));
        prop_assert!(server.received.0 == data && client.received == data && !client.ended);
        prop_assert_eq!(server.agreed, 1);
        server.secured.finish();
        while !server.flow.has_finished() {
            server.turn();
        }
        client.feed(&std::mem::take(&mut server.wire.written));
        prop_assert!(client.ended, "the end is told by a notice");
    }

    #[test]
    fn rubbish_in_the_handshake_ends_the_connection_and_nothing_is_delivered(
        sizes in prop::collection::vec(1usize..500, 1..30),
        rubbish in prop::collection::vec(any::<u8>(), 1..3000),
        cut in 0usize..400,
        record in any::<bool>(),
    ) {
        let world = World::new();
        let client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
        let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
        let mut sent = client.wire;
        sent.truncate(cut);
        if record {
            sent.extend([0x16, 3, 1, 0, 5]);
        }
        sent.extend(rubbish);
        server.wire.give(&sent, &mut sizes.into_iter().cycle());
        server.wire.ended = true;
        server.secured.put(Piece::Own(b"a secret".to_vec()));
        server.turn();
        prop_assert!(server.secured.failure().is_some() && server.received.0.is_empty());
        prop_assert_eq!(server.agreed, 0);
        let written = &server.wire.written;
        prop_assert!(!written.windows(8).any(|window| window == b"a secret"));
        prop_assert!(!server.flow.is_open());
    }
}

#[test]
fn a_socket_that_takes_no_more_is_tried_once() {
    let world = World::new();
    let mut client = Side::new(world.client().build().unwrap().engine(Some("server.test")).unwrap());
    let mut server = Connection::new(world.server().build().unwrap().engine().unwrap());
    for _ in 0..10 {
        server.wire.give(&std::mem::take(&mut client.wire), &mut std::iter::repeat(usize::MAX));
        server.turn();
        client.feed(&std::mem::take(&mut server.wire.written));
    }
    assert_eq!(server.agreed, 1);
    server.wire.takes = [5000, 0, 0, 0, 0, 0].into();
    server.secured.put(Piece::Own(vec![7; 100_000]));
    server.send();
    assert_eq!(server.wire.refused, 1);
    assert!(server.wire.written.len() == 5000 && server.flow.has_to_send());
}

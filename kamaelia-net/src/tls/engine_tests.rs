//! The engine in memory: both roles against each other, in pieces of every size, and against peers that do not
//! speak TLS.

use std::time::Duration;

use proptest::prelude::*;

use super::client::TlsClientOptions;
use super::server::TlsServerOptions;
use super::test_certificates::{Issuer, self_signed};
use super::test_sides::{NAME, Side, World, both_failures, meet, sides, sides_of, talk, talk_freely};
use crate::engine::Engine;
use crate::ssl::{SslError, TlsVersion};

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i % 251) as u8).collect()
}

#[test]
fn both_roles_agree_and_say_on_what() {
    let world = World::new();
    let (client, server) = meet(world.client(), world.server());
    let (of_client, of_server) = (client.session(), server.session());
    assert_eq!(of_client.version, TlsVersion::Tls13);
    assert!(of_client.cipher.starts_with("TLS13_"), "{of_client:?}");
    assert_eq!((of_client.cipher, of_client.alpn, of_client.resumed), (of_server.cipher, None, false));
    assert_eq!(of_client.peer_certificates.len(), 1);
    assert_eq!(of_server.peer_certificates.len(), 0);
    assert_eq!(of_server.server_name.as_deref(), Some(NAME));
}

#[test]
fn bytes_arrive_in_both_directions_one_by_one_and_in_large_pieces() {
    let world = World::new();
    for size in [1, 7, 4096, 100_000, usize::MAX] {
        let (mut client, mut server) = sides_of(&world);
        // Data put in during the handshake waits for its end.
        let count = if size == 1 { 20_000 } else { 1_000_000 };
        client.put(&bytes(count));
        server.put(&bytes(count / 2));
        talk(&mut client, &mut server, || size);
        assert!(server.received == bytes(count) && client.received == bytes(count / 2), "{size}");
        assert!(!client.ended && !server.ended);
    }
}

#[test]
fn an_engine_takes_no_more_than_it_has_room_for() {
    let world = World::new();
    let (mut client, mut server) = meet(world.client(), world.server());
    let mut taken = 0;
    loop {
        match client.engine.put(&[7; 10_000]) {
            0 => break,
            count => taken += count,
        }
        assert!(taken <= 128 * 1024, "{taken} bytes were taken");
    }
    client.take_out();
    let mut fed = 0;
    while server.engine.wants().feeding {
        fed += server.engine.feed(&client.wire[fed..]).unwrap();
        assert!(fed <= 40_000, "{fed} bytes were fed, and none taken out");
    }
    assert_eq!(server.engine.feed(&client.wire[fed..]), Ok(0));
    let rest = client.wire.split_off(fed);
    server.feed(&rest);
    assert_eq!(server.received.len(), taken);
}

#[test]
fn each_direction_ends_by_a_notice_and_the_other_goes_on() {
    let world = World::new();
    for tls12 in [false, true] {
        let client = if tls12 {
            only_tls12(&world)
        } else {
            world.client().build().unwrap().engine(Some(NAME)).unwrap()
        };
        let mut client = Side::new(client);
        let mut server = Side::new(world.server().build().unwrap().engine().unwrap());
        talk_freely(&mut client, &mut server);
        client.put(b"the last");
        client.finish();
        client.put(b"after the end");
        talk_freely(&mut client, &mut server);
        assert_eq!((server.received.as_slice(), server.ended), (&b"the last"[..], true));
        server.feed_end();
        assert_eq!(server.failure, None);
        server.put(b"still here");
        server.finish();
        talk_freely(&mut client, &mut server);
        assert_eq!((client.received.as_slice(), client.ended), (&b"still here"[..], true));
        client.feed_end();
        assert_eq!(client.failure, None);
    }
}

#[test]
fn an_end_without_the_notice_is_told_after_what_came_before_it() {
    let world = World::new();
    let (mut client, mut server) = meet(world.client(), world.server());
    client.put(b"cut o");
    talk_freely(&mut client, &mut server);
    server.feed_end();
    assert_eq!((server.received.as_slice(), server.failure), (&b"cut o"[..], Some(SslError::Truncated)));
    let mut client = Side::new(world.client().build().unwrap().engine(Some(NAME)).unwrap());
    client.feed_end();
    assert_eq!(client.failure, Some(SslError::ClosedByPeer));
}

#[test]
fn what_is_no_tls_is_called_so_by_both_roles() {
    let world = World::new();
    for plain in ["GET / HTTP/1.0\r\n\r\n", "220 mail.test ESMTP\r\n", "\0", "\u{7f}"] {
        let (mut client, mut server) = sides_of(&world);
        server.feed(plain.as_bytes());
        client.feed(plain.as_bytes());
        assert_eq!((client.failure, server.failure), (Some(SslError::PlainText), Some(SslError::PlainText)));
    }
}

#[test]
fn rubbish_in_the_middle_ends_the_connection_and_the_peer_hears_of_it() {
    let world = World::new();
    let (mut client, mut server) = meet(world.client(), world.server());
    client.put(b"before");
    talk_freely(&mut client, &mut server);
    client.put(b"changed on the way");
    *client.wire.last_mut().unwrap() ^= 1;
    talk_freely(&mut client, &mut server);
    assert_eq!(server.received, b"before");
    assert!(matches!(server.failure, Some(SslError::Protocol(_))), "{:?}", server.failure);
    assert_eq!(client.failure, Some(SslError::RefusedByPeer("bad record mac".into())));
    let again = server.engine.feed(b"more");
    assert_eq!(again.err(), server.failure);
}

#[test]
fn a_server_that_nobody_known_has_issued_is_refused_and_told() {
    let world = World::new();
    let stranger = Issuer::new("a stranger").server(NAME).certificate();
    let told = both_failures(world.client(), TlsServerOptions::new(stranger));
    let expected = (Some(SslError::UnknownIssuer), Some(SslError::RefusedByPeer("unknown CA".into())));
    assert_eq!(told, expected);
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let world = World::new();
    let expired = world.issuer.expired(NAME).certificate();
    let (client, server) = both_failures(world.client(), TlsServerOptions::new(expired));
    let Some(SslError::Expired { since: Some(since) }) = client else { panic!("{client:?}") };
    assert!(since > Duration::from_secs(20 * 365 * 86400));
    assert_eq!(server, Some(SslError::RefusedByPeer("certificate expired".into())));
    let early = world.issuer.not_yet_valid(NAME).certificate();
    let (client, _) = both_failures(world.client(), TlsServerOptions::new(early));
    assert_eq!(client, Some(SslError::NotYetValid));
}

#[test]
fn a_certificate_for_another_name_is_refused_and_both_names_are_said() {
    let world = World::new();
    let other = world.issuer.server("other.test").certificate();
    let (client, _) = both_failures(world.client(), TlsServerOptions::new(other));
    let expected = SslError::WrongName { expected: NAME.into(), presented: vec!["other.test".into()] };
    assert_eq!(client, Some(expected));
}

#[test]
fn a_server_may_be_named_by_its_address_and_with_a_dot_at_the_end() {
    let world = World::new();
    for (of_certificate, asked_for) in
        [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::1", "[::1]"), (NAME, "server.test.")]
    {
        let client = world.client().build().unwrap().server_name(asked_for);
        let certificate = world.issuer.server(of_certificate).certificate();
        let server = TlsServerOptions::new(certificate).build().unwrap();
        let mut client = Side::new(client.engine(None).unwrap());
        let mut server = Side::new(server.engine().unwrap());
        talk_freely(&mut client, &mut server);
        assert_eq!(client.failure, None, "{asked_for}");
        client.session();
    }
    let unnamed = world.client().build().unwrap();
    assert_eq!(unnamed.engine(None).err(), Some(SslError::NoServerName));
    let error = unnamed.server_name("no name at all").engine(None).unwrap_err().to_string();
    assert!(error.contains("\"no name at all\" is neither a name nor an address"), "{error}");
}

#[test]
fn whoever_asked_for_it_by_its_name_trusts_anybody() {
    let anybody = TlsClientOptions::new().dangerous_accept_any_certificate();
    let server = TlsServerOptions::new(self_signed("somebody.else").certificate());
    let (client, server) = meet(anybody, server);
    assert_eq!((client.failure.clone(), server.failure.clone()), (None, None));
    assert_eq!(client.session().peer_certificates.len(), 1);
}

#[test]
fn the_first_protocol_of_the_server_that_the_client_knows_is_spoken() {
    let world = World::new();
    let (client, server) = meet(world.client().alpn(["a", "b", "c"]), world.server().alpn(["x", "c", "b"]));
    assert_eq!(client.session().alpn.as_deref(), Some("c"));
    assert_eq!(server.session().alpn.as_deref(), Some("c"));
    let (client, _) = meet(world.client().alpn(["a"]), world.server());
    assert_eq!(client.session().alpn, None);
}

#[test]
fn without_a_common_protocol_both_sides_say_so() {
    let world = World::new();
    let told = both_failures(world.client().alpn(["a"]), world.server().alpn(["b"]));
    assert_eq!(told, (Some(SslError::NoCommonProtocol), Some(SslError::NoCommonProtocol)));
    let error = world.client().alpn([""]).build().unwrap_err().to_string();
    assert_eq!(error, "a protocol's name (ALPN) has 1 to 255 bytes, and \"\" has 0");
}

#[test]
fn a_client_shows_its_certificate_when_asked() {
    let world = World::new();
    let members = Issuer::new("members");
    let me = members.client("me.test");
    let asked = || world.server().allow_client_certificate(members.authorities());
    let required = || world.server().require_client_certificate(members.authorities());
    for server in [asked(), required()] {
        let (client, server) = meet(world.client().certificate(me.certificate()), server);
        assert_eq!((client.failure, server.failure.clone()), (None, None));
        assert_eq!(server.session().peer_certificates.len(), 1);
    }
    let (client, server) = meet(world.client(), asked());
    assert_eq!((client.failure, server.session().peer_certificates.len()), (None, 0));
    let told = both_failures(world.client(), required());
    assert_eq!(told, (Some(SslError::CertificateRequired), Some(SslError::CertificateRequired)));
    let stranger = Issuer::new("strangers").client("me.test").certificate();
    let (client, server) = both_failures(world.client().certificate(stranger), required());
    assert_eq!(
        (client, server),
        (Some(SslError::RefusedByPeer("unknown CA".into())), Some(SslError::UnknownIssuer))
    );
}

#[test]
fn a_session_is_resumed_unless_one_side_does_not_want_it() {
    let world = World::new();
    let twice = |client: TlsClientOptions, server: TlsServerOptions| {
        let (client, server) = (client.build().unwrap(), server.build().unwrap());
        let resumed = |_| {
            let (mut client, mut server) = sides(&client, &server);
            talk_freely(&mut client, &mut server);
            assert_eq!(client.session().peer_certificates.len(), 1);
            assert_eq!(client.session().resumed, server.session().resumed);
            server.session().resumed
        };
        [0, 1].map(resumed)
    };
    assert_eq!(twice(world.client(), world.server()), [false, true]);
    assert_eq!(twice(world.client().no_resumption(), world.server()), [false, false]);
    assert_eq!(twice(world.client(), world.server().no_resumption()), [false, false]);
}

#[test]
fn a_replaced_certificate_is_shown_from_the_next_handshake_on() {
    let world = World::new();
    let (client, server) = (world.client().no_resumption().build().unwrap(), world.server().build().unwrap());
    let shown = || {
        let (mut client, mut server) = sides(&client, &server);
        talk_freely(&mut client, &mut server);
        client.session().peer_certificates
    };
    let (mut old_client, mut old_server) = sides(&client, &server);
    talk_freely(&mut old_client, &mut old_server);
    let before = shown();
    assert!(server.replace_certificates([]).is_err());
    assert_eq!(shown(), before);
    server.clone().replace_certificates([world.issuer.server(NAME).certificate()]).unwrap();
    assert_ne!(shown(), before);
    old_client.put(b"on");
    talk_freely(&mut old_client, &mut old_server);
    assert_eq!(old_server.received, b"on");
}

/// A client that speaks TLS 1.2 only, which our settings do not offer.
fn only_tls12(world: &World) -> Box<dyn Engine> {
    let builder = rustls::ClientConfig::builder_with_provider(super::provider::provider());
    let config = builder
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(world.issuer.authorities().0)
        .with_no_client_auth();
    let name = NAME.try_into().unwrap();
    let connection = rustls::ClientConnection::new(config.into(), name).unwrap();
    Box::new(super::rustls_engine::RustlsEngine::new(connection))
}

#[test]
fn tls_1_2_is_spoken_unless_it_was_ruled_out() {
    let world = World::new();
    let mut client = Side::new(only_tls12(&world));
    let mut server = Side::new(world.server().build().unwrap().engine().unwrap());
    client.put(b"old");
    talk_freely(&mut client, &mut server);
    assert_eq!((server.session().version, client.session().version), (TlsVersion::Tls12, TlsVersion::Tls12));
    assert_eq!(server.received, b"old");
    let mut client = Side::new(only_tls12(&world));
    let mut server = Side::new(world.server().tls13_only().build().unwrap().engine().unwrap());
    talk_freely(&mut client, &mut server);
    assert_eq!(client.failure, Some(SslError::NoCommonVersion));
    assert_eq!(server.failure, Some(SslError::NoCommonVersion));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_arrive_whole_however_the_wire_is_cut(
        sizes in prop::collection::vec(1usize..3000, 1..40),
        messages in prop::collection::vec(0usize..40_000, 0..8),
    ) {
        let world = World::new();
        let (mut client, mut server) = sides_of(&world);
        let mut all = Vec::new();
        for message in messages {
            let message = bytes(message);
            client.put(&message);
            server.put(&message);
            all.extend(message);
        }
        let mut sizes = sizes.into_iter().cycle();
        talk(&mut client, &mut server, || sizes.next().unwrap());
        client.finish();
        server.finish();
        talk(&mut client, &mut server, || sizes.next().unwrap());
        prop_assert!(client.received == all && server.received == all);
        prop_assert!(client.ended && server.ended);
    }

    #[test]
    fn no_bytes_whatever_make_an_engine_panic_or_stand_still(
        rubbish in prop::collection::vec(any::<u8>(), 1..2000),
        cut in 0usize..3000,
        tls in any::<bool>(),
    ) {
        let world = World::new();
        let (mut client, mut server) = sides_of(&world);
        let mut wire = std::mem::take(&mut client.wire);
        wire.truncate(cut);
        if tls { wire.extend([0x16, 3, 1, 2, 0]) }
        wire.extend(rubbish);
        server.feed(&wire);
        server.feed_end();
        prop_assert!(server.failure.is_some() && server.received.is_empty());
    }

    #[test]
    fn one_changed_byte_never_arrives_as_another(at in 0usize..20_000, flip in 1u8..) {
        let world = World::new();
        let (mut client, mut server) = meet(world.client(), world.server());
        client.put(&bytes(15_000));
        let at = at % client.wire.len();
        client.wire[at] ^= flip;
        let wire = std::mem::take(&mut client.wire);
        server.feed(&wire);
        server.feed_end();
        prop_assert!(bytes(15_000).starts_with(&server.received));
        prop_assert!(server.failure.is_some());
    }
}

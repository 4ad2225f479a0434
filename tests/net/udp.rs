//! Datagrams: what arrives, what is told of those that do not, and how the components end.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};

use axon::prelude::*;
use axon::{ComponentRef, Context, Message, ShutdownMicroprocess};
use kamaelia_net::{
    Datagram, DatagramTo, Interface, MulticastReceiver, MulticastSender, MulticastTransceiver, PostboxPeer,
    SimplePeer, Target, TargettedPeer, UdpFailed, UdpFeedback, UdpOptions, UdpReceiver, UdpSender,
};

use crate::net_harness::{LONG, installed, run, start};

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A socket of the system's, as a peer that is not ours.
fn peer_at(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    socket
}

fn read(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = vec![0; 70_000];
    let length = socket.recv(&mut buffer).unwrap();
    buffer.truncate(length);
    buffer
}

/// The next news of a kind, from the inbox `control`, to which `feedback` is linked.
async fn news<T>(cx: &Context, pick: impl Fn(UdpFeedback) -> Option<T>) -> T {
    loop {
        while let Some(message) = cx.recv("control") {
            if let Some(found) = message.take::<UdpFeedback>().ok().and_then(&pick) {
                return found;
            }
        }
        cx.pause().await;
    }
}

fn end(cx: &Context, component: &ComponentRef) {
    cx.deliver_to(component, "control", ProducerFinished::new()).unwrap();
}

#[test]
fn a_simple_peer_talks_with_one_peer_and_hears_all_over_both_kinds_of_addresses() {
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let (peer, stranger) = (peer_at(local), peer_at(local));
        let peer_address = peer.local_addr().unwrap();
        run(async move |cx| {
            let simple = SimplePeer::new(local.parse()?, peer_address).bind()?;
            let address = simple.local_addr().unwrap();
            let simple = cx.activate(simple);
            cx.link((&simple, "outbox"), (cx.me(), "inbox"))?;
            cx.link((cx.me(), "outbox"), (&simple, "inbox"))?;
            cx.send("outbox", "a text")?;
            cx.send("outbox", vec![0_u8, 255])?;
            stranger.send_to(b"from a stranger", address)?;
            let heard = cx.next::<Datagram>("inbox").await?;
            assert_eq!(
                (heard.data.as_slice(), heard.from),
                (&b"from a stranger"[..], stranger.local_addr()?)
            );
            end(cx, &simple);
            Ok(())
        })
        .unwrap();
        assert_eq!((read(&peer), read(&peer)), (b"a text".to_vec(), vec![0, 255]));
    }
}

#[test]
fn empty_datagrams_and_the_largest_arrive_and_one_that_is_too_large_is_told() {
    let peer = peer_at("127.0.0.1:0");
    let peer_address = peer.local_addr().unwrap();
    run(async move |cx| {
        let simple = SimplePeer::new(here(), peer_address).bind()?;
        let (address, counts) = (simple.local_addr().unwrap(), simple.counts());
        let simple = cx.activate(simple);
        cx.link((&simple, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&simple, "feedback"), (cx.me(), "control"))?;
        for length in [0, 65_507, 0, 1] {
            peer.send_to(&vec![7; length], address)?;
            assert_eq!(cx.next::<Datagram>("inbox").await?.data, vec![7; length]);
        }
        for length in [65_508, 65_507, 0, 100_000, 1] {
            cx.deliver_to(&simple, "inbox", vec![8_u8; length])?;
        }
        for expected in [65_508, 100_000] {
            let told = news(cx, |news| match news {
                UdpFeedback::TooLarge { to, length } => Some((to, length)),
                _ => None,
            });
            assert_eq!(told.await, (peer_address, expected));
        }
        for length in [65_507, 0, 1] {
            assert_eq!(read(&peer), vec![8; length]);
        }
        assert_eq!((counts.received(), counts.sent(), counts.not_sent()), (4, 3, 2));
        end(cx, &simple);
        Ok(())
    })
    .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_does_not_listen_is_told_by_address_and_the_others_get_theirs() {
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let deaf = peer_at(local).local_addr().unwrap();
        let peer = peer_at(local);
        let peer_address = peer.local_addr().unwrap();
        run(async move |cx| {
            let postbox = PostboxPeer::new(local.parse()?);
            let counts = postbox.counts();
            let postbox = cx.activate(postbox);
            cx.link((&postbox, "feedback"), (cx.me(), "control"))?;
            for number in 0..20 {
                cx.deliver_to(&postbox, "inbox", DatagramTo::new(deaf, "nobody"))?;
                cx.deliver_to(&postbox, "inbox", DatagramTo::new(peer_address, number.to_string()))?;
            }
            for _ in 0..20 {
                let told = news(cx, |news| match news {
                    UdpFeedback::Refused { to, error } => Some((to, error.kind())),
                    _ => None,
                });
                assert_eq!(told.await, (Some(deaf), ErrorKind::ConnectionRefused));
            }
            assert_eq!((counts.sent(), counts.refused(), counts.not_sent()), (40, 20, 0));
            end(cx, &postbox);
            Ok(())
        })
        .unwrap();
        for number in 0..20 {
            assert_eq!(read(&peer), number.to_string().as_bytes());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_slow_receiver_loses_is_bounded_and_counted() {
    run(async |cx| {
        let options = UdpOptions::new().receive_buffer(16 * 1024);
        let receiver = UdpReceiver::new(here()).options(options).bind()?;
        let (address, counts) = (receiver.local_addr().unwrap(), receiver.counts());
        let receiver = cx.activate(receiver);
        cx.link((&receiver, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&receiver, "feedback"), (cx.me(), "control"))?;
        cx.set_size((cx.me(), "inbox"), Some(10))?;
        let peer = peer_at("127.0.0.1:0");
        for _ in 0..2000 {
            peer.send_to(&[1; 100], address)?;
        }
        // It is slow: the receiver has turns, and nobody collects.
        for _ in 0..20 {
            cx.yield_now().await;
        }
        assert_eq!(cx.data_ready("inbox"), 10, "no more waits than there is room for");
        let mut collected = 0;
        while cx.data_ready("inbox") > 0 {
            cx.recv("inbox");
            collected += 1;
            cx.yield_now().await;
            cx.yield_now().await;
        }
        peer.send_to(&[2; 100], address)?;
        assert_eq!(cx.next::<Datagram>("inbox").await?.data, [2; 100]);
        let told = news(cx, |news| match news {
            UdpFeedback::Lost { datagrams } => Some(datagrams),
            _ => None,
        });
        assert!(told.await > 0);
        assert!(collected < 200, "{collected}");
        assert_eq!(counts.received(), collected + 1);
        assert_eq!(counts.lost() + collected, 2000);
        end(cx, &receiver);
        Ok(())
    })
    .unwrap();
}

#[test]
fn an_address_that_is_taken_is_told_on_signal_and_fails_the_component() {
    let taken = peer_at("127.0.0.1:0");
    let address = taken.local_addr().unwrap();
    let told = std::rc::Rc::new(std::cell::RefCell::new(None));
    let seen = std::rc::Rc::clone(&told);
    run(async move |cx| {
        let receiver = cx.add_child(UdpReceiver::new(address));
        cx.link((&receiver, "signal"), (cx.me(), "control"))?;
        cx.supervise(&receiver);
        cx.activate(&receiver);
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        let failed = cx.recv("control").unwrap().take::<UdpFailed>().unwrap();
        while !receiver.is_stopped() {
            cx.pause().await;
        }
        let failure = cx.failure_of(&receiver).unwrap().to_string();
        *seen.borrow_mut() = Some((failed.error.kind(), failed.error.to_string(), failure));
        Ok(())
    })
    .unwrap();
    let (kind, text, failure) = told.borrow_mut().take().unwrap();
    assert_eq!(kind, ErrorKind::AddrInUse);
    assert!(text.starts_with(&format!("cannot listen on {address}: ")), "{text}");
    assert!(failure.contains(&text), "{failure}");
    let error = UdpReceiver::new(address).bind().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[test]
fn a_targetted_peer_waits_for_its_first_target_and_heeds_the_last() {
    let peers = [peer_at("127.0.0.1:0"), peer_at("127.0.0.1:0")];
    let addresses = peers.each_ref().map(|peer| peer.local_addr().unwrap());
    run(async move |cx| {
        let peer = cx.activate(TargettedPeer::new(here()));
        cx.deliver_to(&peer, "inbox", "one")?;
        for _ in 0..10 {
            cx.yield_now().await;
        }
        assert_eq!(cx.data_ready("inbox"), 0);
        cx.deliver_to(&peer, "target", addresses[0])?;
        for _ in 0..10 {
            cx.yield_now().await;
        }
        cx.deliver_to(&peer, "target", ("localhost".to_owned(), 1_u16))?;
        cx.deliver_to(&peer, "target", (addresses[1].ip().to_string(), addresses[1].port()))?;
        cx.deliver_to(&peer, "inbox", "two")?;
        end(cx, &peer);
        Ok(())
    })
    .unwrap();
    assert_eq!((read(&peers[0]), read(&peers[1])), (b"one".to_vec(), b"two".to_vec()));
}

#[test]
fn names_are_looked_up_and_one_that_is_unknown_costs_its_own_datagram_only() {
    let peer = peer_at("127.0.0.1:0");
    let port = peer.local_addr().unwrap().port();
    run(async move |cx| {
        let postbox = cx.activate(PostboxPeer::new(here()));
        cx.link((&postbox, "feedback"), (cx.me(), "control"))?;
        for host in ["no.such.name.invalid", "localhost", "127.0.0.1"] {
            cx.deliver_to(&postbox, "inbox", DatagramTo::new((host, port), host))?;
        }
        let told = news(cx, |news| match news {
            UdpFeedback::NotFound { to, .. } => Some(to),
            _ => None,
        });
        assert_eq!(told.await, Target::from(("no.such.name.invalid", port)));
        end(cx, &postbox);
        let sender = cx.activate(UdpSender::new(("localhost", port)));
        cx.deliver_to(&sender, "inbox", "by name")?;
        end(cx, &sender);
        Ok(())
    })
    .unwrap();
    let mut read = [read(&peer), read(&peer)];
    read.sort();
    assert_eq!(read, [b"127.0.0.1".to_vec(), b"localhost".to_vec()]);
}

#[test]
fn a_wrong_kind_of_address_is_told_and_a_dual_socket_talks_to_both() {
    let peer = peer_at("127.0.0.1:0");
    let (v4, v6) = (peer.local_addr().unwrap(), "[::1]:9".parse::<SocketAddr>().unwrap());
    run(async move |cx| {
        let postbox = cx.activate(PostboxPeer::new(here()));
        cx.link((&postbox, "feedback"), (cx.me(), "control"))?;
        cx.deliver_to(&postbox, "inbox", DatagramTo::new(v6, "no way"))?;
        let told = news(cx, |news| match news {
            UdpFeedback::NotSent { to, length, .. } => Some((to, length)),
            _ => None,
        });
        assert_eq!(told.await, (v6, 6));
        end(cx, &postbox);
        let both = PostboxPeer::new("[::]:0".parse()?).options(UdpOptions::new().dual_stack()).bind()?;
        let port = both.local_addr().unwrap().port();
        let both = cx.activate(both);
        cx.link((&both, "outbox"), (cx.me(), "inbox"))?;
        cx.deliver_to(&both, "inbox", DatagramTo::new(v4, "mapped"))?;
        peer.send_to(b"from IPv4", ("127.0.0.1", port))?;
        assert_eq!(cx.next::<Datagram>("inbox").await?.from, v4);
        end(cx, &both);
        assert_eq!(read(&peer), b"mapped");
        Ok(())
    })
    .unwrap();
}

#[test]
fn an_ending_sends_what_waits_and_a_shutdown_does_not_and_both_are_passed_on() {
    let peer = peer_at("127.0.0.1:0");
    let peer_address = peer.local_addr().unwrap();
    run(async move |cx| {
        for at_once in [false, true] {
            let sender = cx.add(UdpSender::new(peer_address));
            cx.link((&sender, "signal"), (cx.me(), "control"))?;
            for number in 0..60_u8 {
                cx.deliver_to(&sender, "inbox", vec![number])?;
            }
            if at_once {
                cx.deliver_to(&sender, "control", ShutdownMicroprocess::new())?;
            } else {
                end(cx, &sender);
            }
            cx.activate(&sender);
            while cx.data_ready("control") == 0 {
                cx.pause().await;
            }
            assert_eq!(cx.recv("control").unwrap().is::<ShutdownMicroprocess>(), at_once);
        }
        Ok(())
    })
    .unwrap();
    for number in 0..60_u8 {
        assert_eq!(read(&peer), [number]);
    }
}

#[test]
fn a_message_that_is_no_datagram_is_an_error_that_names_the_box() {
    let mut scheduler = Scheduler::new();
    let sender = scheduler.activate(UdpSender::new(here()));
    scheduler.remote().deliver(&sender, "inbox", 5_u64).unwrap();
    let error = scheduler.run().unwrap_err().to_string();
    assert!(error.contains("bytes or text") && error.contains("inbox"), "{error}");
}

#[test]
fn a_group_gets_what_is_sent_to_it() {
    let by = Interface::Address([127, 0, 0, 1].into());
    run(async move |cx| {
        let first = MulticastReceiver::new("239.255.77.1:0".parse()?).interface(by).bind()?;
        let group = first.local_addr().unwrap();
        let second = MulticastTransceiver::new(group, group).interface(by).ttl(0).bind()?;
        let first = cx.activate(first);
        let second = cx.activate(second);
        cx.link((&first, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&second, "outbox"), (cx.me(), "control"))?;
        let sender = cx.activate(MulticastSender::new(here(), group).interface(by).ttl(0));
        cx.deliver_to(&sender, "inbox", "to all")?;
        assert_eq!(cx.next::<Datagram>("inbox").await?.data, b"to all");
        assert_eq!(cx.next::<Datagram>("control").await?.data, b"to all");
        cx.deliver_to(&second, "inbox", "and back")?;
        assert_eq!(cx.next::<Datagram>("inbox").await?.data, b"and back");
        assert_eq!(cx.next::<Datagram>("control").await?.data, b"and back");
        for component in [first, second, sender] {
            end(cx, &component);
        }
        Ok(())
    })
    .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn an_ipv6_group_is_joined_by_the_number_of_the_interface() {
    // The loopback interface is the first.
    let by = Interface::Index(1);
    run(async move |cx| {
        let receiver = MulticastReceiver::new("[ff11::7701]:0".parse()?).interface(by).bind()?;
        let port = receiver.local_addr().unwrap().port();
        let receiver = cx.activate(receiver);
        cx.link((&receiver, "outbox"), (cx.me(), "inbox"))?;
        let group: SocketAddr = format!("[ff11::7701]:{port}").parse()?;
        let sender = cx.activate(MulticastSender::new("[::]:0".parse()?, group).interface(by).ttl(1));
        cx.link((&sender, "feedback"), (cx.me(), "control"))?;
        cx.deliver_to(&sender, "inbox", "hello")?;
        while cx.data_ready("inbox") == 0 {
            let no_route = |message: Message| match message.take::<UdpFeedback>() {
                Ok(UdpFeedback::NotSent { error, .. }) => Some(error),
                _ => None,
            };
            if let Some(error) = cx.recv("control").and_then(no_route) {
                println!("skipped: this machine has no route for IPv6 multicast: {error}");
                break;
            }
            if cx.data_ready("control") == 0 {
                cx.pause_for(LONG).await;
            }
        }
        if let Some(datagram) = cx.recv_as::<Datagram>("inbox")? {
            assert_eq!(datagram.data, b"hello");
        }
        end(cx, &receiver);
        end(cx, &sender);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_no_group_and_what_names_an_interface_in_the_wrong_way_is_refused() {
    let error = |receiver: MulticastReceiver| receiver.bind().err().unwrap().to_string();
    let group = MulticastReceiver::new("192.0.2.1:0".parse().unwrap());
    assert!(error(group).contains("192.0.2.1 is no multicast group; groups are 224.0.0.0"));
    let group = MulticastReceiver::new("[ff11::1]:0".parse().unwrap());
    assert!(error(group.interface(Interface::Address([127, 0, 0, 1].into()))).contains("Interface::Index"));
}

#[test]
fn udp_echo_serves_nc_socat_and_python_and_ends_in_order_on_both_signals() {
    for signal in ["INT", "TERM"] {
        let mut server = start("udp_echo", "");
        let (host, port) = ("127.0.0.1", server.address.port().to_string());
        let shell = |line: String| {
            let done = Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
            done.stdout
        };
        if installed("nc") {
            assert_eq!(shell(format!("(echo hello; sleep 0.3) | nc -u -w 1 {host} {port}")), b"hello\n");
        }
        if installed("socat") {
            assert_eq!(shell(format!("echo hello | socat -t 0.3 - UDP:{host}:{port}")), b"hello\n");
        }
        let program = format!(
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20)\n\
             for n in (0, 1, 1000, 65507):\n    s.sendto(b'x' * n, ('{host}', {port})); \
             assert s.recv(70000) == b'x' * n\nprint('done')"
        );
        let done = Command::new("python3").args(["-c", &program]).output().unwrap();
        assert_eq!(done.stdout, b"done\n", "{}", String::from_utf8_lossy(&done.stderr));
        server.signal(signal);
        assert_eq!(server.end(LONG), Some(0));
    }
}

/// The loopback device never fills a send buffer, so the system is made to say so.
#[cfg(target_os = "linux")]
#[test]
fn a_datagram_waits_for_room_in_the_send_buffer_and_is_not_lost() {
    if !installed("strace") {
        return;
    }
    let inject = "-e trace=sendto -e inject=sendto:error=EAGAIN:when=1+2";
    let shell = format!("exec strace -D -f -qq -o /dev/null {inject} \"$0\" 127.0.0.1:0; ");
    let server = start("udp_echo", &shell);
    let peer = peer_at("127.0.0.1:0");
    for number in 0..50_u8 {
        peer.send_to(&[number], server.address).unwrap();
        assert_eq!(read(&peer), [number]);
    }
    // It is killed: a signal, too, comes by way of `sendto`.
}

#[test]
fn a_peer_with_nothing_to_do_takes_no_processor_time() {
    let server = start("udp_echo", "");
    let before = server.cpu();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(server.cpu() - before < std::time::Duration::from_millis(50), "it spins");
}

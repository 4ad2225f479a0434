//! Faults of the network on the way to a server, each in a network of its own (`unshare -rn`), which has nothing but
//! what the test gives it. Where that is not allowed, the tests are passed over with a note.

#![allow(missing_docs, reason = "tests")]
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use axon::{Component, Context, ProducerFinished};
use kamaelia_net::{Connection, Listen, SimpleServer, SocketShutdown, TcpClient};

/// What an example says when it is run by this script in a network of its own; `None` where there can be none.
fn in_a_network_of_its_own(script: &str) -> Option<String> {
    let can = Command::new("unshare").args(["-rn", "ip", "link", "set", "lo", "up"]).output();
    if !can.is_ok_and(|can| can.status.success()) {
        println!("skipped: `unshare -rn` or `ip` does not work here");
        return None;
    }
    let test = std::env::current_exe().unwrap();
    let child = Command::new("timeout")
        .args(["30", "unshare", "-rn", "sh", "-c"])
        .arg(format!("ip link set lo up; {script}"))
        .env("TEST", format!("{} --exact --ignored --nocapture", test.display()))
        .output()
        .unwrap();
    Some(format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr)))
}

/// Connects, and prints what becomes of it.
struct Try {
    host: String,
    port: u16,
}

impl Component for Try {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let limit = Duration::from_secs(10);
        let client = cx.activate(TcpClient::new(self.host.clone(), self.port).connect_timeout(limit));
        cx.link((&client, "connected"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        while !cx.is_any_ready() {
            cx.pause().await;
        }
        if let Some(connection) = cx.recv_as::<Connection>("inbox")? {
            println!("connected to {}", connection.peer);
            cx.deliver_to(&client, "control", ProducerFinished::new())?;
        } else if let Some(end) = cx.recv_as::<SocketShutdown>("control")? {
            println!("{}", end.how_died);
        }
        Ok(())
    }
}

/// Connects to the host of the environment, to a server there if it says where to listen.
#[test]
#[ignore = "run by other tests in a network of its own"]
fn a_client_by_the_environment() {
    let Ok(host) = std::env::var("TEST_HOST") else { return };
    let Ok(listen) = std::env::var("TEST_LISTEN") else {
        return axon::run(Try { host, port: 9 }).unwrap();
    };
    let listen: Listen = listen.parse().unwrap();
    let server = SimpleServer::new(axon::util::EchoProtocol::new, listen).bind().unwrap();
    let port = server.local_addr().unwrap().port();
    let mut scheduler = axon::Scheduler::new();
    let (remote, server) = (scheduler.remote(), scheduler.activate(server));
    let client = std::thread::spawn(move || {
        axon::run(Try { host, port }).unwrap();
        remote.deliver(&server, "control", ProducerFinished::new()).unwrap();
    });
    scheduler.run().unwrap();
    client.join().unwrap();
}

/// What becomes of a client for this host, where this is set up before; the server listens there, if anywhere.
fn becomes(host: &str, setup: &str, listen: Option<&str>) -> Option<String> {
    let listen = listen.map_or(String::new(), |listen| format!("TEST_LISTEN='{listen}'"));
    let script = format!("{setup}\nTEST_HOST={host} {listen} $TEST a_client_by_the_environment");
    in_a_network_of_its_own(&script)
}

/// Gives the name `two.test` these addresses, in a copy of the file of hosts.
fn hosts(addresses: &[&str]) -> String {
    let lines: String = addresses.iter().map(|address| format!("{address} two.test\\n")).collect();
    let file = "$(mktemp)";
    format!("H={file}; printf '{lines}' > $H; exec unshare -m sh -c \"mount --bind $H /etc/hosts; rm -f $H;")
}

/// The same for a name with several addresses.
fn becomes_of_two(addresses: &[&str], setup: &str, listen: &str) -> Option<String> {
    let hosts = hosts(addresses);
    let client = format!("TEST_HOST=two.test TEST_LISTEN='{listen}' $TEST a_client_by_the_environment");
    in_a_network_of_its_own(&format!("{setup}\n{hosts} {client}\""))
}

#[test]
fn without_a_route_the_client_says_so_at_once() {
    let Some(said) = becomes("192.0.2.1", "", None) else { return };
    assert!(said.contains("cannot connect to 192.0.2.1:9: 192.0.2.1:9: Network is unreachable"), "{said}");
    let Some(said) = becomes("2001:db8::1", "", None) else { return };
    assert!(said.contains("[2001:db8::1]:9: Network is unreachable"), "{said}");
}

#[test]
fn an_address_that_a_route_forbids_is_told_with_its_reason() {
    let Some(said) = becomes("192.0.2.1", "ip route add unreachable 192.0.2.0/24", None) else { return };
    assert!(said.contains("192.0.2.1:9: No route to host"), "{said}");
}

#[test]
fn where_there_is_only_ipv6_a_client_connects_by_it() {
    let setup = "ip addr del 127.0.0.1/8 dev lo";
    let Some(said) = becomes("::1", setup, Some("[::1]:0")) else { return };
    assert!(said.contains("connected to [::1]:"), "{said}");
}

#[test]
fn when_one_family_is_refused_the_other_is_taken() {
    for (listen, peer) in [("[::1]:0", "connected to [::1]:"), ("127.0.0.1:0", "connected to 127.0.0.1:")] {
        let Some(said) = becomes_of_two(&["127.0.0.1", "::1"], "", listen) else { return };
        assert!(said.contains(peer), "{said}");
    }
}

#[test]
fn a_dead_first_address_is_overtaken_by_the_next() {
    // The first address, by the system's order, leads into a network in which nobody answers.
    let setup = "ip link add dead type veth peer name end; ip link set dead up; ip link set end up
        ip addr add 2001:db8::1/64 dev dead nodad; ip neigh add 2001:db8::77 lladdr 02:00:00:00:00:77 dev dead";
    let begin = Instant::now();
    let addresses = ["2001:db8::77", "127.0.0.1"];
    let Some(said) = becomes_of_two(&addresses, setup, "127.0.0.1:0") else { return };
    assert!(said.contains("connected to 127.0.0.1:"), "{said}");
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(5), "{took:?}: {said}");
}

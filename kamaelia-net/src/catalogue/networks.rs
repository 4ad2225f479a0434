//! The entries in the catalogue of multicast, of what watches for silence, and of bad networks.

use std::time::Duration;

use axon::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Factory, Kind};

use super::SOCKET;
use crate::simulate::{Bandwidth, Delay, Duplicate, Reorder, Slice, Stall, Throwaway};
use crate::{ActivityMonitor, InactivityChassis, ResettableSender};
use crate::{MulticastReceiver, MulticastSender, MulticastTransceiver};

pub(super) fn entries() -> Vec<Entry> {
    [multicast(), silence(), bad_networks()].into_iter().flatten().collect()
}

fn group(given: &Arguments) -> Result<std::net::SocketAddr, ArgumentError> {
    let group: std::net::SocketAddr = given.parse("group")?;
    if group.ip().is_multicast() {
        Ok(group)
    } else {
        Err(ArgumentError::new("group", format!("{group} is no group; it is one such as 239.1.2.3:1600")))
    }
}

fn multicast() -> Vec<Entry> {
    let group_argument = || {
        Argument::address("group", "the group").positional().required().example("239.1.2.3:1600").rust(SOCKET)
    };
    let ttl = || Argument::count("ttl", "how many routers datagrams may pass").at_most(255);
    let quiet = || Argument::flag("without_loop", "does not send to receivers on this machine");
    vec![
        Entry::new(
            Kind::Network,
            "kamaelia_net::MulticastSender",
            "Sends datagrams to a multicast group.",
            |given| {
                let sender = MulticastSender::new(given.parse("local")?, group(given)?);
                let sender = given.set("ttl", sender, MulticastSender::ttl);
                Ok(given.flag("without_loop", sender, MulticastSender::without_loop))
            },
        )
        .named_in_python("Multicast_sender")
        .argument(super::local())
        .argument(group_argument())
        .argument(ttl())
        .argument(quiet())
        .takes(Carries::Bytes),
        Entry::new(
            Kind::Network,
            "kamaelia_net::MulticastReceiver",
            "Receives what is sent to a multicast group.",
            |given| Ok(MulticastReceiver::new(group(given)?)),
        )
        .named_in_python("Multicast_receiver")
        .argument(group_argument())
        .sends(Carries::Other("datagrams")),
        Entry::new(
            Kind::Network,
            "kamaelia_net::MulticastTransceiver",
            "Sends to a multicast group, and receives what is sent to it.",
            |given| {
                let peer = MulticastTransceiver::new(given.parse("local")?, group(given)?);
                let peer = given.set("ttl", peer, MulticastTransceiver::ttl);
                Ok(given.flag("without_loop", peer, MulticastTransceiver::without_loop))
            },
        )
        .named_in_python("Multicast_transceiver")
        .argument(super::local())
        .argument(group_argument())
        .argument(ttl())
        .argument(quiet())
        .takes(Carries::Bytes)
        .sends(Carries::Other("datagrams")),
    ]
}

fn silence() -> Vec<Entry> {
    let timeout = || {
        Argument::duration("timeout", "how long nothing comes")
            .positional()
            .required()
            .at_least(1)
            .example("30s")
    };
    vec![
        Entry::new(
            Kind::Filter,
            "kamaelia_net::ActivityMonitor",
            "Passes up to four streams of messages on, and says that something went through.",
            |given| {
                let monitor = ActivityMonitor::new();
                Ok(given.set("message", monitor, |monitor, message: String| monitor.message(message)))
            },
        )
        .argument(Argument::text("message", "what it says")),
        Entry::new(
            Kind::Source,
            "kamaelia_net::ResettableSender",
            "Sends one message when nothing has come to `inbox` for so long, and ends.",
            |given| {
                let sender = ResettableSender::new(given.need("timeout"));
                Ok(given.set("message", sender, |sender, message: String| sender.message(message)))
            },
        )
        .argument(timeout())
        .argument(Argument::text("message", "what it sends")),
        Entry::new(
            Kind::Chassis,
            "kamaelia_net::InactivityChassis",
            "Holds a component, and tells it `producerFinished` when nothing has come out of it for so long.",
            |given| {
                let component: Factory = given.need("component");
                Ok(InactivityChassis::new(component.make(), given.need::<Duration>("timeout")))
            },
        )
        .argument(
            Argument::component("component", "the component").positional().required().example("EchoProtocol"),
        )
        .argument(timeout()),
    ]
}

fn bad_networks() -> Vec<Entry> {
    let seed = || Argument::count("seed", "another number for another chance");
    vec![
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Duplicate",
            "Passes messages on, and one in ten, by chance, twice.",
            |given| Ok(given.set("seed", Duplicate::new(), Duplicate::seed)),
        )
        .argument(seed()),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Throwaway",
            "Passes messages on, but throws one in ten away, by chance.",
            |given| Ok(given.set("seed", Throwaway::new(), Throwaway::seed)),
        )
        .argument(seed()),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Reorder",
            "Passes messages on in another order.",
            |given| Ok(given.set("seed", Reorder::new(), Reorder::seed)),
        )
        .argument(seed()),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Delay",
            "Passes messages on after a time, in their order.",
            |given| Ok(Delay::new(given.need("delay"))),
        )
        .argument(Argument::duration("delay", "the time").positional().required().example("100ms")),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Bandwidth",
            "Passes bytes on at a limited rate.",
            |given| Ok(Bandwidth::new(given.need("bytes_a_second"))),
        )
        .argument(Argument::size("bytes_a_second", "the rate").positional().required().example("64KiB"))
        .takes(Carries::Bytes)
        .sends(Carries::Bytes),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Stall",
            "Passes bytes on, and stands still once, in their midst, for a time.",
            |given| Ok(given.set("seed", Stall::new(given.need("time")), Stall::seed)),
        )
        .argument(
            Argument::duration("time", "how long it stands still").positional().required().example("1s"),
        )
        .argument(seed())
        .takes(Carries::Bytes)
        .sends(Carries::Bytes),
        Entry::new(
            Kind::Filter,
            "kamaelia_net::simulate::Slice",
            "Cuts bytes into small pieces, each of which goes on alone.",
            |given| Ok(given.set("seed", Slice::new(given.need("longest")), Slice::seed)),
        )
        .argument(Argument::size("longest", "the longest piece").positional().required().example("7"))
        .argument(seed())
        .takes(Carries::Bytes)
        .sends(Carries::Bytes),
    ]
}

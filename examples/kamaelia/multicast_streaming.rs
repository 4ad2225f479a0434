//! Kamaelia's `Examples/_Multicast/_BasicSystems/_MulticastStreamingServer.py`, `_MulticastStreamingClient.py` and
//! `_SimpleReliableMulticast/_MulticastStreamingSystem_SRM.py`: a file is sent to a multicast group at a bit rate, and
//! all who listen get it.
//!
//! ```text
//! cargo run --example kamaelia_multicast_streaming -- receive GROUP:PORT COPY [INTERFACE]
//! cargo run --example kamaelia_multicast_streaming -- send GROUP:PORT FILE [INTERFACE [BITRATE]]
//! ```
//!
//! Start those that receive first. With port 0 they take a free one; they print `listening on GROUP:PORT`. The
//! interface is the address of one of this machine's, 127.0.0.1 unless said otherwise. Both end with the file.
//!
//! *Differs:* a packet is a number of 8 bytes, the lowest first, and at most 1000 bytes of the file: there the numbers are
//! put in before the file is cut into packets, so that every loss costs two. An empty packet is the end; there nothing
//! ends. A receiver says what was lost, and listens to the one that it has heard first, so that what others send to the
//! group does no harm. It does not ask for anything again.

#[path = "parts/running.rs"]
mod running;

use std::net::SocketAddr;

use axon::file::ReadFileAdaptor;
use axon::prelude::*;
use axon::util::{
    DeMarshaller, Marshaller, Marshalling, MaxSizePacketiser, RecoverOrder, TagWithSequenceNumber,
};
use kamaelia_net::{Datagram, Interface, MulticastReceiver, MulticastSender};

const USAGE: &str = "kamaelia_multicast_streaming receive GROUP:PORT COPY [INTERFACE]
kamaelia_multicast_streaming send GROUP:PORT FILE [INTERFACE [BITRATE]]";

/// How many packets are held back to put them in order.
const WINDOW: usize = 8;

/// How often the end is sent: it may be lost as anything else, and pushes the last pieces out of the window.
const ENDS: usize = 3 * WINDOW;

/// What is in a datagram: its number, and a piece of the file.
struct Packet;

impl Marshalling for Packet {
    type Data = (u64, Vec<u8>);
    type Marshalled = Vec<u8>;

    fn marshall((number, piece): Self::Data) -> axon::Result<Vec<u8>> {
        Ok([&number.to_le_bytes()[..], &piece].concat())
    }

    fn demarshall(packet: Vec<u8>) -> axon::Result<Self::Data> {
        let (number, piece) = packet.split_first_chunk().ok_or("a packet without a number")?;
        Ok((u64::from_le_bytes(*number), piece.to_vec()))
    }
}

/// Passes the pieces on, and at the end empty ones.
struct TellsTheEnd;

impl Component for TellsTheEnd {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(piece) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            cx.send_when_room("outbox", piece).await?;
        }
        for _ in 0..ENDS {
            cx.send_when_room("outbox", Vec::<u8>::new()).await?;
        }
        Ok(())
    }
}

/// Passes on the packets of the first sender that it hears.
#[derive(Default)]
struct FirstSender(Option<SocketAddr>);

impl Component for FirstSender {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(Datagram { data, from }) = cx.next_or_end("inbox").await? {
            if data.len() >= 8 && *self.0.get_or_insert(from) == from {
                cx.send_when_room("outbox", data).await?;
            }
        }
        Ok(())
    }
}

/// Passes on the pieces of the numbered ones until the empty one, and says how many were lost.
#[derive(Default)]
struct UntilTheEnd {
    expected: u64,
    lost: u64,
}

impl Component for UntilTheEnd {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("stop", "ends the receiver, which would listen on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some((number, piece)) = cx.next_or_end::<(u64, Vec<u8>)>("inbox").await? {
            if number < self.expected {
                continue; // It comes too late, and was counted as lost.
            }
            self.lost += number - self.expected;
            self.expected = number.saturating_add(1);
            if piece.is_empty() {
                break;
            }
            cx.send_when_room("outbox", piece).await?;
        }
        println!("{} packets of {} were lost", self.lost, self.expected);
        cx.send("stop", ShutdownMicroprocess::new())?;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

fn receive(group: SocketAddr, copy: &str, interface: Interface) -> axon::Result<Graphline> {
    let receiver = MulticastReceiver::new(group).interface(interface).bind()?;
    println!("listening on {}", receiver.local_addr().ok_or("it listens at no address")?);
    Ok(graphline! {
        components: {
            PACKETS: pipeline![receiver, FirstSender::default(), DeMarshaller::<Packet>::new()],
            ORDER: RecoverOrder::<Vec<u8>>::new().window(WINDOW),
            END: UntilTheEnd::default(),
            COPY: SimpleFileWriter::new(copy),
        },
        linkages: {
            PACKETS.outbox => ORDER.inbox,
            PACKETS.signal => ORDER.control,
            ORDER.outbox => END.inbox,
            ORDER.signal => END.control,
            END.outbox => COPY.inbox,
            END.signal => COPY.control,
            END.stop => PACKETS.control,
            self.control => PACKETS.control,
        },
    })
}

fn send(group: SocketAddr, file: &str, interface: Interface, bitrate: u64) -> axon::Result<Pipeline> {
    let local = if group.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    Ok(pipeline![
        ReadFileAdaptor::new(file).bitrate(bitrate).chunkrate(50),
        MaxSizePacketiser::new(),
        TellsTheEnd,
        TagWithSequenceNumber::<Vec<u8>>::new(),
        Marshaller::<Packet>::new(),
        MulticastSender::new(local.parse()?, group).interface(interface),
    ])
}

fn main() -> axon::Result {
    env_logger::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let interface = arguments.get(3).map_or("127.0.0.1", String::as_str).parse()?;
    let interface = Interface::Address(interface);
    let mut scheduler = running::scheduler()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["receive", group, copy] | ["receive", group, copy, _] => {
            scheduler.activate(receive(group.parse()?, copy, interface)?);
        }
        ["send", group, file] | ["send", group, file, _] => {
            scheduler.activate(send(group.parse()?, file, interface, 400_000)?);
        }
        ["send", group, file, _, bitrate] => {
            let bitrate = bitrate.parse::<std::num::NonZeroU64>()?.into();
            scheduler.activate(send(group.parse()?, file, interface, bitrate)?);
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
    Ok(scheduler.run()?)
}

//! Kamaelia's `Examples/TCP_Systems/_SimpleStreamingSystem.py`, `_SimpleStreamer.py` and `_SimpleStreamingClient.py`: a
//! file is streamed at a bit rate to every client, and a client plays it.
//!
//! ```text
//! cargo run --example kamaelia_simple_streaming -- serve ADDRESS FILE [BITRATE]
//! cargo run --example kamaelia_simple_streaming -- play HOST PORT COPY [BITRATE]
//! cargo run --example kamaelia_simple_streaming -- both FILE COPY [BITRATE]
//! ```
//!
//! The bit rate is 400,000 unless said otherwise. `serve` prints `listening on ADDRESS` and ends at a signal; the
//! others end with the stream.
//!
//! *Differs:* what was played goes to the file `COPY` instead of a sound card. A client that plays more slowly than the
//! server sends holds up its own reader, and nobody else; there the server goes on reading into its memory.

#[path = "parts/options.rs"]
mod options;
#[path = "parts/player.rs"]
mod player;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;

use axon::file::ReadFileAdaptor;
use axon::prelude::*;
use kamaelia_net::{Connection, FastRestartServer, Listen, ServerCore, TcpClient};
use player::Player;

const USAGE: &str = "kamaelia_simple_streaming serve ADDRESS FILE [BITRATE]
kamaelia_simple_streaming play HOST PORT COPY [BITRATE]
kamaelia_simple_streaming both FILE COPY [BITRATE]";

/// In pieces of how many bytes it is sent at most, however high the bit rate.
const LARGEST_CHUNK: u64 = 65536;

/// Each client gets a reader of its own.
fn streamer(address: &str, file: &str, bitrate: u64) -> axon::Result<ServerCore> {
    std::fs::File::open(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let file = file.to_owned();
    let chunks = u32::try_from(bitrate / 8 / LARGEST_CHUNK)?.max(24);
    let reader = move |_: &Connection| ReadFileAdaptor::new(file.clone()).bitrate(bitrate).chunkrate(chunks);
    Ok(FastRestartServer::new(reader, address.parse::<Listen>()?).options(options::speaks_first()))
}

fn play(client: TcpClient, copy: &str, bitrate: u64) -> Pipeline {
    pipeline![client, Player::new(bitrate), SimpleFileWriter::new(copy)]
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = if arguments.first().is_some_and(|mode| mode == "play") { 5 } else { 4 };
    let bitrate = if arguments.len() == given { arguments.pop() } else { None };
    let bitrate =
        bitrate.map_or(Ok(400_000), |bitrate| bitrate.parse::<std::num::NonZeroU64>().map(u64::from))?;
    let mut scheduler = running::scheduler()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address, file] => {
            scheduler.activate(serving::bound(streamer(address, file, bitrate)?)?.0);
        }
        ["play", host, port, copy] => {
            scheduler.activate(play(TcpClient::new(host, port.parse()?), copy, bitrate));
        }
        ["both", file, copy] => {
            let (server, address) = serving::bound(streamer("127.0.0.1:0", file, bitrate)?)?;
            let client = TcpClient::new(address.ip().to_string(), address.port());
            // The server is the last: when the client has played everything, it is told to end.
            scheduler.activate(pipeline![play(client, copy, bitrate), server]);
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
    Ok(scheduler.run()?)
}

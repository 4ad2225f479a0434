//! Kamaelia's `Examples/UsingChassis/_WhatIsTheCarouselFor/_SimpleMultiFileStreamer.py`: a server that streams one file
//! after another to each client, all at one rate.
//!
//! Run it with `cargo run --example kamaelia_multi_file_streaming -- ADDRESS BITRATE FILE...`. It prints `listening on
//! ADDRESS`; a connection ends after the last file, the program at a signal.
//!
//! *Differs:* a file that cannot be read is told at the beginning. The rate holds across the files: what is owed at the
//! end of one is sent from the next. There the chooser does not run with Python 3.

#[path = "parts/options.rs"]
mod options;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;

use axon::file::FixedRateControlledReusableFileReader;
use axon::prelude::*;
use axon::util::ForwardIteratingChooser;
use kamaelia_net::{Connection, FastRestartServer, Listen};

/// How many bytes are sent at a time.
const CHUNK_SIZE: f64 = 512.0;

/// At the end of a file the reader asks for the next one, and the chooser names it.
fn multi_file_reader(files: Vec<String>, bitrate: f64) -> impl Fn(&Connection) -> JoinChooserToCarousel {
    move |_| {
        JoinChooserToCarousel::new(
            ForwardIteratingChooser::new(files.clone()),
            FixedRateControlledReusableFileReader::bytes(bitrate / 8.0).chunk_size(CHUNK_SIZE),
        )
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (address, bitrate, files) = (arguments.next(), arguments.next(), arguments.collect::<Vec<_>>());
    let (Some(address), Some(bitrate), false) = (address, bitrate, files.is_empty()) else {
        eprintln!("kamaelia_multi_file_streaming ADDRESS BITRATE FILE...");
        std::process::exit(2);
    };
    let bitrate = bitrate.parse::<std::num::NonZeroU32>().map_err(|error| format!("bit rate: {error}"))?;
    for file in &files {
        std::fs::File::open(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    }
    let reader = multi_file_reader(files, f64::from(bitrate.get()));
    let server = FastRestartServer::new(reader, address.parse::<Listen>()?).options(options::speaks_first());
    let (server, _) = serving::bound(server)?;
    let mut scheduler = running::scheduler()?;
    scheduler.activate(server);
    Ok(scheduler.run()?)
}

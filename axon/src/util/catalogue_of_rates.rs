//! The entries in the catalogue of clocks, and of what sends at a rate or on request.

use super::*;
use crate::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Kind};
use crate::catalogue::{Carries::Bytes, Carries::Text as TextOnly};

/// The most that a rate may be, so that an interval is a time that a clock can tell.
const MOST: i64 = 1_000_000_000;
const NUMBERS: Carries = Carries::Other("numbers");

pub(super) fn entries() -> Vec<Entry> {
    [clocks(), rates(), on_request()].into_iter().flatten().collect()
}

fn rate(name: &'static str, doc: &'static str) -> Argument {
    Argument::float(name, doc).at_most(MOST).example("10")
}

/// The value of an argument that is a rate.
fn positive(given: &Arguments, name: &'static str) -> Result<Option<f64>, ArgumentError> {
    match given.value::<f64>(name) {
        Some(rate) if rate < 1e-6 => {
            Err(ArgumentError::new(name, format!("{rate} is too little; it is a number such as 0.5 or 10")))
        }
        rate => Ok(rate),
    }
}

fn needed(given: &Arguments, name: &'static str) -> Result<f64, ArgumentError> {
    Ok(positive(given, name)?.unwrap_or_else(|| given.need(name)))
}

fn interval(name: &'static str, doc: &'static str) -> Argument {
    Argument::duration(name, doc).positional().required().at_least(1).example("1s")
}

fn clocks() -> Vec<Entry> {
    let message = || Argument::text("message", "what it sends instead");
    vec![
        Entry::new(
            Kind::Source,
            "axon::util::CheapAndCheerfulClock",
            "Sends `true` at once, and then every so often: for a component that sleeps in between.",
            |given| Ok(CheapAndCheerfulClock::new(given.need("interval"))),
        )
        .argument(interval("interval", "the time between two messages"))
        .sends(Carries::Other("true")),
        Entry::new(
            Kind::Source,
            "axon::util::PeriodicTick",
            "Sends a message every so often, the first after one interval.",
            |given| {
                let tick = PeriodicTick::new(given.need("delay"));
                Ok(given.set("message", tick, |tick, message: String| tick.message(message)))
            },
        )
        .argument(interval("delay", "the time between two messages"))
        .argument(message()),
        Entry::new(
            Kind::Source,
            "axon::util::PeriodicWakeup",
            "Sends a message every so often, the first after one interval.",
            |given| {
                let wakeup = PeriodicWakeup::new(given.need("interval"));
                Ok(given.set("message", wakeup, |wakeup, message: String| wakeup.message(message)))
            },
        )
        .argument(interval("interval", "the time between two messages"))
        .argument(message())
        .sends(TextOnly),
        Entry::new(
            Kind::Source,
            "axon::util::SingleTick",
            "Sends one message after a while, and ends.",
            |given| {
                let tick = SingleTick::new(given.need("delay"));
                Ok(given.set("message", tick, |tick, message: String| tick.message(message)))
            },
        )
        .argument(Argument::duration("delay", "when it sends").positional().required().example("1s"))
        .argument(message()),
    ]
}

fn rates() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::util::MessageRateLimit",
            "Sends on what it receives, at most so many messages a second.",
            |given| {
                let limit = MessageRateLimit::new(needed(given, "messages_per_second")?);
                Ok(given.set("buffer", limit, MessageRateLimit::buffer))
            },
        )
        .argument(rate("messages_per_second", "the most messages a second").positional().required())
        .argument(Argument::count("buffer", "how many messages come before the first is sent")),
        Entry::new(
            Kind::Transformer,
            "axon::util::RateChunker",
            "Cuts a stream whose rate is known into chunks of equal duration, as sound for each picture of a film.",
            |given| {
                let (data_rate, chunk_rate) = (needed(given, "data_rate")?, needed(given, "chunk_rate")?);
                let quantum: usize = given.need("quantum_size");
                if data_rate / chunk_rate / (quantum as f64) < 1.0 {
                    return Err(ArgumentError::new("chunk_rate", "a chunk had less than a quantum"));
                }
                Ok(RateChunker::new(data_rate, quantum, chunk_rate))
            },
        )
        .argument(rate("data_rate", "the bytes a second of the stream").required().example("88200"))
        .argument(Argument::size("quantum_size", "the bytes that stay together").required().example("2"))
        .argument(rate("chunk_rate", "how many chunks a second").required().example("25"))
        .takes(Bytes)
        .sends(Bytes),
        asking(Entry::new(
            Kind::Source,
            "axon::util::ByteRateRequestControl",
            "Asks for data at a fixed rate: sends numbers that say how many bytes or items to send next.",
            |given| {
                let control = ByteRateRequestControl::new(needed(given, "rate")?);
                let control = match chunk(given)? {
                    Some(Chunk::Size(size)) => control.chunk_size(size),
                    Some(Chunk::Rate(rate)) => control.chunk_rate(rate),
                    None => control,
                };
                Ok(given.flag("aggregating", control, ByteRateRequestControl::aggregating))
            },
        )),
        asking(Entry::new(
            Kind::Source,
            "axon::util::VariableByteRateRequestControl",
            "Asks for data at a rate that can be changed while it runs.",
            |given| {
                let control = VariableByteRateRequestControl::new(needed(given, "rate")?);
                let control = match chunk(given)? {
                    Some(Chunk::Size(size)) => control.chunk_size(size),
                    Some(Chunk::Rate(rate)) => control.chunk_rate(rate),
                    None => control,
                };
                Ok(given.flag("aggregating", control, VariableByteRateRequestControl::aggregating))
            },
        ))
        .takes(NUMBERS),
    ]
}

/// How much is asked for at a time.
enum Chunk {
    Size(f64),
    Rate(f64),
}

fn chunk(given: &Arguments) -> Result<Option<Chunk>, ArgumentError> {
    match (positive(given, "chunk_size")?, positive(given, "chunk_rate")?) {
        (Some(_), Some(_)) => {
            Err(ArgumentError::new("chunk_rate", "chunk_size says the same: one of them is enough"))
        }
        (Some(size), None) if size < 1.0 => Err(ArgumentError::new("chunk_size", "it is at least 1")),
        (None, Some(rate)) if rate > needed(given, "rate")? => {
            Err(ArgumentError::new("chunk_rate", "it is at most the rate"))
        }
        (Some(size), None) => Ok(Some(Chunk::Size(size))),
        (None, rate) => Ok(rate.map(Chunk::Rate)),
    }
}

fn asking(entry: Entry) -> Entry {
    entry
        .argument(rate("rate", "how many bytes or items a second it asks for").positional().required())
        .argument(rate("chunk_size", "how many it asks for at a time"))
        .argument(rate("chunk_rate", "how often a second it asks").example("5"))
        .argument(Argument::flag("aggregating", "asks for all that it missed at once when it was held up"))
        .sends(NUMBERS)
}

fn on_request() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Filter,
            "axon::util::PromptedTurnstile",
            "Lets one message through for each message on `next`, whatever that is.",
            |_| Ok(PromptedTurnstile::new()),
        ),
        Entry::new(
            Kind::Filter,
            "axon::util::OnDemandLimit",
            "Lets one message through for each `\"NEXT\"` on `slidecontrol`.",
            |_| Ok(OnDemandLimit::new()),
        ),
    ]
}

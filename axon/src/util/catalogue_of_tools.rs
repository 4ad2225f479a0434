//! The entries in the catalogue of codecs, of services, and of what looks at other components or ends them.

use std::time::Duration;

use super::*;
use crate::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Factory, Kind, Made};
use crate::error::listed_for;
use crate::{Component, INBOX};

const PROFILES: Carries = Carries::Other("profiles");

pub(super) fn entries() -> Vec<Entry> {
    let entries = [services(), lookers()].into_iter().flatten();
    #[cfg(feature = "json")]
    let entries = entries.chain(json());
    #[cfg(feature = "xml")]
    let entries = entries.chain([xml()]);
    entries.collect()
}

fn held(name: &'static str, doc: &'static str) -> Argument {
    Argument::component(name, doc).positional().required().example("PassThrough")
}

fn made(given: &Arguments, name: &str) -> Made {
    given.need::<Factory>(name).make()
}

fn services() -> Vec<Entry> {
    let service = |doc| Argument::text("service", doc).positional().required().example("NUMBERS");
    vec![
        Entry::new(
            Kind::Chassis,
            "axon::util::RegisterService",
            "The same component, with some of its inboxes offered as services.",
            register,
        )
        .argument(held("component", "the component"))
        .argument(service("the name of the service").constructor())
        .argument(Argument::text("inbox", "the inbox that is offered").default("\"inbox\"").constructor())
        .rust("axon::util::RegisterService::new({component}).service({service}, {inbox})"),
        Entry::new(Kind::Sink, "axon::util::ToService", "Sends what it receives to a service.", |given| {
            Ok(ToService::new(given.need::<String>("service")))
        })
        .argument(service("the name of the service")),
    ]
}

fn register(given: &Arguments) -> Result<RegisterService<Made>, ArgumentError> {
    let component = made(given, "component");
    let wanted = given.value::<String>("inbox").unwrap_or_else(|| INBOX.to_owned());
    let inboxes = component.boxes().inboxes();
    let inbox = inboxes.iter().find(|inbox| **inbox == wanted).ok_or_else(|| {
        let there = listed_for(&wanted, &inboxes);
        ArgumentError::new("inbox", format!("the component has no inbox {wanted:?}; it has {there}"))
    })?;
    Ok(RegisterService::new(component).service(given.need::<String>("service"), inbox))
}

fn lookers() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Chassis,
            "axon::util::Ttl",
            "Wraps a component, and ends it when its time is over: \"time to live\".",
            |given| {
                let ttl = Ttl::new(made(given, "component"), given.need::<Duration>("delay"));
                Ok(given.set("grace", ttl, Ttl::grace))
            },
        )
        .named_in_python("TTL")
        .argument(held("component", "the component"))
        .argument(Argument::duration("delay", "how long it lives").positional().required().example("10s"))
        .argument(Argument::duration("grace", "how long it has after each word").default("1s")),
        Entry::new(
            Kind::Chassis,
            "axon::util::ComponentBoxTracer",
            "Wraps a component, and sends a [`Traced`] to a tracer for each message at its four boxes.",
            |given| Ok(ComponentBoxTracer::new(made(given, "traced"), made(given, "tracer"))),
        )
        .argument(held("traced", "what is traced"))
        .argument(held("tracer", "what gets the messages").example("ConsoleEchoer")),
        Entry::new(
            Kind::Source,
            "axon::util::Profiler",
            "Measures the steps of all components of its scheduler, and sends a [`Profile`] every so often.",
            |given| Ok(Profiler::new(given.need("interval"))),
        )
        .argument(
            Argument::duration("interval", "how often").positional().required().at_least(1).example("1s"),
        )
        .sends(PROFILES),
        Entry::new(
            Kind::Transformer,
            "axon::util::ProfilerOutputFormatter",
            "Makes a table of each [`Profile`].",
            |_| Ok(ProfilerOutputFormatter::new()),
        )
        .takes(PROFILES)
        .sends(Carries::Text),
    ]
}

#[cfg(feature = "json")]
fn json() -> [Entry; 2] {
    const VALUES: Carries = Carries::Other("JSON values");
    [
        Entry::new(
            Kind::Transformer,
            "axon::util::JsonDecoder",
            "Sends the value of each JSON text.",
            |_| Ok(JsonDecoder::new()),
        )
        .named_in_python("JSONDecoder")
        .takes(Carries::Bytes)
        .sends(VALUES),
        Entry::new(Kind::Transformer, "axon::util::JsonEncoder", "Sends each value as JSON text.", |_| {
            Ok(<JsonEncoder>::new())
        })
        .named_in_python("JSONEncoder")
        .takes(VALUES)
        .sends(Carries::Text)
        .rust("<axon::util::JsonEncoder>::new()"),
    ]
}

#[cfg(feature = "xml")]
fn xml() -> Entry {
    Entry::new(
        Kind::Transformer,
        "axon::util::SimpleXmlParser",
        "Reads one XML document that arrives in pieces, and sends an [`XmlEvent`] for each of its parts.",
        |given| {
            let parser = given.set("deepest", SimpleXmlParser::new(), SimpleXmlParser::deepest);
            Ok(given.set("longest_markup", parser, SimpleXmlParser::longest_markup))
        },
    )
    .named_in_python("SimpleXMLParser")
    .argument(Argument::count("deepest", "how deep elements may be nested").at_least(1).default("256"))
    .argument(Argument::size("longest_markup", "the longest tag or comment").default("1MiB"))
    .takes(Carries::Bytes)
    .sends(Carries::Other("XML events"))
}

//! The entries of these components in the catalogue.

use std::time::Duration;

use super::*;
use crate::catalogue::{Argument, ArgumentError, Arguments, Entry, Factory, Kind, Made};
use crate::{AnyComponent, Message};

/// The entries of the chassis that a text can fill. `a ! b` in a text is a [`Pipeline`], and named components
/// in it are a [`Graphline`], also without these names.
pub fn catalogue() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Pipeline",
            "Components in a row: each one's `outbox` goes to the next one's `inbox`, each one's `signal` to the \
             next one's `control`.",
            |given| {
                let row: Pipeline = components(given).collect();
                Ok(given.flag("circular", row, Pipeline::circular))
            },
        )
        .argument(held("what comes one after another"))
        .argument(Argument::flag("circular", "joins the last to the first"))
        .rust("axon::chassis::Pipeline::from_iter({components})"),
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Graphline",
            "Named components and the linkages between their boxes.",
            |given| Ok(given.need::<Factory>("graph").make()),
        )
        .argument(Argument::component("graph", "the components and their linkages").positional().required())
        .rust("{graph}"),
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Carousel",
            "One component at a time, built by a function from each message that comes to `next`.",
            |given| {
                let component: Factory = given.need("component");
                Ok(Carousel::new(move |_: Message| component.make()))
            },
        )
        .argument(
            Argument::component("component", "what is made for each message, whatever that is")
                .positional()
                .required()
                .example("PassThrough"),
        )
        .rust("axon::chassis::Carousel::new(|_: axon::Message| {component})"),
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Par",
            "Components that run at the same time, seen from outside as one.",
            |given| Ok(components(given).collect::<Par>()),
        )
        .named_in_python("PAR")
        .argument(held("what runs"))
        .rust("axon::chassis::Par::from_iter({components})"),
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Seq",
            "Components that run one after another, as if they were one.",
            |given| Ok(components(given).collect::<Seq>()),
        )
        .named_in_python("SEQ")
        .argument(held("what runs, in this order"))
        .rust("axon::chassis::Seq::from_iter({components})"),
        Entry::new(
            Kind::Chassis,
            "axon::chassis::Supervisor",
            "One component, made again by a function when it has failed.",
            supervisor,
        )
        .argument(Argument::component("component", "what is made, and made again").positional().required().rust("|| {}"))
        .argument(
            Argument::choice("restart", &["never", "on_failure", "always"], "after which ends it is made again")
                .default("on_failure")
                .rust(
                    "match {} { \"never\" => axon::chassis::Restart::Never, \"always\" => \
                     axon::chassis::Restart::Always, _ => axon::chassis::Restart::OnFailure }",
                ),
        )
        .argument(
            Argument::text("at_most", "how often within which time, before it gives up")
                .default("3/5s")
                .example("3/10s")
                .constructor(),
        )
        .argument(
            Argument::duration("backoff", "how long it waits before the first restart; twice as long each time")
                .constructor(),
        )
        .argument(Argument::duration("longest_backoff", "the longest that it waits").constructor())
        .rust("axon::chassis::Supervisor::new({component})"),
        Entry::new(
            Kind::Chassis,
            "axon::parallel::Pipeline",
            "Stages in a row, each on a scheduler of its own thread: each one's `outbox` goes to the next one's \
             `inbox`, each one's `signal` to the next one's `control`.",
            |given| {
                let stages = given.all::<Factory>("components").into_iter();
                Ok(stages.fold(crate::parallel::Pipeline::new(), |row, stage| row.then(move || stage.make())))
            },
        )
        .called("Parallel")
        .argument(held("the stages"))
        .rust("axon::pipeline!{components}"),
    ]
}

fn held(doc: &'static str) -> Argument {
    Argument::component("components", doc)
        .positional()
        .required()
        .repeated()
        .rust("axon::AnyComponent::new({})")
}

fn components(given: &Arguments) -> impl Iterator<Item = AnyComponent> {
    given.all::<Factory>("components").into_iter().map(|factory| AnyComponent::new(factory.make()))
}

fn supervisor(given: &Arguments) -> Result<Supervisor, ArgumentError> {
    let child: Factory = given.need("component");
    let mut supervisor = Supervisor::new(move || -> Made { child.make() });
    match given.value::<String>("restart").as_deref() {
        Some("never") => supervisor = supervisor.restart(Restart::Never),
        Some("always") => supervisor = supervisor.restart(Restart::Always),
        _ => {}
    }
    if let Some(text) = given.value::<String>("at_most") {
        let wrong = || {
            ArgumentError::new(
                "at_most",
                format!("{text:?} is not such as 3/10s: three times within ten seconds"),
            )
        };
        let (most, within) = text.split_once('/').ok_or_else(wrong)?;
        let within =
            crate::catalogue::duration(within).filter(|within| !within.is_zero()).ok_or_else(wrong)?;
        supervisor = supervisor.at_most(most.parse().map_err(|_| wrong())?, within);
    }
    if let Some(first) = given.value::<Duration>("backoff") {
        let longest = given.value("longest_backoff").unwrap_or_else(|| first.saturating_mul(64));
        supervisor = supervisor.backoff(first, longest);
    }
    Ok(supervisor)
}

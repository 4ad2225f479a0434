//! Graphs are saved, formatted and loaded again as the same graphs.

use std::collections::{BTreeSet, HashMap};

use axon::catalogue::Origins;
use axon::text::{parse, save};
use axon::{ComponentId, ComponentRef, Scheduler, snapshot::Snapshot};
use proptest::prelude::*;

use super::{everything, loaded};

/// A component: kind, name, parents by number, inboxes with their limits, outboxes.
type Shape = (String, Option<String>, Vec<usize>, Vec<(String, Option<usize>)>, Vec<String>);

/// Linkages by the places of the components at both ends, and the names of the boxes.
type Links = BTreeSet<(usize, String, usize, String)>;

/// A snapshot without the numbers of components: each by its place, and the linkages between the places.
fn shape(snapshot: &Snapshot) -> (Vec<Shape>, Links) {
    let shown = snapshot.components.iter().filter(|component| !component.service);
    let places: HashMap<ComponentId, usize> =
        shown.clone().enumerate().map(|(place, shown)| (shown.id, place)).collect();
    let components = shown.map(|component| {
        let kind = component.name.rsplit_once('_').expect("kind and number").0.to_owned();
        let parents = component.parents.iter().filter_map(|parent| places.get(parent).copied()).collect();
        let inboxes = component.inboxes.iter().map(|inbox| (inbox.name.clone(), inbox.limit)).collect();
        let outboxes = component.outboxes.iter().map(|outbox| outbox.name.clone()).collect();
        (kind, component.called.clone(), parents, inboxes, outboxes)
    });
    let linkages = snapshot.linkages.iter().filter_map(|linkage| {
        let (source, sink) = (&linkage.source, &linkage.sink);
        let (from, to) = (places.get(&source.component)?, places.get(&sink.component)?);
        Some((*from, source.name.clone(), *to, sink.name.clone()))
    });
    (components.collect(), linkages.collect())
}

/// Without what a text does not have: boxes for the use of a chassis, which of the two chassis it is, and the names that
/// the components of a changed pipeline get.
fn loose_shape(snapshot: &Snapshot) -> (Vec<Shape>, Links) {
    let (mut components, mut linkages) = shape(snapshot);
    for (kind, called, _, inboxes, outboxes) in &mut components {
        if kind == "Pipeline" {
            *kind = "Graphline".into();
        }
        *called = None;
        inboxes.retain(|(name, _)| !name.starts_with('_'));
        outboxes.retain(|name| !name.starts_with('_'));
    }
    linkages.retain(|(_, from, _, to)| !from.starts_with('_') && !to.starts_with('_'));
    (components, linkages)
}

fn leaf() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "PassThrough",
        "OneShot 'a \"b'",
        "DataSource x \"y z\" -- é",
        "TwoWaySplitter",
        "Sync 3",
        "ConsoleEchoer tag=\"\\n> \" forwarder",
        "Seq (PassThrough) (OneShot z)",
        "Par (PassThrough ! PassThrough) (a: PassThrough; self -> a)",
        "DataChunker \"\\x00\\xff\"",
        "Supervisor (PassThrough) restart=always at_most=3/10s",
        "Backplane CHAT when_full=cut",
        "SimpleServer 127.0.0.1:0 protocol=(ChunksToLines ! PublishTo CHAT ! SubscribeTo CHAT)",
        "TcpClient localhost 1500 delay=250ms",
    ])
    .prop_map(str::to_owned)
}

/// A text of one component, perhaps of a group in parentheses.
fn part() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![row(inner.clone()), graph(inner)].prop_map(|text| format!("({text})"))
    })
}

fn row(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    // Kinds whose payloads never differ.
    prop::collection::vec(inner, 2..4).prop_map(|parts| parts.join(" ! PassThrough ! "))
}

fn graph(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let links = prop::collection::vec((0..6_usize, 0..6_usize, 0..4_u8), 0..8);
    (prop::collection::vec(inner, 1..5), links, prop::option::of(1..100_usize)).prop_map(
        |(parts, links, limit)| {
            let count = parts.len();
            let mut statements: Vec<String> =
                parts.iter().enumerate().map(|(nth, part)| format!("c{nth}: {part}")).collect();
            statements.push("last: PassThrough; inbox last.extra; outbox last.more".into());
            let mut used = BTreeSet::new();
            for (one, other, how) in links {
                let (one, other) = (one % count, other % count);
                let (source, sink) = match how {
                    0 => (format!("c{one}.outbox"), "last.extra".to_owned()),
                    1 => (format!("c{one}.signal"), format!("c{other}.control")),
                    2 => ("self.inbox".to_owned(), format!("c{other}.inbox")),
                    _ => (format!("c{one}.outbox"), "self.outbox".to_owned()),
                };
                if used.insert(source.clone()) {
                    statements.push(format!("{source} -> {sink}"));
                }
            }
            if limit.is_some_and(|limit| limit % 2 == 0) {
                statements.push("self -> last".into());
                statements.retain(|statement| !statement.starts_with("self."));
            }
            statements.extend(limit.map(|limit| format!("last.inbox[{limit}]")));
            statements.join("; ")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_graph_is_saved_as_a_text_that_loads_as_the_same_graph(text in prop_oneof![row(part()), graph(part())]) {
        let (snapshot, origins) = loaded(&text).still().expect("it can be made");
        let saved = save(&snapshot, &origins);
        let (again, origins) = loaded(&saved).still().expect("it can be made");
        prop_assert_eq!(shape(&snapshot), shape(&again), "{}\n{}", text, saved);
        prop_assert_eq!(save(&again, &origins), saved);
    }

    #[test]
    fn a_formatted_text_means_the_same_and_is_formatted_already(text in prop_oneof![row(part()), graph(part())]) {
        let formatted = parse(&text).formatted().expect("no mistakes");
        prop_assert_eq!(&parse(&formatted).formatted().expect("no mistakes"), &formatted);
        let (one, other) = (loaded(&text).still().expect("made").0, loaded(&formatted).still().expect("made").0);
        prop_assert_eq!(shape(&one), shape(&other), "{}\n{}", text, formatted);
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_formatted_to_what_stays(text in "([a-c.]{1,3}|[ \n;#'\"()!=:?\\[\\]]|->|é|\\\\){0,40}") {
        let read = parse(&text);
        let _ = read.load(&everything());
        if let Ok(formatted) = read.formatted() {
            let again = parse(&formatted).formatted();
            prop_assert_eq!(again.expect("the usual form has no mistakes"), formatted);
        }
    }

    #[test]
    fn a_graph_that_was_changed_while_it_ran_is_saved_as_it_is_now(changes in prop::collection::vec((0..8_usize, 0..6_usize, 0..6_usize), 0..12)) {
        let catalogue = everything();
        let text = "a: PassThrough; b: TwoWaySplitter; c: PassThrough; d: Sync 2; a -> b; b -> c; b.outbox2 -> d.inbox; self -> a";
        let graph = loaded(text);
        let origins: &Origins = graph.origins();
        let mut scheduler = Scheduler::new();
        let chassis = scheduler.activate(graph.component());
        for _ in 0..4 {
            scheduler.run_pass().expect("nothing fails");
        }
        let cx = scheduler.context(&chassis);
        for (nth, (what, one, other)) in changes.into_iter().enumerate() {
            let children: Vec<ComponentRef> = cx.children();
            let (Some(one), Some(other)) = (children.get(one % children.len().max(1)), children.get(other % children.len().max(1))) else { break };
            match what {
                0 => {
                    let more = parse("PassThrough").load_beside(&catalogue, origins).expect("no mistakes");
                    cx.activate(cx.add_child(more.component()));
                }
                1 => {
                    let _ = cx.link((one, "outbox"), (other, "inbox"));
                }
                2 => {
                    let _ = cx.link((one, "signal"), (other, "control"));
                }
                3 => {
                    if let Some(linkage) = cx.linkages().get(nth) {
                        cx.unlink(linkage);
                    }
                }
                4 => cx.remove_child(one),
                5 => {
                    cx.set_size((one, "inbox"), Some(nth + 3)).expect("it has an inbox");
                }
                6 => {
                    scheduler.context(one).add_outbox("extra");
                }
                _ => {
                    scheduler.context(one).add_inbox("extra");
                }
            }
            for _ in 0..2 {
                scheduler.run_pass().expect("nothing fails");
            }
        }
        let snapshot = scheduler.snapshot();
        // What was removed is no child any more, and runs on beside.
        prop_assume!(snapshot.components.iter().filter(|component| component.parents.is_empty()).count() == 1);
        let saved = save(&snapshot, origins);
        let (again, _) = loaded(&saved).still().expect("it can be made");
        prop_assert_eq!(loose_shape(&snapshot), loose_shape(&again), "{}\n{}", snapshot, saved);
    }
}

#[test]
fn comments_and_empty_lines_stay_where_they_are() {
    let text = "# above\n\n\na:   PassThrough   # beside\n # in front of b\nb: PassThrough\n\na -> b (\n # inside\nPassThrough\n)\n# last\n";
    let error = parse(text).formatted().expect("no mistakes");
    assert_eq!(
        error,
        "# above\n\na: PassThrough  # beside\n# in front of b\nb: PassThrough\n\na -> b (\n    # inside\n    PassThrough\n)\n# last\n"
    );
}

#[test]
fn a_long_chain_is_written_one_component_a_line_and_stays_so() {
    let text = format!("DataSource {} ! ConsoleEchoer tag=x # end", "word ".repeat(25));
    let formatted = parse(&text).formatted().expect("no mistakes");
    assert_eq!(formatted.lines().count(), 2);
    assert!(formatted.ends_with("\n    ! ConsoleEchoer tag=x  # end\n"), "{formatted}");
    assert_eq!(parse(&formatted).formatted().expect("no mistakes"), formatted);
}

#[test]
fn what_cannot_be_written_is_a_hole_and_loading_says_which() {
    use axon::prelude::*;
    struct Mine;
    impl Component for Mine {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.sleep(std::time::Duration::from_secs(10)).await;
            Ok(())
        }
    }
    let graph = loaded("PassThrough");
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![Mine, PureTransformer::map(|n: u8| n), graph.component()]);
    for _ in 0..3 {
        scheduler.run_pass().expect("nothing fails");
    }
    let saved = save(&scheduler.snapshot(), graph.origins());
    assert_eq!(saved, "?Mine ! ?PureTransformer ! PassThrough\n");
    let error = parse(&saved).load(&everything()).expect_err("it has holes").to_string();
    assert!(error.contains("?Mine stands for something that could not be written"), "{error}");
    assert!(error.contains("?PureTransformer stands"), "{error}");
}

//! Pictures of a snapshot as SVG: what stands where, what is shown, and that programs find it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use axon::drawing::Drawing;
use axon::prelude::*;
use axon::{
    ComponentRef,
    snapshot::{BoxName, Snapshot},
};
use proptest::prelude::*;
use roxmltree::{Document, Node};

/// Has one more outbox than most, and does nothing.
struct Part;

impl Component for Part {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("more", "what is left")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.pause().await;
        Ok(())
    }
}

const OUTBOXES: [&str; 3] = ["outbox", "signal", "more"];
const INBOXES: [&str; 2] = ["inbox", "control"];

/// Components, each with its parent, and linkages between them.
#[derive(Clone, Debug)]
struct Plan {
    parents: Vec<Option<usize>>,
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    outbox: usize,
    to: usize,
    inbox: usize,
}

/// What a plan makes. A linkage that the kernel refuses is not there.
fn made(plan: &Plan) -> Snapshot {
    let scheduler = Scheduler::new();
    let mut parts: Vec<ComponentRef> = Vec::new();
    for parent in &plan.parents {
        parts.push(match parent {
            Some(parent) => scheduler.context(&parts[*parent]).add_child(Part),
            None => scheduler.add(Part),
        });
    }
    for link in &plan.links {
        let (from, to) = (&parts[link.from], &parts[link.to]);
        let cx = scheduler.context(from);
        let (outbox, inbox) = (OUTBOXES[link.outbox], INBOXES[link.inbox]);
        let _ = if plan.parents[link.to] == Some(link.from) {
            cx.pass_through_inbox((from, inbox), (to, inbox))
        } else if plan.parents[link.from] == Some(link.to) {
            cx.pass_through_outbox((from, outbox), (to, outbox))
        } else {
            cx.link((from, outbox), (to, inbox))
        };
    }
    scheduler.snapshot()
}

/// Plans of up to 24 components, some inside others.
fn plans() -> impl Strategy<Value = Plan> {
    (1..24usize).prop_flat_map(|count| {
        let parents = prop::collection::vec(prop::option::weighted(0.4, any::<prop::sample::Index>()), count);
        let link = (0..count, 0..OUTBOXES.len(), 0..count, 0..INBOXES.len());
        let links = prop::collection::vec(link, 0..40);
        (parents, links).prop_map(|(parents, links)| {
            let parents = parents.into_iter().enumerate().map(|(nth, parent)| match parent {
                Some(parent) if nth > 0 => Some(parent.index(nth)),
                _ => None,
            });
            let links = links.into_iter().map(|(from, outbox, to, inbox)| Link { from, outbox, to, inbox });
            Plan { parents: parents.collect(), links: links.collect() }
        })
    })
}

/// Plans without components in others, and with data only.
fn flat_plans() -> impl Strategy<Value = Plan> {
    (2..20usize).prop_flat_map(|count| {
        let link = (0..count, prop::sample::select(vec![0, 2]), 0..count);
        prop::collection::vec(link, 0..30).prop_map(move |links| {
            let links = links.into_iter().map(|(from, outbox, to)| Link { from, outbox, to, inbox: 0 });
            Plan { parents: vec![None; count], links: links.collect() }
        })
    })
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Area {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Area {
    fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Area) -> bool {
        self.left < other.left
            && other.right < self.right
            && self.top < other.top
            && other.bottom < self.bottom
    }
}

fn number(node: Node<'_, '_>, name: &str) -> i64 {
    node.attribute(name).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} of {node:?}"))
}

fn has_class(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class))
}

fn of_class<'a, 'input>(document: &'a Document<'input>, class: &'a str) -> Vec<Node<'a, 'input>> {
    document.descendants().filter(|node| has_class(node, class)).collect()
}

fn components<'a, 'input>(document: &'a Document<'input>) -> Vec<Node<'a, 'input>> {
    document.descendants().filter(|node| has_class(node, "component") || has_class(node, "frame")).collect()
}

fn area(component: Node<'_, '_>) -> Area {
    let body = component.children().find(|child| has_class(child, "body")).expect("a component has a body");
    let (left, top) = (number(body, "x"), number(body, "y"));
    Area { left, top, right: left + number(body, "width"), bottom: top + number(body, "height") }
}

/// The middle of the mark of a box, on the outline of its component.
fn mark(box_: Node<'_, '_>) -> (i64, i64) {
    let path = box_.children().find(|child| child.has_tag_name("path")).expect("a box has a mark");
    let begin = path.attribute("d").unwrap()[1..].split(['l', 'h']).next().unwrap();
    let (x, y) = begin.split_once(' ').unwrap();
    let reach = if has_class(&box_, "inbox") { 7 } else { 0 };
    (x.parse::<i64>().unwrap() + reach, y.parse::<i64>().unwrap() + 4)
}

/// The points of a line, with those that only bend it.
fn points(line: Node<'_, '_>) -> Vec<(i64, i64)> {
    let mut points: Vec<(i64, i64)> = Vec::new();
    let path = line.attribute("d").unwrap();
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|letter: char| letter.is_alphabetic()).map_or(rest.len(), |end| end + 1);
        let numbers: Vec<i64> = rest[1..end].split(' ').map(|number| number.parse().unwrap()).collect();
        match command {
            'H' => points.push((numbers[0], points.last().unwrap().1)),
            _ => points.extend(numbers.chunks(2).map(|pair| (pair[0], pair[1]))),
        }
        rest = &rest[end..];
    }
    points
}

fn parsed(svg: &str) -> Document<'_> {
    Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"))
}

/// The ranks by component.
fn ranks(snapshot: &Snapshot) -> BTreeMap<i64, i64> {
    let svg = snapshot.to_svg();
    let document = parsed(&svg);
    components(&document)
        .into_iter()
        .map(|component| (number(component, "data-component"), number(component, "data-rank")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn components_stand_beside_each_other_or_inside_their_parents(plan in plans()) {
        let svg = made(&plan).to_svg();
        let document = parsed(&svg);
        let all = components(&document);
        prop_assert_eq!(all.len(), plan.parents.len());
        let parent = |node: &Node<'_, '_>| node.attribute("data-parent").map(str::to_owned);
        let paper = of_class(&document, "paper")[0];
        let paper = Area { left: 0, top: 0, right: number(paper, "width"), bottom: number(paper, "height") };
        for (nth, one) in all.iter().enumerate() {
            prop_assert!(paper.holds(&area(*one)));
            for other in &all[..nth] {
                if parent(one) == parent(other) {
                    prop_assert!(!area(*one).meets(&area(*other)), "{:?} and {:?}\n{}", one, other, svg);
                }
            }
            if let Some(parent) = parent(one) {
                let frame = all.iter().find(|node| node.attribute("data-component") == Some(&parent)).unwrap();
                prop_assert!(has_class(frame, "frame"));
                prop_assert!(area(*frame).holds(&area(*one)), "{:?} in {:?}\n{}", one, frame, svg);
            }
        }
    }

    #[test]
    fn every_linkage_is_one_line_between_its_two_boxes(plan in plans()) {
        let snapshot = made(&plan);
        let svg = snapshot.to_svg();
        let document = parsed(&svg);
        let marks: HashMap<&str, (i64, i64)> = ["inbox", "outbox"].iter().flat_map(|side| of_class(&document, side))
            .map(|box_| (box_.attribute("id").unwrap(), mark(box_)))
            .collect();
        let lines = of_class(&document, "linkage");
        prop_assert_eq!(lines.len(), snapshot.linkages.len());
        for linkage in &snapshot.linkages {
            let id = |end: &BoxName| format!("{}.{}.{}", end.component, end.side, end.name);
            let wanted = format!("l{}", id(&linkage.source));
            let line = lines.iter().find(|line| line.attribute("id") == Some(&wanted)).expect("a line");
            let to = linkage.sink.component.to_string();
            prop_assert_eq!(line.attribute("data-to"), Some(to.as_str()));
            prop_assert_eq!(line.attribute("data-to-box"), Some(linkage.sink.name.as_str()));
            let points = points(*line);
            for (point, end) in [(points.first(), &linkage.source), (points.last(), &linkage.sink)] {
                let (point, mark) = (point.unwrap(), marks[format!("c{}", id(end)).as_str()]);
                prop_assert_eq!(point.1, mark.1, "{:?}\n{}", end, svg);
                // Inside a frame the name of the box stands between.
                let reach = if linkage.kind == axon::LinkageKind::Plain { 8 } else { 90 };
                let plain_inside = points.len() > 2 && (point.0 - mark.0).abs() <= 90;
                prop_assert!((point.0 - mark.0).abs() <= reach || plain_inside, "{:?}\n{}", end, svg);
            }
        }
    }

    #[test]
    fn letters_stay_inside_their_component_and_the_two_sides_apart(plan in plans()) {
        let svg = made(&plan).to_svg();
        for component in components(&parsed(&svg)) {
            let body = area(component);
            let texts = component.descendants().filter(|node| node.has_tag_name("text"));
            let mut rows: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
            for text in texts {
                let (x, wide) = (number(text, "x"), number(text, "textLength"));
                let left = if has_class(&text, "end") { x - wide } else { x };
                prop_assert!(body.left < left && left + wide < body.right, "{:?}\n{}", text, svg);
                rows.entry(number(text, "y")).or_default().push((left, left + wide));
            }
            for row in rows.values_mut() {
                row.sort_unstable();
                prop_assert!(row.windows(2).all(|pair| pair[0].1 < pair[1].0), "{}", svg);
            }
        }
    }

    #[test]
    fn the_same_snapshot_gives_the_same_bytes(plan in plans()) {
        prop_assert_eq!(made(&plan).to_svg(), made(&plan).to_svg());
    }

    #[test]
    fn a_component_that_is_added_moves_no_other_by_more_than_one_rank(
        plan in flat_plans(),
        ends in prop::collection::vec(any::<prop::sample::Index>(), 3),
        leads_to in any::<bool>(),
        splits in any::<prop::sample::Index>(),
    ) {
        let count = plan.parents.len();
        let before = ranks(&made(&plan));
        let mut alone = plan.clone();
        alone.parents.push(None);
        let mut at_an_end = alone.clone();
        at_an_end.links.extend(ends.iter().enumerate().map(|(nth, end)| match leads_to {
            true => Link { from: count, outbox: nth, to: end.index(count), inbox: nth % 2 },
            false => Link { from: end.index(count), outbox: 2, to: count, inbox: 0 },
        }));
        let mut between = alone.clone();
        if !plan.links.is_empty() {
            // The linkage that the kernel made is the first from this outbox.
            let split = plan.links[splits.index(plan.links.len())];
            let same = |link: &Link| (link.from, link.outbox) == (split.from, split.outbox);
            let first = plan.links.iter().position(same).unwrap();
            let Link { from, outbox, to, inbox } = between.links.remove(first);
            between.links.retain(|link| !same(link));
            between.links.push(Link { from, outbox, to: count, inbox: 0 });
            between.links.push(Link { from: count, outbox: 0, to, inbox });
        }
        for (case, plan) in [("alone", &alone), ("at an end", &at_an_end), ("between", &between)] {
            let after = ranks(&made(plan));
            for (component, rank) in &before {
                prop_assert!((after[component] - rank).abs() <= 1, "{case}: {component}: {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn whatever_names_are_the_picture_is_xml_and_shows_them(
        name in any::<String>(),
        box_ in any::<String>(),
    ) {
        let scheduler = Scheduler::new();
        let part = scheduler.add(Part);
        let cx = scheduler.context(&part);
        let child = cx.add_child(Part);
        cx.call_child(&child, name.as_str());
        let added = cx.add_inbox(&box_);
        let snapshot = scheduler.snapshot();
        let svg = snapshot.to_svg();
        let document = parsed(&svg);
        let called = components(&document).into_iter().find_map(|node| node.attribute("data-called")).unwrap();
        prop_assert_eq!(called, shown(&name));
        let boxes = of_class(&document, "inbox");
        prop_assert!(boxes.iter().any(|node| node.attribute("data-box") == Some(&shown(&added))));
        // No name makes markup in the other forms either.
        let mermaid = snapshot.to_mermaid();
        prop_assert!(!mermaid.replace("<br/>", "").contains('<'), "{}", mermaid);
    }
}

/// A name without what XML cannot hold, or what would turn letters around.
fn shown(name: &str) -> String {
    let is_hidden = |letter: char| {
        let turns = ['\u{200e}', '\u{200f}', '\u{fffe}', '\u{ffff}'].contains(&letter)
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter);
        turns || (letter.is_control() && letter != '\n')
    };
    name.replace(is_hidden, "\u{fffd}")
}

#[test]
fn a_name_that_is_markup_is_shown_as_it_is() {
    let scheduler = Scheduler::new();
    let part = scheduler.add(Part);
    let child = scheduler.context(&part).add_child(Part);
    let name = "</title><script>alert('x & \"y\"')</script>\u{202e}\0";
    scheduler.context(&part).call_child(&child, name);
    let svg = scheduler.snapshot().to_svg();
    assert!(!svg.contains("<script"), "{svg}");
    let document = parsed(&svg);
    let called = components(&document).into_iter().find_map(|node| node.attribute("data-called"));
    assert_eq!(called, Some("</title><script>alert('x & \"y\"')</script>\u{fffd}\u{fffd}"));
}

/// A pipeline in a graphline, with a service beside it.
fn a_graph() -> (Snapshot, axon::ComponentId) {
    struct Service;
    impl Component for Service {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.declare_service();
            cx.pause().await;
            Ok(())
        }
    }
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let row = pipeline![PassThrough::new(), PassThrough::new()];
    let graph = graphline! {
        components: { first: PassThrough::new(), row: row },
        linkages: { first.outbox => row.inbox, self.inbox => first.inbox }
    };
    scheduler.activate(graph);
    scheduler.activate(Service);
    for _ in 0..5 {
        scheduler.run_pass().unwrap();
    }
    let snapshot = scheduler.snapshot();
    let row = snapshot.components.iter().find(|view| view.called.as_deref() == Some("row")).unwrap().id;
    (snapshot, row)
}

#[test]
fn names_that_the_program_gave_states_and_signals_are_told_to_programs() {
    let (snapshot, row) = a_graph();
    let svg = snapshot.to_svg();
    let document = parsed(&svg);
    let frame =
        components(&document).into_iter().find(|node| node.attribute("data-called") == Some("row")).unwrap();
    assert_eq!(frame.attribute("id"), Some(format!("c{row}").as_str()));
    assert!(has_class(&frame, "frame") && has_class(&frame, "paused"), "{frame:?}");
    assert_eq!(frame.attribute("data-name"), Some(format!("Pipeline_{row}").as_str()));
    let texts = frame.children().filter(|node| node.has_tag_name("text")).map(|node| node.text().unwrap());
    assert_eq!(texts.collect::<Vec<_>>(), ["row", &format!("Pipeline_{row}")]);
    let service = of_class(&document, "service");
    assert_eq!(service.len(), 1);
    assert_eq!(service[0].attribute("data-waits"), Some("is paused"));
    let through = of_class(&document, "passthrough");
    let of_signals = |line: &&Node<'_, '_>| has_class(line, "signal");
    assert!(
        through.iter().any(|line| of_signals(&line)) && through.iter().any(|line| has_class(line, "data"))
    );
    assert!(
        of_class(&document, "linkage")
            .iter()
            .any(|line| of_signals(&line) && !has_class(line, "passthrough"))
    );
}

#[test]
fn an_id_is_made_of_the_name_as_javascript_encodes_it() {
    let scheduler = Scheduler::new();
    let part = scheduler.add(Part);
    scheduler.context(&part).add_outbox("é b/'c'");
    let svg = scheduler.snapshot().to_svg();
    let document = parsed(&svg);
    let ids: Vec<&str> =
        of_class(&document, "outbox").iter().map(|node| node.attribute("id").unwrap()).collect();
    assert!(ids.contains(&format!("c{}.outbox.%C3%A9%20b%2F'c'", part.id()).as_str()), "{ids:?}");
}

/// The same for each form.
fn forms(drawing: &Drawing, snapshot: &Snapshot) -> [String; 3] {
    [drawing.to_svg(snapshot), drawing.to_dot(snapshot), drawing.to_mermaid(snapshot)]
}

#[test]
fn what_is_left_out_is_left_out_of_every_form() {
    let (snapshot, row) = a_graph();
    for text in forms(&Drawing::new(), &snapshot) {
        assert!(
            text.contains("control") && text.contains("Service_2") && text.contains("PassThrough_5"),
            "{text}"
        );
    }
    for text in forms(&Drawing::new().without_signals(), &snapshot) {
        let text = text.replace("message in", "");
        assert!(!text.contains(">control<") && !text.contains("signal\""), "{text}");
    }
    for text in forms(&Drawing::new().without_services(), &snapshot) {
        assert!(!text.contains("Service_2") && text.contains("PassThrough_5"), "{text}");
    }
    let boxes = |text: &str| text.matches("Service_2").count();
    for text in forms(&Drawing::new().without_unlinked_boxes(), &snapshot) {
        assert!(boxes(&text) > 0 && !text.contains("2.inbox.inbox") && !text.contains("c2i0"), "{text}");
    }
    for text in forms(&Drawing::new().as_plain_box(row), &snapshot) {
        let linked = format!("{row}.inbox.inbox");
        assert!(text.contains(&format!("Pipeline_{row}")) && !text.contains("PassThrough_5"), "{text}");
        assert!(text.contains(&linked) || text.contains(&format!("c{row}i0")), "{text}");
    }
}

#[test]
fn a_linkage_into_a_plain_box_ends_at_a_box_that_names_what_is_inside() {
    let scheduler = Scheduler::new();
    let (outer, other) = (scheduler.add(Part), scheduler.add(Part));
    let inner = scheduler.context(&outer).add_child(Part);
    scheduler.context(&other).link((&other, "more"), (&inner, "inbox")).unwrap();
    let snapshot = scheduler.snapshot();
    let svg = Drawing::new().as_plain_box(outer.id()).to_svg(&snapshot);
    let document = parsed(&svg);
    let lines = of_class(&document, "linkage");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].attribute("data-to"), Some(outer.id().to_string().as_str()));
    assert_eq!(lines[0].attribute("data-to-box"), Some(format!("{}.inbox", inner.name()).as_str()));
}

#[test]
fn one_that_leads_from_left_to_right_stands_left() {
    let (snapshot, _) = a_graph();
    let svg = snapshot.to_svg();
    let document = parsed(&svg);
    let at: HashMap<&str, Area> = components(&document)
        .into_iter()
        .map(|node| (node.attribute("data-name").unwrap(), area(node)))
        .collect();
    for line in of_class(&document, "linkage") {
        if has_class(&line, "passthrough") || has_class(&line, "signal") {
            continue;
        }
        let name = |end: &str| {
            let id = line.attribute(end).unwrap().parse::<u64>().unwrap();
            let view = snapshot.components.iter().find(|view| view.id.to_string() == id.to_string());
            view.unwrap().name.as_str()
        };
        assert!(at[name("data-from")].right < at[name("data-to")].left, "{line:?}");
    }
}

#[test]
fn a_long_row_goes_on_below() {
    let links = (0..39).map(|from| Link { from, outbox: 0, to: from + 1, inbox: 0 }).collect();
    let svg = made(&Plan { parents: vec![None; 40], links }).to_svg();
    let document = parsed(&svg);
    let root = document.root_element();
    let (width, height) = (number(root, "width"), number(root, "height"));
    assert!(width < 3 * height && height < 3 * width, "{width} x {height}");
    let tops: BTreeSet<i64> = components(&document).into_iter().map(|node| area(node).top).collect();
    assert!(tops.len() > 2);
}

#[test]
fn a_thousand_components_are_drawn_quickly() {
    let mut links = Vec::new();
    for from in 0..1000 {
        let (near, far) = (from + 1 + from % 3, from + 1 + from * 7 % 40);
        links.push(Link { from, outbox: 0, to: near.min(999), inbox: 0 });
        if from % 2 == 0 {
            links.push(Link { from, outbox: 2, to: far.min(999), inbox: 0 });
        }
    }
    let snapshot = made(&Plan { parents: vec![None; 1000], links });
    assert_eq!((snapshot.components.len(), snapshot.linkages.len()), (1000, 1500));
    let begin = Instant::now();
    let svg = snapshot.to_svg();
    let time = begin.elapsed();
    // Without optimisation, and beside other tests, it takes longer.
    let most = if cfg!(debug_assertions) { Duration::from_secs(10) } else { Duration::from_millis(100) };
    assert!(time < most, "{time:?}");
    println!("{time:?}, {} bytes", svg.len());
    let document = parsed(&svg);
    let root = document.root_element();
    println!("{} x {}", number(root, "width"), number(root, "height"));
}

#[test]
fn depth_and_length_take_no_stack_and_linear_time() {
    let deep = Plan { parents: (0..3000).map(|nth: usize| nth.checked_sub(1)).collect(), links: Vec::new() };
    assert_eq!(made(&deep).to_svg().matches("<rect class=\"body\"").count(), 3000);
    let links = (0..9999).map(|from| Link { from, outbox: 0, to: from + 1, inbox: 0 }).collect();
    let long = Plan { parents: vec![None; 10_000], links };
    assert_eq!(made(&long).to_svg().matches("class=\"linkage").count(), 9999);
}

#[test]
fn a_snapshot_of_nothing_is_a_picture() {
    let svg = Scheduler::new().snapshot().to_svg();
    assert_eq!(components(&parsed(&svg)).len(), 0);
}

//! A running graph as text.

use std::collections::{HashMap, HashSet};

use super::diagnostic::Span;
use super::format::formatted;
use super::lexer::is_name;
use super::parser::parsed;
use super::syntax::{Given, Group, Joint, Name, Part, PartKind, Statement, Trivia, What};
use crate::catalogue::{Origin, Origins};
use crate::{
    CONTROL, ComponentId, INBOX, OUTBOX, SIGNAL, Side,
    snapshot::{BoxName, ComponentState, ComponentView, Snapshot},
};

/// The text of what runs: the same graph, when it is loaded.
///
/// Components that were made from a text are written with their arguments, pipelines and graphlines as they are
/// joined now. What was made otherwise (in a program, with a function) cannot be written: it is a hole,
/// `?Name`, and loading the text says so. Components that have ended are left out, and so are services that
/// nobody wrote, such as the one that watches the sockets: they are made again when they are needed.
///
/// # Examples
///
/// ```
/// use axon::catalogue::Catalogue;
/// use axon::Scheduler;
///
/// let catalogue = Catalogue::new().with(axon::util::catalogue());
/// let graph = axon::text::parse("ticks: DataSource a b; ticks -> ConsoleEchoer").load(&catalogue)?;
/// let mut scheduler = Scheduler::new();
/// scheduler.activate(graph.component());
/// for _ in 0..2 {
///     scheduler.run_pass()?;
/// }
/// let text = axon::text::save(&scheduler.snapshot(), graph.origins());
/// assert!(text.starts_with("ticks: DataSource a b\n"), "{text}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn save(snapshot: &Snapshot, origins: &Origins) -> String {
    let saver = Saver::new(snapshot, origins);
    let roots = saver.roots();
    let group = match &roots[..] {
        [root] if saver.is_chassis(root) => saver.inside(root),
        [root] if saver.changes(root).is_empty() => alone(saver.part(root, None)),
        _ => saver.graph(None, &roots),
    };
    formatted(&group)
}

struct Saver<'a> {
    snapshot: &'a Snapshot,
    origins: &'a Origins,
    children: HashMap<Option<ComponentId>, Vec<&'a ComponentView>>,
}

type Ends<'a> = (&'a BoxName, &'a BoxName);

impl<'a> Saver<'a> {
    fn new(snapshot: &'a Snapshot, origins: &'a Origins) -> Self {
        let lives = |component: &&ComponentView| {
            component.state != ComponentState::Ended
                && !(component.service && origins.origin(component.id).is_none())
        };
        let shown: Vec<&ComponentView> = snapshot.components.iter().filter(lives).collect();
        let known: HashSet<ComponentId> = snapshot.components.iter().map(|component| component.id).collect();
        let mut children: HashMap<Option<ComponentId>, Vec<&ComponentView>> = HashMap::new();
        for component in shown {
            let parent = component.parents.iter().find(|parent| known.contains(parent));
            children.entry(parent.copied()).or_default().push(component);
        }
        Saver { snapshot, origins, children }
    }

    fn roots(&self) -> Vec<&'a ComponentView> {
        self.children.get(&None).cloned().unwrap_or_default()
    }

    fn children(&self, component: &ComponentView) -> &[&'a ComponentView] {
        self.children.get(&Some(component.id)).map_or(&[], Vec::as_slice)
    }

    fn is_chassis(&self, component: &ComponentView) -> bool {
        let kind = kind(component);
        (kind == "Pipeline" || kind == "Graphline")
            && self.origins.origin(component.id).is_none()
            && !self.children(component).is_empty()
    }

    /// One component, with the name that the graph gives it.
    fn part(&self, component: &ComponentView, label: Option<Name>) -> Part {
        let what = match self.origins.origin(component.id) {
            Some(origin) => written(&origin),
            None if self.is_chassis(component) => PartKind::Group(self.inside(component)),
            None => PartKind::Hole(Name::new(kind(component))),
        };
        Part { label, what, span: Span::default() }
    }

    fn inside(&self, chassis: &ComponentView) -> Group {
        let children = self.children(chassis);
        let links = self.links(Some(chassis), children);
        let unchanged = children.iter().all(|child| self.changes(child).is_empty());
        if kind(chassis) == "Pipeline" && unchanged && is_row(chassis, children, &links) {
            let mut parts = children.iter().map(|child| self.part(child, None));
            if let Some(first) = parts.next() {
                return group(vec![What::Chain {
                    first,
                    rest: parts.map(|part| (Joint::Bang, part)).collect(),
                }]);
            }
        }
        self.graph(Some(chassis), children)
    }

    /// All linkages between these components, and with the boxes of the one that holds them.
    fn links(&self, parent: Option<&ComponentView>, children: &[&ComponentView]) -> Vec<Ends<'a>> {
        let inside: HashSet<ComponentId> = children.iter().map(|child| child.id).collect();
        let is_parent = |end: &BoxName| parent.is_some_and(|parent| parent.id == end.component);
        let is_own = |end: &BoxName| !end.name.starts_with('_');
        let ends = self.snapshot.linkages.iter().map(|linkage| (&linkage.source, &linkage.sink));
        ends.filter(|(source, sink)| {
            let from = inside.contains(&source.component) || is_parent(source) && source.side == Side::Inbox;
            let to = inside.contains(&sink.component) || is_parent(sink) && sink.side == Side::Outbox;
            from && to && is_own(source) && is_own(sink) && !(is_parent(source) && is_parent(sink))
        })
        .collect()
    }

    fn graph(&self, parent: Option<&ComponentView>, children: &[&ComponentView]) -> Group {
        let names = labels(children);
        let mut statements = Vec::new();
        for child in children {
            let label = Name::new(&names[&child.id]);
            statements.push(What::Chain { first: self.part(child, Some(label)), rest: Vec::new() });
        }
        let changes = children.iter().flat_map(|child| {
            let name = &names[&child.id];
            self.changes(child).into_iter().map(move |change| change.of(name))
        });
        let (limits, more): (Vec<What>, Vec<What>) =
            changes.partition(|change| matches!(change, What::Limit(..)));
        statements.extend(more);
        let name_of = |end: &BoxName| names.get(&end.component).map_or("self", String::as_str);
        let links = self.links(parent, children);
        let mut rest = &links[..];
        while let Some((source, sink)) = rest.first() {
            let (from, to) = (name_of(source), name_of(sink));
            let joined = |from: String, to: String| What::Chain {
                first: reference(from),
                rest: vec![(Joint::Arrow, reference(to))],
            };
            if is_usual_pair(&rest[..rest.len().min(2)]) {
                statements.push(joined(from.to_owned(), to.to_owned()));
                rest = &rest[2..];
            } else {
                statements.push(joined(format!("{from}.{}", source.name), format!("{to}.{}", sink.name)));
                rest = &rest[1..];
            }
        }
        statements.extend(limits);
        let mut group = group(statements);
        group.last.extend(self.outward(parent, children, &names));
        group
    }

    /// Remarks on linkages that lead out of the group, which cannot be written.
    fn outward(
        &self,
        parent: Option<&ComponentView>,
        children: &[&ComponentView],
        names: &HashMap<ComponentId, String>,
    ) -> Vec<Trivia> {
        let written: HashSet<(&BoxName, &BoxName)> = self.links(parent, children).into_iter().collect();
        let leaves = |source: &BoxName, sink: &BoxName| {
            let target = self.snapshot.component(sink.component);
            names.contains_key(&source.component)
                && source.side == Side::Outbox
                && !source.name.starts_with('_')
                && !written.contains(&(source, sink))
                && target.is_some_and(|target| target.state != ComponentState::Ended && !target.service)
                && parent.is_none_or(|parent| parent.id != sink.component)
                && source.component != sink.component
        };
        let found = self.snapshot.linkages.iter().filter(|linkage| leaves(&linkage.source, &linkage.sink));
        let remarks = found.map(|linkage| {
            let to = self.snapshot.component(linkage.sink.component).map_or("?", |target| &target.name);
            let from = &names[&linkage.source.component];
            format!(
                " not written: {from}.{} -> {to}.{}, which leads out of this group",
                linkage.source.name, linkage.sink.name
            )
        });
        remarks.map(Trivia::Comment).collect()
    }

    /// How the boxes of a component differ from those that it has by itself.
    fn changes(&self, component: &ComponentView) -> Vec<Change> {
        let Some(origin) = self.origins.origin(component.id) else { return Vec::new() };
        let (inboxes, outboxes) = (origin.boxes.inboxes(), origin.boxes.outboxes());
        let is_new = |name: &str, known: &[&str]| !name.starts_with('_') && !known.contains(&name);
        let mut changes = Vec::new();
        for inbox in component.inboxes.iter().filter(|inbox| is_new(&inbox.name, &inboxes)) {
            changes.push(Change::More(Side::Inbox, inbox.name.clone()));
        }
        for outbox in component.outboxes.iter().filter(|outbox| is_new(&outbox.name, &outboxes)) {
            changes.push(Change::More(Side::Outbox, outbox.name.clone()));
        }
        for inbox in component.inboxes.iter().filter(|inbox| !inbox.name.starts_with('_')) {
            if let Some(limit) = inbox.limit.filter(|limit| origin.limit(&inbox.name) != Some(*limit)) {
                changes.push(Change::Limit(inbox.name.clone(), limit));
            }
        }
        changes
    }
}

enum Change {
    More(Side, String),
    Limit(String, usize),
}

impl Change {
    fn of(self, component: &str) -> What {
        match self {
            Change::More(side, name) => What::More(side, Name::new(format!("{component}.{name}"))),
            Change::Limit(name, limit) => What::Limit(Name::new(format!("{component}.{name}")), limit),
        }
    }
}

fn kind(component: &ComponentView) -> &str {
    component.name.rsplit_once('_').map_or(&*component.name, |(kind, _)| kind)
}

/// The name and the arguments that a component was made from.
fn written(origin: &Origin) -> PartKind {
    let (group, _) = parsed(&origin.text);
    match group.statements.into_iter().next().map(|statement| statement.what) {
        Some(What::Chain { first, .. }) => first.what,
        _ => PartKind::Hole(Name::new(origin.text.as_str())),
    }
}

fn group(statements: Vec<What>) -> Group {
    let statements = statements.into_iter().map(|what| Statement { before: Vec::new(), what, after: None });
    Group { statements: statements.collect(), last: Vec::new() }
}

fn alone(part: Part) -> Group {
    group(vec![What::Chain { first: part, rest: Vec::new() }])
}

fn reference(name: String) -> Part {
    let given: Vec<Given> = Vec::new();
    Part { label: None, what: PartKind::Named(Name::new(name), given), span: Span::default() }
}

/// A name for each: what its chassis calls it, or its kind, and a number if another has it.
fn labels(components: &[&ComponentView]) -> HashMap<ComponentId, String> {
    let mut taken = HashSet::from(["self".to_owned(), "inbox".to_owned(), "outbox".to_owned()]);
    let mut names = HashMap::new();
    for component in components {
        let called = component.called.as_deref().filter(|called| is_name(called));
        let base = called.unwrap_or_else(|| kind(component)).to_owned();
        let numbered = (2..).map(|nth| format!("{base}{nth}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
        let name = name.expect("there are enough numbers");
        taken.insert(name.clone());
        names.insert(component.id, name);
    }
    names
}

/// Whether two linkages are the two that `a -> b` stands for.
fn is_usual_pair(links: &[Ends<'_>]) -> bool {
    let [(data_from, data_to), (told_from, told_to)] = links else { return false };
    let control = |side: Side| if side == Side::Inbox { CONTROL } else { SIGNAL };
    let data = |side: Side| if side == Side::Inbox { INBOX } else { OUTBOX };
    let fits = |data_end: &BoxName, told_end: &BoxName| {
        data_end.component == told_end.component
            && data_end.side == told_end.side
            && data_end.name == data(data_end.side)
            && told_end.name == control(told_end.side)
    };
    fits(data_from, told_from) && fits(data_to, told_to)
}

/// Whether the components are linked as those of a pipeline are.
fn is_row(chassis: &ComponentView, children: &[&ComponentView], links: &[Ends<'_>]) -> bool {
    let (Some(first), Some(last)) = (children.first(), children.last()) else { return false };
    let end = |component: &ComponentView, side, name: &str| BoxName {
        component: component.id,
        side,
        name: name.into(),
    };
    let mut wanted = HashSet::new();
    for pair in children.windows(2) {
        for (from, to) in [(OUTBOX, INBOX), (SIGNAL, CONTROL)] {
            wanted.insert((end(pair[0], Side::Outbox, from), end(pair[1], Side::Inbox, to)));
        }
    }
    for name in [INBOX, CONTROL] {
        wanted.insert((end(chassis, Side::Inbox, name), end(first, Side::Inbox, name)));
    }
    for name in [OUTBOX, SIGNAL] {
        wanted.insert((end(last, Side::Outbox, name), end(chassis, Side::Outbox, name)));
    }
    let there: HashSet<(BoxName, BoxName)> =
        links.iter().map(|(from, to)| ((*from).clone(), (*to).clone())).collect();
    there == wanted
}

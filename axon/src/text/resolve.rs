//! Compares a text with the catalogue, and makes a plan of it. All mistakes are found at once.

use super::building::{Building, Named};
use super::diagnostic::{Found, Span};
use super::lexer::is_name;
use super::plan::{End, Plan};
use super::syntax::{Group, Joint, Name, Part, PartKind, What};
use crate::catalogue::{Catalogue, Origins};
use crate::{CONTROL, INBOX, OUTBOX, SIGNAL, Side};

const SELF: &str = "self";

/// Makes plans, and collects what is wrong.
pub(super) struct Resolver<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) origins: &'a Origins,
    pub(super) found: Vec<Found>,
}

/// What a part of a chain stands for.
enum Meant {
    /// A child with its usual boxes; `None` is the graph itself.
    Whole(Option<usize>),
    /// One box.
    Box(Option<usize>, Name),
    /// There was a mistake, which is told already.
    Wrong,
}

impl Resolver<'_> {
    pub(super) fn wrong(&mut self, found: Found) {
        self.found.push(found);
    }

    /// What a whole text, or a text in parentheses, means.
    pub(super) fn group(&mut self, group: &Group) -> Option<Plan> {
        if let Some(row) = as_row(group) {
            return self.row(&row);
        }
        let mistakes = self.found.len();
        let mut building = Building::default();
        // All names first: they may be used before they are given.
        for statement in &group.statements {
            if let What::Chain { first, rest } = &statement.what {
                for part in std::iter::once(first).chain(rest.iter().map(|(_, part)| part)) {
                    if let Some(label) = &part.label {
                        self.labelled(&mut building, label, part);
                    }
                }
            }
        }
        for statement in &group.statements {
            match &statement.what {
                What::Chain { first, rest } => self.chain(&mut building, first, rest),
                What::More(side, end) => self.more(&mut building, *side, end),
                What::Limit(..) => {}
            }
        }
        for statement in &group.statements {
            if let What::Limit(end, limit) = &statement.what {
                self.limit(&mut building, end, *limit);
            }
        }
        self.check_links(&building);
        (self.found.len() == mistakes).then_some(Plan::Graph(building.graph))
    }

    fn row(&mut self, parts: &[&Part]) -> Option<Plan> {
        let plans: Vec<Option<Plan>> = parts.iter().map(|part| self.part(part, None)).collect();
        for (nth, pair) in plans.windows(2).enumerate() {
            if let [Some(one), Some(other)] = pair {
                self.check_payload((one, parts[nth].span), (other, parts[nth + 1].span));
            }
        }
        let mut plans: Vec<Plan> = plans.into_iter().collect::<Option<_>>()?;
        if plans.len() == 1 { plans.pop() } else { Some(Plan::Row(plans)) }
    }

    fn labelled(&mut self, building: &mut Building, label: &Name, part: &Part) {
        if label.text == SELF {
            self.wrong(Found::new(label.span, "self is the graph itself, and no name for a component in it"));
        } else if building.place(&label.text).is_some() {
            self.wrong(Found::new(label.span, format!("two components have the name {}", label.text)));
        } else {
            let plan = self.part(part, None);
            building.add(label.text.clone(), plan, Named::ByText);
        }
    }

    fn chain(&mut self, building: &mut Building, first: &Part, rest: &[(Joint, Part)]) {
        let mut before = (self.meant(building, first), first);
        for (joint, part) in rest {
            let next = (self.meant(building, part), part);
            self.join(building, *joint, &before, &next);
            before = next;
        }
    }

    fn meant(&mut self, building: &mut Building, part: &Part) -> Meant {
        if let Some(label) = &part.label {
            return building.place(&label.text).map_or(Meant::Wrong, |child| Meant::Whole(Some(child)));
        }
        if let PartKind::Named(name, given) = &part.what {
            let known = |text: &str| match building.place(text) {
                Some(child) => Some(Some(child)),
                None => (text == SELF).then_some(None),
            };
            if given.is_empty()
                && let Some(child) = known(&name.text)
            {
                return Meant::Whole(child);
            }
            if let Some((component, box_)) = name.split() {
                if let Some(argument) = given.first() {
                    self.wrong(Found::new(argument.span, format!("after {} stands ->", name.text)));
                    return Meant::Wrong;
                }
                let Some(child) = known(&component.text) else {
                    self.unknown_name(building, &component);
                    return Meant::Wrong;
                };
                return Meant::Box(child, box_);
            }
        }
        let plan = self.part(part, Some(building));
        let name = match &part.what {
            PartKind::Named(name, _) => name.text.clone(),
            _ => plan.as_ref().map_or("group", Plan::kind).to_owned(),
        };
        Meant::Whole(Some(building.add(building.free_name(&name), plan, Named::ByItself)))
    }

    fn unknown_name(&mut self, building: &Building, name: &Name) {
        let message = match building.labels().collect::<Vec<_>>() {
            labels if labels.is_empty() => {
                format!("nothing has the name {:?} here; give a name as in a: DataSource", name.text)
            }
            labels => format!("nothing has the name {:?} here; there are {}", name.text, labels.join(", ")),
        };
        let found = Found::new(name.span, message);
        let found = if self.catalogue.entry(&name.text).is_some() {
            found.help(format!("give it a name: a: {}", name.text))
        } else {
            found.nearest(&name.text, building.labels())
        };
        self.wrong(found);
    }

    fn join(&mut self, building: &mut Building, joint: Joint, one: &(Meant, &Part), other: &(Meant, &Part)) {
        let span = one.1.span.to(other.1.span);
        match (&one.0, &other.0) {
            (Meant::Wrong, _) | (_, Meant::Wrong) => {}
            (Meant::Whole(one), Meant::Whole(other)) => {
                let from =
                    |child: Option<usize>| if child.is_some() { [OUTBOX, SIGNAL] } else { [INBOX, CONTROL] };
                let to =
                    |child: Option<usize>| if child.is_some() { [INBOX, CONTROL] } else { [OUTBOX, SIGNAL] };
                for (source, sink) in from(*one).into_iter().zip(to(*other)) {
                    let source = self.usual_end(building, *one, source, Side::Outbox, span);
                    let sink = self.usual_end(building, *other, sink, Side::Inbox, span);
                    if let (Some(source), Some(sink)) = (source, sink) {
                        building.link(source, sink, span);
                    }
                }
            }
            (Meant::Box(one, from), Meant::Box(other, to)) if joint == Joint::Arrow => {
                let source = self.end(building, *one, from, Side::Outbox);
                let sink = self.end(building, *other, to, Side::Inbox);
                if let (Some(source), Some(sink)) = (source, sink) {
                    building.link(source, sink, span);
                }
            }
            (Meant::Box(one, from), Meant::Whole(other)) if joint == Joint::Arrow => {
                let source = self.end(building, *one, from, Side::Outbox);
                let name = Name { text: if other.is_some() { INBOX } else { OUTBOX }.into(), span };
                let sink = self.end(building, *other, &name, Side::Inbox);
                if let (Some(source), Some(sink)) = (source, sink) {
                    building.link(source, sink, span);
                }
            }
            (Meant::Whole(one), Meant::Box(other, to)) if joint == Joint::Arrow => {
                let name = Name { text: if one.is_some() { OUTBOX } else { INBOX }.into(), span };
                let source = self.end(building, *one, &name, Side::Outbox);
                let sink = self.end(building, *other, to, Side::Inbox);
                if let (Some(source), Some(sink)) = (source, sink) {
                    building.link(source, sink, span);
                }
            }
            _ => self.wrong(Found::new(span, "! joins whole components; from box to box it is ->")),
        }
    }

    /// One of the four usual boxes.
    fn usual_end(
        &mut self,
        building: &Building,
        child: Option<usize>,
        name: &str,
        side: Side,
        span: Span,
    ) -> Option<End> {
        self.end(building, child, &Name { text: name.to_owned(), span }, side)
    }

    /// A box as the end of a linkage: outboxes at its beginning, inboxes at its end; of the graph itself the other
    /// way round, where any name will do.
    fn end(&mut self, building: &Building, child: Option<usize>, name: &Name, side: Side) -> Option<End> {
        let Some(nth) = child else {
            if !is_name(&name.text) {
                self.wrong(Found::new(name.span, format!("{:?} is no name of a box", name.text)));
                return None;
            }
            return Some(End { child: None, name: lasting(&name.text) });
        };
        if building.unknown[nth] {
            return None;
        }
        let (label, plan) = &building.graph.children[nth];
        let boxes = plan.boxes();
        let names = match side {
            Side::Inbox => boxes.inboxes(),
            Side::Outbox => boxes.outboxes(),
        };
        if let Some(known) = names.iter().find(|known| **known == name.text) {
            return Some(End { child, name: known });
        }
        let others = match side {
            Side::Inbox => boxes.outboxes(),
            Side::Outbox => boxes.inboxes(),
        };
        let shown: Vec<&str> = names.iter().copied().filter(|name| !name.starts_with('_')).collect();
        let message =
            format!("{label} ({}) has no {side} {:?}; it has {}", plan.kind(), name.text, shown.join(", "));
        let found = Found::new(name.span, message);
        self.wrong(if others.contains(&&*name.text) {
            let way = if side == Side::Outbox {
                "a linkage begins at an outbox"
            } else {
                "a linkage ends at an inbox"
            };
            found.help(way)
        } else {
            found.nearest(&name.text, shown)
        });
        None
    }

    /// The child and the name in `a.extra`.
    fn box_of(&mut self, building: &Building, end: &Name) -> Option<(usize, Name)> {
        let Some((component, name)) = end.split() else {
            self.wrong(Found::new(end.span, "expected a box of a component, such as a.inbox"));
            return None;
        };
        match building.place(&component.text) {
            Some(child) if building.unknown[child] => None,
            Some(child) => Some((child, name)),
            None => {
                self.unknown_name(building, &component);
                None
            }
        }
    }

    fn more(&mut self, building: &mut Building, side: Side, end: &Name) {
        let Some((child, name)) = self.box_of(building, end) else { return };
        if !is_name(&name.text) {
            return self.wrong(Found::new(name.span, format!("{:?} is no name of a box", name.text)));
        }
        match building.graph.children[child].1.changes_mut() {
            Some(changes) => changes.more.push((side, lasting(&name.text))),
            None => self.wrong(Found::new(end.span, "a pipeline has no boxes of its own to add")),
        }
    }

    fn limit(&mut self, building: &mut Building, end: &Name, limit: usize) {
        let Some((child, name)) = self.box_of(building, end) else { return };
        let Some(End { name, .. }) = self.end(building, Some(child), &name, Side::Inbox) else { return };
        match building.graph.children[child].1.changes_mut() {
            Some(changes) => changes.sizes.push((name, limit)),
            None => self
                .wrong(Found::new(end.span, "limit an inbox of the first component in the pipeline instead")),
        }
    }

    fn check_links(&mut self, building: &Building) {
        let links = building.graph.links.iter().zip(&building.places);
        for (nth, ((source, sink), span)) in links.enumerate() {
            let words = |end: &End| {
                let (component, name) = building.graph.end(end);
                format!("{component}.{name}")
            };
            if source.child.is_none() && sink.child.is_none() {
                let message = format!("{} to {} leaves every component out", words(source), words(sink));
                self.wrong(Found::new(*span, message));
            }
            let mut earlier = building.graph.links[..nth].iter();
            if let Some((_, first)) = earlier.find(|(other, _)| other == source) {
                let message = format!(
                    "{} is linked twice, to {} and to {}, and a box has one destination",
                    words(source),
                    words(first),
                    words(sink)
                );
                self.wrong(Found::new(*span, message).help("a TwoWaySplitter or Fanout has several"));
            }
            if let (Some(one), Some(other)) = (source.child, sink.child)
                && (source.name, sink.name) == (OUTBOX, INBOX)
            {
                let plan = |child: usize| (&building.graph.children[child].1, *span);
                self.check_payload(plan(one), plan(other));
            }
        }
    }

    fn check_payload(&mut self, (one, from): (&Plan, Span), (other, to): (&Plan, Span)) {
        let (sends, takes) = (one.sends(), other.takes());
        if !sends.fits(takes) {
            let message =
                format!("{}.outbox sends {sends}, and {}.inbox takes {takes}", one.kind(), other.kind());
            let found = Found::new(from.to(to), message);
            let by_lines = self
                .catalogue
                .entry("ChunksToLines")
                .filter(|entry| sends.fits(entry.inbox_takes()) && entry.outbox_sends().fits(takes));
            self.wrong(match by_lines {
                Some(entry) => found.help(format!("put {} between them", entry.name())),
                None => found,
            });
        }
    }

    /// One component, or a group. It may be a misspelt name of something in `around`.
    fn part(&mut self, part: &Part, around: Option<&Building>) -> Option<Plan> {
        match &part.what {
            PartKind::Group(group) => self.group(group),
            PartKind::Named(name, given) => self.named(name, given, around),
            PartKind::Hole(name) => {
                let message = format!("?{} stands for something that could not be written", name.text);
                self.wrong(Found::new(name.span, message).help("write a component in its place"));
                None
            }
        }
    }
}

/// Names of boxes last as long as the program, so a new one that a text gives a graph does too.
fn lasting(name: &str) -> &'static str {
    match [INBOX, CONTROL, OUTBOX, SIGNAL].into_iter().find(|usual| *usual == name) {
        Some(usual) => usual,
        None => Box::leak(name.to_owned().into_boxed_str()),
    }
}

/// The components of a text that is one chain of components without names.
fn as_row(group: &Group) -> Option<Vec<&Part>> {
    let [statement] = &group.statements[..] else { return None };
    let What::Chain { first, rest } = &statement.what else { return None };
    let is_plain = |part: &Part| {
        let is_box =
            matches!(&part.what, PartKind::Named(name, given) if given.is_empty() && name.text.contains('.'));
        part.label.is_none()
            && !is_box
            && !matches!(&part.what, PartKind::Named(name, _) if name.text == SELF)
    };
    let parts: Vec<&Part> = std::iter::once(first).chain(rest.iter().map(|(_, part)| part)).collect();
    parts.iter().all(|part| is_plain(part)).then_some(parts)
}

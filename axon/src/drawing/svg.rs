//! A layout as SVG.

use std::fmt::Write;

use super::layout::{INSET, Item, LABEL, Layout, MARK, NAME, TITLE, Wire, label, laid_out, title};
use super::lettering::{encoded, escaped, width};
use super::{is_signal, is_signal_box};
use crate::{
    ComponentId, LinkageKind, Side,
    snapshot::{BoxName, ComponentState, LinkageView, Snapshot},
};

const STYLE: &str = include_str!("style.css");

pub(super) fn written(snapshot: &Snapshot) -> String {
    let layout = laid_out(snapshot);
    let Layout { width, height, .. } = layout;
    // Where nothing runs yet, "not activated" is not worth a mark.
    let is_still = snapshot.components.iter().all(|component| component.state == ComponentState::Made);
    let class = if is_still { "axon still" } else { "axon" };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>{} components, {} linkages</title>\n\
         <style>\n{STYLE}</style>\n<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
        snapshot.components.len(),
        layout.wires.len()
    );
    let titles = snapshot.titles();
    let linked = linked(&layout);
    for (at, item) in layout.items.iter().enumerate().filter(|(_, item)| item.is_frame()) {
        let parent = item.parent.map(|parent| layout.items[parent].view.id);
        component(&mut svg, item, parent, &linked[at]);
    }
    for wire in &layout.wires {
        let linkage = &snapshot.linkages[wire.linkage];
        let name = |end: &BoxName| {
            let component = titles.get(&end.component).map_or("?", String::as_str);
            format!("{component}.{}", end.name)
        };
        let maker = titles.get(&linkage.maker).map_or("?", String::as_str);
        let words = format!("{} to {}, made by {maker}", name(&linkage.source), name(&linkage.sink));
        line(&mut svg, linkage, &layout.path(wire), &words);
    }
    for (at, item) in layout.items.iter().enumerate().filter(|(_, item)| !item.is_frame()) {
        let parent = item.parent.map(|parent| layout.items[parent].view.id);
        component(&mut svg, item, parent, &linked[at]);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Of each item, which inboxes and which outboxes are linked.
type Linked = (Vec<bool>, Vec<bool>);

fn linked(layout: &Layout<'_>) -> Vec<Linked> {
    let none = |item: &Item<'_>| (vec![false; item.inboxes.len()], vec![false; item.outboxes.len()]);
    let mut linked: Vec<Linked> = layout.items.iter().map(none).collect();
    for end in layout.wires.iter().flat_map(|Wire { source, sink, .. }| [source, sink]) {
        match end.side {
            Side::Inbox => linked[end.item].0[end.nth] = true,
            Side::Outbox => linked[end.item].1[end.nth] = true,
        }
    }
    linked
}

fn component(svg: &mut String, item: &Item<'_>, parent: Option<ComponentId>, linked: &Linked) {
    let view = item.view;
    let kind = if item.is_frame() { "frame" } else { "component" };
    let state = match view.state {
        ComponentState::Made => "made",
        ComponentState::Awake => "awake",
        ComponentState::Paused => "paused",
        ComponentState::Ended => "ended",
    };
    let service = if view.service { " service" } else { "" };
    let id = view.id;
    let _ = write!(
        svg,
        "<g id=\"c{id}\" class=\"{kind} {state}{service}\" data-component=\"{id}\" data-name=\"{}\"",
        escaped(&view.name)
    );
    let mut attribute = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(svg, " data-{name}=\"{}\"", escaped(&value));
        }
    };
    attribute("called", view.called.clone());
    attribute("state", Some(state.to_owned()));
    attribute("waits", view.waits.clone());
    attribute("parent", parent.map(|parent| parent.to_string()));
    attribute("rank", Some(item.rank.to_string()));
    let Item { x, y, width, height, .. } = item;
    let _ = write!(
        svg,
        ">\n<title>{}</title><rect class=\"body\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{}\"/>\n",
        escaped(&format!("{}: {}", view.title(), view.standing())),
        if view.service { 12 } else { 5 }
    );
    let (first, second) = title(view);
    text(svg, "name", &first, (x + INSET, y + TITLE - 7), NAME);
    if let Some(second) = second {
        text(svg, "kind", &second, (x + INSET, y + TITLE + 6), LABEL);
    }
    for nth in 0..view.inboxes.len() {
        inbox(svg, item, nth, linked.0[nth]);
    }
    for nth in 0..view.outboxes.len() {
        outbox(svg, item, nth, linked.1[nth]);
    }
    svg.push_str("</g>\n");
}

fn inbox(svg: &mut String, item: &Item<'_>, nth: usize, is_linked: bool) {
    let inbox = &item.view.inboxes[nth];
    let mut class = classes("inbox", &inbox.name, is_linked);
    match inbox.length {
        0 => {}
        length if inbox.limit.is_some_and(|limit| length >= limit) => class.push_str(" full"),
        _ => class.push_str(" waiting"),
    }
    open_box(svg, item, Side::Inbox, &inbox.name, &class);
    let _ = write!(svg, " data-length=\"{}\"", inbox.length);
    if let Some(limit) = inbox.limit {
        let _ = write!(svg, " data-limit=\"{limit}\"");
    }
    let (x, y) = (item.x, item.y + item.inboxes[nth]);
    let _ = write!(
        svg,
        " data-arrived=\"{}\" data-most=\"{}\" data-dropped=\"{}\"><title>{}</title>\
         <path d=\"M{} {}l{MARK} 4l-{MARK} 4z\"/>",
        inbox.arrived,
        inbox.most,
        inbox.dropped,
        escaped(&explained(&inbox.name, &inbox.to_string(), inbox.doc)),
        x - MARK,
        y - 4
    );
    text(svg, "", &label(item.view, Side::Inbox, nth), (x + INSET, y + 3), LABEL);
    svg.push_str("</g>\n");
}

fn outbox(svg: &mut String, item: &Item<'_>, nth: usize, is_linked: bool) {
    let outbox = &item.view.outboxes[nth];
    open_box(svg, item, Side::Outbox, &outbox.name, &classes("outbox", &outbox.name, is_linked));
    let (x, y) = (item.x + item.width, item.y + item.outboxes[nth]);
    let _ = write!(
        svg,
        " data-sent=\"{}\"><title>{}</title><path d=\"M{x} {}h3a4 4 0 0 1 0 8h-3z\"/>",
        outbox.sent,
        escaped(&explained(&outbox.name, &format!("{} sent", outbox.sent), outbox.doc)),
        y - 4
    );
    text(svg, "end", &label(item.view, Side::Outbox, nth), (x - INSET, y + 3), LABEL);
    svg.push_str("</g>\n");
}

fn classes(kind: &str, name: &str, is_linked: bool) -> String {
    let signal = if is_signal_box(name) { " signal" } else { "" };
    let linked = if is_linked { " linked" } else { "" };
    format!("{kind}{signal}{linked}")
}

fn open_box(svg: &mut String, item: &Item<'_>, side: Side, name: &str, class: &str) {
    let component = item.view.id;
    let _ = write!(
        svg,
        "<g id=\"c{component}.{side}.{}\" class=\"{class}\" data-component=\"{component}\" data-box=\"{}\"",
        encoded(name),
        escaped(name)
    );
}

/// A box in words.
fn explained(name: &str, counts: &str, doc: &str) -> String {
    let lead = if doc.is_empty() { "" } else { "\n" };
    format!("{name}: {counts}{lead}{doc}")
}

fn line(svg: &mut String, linkage: &LinkageView, path: &str, words: &str) {
    let kind = if is_signal(linkage) { "signal" } else { "data" };
    let through = if linkage.kind == LinkageKind::Plain { "" } else { " passthrough" };
    let LinkageView { source, sink, maker, .. } = linkage;
    let _ = writeln!(
        svg,
        "<path id=\"l{}.{}.{}\" class=\"linkage {kind}{through}\" data-from=\"{}\" data-from-side=\"{}\" \
         data-from-box=\"{}\" data-to=\"{}\" data-to-side=\"{}\" data-to-box=\"{}\" data-maker=\"{maker}\" \
         d=\"{path}\"><title>{}</title></path>",
        source.component,
        source.side,
        encoded(&source.name),
        source.component,
        source.side,
        escaped(&source.name),
        sink.component,
        sink.side,
        escaped(&sink.name),
        escaped(words)
    );
}

/// Letters that begin at a place, or end there. They get the width that was counted on, whatever letters the reader
/// has, if that is known well.
fn text(svg: &mut String, class: &str, text: &str, (x, y): (i64, i64), size: i64) {
    let bold = if class == "name" { 108 } else { 100 };
    let fit = match text.is_ascii() && text.len() > 1 {
        true => {
            format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", width(text, size) * bold / 10000)
        }
        false => String::new(),
    };
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = write!(svg, "<text{class} x=\"{x}\" y=\"{y}\"{fit}>{}</text>", escaped(text));
}

//! The picture, and changes of it, as JSON.
//!
//! All is `{"whole":true, "version", "time", "commands" (whether there may be any), "why", "hints", "components", "linkages"}`. A change has `version` and
//! `time`, and what there is of: `new` components, in place of others with the same number, numbers of those `gone`,
//! `linked` and `unlinked`; `why` and `hints`; and `moved`: for each component in which something has,
//! `[number, state, what it waits for, [waiting, total, percent, for each inbox], [total, for each outbox]]`.
//! Where there is no limit, the percentage is -1.

use std::collections::HashSet;
use std::fmt::Write;

use axon::{
    LinkageKind,
    snapshot::{BoxName, ComponentState, ComponentView, InboxView, LinkageView, OutboxView, Snapshot},
};

use super::Commands;
use super::model::{Model, Rates, by_id};
use crate::json::{json, json_or_null};

/// Everything.
pub(super) fn whole(model: &Model) -> String {
    let none = Rates::default();
    let components = model
        .picture
        .components
        .iter()
        .map(|component| self::component(component, model.rates.get(&component.id).unwrap_or(&none)));
    let components = list(components);
    let linkages = list(model.picture.linkages.iter().map(linkage));
    let late = model.late.map_or("null".to_owned(), |late| late.as_millis().to_string());
    format!(
        "{{\"whole\":true,\"version\":{},\"time\":{},\"late\":{late},\"commands\":{},{},\
         \"components\":{components},\"linkages\":{linkages}}}",
        model.version,
        model.time(),
        model.commands == Commands::Obeyed,
        findings(model)
    )
}

/// What differs from the picture before.
pub(super) fn change(model: &Model, before: &Snapshot, findings_too: bool) -> String {
    let (old, new) = (by_id(before), by_id(&model.picture));
    let none = Rates::default();
    let mut text = format!("{{\"version\":{},\"time\":{}", model.version, model.time());
    let (mut made, mut moved) = (Vec::new(), Vec::new());
    for now in &model.picture.components {
        match old.get(&now.id) {
            Some(known) if **known == *now => {}
            Some(known) if has_same_form(known, now) => moved.push(self::moved(now)),
            _ => made.push(component(now, model.rates.get(&now.id).unwrap_or(&none))),
        }
    }
    let gone = before.components.iter().filter(|component| !new.contains_key(&component.id));
    let gone: Vec<String> = gone.map(|component| component.id.to_string()).collect();
    let (were, are) = (joins(before), joins(&model.picture));
    let is_new = |linkage: &&LinkageView| !were.contains(&(&linkage.source, &linkage.sink));
    let is_gone = |linkage: &&LinkageView| !are.contains(&(&linkage.source, &linkage.sink));
    let linked: Vec<String> = model.picture.linkages.iter().filter(is_new).map(linkage).collect();
    let unlinked: Vec<String> = before.linkages.iter().filter(is_gone).map(linkage).collect();
    for (name, entries) in
        [("new", made), ("gone", gone), ("linked", linked), ("unlinked", unlinked), ("moved", moved)]
    {
        if !entries.is_empty() {
            let _ = write!(text, ",\"{name}\":{}", list(entries));
        }
    }
    if findings_too {
        let _ = write!(text, ",{}", findings(model));
    }
    text + "}"
}

fn findings(model: &Model) -> String {
    let why = &model.why;
    let chain = list(why.chain.iter().map(ToString::to_string));
    let hints = model
        .hints
        .iter()
        .map(|hint| format!("{{\"component\":{},\"words\":{}}}", hint.component, json(&hint.words)));
    format!(
        "\"why\":{{\"kind\":\"{}\",\"words\":{},\"chain\":{chain},\"blamed\":{}}},\"hints\":{}",
        why.kind.word(),
        json(&why.words),
        why.blamed,
        list(hints)
    )
}

/// The ends of all linkages.
fn joins(snapshot: &Snapshot) -> HashSet<(&BoxName, &BoxName)> {
    snapshot.linkages.iter().map(|linkage| (&linkage.source, &linkage.sink)).collect()
}

/// Whether nothing but numbers and states can differ.
fn has_same_form(one: &ComponentView, other: &ComponentView) -> bool {
    fn inbox(inbox: &InboxView) -> (&str, Option<usize>) {
        (&inbox.name, inbox.limit)
    }
    fn outbox(outbox: &OutboxView) -> &str {
        &outbox.name
    }
    one.parents == other.parents
        && one.called == other.called
        && one.service == other.service
        && one.failure == other.failure
        && one.inboxes.iter().map(inbox).eq(other.inboxes.iter().map(inbox))
        && one.outboxes.iter().map(outbox).eq(other.outboxes.iter().map(outbox))
}

fn moved(component: &ComponentView) -> String {
    let inboxes = component
        .inboxes
        .iter()
        .map(|inbox| format!("{},{},{}", inbox.length, inbox.arrived, percent(inbox)));
    let outboxes = component.outboxes.iter().map(|outbox| outbox.sent.to_string());
    format!(
        "[{},\"{}\",{},{},{}]",
        component.id,
        state(component),
        json_or_null(component.waits.as_deref()),
        list(inboxes),
        list(outboxes)
    )
}

fn component(component: &ComponentView, rates: &Rates) -> String {
    let rate = |rates: &[f64], nth: usize| rates.get(nth).copied().unwrap_or(0.0);
    let inboxes = component.inboxes.iter().enumerate().map(|(nth, inbox)| {
        format!(
            "{{\"name\":{},\"doc\":{},\"waiting\":{},\"limit\":{},\"percent\":{},\"total\":{},\"most\":{},\
             \"dropped\":{},\"rate\":{:.1}}}",
            json(&inbox.name),
            json(inbox.doc),
            inbox.length,
            inbox.limit.map_or("null".to_owned(), |limit| limit.to_string()),
            percent(inbox),
            inbox.arrived,
            inbox.most,
            inbox.dropped,
            rate(&rates.inboxes, nth)
        )
    });
    let outboxes = component.outboxes.iter().enumerate().map(|(nth, outbox)| {
        format!(
            "{{\"name\":{},\"doc\":{},\"total\":{},\"rate\":{:.1}}}",
            json(&outbox.name),
            json(outbox.doc),
            outbox.sent,
            rate(&rates.outboxes, nth)
        )
    });
    format!(
        "{{\"id\":{},\"name\":{},\"called\":{},\"parents\":{},\"state\":\"{}\",\"waits\":{},\"service\":{},\
         \"failure\":{},\"made_at\":{},\"inboxes\":{},\"outboxes\":{}}}",
        component.id,
        json(&component.name),
        json_or_null(component.called.as_deref()),
        list(component.parents.iter().map(ToString::to_string)),
        state(component),
        json_or_null(component.waits.as_deref()),
        component.service,
        json_or_null(component.failure.as_deref()),
        json(&component.made_at),
        list(inboxes),
        list(outboxes)
    )
}

fn linkage(linkage: &LinkageView) -> String {
    let kind = match linkage.kind {
        LinkageKind::PassThroughInbox => "inbox",
        LinkageKind::PassThroughOutbox => "outbox",
        _ => "plain",
    };
    format!("{{\"from\":{},\"to\":{},\"kind\":\"{kind}\"}}", end(&linkage.source), end(&linkage.sink))
}

fn end(end: &BoxName) -> String {
    format!("[{},\"{}\",{}]", end.component, end.side, json(&end.name))
}

/// How full, or -1.
fn percent(inbox: &InboxView) -> i16 {
    inbox.fullness.map_or(-1, i16::from)
}

/// The state in one word.
pub(super) fn state(component: &ComponentView) -> &'static str {
    match component.state {
        _ if component.failure.is_some() => "failed",
        ComponentState::Made => "made",
        ComponentState::Awake => "awake",
        ComponentState::Paused if component.held => "held",
        ComponentState::Paused => "paused",
        _ => "ended",
    }
}

fn list(entries: impl IntoIterator<Item = String>) -> String {
    let entries: Vec<String> = entries.into_iter().collect();
    format!("[{}]", entries.join(","))
}

//! Components whose messages go nowhere: what a newcomer forgets is the `! ConsoleEchoer`.

use axon::catalogue::{Catalogue, Kind};
use axon::text::Graph;
use axon::{
    OUTBOX, Side,
    snapshot::{BoxName, ComponentView, Snapshot},
};

/// Warns of each source, transformer and filter that sends to nobody.
pub(super) fn warn(catalogue: &Catalogue, graph: &Graph) {
    // What cannot be made is told when it is run.
    let Ok((snapshot, origins)) = graph.still() else { return };
    let sends = |component: &&ComponentView| {
        let kind = component.name.rsplit_once('_').map_or("", |(kind, _)| kind);
        let kind = catalogue.entry(kind).map(|entry| entry.kind());
        matches!(kind, Some(Kind::Source | Kind::Transformer | Kind::Filter))
    };
    // What a chassis holds is linked when that runs.
    let is_held = |component: &&ComponentView| {
        let mut parents = component.parents.first().copied();
        while let Some(parent) = parents {
            if origins.origin(parent).is_some() {
                return true;
            }
            parents = snapshot.component(parent).and_then(|parent| parent.parents.first().copied());
        }
        false
    };
    for component in snapshot.components.iter().filter(sends).filter(|one| !is_held(one)) {
        if is_unheard(&snapshot, component) {
            log::warn!(
                "what {} sends goes nowhere; to see it, write ! ConsoleEchoer after it",
                component.title()
            );
        }
    }
}

/// Whether none of its outboxes but `signal` leads to an inbox, over whatever boxes that are passed through.
fn is_unheard(snapshot: &Snapshot, component: &ComponentView) -> bool {
    let data = component.outboxes.iter().filter(|outbox| outbox.name != axon::SIGNAL);
    !data.into_iter().any(|outbox| {
        let mut end = BoxName { component: component.id, side: Side::Outbox, name: outbox.name.clone() };
        // No chain of linkages is a circle.
        while let Some(linkage) = snapshot.linkage_from(&end) {
            end = linkage.sink.clone();
        }
        end.side == Side::Inbox
    }) && component.outbox(OUTBOX).is_some()
}

//! Linkages between components that live in different schedulers, on different threads.
//!
//! *Differs from Kamaelia:* there one scheduler runs in a process, and `Axon.experimental.Process` moves
//! pickled messages between processes through a router that polls.
//!
//! # How it works
//!
//! ```text
//!   scheduler of the source                            │   scheduler of the sink
//!   A.outbox ──► Departure."to B.inbox" ──► Passage ───┼──► Arrival.outbox ──► B.inbox
//!                (linked here, limited)     (a queue)  │    (linked there)
//! ```
//!
//! `link` makes a [`Passage`](crate::kernel::boxes::Passage) and two hidden components. The **departure** is linked
//! to the source in the source's scheduler, the **arrival** to the sink in the sink's. Each is made on its own
//! thread: immediately where the maker lives, elsewhere by a call that is left with that scheduler. An error at the
//! maker's side is returned by `link`; an error at the other side (no such box, linked already, types that differ,
//! scheduler gone) is logged, and the linkage is cut.
//!
//! # What holds
//!
//! 1. Order is kept, nothing is lost and nothing doubled: a message is in exactly one of the departure's
//!    inbox, the passage's queue, the arrival's hands, the sink's inbox. What a new linkage carries comes
//!    after what its source sent by linkages that were cut before.
//! 2. Limits hold: the arrival sends as any component does, and waits in line for room in the sink. So
//!    many messages as [`SchedulerBuilder::crossing_size`] says may be on their way; as many more wait in
//!    the departure's inbox; then the sender is refused, and woken when there is room.
//! 3. `ProducerFinished` overtakes nothing: it is delivered when all that its sender sent before it by
//!    other linkages to other schedulers was delivered. So a component may read `control`, as on one
//!    scheduler, and know that its inboxes hold all that will come. Other messages of *different*
//!    linkages may overtake each other.
//! 4. The linkage is its maker's: it is cut when the maker unlinks it or ends. What was sent before is still
//!    delivered. A source in the maker's scheduler is free immediately; one elsewhere is free when its scheduler has
//!    received the call, and what it sends until then is delivered, too. The maker is woken when a linkage is over:
//!    cut, and all delivered; it is then not among its [`linkages`](Context::linkages) any more.
//! 5. Both hidden components are a kind of service: they keep no run alive. A run whose own components have ended
//!    tells them; the departure then hands over all that it has, whatever the limit, and the arrival leaves what
//!    finds no room. So neither end ever waits for the other in order to end.
//! 6. A run in which all components sleep is not reported as stuck while a scheduler at the other end of a linkage may
//!    yet wake it. When all sleep there too, and wherever those could be woken from, all these runs are stuck, and each
//!    reports who sleeps on all of them.
//! 7. When the component of the sink has ended, the arrival tells the departure, which closes its inbox:
//!    the source learns it as in one scheduler (S22a), although a little later. If its inbox is linked on to
//!    another component afterwards, the source is heard again.
//! 8. When the sink's scheduler fails or is dropped, the departure logs an error that says how many messages were not
//!    delivered, and the source is unlinked; if it is an outbox, nobody hears what it sends until it is linked again.
//!    When its run ends normally, the departure logs a warning instead, and nothing if no message was lost. When the
//!    source's scheduler fails, the arrival delivers what was handed over and logs an error.
//!
//! [`SchedulerBuilder::crossing_size`]: crate::SchedulerBuilder::crossing_size

mod ends;

use std::collections::VecDeque;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use self::ends::{Arrival, Coming, Departure, End, Leaving};
use crate::kernel::boxes::{Before, Crossed, Lane, Linkage, LinkageKind, OUTBOX, Passage, Whose};
use crate::kernel::component::Context;
use crate::kernel::component::sealed::{Enter, Host};
use crate::kernel::error::LinkError;
use crate::kernel::id::ComponentRef;
use crate::kernel::outside::{Call, Inbound, Kind};
use crate::kernel::side::Side;
use crate::kernel::system::{Service, System};

/// A box of a component that may live elsewhere.
type Place = (ComponentRef, String);

impl Context {
    /// Links two boxes of which at least one is in another scheduler.
    #[cold]
    pub(in crate::kernel) fn link_across(
        &self,
        kind: LinkageKind,
        (source, source_box): (&ComponentRef, &str),
        (sink, sink_box): (&ComponentRef, &str),
    ) -> Result<Linkage, LinkError> {
        let name = format!("{source}.{source_box} -> {sink}.{sink_box}");
        for end in [source, sink] {
            let inbound = inbound(end).filter(|inbound| inbound.leave(Call::new(|_| ())).is_ok());
            if inbound.is_none() {
                return Err(LinkError::SchedulerGone { wanted: name, gone: end.name() });
            }
        }
        let passage =
            Passage::new(name, self.system.crossing_size.get(), (source, sink, self.me()), self.waker());
        let source_end = SourceEnd::new(&passage, kind, (source.clone(), source_box.into()), sink, sink_box);
        let sink_end = SinkEnd::new(&passage, kind, (sink.clone(), sink_box.into()));
        // First what can be refused, then what happens on another thread.
        let mut departure = None;
        match (self.system.owns(source), self.system.owns(sink)) {
            (true, _) => {
                departure = Some(source_end.install(&self.system)?);
                elsewhere(sink, move |system| sink_end.install(system).map(drop));
            }
            (false, true) => {
                sink_end.install(&self.system)?;
                elsewhere(source, move |system| source_end.install(system).map(drop));
            }
            (false, false) => {
                elsewhere(source, move |system| source_end.install(system).map(drop));
                elsewhere(sink, move |system| sink_end.install(system).map(drop));
            }
        }
        let end = |component: &ComponentRef, name: &str| crate::kernel::boxes::End {
            component: component.clone(),
            name: name.to_owned().into(),
        };
        let maker = self.pid();
        Ok(self.system.with(|state| {
            let serial = state.linkage_number();
            state.know_passage(&passage, None);
            let (source, sink) = (end(source, source_box), end(sink, sink_box));
            let linkage = Linkage { serial, maker, kind, source, sink, passage: Some(passage) };
            let crossed = Crossed { linkage: linkage.clone(), departure };
            state.ties_mut(maker.index).crossings.insert(serial, crossed);
            linkage
        }))
    }

    /// Cuts a linkage between schedulers, if this component made it.
    pub(in crate::kernel) fn unlink_across(&self, linkage: &Linkage) {
        let crossed = self.system.with(|state| {
            let crossings = &mut state.ties_mut(self.pid().index).crossings;
            let is_mine = crossings.get(&linkage.serial).is_some_and(|crossed| crossed.linkage == *linkage);
            if is_mine { crossings.remove(&linkage.serial) } else { None }
        });
        self.system.sever(crossed);
    }

    /// Cuts the linkages between schedulers that this component made and that touch another.
    pub(in crate::kernel) fn unlink_component_across(&self, component: &ComponentRef) {
        let crossed = self.system.with(|state| {
            let ties = state.record_mut(self.pid().index).ties.as_mut()?;
            if ties.crossings.is_empty() {
                return None;
            }
            let touches = |crossed: &Crossed| {
                crossed.linkage.source().0 == component || crossed.linkage.sink().0 == component
            };
            let of_it = ties.crossings.iter().filter(|(_, crossed)| touches(crossed));
            let serials: Vec<u64> = of_it.map(|(serial, _)| *serial).collect();
            Some(serials.iter().filter_map(|serial| ties.crossings.remove(serial)).collect::<Vec<_>>())
        });
        if let Some(crossed) = crossed {
            self.system.sever(crossed);
        }
    }

    /// The linkages between schedulers that this component made and that are there.
    pub(in crate::kernel) fn linkages_across(&self) -> Vec<Linkage> {
        self.system.with(|state| {
            let ties = &state.record(self.pid().index).ties;
            let crossings = ties.iter().flat_map(|ties| ties.crossings.values());
            let live = crossings
                .filter(|crossed| crossed.linkage.passage.as_ref().is_some_and(|passage| !passage.is_over()));
            live.map(|crossed| crossed.linkage.clone()).collect()
        })
    }
}

impl System {
    /// Cuts linkages between schedulers that were taken off their maker's list.
    pub(in crate::kernel) fn sever(&self, crossings: impl IntoIterator<Item = Crossed>) {
        for Crossed { linkage, departure } in crossings {
            if let Some(departure) = departure {
                self.cutting(|state| state.cut_touching(&departure, None));
            }
            if let Some(passage) = &linkage.passage {
                self.with(|state| {
                    state.post.deserted.retain(|_, deserted| !Arc::ptr_eq(&deserted.passage, passage));
                });
                passage.cut();
            }
        }
    }
}

/// Where calls for the scheduler of a component are left.
fn inbound(component: &ComponentRef) -> Option<Arc<Inbound<System>>> {
    System::inbound_of(Arc::clone(&component.0.outside))
}

/// Does one end's part of the work on the thread of its component. If that scheduler is gone, the end
/// is dropped, and the other end learns it from the passage.
fn elsewhere(
    component: &ComponentRef,
    install: impl FnOnce(&Rc<System>) -> Result<(), LinkError> + Send + 'static,
) {
    let work = move |system: &Rc<System>| {
        if let Err(error) = install(system)
            && let Some(more) = system.admits(Kind::CutLinkages)
        {
            log::error!(target: "axon", "{error}; the linkage is cut{more}");
        }
    };
    if let Some(inbound) = inbound(component) {
        let _ = inbound.leave(Call::new(work));
    }
}

/// What is to be done at the source.
struct SourceEnd {
    kind: LinkageKind,
    source: Place,
    departure: Departure,
}

impl SourceEnd {
    fn new(
        passage: &Arc<Passage>,
        kind: LinkageKind,
        source: Place,
        sink: &ComponentRef,
        sink_box: &str,
    ) -> Self {
        let leaving = Leaving { passage: Arc::clone(passage), in_order: false };
        let inbox = format!("to {sink}.{sink_box}");
        let departure = Departure { leaving, source: source.0.0.pid, inbox, first_after: Vec::new() };
        SourceEnd { kind, source, departure }
    }

    /// Makes the departure, links the source to it and lets it run.
    #[track_caller]
    fn install(self, system: &Rc<System>) -> Result<ComponentRef, LinkError> {
        let SourceEnd { kind, source: (source, source_box), mut departure } = self;
        let passage = Arc::clone(&departure.leaving.passage);
        let (side, _) = kind.sides();
        agree(system, &passage, Whose::Source, (&source, &source_box), side)?;
        departure.first_after = close_those_that_were_cut(system, &source);
        let kind = if side == Side::Outbox { LinkageKind::Plain } else { kind };
        let inbox = departure.inbox.clone();
        let end = departure.make(&Host(system), Location::caller());
        system.add_inbox(end.0.pid, &inbox);
        system.link(end.0.pid, kind, (&source, &source_box), (&end, &inbox))?;
        let inbox = system.with(|state| state.find(&end, &inbox, Side::Inbox))?.index();
        system.set_size(inbox, Some(system.crossing_size.get()));
        let mut lanes = system.lanes.borrow_mut();
        lanes.retain(|lane| lane.passage.pending().is_some());
        system.with(|state| state.know_passage(&passage, None));
        lanes.push(Lane { source: source.0.pid, departure: end.clone(), inbox, passage });
        drop(lanes);
        employ(system, &end);
        Ok(end)
    }
}

/// Unlinks a component from departures whose makers have cut them, before they notice it themselves.
/// Returns what is still on its way from it by them.
fn close_those_that_were_cut(system: &System, source: &ComponentRef) -> Before {
    let lanes = system.lanes.borrow();
    let is_cut = |lane: &&Lane| lane.source == source.0.pid && !lane.passage.is_live();
    let mut before = Vec::new();
    for Lane { departure, inbox, passage, .. } in lanes.iter().filter(is_cut) {
        system.cutting(|state| state.cut_touching(departure, None));
        if let Some(pending) = passage.pending() {
            let waiting = if pending.is_finished { 0 } else { system.waiting(*inbox) };
            before.push((Arc::clone(passage), pending.handed + waiting as u64));
        }
    }
    before
}

/// What is to be done at the sink.
struct SinkEnd {
    kind: LinkageKind,
    sink: Place,
    arrival: Arrival,
}

impl SinkEnd {
    fn new(passage: &Arc<Passage>, kind: LinkageKind, sink: Place) -> Self {
        let coming = Coming { passage: Arc::clone(passage), waiting: VecDeque::new(), end: End::Torn };
        SinkEnd { kind, sink, arrival: Arrival { coming } }
    }

    /// Makes the arrival, links it to the sink and lets it run.
    #[track_caller]
    fn install(self, system: &Rc<System>) -> Result<ComponentRef, LinkError> {
        let SinkEnd { kind, sink: (sink, sink_box), arrival } = self;
        let (_, side) = kind.sides();
        agree(system, &arrival.coming.passage, Whose::Sink, (&sink, &sink_box), side)?;
        let kind = if side == Side::Outbox { kind } else { LinkageKind::Plain };
        let passage = Arc::clone(&arrival.coming.passage);
        let end = arrival.make(&Host(system), Location::caller());
        system.link(end.0.pid, kind, (&end, OUTBOX), (&sink, &sink_box))?;
        system.with(|state| state.know_passage(&passage, Some(end.0.pid)));
        employ(system, &end);
        Ok(end)
    }
}

/// Lets an end run, as a service of its kind.
fn employ(system: &Rc<System>, end: &ComponentRef) {
    system.activate(end);
    system.with(|state| {
        state.record_mut(end.0.pid.index).service = Service::Crossing;
        state.services += 1;
        state.watch_receivers(end.0.pid);
    });
}

/// Checks that a box exists, and that it is declared for the same type as the box at the other end.
fn agree(
    system: &System,
    passage: &Passage,
    of: Whose,
    (component, name): (&ComponentRef, &str),
    side: Side,
) -> Result<(), LinkError> {
    let carries = system.with(|state| {
        let found = state.find(component, name, side)?;
        Ok::<_, LinkError>(state.declaration(component, found).and_then(|declared| declared.carries))
    })?;
    passage.agree(of, carries).map_err(|(sends, takes)| LinkError::TypesDiffer {
        wanted: passage.name.clone(),
        sends,
        takes,
    })
}

//! What the two sides of a visualiser tell each other, and the side that is in the program: it answers.

use std::time::{Duration, Instant};

use axon::{
    ComponentId, ComponentRef, Context, Remote, Side,
    snapshot::{ComponentView, Snapshot, Tap, Tapped},
    time_after,
};

use super::deeds::{Holds, Order};
use super::measuring::{Cost, Measuring};

/// The inbox for questions.
pub(super) const ASKED: &str = "_asked";

/// The most messages of a box that are shown at a time.
const SHOWN: usize = 20;
/// The shortest time between two showings.
const TAP_PAUSE: Duration = Duration::from_millis(200);

/// What the web side wants from the program.
#[derive(Debug)]
pub(super) enum Question {
    /// What is there?
    Look,
    /// From now on, show what passes a box, under this number.
    Tap(u64, Place),
    Untap(u64),
    /// Do this, and answer under this number.
    Do(u64, Order),
    /// Let all go that are held.
    LetGo,
}

/// A box as somebody wrote it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The number, the name, or what the parent calls it.
    pub(super) component: String,
    pub(super) name: String,
    /// The inbox, if nothing is said and there are both.
    pub(super) side: Option<Side>,
}

/// What the program answers.
#[derive(Debug)]
pub(super) enum Answer {
    Seen(Box<Seen>),
    Tapped(u64, Tapped),
    /// There is no such box, and why.
    NoBox(u64, String),
    /// It was done, or was not, and what there is to say of it.
    Done(u64, Result<String, String>),
}

/// What there is in the program.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) snapshot: Snapshot,
    pub(super) standing_still: Vec<ComponentId>,
    pub(super) costs: Vec<Cost>,
}

/// The side in the program.
pub(super) struct Witness {
    pub(super) hub: ComponentRef,
    pub(super) to_hub: Remote,
    taps: Vec<Tapping>,
    measuring: Measuring,
    holds: Holds,
}

struct Tapping {
    number: u64,
    tap: Tap,
    /// Nothing is taken before.
    not_before: Instant,
}

impl Witness {
    pub(super) fn new(hub: ComponentRef, to_hub: Remote) -> Self {
        let (measuring, holds) = (Measuring::default(), Holds::default());
        Witness { hub, to_hub, taps: Vec::new(), measuring, holds }
    }

    /// Answers what was asked. Returns when it has to look again at the latest.
    pub(super) fn answer(&mut self, cx: &Context) -> Option<Instant> {
        while let Some(question) = cx.recv(ASKED).and_then(|message| message.take().ok()) {
            match question {
                Question::Look => self.look(cx),
                Question::Tap(number, place) => match tap(cx, &place) {
                    Ok(tap) => {
                        self.taps.push(Tapping { number, tap, not_before: cx.now() });
                        // It begins.
                        self.say(Answer::Tapped(number, Tapped::default()));
                    }
                    Err(why) => self.say(Answer::NoBox(number, why)),
                },
                Question::Untap(number) => self.taps.retain(|tapping| tapping.number != number),
                Question::Do(number, order) => {
                    let done = self.holds.obey(cx, &others(cx), order);
                    self.say(Answer::Done(number, done));
                }
                Question::LetGo => self.holds.release_all(),
            }
        }
        let now = cx.now();
        [self.show_tapped(now), self.measuring.go_on(cx)].into_iter().flatten().min()
    }

    fn look(&mut self, cx: &Context) {
        let (snapshot, standing_still) = (others(cx), cx.standing_still());
        let costs = self.measuring.look(cx, &snapshot);
        self.say(Answer::Seen(Box::new(Seen { snapshot, standing_still, costs })));
    }

    fn show_tapped(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for tapping in &mut self.taps {
            if now >= tapping.not_before {
                let tapped = tapping.tap.take();
                if tapped == Tapped::default() {
                    continue;
                }
                tapping.not_before = time_after(now, TAP_PAUSE);
                // If the web side has ended, so will this one.
                let _ = self.to_hub.deliver(&self.hub, "inbox", Answer::Tapped(tapping.number, tapped));
            }
            next = Some(next.map_or(tapping.not_before, |next: Instant| next.min(tapping.not_before)));
        }
        next
    }

    fn say(&self, answer: Answer) {
        let _ = self.to_hub.deliver(&self.hub, "inbox", answer);
    }
}

/// Everything but this component itself.
fn others(cx: &Context) -> Snapshot {
    let mut snapshot = cx.snapshot();
    let me = cx.me().id();
    snapshot.components.retain(|component| component.id != me);
    snapshot.linkages.retain(|linkage| linkage.source.component != me && linkage.sink.component != me);
    snapshot
}

/// A component by its number, its name, or what its parent calls it.
pub(super) fn find<'a>(snapshot: &'a Snapshot, written: &str) -> Result<&'a ComponentView, String> {
    let of_number = snapshot.components.iter().find(|component| component.id.to_string() == written);
    let named = snapshot.components.iter().filter(|component| component.name == written);
    let called = snapshot.components.iter().filter(|component| component.called.as_deref() == Some(written));
    let found: Vec<&ComponentView> = of_number.into_iter().chain(named).chain(called).collect();
    match found[..] {
        [] => {
            let names = snapshot.components.iter().flat_map(|component| {
                [Some(component.name.as_str()), component.called.as_deref()].into_iter().flatten()
            });
            let meant = axon::catalogue::nearest(written, names);
            let meant = meant.map_or(String::new(), |name| format!("; did you mean {name}?"));
            Err(format!("there is no component {written:?}{meant}"))
        }
        [one] => Ok(one),
        [..] => {
            let names: Vec<&str> = found.iter().map(|component| component.name.as_str()).collect();
            Err(format!("several components are called {written:?}: write {}", names.join(" or ")))
        }
    }
}

fn tap(cx: &Context, place: &Place) -> Result<Tap, String> {
    let snapshot = others(cx);
    let found = find(&snapshot, &place.component)?;
    let side = match place.side {
        Some(side) => side,
        None if found.inbox(&place.name).is_some() => Side::Inbox,
        None => Side::Outbox,
    };
    let component = cx.components().into_iter().find(|component| component.id() == found.id);
    let component = component.ok_or_else(|| format!("{} does not run", found.name))?;
    let tap = cx.tap((&component, &place.name), side, SHOWN);
    tap.map_err(|unknown| unknown.to_string())
}

//! Whatever happens in a system, a viewer that believes the introspector sees what is there.

use std::collections::{BTreeMap, BTreeSet};

use axon::prelude::*;
use axon::testing::Bench;
use axon::{
    Context, Linkage, Side,
    snapshot::{BoxName, ComponentState, Snapshot},
};

/// Sleeps until it is told to end.
struct Idle;

impl Component for Idle {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// What a viewer shows; it accepts no line that makes no sense to it.
#[derive(Default, PartialEq, Debug)]
struct View {
    /// Components and boxes, each with what it is.
    things: BTreeMap<String, String>,
    links: BTreeSet<(String, String)>,
}

impl View {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split('"').collect();
        match words[..] {
            ["ADD NODE ", id, " ", name, kind] => {
                let what = format!("{name}{kind}");
                assert!(self.things.insert(id.into(), what).is_none(), "{line}: it is there already");
            }
            ["DEL NODE ", id, ""] => {
                assert!(self.things.remove(id).is_some(), "{line}: it is not there");
                self.links.retain(|(from, to)| {
                    // What belongs together goes together; linkages between boxes are cut before.
                    let owns = !from.starts_with('(');
                    assert!(owns || (from != id && to != id), "{line}: {from} -> {to} is there");
                    from != id && to != id
                });
            }
            ["ADD LINK ", from, " ", to, ""] => {
                assert!(
                    self.things.contains_key(from) && self.things.contains_key(to),
                    "{line}: no such box"
                );
                assert!(self.links.insert((from.into(), to.into())), "{line}: it is there already");
            }
            ["DEL LINK ", from, " ", to, ""] => {
                assert!(self.links.remove(&(from.into(), to.into())), "{line}: it is not there");
            }
            _ => assert_eq!(line, "DEL ALL"),
        }
    }

    /// What it should show.
    fn of(snapshot: &Snapshot) -> Self {
        let key = |name: &BoxName| {
            let side = if name.side == Side::Inbox { 'i' } else { 'o' };
            format!("({}, '{side}', '{}')", name.component, name.name)
        };
        let mut view = View::default();
        let ends = snapshot.linkages.iter().flat_map(|linkage| [&linkage.source, &linkage.sink]);
        let joined: BTreeSet<_> = ends.map(|end| end.component).collect();
        for component in &snapshot.components {
            let is_active = matches!(component.state, ComponentState::Awake | ComponentState::Paused);
            if !is_active && !joined.contains(&component.id) {
                continue;
            }
            let id = component.id.to_string();
            view.things.insert(id.clone(), format!("{} randompos component", component.name));
            let inboxes = component.inboxes.iter().map(|inbox| (Side::Inbox, &inbox.name));
            let outboxes = component.outboxes.iter().map(|outbox| (Side::Outbox, &outbox.name));
            for (side, name) in inboxes.chain(outboxes) {
                let key = key(&BoxName { component: component.id, side, name: name.clone() });
                view.things.insert(key.clone(), format!("{name} randompos {side}"));
                view.links.insert((id.clone(), key));
            }
        }
        view.links.extend(snapshot.linkages.iter().map(|linkage| (key(&linkage.source), key(&linkage.sink))));
        view
    }
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Components, boxes and linkages that come and go.
#[derive(Default)]
struct Crowd {
    members: Vec<Context>,
    linkages: Vec<(Context, Linkage)>,
    added: Vec<(Context, String)>,
}

impl Crowd {
    fn stir(&mut self, bench: &mut Bench, dice: &mut Dice) {
        if self.members.len() < 3 {
            let member = bench.scheduler().add(Idle);
            self.members.push(bench.scheduler().context(&member));
        }
        let mut anybody = || dice.below(self.members.len());
        let (one, two, maker) = (anybody(), anybody(), anybody());
        let (one, two) = (&self.members[one], &self.members[two]);
        match dice.below(12) {
            0 | 1 => {
                let member = bench.scheduler().add(Idle);
                self.members.push(bench.scheduler().context(&member));
            }
            2 | 3 => drop(one.activate(one.me())),
            4 => one.stop(one.me()),
            5..=7 => {
                let maker = &self.members[maker];
                let boxes = (dice.below(2), dice.below(3));
                let outbox = ["outbox", "signal"][boxes.0];
                let inbox = ["inbox", "control"][boxes.0];
                let linked = match boxes.1 {
                    0 => maker.link((one.me(), outbox), (two.me(), inbox)),
                    1 => maker.pass_through_inbox((one.me(), inbox), (two.me(), inbox)),
                    _ => maker.pass_through_outbox((one.me(), outbox), (two.me(), outbox)),
                };
                if let Ok(linkage) = linked {
                    self.linkages.push((bench.scheduler().context(maker.me()), linkage));
                }
            }
            8 if !self.linkages.is_empty() => {
                let (maker, linkage) = self.linkages.swap_remove(dice.below(self.linkages.len()));
                maker.unlink(linkage);
            }
            9 => {
                let name = one.add_inbox("extra");
                let _ = two.link((two.me(), "outbox"), (one.me(), &name));
                self.added.push((bench.scheduler().context(one.me()), name));
            }
            10 if !self.added.is_empty() => {
                let (owner, name) = self.added.swap_remove(dice.below(self.added.len()));
                owner.delete_inbox(&name).unwrap();
            }
            11 => {
                // Nobody refers to it any more, except by what is linked to it.
                let gone = one.me().clone();
                self.members.retain(|member| *member.me() != gone);
                self.linkages.retain(|(maker, _)| *maker.me() != gone);
                self.added.retain(|(owner, _)| *owner.me() != gone);
            }
            _ => {}
        }
    }
}

#[test]
fn a_viewer_sees_what_is_there_whatever_comes_and_goes() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut bench = Bench::new(Introspector::new());
        let mut crowd = Crowd::default();
        let mut view = View::default();
        for _ in 0..60 {
            for _ in 0..dice.below(8) {
                crowd.stir(&mut bench, &mut dice);
            }
            bench.settle();
            for text in bench.take::<String>("outbox") {
                text.lines().for_each(|line| view.hear(line));
            }
            let snapshot = bench.scheduler().snapshot();
            let there = View::of(&snapshot);
            let wrong: Vec<_> = view.links.symmetric_difference(&there.links).collect();
            assert!(view == there, "seed {seed}, {wrong:?}\n{snapshot}");
        }
        assert!(crowd.members.len() > 2);
    }
}

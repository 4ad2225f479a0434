//! Long chains that are linked, cut and deleted at random: promise S13, against a model that walks each chain.

use std::collections::{BTreeMap, VecDeque};

use axon::{ComponentRef, Linkage, Scheduler};

use crate::stage::Still;

/// As many boxes of each side; the chains get much longer than those that are updated at once.
const BOXES: usize = 60;
const SOURCES: usize = 4;

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

/// A box: of the sender, an outbox, an inbox.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Place {
    Source(usize),
    Out(usize),
    In(usize),
}

/// What is linked and what waits, as the promises say.
#[derive(Default)]
struct Model {
    links: BTreeMap<Place, (Place, Linkage)>,
    waiting: BTreeMap<usize, VecDeque<u64>>,
    sizes: BTreeMap<usize, usize>,
}

impl Model {
    fn end(&self, mut place: Place) -> Place {
        while let Some((next, _)) = self.links.get(&place) {
            place = *next;
        }
        place
    }

    /// The smallest size of any inbox that leads to this one.
    fn size(&self, end: usize) -> usize {
        let leads = self.sizes.iter().filter(|(inbox, _)| self.end(Place::In(**inbox)) == Place::In(end));
        leads.map(|(_, size)| *size).min().unwrap_or(usize::MAX)
    }
}

struct World {
    s: Scheduler,
    maker: ComponentRef,
    sender: ComponentRef,
    holder: ComponentRef,
    model: Model,
    sent: u64,
}

impl World {
    fn new() -> Self {
        let s = Scheduler::builder().virtual_clock().no_soft_limit().build();
        let (maker, sender, holder) = (s.add(Still), s.add(Still), s.add(Still));
        for number in 0..SOURCES {
            s.context(&sender).add_outbox(&format!("o{number}"));
        }
        for number in 0..BOXES {
            s.context(&holder).add_outbox(&format!("x{number}"));
            s.context(&holder).add_inbox(&format!("i{number}"));
        }
        World { s, maker, sender, holder, model: Model::default(), sent: 0 }
    }

    fn link(&mut self, from: Place, to: Place) {
        if self.model.links.contains_key(&from) || self.model.end(to) == from {
            return;
        }
        let cx = self.s.context(&self.maker);
        let (holder, sender) = (&self.holder, &self.sender);
        let name = |place: Place| match place {
            Place::Source(number) => (sender, format!("o{number}")),
            Place::Out(number) => (holder, format!("x{number}")),
            Place::In(number) => (holder, format!("i{number}")),
        };
        let ((one, from_name), (other, to_name)) = (name(from), name(to));
        let made = match (from, to) {
            (Place::In(_), Place::In(_)) => cx.pass_through_inbox((one, &from_name), (other, &to_name)),
            (Place::In(_), _) | (_, Place::Source(_)) => return,
            (_, Place::In(_)) => cx.link((one, &from_name), (other, &to_name)),
            (_, Place::Out(_)) => cx.pass_through_outbox((one, &from_name), (other, &to_name)),
        };
        self.model.links.insert(from, (to, made.unwrap()));
        if let (Place::In(inbox), Place::In(end)) = (from, self.model.end(to)) {
            let moved = self.model.waiting.remove(&inbox).unwrap_or_default();
            self.model.waiting.entry(end).or_default().extend(moved);
        }
    }

    fn cut(&mut self, from: Place) {
        if let Some((_, linkage)) = self.model.links.remove(&from) {
            self.s.context(&self.maker).unlink(linkage);
        }
    }

    fn send(&mut self, source: usize) {
        self.sent += 1;
        let sent = self.s.context(&self.sender).send(&format!("o{source}"), self.sent);
        if let Place::In(end) = self.model.end(Place::Source(source)) {
            let size = self.model.size(end);
            let waiting = self.model.waiting.entry(end).or_default();
            let is_full = waiting.len() >= size;
            assert_eq!(sent.is_err(), is_full, "o{source} sends to i{end}: {} of {size}", waiting.len());
            if !is_full {
                waiting.push_back(self.sent);
            }
        } else {
            sent.unwrap();
        }
    }

    fn collect(&mut self, inbox: usize) {
        if self.model.links.contains_key(&Place::In(inbox)) {
            return;
        }
        let cx = self.s.context(&self.holder);
        let got: Vec<u64> = cx.drain::<u64>(&format!("i{inbox}")).map(Result::unwrap).collect();
        assert_eq!(VecDeque::from(got), self.model.waiting.remove(&inbox).unwrap_or_default(), "i{inbox}");
    }

    /// Deletes an inbox, and adds one of the same name: in its place, if that is free.
    fn delete(&mut self, inbox: usize) {
        let name = format!("i{inbox}");
        let left = self.s.context(&self.holder).delete_inbox(&name).unwrap().into_iter();
        let left: VecDeque<u64> = left.map(|message| message.take().unwrap()).collect();
        assert_eq!(left, self.model.waiting.remove(&inbox).unwrap_or_default(), "{name}");
        self.model.links.retain(|from, (to, _)| *from != Place::In(inbox) && *to != Place::In(inbox));
        self.model.sizes.remove(&inbox);
        assert_eq!(self.s.context(&self.holder).add_inbox(&name), name);
    }

    fn limit(&mut self, inbox: usize, size: Option<usize>) {
        self.s.context(&self.maker).set_size((&self.holder, &format!("i{inbox}")), size).unwrap();
        match size {
            Some(size) => self.model.sizes.insert(inbox, size),
            None => self.model.sizes.remove(&inbox),
        };
    }

    /// A chain of all boxes, in their order or against it.
    fn build(&mut self, dice: &mut Dice) {
        let backwards = dice.below(2) == 0;
        let out = |at: usize| Place::Out(at);
        for at in 0..BOXES - 1 {
            let at = if backwards { BOXES - 2 - at } else { at };
            self.link(out(at), out(at + 1));
            self.link(Place::In(at), Place::In(at + 1));
        }
        self.link(out(BOXES - 1), Place::In(0));
        (0..SOURCES).for_each(|source| self.link(Place::Source(source), out(dice.below(BOXES))));
    }
}

#[test]
fn s13_whatever_is_linked_cut_and_deleted_each_message_goes_to_the_end_of_its_chain_as_it_is_then() {
    for seed in 1..=60 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(seed));
        let mut world = World::new();
        for _ in 0..12 {
            world.build(&mut dice);
            // From the back, from the front, or anywhere.
            let order = dice.below(3);
            for step in 0..2 * BOXES {
                let at = match order {
                    0 => 2 * BOXES - 1 - step,
                    1 => step,
                    _ => dice.below(2 * BOXES),
                };
                world.cut(if at < BOXES { Place::Out(at) } else { Place::In(at - BOXES) });
                match dice.below(24) {
                    0 | 1 => world.send(dice.below(SOURCES)),
                    2 => world.collect(dice.below(BOXES)),
                    3 => world.delete(dice.below(BOXES)),
                    4 => world.limit(dice.below(BOXES), [None, Some(1), Some(3)][dice.below(3)]),
                    5 => world.cut(Place::Source(dice.below(SOURCES))),
                    6 => world.link(Place::Source(dice.below(SOURCES)), Place::In(dice.below(BOXES))),
                    7 => world.link(Place::Out(dice.below(BOXES)), Place::In(dice.below(BOXES))),
                    _ => {}
                }
            }
            (0..SOURCES).for_each(|source| world.send(source));
        }
        (0..BOXES).for_each(|inbox| world.collect(inbox));
    }
}

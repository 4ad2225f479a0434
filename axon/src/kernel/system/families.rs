//! Parents and children: all families of a scheduler, in one table.
//!
//! A relation says that one parent has one child. It lies on two lists: the parent's children and the
//! child's parents. So a component costs one number until it has a parent, and one entry when it has.

use crate::kernel::boxes::{NONE, make_room};
use crate::kernel::id::Pid;

/// One parent has one child.
#[derive(Clone, Copy)]
struct Relation {
    parent: Pid,
    /// The child's place; [`NONE`] once the parent has ended, which the child still remembers.
    child: u32,
    /// Its neighbours among the parent's children, in the order of adding.
    next_child: u32,
    previous_child: u32,
    /// The child's next parent. In a place that is free, the next free place.
    next_parent: u32,
    /// This parent supervises the child.
    supervised: bool,
}

/// The children of one component, in the order of adding. A child added twice is listed twice.
#[derive(Clone, Copy)]
pub(super) struct Children {
    first: u32,
    last: u32,
}

impl Default for Children {
    fn default() -> Self {
        Children { first: NONE, last: NONE }
    }
}

/// The parents of one component, in the order of their adding it.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Parents {
    first: u32,
}

impl Parents {
    pub(super) const NONE: Parents = Parents { first: NONE };

    fn is_empty(self) -> bool {
        self.first == NONE
    }
}

/// All relations of parents and children of a scheduler.
pub(in crate::kernel) struct Families {
    places: Vec<Relation>,
    free: u32,
}

impl Default for Families {
    fn default() -> Self {
        Families { places: Vec::new(), free: NONE }
    }
}

impl Families {
    /// How many places for relations there are, free ones included.
    #[cfg(test)]
    pub(in crate::kernel) fn places(&self) -> usize {
        self.places.len()
    }

    /// A component's first parent, and the others.
    pub(super) fn first_of(&self, parents: Parents) -> Option<(Pid, Parents)> {
        if parents.is_empty() {
            return None;
        }
        let Relation { parent, next_parent, .. } = *self.at(parents.first);
        Some((parent, Parents { first: next_parent }))
    }

    /// The parents of a component.
    pub(in crate::kernel) fn parents(&self, of: Parents) -> impl Iterator<Item = Pid> {
        let mut further = of;
        std::iter::from_fn(move || {
            let (parent, others) = self.first_of(further)?;
            further = others;
            Some(parent)
        })
    }

    /// Lets a parent supervise a child. False if it is not its child.
    pub(in crate::kernel) fn supervise(&mut self, parents: Parents, parent: Pid) -> bool {
        let mut id = parents.first;
        while id != NONE {
            let relation = self.at_mut(id);
            if relation.parent == parent && relation.child != NONE {
                relation.supervised = true;
                return true;
            }
            id = relation.next_parent;
        }
        false
    }

    /// The parents that supervise a child, also those that have ended.
    pub(super) fn supervisors(&self, of: Parents) -> impl Iterator<Item = Pid> {
        self.relations(of)
            .map(|id| self.at(id))
            .filter(|relation| relation.supervised)
            .map(|relation| relation.parent)
    }

    /// The places of a component's children.
    pub(super) fn children(&self, of: Children) -> impl Iterator<Item = u32> {
        let after = |relation: u32| (relation != NONE).then_some(relation);
        let relations =
            std::iter::successors(after(of.first), move |relation| after(self.at(*relation).next_child));
        relations.map(|relation| self.at(relation).child)
    }

    /// Makes `child` the youngest child of `parent`.
    pub(super) fn adopt(
        &mut self,
        (parent, children): (Pid, &mut Children),
        (child, parents): (u32, &mut Parents),
    ) {
        let previous_child = children.last;
        let relation = Relation {
            parent,
            child,
            next_child: NONE,
            previous_child,
            next_parent: NONE,
            supervised: false,
        };
        let id = if self.free == NONE {
            make_room(&mut self.places, 1);
            self.places.push(relation);
            self.places.len() as u32 - 1
        } else {
            let id = self.free;
            self.free = self.at(id).next_parent;
            *self.at_mut(id) = relation;
            id
        };
        match previous_child {
            NONE => children.first = id,
            previous => self.at_mut(previous).next_child = id,
        }
        children.last = id;
        match self.relations(*parents).last() {
            None => parents.first = id,
            Some(last) => self.at_mut(last).next_parent = id,
        }
    }

    /// Takes `parent` off the list of a child's parents. Returns how often it had the child.
    pub(super) fn disown(&mut self, (parent, children): (Pid, &mut Children), parents: &mut Parents) -> u32 {
        let (mut previous, mut id, mut had) = (NONE, parents.first, 0);
        while id != NONE {
            let relation = *self.at(id);
            if relation.parent == parent {
                match previous {
                    NONE => parents.first = relation.next_parent,
                    previous => self.at_mut(previous).next_parent = relation.next_parent,
                }
                if relation.child != NONE {
                    self.take_off(relation, children);
                    had += 1;
                }
                self.give(id);
            } else {
                previous = id;
            }
            id = relation.next_parent;
        }
        had
    }

    /// Removes and returns the oldest child of a component that has ended.
    pub(super) fn leave_next(&mut self, children: &mut Children) -> Option<u32> {
        let id = children.first;
        if id == NONE {
            return None;
        }
        let relation = *self.at(id);
        self.take_off(relation, children);
        self.at_mut(id).child = NONE;
        Some(relation.child)
    }

    /// Forgets the parents of a child that is forgotten. All of them have left it.
    pub(super) fn forget(&mut self, parents: Parents) {
        let mut id = parents.first;
        while id != NONE {
            let Relation { child, next_parent, .. } = *self.at(id);
            debug_assert_eq!(child, NONE, "a parent holds its child");
            self.give(id);
            id = next_parent;
        }
    }

    /// The relations of a child to its parents.
    fn relations(&self, of: Parents) -> impl Iterator<Item = u32> {
        let after = |relation: u32| (relation != NONE).then_some(relation);
        std::iter::successors(after(of.first), move |relation| after(self.at(*relation).next_parent))
    }

    fn take_off(&mut self, relation: Relation, children: &mut Children) {
        let Relation { next_child, previous_child, .. } = relation;
        match previous_child {
            NONE => children.first = next_child,
            previous => self.at_mut(previous).next_child = next_child,
        }
        match next_child {
            NONE => children.last = previous_child,
            next => self.at_mut(next).previous_child = previous_child,
        }
    }

    fn give(&mut self, id: u32) {
        self.at_mut(id).next_parent = self.free;
        self.free = id;
    }

    fn at(&self, id: u32) -> &Relation {
        &self.places[id as usize]
    }

    fn at_mut(&mut self, id: u32) -> &mut Relation {
        &mut self.places[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has whom, in order, as both sides tell it.
    fn told(families: &Families, children: Children, parents: Parents) -> (Vec<u32>, Vec<u32>) {
        (
            families.children(children).collect(),
            families.parents(parents).map(|parent| parent.index).collect(),
        )
    }

    #[test]
    fn a_child_may_have_several_parents_and_one_of_them_twice() {
        let (families, a, b) = (&mut Families::default(), parent(10), parent(20));
        let (mut of_a, mut of_b) = (Children::default(), Children::default());
        let mut parents = [Parents::NONE; 3];
        for (child, own) in (0..).zip(&mut parents) {
            families.adopt((a, &mut of_a), (child, own));
        }
        families.adopt((b, &mut of_b), (1, &mut parents[1]));
        families.adopt((a, &mut of_a), (1, &mut parents[1]));
        assert_eq!(told(families, of_a, parents[1]), (vec![0, 1, 2, 1], vec![10, 20, 10]));
        assert_eq!(families.disown((a, &mut of_a), &mut parents[1]), 2);
        assert_eq!(told(families, of_a, parents[1]), (vec![0, 2], vec![20]));
        assert_eq!(told(families, of_b, parents[0]), (vec![1], vec![10]));
        families.adopt((b, &mut of_b), (2, &mut parents[2]));
        assert_eq!(told(families, of_b, parents[2]), (vec![1, 2], vec![10, 20]));
        assert_eq!(families.places.len(), 5, "places are used again");
    }

    #[test]
    fn a_parent_that_has_ended_is_remembered_and_has_no_children() {
        let (families, a) = (&mut Families::default(), parent(10));
        let (mut of_a, mut parents) = (Children::default(), [Parents::NONE; 2]);
        for (child, own) in (0..).zip(&mut parents) {
            families.adopt((a, &mut of_a), (child, own));
        }
        let left: Vec<u32> = std::iter::from_fn(|| families.leave_next(&mut of_a)).collect();
        assert_eq!(left, [0, 1]);
        assert_eq!(told(families, of_a, parents[0]), (vec![], vec![10]));
        assert_eq!(families.disown((a, &mut of_a), &mut parents[0]), 0);
        assert!(parents[0].is_empty());
        families.forget(parents[1]);
        families.adopt((a, &mut of_a), (7, &mut parents[0]));
        assert_eq!(families.places.len(), 2, "places are used again");
    }

    fn parent(index: u32) -> Pid {
        Pid { index, generation: 0 }
    }
}

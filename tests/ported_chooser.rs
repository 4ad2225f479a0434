//! Ported from Kamaelia's `Test/Util/test_Chooser.py`, case by case, in its order.
//!
//! Differs: the original calls the chooser's methods; here it is told by messages, as in a program.

#[path = "ported/rig.rs"]
mod rig;

use axon::util::Chooser;

use rig::Probe;

const FRUIT: [&str; 3] = ["apple", "banana", "cherry"];

/// A chooser of fruit that has sent its first.
fn fruit() -> Probe {
    let probe = Probe::new(Chooser::new(FRUIT));
    assert_eq!(probe.sent::<&str>(), [FRUIT[0]]);
    probe
}

/// Tells it one command after the other; gives what it sent.
fn told(probe: &mut Probe, commands: &[&'static str]) -> Vec<&'static str> {
    commands.iter().for_each(|command| probe.send(*command));
    probe.sent()
}

/// Asks, without moving, which one it is at.
#[track_caller]
fn expect_current(probe: &mut Probe, item: &'static str) {
    assert_eq!(told(probe, &["SAME"]), [item]);
}

mod chooser_internal_initialisation_tests {
    use super::*;

    /// A chooser can have no items.
    #[test]
    fn instantiate_no_args() {
        let mut probe = Probe::new(Chooser::new([""; 0]));
        assert_eq!(told(&mut probe, &["SAME", "NEXT", "LAST"]), [""; 0]);
        assert!(!probe.subject.is_stopped());
    }

    /// It has the items of a list, in order.
    #[test]
    fn instantiate_arg_list() {
        let mut probe = fruit();
        assert_eq!(told(&mut probe, &["NEXT", "NEXT", "NEXT"]), FRUIT[1..]);
    }

    /// It has the items of anything that can be iterated.
    #[test]
    fn instantiate_arg_iterator() {
        let mut probe = Probe::new(Chooser::new(0..5));
        (0..5).for_each(|_| probe.send("NEXT"));
        assert_eq!(probe.sent::<i32>(), [0, 1, 2, 3, 4]);
    }
}

mod chooser_internal_iterate_tests {
    use super::*;

    /// Without items nothing is ever sent.
    #[test]
    fn iteration_empty() {
        let mut probe = Probe::new(Chooser::new([""; 0]));
        assert_eq!(told(&mut probe, &["SAME"]), [""; 0]);
    }

    /// Each step forwards leads to the next item, and asking does not move.
    #[test]
    fn iteration_iterate_forwards() {
        let mut probe = fruit();
        expect_current(&mut probe, FRUIT[0]);
        expect_current(&mut probe, FRUIT[0]);
        for item in &FRUIT[1..] {
            assert_eq!(told(&mut probe, &["NEXT"]), [*item]);
            expect_current(&mut probe, item);
            expect_current(&mut probe, item);
        }
    }

    /// A step beyond the last item stays there.
    #[test]
    fn iteration_iterate_past_end() {
        let mut probe = fruit();
        told(&mut probe, &["NEXT", "NEXT"]);
        expect_current(&mut probe, FRUIT[2]);
        told(&mut probe, &["NEXT"]);
        expect_current(&mut probe, FRUIT[2]);
    }

    /// A step back from the first item stays there.
    #[test]
    fn iteration_backwards_past_start() {
        let mut probe = fruit();
        expect_current(&mut probe, FRUIT[0]);
        told(&mut probe, &["PREV"]);
        expect_current(&mut probe, FRUIT[0]);
    }

    /// Steps forwards and back lead where they should.
    #[test]
    fn iterate_forwards_backwards_forwards() {
        let mut probe = fruit();
        expect_current(&mut probe, FRUIT[0]);
        for (command, item) in [("NEXT", 1), ("NEXT", 2), ("PREV", 1), ("PREV", 0), ("NEXT", 1)] {
            told(&mut probe, &[command]);
            expect_current(&mut probe, FRUIT[item]);
        }
    }

    /// It can go to the last item, also from there.
    #[test]
    fn iterate_goto_last() {
        let mut probe = fruit();
        expect_current(&mut probe, FRUIT[0]);
        for _ in 0..2 {
            told(&mut probe, &["LAST"]);
            expect_current(&mut probe, FRUIT[2]);
        }
    }

    /// It can go back to the first item.
    #[test]
    fn iterate_goto_first() {
        let mut probe = fruit();
        told(&mut probe, &["NEXT", "NEXT"]);
        expect_current(&mut probe, FRUIT[2]);
        told(&mut probe, &["FIRST"]);
        expect_current(&mut probe, FRUIT[0]);
    }
}

//! Ported from Kamaelia's `Test/Util/test_Chooser.py`, case by case, in its order.
//!
//! Differs: the original calls the chooser's methods; here it is told by messages, as in a program.

use axon::testing::Bench;
use axon::util::Chooser;

const FRUIT: [&str; 3] = ["apple", "banana", "cherry"];

/// A chooser of fruit that has sent its first.
fn fruit() -> Bench {
    let mut bench = Bench::new(Chooser::new(FRUIT));
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), [FRUIT[0]]);
    bench
}

/// Tells it one command after the other; gives what it sent.
fn told(bench: &mut Bench, commands: &[&'static str]) -> Vec<&'static str> {
    commands.iter().for_each(|command| bench.put("inbox", *command));
    bench.settle();
    bench.take("outbox")
}

/// Asks, without moving, which one it is at.
#[track_caller]
fn expect_current(bench: &mut Bench, item: &'static str) {
    assert_eq!(told(bench, &["SAME"]), [item]);
}

mod chooser_internal_initialisation_tests {
    use super::*;

    /// A chooser can have no items.
    #[test]
    fn instantiate_no_args() {
        let mut bench = Bench::new(Chooser::new([""; 0]));
        assert_eq!(told(&mut bench, &["SAME", "NEXT", "LAST"]), [""; 0]);
        bench.expect_running();
    }

    /// It has the items of a list, in order.
    #[test]
    fn instantiate_arg_list() {
        let mut bench = fruit();
        assert_eq!(told(&mut bench, &["NEXT", "NEXT", "NEXT"]), FRUIT[1..]);
    }

    /// It has the items of anything that can be iterated.
    #[test]
    fn instantiate_arg_iterator() {
        let mut bench = Bench::new(Chooser::new(0..5));
        (0..5).for_each(|_| bench.put("inbox", "NEXT"));
        bench.settle();
        assert_eq!(bench.take::<i32>("outbox"), [0, 1, 2, 3, 4]);
    }
}

mod chooser_internal_iterate_tests {
    use super::*;

    /// Without items nothing is ever sent.
    #[test]
    fn iteration_empty() {
        let mut bench = Bench::new(Chooser::new([""; 0]));
        assert_eq!(told(&mut bench, &["SAME"]), [""; 0]);
    }

    /// Each step forwards leads to the next item, and asking does not move.
    #[test]
    fn iteration_iterate_forwards() {
        let mut bench = fruit();
        expect_current(&mut bench, FRUIT[0]);
        expect_current(&mut bench, FRUIT[0]);
        for item in &FRUIT[1..] {
            assert_eq!(told(&mut bench, &["NEXT"]), [*item]);
            expect_current(&mut bench, item);
            expect_current(&mut bench, item);
        }
    }

    /// A step beyond the last item stays there.
    #[test]
    fn iteration_iterate_past_end() {
        let mut bench = fruit();
        told(&mut bench, &["NEXT", "NEXT"]);
        expect_current(&mut bench, FRUIT[2]);
        told(&mut bench, &["NEXT"]);
        expect_current(&mut bench, FRUIT[2]);
    }

    /// A step back from the first item stays there.
    #[test]
    fn iteration_backwards_past_start() {
        let mut bench = fruit();
        expect_current(&mut bench, FRUIT[0]);
        told(&mut bench, &["PREV"]);
        expect_current(&mut bench, FRUIT[0]);
    }

    /// Steps forwards and back lead where they should.
    #[test]
    fn iterate_forwards_backwards_forwards() {
        let mut bench = fruit();
        expect_current(&mut bench, FRUIT[0]);
        for (command, item) in [("NEXT", 1), ("NEXT", 2), ("PREV", 1), ("PREV", 0), ("NEXT", 1)] {
            told(&mut bench, &[command]);
            expect_current(&mut bench, FRUIT[item]);
        }
    }

    /// It can go to the last item, also from there.
    #[test]
    fn iterate_goto_last() {
        let mut bench = fruit();
        expect_current(&mut bench, FRUIT[0]);
        for _ in 0..2 {
            told(&mut bench, &["LAST"]);
            expect_current(&mut bench, FRUIT[2]);
        }
    }

    /// It can go back to the first item.
    #[test]
    fn iterate_goto_first() {
        let mut bench = fruit();
        told(&mut bench, &["NEXT", "NEXT"]);
        expect_current(&mut bench, FRUIT[2]);
        told(&mut bench, &["FIRST"]);
        expect_current(&mut bench, FRUIT[0]);
    }
}

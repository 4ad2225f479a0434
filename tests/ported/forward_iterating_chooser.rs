//! Ported from Kamaelia's `Test/Util/test_ForwardIteratingChooser.py`, case by case, in its order.
//!
//! Differs: the original calls the chooser's methods; here it is told by messages, as in a program.

use axon::testing::Bench;
use axon::util::ForwardIteratingChooser;

const FRUIT: [&str; 3] = ["apple", "banana", "cherry"];

/// Tells it one command after the other; gives what it sent.
fn told(bench: &mut Bench, commands: &[&'static str]) -> Vec<&'static str> {
    commands.iter().for_each(|command| bench.put("inbox", *command));
    bench.settle();
    bench.take("outbox")
}

mod forward_iterating_chooser_internal_initialisation_tests {
    use super::*;

    /// It can have no items.
    #[test]
    fn instantiate_no_args() {
        let mut bench = Bench::new(ForwardIteratingChooser::new([""; 0]));
        assert_eq!(told(&mut bench, &["SAME"]), [""; 0]);
        bench.expect_running();
    }

    /// It has the items of a list, in order.
    #[test]
    fn instantiate_arg_list() {
        let mut bench = Bench::new(ForwardIteratingChooser::new(FRUIT));
        assert_eq!(told(&mut bench, &["NEXT", "NEXT"]), FRUIT);
    }

    /// It has the items of an iterator.
    #[test]
    fn instantiate_arg_iterator() {
        let mut bench = Bench::new(ForwardIteratingChooser::new(0..5));
        (0..4).for_each(|_| bench.put("inbox", "NEXT"));
        bench.settle();
        assert_eq!(bench.take::<i32>("outbox"), [0, 1, 2, 3, 4]);
    }
}

mod forward_iterating_chooser_internal_iterate_tests {
    use super::*;

    /// Without items nothing is ever sent.
    #[test]
    fn iteration_empty() {
        let mut bench = Bench::new(ForwardIteratingChooser::new([""; 0]));
        assert_eq!(told(&mut bench, &["SAME", "SAME", "NEXT"]), [""; 0]);
        bench.expect_end();
    }

    /// Each step leads to the next item, and asking does not move.
    #[test]
    fn iteration_iterate_forwards() {
        let mut bench = Bench::new(ForwardIteratingChooser::new(FRUIT));
        assert_eq!(told(&mut bench, &["SAME", "SAME"]), [FRUIT[0]; 3]);
        assert_eq!(told(&mut bench, &["NEXT", "SAME", "SAME"]), [FRUIT[1]; 3]);
        assert_eq!(told(&mut bench, &["NEXT", "SAME", "SAME"]), [FRUIT[2]; 3]);
    }

    /// A step beyond the last item sends nothing more, and ends it.
    #[test]
    fn iteration_iterate_past_end() {
        let mut bench = Bench::new(ForwardIteratingChooser::new(FRUIT));
        assert_eq!(told(&mut bench, &["NEXT", "NEXT", "SAME"]), [FRUIT[0], FRUIT[1], FRUIT[2], FRUIT[2]]);
        assert_eq!(told(&mut bench, &["NEXT"]), [""; 0]);
        bench.expect_end();
        assert_eq!(bench.endings(), [axon::Ending::ProducerFinished]);
    }
}

//! Ported from Kamaelia's `Test/Util/test_Comparator.py`, case by case, in its order.
//!
//! Differs: the original needs a postman that Axon no longer has, and does not run there.

use axon::testing::Bench;
use axon::util::Comparator;
use axon::{Ending, ProducerFinished, ShutdownMicroprocess};

fn comparator() -> Bench {
    Bench::new(Comparator::<i32>::new())
}

mod comparator_test1 {
    use super::*;

    /// A comparator can be made.
    #[test]
    fn smoketest1() {
        comparator().expect_running();
    }

    /// It has two inboxes for what it compares, and the usual boxes.
    #[test]
    fn smoketest2() {
        let mut bench = comparator();
        let c = bench.component().clone();
        let cx = bench.scheduler().context(&c);
        assert!(["inA", "inB", "control"].iter().all(|inbox| cx.has_inbox(&c, inbox)));
        assert!(["outbox", "signal"].iter().all(|outbox| cx.has_outbox(&c, outbox)));
    }
}

mod comparator_test2 {
    use super::*;

    /// Puts one item into a box, and gives what comes out.
    fn put(bench: &mut Bench, inbox: &str, item: i32) -> Vec<bool> {
        bench.put(inbox, item);
        bench.settle();
        bench.take("outbox")
    }

    /// Puts one item into each box, and gives what comes out.
    fn put_both(bench: &mut Bench, a: i32, b: i32) -> Vec<bool> {
        bench.put("inA", a);
        put(bench, "inB", b)
    }

    /// Two equal items give true.
    #[test]
    fn equality1() {
        assert_eq!(put_both(&mut comparator(), 7, 7), [true]);
    }

    /// So they do each time.
    #[test]
    fn equality2() {
        let mut bench = comparator();
        for i in 0..100 {
            assert_eq!(put_both(&mut bench, i, i), [true]);
        }
    }

    /// One side may be far ahead of the other.
    #[test]
    fn equality3() {
        let mut bench = comparator();
        for i in 0..100 {
            assert!(put(&mut bench, "inA", i).is_empty());
        }
        for i in 0..100 {
            assert_eq!(put(&mut bench, "inB", i), [true]);
        }
    }

    /// Two different items give false.
    #[test]
    fn inequality1() {
        assert_eq!(put_both(&mut comparator(), 7, 8), [false]);
    }

    /// So they do each time.
    #[test]
    fn inequality2() {
        let mut bench = comparator();
        for i in 0..100 {
            assert_eq!(put_both(&mut bench, i, i + 1), [false]);
        }
    }

    /// One side may be far ahead of the other.
    #[test]
    fn inequality3() {
        let mut bench = comparator();
        for i in 0..100 {
            assert!(put(&mut bench, "inA", i).is_empty());
        }
        for i in 0..100 {
            assert_eq!(put(&mut bench, "inB", i + 1), [false]);
        }
    }

    /// It ends when told to stop.
    #[test]
    fn shutdown_microprocess1() {
        let mut bench = comparator();
        bench.put("control", ShutdownMicroprocess::new());
        bench.expect_end();
    }

    /// It says then that it has finished.
    #[test]
    fn shutdown_microprocess2() {
        let mut bench = comparator();
        bench.put("control", ShutdownMicroprocess::new());
        expect_producer_finished(bench);
    }

    /// It ends when told that no more will come.
    #[test]
    fn producer_finished1() {
        let mut bench = comparator();
        bench.put("control", ProducerFinished::new());
        bench.expect_end();
    }

    /// It says then that it has finished.
    #[test]
    fn producer_finished2() {
        let mut bench = comparator();
        bench.put("control", ProducerFinished::new());
        expect_producer_finished(bench);
    }

    #[track_caller]
    fn expect_producer_finished(mut bench: Bench) {
        bench.expect_end();
        assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    }
}

//! Ported from Kamaelia's `Test/Util/test_Comparator.py`, case by case, in its order.
//!
//! Differs: the original needs a postman that Axon no longer has, and does not run there.

#[path = "ported/rig.rs"]
mod rig;

use axon::util::Comparator;
use axon::{ComponentRef, Ending, ProducerFinished, ShutdownMicroprocess};

use rig::{Probe, put, run_for};

mod comparator_test1 {
    use super::*;

    /// A comparator can be made.
    #[test]
    fn smoketest1() {
        assert!(!Probe::new(Comparator::<i32>::new()).subject.is_stopped());
    }

    /// It has two inboxes for what it compares, and the usual boxes.
    #[test]
    fn smoketest2() {
        let probe = Probe::new(Comparator::<i32>::new());
        let cx = probe.s.context(&probe.tester);
        assert!(["inA", "inB", "control"].iter().all(|inbox| cx.has_inbox(&probe.subject, inbox)));
        assert!(["outbox", "signal"].iter().all(|outbox| cx.has_outbox(&probe.subject, outbox)));
    }
}

mod comparator_test2 {
    use super::*;

    /// A comparator with a sender at each of its two inboxes.
    struct Stage {
        probe: Probe,
        a: ComponentRef,
        b: ComponentRef,
    }

    impl Stage {
        fn new() -> Self {
            let probe = Probe::new(Comparator::<i32>::new());
            let [a, b] = ["inA", "inB"].map(|inbox| {
                let sender = probe.s.add(rig::Busy::default());
                probe.s.context(&sender).link((&sender, "outbox"), (&probe.subject, inbox)).unwrap();
                sender
            });
            Stage { probe, a, b }
        }

        fn put_a(&mut self, item: i32) -> Vec<bool> {
            put(&self.probe.s, (&self.a, "outbox"), item);
            self.run()
        }

        fn put_b(&mut self, item: i32) -> Vec<bool> {
            put(&self.probe.s, (&self.b, "outbox"), item);
            self.run()
        }

        fn put_both(&mut self, a: i32, b: i32) -> Vec<bool> {
            put(&self.probe.s, (&self.a, "outbox"), a);
            self.put_b(b)
        }

        fn run(&mut self) -> Vec<bool> {
            run_for(&mut self.probe.s, 5);
            self.probe.sent()
        }
    }

    /// Two equal items give true.
    #[test]
    fn equality1() {
        assert_eq!(Stage::new().put_both(7, 7), [true]);
    }

    /// So they do each time.
    #[test]
    fn equality2() {
        let mut stage = Stage::new();
        for i in 0..100 {
            assert_eq!(stage.put_both(i, i), [true]);
        }
    }

    /// One side may be far ahead of the other.
    #[test]
    fn equality3() {
        let mut stage = Stage::new();
        for i in 0..100 {
            assert_eq!(stage.put_a(i), []);
        }
        for i in 0..100 {
            assert_eq!(stage.put_b(i), [true]);
        }
    }

    /// Two different items give false.
    #[test]
    fn inequality1() {
        assert_eq!(Stage::new().put_both(7, 8), [false]);
    }

    /// So they do each time.
    #[test]
    fn inequality2() {
        let mut stage = Stage::new();
        for i in 0..100 {
            assert_eq!(stage.put_both(i, i + 1), [false]);
        }
    }

    /// One side may be far ahead of the other.
    #[test]
    fn inequality3() {
        let mut stage = Stage::new();
        for i in 0..100 {
            assert_eq!(stage.put_a(i), []);
        }
        for i in 0..100 {
            assert_eq!(stage.put_b(i + 1), [false]);
        }
    }

    /// It ends when told to stop.
    #[test]
    fn shutdown_microprocess1() {
        let mut stage = Stage::new();
        stage.probe.control(ShutdownMicroprocess::new());
        assert!(stage.probe.subject.is_stopped());
    }

    /// It says then that it has finished.
    #[test]
    fn shutdown_microprocess2() {
        let mut stage = Stage::new();
        stage.probe.control(ShutdownMicroprocess::new());
        expect_producer_finished(&stage);
    }

    /// It ends when told that no more will come.
    #[test]
    fn producer_finished1() {
        let mut stage = Stage::new();
        stage.probe.control(ProducerFinished::new());
        assert!(stage.probe.subject.is_stopped());
    }

    /// It says then that it has finished.
    #[test]
    fn producer_finished2() {
        let mut stage = Stage::new();
        stage.probe.control(ProducerFinished::new());
        expect_producer_finished(&stage);
    }

    #[track_caller]
    fn expect_producer_finished(stage: &Stage) {
        let endings: Vec<_> = stage.probe.signalled().iter().map(|message| message.ending()).collect();
        assert_eq!(endings, [Some(Ending::ProducerFinished)]);
    }
}

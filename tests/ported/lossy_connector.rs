//! Ported from Kamaelia's `Test/Util/test_LossyConnector.py`, case by case, in its order.
//!
//! Differs: the original needs a postman that Axon no longer has, and does not run there. Its linkage
//! holds two messages; here the receiver's inbox has that size.

use axon::testing::Bench;
use axon::util::LossyConnector;
use axon::{Ending, Message, ProducerFinished, ShutdownMicroprocess};

mod lossy_connector_test1 {
    use super::*;

    /// A connector can be made.
    #[test]
    fn smoketest1() {
        Bench::new(LossyConnector::new()).expect_running();
    }

    /// It has the standard boxes.
    #[test]
    fn smoketest2() {
        let mut bench = Bench::new(LossyConnector::new());
        let c = bench.component().clone();
        let cx = bench.scheduler().context(&c);
        assert_eq!(cx.inboxes(&c), ["inbox", "control"]);
        assert_eq!(cx.outboxes(&c), ["outbox", "signal"]);
    }
}

mod lossy_connector_test2 {
    use super::*;

    /// A connector to somebody who takes so many messages and then reads none.
    fn connector_to(size: usize) -> Bench {
        let mut bench = Bench::new(LossyConnector::new());
        bench.block("outbox", size);
        bench
    }

    /// What went through.
    fn passed(bench: &mut Bench) -> Vec<i32> {
        bench.settle();
        bench.unblock("outbox");
        bench.take("outbox")
    }

    /// The receiver holds two messages and refuses a third, or else the other cases show nothing.
    #[test]
    fn linkagetest() {
        let mut bench = connector_to(2);
        let c = bench.component().clone();
        let cx = bench.scheduler().context(&c);
        cx.send("outbox", 1).unwrap();
        cx.send("outbox", 2).unwrap();
        assert_eq!(cx.send("outbox", 3).unwrap_err().size(), 2);
    }

    /// A message goes through.
    #[test]
    fn connectorpassesmessage() {
        let mut bench = connector_to(2);
        bench.put("inbox", 7);
        assert_eq!(passed(&mut bench), [7]);
    }

    /// One for which there is no room is lost.
    #[test]
    fn connectordropsmessages() {
        let mut bench = connector_to(2);
        for number in 1..=3 {
            bench.put("inbox", number);
        }
        assert_eq!(passed(&mut bench), [1, 2]);
        assert!(passed(&mut bench).is_empty());
    }

    /// While the receiver has room for one, of two messages the first goes through, time after time.
    #[test]
    fn connectorpassessomedropssome() {
        let mut bench = connector_to(1);
        for number in 0..100 {
            bench.put("inbox", number);
            bench.put("inbox", 1000);
            assert_eq!(passed(&mut bench), [number]);
            bench.block("outbox", 1);
        }
    }

    /// Told that no more will come, it ends and passes that on.
    #[test]
    fn connectorshutsdown_producerfinished() {
        expect_end(Message::new(ProducerFinished::new()), Ending::ProducerFinished);
    }

    /// Told to stop, it ends and passes that on.
    #[test]
    fn connectorshutsdown_shutdownmicroprocess() {
        expect_end(Message::new(ShutdownMicroprocess::new()), Ending::ShutdownMicroprocess);
    }

    #[track_caller]
    fn expect_end(message: Message, ending: Ending) {
        let mut bench = connector_to(2);
        bench.put("control", message);
        bench.expect_end();
        assert_eq!(bench.endings(), [ending]);
    }
}

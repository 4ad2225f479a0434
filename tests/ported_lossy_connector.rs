//! Ported from Kamaelia's `Test/Util/test_LossyConnector.py`, case by case, in its order.
//!
//! Differs: the original needs a postman that Axon no longer has, and does not run there. Its linkage
//! holds two messages; here the receiver's inbox has that size.

#[path = "ported/rig.rs"]
mod rig;

use axon::util::LossyConnector;
use axon::{Ending, Message, ProducerFinished, ShutdownMicroprocess};

use rig::{Probe, put, take, waiting};

mod lossy_connector_test1 {
    use super::*;

    /// A connector can be made.
    #[test]
    fn smoketest1() {
        assert!(!Probe::new(LossyConnector::new()).subject.is_stopped());
    }

    /// It has the standard boxes.
    #[test]
    fn smoketest2() {
        let probe = Probe::new(LossyConnector::new());
        let cx = probe.s.context(&probe.tester);
        assert_eq!(cx.inboxes(&probe.subject), ["inbox", "control"]);
        assert_eq!(cx.outboxes(&probe.subject), ["outbox", "signal"]);
    }
}

mod lossy_connector_test2 {
    use super::*;

    /// A connector to an inbox that holds two messages.
    fn connector() -> Probe {
        let probe = Probe::new(LossyConnector::new());
        probe.s.context(&probe.tester).set_size((&probe.tester, "inbox"), Some(2)).unwrap();
        probe
    }

    /// The receiver holds two messages and refuses a third, or else the other cases show nothing.
    #[test]
    fn linkagetest() {
        let probe = connector();
        let as_connector = probe.s.context(&probe.subject);
        as_connector.send("outbox", 1).unwrap();
        as_connector.send("outbox", 2).unwrap();
        assert_eq!(as_connector.send("outbox", 3).unwrap_err().size(), 2);
    }

    /// A message goes through.
    #[test]
    fn connectorpassesmessage() {
        let mut probe = connector();
        probe.send("Test message.");
        assert_eq!(probe.sent::<&str>(), ["Test message."]);
    }

    /// One for which there is no room is lost.
    #[test]
    fn connectordropsmessages() {
        let mut probe = connector();
        for number in 1..=3 {
            probe.send(number);
        }
        let inbox = (&probe.tester.clone(), "inbox");
        assert_eq!(take(&probe.s, inbox), Some(1));
        probe.run();
        assert_eq!(take(&probe.s, inbox), Some(2));
        probe.run();
        assert_eq!(waiting(&probe.s, inbox), 0);
    }

    /// While the receiver has room for one, of two messages the first goes through, time after time.
    #[test]
    fn connectorpassessomedropssome() {
        let mut probe = connector();
        probe.send(-1);
        for number in 0..100 {
            put(&probe.s, (&probe.tester, "outbox"), number);
            put(&probe.s, (&probe.tester, "outbox"), 1000);
            probe.run();
            assert_eq!(take(&probe.s, (&probe.tester, "inbox")), Some(number - 1));
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
        let mut probe = connector();
        probe.control(message);
        assert!(probe.subject.is_stopped());
        assert_eq!(probe.signalled()[0].ending(), Some(ending));
    }
}

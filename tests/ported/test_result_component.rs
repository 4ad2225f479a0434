//! Ported from Kamaelia's `Test/Util/test_TestResultComponent.py`, case by case, in its order.
//!
//! Differs: the original needs a postman that Axon no longer has, and does not run there.

use axon::testing::Bench;
use axon::util::{StopSystem, TestResult};

mod test_result_test1 {
    use super::*;

    /// The component can be made.
    #[test]
    fn smoketest1() {
        Bench::new(TestResult::new()).expect_running();
    }

    /// It has `inbox` and `control`.
    #[test]
    fn smoketest2() {
        let mut bench = Bench::new(TestResult::new());
        let component = bench.component().clone();
        assert_eq!(bench.scheduler().context(&component).inboxes(&component), ["inbox", "control"]);
    }
}

mod test_result_test2 {
    use super::*;

    fn tester() -> Bench {
        let mut bench = Bench::new(TestResult::new());
        bench.settle();
        bench
    }

    #[track_caller]
    fn send_all_true(bench: &mut Bench) {
        for number in 1..100 {
            bench.put("inbox", number);
            bench.settle();
        }
        bench.expect_running();
    }

    /// It goes on after a true message.
    #[test]
    fn true_input1() {
        let mut bench = tester();
        bench.put("inbox", 1);
        bench.settle();
        bench.expect_running();
    }

    /// A false message is an error.
    #[test]
    fn false_input1() {
        let mut bench = tester();
        bench.put("inbox", 0);
        assert!(bench.expect_failure().to_string().contains("received a false message: 0"));
    }

    /// It goes on after many true messages.
    #[test]
    fn true_input2() {
        send_all_true(&mut tester());
    }

    /// A false message after many true ones is an error.
    #[test]
    fn false_input2() {
        let mut bench = tester();
        send_all_true(&mut bench);
        bench.put("inbox", false);
        assert!(bench.expect_failure().to_string().contains("received a false message: false"));
    }

    /// A request to stop the system is an error of its own.
    #[test]
    fn stop_system1() {
        let mut bench = tester();
        bench.put("control", StopSystem);
        assert!(bench.expect_failure().to_string().contains("StopSystem was requested"));
    }

    /// It ends the run.
    #[test]
    fn stop_system2() {
        let mut scheduler = axon::Scheduler::new();
        let component = scheduler.activate(TestResult::new());
        scheduler.context(&component).deliver_to(&component, "control", StopSystem).unwrap();
        let error = scheduler.run().unwrap_err().to_string();
        assert!(error.contains("StopSystem was requested"), "{error}");
    }
}

//! Ported from Kamaelia's `Tests/Python/Axon/test_Ipc.py`, case by case, in its order.
//!
//! Differs: only the two messages that end components exist; what the others were for is done by verbs
//! and by errors (`docs/porting.md` says which).

use axon::{Ending, Message, ProducerFinished, Scheduler, ShutdownMicroprocess};

use crate::rig::Busy;

mod shutdown_microprocess_test {
    use super::*;

    /// By itself it names nobody, and it ends its receiver at once.
    #[test]
    fn init_smoke_test_no_arguments() {
        let notice = ShutdownMicroprocess::new();
        assert!(notice.microprocesses.is_empty());
        assert_eq!(Message::new(notice).ending(), Some(Ending::ShutdownMicroprocess));
    }

    /// It can name components, in order.
    #[test]
    fn init_smoke_test() {
        let s = Scheduler::new();
        let named = [(); 3].map(|()| s.add(Busy::default()));
        let notice = ShutdownMicroprocess { microprocesses: named.to_vec() };
        assert_eq!(notice.microprocesses, named);
    }

    /// Who receives it can read the names.
    #[test]
    fn microprocesses() {
        let s = Scheduler::new();
        let named = [(); 3].map(|()| s.add(Busy::default()));
        let message = Message::new(ShutdownMicroprocess { microprocesses: named.to_vec() });
        let received = message.take::<ShutdownMicroprocess>().unwrap();
        assert_eq!(received.microprocesses, named);
    }
}

mod producer_finished_test {
    use super::*;

    /// By itself it has neither caller nor text, and it ends its receiver gently.
    #[test]
    fn smoke_test_no_arguments() {
        let notice = ProducerFinished::new();
        assert_eq!((&notice.caller, &notice.message), (&None, &None));
        assert_eq!(Message::new(notice).ending(), Some(Ending::ProducerFinished));
    }

    /// It can carry both.
    #[test]
    fn smoke_test_min_arguments() {
        let s = Scheduler::new();
        let caller = s.add(Busy::default());
        let notice = ProducerFinished { caller: Some(caller.clone()), message: Some("message".into()) };
        let received = Message::new(notice).take::<ProducerFinished>().unwrap();
        assert_eq!(received.caller, Some(caller));
        assert_eq!(received.message.as_deref(), Some("message"));
    }
}

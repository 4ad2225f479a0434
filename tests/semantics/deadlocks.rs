//! Schedulers on several threads that wait for each other.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axon::parallel::Graphline;
use axon::{Component, ComponentRef, Context, INBOX, OUTBOX, Remote, RunError, Scheduler};

/// Sends on what comes, one more each time, up to a hundred. May begin after a while.
struct Relay {
    patience: Option<Duration>,
}

impl Component for Relay {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        if let Some(patience) = self.patience {
            cx.pause_for(patience).await;
            cx.send(OUTBOX, 1u8)?;
        }
        loop {
            let number = cx.next::<u8>(INBOX).await?;
            if number == 100 {
                cx.send(OUTBOX, number).ok();
                return Ok(());
            }
            cx.send(OUTBOX, number + 1).ok();
        }
    }
}

/// A scheduler with a relay, on a thread of its own.
struct There {
    it: ComponentRef,
    remote: Remote,
    thread: JoinHandle<Result<(), RunError>>,
}

impl There {
    fn new(name: &str, patience: Option<Duration>) -> Self {
        let (tell, told) = mpsc::channel();
        let run = move || {
            let mut s = Scheduler::new();
            let it = s.activate(Relay { patience });
            tell.send((it, s.remote())).unwrap();
            s.run()
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run).unwrap();
        let (it, remote) = told.recv().unwrap();
        There { it, remote, thread }
    }

    fn end(self) -> Result<(), RunError> {
        drop((self.it, self.remote));
        self.thread.join().unwrap()
    }
}

/// A third scheduler, with a component that links the two relays in a ring and then waits for a message.
fn ring(one: &There, other: &There) -> Scheduler {
    struct Waits;
    impl Component for Waits {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.next::<u8>(INBOX).await?;
            Ok(())
        }
    }
    let s = Scheduler::new();
    let maker = s.activate(Waits);
    let cx = s.context(&maker);
    cx.link((&one.it, OUTBOX), (&other.it, INBOX)).unwrap();
    cx.link((&other.it, OUTBOX), (&one.it, INBOX)).unwrap();
    s
}

fn stuck(result: Result<(), RunError>) -> axon::error::StallReport {
    match result {
        Err(RunError::Stuck(report)) => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn s10_schedulers_that_wait_for_each_other_for_ever_end_together_and_name_all_who_sleep() {
    for _ in 0..50 {
        let ring = Graphline::new()
            .component("FIRST", || Relay { patience: None })
            .component("SECOND", || Relay { patience: None })
            .link(("FIRST", "outbox"), ("SECOND", "inbox"))
            .unwrap()
            .link(("SECOND", "outbox"), ("FIRST", "inbox"))
            .unwrap();
        let report = stuck(axon::run(ring));
        assert_eq!((report.sleepers.len(), report.elsewhere.len()), (1, 2), "{report}");
        let text = report.to_string();
        for part in [
            "stuck: the last component sleeps and nothing can wake it\n  Graphline_1 is paused",
            "\non the thread \"Graphline_1 FIRST\" too, 2 components sleep\n",
            "\non the thread \"Graphline_1 SECOND\" too, 2 components sleep\n",
            "FIRST (Relay_2) waits for a message in \"inbox\"",
            "which lives on another thread, has sent nothing to its \"inbox\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn s10_schedulers_that_something_else_can_wake_are_not_called_stuck_until_it_is_gone() {
    // A timer of one of them wakes all in the end: a number goes round until both have ended.
    let (one, other) = (There::new("one", Some(Duration::from_millis(20))), There::new("other", None));
    let mut maker = ring(&one, &other);
    let remote = maker.remote();
    let done = thread::spawn(move || {
        let ends = [one.end(), other.end()];
        drop(remote);
        ends
    });
    assert_eq!(stuck(maker.run()).elsewhere, [], "both have ended before");
    assert!(done.join().unwrap().iter().all(Result::is_ok));
    // While anybody holds a remote of one of them, all three wait; one that another of them holds does not count.
    let (one, other) = (There::new("one", None), There::new("other", None));
    let mut maker = ring(&one, &other);
    let (held, kept) = (maker.remote().held_by(&one.remote), one.remote.clone());
    let holder = thread::spawn(move || {
        let ended = [one, other].map(|there| thread::spawn(|| there.end()));
        // That nothing happens cannot be waited for otherwise.
        thread::sleep(Duration::from_millis(20));
        let are_over = ended.each_ref().map(JoinHandle::is_finished);
        drop(kept);
        (are_over, ended.map(|ended| stuck(ended.join().unwrap())))
    });
    let report = stuck(maker.run());
    drop(held);
    let (were_over, reports) = holder.join().unwrap();
    assert_eq!(were_over, [false, false]);
    let names = |report: &axon::error::StallReport| {
        report.elsewhere.iter().map(|(thread, _)| thread.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&report), ["one", "other"]);
    assert!(reports.iter().all(|report| report.elsewhere.len() == 2 && report.sleepers.len() == 1));
}

//! What happens when nothing can run: promises S9 and S10.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use axon::{Boxes, Component, Context, Park, ProducerFinished, RunError, Scheduler, Unpark};

use crate::stage::{self, Still, Worker, act, act_with, ms, said, say, scheduler};

/// A `Park` that does not sleep: it writes down what it was asked and does what a test wants instead.
struct Doze<F> {
    asked: Rc<RefCell<Vec<Option<Duration>>>>,
    watching: bool,
    meanwhile: F,
}

impl<F: FnMut() + 'static> Park for Doze<F> {
    fn park(&mut self, limit: Option<Duration>) {
        if limit != Some(Duration::ZERO) {
            self.asked.borrow_mut().push(limit);
            (self.meanwhile)();
        }
    }

    fn unparker(&self) -> Arc<dyn Unpark> {
        Arc::new(Nothing)
    }

    fn is_watching(&self) -> bool {
        self.watching
    }
}

struct Nothing;

impl Unpark for Nothing {
    fn unpark(&self) {}
}

#[test]
fn s09_run_returns_when_none_is_left_awake_or_asleep() {
    let mut s = scheduler();
    let a = s.activate(Worker { tag: "A", turns: 2, naps: &[] });
    let b = s.activate(act(async |cx| {
        cx.sleep(ms(5)).await;
        Ok(())
    }));
    s.run().unwrap();
    assert!(a.is_stopped() && b.is_stopped());
}

#[test]
fn s09_when_all_sleep_it_parks_once_with_the_next_timer_as_limit_and_never_spins() {
    let mut s = Scheduler::new();
    let asked = Rc::new(RefCell::new(Vec::new()));
    let turns = Rc::new(Cell::new(0));
    let sleeper = s.activate(act({
        let turns = turns.clone();
        async move |cx: &Context| {
            cx.pause_for(Duration::from_secs(3600)).await;
            turns.set(turns.get() + 1);
            cx.pause().await;
            turns.set(turns.get() + 1);
            Ok(())
        }
    }));
    let remote = s.remote();
    let helper = s.add(Still);
    s.context(&helper)
        .install_park(Doze {
            asked: asked.clone(),
            watching: true,
            meanwhile: move || remote.unpause(&sleeper).unwrap(),
        })
        .unwrap();
    s.run().unwrap();
    let asked = asked.take();
    assert_eq!((asked.len(), turns.get()), (2, 2), "one park, one turn: {asked:?}");
    let timer = asked[0].expect("the first sleep has a limit");
    assert!(timer <= Duration::from_secs(3600) && timer > Duration::from_secs(3000), "{timer:?}");
    assert_eq!(asked[1], None, "the second sleep has none");
}

#[test]
fn s10_a_run_in_which_all_sleep_for_ever_ends_with_who_is_stuck_and_why() {
    let mut s = scheduler();
    let reader = s.activate(act_with(
        || Boxes::standard().inbox_size("inbox", 2),
        async |cx| {
            loop {
                cx.pause().await;
            }
        },
    ));
    let (file, line) = (file!(), line!() + 1);
    let sender = s.activate(act(async |cx| {
        cx.send("outbox", 1)?;
        cx.send("outbox", 2)?;
        cx.send("outbox", 3).unwrap_err();
        loop {
            cx.pause().await;
        }
    }));
    s.context(&sender).link((&sender, "outbox"), (&reader, "inbox")).unwrap();
    let report = s.run().unwrap_err().to_string();
    assert!(report.contains(&reader.name()) && report.contains(&sender.name()), "who sleeps: {report}");
    assert!(report.contains(&format!("{file}:{line}")), "where it was started ({file}:{line}): {report}");
    assert!(report.contains("2 unread in \"inbox\""), "which box holds unread messages: {report}");
    let refused = format!("refused by {}.inbox", reader.name());
    assert!(report.contains(&refused), "which box refused the sender: {report}");
}

#[test]
fn s10_who_is_not_asleep_for_ever_is_not_called_stuck() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.pause_for(ms(1)).await;
        Ok(())
    }));
    s.run().unwrap();
}

/// Runs a sleeper that `prepare`s a way out of its sleep, which a park that watches nothing then takes.
fn slept_until<W: 'static>(prepare: fn(&Context) -> W, way_out: fn(&W, &Context)) -> Result<(), RunError> {
    let mut s = Scheduler::new();
    let kept = Rc::new(RefCell::new(None));
    let sleeper = s.activate(act({
        let kept = kept.clone();
        async move |cx: &Context| {
            *kept.borrow_mut() = Some(prepare(cx));
            cx.pause().await;
            Ok(())
        }
    }));
    let acting = s.context(&sleeper);
    let meanwhile = move || {
        if let Some(kept) = kept.borrow_mut().take() {
            way_out(&kept, &acting);
        }
    };
    let helper = s.add(Still);
    s.context(&helper).install_park(Doze { asked: Rc::default(), watching: false, meanwhile }).unwrap();
    s.run()
}

#[test]
fn s10_what_the_park_watches_keeps_the_run_from_being_called_stuck() {
    for watching in [true, false] {
        let mut s = Scheduler::new();
        let sleeper = s.activate(act(async |cx| {
            cx.pause().await;
            Ok(())
        }));
        let acting = s.context(&sleeper);
        let meanwhile = move || acting.unpause(acting.me());
        let helper = s.add(Still);
        s.context(&helper).install_park(Doze { asked: Rc::default(), watching, meanwhile }).unwrap();
        assert_eq!(s.run().is_ok(), watching);
    }
}

#[test]
fn s10_a_live_waker_keeps_the_run_from_being_called_stuck() {
    slept_until(Context::waker, |waker, _| waker.wake_by_ref()).unwrap();
}

#[test]
fn s10_a_live_remote_keeps_the_run_from_being_called_stuck() {
    slept_until(Context::remote, |remote, cx| remote.unpause(cx.me()).unwrap()).unwrap();
}

#[test]
fn s10_it_is_said_once_that_only_a_remote_can_wake_those_who_sleep_and_what_to_keep_instead() {
    let mut s = scheduler();
    let (told, tells) = std::sync::mpsc::channel();
    let sleeper = s.activate(act(async move |cx| {
        for _ in 0..2 {
            cx.next::<i32>("inbox").await?;
            told.send(())?;
        }
        Ok(())
    }));
    stage::news();
    let (remote, lines) = (s.remote(), stage::lines_with("Scheduler::stopper"));
    let other = std::thread::spawn(move || {
        lines.recv().unwrap();
        for number in 0..2 {
            remote.deliver(&sleeper, "inbox", number).unwrap();
            tells.recv().unwrap();
        }
    });
    s.run().unwrap();
    other.join().unwrap();
    assert_eq!(how_often_a_stopper_is_named(), 1);
}

fn how_often_a_stopper_is_named() -> usize {
    stage::news().iter().filter(|line| line.contains("Scheduler::stopper")).count()
}

#[test]
fn s10_who_waits_for_a_thread_is_not_said_to_wait_for_a_remote() {
    stage::news();
    slept_until(|cx| (cx.remote(), cx.waker()), |(_, waker), _| waker.wake_by_ref()).unwrap();
    assert_eq!(how_often_a_stopper_is_named(), 0);
}

#[test]
fn s10_who_can_only_stop_a_scheduler_does_not_keep_its_run_from_being_called_stuck() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        cx.pause().await;
        Ok(())
    }));
    let stoppers = [s.stopper(), s.context(&sleeper).stopper()];
    let stuck = s.run().unwrap_err();
    assert!(stuck.to_string().contains(&sleeper.name()), "{stuck}");
    drop(s);
    assert!(stoppers[0].stop().is_err() && stoppers[1].stop_within(ms(1)).is_err(), "it is gone");
}

#[test]
fn s10_a_waker_that_is_gone_can_wake_nobody() {
    let stuck = slept_until(|cx| drop(cx.waker()), |(), _| ()).unwrap_err();
    assert!(stuck.to_string().contains("Act"), "{stuck}");
}

#[test]
fn s10_services_alone_do_not_keep_a_run_alive_and_are_told_to_stop() {
    let mut s = scheduler();
    let service = s.activate(act(async |cx| {
        cx.declare_service();
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        say!("told {:?}", cx.recv("control").and_then(|notice| notice.ending()));
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.sleep(ms(20)).await;
        say!("the last user ends");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["the last user ends", "told Some(ShutdownMicroprocess)"]);
    assert!(service.is_stopped());
}

#[test]
fn s10_a_service_that_others_find_by_the_tracker_is_told_only_when_they_have_ended() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.declare_service();
        cx.register_service("echo", (cx.me(), "inbox"))?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        say!("told {:?}", cx.recv("control").and_then(|notice| notice.ending()));
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.sleep(ms(1)).await;
        let (echo, inbox) = cx.tracker().retrieve_service("echo").expect("it is registered");
        cx.link((cx.me(), "outbox"), (&echo, &inbox))?;
        cx.send("outbox", "a question")?;
        cx.sleep(ms(1)).await;
        say!("user ends");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["user ends", "told Some(ShutdownMicroprocess)"]);
}

#[test]
fn s10_a_service_that_does_not_heed_what_it_is_told_is_stopped() {
    let mut s = scheduler();
    let deaf = s.activate(act(async |cx| {
        cx.declare_service();
        loop {
            cx.pause().await;
        }
    }));
    s.activate(Worker { tag: "user", turns: 1, naps: &[] });
    s.run().unwrap();
    assert!(deaf.is_stopped());
    assert_eq!(said(), ["user turn 1"]);
}

/// A service that has a child do its work: it is told, lets the child finish, and ends.
fn service_with_a_child(finishes_in: u64) -> impl Component {
    act(async move |cx: &Context| {
        cx.declare_service();
        let child = cx.add_child(act(async move |cx: &Context| {
            cx.next::<ProducerFinished>("control").await?;
            cx.sleep(ms(finishes_in)).await;
            say!("the child has finished");
            Ok(())
        }));
        cx.activate(&child);
        let notice = loop {
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        say!("the service told {:?}", notice.ending().unwrap());
        cx.deliver_to(&child, "control", ProducerFinished::new())?;
        while !child.is_stopped() {
            cx.pause().await;
        }
        say!("the service ends");
        Ok(())
    })
}

#[test]
fn s10_what_belongs_to_a_service_does_not_keep_a_run_alive_and_may_finish_when_the_service_is_told() {
    let finished = ["the service told ShutdownMicroprocess", "the child has finished", "the service ends"];
    let mut s = scheduler();
    s.activate(service_with_a_child(30));
    s.activate(Worker { tag: "user", turns: 1, naps: &[] });
    s.run().unwrap();
    assert_eq!(said(), [&["user turn 1"], &finished[..]].concat());
    // In an orderly stop they are told when the last user has ended.
    let mut s = scheduler();
    s.activate(service_with_a_child(30));
    s.activate(act(async |cx| {
        cx.next::<ProducerFinished>("control").await?;
        cx.sleep(ms(50)).await;
        say!("the user ends");
        Ok(())
    }));
    s.run_pass().unwrap();
    s.stopper().stop_within(ms(100)).unwrap();
    s.run().unwrap();
    assert_eq!(said(), [&["the user ends"], &finished[..]].concat());
}

#[test]
fn s10_what_belongs_to_a_service_and_goes_on_sleeping_is_stopped_with_it_and_is_not_among_the_stuck() {
    let deaf = || {
        act(async |cx| {
            cx.declare_service();
            let child = cx.add_child(act(async |cx| {
                loop {
                    cx.pause().await;
                }
            }));
            cx.activate(&child);
            loop {
                cx.pause().await;
            }
        })
    };
    let mut s = scheduler();
    let service = s.activate(deaf());
    s.activate(Worker { tag: "user", turns: 1, naps: &[] });
    s.run().unwrap();
    assert!(service.is_stopped());
    let mut s = scheduler();
    s.activate(deaf());
    let user = s.activate(act(async |cx| {
        cx.next::<()>("inbox").await?;
        Ok(())
    }));
    let RunError::Stuck(report) = s.run().unwrap_err() else { panic!("the user waits for ever") };
    assert_eq!(report.sleepers.len(), 1, "{report}");
    assert_eq!(report.sleepers[0].component, user.name());
}

#[test]
fn s10_services_are_not_among_those_who_are_stuck() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.declare_service();
        loop {
            cx.pause().await;
        }
    }));
    let user = s.activate(act(async |cx| {
        cx.next::<()>("inbox").await?;
        Ok(())
    }));
    let RunError::Stuck(report) = s.run().unwrap_err() else { panic!("the user waits for ever") };
    assert_eq!(report.sleepers.len(), 1, "{report}");
    assert_eq!(report.sleepers[0].component, user.name());
}

#[test]
fn s10_who_only_watches_is_told_when_nothing_more_can_happen_before_the_run_is_called_stuck() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let watch = cx.watch();
        while cx.data_ready("control") == 0 {
            cx.pause().await;
            watch.take();
        }
        say!("told {:?}", cx.recv("control").and_then(|notice| notice.ending()));
        Ok(())
    }));
    let user = s.activate(act(async |cx| {
        cx.sleep(ms(5)).await;
        cx.next::<()>("inbox").await?;
        Ok(())
    }));
    let RunError::Stuck(report) = s.run().unwrap_err() else { panic!("the user waits for ever") };
    assert_eq!(said(), ["told Some(ShutdownMicroprocess)"]);
    assert_eq!((report.sleepers.len(), &report.sleepers[0].component), (1, &user.name()));
}

//! Which ends are followed by a restart, how many may be, and what happens when there are more.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use axon::chassis::{Restart, Supervisor, TooManyRestartsError};
use axon::util::{DataSink, DataSource, Received};
use axon::{Component, Context, RunError, Scheduler, error::Cause, pipeline};

use crate::stage::{act, ms, said, say, scheduler, warnings};

/// Tells when it starts, in milliseconds, and fails after a time.
fn fails_after(time: Duration) -> impl FnMut() -> Box<Timed> {
    let start = Rc::new(Cell::new(None));
    move || Box::new(Timed { time, start: Rc::clone(&start) })
}

struct Timed {
    time: Duration,
    start: Rc<Cell<Option<std::time::Instant>>>,
}

impl Timed {
    fn tell(&self, cx: &Context) {
        let start = self.start.get().unwrap_or_else(|| cx.now());
        self.start.set(Some(start));
        say!("{}", cx.now().duration_since(start).as_millis());
    }
}

/// A box around it, so that a closure can return it without a name.
struct Boxed(Box<Timed>);

impl Component for Boxed {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.0.tell(cx);
        cx.sleep(self.0.time).await;
        Err(format!("failed after {:?}", self.0.time).into())
    }
}

fn supervisor(time: Duration) -> Supervisor {
    let mut make = fails_after(time);
    Supervisor::new(move || Boxed(make()))
}

fn failure(s: &mut Scheduler) -> TooManyRestartsError {
    match s.run().unwrap_err() {
        RunError::Failed { cause: Cause::Error(error), .. } => *error.downcast().expect("too many restarts"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_child_may_fail_so_often_within_a_time_and_one_failure_more_is_the_supervisors() {
    let mut s = scheduler();
    let subject = s.activate(supervisor(ms(100)).at_most(2, ms(1000)));
    let error = failure(&mut s);
    assert_eq!(said(), ["0", "100", "200"]);
    assert_eq!(error.failures().len(), 3);
    let text = error.to_string();
    assert!(text.starts_with(&subject.name()), "{text}");
    assert_eq!(text.matches("failed after 100ms").count(), 3, "{text}");
}

#[test]
fn failures_longer_ago_than_the_time_are_forgotten() {
    let mut s = scheduler();
    s.activate(supervisor(ms(600)).at_most(1, ms(599)));
    s.activate(act(async |cx| {
        cx.sleep(ms(6000)).await;
        cx.stop_scheduler();
        Ok(())
    }));
    s.run().expect("never two within 599 ms");
    assert_eq!(said().len(), 10);
    let mut s = scheduler();
    s.activate(supervisor(ms(600)).at_most(1, ms(600)));
    assert_eq!(failure(&mut s).failures().len(), 2);
    assert_eq!(said().len(), 2);
}

#[test]
fn before_each_restart_it_waits_twice_as_long_up_to_the_longest() {
    let mut s = scheduler();
    let policy = |supervisor: Supervisor| supervisor.at_most(5, Duration::from_secs(60));
    s.activate(policy(supervisor(ms(0))).backoff(ms(100), ms(500)));
    failure(&mut s);
    assert_eq!(said(), ["0", "100", "300", "700", "1200", "1700"]);
}

#[test]
fn never_lets_the_program_go_on_without_the_child() {
    let mut s = scheduler();
    s.activate(supervisor(ms(10)).restart(Restart::Never));
    s.run().unwrap();
    assert_eq!(said(), ["0"]);
}

#[test]
fn on_failure_does_not_replace_a_child_that_ended_in_order_and_always_does() {
    for (policy, lives) in [(Restart::OnFailure, 1), (Restart::Always, 4)] {
        let mut s = scheduler();
        let polite = || {
            act(async |_| {
                say!("a life");
                Ok(())
            })
        };
        s.activate(Supervisor::new(polite).restart(policy));
        let result = s.run();
        assert_eq!((said().len(), result.is_err()), (lives, policy == Restart::Always));
    }
}

#[test]
fn always_does_not_replace_a_child_that_was_told_to_end() {
    let received = Received::<i32>::new();
    let mut s = scheduler();
    s.activate(pipeline![
        DataSource::new([1, 2]),
        Supervisor::new(axon::util::PassThrough::new).restart(Restart::Always),
        DataSink::new(&received),
    ]);
    s.run().unwrap();
    assert_eq!(received.take(), [1, 2]);
}

#[test]
fn an_inner_supervisor_that_gives_up_is_replaced_by_the_outer_and_what_was_unread_is_kept() {
    let seen = Rc::new(Cell::new(0));
    let received = Received::<i32>::new();
    let outer = Supervisor::new({
        let seen = Rc::clone(&seen);
        move || {
            let seen = Rc::clone(&seen);
            Supervisor::new(move || {
                let seen = Rc::clone(&seen);
                act(async move |cx: &Context| {
                    loop {
                        for number in cx.drain::<i32>("inbox") {
                            seen.set(seen.get() + 1);
                            match number? {
                                number if number < 5 => return Err(format!("{number} is too small").into()),
                                number => cx.send("outbox", number)?,
                            }
                        }
                        if let Some(notice) = cx.told_to_end() {
                            cx.send("signal", notice)?;
                            return Ok(());
                        }
                        cx.pause().await;
                    }
                })
            })
            .at_most(1, ms(1000))
        }
    });
    let mut s = scheduler();
    s.activate(pipeline![DataSource::new(1..=7), outer, DataSink::new(&received)]);
    s.run().unwrap();
    assert_eq!((seen.get(), received.take()), (7, vec![5, 6, 7]));
}

#[test]
fn what_the_outermost_supervisor_cannot_mend_ends_the_run_and_lists_the_failures_of_all() {
    let mut s = scheduler();
    s.activate(Supervisor::new(|| supervisor(ms(1)).at_most(1, ms(1000))).at_most(1, ms(1000)));
    let error = failure(&mut s);
    assert_eq!(error.failures().len(), 2);
    assert_eq!(error.to_string().matches("failed after 1ms").count(), 4, "{error}");
    assert_eq!(said().len(), 4);
}

/// Runs a supervisor for so long, and stops.
fn run_for(time: Duration, supervisor: Supervisor) {
    let mut s = scheduler();
    s.activate(supervisor);
    s.activate(act(async move |cx: &Context| {
        cx.sleep(time).await;
        cx.stop_scheduler();
        Ok(())
    }));
    s.run().unwrap();
}

#[test]
fn the_waits_grow_also_when_ends_lie_further_apart_than_the_time_in_which_it_gives_up() {
    run_for(ms(4000), supervisor(ms(1)).at_most(1, ms(50)).backoff(ms(100), ms(800)));
    assert_eq!(said(), ["0", "101", "302", "703", "1504", "2305", "3106", "3907"]);
}

#[test]
fn after_a_child_that_lived_for_longer_than_the_longest_wait_the_waits_begin_anew() {
    let lives = Cell::new(0);
    let mut make = fails_after(ms(0));
    let supervisor = Supervisor::new(move || {
        lives.set(lives.get() + 1);
        let mut child = make();
        child.time = if lives.get() == 4 { ms(401) } else { ms(0) };
        Boxed(child)
    });
    run_for(ms(2000), supervisor.at_most(100, ms(60_000)).backoff(ms(100), ms(400)));
    assert_eq!(said(), ["0", "100", "300", "700", "1201", "1401", "1801"]);
}

#[test]
#[should_panic(expected = "at_most(3, 0ns): within no time at all")]
fn restarts_within_no_time_are_refused_when_they_are_set() {
    let _ = supervisor(ms(0)).at_most(3, Duration::ZERO);
}

#[test]
fn the_longest_time_there_is_can_be_set_for_all_of_them() {
    run_for(
        ms(100),
        supervisor(ms(10)).at_most(usize::MAX, Duration::MAX).backoff(Duration::ZERO, Duration::MAX),
    );
    assert_eq!(said().len(), 10);
    run_for(ms(100), supervisor(ms(10)).backoff(Duration::MAX, Duration::MAX));
    assert_eq!(said().len(), 1, "it waits for ever");
}

#[test]
fn the_log_says_of_each_child_why_it_ended_and_how_soon_it_is_replaced() {
    warnings();
    let lives = Cell::new(0);
    let supervisor = Supervisor::new(move || {
        lives.set(lives.get() + 1);
        let life = lives.get();
        act(async move |_: &Context| if life == 1 { Err("out of paper".into()) } else { Ok(()) })
    });
    run_for(ms(90), supervisor.restart(Restart::Always).backoff(ms(30), ms(60)));
    assert_eq!(
        warnings(),
        [
            "Supervisor_1 / Act_3 failed: out of paper; Supervisor_1 replaces it in 30ms (1 of at most 3 within 5s)",
            "Act_4 ended without a failure; Supervisor_1 replaces it in 60ms (2 of at most 3 within 5s)",
        ]
    );
}

#[test]
fn a_storm_of_restarts_fills_neither_the_log_nor_the_memory() {
    warnings();
    let mut s = scheduler();
    let fails = || act(async |_| Err("x".repeat(1000).into()));
    s.activate(Supervisor::new(fails).at_most(20_000, Duration::from_secs(3600)));
    let error = failure(&mut s);
    assert_eq!(error.failures().len(), 16, "the last ones");
    assert!(error.to_string().contains("19985 ends without a failure, or before these"), "{error}");
    let log = warnings();
    assert_eq!(log.len(), 11, "time stands still: ten, and the number of the others");
    assert_eq!(log[10], "Supervisor_1 replaced its child 19990 more times");
}

#[test]
fn in_a_storm_that_lasts_the_log_tells_ten_restarts_then_one_a_second_and_how_many_there_were_between() {
    warnings();
    run_for(ms(2950), supervisor(ms(10)).at_most(usize::MAX, ms(60_000)));
    let log = warnings();
    assert_eq!(log.len(), 10 + 2, "{log:#?}");
    for (line, untold) in [(10, 90), (11, 99)] {
        assert!(
            log[line].ends_with(&format!("({untold} more like this since the last line)")),
            "{}",
            log[line]
        );
    }
    assert_eq!(said().len(), 295);
}

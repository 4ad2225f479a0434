//! Which ends are followed by a restart, how many may be, and what happens when there are more.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use axon::chassis::{Restart, Supervisor, TooManyRestarts};
use axon::util::{DataSink, DataSource, Received};
use axon::{Cause, Component, Context, RunError, Scheduler, pipeline};

use crate::stage::{act, ms, said, say, scheduler};

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

fn failure(s: &mut Scheduler) -> TooManyRestarts {
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

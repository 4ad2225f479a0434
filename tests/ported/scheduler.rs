//! Ported from Kamaelia's `Tests/Python/Axon/test_Scheduler.py`, case by case, in its order.
//!
//! Differs: the original steps the scheduler's generator and hands it mocks; here a pass is run by hand
//! and the mocks are components. Only a component itself can pause, so each pauses when a flag says so.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use axon::{Component, ComponentRef, Context, Scheduler, snapshot::ComponentState};

use crate::rig::run_for;

/// Takes a given number of turns and ends.
struct Simple {
    left: Rc<Cell<u32>>,
}

impl Component for Simple {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Notes that it ran, and pauses when it was asked to.
struct Running(Rc<Flags>);

#[derive(Default)]
struct Flags {
    was_called: Cell<bool>,
    pause: Cell<bool>,
}

impl Component for Running {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            self.0.was_called.set(true);
            if self.0.pause.take() {
                cx.pause().await;
            } else {
                cx.yield_now().await;
            }
        }
    }
}

/// A running component and its flags.
struct Runner {
    reference: ComponentRef,
    flags: Rc<Flags>,
}

impl Runner {
    fn new(s: &mut Scheduler) -> Self {
        let flags = Rc::new(Flags::default());
        Runner { reference: s.add(Running(Rc::clone(&flags))), flags }
    }

    fn pause(&self) {
        self.flags.pause.set(true);
    }
}

fn runners(s: &mut Scheduler, count: usize) -> Vec<Runner> {
    (0..count)
        .map(|_| {
            let runner = Runner::new(s);
            s.activate(runner.reference.clone());
            runner
        })
        .collect()
}

/// Ten times: clears the flags, runs two passes, and gives who ran in them.
#[track_caller]
fn expect_running(s: &mut Scheduler, runners: &[Runner], expected: &[bool]) {
    for _ in 0..10 {
        for runner in runners {
            runner.flags.was_called.set(false);
        }
        run_for(s, 2);
        let called: Vec<bool> = runners.iter().map(|runner| runner.flags.was_called.get()).collect();
        assert_eq!(called, expected);
    }
}

/// A scheduler without microprocesses has nothing to run.
#[test]
fn stops_if_no_threads() {
    let mut s = Scheduler::new();
    assert!(!s.run_pass().unwrap());
    s.run().unwrap();
}

/// With one microprocess, the run ends when that has ended, and not before.
#[test]
fn runs_microprocess_to_completion_then_stops() {
    let mut s = Scheduler::new();
    let left = Rc::new(Cell::new(10));
    let simple = s.activate(Simple { left: Rc::clone(&left) });
    let mut passes = 0;
    while s.run_pass().unwrap() {
        passes += 1;
        assert!(passes < 1000, "should have stopped by now");
    }
    assert_eq!(left.get(), 0);
    assert!(simple.is_stopped());
}

/// With several, the run ends when all have ended.
#[test]
fn runs_microprocesses_all_to_completion_then_stops() {
    let mut s = Scheduler::new();
    let all: Vec<_> = (1..5)
        .map(|i| {
            let left = Rc::new(Cell::new(i * 10));
            (s.activate(Simple { left: Rc::clone(&left) }), left)
        })
        .collect();
    let mut passes = 0;
    while s.run_pass().unwrap() {
        passes += 1;
        assert!(passes < 1000, "should have stopped by now");
    }
    for (simple, left) in all {
        assert_eq!(left.get(), 0);
        assert!(simple.is_stopped());
    }
}

/// Once it has paused, a microprocess gets no turn.
#[test]
fn paused_microprocess_does_not_get_called() {
    let mut s = Scheduler::new();
    let all = runners(&mut s, 1);
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[true]);
    all[0].pause();
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[false]);
}

/// A pause of one does not stop the others.
#[test]
fn one_microprocess_pauses_others_continue_to_run() {
    let mut s = Scheduler::new();
    let all = runners(&mut s, 6);
    expect_running(&mut s, &all, &[true; 6]);
    all[0].pause();
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[false, true, true, true, true, true]);
}

/// Waking a paused microprocess makes it run again.
#[test]
fn paused_microprocess_can_be_woken() {
    let mut s = Scheduler::new();
    let all = runners(&mut s, 6);
    run_for(&mut s, 3);
    all[0].pause();
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[false, true, true, true, true, true]);
    s.context(&all[1].reference).unpause(&all[0].reference);
    run_for(&mut s, 5);
    expect_running(&mut s, &all, &[true; 6]);
}

/// Waking one sleeper leaves the other sleepers asleep.
#[test]
fn waking_paused_microprocess_doesnt_wake_others() {
    let mut s = Scheduler::new();
    let all = runners(&mut s, 6);
    run_for(&mut s, 5);
    for runner in &all {
        runner.pause();
    }
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[false; 6]);
    s.context(&all[0].reference).unpause(&all[0].reference);
    run_for(&mut s, 5);
    expect_running(&mut s, &all, &[true, false, false, false, false, false]);
}

/// A wake for one that is awake changes nothing, and does not cancel a pause made later.
#[test]
fn waking_already_awake_microprocess_has_no_effect() {
    let mut s = Scheduler::new();
    let all = runners(&mut s, 6);
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[true; 6]);
    s.context(&all[1].reference).unpause(&all[0].reference);
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[true; 6]);
    all[0].pause();
    run_for(&mut s, 3);
    expect_running(&mut s, &all, &[false, true, true, true, true, true]);
}

/// A microprocess that was not activated can be woken without effect; it starts when it is activated.
#[test]
fn waking_or_pausing_non_activated_microprocess_haso_effect() {
    let mut s = Scheduler::new();
    let mut all = vec![Runner::new(&mut s)];
    all.extend(runners(&mut s, 5));
    let others_run = [false, true, true, true, true, true];
    expect_running(&mut s, &all, &others_run);
    s.context(&all[1].reference).unpause(&all[0].reference);
    expect_running(&mut s, &all, &others_run);
    assert!(!all[0].reference.is_active());
    all[0].pause();
    expect_running(&mut s, &all, &others_run);
    s.activate(all[0].reference.clone());
    run_for(&mut s, 1);
    assert!(all[0].flags.was_called.get());
}

/// The snapshot lists all that were activated, whether they are awake or paused.
#[test]
fn list_all_threads_method_lists_all_microprocesses() {
    let s = &mut Scheduler::new();
    let all = runners(s, 5);
    let names: Vec<String> = all.iter().map(|runner| runner.reference.name()).collect();
    let listed = |s: &Scheduler| -> Vec<String> {
        s.snapshot().components.into_iter().map(|component| component.name).collect()
    };
    run_for(s, 3);
    assert_eq!(listed(s), names);
    all[1].pause();
    all[4].pause();
    run_for(s, 3);
    expect_running(s, &all, &[true, false, true, true, false]);
    assert_eq!(listed(s), names);
}

/// Who is paused, as the snapshot says.
fn paused(s: &Scheduler, runners: &[Runner]) -> Vec<bool> {
    let snapshot = s.snapshot();
    let is_paused = |runner: &Runner| {
        let name = runner.reference.name();
        let component = snapshot.components.iter().find(|component| component.name == name);
        component.is_some_and(|component| component.state == ComponentState::Paused)
    };
    runners.iter().map(is_paused).collect()
}

/// Exactly the one that has paused is paused, whichever it is.
#[test]
fn is_thread_paused_works() {
    let s = &mut Scheduler::new();
    let all = runners(s, 5);
    run_for(s, 3);
    assert_eq!(paused(s, &all), [false; 5]);
    for number in 0..all.len() {
        all[number].pause();
        run_for(s, 3);
        let expected: Vec<bool> = (0..all.len()).map(|other| other == number).collect();
        assert_eq!(paused(s, &all), expected);
        s.context(&all[number].reference).unpause(&all[number].reference);
        run_for(s, 3);
    }
}

/// One that the scheduler was never asked to run is not paused, and not active.
///
/// Differs: the original calls it paused.
#[test]
fn is_thread_paused_not_recognised() {
    let s = &mut Scheduler::new();
    let mut all = runners(s, 5);
    all.push(Runner::new(s));
    run_for(s, 3);
    assert_eq!(paused(s, &all), [false; 6]);
    for runner in &all {
        runner.pause();
    }
    run_for(s, 3);
    assert_eq!(paused(s, &all), [true, true, true, true, true, false]);
    assert!(!all[5].reference.is_active());
}

/// A microprocess that asks for a pause and ends in the same turn has ended. Nobody else pauses for it.
#[test]
fn pause_then_terminate_terminates() {
    struct Terminator;
    impl Component for Terminator {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.request_pause();
            Ok(())
        }
    }
    let mut s = Scheduler::new();
    let terminator = s.activate(Terminator);
    let other = s.activate(Simple { left: Rc::new(Cell::new(10)) });
    s.run().unwrap();
    assert!(terminator.is_stopped());
    assert!(other.is_stopped(), "the pause that was asked for is nobody else's");
}

/// Slow motion waits the time given before each pass.
#[test]
fn run_threads_slowmo() {
    struct Notes(Rc<Cell<Option<Instant>>>);
    impl Component for Notes {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            self.0.set(Some(cx.now()));
            Ok(())
        }
    }
    let second = Duration::from_secs(1);
    let mut s = Scheduler::builder().virtual_clock().slow_motion(second).build();
    let ran = Rc::new(Cell::new(None));
    let notes = s.activate(Notes(Rc::clone(&ran)));
    let start = s.context(&notes).now();
    s.run().unwrap();
    assert!(ran.get().unwrap() - start >= second, "ran before a second had passed");
}

/// A pass in which all sleep returns at once.
#[test]
fn direct_usage_of_main_doesnt_block() {
    let runs = thread::spawn(|| {
        let mut s = Scheduler::new();
        let all = runners(&mut s, 5);
        run_for(&mut s, 100);
        for runner in &all {
            runner.pause();
        }
        run_for(&mut s, 100);
    });
    let begun = Instant::now();
    while !runs.is_finished() {
        assert!(begun.elapsed() < Duration::from_secs(5), "should not have taken so long");
        thread::yield_now();
    }
    runs.join().unwrap();
}

/// While all sleep, the run takes no processor time.
#[cfg(target_os = "linux")]
#[test]
fn run_threads_uses_non_busy_waiting_mode() {
    /// Nanoseconds that this thread has spent on a processor.
    fn processor_time() -> u64 {
        let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        times.split_whitespace().next().unwrap().parse().unwrap()
    }
    let asleep = Duration::from_millis(500);
    let mut s = Scheduler::new();
    let all: Vec<_> = (0..5).map(|_| s.activate(PausesOnce)).collect();
    let remote = s.remote();
    let waker = thread::spawn(move || {
        thread::sleep(asleep);
        all.iter().for_each(|paused| remote.unpause(paused).unwrap());
    });
    let before = processor_time();
    let begun = Instant::now();
    s.run().unwrap();
    let spent = Duration::from_nanos(processor_time() - before);
    waker.join().unwrap();
    assert!(begun.elapsed() >= asleep);
    assert!(spent < asleep / 100, "{spent:?} of processor time in {asleep:?}");
}

struct PausesOnce;

impl Component for PausesOnce {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.pause().await;
        Ok(())
    }
}

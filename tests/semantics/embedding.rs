//! A scheduler inside another loop, several of them, and other threads: promise S12.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{self, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use axon::{AnyComponent, ComponentRef, Context, Park, Remote, Scheduler, Unpark, error::NotReachedError};

use crate::stage::{Still, Worker, act, ms, said, say, scheduler};

/// Counts how often it is woken, from any thread.
#[derive(Default)]
struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn s12_a_scheduler_is_a_future_that_wakes_the_loop_it_is_embedded_in() {
    let s = Scheduler::new();
    let sleeper = s.activate(act(async |cx| {
        say!("starts");
        while cx.data_ready("inbox") == 0 {
            cx.pause().await;
        }
        say!("got {:?}", cx.recv_as::<i32>("inbox")?);
        Ok(())
    }));
    let remote = s.remote();
    let woken = Arc::new(Count::default());
    let waker = Waker::from(woken.clone());
    let mut task = task::Context::from_waker(&waker);
    let mut s = pin!(s);

    while woken.0.swap(0, Ordering::SeqCst) > 0 || said().is_empty() {
        assert!(s.as_mut().poll(&mut task).is_pending());
    }
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "all asleep: it does not ask to be polled");

    thread::spawn(move || remote.deliver(&sleeper, "inbox", 7)).join().unwrap().unwrap();
    assert!(woken.0.load(Ordering::SeqCst) > 0, "a delivery from another thread wakes the outer loop");
    let mut polls = 0;
    loop {
        match s.as_mut().poll(&mut task) {
            Poll::Ready(outcome) => break outcome.unwrap(),
            Poll::Pending => polls += 1,
        }
        assert!(polls < 100, "it ends when its last component has ended");
    }
    assert_eq!(said(), ["got Some(7)"]);
}

#[test]
fn s12_an_embedded_scheduler_gives_control_back_while_its_components_are_busy() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        loop {
            cx.yield_now().await;
        }
    }));
    let woken = Arc::new(Count::default());
    let waker = Waker::from(woken.clone());
    for _ in 0..3 {
        // In Axon the outer scheduler never has another turn.
        assert!(Pin::new(&mut s).poll(&mut task::Context::from_waker(&waker)).is_pending());
        assert!(woken.0.swap(0, Ordering::SeqCst) > 0, "it asks to be polled again");
    }
}

#[test]
fn s12_an_embedded_scheduler_ends_with_the_error_that_its_run_would_have() {
    let mut s = scheduler();
    let failing = s.activate(act(async |cx| {
        cx.sleep(ms(10)).await;
        Err("the disk is full".into())
    }));
    let mut task = task::Context::from_waker(Waker::noop());
    let error = std::iter::repeat_with(|| Pin::new(&mut s).poll(&mut task))
        .take(100)
        .find_map(|poll| if let Poll::Ready(outcome) = poll { outcome.err() } else { None })
        .expect("it fails");
    assert_eq!(error.to_string(), format!("{failing} failed: the disk is full"));
}

/// In a program of its own, in which no thread can have a stack.
#[cfg(target_os = "linux")]
#[test]
fn s12_an_embedded_scheduler_that_gets_no_thread_for_its_timers_ends_with_that_error() {
    const NAME: &str =
        "embedding::s12_an_embedded_scheduler_that_gets_no_thread_for_its_timers_ends_with_that_error";
    const STACK: &str = "RUST_MIN_STACK";
    let too_much = (usize::MAX / 2).to_string();
    if std::env::var(STACK).ok().as_ref() != Some(&too_much) {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", NAME, "--test-threads=1"]).env(STACK, too_much);
        let output = again.output().unwrap();
        let ran_one = String::from_utf8_lossy(&output.stdout).contains("1 passed");
        assert!(output.status.success() && ran_one, "{output:?}");
        return;
    }
    let mut s = Scheduler::new();
    let sleeper = s.activate(act(async |cx| {
        cx.sleep(ms(10)).await;
        Ok(())
    }));
    let mut task = task::Context::from_waker(Waker::noop());
    let error = std::iter::repeat_with(|| Pin::new(&mut s).poll(&mut task))
        .take(100)
        .find_map(|poll| if let Poll::Ready(outcome) = poll { outcome.err() } else { None })
        .expect("nothing would wake it");
    assert!(error.to_string().starts_with("there is no thread to wait for the timers: "), "{error}");
    assert!(sleeper.is_stopped());
}

/// A park that wakes a sleeper instead of sleeping, and counts how often its own bell is rung.
struct Rung {
    bell: Arc<Count>,
    meanwhile: Box<dyn FnMut()>,
}

impl Park for Rung {
    fn park(&mut self, limit: Option<Duration>) {
        if limit != Some(Duration::ZERO) {
            (self.meanwhile)();
        }
    }

    fn unparker(&self) -> Arc<dyn Unpark> {
        self.bell.clone()
    }

    fn is_watching(&self) -> bool {
        false
    }
}

impl Unpark for Count {
    fn unpark(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn s12_a_scheduler_that_was_embedded_hears_its_own_bell_again_when_it_is_run() {
    let mut s = Scheduler::new();
    let sleeper = s.activate(act(async |cx| {
        cx.pause().await;
        Ok(())
    }));
    let (remote, bell) = (s.remote(), Arc::new(Count::default()));
    let meanwhile = Box::new(move || remote.unpause(&sleeper).unwrap());
    let helper = s.add(Still);
    s.context(&helper).install_park(Rung { bell: bell.clone(), meanwhile }).unwrap();
    let mut task = task::Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(Pin::new(&mut s).poll(&mut task).is_pending());
    }
    let before = bell.0.load(Ordering::SeqCst);
    s.run().unwrap();
    assert!(bell.0.load(Ordering::SeqCst) > before, "a sleeping thread would not have been woken");
}

#[test]
fn s12_two_schedulers_can_share_one_thread() {
    let mut both = ["A", "B"].map(|tag| {
        let mut s = Box::pin(Scheduler::new());
        s.as_mut().get_mut().activate(Worker { tag, turns: 2, naps: &[] });
        s
    });
    let mut task = task::Context::from_waker(Waker::noop());
    let mut left = [true, true];
    for _ in 0..100 {
        for (s, left) in both.iter_mut().zip(&mut left) {
            if *left && let Poll::Ready(outcome) = Pin::new(s).poll(&mut task) {
                outcome.unwrap();
                *left = false;
            }
        }
    }
    assert_eq!(left, [false, false]);
    let mut lines = said();
    lines.sort();
    assert_eq!(lines, ["A turn 1", "A turn 2", "B turn 1", "B turn 2"]);
}

#[test]
fn s12_a_linkage_may_lead_to_a_component_of_another_scheduler() {
    let (mut one, mut two) = (scheduler(), scheduler());
    let source = one.activate(act(async |cx| {
        for number in 0..100 {
            cx.send_when_room("outbox", number).await.expect("nobody stops it");
            if number % 7 == 0 {
                cx.yield_now().await;
            }
        }
        Ok(())
    }));
    let sink = two.activate(act(async |cx| {
        for expected in 0..100 {
            assert_eq!(cx.next::<i32>("inbox").await?, expected);
        }
        say!("a hundred in order");
        Ok(())
    }));
    one.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    for _ in 0..200 {
        one.run_pass().unwrap();
        two.run_pass().unwrap();
    }
    assert_eq!(said(), ["a hundred in order"]);
}

#[test]
fn s12_there_may_be_a_scheduler_to_each_thread() {
    let threads = [1, 2].map(|n| {
        thread::spawn(move || {
            let mut s = scheduler();
            s.activate(Worker { tag: "W", turns: n, naps: &[] });
            s.run().unwrap();
            said().len()
        })
    });
    assert_eq!(threads.map(|thread| thread.join().unwrap()), [1, 2]);
}

#[test]
fn s12_activation_waking_and_delivery_from_other_threads_are_safe() {
    const EACH: usize = 500;
    let mut s = Scheduler::new();
    let sink = s.activate(act(async move |cx| {
        let mut next = [0; 4];
        while next.iter().sum::<usize>() < 4 * EACH {
            while let Some((thread, number)) = cx.recv_as::<(usize, usize)>("inbox")? {
                assert_eq!(number, next[thread], "each thread's messages arrive in order, each once");
                next[thread] += 1;
            }
            cx.pause().await;
        }
        say!("all arrived");
        Ok(())
    }));
    let newcomer_ran = Arc::new(AtomicU32::new(0));
    let remote = s.remote();
    let threads = [0usize, 1, 2, 3].map(|thread| {
        let (remote, sink, ran) = (remote.clone(), sink.clone(), newcomer_ran.clone());
        thread::spawn(move || {
            for number in 0..EACH {
                remote.deliver(&sink, "inbox", (thread, number)).unwrap();
                remote.unpause(&sink).unwrap();
            }
            remote
                .activate(move || {
                    act(async move |_: &Context| {
                        ran.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    })
                })
                .unwrap();
        })
    });
    drop(remote);
    s.run().unwrap();
    for thread in threads {
        thread.join().unwrap();
    }
    s.run().unwrap();
    assert_eq!(said(), ["all arrived"]);
    assert_eq!(newcomer_ran.load(Ordering::SeqCst), 4);
}

/// Lets another thread do one thing to a sleeper, at once and for the last time, many times over.
fn woken_at_the_last_moment(last_word: fn(&ComponentRef, Remote, Waker)) {
    let (to_thread, jobs) = mpsc::channel::<(ComponentRef, Remote, Waker)>();
    let thread = thread::spawn(move || {
        for (sleeper, remote, waker) in jobs {
            last_word(&sleeper, remote, waker);
        }
    });
    for _ in 0..20_000 {
        let mut s = Scheduler::new();
        let to_thread = to_thread.clone();
        s.activate(act(async move |cx: &Context| {
            to_thread.send((cx.me().clone(), cx.remote(), cx.waker()))?;
            cx.pause().await;
            Ok(())
        }));
        s.run().expect("it was woken, if only just before nobody could wake it any more");
    }
    drop(to_thread);
    thread.join().unwrap();
}

#[test]
fn s12_a_message_left_just_before_the_last_remote_is_gone_is_not_overlooked() {
    woken_at_the_last_moment(|sleeper, remote, waker| {
        drop(waker);
        remote.deliver(sleeper, "inbox", 1).unwrap();
    });
}

#[test]
fn s12_a_wake_just_before_the_last_waker_is_gone_is_not_overlooked() {
    woken_at_the_last_moment(|_, remote, waker| {
        drop(remote);
        waker.wake();
    });
}

#[test]
fn s12_a_component_of_another_scheduler_is_refused_by_a_remote_and_by_whoever_would_run_it_here() {
    let (s, other) = (scheduler(), scheduler());
    let (here, stranger) = (s.add(Still), other.add(Still));
    let remote = s.remote();
    for refused in [remote.unpause(&stranger), remote.deliver(&stranger, "inbox", 1)] {
        let told = refused.unwrap_err().to_string();
        assert!(told.contains(&stranger.name()) && told.contains("lives in another scheduler"), "{told}");
    }
    remote.deliver(&here, "inbox", 1).unwrap();
    let kept = [AnyComponent::new(&stranger), AnyComponent::new(&stranger)];
    for kept in kept {
        let cx = s.context(&here);
        let panic = catch_unwind(AssertUnwindSafe(|| cx.activate(kept))).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("lives in another scheduler"));
    }
    drop(s);
    assert!(matches!(remote.unpause(&here), Err(NotReachedError::SchedulerGone(_))));
}

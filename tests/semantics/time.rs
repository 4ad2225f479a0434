//! Timers and the clock that stands still: promises S34 and S35.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::{Component, Context, Scheduler};

use crate::stage::{Clock, act, ms, said, say, scheduler};

/// Sleeps for its number of milliseconds and tells how late it is then.
struct Alarm(u64);

impl Component for Alarm {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let start = cx.now();
        cx.sleep(ms(self.0)).await;
        say!("alarm {} after {:?}", self.0, cx.now() - start);
        Ok(())
    }
}

#[test]
fn s34_timers_end_in_the_order_of_their_times_each_on_time() {
    let mut s = scheduler();
    for millis in [30, 10, 20, 10] {
        s.activate(Alarm(millis));
    }
    s.run().unwrap();
    assert_eq!(
        said(),
        ["alarm 10 after 10ms", "alarm 10 after 10ms", "alarm 20 after 20ms", "alarm 30 after 30ms"]
    );
}

#[test]
fn s34_a_message_ends_pause_for_but_not_sleep() {
    let mut s = scheduler();
    let sleeper = s.add(act(async |cx| {
        let start = cx.now();
        cx.pause_for(ms(50)).await;
        say!("pause ended after {:?}", cx.now() - start);
        cx.sleep(ms(50)).await;
        say!("sleep ended after {:?} with {}", cx.now() - start, cx.data_ready("inbox"));
        Ok(())
    }));
    let sender = s.activate(act(async |cx| {
        for _ in 0..3 {
            cx.sleep(ms(10)).await;
            cx.send("outbox", 0)?;
        }
        Ok(())
    }));
    s.context(&sender).link((&sender, "outbox"), (&sleeper, "inbox")).unwrap();
    s.activate(sleeper);
    s.run().unwrap();
    assert_eq!(said(), ["pause ended after 10ms", "sleep ended after 60ms with 3"]);
}

#[test]
fn s34_pause_until_ends_at_that_time_and_a_time_gone_by_is_a_turn_and_no_more() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let start = cx.now();
        cx.pause_until(start + ms(5)).await;
        say!("{:?}", cx.now() - start);
        cx.pause_until(start).await;
        cx.sleep(Duration::ZERO).await;
        cx.pause_for(Duration::ZERO).await;
        say!("{:?}", cx.now() - start);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["5ms", "5ms"]);
}

#[test]
fn s34_a_pause_that_was_ended_early_leaves_no_timer_behind() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        let start = cx.now();
        cx.pause_for(ms(50)).await;
        cx.pause_for(ms(1000)).await;
        say!("second pause ended after {:?}", cx.now() - start);
        Ok(())
    }));
    s.activate(act(async move |cx| {
        cx.sleep(ms(10)).await;
        cx.unpause(&sleeper);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["second pause ended after 1.01s"]);
}

#[test]
fn s34_a_sleep_that_is_dropped_wakes_nobody_later() {
    let mut s = scheduler();
    let turns = Rc::new(Cell::new(0));
    s.activate(act({
        let turns = turns.clone();
        async move |cx: &Context| {
            {
                let nap = std::pin::pin!(cx.sleep(ms(10)));
                let noop = &mut std::task::Context::from_waker(std::task::Waker::noop());
                assert!(nap.poll(noop).is_pending());
            }
            let start = cx.now();
            while cx.now() - start < ms(100) {
                cx.pause_for(ms(100)).await;
                turns.set(turns.get() + 1);
            }
            Ok(())
        }
    }));
    s.run().unwrap();
    assert_eq!(turns.get(), 1);
}

#[test]
fn s34_all_components_of_a_scheduler_read_one_clock() {
    let mut s = scheduler();
    let times = Rc::new(Cell::new(None));
    for _ in 0..3 {
        let times = times.clone();
        s.activate(act(async move |cx: &Context| {
            cx.sleep(ms(7)).await;
            let now = cx.now();
            assert_eq!(times.replace(Some(now)).unwrap_or(now), now);
            Ok(())
        }));
    }
    s.run().unwrap();
}

#[test]
fn s35_time_stands_still_while_anything_can_run() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let start = cx.now();
        for _ in 0..1000 {
            cx.yield_now().await;
            assert_eq!(cx.now(), start);
        }
        say!("busy for a thousand turns and no time");
        Ok(())
    }));
    s.activate(Alarm(1));
    s.run().unwrap();
    assert_eq!(said(), ["busy for a thousand turns and no time", "alarm 1 after 1ms"]);
}

#[test]
fn s35_time_jumps_to_the_next_timer_when_all_sleep_so_a_day_takes_no_time() {
    let before = Instant::now();
    let mut s = scheduler();
    let day = 24 * 3600 * 1000;
    s.activate(act(async move |cx| {
        let start = cx.now();
        for _ in 0..100 {
            cx.sleep(ms(day)).await;
        }
        assert_eq!(cx.now() - start, ms(100 * day));
        Ok(())
    }));
    s.run().unwrap();
    assert!(before.elapsed() < Duration::from_secs(60));
}

#[test]
fn s34_a_time_that_is_longer_than_the_clock_can_tell_is_for_ever() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let wakes = cx.waker();
        cx.pause_for(Duration::MAX).await;
        drop(wakes);
        Ok(())
    }));
    let sleeper = s.activate(act(async |cx| {
        cx.pause_until(axon::time_after(cx.now(), Duration::MAX)).await;
        say!("woken");
        cx.sleep(Duration::MAX).await;
        say!("for ever is over");
        Ok(())
    }));
    s.activate(Clock { passes: 30 });
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    said();
    assert_eq!(s.next_timer(), None, "nobody waits for its end");
    s.context(&sleeper).unpause(&sleeper);
    s.run_pass().unwrap();
    assert!(said().contains(&"woken".to_owned()));
    assert_eq!(s.next_timer(), None);
    assert!(s.turn_clock(Duration::MAX) && s.turn_clock(Duration::MAX));
    s.context(&sleeper).stop_scheduler_within(Duration::MAX);
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    s.context(&sleeper).stop_scheduler();
    s.run().unwrap();
    assert!(!said().contains(&"for ever is over".to_owned()));
}

#[test]
fn s34_slow_motion_may_be_for_ever_too() {
    let mut s = Scheduler::builder().virtual_clock().slow_motion(Duration::MAX).build();
    s.activate(act(async |cx| {
        for _ in 0..3 {
            cx.yield_now().await;
        }
        let start = cx.now();
        cx.sleep(ms(1)).await;
        say!("{}", cx.now() > start);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["true"]);
}

//! What repeats without end, or what peers bring about at will, does not fill the log.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axon::util::{DataDeChunker, DataSource, DeFramer, PassThrough, PlugSplitter};
use axon::{Context, INBOX, OUTBOX, ProducerFinished, Scheduler, parallel, pipeline};

use crate::stage::{Still, act, warnings};

/// Of so many events ten are told, and at most this many further lines say how many there were.
const TOLD: usize = 10 + 2;
const EVENTS: usize = 300;

/// Runs something that gives cause for so many lines; looks at those that it logs.
fn is_told_briefly(what: &str, part: &str, run: impl FnOnce()) {
    warnings();
    run();
    let log = warnings();
    let lines = log.iter().filter(|line| line.contains(part)).count();
    assert!((1..=TOLD).contains(&lines), "{what}: {lines} lines of {part:?}: {log:#?}");
    assert!(log.len() <= TOLD, "{what}: {} lines", log.len());
}

#[test]
fn what_a_scheduler_reports_again_and_again_is_told_ten_times_and_then_counted() {
    is_told_briefly("failures in an immortal scheduler", "failed", || {
        let mut s = Scheduler::builder().virtual_clock().immortal().build();
        for _ in 0..EVENTS {
            s.activate(act(async |_: &Context| Err("as planned".into())));
        }
        s.run().unwrap();
    });
    is_told_briefly("long steps", "held the processor", || {
        let limit = Duration::from_nanos(1);
        let mut s = Scheduler::builder().virtual_clock().step_limit(limit).build();
        for _ in 0..EVENTS {
            s.activate(act(async |_: &Context| Ok(())));
        }
        s.run().unwrap();
    });
    is_told_briefly("messages from outside to no inbox", "found no inbox", || {
        let mut s = Scheduler::builder().virtual_clock().build();
        let it = s.activate(Still);
        let remote = s.remote();
        for _ in 0..EVENTS {
            remote.deliver(&it, "inbux", 1).unwrap();
        }
        drop(remote);
        s.run().unwrap();
    });
    is_told_briefly("errors that panic when they are dropped", "panicked when it was dropped", || {
        let mut s = Scheduler::builder().virtual_clock().immortal().build();
        for _ in 0..EVENTS {
            let it = s.activate(Still);
            s.context(&it).deliver_to(&it, INBOX, Bomb).unwrap();
        }
        s.run().unwrap();
    });
}

/// A payload that panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("as planned");
    }
}

#[test]
fn of_many_linkages_that_another_scheduler_leaves_cut_ten_are_told() {
    is_told_briefly("linkages to a scheduler that has failed", "is cut", || {
        let (tell, told) = mpsc::channel();
        let there = thread::spawn(move || {
            let mut s = Scheduler::new();
            let it = s.activate(act(async |cx: &Context| {
                cx.next::<&str>("control").await?;
                Err("as planned".into())
            }));
            tell.send((it, s.remote())).unwrap();
            s.run().is_err()
        });
        let (to, remote) = told.recv().unwrap();
        let mut s = Scheduler::new();
        s.activate(act(async move |cx: &Context| {
            for _ in 0..EVENTS {
                let source = cx.add_child(Still);
                cx.link((&source, OUTBOX), (&to, INBOX))?;
            }
            cx.link((cx.me(), OUTBOX), (&to, "control"))?;
            drop(remote);
            cx.send(OUTBOX, "fail")?;
            while !cx.linkages().is_empty() {
                cx.pause().await;
            }
            Ok(())
        }));
        s.run().unwrap();
        assert!(there.join().unwrap());
    });
}

#[test]
fn what_ready_made_components_drop_is_told_ten_times_however_many_of_them_there_are() {
    is_told_briefly("what is no frame", "no whole frame", || {
        let mut s = Scheduler::builder().virtual_clock().build();
        for _ in 0..EVENTS {
            s.activate(pipeline![DataSource::new(["no frame"]), DeFramer::new(), PassThrough::new()]);
        }
        s.run().unwrap();
    });
    is_told_briefly("what is no chunk", "something was lost", || {
        let mut s = Scheduler::builder().virtual_clock().build();
        for _ in 0..EVENTS {
            let damaged = DataSource::new([b"XXXXlost%5".to_vec()]);
            s.activate(pipeline![damaged, DataDeChunker::new().sync("XXXX").keep_last_chunk()]);
        }
        s.run().unwrap();
    });
    is_told_briefly("what no splitter can configure", "was asked to configure", || {
        let mut s = Scheduler::builder().virtual_clock().build();
        let splitter = s.activate(PlugSplitter::new());
        for number in 0..EVENTS {
            s.context(&splitter).deliver_to(&splitter, "configuration", number).unwrap();
        }
        s.context(&splitter).deliver_to(&splitter, "control", ProducerFinished::new()).unwrap();
        s.run().unwrap();
    });
    is_told_briefly("what is no report of a thread", "does not understand", || {
        let mut s = Scheduler::new();
        let row = s.activate(parallel::Pipeline::new().then(|| DataSource::new([1])));
        for number in 0..EVENTS {
            s.context(&row).deliver_to(&row, "_threads", number).unwrap();
        }
        s.run().unwrap();
    });
}

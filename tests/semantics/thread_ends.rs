//! How a component ends that has a thread, and how a run does that has such components: promise S32.

use std::sync::mpsc;
use std::time::Duration;

use axon::{RunError, Scheduler, ShutdownMicroprocess, ThreadContext, error::StoppedError};

use crate::stage::{Still, act, blocks, said, say, scheduler};

#[test]
fn s32_all_that_the_thread_sent_is_delivered_before_the_component_counts_as_ended() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let thread = cx.add_child(blocks(|cx| {
            for number in 0..500 {
                cx.send("outbox", number)?;
            }
            Ok(())
        }));
        cx.link((&thread, "outbox"), (cx.me(), "inbox"))?;
        cx.set_size((cx.me(), "inbox"), Some(7))?;
        cx.activate(thread.clone());
        let mut next = 0;
        while !thread.is_stopped() || cx.data_ready("inbox") > 0 {
            for number in cx.drain::<i32>("inbox") {
                assert_eq!(number?, next);
                next += 1;
            }
            if !thread.is_stopped() {
                cx.pause().await;
            }
        }
        say!("ended after {next}");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["ended after 500"]);
}

#[test]
fn s32_an_error_or_a_panic_in_the_thread_is_the_components_failure_with_its_text() {
    let mains: [fn(&ThreadContext) -> axon::Result; 3] = [
        |_| Err("the cable is cut".into()),
        |_| panic!("the cable is {}", "cut"),
        |cx| cx.on_scheduler(|_| panic!("the cable is cut")),
    ];
    for main in mains {
        let mut s = scheduler();
        let parent = s.add(Still);
        let failing = s.context(&parent).add_child(blocks(main));
        s.activate(failing.clone());
        let error = s.run().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("the cable is cut"), "{text}");
        assert!(text.contains(&parent.name()), "its path: {text}");
        let RunError::Failed { component, .. } = error else { panic!("{text}") };
        assert_eq!(component, failing.name());
    }
}

#[test]
fn s32_an_undeclared_box_in_the_thread_names_component_box_and_those_that_exist() {
    let mut s = scheduler();
    let failing = s.activate(blocks(|cx| {
        cx.recv("inbocks");
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    for part in [failing.name().as_str(), "inbocks", "\"inbox\", \"control\""] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn s32_a_component_that_is_stopped_tells_its_thread_and_nothing_blocks_there_any_more() {
    let mut s = scheduler();
    let (note, notes) = mpsc::channel();
    let victim = s.activate(blocks(move |cx| {
        note.send("runs".to_string())?;
        let stopped = cx.next::<i32>("inbox").unwrap_err();
        note.send(format!("{}", stopped.is::<StoppedError>()))?;
        cx.pause();
        cx.sleep(Duration::from_secs(1_000_000));
        note.send(format!("{:?}", cx.told_to_end().and_then(|notice| notice.ending())))?;
        note.send(format!("{}", cx.sync().is_err() && cx.send("outbox", 1).is_err()))?;
        Ok(())
    }));
    s.run_pass().unwrap();
    assert_eq!(notes.recv().unwrap(), "runs");
    s.context(&victim).stop(&victim);
    s.run().unwrap();
    let rest: Vec<_> = notes.iter().collect();
    assert_eq!(rest, ["true", "Some(ShutdownMicroprocess)", "true"]);
}

#[test]
fn s32_a_run_that_ends_names_the_threads_that_go_on_and_does_not_hang_on_them() {
    let mut s = Scheduler::builder().virtual_clock().thread_patience(Duration::ZERO).build();
    let (release, wait) = mpsc::channel::<()>();
    let (note, notes) = mpsc::channel();
    let deaf = s.activate(blocks(move |_| {
        note.send(())?;
        // Waits for something that comes only after the run is over.
        let _ = wait.recv();
        note.send(())?;
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.yield_now().await;
        cx.stop_scheduler();
        Ok(())
    }));
    s.run_pass().unwrap();
    notes.recv().unwrap();
    let error = s.run().unwrap_err();
    assert!(error.to_string().contains(&deaf.name()), "{error}");
    let RunError::Unfinished { components, .. } = error else { panic!("{error}") };
    assert_eq!(components, [deaf.name()]);
    release.send(()).unwrap();
    notes.recv().unwrap();
}

#[test]
fn s32_a_run_that_ends_waits_for_threads_that_heed_what_they_are_told() {
    let mut s = scheduler();
    let (note, notes) = mpsc::channel();
    s.activate(blocks(move |cx| {
        while cx.told_to_end().is_none() {
            cx.pause();
        }
        note.send("heard")?;
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.stop_scheduler();
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(notes.try_recv(), Ok("heard"), "the run has waited for it");
}

#[test]
fn s32_a_failure_elsewhere_ends_the_threads_too() {
    let mut s = scheduler();
    let (note, notes) = mpsc::channel();
    s.activate(blocks(move |cx| {
        let outcome = cx.next::<ShutdownMicroprocess>("control");
        note.send(outcome.is_err_and(|error| error.is::<StoppedError>()))?;
        Ok(())
    }));
    s.activate(act(async |_| Err("no coffee".into())));
    let text = s.run().unwrap_err().to_string();
    assert!(text.contains("no coffee"), "{text}");
    assert!(notes.try_recv().unwrap());
}

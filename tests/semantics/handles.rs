//! A scheduler in the background, and its components as threads outside use them: promise S33.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axon::{Background, Boxes, Component, Handle, ProducerFinished, RunError, Scheduler};

use crate::stage::{act, act_with, ms};

/// Sends each number it gets, doubled, until it is told to end.
fn double() -> impl Component {
    act(async |cx| {
        loop {
            for number in cx.drain::<u64>("inbox") {
                cx.send("outbox", 2 * number?)?;
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    })
}

/// Takes nothing until there is a message in `control`; then it sends on six numbers and ends.
fn glutton() -> impl Component {
    act(async |cx| {
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        for _ in 0..6 {
            cx.send("outbox", cx.next::<u64>("inbox").await?)?;
        }
        Ok(())
    })
}

#[test]
fn s33_what_is_put_into_an_inbox_arrives_and_what_the_component_sends_can_be_got() {
    let background = Background::start().unwrap();
    let doubler = Handle::new(&background, double).unwrap();
    assert!(doubler.get("outbox").unwrap().is_none(), "nothing was sent yet");
    for number in 0..100u64 {
        doubler.put("inbox", number).unwrap();
    }
    for number in 0..100 {
        assert_eq!(doubler.next("outbox").unwrap().take::<u64>().unwrap(), 2 * number);
    }
    assert!(doubler.next_within("outbox", ms(1)).unwrap().is_none());
    doubler.put("control", ProducerFinished::new()).unwrap();
    assert!(doubler.next("signal").unwrap().is::<ProducerFinished>());
    background.join().unwrap();
}

#[test]
fn s33_a_handle_reaches_every_box_of_the_component() {
    let background = Background::start().unwrap();
    let boxes = || Boxes::none().inbox("next", "a number").outbox("made", "the same");
    let handle = Handle::new(&background, move || {
        act_with(boxes, async |cx| Ok(cx.send("made", cx.next::<u8>("next").await?)?))
    })
    .unwrap();
    handle.put("next", 7u8).unwrap();
    assert_eq!(handle.messages("made").map(|message| message.take::<u8>().unwrap()).collect::<Vec<_>>(), [7]);
    background.join().unwrap();
}

#[test]
fn s33_several_handles_and_their_copies_serve_several_threads() {
    let background = Background::start().unwrap();
    let handles = [0, 1].map(|_| Handle::new(&background, double).unwrap());
    let users: Vec<_> = (0..8u64)
        .map(|user| {
            let handle = handles[user as usize % 2].clone();
            thread::spawn(move || {
                for number in 0..50 {
                    handle.put_when_room("inbox", 50 * user + number).unwrap();
                }
                (0..50).map(|_| handle.next("outbox").unwrap().take::<u64>().unwrap()).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut got: Vec<u64> = users.into_iter().flat_map(|user| user.join().unwrap()).collect();
    got.sort_unstable();
    assert_eq!(got, (0..400).map(|number| 2 * number).collect::<Vec<_>>());
    background.stop().unwrap();
}

#[test]
fn s33_a_full_box_refuses_what_is_put_with_the_message_or_lets_wait_with_or_without_a_limit() {
    let background = Background::start().unwrap();
    let handle = Handle::with_queue_length(&background, 2, || {
        let mut glutton = glutton();
        act_with(|| Boxes::standard().inbox_size("inbox", 3), async move |cx| glutton.main(cx).await)
    })
    .unwrap();
    // Three in the box and two on their way to it.
    for number in 0..5u64 {
        handle.put_when_room("inbox", number).unwrap();
    }
    let refused = handle.put("inbox", 5u64).unwrap_err();
    assert!(refused.is_full());
    let component = handle.component();
    let says = format!("{component}.inbox is full, and so is the queue before it (2 messages)");
    assert_eq!(refused.to_string(), says);
    let message = refused.into_message();
    let late = handle.put_within("inbox", message, ms(5)).unwrap_err();
    assert!(late.is_full());

    let waiting = thread::spawn({
        let handle = handle.clone();
        move || handle.put_when_room("inbox", late.into_message())
    });
    handle.put("control", "go on").unwrap();
    waiting.join().unwrap().unwrap();
    for number in 0..6u64 {
        assert_eq!(handle.next("outbox").unwrap().take::<u64>().unwrap(), number);
    }
    background.join().unwrap();
}

#[test]
fn s33_the_end_of_the_component_and_its_failure_are_told_to_whoever_puts_or_gets() {
    let background = Background::start_with(Scheduler::builder().immortal()).unwrap();
    let ends = Handle::new(&background, || act(async |cx| Ok(cx.send("outbox", "last words")?))).unwrap();
    assert_eq!(ends.next("outbox").unwrap().take::<&str>().unwrap(), "last words");
    let ended = ends.next("outbox").unwrap_err();
    assert_eq!(ended.to_string(), format!("{} has ended", ends.component()));
    assert!(ended.failure().is_none());
    let refused = ends.put("inbox", 7u8).unwrap_err();
    assert!(!refused.is_full());
    assert_eq!(refused.into_message().take::<u8>().unwrap(), 7);

    let fails = Handle::new(&background, || {
        act(async |cx| {
            cx.next::<()>("inbox").await?;
            Err("the disk is full".into())
        })
    })
    .unwrap();
    fails.put("inbox", ()).unwrap();
    let failed = fails.next("outbox").unwrap_err();
    assert_eq!(failed.failure().unwrap().component(), fails.component().name());
    assert!(failed.to_string().ends_with(" failed: the disk is full"), "{failed}");
    assert!(fails.failure().is_some());
    background.join().unwrap();
}

#[test]
fn s33_the_end_of_a_run_is_told_to_all_who_wait_and_its_error_to_whoever_joins() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, double).unwrap();
    let waiting = thread::spawn({
        let handle = handle.clone();
        move || handle.next("outbox").is_err()
    });
    background.activate(|| act(async |_| Err("the disk is full".into()))).unwrap();
    assert!(waiting.join().unwrap(), "the run is over");
    let error = background.join().unwrap_err();
    assert!(matches!(&error, RunError::Failed { .. }));
    assert!(error.to_string().ends_with(" failed: the disk is full"), "{error}");
    assert!(handle.put("inbox", 1u64).is_err());
}

#[test]
fn s33_a_scheduler_in_the_background_waits_for_its_first_component_and_for_the_last_to_end() {
    let background = Background::start().unwrap();
    let (tell, told) = mpsc::channel();
    background
        .activate(move || {
            act(async move |cx| {
                cx.sleep(ms(1)).await;
                tell.send(thread::current().id())?;
                Ok(())
            })
        })
        .unwrap();
    background.join().unwrap();
    assert_ne!(told.recv().unwrap(), thread::current().id());
}

#[test]
fn s33_those_who_sleep_for_ever_are_an_error_of_join_once_nobody_outside_can_wake_them() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, double).unwrap();
    let doubler = handle.component().name();
    drop(handle);
    let Err(RunError::Stuck(report)) = background.join() else { panic!("nobody can wake it") };
    assert!(report.sleepers.iter().any(|sleeper| sleeper.component == doubler), "{report}");
}

#[test]
fn s33_a_scheduler_in_the_background_can_be_stopped_at_once_or_in_order() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, glutton).unwrap();
    background.stop().unwrap();
    assert!(handle.next("outbox").is_err() && handle.component().is_stopped());

    let background = Background::start().unwrap();
    let (tell, told) = mpsc::channel();
    background
        .activate(move || {
            act(async move |cx| {
                cx.next::<ProducerFinished>("control").await?;
                Ok(tell.send(())?)
            })
        })
        .unwrap();
    background.stop_within(Duration::from_secs(100)).unwrap();
    told.recv().unwrap();
}

//! The Selector as those who ask it see it.
//!
//! Ported from `Kamaelia/Test/Internet/test_Selector.py`, on real sockets instead of a mocked `select`;
//! ported tests keep their names.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use axon::{ComponentRef, Context, ProducerFinished, Scheduler, ShutdownMicroprocess};
use kamaelia_net::{
    Direction, NewExceptional, NewReader, NewWriter, Ready, RemoveReader, RemoveWriter, Selector, Watched,
};

use crate::net_harness::{play, run};

fn pair() -> (Watched<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    near.set_nonblocking(true).unwrap();
    (Watched::new(near), listener.accept().unwrap().0)
}

fn selector(cx: &Context) -> ComponentRef {
    Selector::services(cx).unwrap().notify.0
}

/// Gives everything time to happen that is not to happen.
async fn a_while(cx: &Context) {
    cx.sleep(Duration::from_millis(50)).await;
}

#[test]
fn test_activity_on_any_reader_results_in_message_on_that_readers_service() {
    run(async |cx: &Context| {
        let selector = selector(cx);
        let pairs = [pair(), pair(), pair()];
        for ((near, _), inbox) in pairs.iter().zip(["a", "b", "c"]) {
            assert_eq!(cx.add_inbox(inbox), inbox);
            let request = NewReader::new(cx.me(), inbox, near.descriptor());
            cx.deliver_to(&selector, "notify", request)?;
        }
        for ((_, mut far), inbox) in pairs.iter().map(|(near, far)| (near, far)).zip(["a", "b", "c"]) {
            a_while(cx).await;
            assert_eq!(cx.data_ready(inbox), 0);
            far.write_all(b"x")?;
            let ready = Ready::from(cx.next::<u64>(inbox).await?);
            assert_eq!(ready.direction(), Direction::Read);
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn test_remove_reader_results_in_reader_no_longer_being_selected_or_wired_in() {
    run(async |cx: &Context| {
        let (selector, (near, mut far)) = (selector(cx), pair());
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        cx.deliver_to(&selector, "notify", RemoveReader { descriptor: near.descriptor() })?;
        far.write_all(b"x")?;
        a_while(cx).await;
        assert_eq!(cx.data_ready("inbox"), 0);
        // Asked again, it is told what is there.
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        cx.next::<u64>("inbox").await?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn test_remove_writer_results_in_writer_no_longer_being_selected_or_wired_in() {
    run(async |cx: &Context| {
        let (selector, (near, _far)) = (selector(cx), pair());
        cx.deliver_to(&selector, "notify", NewWriter::new(cx.me(), "inbox", near.descriptor()))?;
        cx.deliver_to(&selector, "notify", RemoveWriter { descriptor: near.descriptor() })?;
        a_while(cx).await;
        assert_eq!(cx.data_ready("inbox"), 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn test_activity_on_any_exceptional_results_in_message_on_that_exceptionals_service() {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return;
    }
    run(async |cx: &Context| {
        let (selector, (near, far)) = (selector(cx), pair());
        cx.deliver_to(&selector, "notify", NewExceptional::new(cx.me(), "inbox", near.descriptor()))?;
        socket2::SockRef::from(&far).send_out_of_band(b"!")?;
        let ready = Ready::from(cx.next::<u64>("inbox").await?);
        assert_eq!(ready.direction(), Direction::Exceptional);
        Ok(())
    })
    .unwrap();
}

#[test]
fn test_shutdown_message_causes_shutdown() {
    for at_once in [false, true] {
        run(async move |cx: &Context| {
            let services = Selector::services(cx)?;
            let (selector, control) = services.control;
            let (near, _far) = pair();
            cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
            a_while(cx).await;
            if at_once {
                cx.deliver_to(&selector, &control, ShutdownMicroprocess::new())?;
            } else {
                cx.deliver_to(&selector, &control, ProducerFinished::new())?;
                a_while(cx).await;
                assert!(selector.is_active(), "somebody has something watched");
                drop(near);
            }
            while !selector.is_stopped() {
                cx.pause_for(Duration::from_millis(1)).await;
            }
            assert_ne!(Selector::services(cx)?.notify.0, selector, "the next user gets a new one");
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn an_answer_comes_once_and_a_second_request_is_ignored() {
    run(async |cx: &Context| {
        let (selector, (near, mut far)) = (selector(cx), pair());
        cx.add_inbox("second");
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "second", near.descriptor()))?;
        far.write_all(b"x")?;
        let ready = Ready::from(cx.next::<u64>("inbox").await?);
        far.write_all(b"x")?;
        a_while(cx).await;
        assert_eq!((cx.data_ready("inbox"), cx.data_ready("second")), (0, 0));
        // Sent back, the answer asks again.
        cx.deliver_to(&selector, "notify", u64::from(ready.again()))?;
        cx.next::<u64>("inbox").await?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn one_who_has_seen_that_nothing_is_left_asks_for_news() {
    run(async |cx: &Context| {
        let (selector, (near, mut far)) = (selector(cx), pair());
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        for _ in 0..100 {
            far.write_all(b"x")?;
            let ready = Ready::from(cx.next::<u64>("inbox").await?);
            while (&*near).read(&mut [0; 10]).is_ok() {}
            cx.deliver_to(&selector, "notify", u64::from(ready.when_changed()))?;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn reading_and_writing_are_asked_for_apart() {
    run(async |cx: &Context| {
        let (selector, (near, mut far)) = (selector(cx), pair());
        cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        cx.deliver_to(&selector, "notify", NewWriter::new(cx.me(), "control", near.descriptor()))?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        assert_eq!(cx.data_ready("inbox"), 0);
        far.write_all(b"x")?;
        cx.next::<u64>("inbox").await?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_plain_file_is_always_ready() {
    run(async |cx: &Context| {
        let file = Watched::new(std::fs::File::open(std::env::current_exe()?)?);
        let request = NewReader::new(cx.me(), "inbox", file.descriptor());
        cx.deliver_to(&selector(cx), "notify", request)?;
        cx.next::<u64>("inbox").await?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_run_in_which_only_the_selector_is_left_ends() {
    let begun = Instant::now();
    run(async |cx: &Context| {
        selector(cx);
        cx.yield_now().await;
        Ok(())
    })
    .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_selector_that_nobody_needs_ends_by_itself() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(play(async |cx: &Context| {
        let first = selector(cx);
        cx.sleep(Duration::from_secs(4)).await;
        assert_eq!(selector(cx), first);
        cx.sleep(Duration::from_secs(4)).await;
        assert!(first.is_stopped());
        assert_ne!(selector(cx), first);
        Ok(())
    }));
    scheduler.run().unwrap();
}

#[test]
fn a_descriptor_dropped_by_a_component_that_was_stopped_is_not_watched_any_more() {
    run(async |cx: &Context| {
        let selector = selector(cx);
        let (near, mut far) = pair();
        let holder = cx.activate(play(async move |cx: &Context| {
            cx.deliver_to(&selector, "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
            loop {
                cx.pause().await;
            }
        }));
        a_while(cx).await;
        cx.stop(&holder);
        cx.yield_now().await;
        assert_eq!(far.read(&mut [0])?, 0, "closed");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_sleep_in_the_poll_is_ended_by_other_threads() {
    run(async |cx: &Context| {
        let (near, _far) = pair();
        cx.deliver_to(&selector(cx), "notify", NewReader::new(cx.me(), "inbox", near.descriptor()))?;
        let (remote, me) = (cx.remote(), cx.me().clone());
        let thread = std::thread::spawn(move || {
            for i in 0..100_u32 {
                std::thread::sleep(Duration::from_micros(200));
                remote.deliver(&me, "control", i).unwrap();
            }
        });
        for i in 0..100_u32 {
            assert_eq!(cx.next::<u32>("control").await?, i);
        }
        thread.join().unwrap();
        Ok(())
    })
    .unwrap();
}

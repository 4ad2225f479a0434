//! What a supervisor keeps when it replaces its child: linkages, unread messages, limits, endings.

use axon::chassis::{Pipeline, Supervisor};
use axon::util::{DataSink, DataSource, PassThrough, Received};
use axon::{
    Boxes, Component, ComponentRef, Context, Ending, Message, ProducerFinished, Scheduler,
    ShutdownMicroprocess,
};

use crate::stage::{Still, act, ms, said, say, scheduler, warnings};

/// Passes numbers on and fails at `bad` ones, at a pace of one a turn.
struct Picky {
    bad: &'static [i32],
    size: Option<usize>,
}

fn picky(bad: &'static [i32]) -> impl FnMut() -> Picky {
    move || Picky { bad, size: None }
}

impl Component for Picky {
    fn boxes(&self) -> Boxes {
        let boxes = Boxes::standard();
        if let Some(size) = self.size { boxes.inbox_size("inbox", size) } else { boxes }
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        say!("{} starts", cx.me().kind());
        loop {
            while let Some(number) = cx.recv_as::<i32>("inbox")? {
                if self.bad.contains(&number) {
                    return Err(format!("{number} is bad").into());
                }
                cx.send("outbox", number)?;
                cx.yield_now().await;
            }
            if let Some(notice) = cx.told_to_end() {
                say!("told {:?}", notice.ending().unwrap());
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// A supervisor on a bench: what it is given, what comes out of it.
struct Bench {
    s: Scheduler,
    subject: ComponentRef,
    observer: ComponentRef,
}

impl Bench {
    fn new(supervisor: Supervisor) -> Self {
        let s = scheduler();
        let (subject, observer) = (s.add(supervisor), s.add(Still));
        let cx = s.context(&observer);
        cx.link((&subject, "outbox"), (&observer, "inbox")).unwrap();
        cx.link((&subject, "signal"), (&observer, "control")).unwrap();
        s.activate(&subject);
        Bench { s, subject, observer }
    }

    fn give(&self, inbox: &str, payload: impl axon::Payload) {
        self.s.context(&self.observer).deliver_to(&self.subject, inbox, payload).unwrap();
    }

    fn passes(&mut self, count: usize) {
        for _ in 0..count {
            self.s.run_pass().unwrap();
        }
    }

    fn out(&self) -> Vec<i32> {
        self.s.context(&self.observer).drain::<i32>("inbox").map(Result::unwrap).collect()
    }

    fn signalled(&self) -> Vec<Option<Ending>> {
        let cx = self.s.context(&self.observer);
        std::iter::from_fn(|| cx.recv("control")).map(|message: Message| message.ending()).collect()
    }
}

const PF: Option<Ending> = Some(Ending::ProducerFinished);
const SM: Option<Ending> = Some(Ending::ShutdownMicroprocess);

#[test]
fn what_the_failed_child_did_not_read_is_read_by_the_next_in_order_and_nothing_twice() {
    let received = Received::<i32>::new();
    let mut s = scheduler();
    s.activate(
        Pipeline::new()
            .then(DataSource::new(1..=9))
            .then(Supervisor::new(picky(&[3, 4, 8])))
            .then(DataSink::new(&received)),
    );
    s.run().unwrap();
    assert_eq!(received.take(), [1, 2, 5, 6, 7, 9]);
    said();
}

#[test]
fn what_arrives_while_there_is_no_child_comes_after_what_was_unread() {
    let mut b = Bench::new(Supervisor::new(picky(&[0])).backoff(ms(100), ms(100)));
    for number in [0, 1, 2] {
        b.give("inbox", number);
    }
    b.passes(4);
    for number in [3, 4] {
        b.give("inbox", number);
    }
    b.give("control", ProducerFinished::new());
    b.s.run().unwrap();
    assert_eq!(b.out(), [1, 2, 3, 4]);
    assert_eq!(b.signalled(), [PF]);
    said();
}

#[test]
fn the_limit_of_the_childs_inbox_holds_while_there_is_none_and_who_was_refused_is_woken() {
    let limited = || Picky { bad: &[0], size: Some(2) };
    let b = Bench::new(Supervisor::new(limited).backoff(ms(100), ms(100)));
    let Bench { mut s, subject, observer } = b;
    let to = subject.clone();
    s.activate(act(async move |cx: &Context| {
        cx.link((cx.me(), "outbox"), (&to, "inbox"))?;
        for number in 0..=6 {
            cx.send_when_room("outbox", number).await.unwrap();
            say!("sent {number} at {}", cx.data_ready("inbox"));
        }
        cx.sleep(ms(1000)).await;
        cx.deliver_to(&to, "control", ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    let out: Vec<i32> = s.context(&observer).drain::<i32>("inbox").map(Result::unwrap).collect();
    assert_eq!(out, [1, 2, 3, 4, 5, 6]);
    said();
}

#[test]
fn a_child_that_fails_after_it_was_told_that_no_more_comes_is_replaced_by_one_that_is_told_too() {
    /// Reads `control` first, and only then fails at a bad number.
    struct Late;
    impl Component for Late {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                if let Some(notice) = cx.told_to_end() {
                    for number in cx.drain::<i32>("inbox") {
                        match number? {
                            0 => return Err("at the last moment".into()),
                            number => cx.send("outbox", number)?,
                        }
                    }
                    cx.send("signal", notice)?;
                    return Ok(());
                }
                cx.pause().await;
            }
        }
    }
    let mut b = Bench::new(Supervisor::new(|| Late));
    for number in [1, 0, 2] {
        b.give("inbox", number);
    }
    b.give("control", ProducerFinished::new());
    b.s.run().unwrap();
    assert_eq!((b.out(), b.signalled()), (vec![1, 2], vec![PF]));
}

#[test]
fn a_child_that_fails_after_it_was_told_to_stop_is_not_replaced() {
    let mut b = Bench::new(Supervisor::new(|| {
        act(async |cx| {
            say!("starts");
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            Err("while stopping".into())
        })
    }));
    b.give("control", ShutdownMicroprocess::new());
    b.s.run().unwrap();
    assert_eq!((said(), b.signalled()), (vec!["starts".to_owned()], vec![SM]));
}

#[test]
fn told_to_stop_while_there_is_no_child_it_ends_at_once() {
    let mut b = Bench::new(Supervisor::new(picky(&[0])).backoff(ms(60_000), ms(60_000)));
    b.give("inbox", 0);
    b.passes(4);
    let before = b.s.context(&b.subject).now();
    b.give("control", ShutdownMicroprocess::new());
    b.s.run().unwrap();
    assert_eq!(b.signalled(), [SM]);
    assert_eq!(b.s.context(&b.subject).now(), before);
    said();
}

#[test]
fn an_ending_said_by_a_child_that_then_fails_is_not_passed_on() {
    let mut lives = 0;
    let mut b = Bench::new(Supervisor::new(move || {
        lives += 1;
        let life = lives;
        act(async move |cx: &Context| {
            cx.send("signal", ProducerFinished::new())?;
            cx.send("signal", "a word")?;
            if life == 1 { Err("after all".into()) } else { Ok(()) }
        })
    }));
    b.s.run().unwrap();
    assert_eq!(b.signalled(), [None, None, PF]);
}

#[test]
fn a_child_with_no_control_is_stopped_when_the_supervisor_is_told_to() {
    struct Deaf;
    impl Component for Deaf {
        fn boxes(&self) -> Boxes {
            Boxes::none()
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                cx.pause().await;
            }
        }
    }
    let s = scheduler();
    let subject = s.activate(Supervisor::new(|| Deaf));
    s.context(&subject).deliver_to(&subject, "control", ShutdownMicroprocess::new()).unwrap();
    let mut s = s;
    s.run().unwrap();
}

#[test]
fn a_failure_inside_a_pipeline_replaces_the_pipeline_keeps_what_its_first_did_not_read_and_tells_what_is_lost()
 {
    warnings();
    let row = || Pipeline::new().then(PassThrough::new()).then(Picky { bad: &[2], size: None });
    let mut b = Bench::new(Supervisor::new(row));
    for number in [1, 2, 3] {
        b.give("inbox", number);
    }
    // The first of the row passes all three on before the second reads the bad one.
    while said().is_empty() {
        b.passes(1);
    }
    b.passes(1);
    b.give("inbox", 4);
    b.give("control", ProducerFinished::new());
    b.s.run().unwrap();
    let out = b.out();
    assert_eq!((out.first(), out.last()), (Some(&1), Some(&4)), "{out:?}");
    assert!(!out.contains(&2));
    let log = warnings();
    assert_eq!(out.contains(&3), !log.iter().any(|line| line.contains("1 unread")), "{out:?} {log:?}");
    said();
}

#[test]
fn what_waits_in_the_first_component_of_a_failed_pipeline_is_not_lost() {
    /// Never reads, and fails at the second word on `control`.
    struct Idle;
    impl Component for Idle {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.next::<&'static str>("control").await?;
            Err("idle".into())
        }
    }
    let mut lives = 0;
    let mut b = Bench::new(Supervisor::new(move || {
        lives += 1;
        if lives == 1 {
            Pipeline::new().then(Idle).then(PassThrough::new())
        } else {
            Pipeline::new().then(PassThrough::new()).then(PassThrough::new())
        }
    }));
    for number in [1, 2, 3] {
        b.give("inbox", number);
    }
    b.passes(6);
    b.give("control", "fail");
    b.give("control", ProducerFinished::new());
    b.s.run().unwrap();
    assert_eq!(b.out(), [1, 2, 3]);
}

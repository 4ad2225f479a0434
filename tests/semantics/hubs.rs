//! Components that send the same to several, one of which is slow: promise S16b.

use axon::util::{
    AddSink, Backplane, DataSink, DataSource, Fanout, PlugSplitter, PublishTo, Received, SubscribeTo,
    WhenFull,
};
use axon::{Component, ComponentRef, Context, IntoComponent, ProducerFinished, Scheduler, pipeline};

use crate::stage::{news, scheduler};

/// Subscribes, and never reads.
struct Deaf;

impl Component for Deaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.sleep(std::time::Duration::from_secs(3600)).await;
        }
    }
}

/// How many of so many messages one that reads hears, beside one that does not, and whether that one goes on.
fn heard_beside_a_deaf_one(messages: i32, when_full: WhenFull) -> (usize, bool) {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(Backplane::new("NEWS").when_full(when_full));
    let deaf = scheduler.activate(SubscribeTo::new("NEWS"));
    let ears = scheduler.activate(Deaf);
    scheduler.context(&ears).link((&deaf, "outbox"), (&ears, "inbox")).unwrap();
    scheduler.activate(pipeline![SubscribeTo::new("NEWS"), DataSink::new(&received)]);
    for pass in 0..5_000 {
        if pass == 10 {
            scheduler.activate(pipeline![DataSource::new(0..messages), PublishTo::new("NEWS")]);
        }
        scheduler.run_pass().unwrap();
    }
    (received.take().len(), deaf.is_active())
}

#[test]
fn s16b_all_wait_for_the_slowest_unless_it_is_passed_over_or_cut() {
    let (heard, goes_on) = heard_beside_a_deaf_one(3_000, WhenFull::Hold);
    assert!(heard < 2_000 && goes_on, "{heard}");
    assert_eq!(heard_beside_a_deaf_one(3_000, WhenFull::Drop), (3_000, true));
    assert_eq!(heard_beside_a_deaf_one(3_000, WhenFull::Cut), (3_000, false));
}

/// What is logged while `hub` sends five messages to one that never reads and has room for one, and then ends. The
/// hub is called `HUB`, the other `DEAF`.
fn told_of_a_deaf_one(
    hub: impl IntoComponent,
    join: fn(&Context, &ComponentRef, &ComponentRef),
) -> Vec<String> {
    let mut s = scheduler();
    let (deaf, hub) = (s.activate(Deaf), s.activate(hub));
    let cx = s.context(&deaf);
    cx.set_size((&deaf, "inbox"), Some(1)).unwrap();
    join(&cx, &hub, &deaf);
    s.run_pass().unwrap();
    news();
    for number in 0..5 {
        cx.deliver_to(&hub, "inbox", number).unwrap();
    }
    for _ in 0..200 {
        s.run_pass().unwrap();
    }
    cx.deliver_to(&hub, "control", ProducerFinished::new()).unwrap();
    for _ in 0..200 {
        s.run_pass().unwrap();
    }
    let renamed = |line: String| line.replace(&hub.name(), "HUB").replace(&deaf.name(), "DEAF");
    news().into_iter().map(renamed).collect()
}

#[test]
fn s16b_whoever_passes_over_or_cuts_a_receiver_says_so_and_how_many_messages_it_did_not_get() {
    let splitter = |when_full| {
        told_of_a_deaf_one(PlugSplitter::new().when_full(when_full), |cx, hub, deaf| {
            cx.deliver_to(hub, "configuration", AddSink::new(deaf)).unwrap();
        })
    };
    let fanout = |when_full| {
        told_of_a_deaf_one(Fanout::new(["ear"]).when_full(when_full), |cx, hub, deaf| {
            cx.link((hub, "ear"), (deaf, "inbox")).unwrap();
        })
    };
    assert_eq!(splitter(WhenFull::Hold), [""; 0]);
    assert_eq!(fanout(WhenFull::Hold), [""; 0]);
    let dropped = |whose: &str| {
        [
            format!("HUB: {whose} has no room: messages for it are dropped while that is so"),
            format!("HUB: 4 messages for {whose} were dropped"),
        ]
    };
    assert_eq!(splitter(WhenFull::Drop), dropped("DEAF.inbox"));
    assert_eq!(fanout(WhenFull::Drop), dropped("what \"ear\" leads to"));
    assert_eq!(splitter(WhenFull::Cut), ["HUB cuts DEAF: it has no room"]);
    assert_eq!(fanout(WhenFull::Cut)[0], "HUB cuts what \"ear\" leads to: it has no room");
}

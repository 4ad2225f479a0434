//! Components that send the same to several, one of which is slow: promise S16b.

use axon::util::{Backplane, DataSink, DataSource, PublishTo, Received, SubscribeTo, WhenFull};
use axon::{Component, Context, Scheduler, pipeline};

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

//! What must not grow with what else there is: counted are turns and places, since times would prove nothing on a
//! machine that others use too. `AXON_STRESS=full` makes the numbers large.

use crate::{Boxes, Component, ComponentRef, Context, Result, Scheduler};

/// A number of components: with `AXON_STRESS=full`, the large one.
pub(super) fn scaled(short: usize, full: usize) -> usize {
    let is_full = std::env::var("AXON_STRESS").is_ok_and(|value| value == "full");
    if is_full { full } else { short }
}

/// Runs until nobody is awake. Returns how many passes that took, and how many entries they had.
fn run(s: &mut Scheduler) -> (usize, usize) {
    let (mut passes, mut entries) = (0, 0);
    while s.run_pass().unwrap() {
        passes += 1;
        entries += s.system.with(|state| state.run.length());
    }
    (passes, entries)
}

struct Still;

impl Component for Still {
    async fn main(&mut self, _: &Context) -> Result {
        Ok(())
    }
}

/// Sleeps until it gets a message.
struct Sleeper;

impl Component for Sleeper {
    async fn main(&mut self, cx: &Context) -> Result {
        cx.next::<u64>("inbox").await?;
        Ok(())
    }
}

/// Sends back what it gets, so many times.
struct Returns {
    begins: bool,
    times: u64,
}

impl Component for Returns {
    async fn main(&mut self, cx: &Context) -> Result {
        if self.begins {
            cx.send("outbox", 0_u64)?;
        }
        for _ in 0..self.times {
            let value = cx.next::<u64>("inbox").await?;
            cx.send("outbox", value + 1)?;
        }
        Ok(())
    }
}

/// The passes of a ping-pong and the entries in them, and how many boxes were looked at, among so many that sleep.
fn ping_pong_among(sleepers: usize) -> [usize; 3] {
    const ROUND_TRIPS: u64 = 500;
    let mut s = Scheduler::builder().virtual_clock().build();
    for _ in 0..sleepers {
        s.activate(Sleeper);
    }
    run(&mut s);
    // The entries of those who have just fallen asleep are passed over once.
    s.activate(Still);
    run(&mut s);
    let ping = s.activate(Returns { begins: true, times: ROUND_TRIPS });
    let pong = s.activate(Returns { begins: false, times: ROUND_TRIPS });
    let maker = s.add(Still);
    let cx = s.context(&maker);
    cx.link((&ping, "outbox"), (&pong, "inbox")).unwrap();
    cx.link((&pong, "outbox"), (&ping, "inbox")).unwrap();
    let visits = |s: &Scheduler| s.system.with(|state| state.post.visits.get());
    let before = visits(&s);
    let (passes, entries) = run(&mut s);
    assert!(ping.is_stopped() && pong.is_stopped());
    [passes, entries, visits(&s) - before]
}

#[test]
fn a_hop_among_a_million_sleepers_looks_at_nothing_more_than_one_among_none() {
    assert_eq!(ping_pong_among(scaled(20_000, 1_000_000)), ping_pong_among(0));
}

/// Sends one message, when there is room.
struct SendsOne;

impl Component for SendsOne {
    async fn main(&mut self, cx: &Context) -> Result {
        cx.send_when_room("outbox", 1_u64).await?;
        Ok(())
    }
}

/// Receives so many messages in an inbox with few places.
struct Sum {
    messages: u64,
}

impl Component for Sum {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 4)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for _ in 0..self.messages {
            cx.next::<u64>("inbox").await?;
        }
        Ok(())
    }
}

/// How many entries the passes have for each of so many senders into one limited box.
fn entries_of_fan_in(senders: usize) -> f64 {
    let mut s = Scheduler::builder().virtual_clock().build();
    let sum = s.activate(Sum { messages: senders as u64 });
    let maker = s.add(Still);
    let all: Vec<ComponentRef> = (0..senders).map(|_| s.activate(SendsOne)).collect();
    for sender in &all {
        s.context(&maker).link((sender, "outbox"), (&sum, "inbox")).unwrap();
    }
    let (_, entries) = run(&mut s);
    assert!(sum.is_stopped(), "all have arrived");
    entries as f64 / senders as f64
}

#[test]
fn forty_thousand_senders_into_a_limited_box_take_as_many_turns_each_as_a_thousand() {
    let (few, many) = (entries_of_fan_in(1_000), entries_of_fan_in(scaled(10_000, 40_000)));
    assert!(many < 1.1 * few, "{many} turns each among many, {few} among few");
}

/// Makes components that end in their first turn, so many a turn.
struct Maker {
    rounds: usize,
}

impl Component for Maker {
    async fn main(&mut self, cx: &Context) -> Result {
        for _ in 0..self.rounds {
            for _ in 0..A_ROUND {
                let child = cx.add_child(Still);
                cx.link((&child, "outbox"), (cx.me(), "inbox"))?;
                cx.activate(&child);
            }
            cx.yield_now().await;
            for child in cx.children() {
                cx.remove_child(&child);
            }
            cx.yield_now().await;
        }
        Ok(())
    }
}

const A_ROUND: usize = 100;

/// How many places the tables have after a run that made so many components and linkages.
fn places_after(components: usize) -> Vec<usize> {
    let mut s = Scheduler::builder().virtual_clock().build();
    s.activate(Maker { rounds: components / A_ROUND });
    s.run().unwrap();
    let mut places = s.system.with(|state| {
        let outboxes = (0..).take_while(|outbox| state.post.has_outbox(*outbox)).count();
        vec![
            state.run.places.len(),
            state.records.places(),
            state.post.all_inboxes().len(),
            outboxes,
            state.post.places_of_linkages(),
            state.families.places(),
        ]
    });
    places.push(s.places_of_tasks());
    places
}

#[test]
fn a_run_that_has_made_and_ended_ten_million_components_has_the_tables_of_its_first_thousand() {
    assert_eq!(places_after(scaled(20_000, 10_000_000)), places_after(1_000));
}

//! Who gets a place in a full box, and whom it concerns that a way to it is cut: promises S16, S17, S20.

use axon::{Component, ComponentRef, Context, Scheduler};

use crate::stage::{Clock, Still, act, said, say, scheduler};

/// Sends its name for ever, each time it may.
struct Producer {
    name: &'static str,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    /// As Kamaelia's programs do: try, sleep if there is no space, try again.
    Tries,
    /// The same, and at once again when it was sent.
    TriesAtOnce,
    Asks,
    Waits,
}

impl Component for Producer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            match self.way {
                Way::Tries | Way::TriesAtOnce => {
                    while cx.send("outbox", self.name).is_err() {
                        cx.pause().await;
                    }
                }
                Way::Asks => {
                    while !cx.has_room("outbox") {
                        cx.pause().await;
                    }
                    cx.send("outbox", self.name)?;
                }
                Way::Waits => cx.send_when_room("outbox", self.name).await?,
            }
            if !matches!(self.way, Way::TriesAtOnce) {
                cx.yield_now().await;
            }
        }
    }
}

/// What a consumer gets that takes one message in every third turn from a box of this size.
fn taken(size: usize, producers: &[(&'static str, Way)]) -> String {
    let mut s = scheduler();
    let consumer = s.add(act(async |cx| {
        let mut taken = String::new();
        for _ in 0..60 {
            for _ in 0..3 {
                cx.yield_now().await;
            }
            taken.push_str(cx.recv_as::<&str>("inbox")?.unwrap_or("-"));
        }
        say!("{taken}");
        cx.stop_scheduler();
        Ok(())
    }));
    let cx = s.context(&consumer);
    cx.set_size((&consumer, "inbox"), Some(size)).unwrap();
    for (name, way) in producers {
        let producer = s.add(Producer { name, way: *way });
        cx.link((&producer, "outbox"), (&consumer, "inbox")).unwrap();
        s.activate(producer);
    }
    s.activate(consumer);
    s.run().unwrap();
    said().remove(0)
}

#[test]
fn s16_two_who_try_again_whenever_they_are_woken_get_a_place_by_turns_however_they_wait() {
    for way in [Way::Tries, Way::TriesAtOnce, Way::Asks, Way::Waits] {
        for size in [1, 2, 5] {
            let taken = taken(size, &[("P", way), ("Q", way)]);
            let of = |name: char| taken.matches(name).count();
            assert!(of('P').abs_diff(of('Q')) <= size + 1 && of('-') <= 2, "{size}: {taken}");
        }
    }
    let mixed = taken(1, &[("P", Way::Tries), ("Q", Way::Waits), ("R", Way::TriesAtOnce)]);
    for name in ['P', 'Q', 'R'] {
        assert!(mixed.matches(name).count() >= 18, "{mixed}");
    }
}

#[test]
fn s16_a_free_place_that_was_offered_to_another_is_not_taken_by_who_comes_in_between() {
    let mut s = scheduler();
    let (sink, stranger) = (s.add(Still), s.add(Still));
    let cx = s.context(&sink);
    cx.set_size((&sink, "inbox"), Some(1)).unwrap();
    cx.deliver_to(&sink, "inbox", 0).unwrap();
    let waits = s.activate(act(async |cx| {
        cx.send_when_room("outbox", 1).await?;
        say!("sent");
        Ok(())
    }));
    cx.link((&waits, "outbox"), (&sink, "inbox")).unwrap();
    cx.link((&stranger, "outbox"), (&sink, "inbox")).unwrap();
    s.run_pass().unwrap();
    cx.recv("inbox").unwrap();
    let refused = s.context(&stranger).send("outbox", 2).unwrap_err();
    assert!(refused.to_string().contains("0 of 1 messages"), "{refused}");
    assert!(refused.to_string().contains("kept for who was refused before"), "{refused}");
    assert!(!s.context(&stranger).has_room("outbox"));
    s.run().unwrap();
    assert_eq!(said(), ["sent"]);
    cx.recv("inbox").unwrap();
    s.context(&stranger).send("outbox", 2).unwrap();
}

#[test]
fn s17_in_the_exact_mode_those_upstream_are_woken_in_the_order_in_which_linking_joined_them() {
    let mut s = Scheduler::builder().virtual_clock().exact_waking().build();
    let [sink, near, far, maker] = [0; 4].map(|_| s.add(Still));
    let cx = s.context(&maker);
    let sleeper = |name: &'static str| {
        s.add(act(async move |cx: &Context| {
            cx.pause().await;
            say!("{name}");
            Ok(())
        }))
    };
    s.activate(Clock { passes: 9 });
    let [a, b, c, d, e, f] = ["a", "b", "c", "d", "e", "f"].map(sleeper);
    let to = |source: &ComponentRef, inbox: &ComponentRef| {
        cx.link((source, "outbox"), (inbox, "inbox")).unwrap();
    };
    // `b` and `c` come with `near`, `e` with `far`, after `a` and `d`, which were there; `f` last.
    to(&b, &near);
    to(&a, &sink);
    to(&c, &near);
    to(&e, &far);
    to(&d, &sink);
    cx.pass_through_inbox((&near, "inbox"), (&sink, "inbox")).unwrap();
    cx.pass_through_inbox((&far, "inbox"), (&near, "inbox")).unwrap();
    to(&f, &near);
    for one in [f, e, d, c, b, a] {
        s.activate(one);
    }
    s.run_pass().unwrap();
    s.context(&maker).deliver_to(&sink, "inbox", 1).unwrap();
    s.run_pass().unwrap();
    s.context(&sink).recv("inbox").unwrap();
    s.run_pass().unwrap();
    let mut said = said();
    said.retain(|line| !line.starts_with("--"));
    assert_eq!(said, ["a", "d", "b", "c", "e", "f"]);
}

/// Sources that wait for room in one box, each with its own linkage.
fn waiting(s: &Scheduler, cx: &Context, sink: &ComponentRef, sources: usize) -> Vec<axon::Linkage> {
    (0..sources)
        .map(|source| {
            let waits = s.add(act(async move |cx: &Context| {
                loop {
                    let _ = cx.send("outbox", source);
                    cx.pause().await;
                    say!("{source} woken");
                }
            }));
            let linkage = cx.link((&waits, "outbox"), (sink, "inbox")).unwrap();
            s.activate(waits);
            linkage
        })
        .collect()
}

#[test]
fn s20_only_those_whose_way_is_cut_are_woken_of_all_who_wait_for_room() {
    let mut s = scheduler();
    let (maker, sink) = (s.add(Still), s.add(Still));
    let cx = s.context(&maker);
    cx.set_size((&sink, "inbox"), Some(1)).unwrap();
    cx.deliver_to(&sink, "inbox", 0).unwrap();
    let linkages = waiting(&s, &cx, &sink, 4);
    s.run_pass().unwrap();
    cx.unlink(&linkages[2]);
    s.run_pass().unwrap();
    assert_eq!(said(), ["2 woken"]);
    s.context(&sink).recv("inbox").unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["0 woken"], "the others stand in line as before");
}

#[test]
fn s20_cutting_many_ways_to_a_full_box_one_after_the_other_wakes_each_who_waited_once() {
    let mut s = scheduler();
    let (maker, sink) = (s.add(Still), s.add(Still));
    let cx = s.context(&maker);
    cx.set_size((&sink, "inbox"), Some(1)).unwrap();
    cx.deliver_to(&sink, "inbox", 0).unwrap();
    let linkages = waiting(&s, &cx, &sink, 300);
    s.run_pass().unwrap();
    for linkage in &linkages {
        cx.unlink(linkage);
        s.run_pass().unwrap();
    }
    assert_eq!(said().len(), linkages.len());
}

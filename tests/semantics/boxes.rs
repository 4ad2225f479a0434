//! What becomes of a message: promises S13, S14, S15 and S24.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axon::{Boxes, Component, ComponentRef, Context, Scheduler};

use crate::stage::{Still, act, drained, hints, said, say, scheduler, warnings};

/// Adds `n` components and joins their inboxes one behind the other with pass-through linkages.
fn chain(s: &mut Scheduler, n: usize) -> Vec<ComponentRef> {
    let links: Vec<_> = (0..n).map(|_| s.add(Still)).collect();
    for pair in links.windows(2) {
        s.context(&pair[0]).pass_through_inbox((&pair[0], "inbox"), (&pair[1], "inbox")).unwrap();
    }
    links
}

fn ready(s: &Scheduler, component: &ComponentRef, inbox: &str) -> usize {
    s.context(component).data_ready(inbox)
}

#[test]
fn s13_a_message_is_in_the_last_box_of_the_chain_when_send_returns() {
    let mut s = scheduler();
    let source = s.add(Still);
    let links = chain(&mut s, 12);
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&links[0], "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    let counts: Vec<_> = links.iter().map(|link| ready(&s, link, "inbox")).collect();
    assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn s13_a_chain_of_outboxes_delivers_as_directly_and_wakes_only_the_last_owner() {
    let mut s = scheduler();
    let (inner, middle, outer, sink) = (s.add(Still), s.add(Onlooker), s.add(Onlooker), s.add(Onlooker));
    let cx = s.context(&outer);
    // Built from the far end: the order in which a chain is made does not matter.
    cx.link((&outer, "outbox"), (&sink, "inbox")).unwrap();
    cx.pass_through_outbox((&middle, "outbox"), (&outer, "outbox")).unwrap();
    cx.pass_through_outbox((&inner, "outbox"), (&middle, "outbox")).unwrap();
    for onlooker in [&middle, &outer, &sink] {
        s.activate(onlooker.clone());
    }
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    s.context(&inner).send("outbox", 1).unwrap();
    assert_eq!(ready(&s, &sink, "inbox"), 1);
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), [format!("{} woken", sink.name())]);
}

/// Writes a line when it is woken.
struct Onlooker;

impl Component for Onlooker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
            say!("{} woken", cx.name());
        }
    }
}

#[test]
fn s14_between_one_outbox_and_one_inbox_order_is_kept_and_nothing_is_lost_or_doubled() {
    let mut s = scheduler();
    let sources = [0u64, 1].map(|who| {
        s.add(act(async move |cx: &Context| {
            for number in 0..1000u64 {
                cx.send("outbox", (who, number))?;
                if number % (7 + 4 * who) == 0 {
                    cx.yield_now().await;
                }
            }
            Ok(())
        }))
    });
    let sink = s.add(act(async |cx| {
        let mut next = [0; 2];
        while next != [1000, 1000] {
            for message in cx.drain::<(u64, u64)>("inbox") {
                let (who, number) = message?;
                assert_eq!(number, next[who as usize]);
                next[who as usize] += 1;
            }
            cx.pause().await;
        }
        say!("2000 in order");
        Ok(())
    }));
    let cx = s.context(&sink);
    for source in &sources {
        cx.link((source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source.clone());
    }
    s.activate(sink);
    s.run().unwrap();
    assert_eq!(said(), ["2000 in order"]);
}

#[test]
fn s14_who_gives_up_waiting_for_a_message_loses_none() {
    let mut s = scheduler();
    let sink = s.add(act(async |cx| {
        for _ in 0..3 {
            {
                let mut next = pin!(cx.next::<i32>("inbox"));
                assert!(poll_fn(|task| Poll::Ready(next.as_mut().poll(task).is_pending())).await);
            }
            // The message comes after it has given up, or wakes it here.
            cx.pause().await;
            say!("{}", cx.next::<i32>("inbox").await?);
        }
        Ok(())
    }));
    let source = s.activate(act(async |cx| {
        for number in 0..3 {
            for _ in 0..3 {
                cx.yield_now().await;
            }
            cx.send("outbox", number)?;
        }
        Ok(())
    }));
    s.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(sink);
    s.run().unwrap();
    assert_eq!(said(), ["0", "1", "2"]);
}

#[test]
fn s15_an_outbox_without_a_linkage_discards_what_is_sent() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Still));
    let cx = s.context(&a);
    cx.send("outbox", "lost").unwrap();
    let linkage = cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.send("outbox", "kept").unwrap();
    cx.unlink(&linkage);
    cx.send("outbox", "lost").unwrap();
    assert_eq!(drained(&s, &b, "inbox"), "kept");
}

#[test]
fn s15_an_outbox_that_is_linked_to_nothing_is_hinted_at_once_at_debug_level() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Still));
    hints();
    let cx = s.context(&a);
    for _ in 0..3 {
        cx.send("outbox", "lost").unwrap();
    }
    assert_eq!(hints(), [format!("{a}.outbox is linked to nothing: what it sends is dropped")]);
    cx.send("signal", "there is somebody last in every row").unwrap();
    let linkage = s.context(&b).link((&b, "outbox"), (&a, "inbox")).unwrap();
    s.context(&b).send("outbox", "kept").unwrap();
    s.context(&b).unlink(&linkage);
    s.context(&b).send("outbox", "whoever unlinks it knows").unwrap();
    assert_eq!((hints(), warnings()), (vec![], vec![]));
}

#[test]
fn s15_an_outbox_that_passes_through_to_nothing_discards_too() {
    let s = scheduler();
    let (inner, outer, sink) = (s.add(Still), s.add(Still), s.add(Still));
    let cx = s.context(&outer);
    cx.pass_through_outbox((&inner, "outbox"), (&outer, "outbox")).unwrap();
    s.context(&inner).send("outbox", "lost").unwrap();
    cx.link((&outer, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&inner).send("outbox", "kept").unwrap();
    assert_eq!(drained(&s, &sink, "inbox"), "kept");
}

#[test]
fn s15_an_inbox_with_an_onward_linkage_stores_nothing_and_counts_nothing() {
    let mut s = scheduler();
    let source = s.add(Still);
    let links = chain(&mut s, 2);
    s.context(&source).link((&source, "outbox"), (&links[0], "inbox")).unwrap();
    s.context(&source).send("outbox", 1).unwrap();
    let middle = s.context(&links[0]);
    assert_eq!((middle.data_ready("inbox"), middle.any_ready()), (0, None));
    assert_eq!(s.context(&links[1]).any_ready().as_deref(), Some("inbox"));
}

#[test]
fn s24_ids_are_unique_and_names_are_made_of_type_and_id() {
    let s = scheduler();
    let mut all: Vec<_> = (0..10).map(|_| s.add(Still)).collect();
    all.extend((0..10).map(|_| s.add(Onlooker)));
    assert_eq!(all.iter().map(ComponentRef::id).collect::<HashSet<_>>().len(), 20);
    for (n, component) in all.iter().enumerate() {
        let kind = if n < 10 { "Still" } else { "Onlooker" };
        assert_eq!(component.name(), format!("{kind}_{}", component.id()));
        assert_eq!(s.context(component).name(), component.name());
        assert_eq!(component.to_string(), component.name());
    }
}

#[test]
fn s24_a_box_made_at_run_time_gets_the_asked_name_or_a_variant_that_is_returned() {
    let s = scheduler();
    let (hub, source) = (s.add(Still), s.add(Still));
    let cx = s.context(&hub);
    assert_eq!((cx.add_inbox("fresh"), cx.add_outbox("fresh")), ("fresh".into(), "fresh".into()));
    let variants = [cx.add_inbox("fresh"), cx.add_inbox("fresh"), cx.add_inbox("inbox")];
    assert!(variants[0].starts_with("fresh") && variants[1].starts_with("fresh"), "{variants:?}");
    assert!(variants[2].starts_with("inbox"), "{variants:?}");
    let mut names = cx.inboxes(&hub);
    names.sort();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 6, "all different: {names:?}");

    s.context(&source).link((&source, "outbox"), (&hub, &variants[1])).unwrap();
    s.context(&source).send("outbox", 5).unwrap();
    assert_eq!(drained(&s, &hub, &variants[1]), "5", "it works at once, under the name returned");
    assert_eq!(drained(&s, &hub, "fresh"), "-");
}

#[test]
fn s24_boxes_made_at_run_time_belong_to_one_component_and_not_to_its_type() {
    let s = scheduler();
    let (one, other) = (s.add(Still), s.add(Still));
    s.context(&one).add_inbox("extra");
    assert!(s.context(&one).has_inbox(&one, "extra"));
    assert!(!s.context(&other).has_inbox(&other, "extra"));
    let later = s.add(Still);
    assert!(!s.context(&later).has_inbox(&later, "extra"), "in Kamaelia a Graphline's boxes came back");
}

/// Components of one type that declare different boxes.
struct Various(&'static [&'static str]);

impl Component for Various {
    fn boxes(&self) -> Boxes {
        self.0.iter().fold(Boxes::none(), |boxes, name| boxes.inbox(name, "one of several"))
    }

    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

#[test]
fn s24_each_component_has_the_boxes_it_declared_itself_and_no_other() {
    let s = scheduler();
    for names in [["a", "b"].as_slice(), &["b", "c", "d"], &[]] {
        let component = s.add(Various(names));
        assert_eq!(s.context(&component).inboxes(&component), names);
        assert!(s.context(&component).outboxes(&component).is_empty());
    }
}

#[test]
fn s13_a_chain_may_be_as_long_as_you_like() {
    let mut s = scheduler();
    let links = chain(&mut s, 1);
    let cx = s.context(&links[0]);
    let mut outer = links[0].clone();
    for _ in 0..10_000 {
        let further_out = s.add(Still);
        cx.pass_through_inbox((&further_out, "inbox"), (&outer, "inbox")).unwrap();
        outer = further_out;
    }
    let (source, last) = (s.add(Still), s.add(Still));
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    // Now the target of all of them changes.
    cx.pass_through_inbox((&links[0], "inbox"), (&last, "inbox")).unwrap();
    s.context(&source).send("outbox", 1).unwrap();
    assert_eq!(drained(&s, &last, "inbox"), "1");
}

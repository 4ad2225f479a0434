//! Cutting linkages, one at a time, by component, and by the end of their maker.
//!
//! The sinks at the end are supervised: what comes to another that has ended is dropped here (S22a).

use axon::{Component, ComponentRef, Context, Linkage, Scheduler, error::LinkError};

use crate::axon_traces::{compare_in_both_modes, deliver};
use crate::stage::{Still, drained, say};

fn attempt(outcome: Result<Linkage, LinkError>) {
    match outcome {
        Ok(_) => say!("accepted"),
        Err(LinkError::BoxAlreadyLinkedToDestination { .. }) => say!("refused"),
        Err(other) => panic!("{other}"),
    }
}

/// Cuts a linkage, and what Python prints for a call that returns nothing.
fn unlinked(cx: &Context, linkage: &Linkage) -> &'static str {
    cx.unlink(linkage);
    "None"
}

/// Sends a number each turn, eight in all.
struct Sender;

impl Component for Sender {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 1..=8 {
            cx.send("outbox", number)?;
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Receives nothing; just ends after its number of turns.
struct Ends(u32);

impl Component for Ends {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.0 {
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Links two others and ends after its number of turns.
struct Maker(ComponentRef, ComponentRef, u32);

impl Component for Maker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.link((&self.0, "outbox"), (&self.1, "inbox"))?;
        for _ in 0..self.2 {
            cx.yield_now().await;
        }
        say!("maker ends");
        Ok(())
    }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    say!("== unlink, send, relink elsewhere");
    let [a, b, c, maker] = &[0; 4].map(|_| s.add(Still));
    let (cx, from_a) = (s.context(maker), s.context(a));
    let first = cx.link((a, "outbox"), (b, "inbox")).unwrap();
    from_a.send("outbox", 1).unwrap();
    cx.unlink(&first);
    from_a.send("outbox", 2).unwrap();
    cx.link((a, "outbox"), (c, "inbox")).unwrap();
    from_a.send("outbox", 3).unwrap();
    say!("b: {} c: {}", drained(s, b, "inbox"), drained(s, c, "inbox"));

    say!("== a second destination is refused and the first link is unharmed");
    attempt(cx.link((a, "outbox"), (b, "inbox")));
    from_a.send("outbox", 4).unwrap();
    say!("b: {} c: {}", drained(s, b, "inbox"), drained(s, c, "inbox"));
    say!("links the maker holds: {}", cx.linkages().len());

    say!("== many sources, one sink is fine; one inbox cannot pass through twice");
    let [x, y] = &[0; 2].map(|_| s.add(Still));
    let from_y = s.context(y);
    from_y.link((x, "outbox"), (c, "inbox")).unwrap();
    from_y.pass_through_inbox((b, "inbox"), (c, "inbox")).unwrap();
    attempt(from_y.pass_through_inbox((b, "inbox"), (x, "inbox")));
    from_a.send("outbox", "a").unwrap();
    s.context(x).send("outbox", "x").unwrap();
    deliver(s, b, "inbox", "b");
    say!("c: {}", drained(s, c, "inbox"));

    say!("== unlink by component: only the caller's links, only those touching it");
    let [p, q, r, m1, m2] = &[0; 5].map(|_| s.add(Still));
    let (one, two) = (s.context(m1), s.context(m2));
    one.link((p, "outbox"), (q, "inbox")).unwrap();
    one.link((q, "outbox"), (r, "inbox")).unwrap();
    one.link((p, "signal"), (r, "control")).unwrap();
    two.link((q, "signal"), (p, "control")).unwrap();
    one.unlink_component(q);
    say!("m1 holds {} m2 holds {}", one.linkages().len(), two.linkages().len());
    for (from, outbox, word) in
        [(p, "outbox", "data"), (q, "outbox", "data"), (p, "signal", "sig"), (q, "signal", "sig")]
    {
        s.context(from).send(outbox, word).unwrap();
    }
    say!(
        "q inbox {} r inbox {} r control {} p control {}",
        drained(s, q, "inbox"),
        drained(s, r, "inbox"),
        drained(s, r, "control"),
        drained(s, p, "control")
    );
    let again = one.link((p, "outbox"), (q, "inbox")).unwrap();
    say!("unlinking a link twice is harmless: {} {}", unlinked(&one, &again), unlinked(&one, &first));

    say!("== the end of the maker breaks the link; the end of an end does not");
    for (maker_turns, sink_turns, title) in
        [(4, 12, "arrived while the maker lived:"), (12, 3, "sink ended after 3 turns; its inbox holds:")]
    {
        let (source, sink) = (s.add(Sender), s.add(Ends(sink_turns)));
        let supervisor = s.activate(Ends(12));
        s.context(&supervisor).add_child(&sink);
        s.context(&supervisor).supervise(&sink);
        s.activate(Maker(source.clone(), sink.clone(), maker_turns));
        s.activate(source);
        s.activate(sink.clone());
        s.run().unwrap();
        say!("{title} {}", drained(s, &sink, "inbox"));
    }
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("07_unlink_relink.out"), program);
}

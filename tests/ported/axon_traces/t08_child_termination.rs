//! Who is woken by the end of a child, and what the end of a parent leaves.

use axon::{Component, ComponentRef, Context, Scheduler};

use crate::axon_traces::compare_in_both_modes;
use crate::stage::{Clock, act, say};

/// Ends after its number of turns. Python's `stop()` at the end is the destructor here.
struct Child(&'static str, u32);

impl Component for Child {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.1 {
            cx.yield_now().await;
        }
        say!("{} ends", self.0);
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        say!("{} stop() called", self.0);
    }
}

/// Starts its children and removes each when it has ended.
struct Parent(Vec<(&'static str, u32)>);

impl Component for Parent {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let kids: Vec<(ComponentRef, &str)> =
            self.0.iter().map(|&(tag, turns)| (cx.add_child(Child(tag, turns)), tag)).collect();
        for (kid, _) in &kids {
            cx.activate(kid.clone());
        }
        say!("P children {}", cx.children().len());
        while !cx.children().is_empty() {
            cx.pause().await;
            let mut ended = Vec::new();
            for kid in cx.children().iter().filter(|kid| kid.is_stopped()) {
                ended.extend(kids.iter().filter(|(known, _)| known == kid).map(|(_, tag)| *tag));
            }
            say!("P woken, stopped: {}", if ended.is_empty() { "-".into() } else { ended.join(",") });
            for kid in cx.children().iter().filter(|kid| kid.is_stopped()) {
                cx.remove_child(kid);
            }
        }
        say!("P ends");
        Ok(())
    }
}

/// Wakes somebody late, so that the run can end.
struct Late;

impl Component for Late {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..11 {
            cx.yield_now().await;
        }
        cx.send("outbox", "bye")?;
        Ok(())
    }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    say!("== three children, two of them ending in the same pass");
    let onlooker = s.add(act(async |cx| {
        cx.pause().await;
        say!("onlooker woken with {}", cx.data_ready("inbox"));
        Ok(())
    }));
    let late = s.add(Late);
    s.context(&late).link((&late, "outbox"), (&onlooker, "inbox")).unwrap();
    s.activate(Clock { passes: 12 });
    s.activate(onlooker);
    s.activate(late);
    s.activate(Parent(vec![("c1", 2), ("c2", 4), ("c3", 4)]));
    s.run().unwrap();

    say!("== the parent ends first; the child goes on");
    s.activate(Clock { passes: 5 });
    s.activate(act(async |cx| {
        let kid = cx.add_child(Child("orphan", 3));
        cx.activate(kid.clone());
        cx.link((&kid, "outbox"), (cx.me(), "inbox"))?;
        cx.yield_now().await;
        say!("A ends, child stopped: {}", if kid.is_stopped() { "True" } else { "False" });
        Ok(())
    }));
    s.run().unwrap();

    say!("== removeChild before the end: no wake-up, links gone");
    let kid = s.add(Child("foundling", 2));
    let as_kid = s.context(&kid);
    let disowns = s.add(act(async move |cx: &Context| {
        cx.add_child(kid.clone());
        cx.link((&kid, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&kid, "signal"), (cx.me(), "control"))?;
        cx.activate(kid.clone());
        cx.remove_child(&kid);
        say!("D children {} links {}", cx.children().len(), cx.linkages().len());
        as_kid.send("outbox", "into the void")?;
        say!("D waiting {}", cx.data_ready("inbox"));
        cx.pause().await;
        say!("D woken by {}", cx.data_ready("control"));
        Ok(())
    }));
    let late = s.add(Late);
    s.context(&late).link((&late, "outbox"), (&disowns, "control")).unwrap();
    s.activate(late);
    s.activate(disowns);
    s.run().unwrap();

    say!("== a child added twice is removed whole, and wakes once per registration");
    s.activate(act(async |cx| {
        let kid = cx.add_child(Child("dup", 2));
        cx.add_child(kid.clone());
        cx.activate(kid.clone());
        let mut turns = 0;
        while !kid.is_stopped() {
            cx.pause().await;
            turns += 1;
        }
        say!("turns after waking: {turns} listed {}", cx.children().len());
        cx.remove_child(&kid);
        say!("listed {}", cx.children().len());
        Ok(())
    }));
    s.run().unwrap();
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("08_child_termination.out"), program);
}

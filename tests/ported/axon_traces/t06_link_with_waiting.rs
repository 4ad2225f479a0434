//! Making a linkage while messages wait in the source box, and who is woken by the move.

use axon::{Boxes, Component, ComponentRef, Context, Scheduler};

use crate::axon_traces::{compare_in_both_modes, deliver, exact};
use crate::stage::{Still, drained, say};

fn show(s: &Scheduler, all: &[ComponentRef; 4]) {
    let [a, b, c, d] = all.each_ref().map(|component| s.context(component).data_ready("inbox"));
    say!("    a={a} b={b} c={c} d={d}");
}

/// Says when it is woken, until there is something on its control box.
struct Watch(&'static str);

impl Component for Watch {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.data_ready("control") == 0 {
            cx.pause().await;
            say!("   woken: {} waiting {}", self.0, cx.data_ready("inbox"));
        }
        Ok(())
    }
}

/// Sends as `a`, then links `b` on to `c`, then stops all three.
struct Driver {
    a: Context,
    b: ComponentRef,
    c: ComponentRef,
}

impl Component for Driver {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("ka", "stops a").outbox("kb", "stops b").outbox("kc", "stops c")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..3 {
            cx.yield_now().await;
        }
        say!("a sends two to b");
        self.a.send("outbox", "m0")?;
        self.a.send("outbox", "m1")?;
        for _ in 0..3 {
            cx.yield_now().await;
        }
        say!("link b.inbox to c.inbox");
        cx.pass_through_inbox((&self.b, "inbox"), (&self.c, "inbox"))?;
        for _ in 0..3 {
            cx.yield_now().await;
        }
        say!("stop all");
        for outbox in ["ka", "kb", "kc"] {
            cx.send(outbox, "quit")?;
        }
        Ok(())
    }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    say!("== inbox with three waiting gains a passthrough");
    let all = [0; 4].map(|_| s.add(Still));
    let [a, b, c, d] = &all;
    let cx = s.context(a);
    cx.link((a, "outbox"), (b, "inbox")).unwrap();
    for number in 0..3 {
        cx.send("outbox", number).unwrap();
    }
    show(s, &all);
    s.context(b).pass_through_inbox((b, "inbox"), (c, "inbox")).unwrap();
    show(s, &all);
    cx.send("outbox", 3).unwrap();
    say!("c holds {}", s.context(c).data_ready("inbox"));
    say!("== the chain is extended again");
    let linkage = s.context(c).pass_through_inbox((c, "inbox"), (d, "inbox")).unwrap();
    show(s, &all);
    cx.send("outbox", 4).unwrap();
    say!("== and cut: what was delivered stays at d, later messages stop at c");
    s.context(c).unlink(&linkage);
    cx.send("outbox", 5).unwrap();
    cx.send("outbox", 6).unwrap();
    show(s, &all);
    say!("d: {}", drained(s, d, "inbox"));
    say!("c: {}", drained(s, c, "inbox"));
    say!("== re-linked: c empties into d again");
    cx.send("outbox", 7).unwrap();
    s.context(c).pass_through_inbox((c, "inbox"), (d, "inbox")).unwrap();
    cx.send("outbox", 8).unwrap();
    show(s, &all);
    say!("d: {}", drained(s, d, "inbox"));

    say!("== an outbox keeps nothing: what is sent before the link is lost");
    let [a, b] = &[0; 2].map(|_| s.add(Still));
    let cx = s.context(a);
    cx.send("outbox", "lost").unwrap();
    cx.link((a, "outbox"), (b, "inbox")).unwrap();
    cx.send("outbox", "kept").unwrap();
    say!("b: {}", drained(s, b, "inbox"));

    say!("== two inboxes with waiting messages joined to one");
    let [a, b, c] = &[0; 3].map(|_| s.add(Still));
    for (inbox, word) in [(a, "a0"), (b, "b0"), (a, "a1"), (b, "b1"), (c, "c0")] {
        deliver(s, inbox, "inbox", word);
    }
    let cx = s.context(c);
    cx.pass_through_inbox((b, "inbox"), (c, "inbox")).unwrap();
    cx.pass_through_inbox((a, "inbox"), (c, "inbox")).unwrap();
    say!("c: {}", drained(s, c, "inbox"));

    // The move wakes the producers upstream of the old box: that is the exact mode's promise.
    let s = &mut exact();
    say!("== who is woken when waiting messages move");
    let watches @ [a, b, c] = &["a", "b", "c"].map(|tag| s.add(Watch(tag)));
    s.context(a).link((a, "outbox"), (b, "inbox")).unwrap();
    let driver = s.add(Driver { a: s.context(a), b: b.clone(), c: c.clone() });
    for (outbox, watch) in ["ka", "kb", "kc"].into_iter().zip(watches) {
        s.context(&driver).link((&driver, outbox), (watch, "control")).unwrap();
        s.activate(watch.clone());
    }
    s.activate(driver);
    s.run().unwrap();
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("06_link_with_waiting.out"), program);
}

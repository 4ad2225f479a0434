//! When newcomers take their first turn, and what is waiting for them.

use axon::{Boxes, Component, ComponentRef, Context, Scheduler};

use crate::axon_traces::{compare_in_both_modes, left};
use crate::stage::{Clock, act, say};

/// Says its turns.
struct Steps(&'static str, u32);

impl Component for Steps {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        say!("{} first turn, waiting: {}", self.0, cx.data_ready("inbox"));
        for turn in 2..=self.1 {
            cx.yield_now().await;
            say!("{} turn {turn}", self.0);
        }
        Ok(())
    }
}

/// Activates four others. Python's `yield newComponent(x, y)` is to activate both and hand over.
struct Maker;

impl Component for Maker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let [x, y, z, v] = ["x", "y", "z", "v"].map(|tag| cx.add(Steps(tag, 2)));
        cx.link((cx.me(), "outbox"), (&y, "inbox"))?;
        say!("M yields newComponent(x, y)");
        cx.activate(x);
        cx.activate(y);
        cx.yield_now().await;
        cx.send("outbox", "early for y?")?;
        say!("M activates z, then yields newComponent(v)");
        cx.activate(z.clone());
        cx.activate(v);
        cx.yield_now().await;
        say!("M again activates z (still running)");
        cx.activate(z);
        cx.yield_now().await;
        say!("M end");
        Ok(())
    }
}

/// One node of a tree of components.
struct Node(String, u32);

impl Component for Node {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        say!("{}", self.0);
        if self.1 > 0 {
            for side in ["L", "R"] {
                cx.activate(Node(format!("{}{side}", self.0), self.1 - 1));
            }
            cx.yield_now().await;
        }
        cx.yield_now().await;
        say!("{} end", self.0);
        Ok(())
    }
}

/// Python's constructor keywords become fields; its box lists are what `boxes` returns.
struct Configured {
    colour: &'static str,
    boxes: Boxes,
}

impl Default for Configured {
    fn default() -> Self {
        Configured { colour: "grey", boxes: Boxes::standard() }
    }
}

impl Component for Configured {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut inboxes = cx.inboxes(cx.me());
        inboxes.sort();
        say!("colour {} inboxes {}", self.colour, inboxes.join(","));
        cx.yield_now().await;
        Ok(())
    }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    say!("== order of joining");
    let all: Vec<ComponentRef> =
        vec![s.activate(Clock { passes: 7 }), s.activate(Maker), s.activate(Steps("T", 6))];
    s.run().unwrap();
    say!("left {}", left(&all));

    say!("== a tree of components");
    s.activate(Clock { passes: 5 });
    s.activate(Node("n".into(), 2));
    s.run().unwrap();

    say!("== delivered before activation, and between activation and first turn");
    let child = s.add(Steps("late", 1));
    s.activate(act(async move |cx: &Context| {
        cx.link((cx.me(), "outbox"), (&child, "inbox"))?;
        cx.send("outbox", 1)?;
        cx.activate(child.clone());
        cx.send("outbox", 2)?;
        cx.yield_now().await;
        Ok(())
    }));
    s.run().unwrap();

    say!("== constructor keywords become attributes and can replace the box lists");
    s.activate(Configured::default());
    s.run().unwrap();
    let boxes = Boxes::none().inbox("inbox", "").inbox("control", "").inbox("extra", "");
    s.activate(Configured { colour: "red", boxes });
    s.run().unwrap();
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("10_new_component.out"), program);
}

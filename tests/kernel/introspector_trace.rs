//! Ours and the original's lines for the same system, which this file builds: a boss that makes an
//! introspector, somebody who shows what it says, and a sleeper to whom it links itself for a while.
//!
//! The lines were printed by `Axon.Introspector`. Its numbers are counted from 1 here, and names are without
//! the module.

use axon::prelude::*;
use axon::util::{DataSink, Received};

const ORIGINAL: [&str; 4] = [
    r#"DEL ALL"#,
    r#"ADD NODE "1" "Boss_1" randompos component
ADD NODE "2" "Introspector_2" randompos component
ADD NODE "3" "Show_3" randompos component
ADD NODE "4" "Sleeper_4" randompos component
ADD NODE "(1, 'i', 'inbox')" "inbox" randompos inbox
ADD LINK "1" "(1, 'i', 'inbox')"
ADD NODE "(1, 'i', 'control')" "control" randompos inbox
ADD LINK "1" "(1, 'i', 'control')"
ADD NODE "(1, 'o', 'outbox')" "outbox" randompos outbox
ADD LINK "1" "(1, 'o', 'outbox')"
ADD NODE "(1, 'o', 'signal')" "signal" randompos outbox
ADD LINK "1" "(1, 'o', 'signal')"
ADD NODE "(2, 'i', 'inbox')" "inbox" randompos inbox
ADD LINK "2" "(2, 'i', 'inbox')"
ADD NODE "(2, 'i', 'control')" "control" randompos inbox
ADD LINK "2" "(2, 'i', 'control')"
ADD NODE "(2, 'o', 'outbox')" "outbox" randompos outbox
ADD LINK "2" "(2, 'o', 'outbox')"
ADD NODE "(2, 'o', 'signal')" "signal" randompos outbox
ADD LINK "2" "(2, 'o', 'signal')"
ADD NODE "(3, 'i', 'inbox')" "inbox" randompos inbox
ADD LINK "3" "(3, 'i', 'inbox')"
ADD NODE "(3, 'i', 'control')" "control" randompos inbox
ADD LINK "3" "(3, 'i', 'control')"
ADD NODE "(3, 'o', 'outbox')" "outbox" randompos outbox
ADD LINK "3" "(3, 'o', 'outbox')"
ADD NODE "(3, 'o', 'signal')" "signal" randompos outbox
ADD LINK "3" "(3, 'o', 'signal')"
ADD NODE "(4, 'i', 'inbox')" "inbox" randompos inbox
ADD LINK "4" "(4, 'i', 'inbox')"
ADD NODE "(4, 'i', 'control')" "control" randompos inbox
ADD LINK "4" "(4, 'i', 'control')"
ADD NODE "(4, 'o', 'outbox')" "outbox" randompos outbox
ADD LINK "4" "(4, 'o', 'outbox')"
ADD NODE "(4, 'o', 'signal')" "signal" randompos outbox
ADD LINK "4" "(4, 'o', 'signal')"
ADD LINK "(2, 'o', 'outbox')" "(3, 'i', 'inbox')"
ADD LINK "(2, 'o', 'signal')" "(3, 'i', 'control')"
ADD LINK "(1, 'o', 'signal')" "(2, 'i', 'control')"
ADD LINK "(1, 'o', 'outbox')" "(4, 'i', 'inbox')""#,
    r#"DEL LINK "(1, 'o', 'outbox')" "(4, 'i', 'inbox')""#,
    r#"DEL NODE "4"
DEL NODE "(4, 'i', 'inbox')"
DEL NODE "(4, 'i', 'control')"
DEL NODE "(4, 'o', 'outbox')"
DEL NODE "(4, 'o', 'signal')""#,
];

/// Runs for some passes.
struct Sleeper;

impl Component for Sleeper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..4 {
            cx.yield_now().await;
        }
        Ok(())
    }
}

struct Boss {
    shown: Received<String>,
}

impl Component for Boss {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let introspector = cx.activate(Introspector::new());
        let show = cx.activate(DataSink::new(&self.shown));
        cx.link((&introspector, "outbox"), (&show, "inbox"))?;
        cx.link((&introspector, "signal"), (&show, "control"))?;
        cx.link((cx.me(), "signal"), (&introspector, "control"))?;
        let sleeper = cx.activate(Sleeper);
        let linkage = cx.link((cx.me(), "outbox"), (&sleeper, "inbox"))?;
        cx.yield_now().await;
        cx.yield_now().await;
        cx.unlink(linkage);
        for _ in 0..9 {
            cx.yield_now().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        cx.yield_now().await;
        cx.yield_now().await;
        assert!(introspector.is_active());
        cx.send("signal", ShutdownMicroprocess::new())?;
        while show.is_active() {
            cx.yield_now().await;
        }
        assert!(introspector.is_stopped());
        Ok(())
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(|line| line.replace("DataSink", "Show")).collect();
    lines.sort();
    lines
}

#[test]
fn message_by_message_the_lines_are_those_of_the_original_up_to_their_order() {
    let shown = Received::new();
    axon::run(Boss { shown: shown.clone() }).unwrap();
    let shown = shown.take();
    assert_eq!(shown.len(), ORIGINAL.len(), "{shown:#?}");
    for (ours, original) in shown.iter().zip(ORIGINAL) {
        assert_eq!(sorted(ours), sorted(original));
    }
}

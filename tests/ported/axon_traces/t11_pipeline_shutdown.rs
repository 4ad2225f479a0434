//! Pipeline: wiring, nesting, data before the shutdown message, and its own end.

use axon::chassis::Pipeline;
use axon::{
    Boxes, Component, ComponentRef, Context, IntoComponent, Message, ProducerFinished, Scheduler,
    ShutdownMicroprocess, pipeline,
};

use crate::axon_traces::{compare_in_both_modes, kind, left};
use crate::stage::{act, say};

/// Sends its items, one a turn, then that it has finished.
struct Source(&'static [&'static str]);

impl Component for Source {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for item in self.0 {
            if let Some(told) = cx.recv("control") {
                say!("source told {}", kind(&told));
                cx.send("signal", told)?;
                return Ok(());
            }
            cx.send("outbox", item.to_string())?;
            cx.yield_now().await;
        }
        say!("source finished");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Polite: empties its inbox before it looks at control.
struct Stage {
    tag: &'static str,
    changes: fn(String) -> String,
}

const fn stage(tag: &'static str) -> Stage {
    Stage { tag, changes: |item| item }
}

impl Component for Stage {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for item in cx.drain::<String>("inbox") {
                let item = item?;
                say!("{} <- {item}", self.tag);
                cx.send("outbox", (self.changes)(item))?;
            }
            while let Some(told) = cx.recv("control") {
                say!("{} told {}", self.tag, kind(&told));
                let ends = told.ending().is_some();
                cx.send("signal", told)?;
                if ends {
                    say!("{} ends", self.tag);
                    return Ok(());
                }
            }
            cx.pause().await;
        }
    }
}

/// Looks at control first, so it can lose data.
struct Hasty;

impl Component for Hasty {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            if let Some(told) = cx.recv("control") {
                say!("hasty told {} with {} unread", kind(&told), cx.data_ready("inbox"));
                cx.send("signal", told)?;
                return Ok(());
            }
            if let Some(item) = cx.recv("inbox") {
                cx.send("outbox", item)?;
            }
            cx.yield_now().await;
        }
    }
}

type Plan = Vec<(u32, &'static str, Message)>;

/// Runs one pipeline as a child; reports what comes out and when it stops.
struct Owner {
    pipe: Option<Pipeline>,
    plan: Plan,
}

impl Owner {
    fn report(cx: &Context) -> axon::Result {
        for item in cx.drain::<String>("inbox") {
            say!("out: {}", item?);
        }
        while let Some(told) = cx.recv("control") {
            say!("signal out: {}", kind(&told));
        }
        Ok(())
    }
}

impl Component for Owner {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("tochild", "to the child's inbox").outbox("toctl", "to the child's control")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let pipe = cx.add_child(self.pipe.take().expect("it runs once"));
        cx.link((cx.me(), "tochild"), (&pipe, "inbox"))?;
        cx.link((cx.me(), "toctl"), (&pipe, "control"))?;
        cx.link((&pipe, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&pipe, "signal"), (cx.me(), "control"))?;
        cx.activate(pipe.clone());
        let mut turn = 0;
        while !pipe.is_stopped() {
            turn += 1;
            while self.plan.first().is_some_and(|(at, ..)| *at == turn) {
                let (_, outbox, message) = self.plan.remove(0);
                cx.send(outbox, message)?;
            }
            Owner::report(cx)?;
            cx.yield_now().await;
        }
        Owner::report(cx)?;
        say!("pipeline stopped");
        Ok(())
    }
}

fn case(s: &mut Scheduler, title: &str, pipe: Pipeline, plan: Plan) {
    say!("== {title}");
    s.activate(Owner { pipe: Some(pipe), plan });
    s.run().unwrap();
}

/// Ends one stage of a pipeline from outside, since the stage before it has ended without a word.
struct Impatient {
    stage: ComponentRef,
    pipe: ComponentRef,
}

fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

impl Component for Impatient {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("kill", "to the control of one stage")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.link((cx.me(), "kill"), (&self.stage, "control"))?;
        cx.activate(self.pipe.clone());
        for _ in 0..6 {
            cx.yield_now().await;
        }
        say!("pipeline stopped? {}", python(self.pipe.is_stopped()));
        cx.send("kill", ShutdownMicroprocess::new())?;
        for _ in 0..4 {
            cx.yield_now().await;
        }
        say!("pipeline stopped? {}", python(self.pipe.is_stopped()));
        Ok(())
    }
}

fn burst() -> impl IntoComponent {
    act(async |cx| {
        for item in ["0", "1", "2", "3"] {
            cx.send("outbox", item.to_string())?;
        }
        cx.send("signal", ProducerFinished::new())?;
        cx.yield_now().await;
        Ok(())
    })
}

fn quiet() -> impl IntoComponent {
    act(async |cx| {
        cx.send("outbox", "only".to_string())?;
        cx.yield_now().await;
        Ok(())
    })
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    let double = |tag| Stage { tag, changes: |item| (2 * item.parse::<i32>().unwrap()).to_string() };
    case(
        s,
        "three stages",
        pipeline![Source(&["1", "2", "3"]), double("double"), stage("show")],
        Plan::new(),
    );
    case(
        s,
        "nested pipelines",
        pipeline![Source(&["a", "b"]), pipeline![stage("p"), stage("q")], stage("r")],
        Plan::new(),
    );
    case(
        s,
        "fed and shut down from outside",
        pipeline![stage("first"), stage("last")],
        vec![
            (3, "tochild", Message::new("x".to_string())),
            (6, "tochild", Message::new("y".to_string())),
            (6, "toctl", Message::new(ShutdownMicroprocess::new())),
        ],
    );
    case(
        s,
        "an unknown control message travels along but stops nobody",
        pipeline![stage("first"), stage("last")],
        vec![
            (3, "toctl", Message::new("hello".to_string())),
            (8, "toctl", Message::new(ProducerFinished::new())),
        ],
    );
    case(
        s,
        "data already in a hasty stage is lost when the signal overtakes it",
        pipeline![burst(), Hasty, stage("tail")],
        Plan::new(),
    );

    say!("== the first stage ends without a signal; the rest must be told from outside");
    let stage = s.add(stage("left over"));
    let pipe = s.add(pipeline![quiet(), stage.clone()]);
    let impatient = s.activate(Impatient { stage: stage.clone(), pipe: pipe.clone() });
    s.run().unwrap();
    say!("threads left {}", left(&[stage, pipe, impatient]));
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("11_pipeline_shutdown.out"), program);
}

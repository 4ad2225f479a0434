//! A graph that does not run: its components are made and linked, and nothing takes a turn. For drawings.

use super::Graph;
use super::plan::Plan;
use crate::catalogue::Origins;
use crate::{
    Boxes, CONTROL, Component, ComponentRef, Context, Error, INBOX, OUTBOX, SIGNAL, Scheduler,
    snapshot::Snapshot,
};

impl Graph {
    /// A picture of the graph before it runs, and what its components are made from.
    ///
    /// # Errors
    ///
    /// A component cannot be made, or two boxes that are linked were declared for different types.
    pub fn still(&self) -> Result<(Snapshot, Origins), Error> {
        let still = Still { scheduler: Scheduler::new(), origins: Origins::default() };
        still.lay_out(&self.plan, None)?;
        Ok((still.scheduler.snapshot(), still.origins))
    }
}

struct Still {
    scheduler: Scheduler,
    origins: Origins,
}

/// Stands for a chassis that does not run.
struct Frame {
    kind: &'static str,
    boxes: Boxes,
}

impl Component for Frame {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.kind
    }
}

impl Still {
    fn add(&self, component: impl Component, parent: Option<&Context>) -> ComponentRef {
        match parent {
            Some(parent) => parent.add_child(component),
            None => self.scheduler.add(component),
        }
    }

    fn lay_out(&self, plan: &Plan, parent: Option<&Context>) -> Result<ComponentRef, Error> {
        match plan {
            Plan::One(one) => {
                let me = self.add(one.make()?, parent);
                self.origins.note(me.id(), &one.origin);
                let cx = self.scheduler.context(&me);
                for (_, held) in &one.held {
                    self.lay_out(held, Some(&cx))?;
                }
                Ok(me)
            }
            Plan::Row(row) => {
                let me = self.add(Frame { kind: plan.kind(), boxes: plan.boxes() }, parent);
                let cx = self.scheduler.context(&me);
                let children: Result<Vec<_>, Error> =
                    row.iter().map(|plan| self.lay_out(plan, Some(&cx))).collect();
                let children = children?;
                for pair in children.windows(2) {
                    cx.link((&pair[0], OUTBOX), (&pair[1], INBOX))?;
                    cx.link((&pair[0], SIGNAL), (&pair[1], CONTROL))?;
                }
                if let (Some(first), Some(last)) = (children.first(), children.last()) {
                    cx.pass_through_inbox((&me, INBOX), (first, INBOX))?;
                    cx.pass_through_inbox((&me, CONTROL), (first, CONTROL))?;
                    cx.pass_through_outbox((last, OUTBOX), (&me, OUTBOX))?;
                    cx.pass_through_outbox((last, SIGNAL), (&me, SIGNAL))?;
                }
                Ok(me)
            }
            Plan::Graph(graph) => {
                let me = self.add(Frame { kind: plan.kind(), boxes: plan.boxes() }, parent);
                let cx = self.scheduler.context(&me);
                let mut children = Vec::new();
                for (name, plan) in &graph.children {
                    let child = self.lay_out(plan, Some(&cx))?;
                    cx.call_child(&child, name.as_str());
                    children.push(child);
                }
                for (source, sink) in &graph.links {
                    match (source.child.map(|at| &children[at]), sink.child.map(|at| &children[at])) {
                        (Some(one), Some(other)) => cx.link((one, source.name), (other, sink.name))?,
                        (None, Some(other)) => {
                            cx.pass_through_inbox((&me, source.name), (other, sink.name))?
                        }
                        (Some(one), None) => cx.pass_through_outbox((one, source.name), (&me, sink.name))?,
                        (None, None) => continue,
                    };
                }
                Ok(me)
            }
        }
    }
}

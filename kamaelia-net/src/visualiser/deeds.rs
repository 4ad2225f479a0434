//! What a viewer may do to the program, where that is allowed: hold a component, give it turns, let it go, put a text
//! into a box, end a component in order.
//!
//! An order comes over the WebSocket as the text of a query: `do=hold&component=3`, `do=step`, `do=release`, `do=end`,
//! `do=put&component=3&box=inbox&text=hello`. The answer is `{"done":"..."}` or `{"refused":"..."}`.

use axon::{CONTROL, ComponentRef, Context, Hold, ProducerFinished, snapshot::Snapshot};

use super::asked::find;
use super::query::Query;

/// One thing to do, and the component as somebody wrote it.
#[derive(Debug)]
pub(super) struct Order {
    component: String,
    deed: Deed,
}

#[derive(Debug)]
enum Deed {
    /// No turn until it is let go.
    Hold,
    /// One turn.
    Step,
    Release,
    Put {
        inbox: String,
        text: String,
    },
    /// It is told that no more will come.
    End,
}

impl Order {
    /// Reads an order.
    pub(super) fn of(written: &str) -> Result<Self, String> {
        let query = Query::read(written);
        let value = |name: &str| query.value(name).map(str::to_owned);
        let missing = |name: &str| format!("{name} is missing; write do=hold&component=3");
        let deed = match value("do").ok_or_else(|| missing("do"))?.as_str() {
            "hold" => Deed::Hold,
            "step" => Deed::Step,
            "release" => Deed::Release,
            "put" => Deed::Put {
                inbox: value("box").ok_or("box is missing; write do=put&component=3&box=inbox&text=hello")?,
                text: value("text").unwrap_or_default(),
            },
            "end" => Deed::End,
            other => return Err(format!("do={other:?}: there are hold, step, release, put and end")),
        };
        Ok(Order { component: value("component").ok_or_else(|| missing("component"))?, deed })
    }
}

/// The components that are held because a viewer wanted it.
#[derive(Default)]
pub(super) struct Holds(Vec<Hold>);

impl Holds {
    /// Does it, and says what was done, or why not.
    pub(super) fn obey(&mut self, cx: &Context, snapshot: &Snapshot, order: Order) -> Result<String, String> {
        self.0.retain(|hold| !hold.component().is_stopped());
        let found = find(snapshot, &order.component)?;
        let component = cx.components().into_iter().find(|component| component.id() == found.id);
        let component = component.ok_or_else(|| format!("{} does not run", found.title()))?;
        let who = found.title();
        match order.deed {
            Deed::Hold => {
                if self.of(&component).is_none() {
                    self.0.push(cx.hold(&component).ok_or_else(|| format!("{who} does not run"))?);
                }
                Ok(format!("{who} is held"))
            }
            Deed::Step => match self.of(&component) {
                Some(nth) => {
                    self.0[nth].step();
                    Ok(format!("{who} takes its next turn"))
                }
                None => Err(format!("{who} is not held; hold it first")),
            },
            Deed::Release => {
                self.release(&component);
                Ok(format!("{who} goes on"))
            }
            Deed::Put { inbox, text } => {
                put(cx, &component, &inbox, text)?;
                Ok(format!("the text is in {who}.{inbox}"))
            }
            Deed::End => {
                self.release(&component);
                put(cx, &component, CONTROL, ProducerFinished::new())?;
                Ok(format!("{who} was told that no more will come"))
            }
        }
    }

    /// Lets all go: the last viewer that could has left.
    pub(super) fn release_all(&mut self) {
        self.0.clear();
    }

    fn of(&self, component: &ComponentRef) -> Option<usize> {
        self.0.iter().position(|hold| hold.component() == component)
    }

    fn release(&mut self, component: &ComponentRef) {
        self.0.retain(|hold| hold.component() != component);
    }
}

fn put(
    cx: &Context,
    component: &ComponentRef,
    inbox: &str,
    payload: impl axon::Payload,
) -> Result<(), String> {
    // To an inbox that is not there, `deliver_to` would panic.
    cx.address((component, inbox)).map_err(|unknown| unknown.to_string())?;
    cx.deliver_to(component, inbox, payload).map_err(|error| error.to_string())
}

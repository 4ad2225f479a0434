//! What is written beside the mail: the log, who was there before, and which components there are.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use axon::file::{Append, WholeFileWriter};
use axon::prelude::*;
use axon::util::PeriodicWakeup;

use super::handler::LOG;
use super::policy::Greylist;

/// How often who was there before is written, if it has changed.
const SAVED_EVERY: Duration = Duration::from_secs(60);

/// How often the components are written down.
const LOOKED_EVERY: Duration = Duration::from_secs(300);

/// Offers the log to all handlers as a service, which ends when nobody is left to write a line. It is opened for each
/// line, so that it can be moved away.
pub(crate) struct Log {
    pub(crate) path: String,
}

impl Component for Log {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.declare_service();
        let file = cx.add_child(Append::new(&self.path).reopening().without_forwarder());
        cx.pass_through_inbox((cx.me(), "inbox"), (&file, "inbox"))?;
        cx.activate(&file);
        cx.register_service(LOG, (&file, "inbox"))?;
        while cx.told_to_end().is_none() && !file.is_stopped() {
            cx.pause().await;
        }
        // What waits is still written.
        let _ = cx.deliver_to(&file, "control", ProducerFinished::new());
        while !file.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Writes the greylist every minute in which it has changed, and at the end.
pub(crate) fn keeps(greylist: Rc<RefCell<Greylist>>, path: String) -> Pipeline {
    pipeline![PeriodicWakeup::new(SAVED_EVERY), Keeper { greylist, path }, WholeFileWriter::new()]
}

struct Keeper {
    greylist: Rc<RefCell<Greylist>>,
    path: String,
}

impl Keeper {
    async fn keep(&self, cx: &Context) -> axon::Result {
        let text = self.greylist.borrow_mut().changed_text();
        if let Some(text) = text {
            cx.send_when_room("outbox", (self.path.clone(), text)).await?;
        }
        Ok(())
    }
}

impl Component for Keeper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.next_or_end::<&str>("inbox").await?.is_some() {
            self.keep(cx).await?;
        }
        self.keep(cx).await
    }
}

/// Kamaelia's `LoggingWakeableIntrospector`: notes every five minutes which components there are.
pub(crate) fn logging_wakeable_introspector(path: &str) -> Pipeline {
    pipeline![
        PeriodicWakeup::new(LOOKED_EVERY),
        WakeableIntrospector,
        PureTransformer::map(|names: Vec<String>| format!("*debug* THREADS {}\n", names.join(" "))),
        Append::new(path).reopening().without_forwarder(),
    ]
}

/// Kamaelia's `WakeableIntrospector`: sends the names of all components, in order, at the beginning and at each message.
struct WakeableIntrospector;

impl Component for WakeableIntrospector {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let mut names: Vec<String> = cx.components().iter().map(ComponentRef::name).collect();
            names.sort();
            cx.send_when_room("outbox", names).await?;
            if cx.next_or_end::<&str>("inbox").await?.is_none() {
                return Ok(());
            }
        }
    }
}

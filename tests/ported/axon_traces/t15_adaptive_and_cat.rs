//! Boxes added and deleted while running, tracked resources, and the tracker of services and values.
//!
//! Python's names for what fails here: an `UnknownBoxError`, a panic for an undeclared box, an unknown resource
//! and an unknown service are `KeyError`; reading an empty box is `IndexError`; a `TrackerError` has its
//! own name. Two lines of the original cannot fail here, because the types rule them out: registering
//! something that is no component, and a parent of the tracker that is no tracker.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axon::{
    Boxes, Component, ComponentRef, Context, Linkage, ResourceTracker, Scheduler,
    error::{TrackerError, UnknownBoxError},
};

use crate::axon_traces::compare_in_both_modes;
use crate::stage::{Still, say};

/// What a client says to the hub about itself.
#[derive(Clone, Debug)]
enum About {
    Join(ComponentRef, &'static str),
    Leave(ComponentRef),
}

/// Joins the hub, says its words, leaves, and tells what it was told.
struct Client {
    tag: &'static str,
    hub: ComponentRef,
    words: &'static [&'static str],
}

impl Component for Client {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("hello", "to the hub, about itself")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.link((cx.me(), "hello"), (&self.hub, "inbox"))?;
        cx.send("hello", About::Join(cx.me().clone(), self.tag))?;
        for word in self.words {
            cx.yield_now().await;
            cx.yield_now().await;
            cx.send("outbox", *word)?;
        }
        cx.yield_now().await;
        cx.yield_now().await;
        cx.send("hello", About::Leave(cx.me().clone()))?;
        for _ in 0..3 {
            cx.yield_now().await;
        }
        let got = cx.drain::<String>("inbox").collect::<Result<Vec<_>, _>>()?;
        say!("{} was told: {}", self.tag, got.join("; "));
        Ok(())
    }
}

/// Grows an inbox and an outbox for each client.
struct Hub {
    left: u32,
    boxes: Vec<String>,
    clients: ResourceTracker<ComponentRef, (&'static str, [Linkage; 2])>,
}

impl Hub {
    fn join(&mut self, cx: &Context, client: ComponentRef, tag: &'static str) -> axon::Result {
        let (inbox, outbox) = (cx.add_inbox("from"), cx.add_outbox("to"));
        let linkages = [
            cx.link((&client, "outbox"), (cx.me(), &inbox))?,
            cx.link((cx.me(), &outbox), (&client, "inbox"))?,
        ];
        self.clients.track_resource(cx, client.clone(), &inbox)?;
        self.boxes.push(inbox.clone());
        self.clients.track_resource_information(cx, client, vec![inbox], vec![outbox], (tag, linkages))?;
        self.tell(cx, "joined", tag);
        Ok(())
    }

    fn leave(&mut self, cx: &Context, client: &ComponentRef) -> axon::Result {
        let known = self.clients.cease_tracking_resource(client).expect("it has joined");
        let (tag, linkages) = known.information;
        for linkage in &linkages {
            cx.unlink(linkage);
        }
        for inbox in &known.inboxes {
            self.boxes.retain(|other| other != inbox);
            cx.delete_inbox(inbox)?;
        }
        for outbox in &known.outboxes {
            cx.delete_outbox(outbox)?;
        }
        self.left -= 1;
        self.tell(cx, "left", tag);
        Ok(())
    }

    fn tell(&self, cx: &Context, what: &str, tag: &str) {
        let (inboxes, outboxes) = (cx.inboxes(cx.me()).len(), cx.outboxes(cx.me()).len());
        say!("hub: {what} {tag} inboxes {inboxes} outboxes {outboxes}");
    }

    fn known(&self, inbox: &str) -> (&'static str, &str) {
        let client = self.clients.retrieve_tracked_resource(inbox).expect("it is tracked");
        let known = self.clients.retrieve_tracked_resource_information(client).expect("it is tracked");
        (known.information.0, &known.outboxes[0])
    }
}

impl Component for Hub {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while self.left > 0 {
            for inbox in &self.boxes {
                for word in cx.drain::<&str>(inbox) {
                    let (word, (who, _)) = (word?, self.known(inbox));
                    say!("hub: {who} says {word}");
                    for other in &self.boxes {
                        cx.send(self.known(other).1, format!("{who} said {word}"))?;
                    }
                }
            }
            for about in cx.drain::<About>("inbox") {
                match about? {
                    About::Join(client, tag) => self.join(cx, client, tag)?,
                    About::Leave(client) => self.leave(cx, &client)?,
                }
            }
            if self.left > 0 && cx.any_ready().is_none() {
                cx.request_pause();
            }
            cx.yield_now().await;
        }
        say!("hub: empty, links held {}", cx.linkages().len());
        Ok(())
    }
}

fn raised(what: &str, outcome: Result<(), &'static str>) {
    match outcome {
        Ok(()) => say!("{what} ok"),
        Err(name) => say!("{what} raised {name}"),
    }
}

fn key_error<T>(outcome: Result<T, UnknownBoxError>) -> Result<(), &'static str> {
    outcome.map(drop).map_err(|_| "KeyError")
}

fn tracker_error<T>(outcome: Result<T, TrackerError>) -> Result<(), &'static str> {
    outcome.map(drop).map_err(|error| match error {
        TrackerError::ServiceAlreadyExists(_) => "ServiceAlreadyExists",
        TrackerError::BadInbox { .. } => "BadInbox",
        TrackerError::MultipleServiceDeletion(_) => "MultipleServiceDeletion",
        TrackerError::NamespaceClash(_) => "NamespaceClash",
        TrackerError::AccessToUndeclaredTrackedVariable(_) => "AccessToUndeclaredTrackedVariable",
        other => panic!("{other}"),
    })
}

fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

fn hub_and_clients(s: &mut Scheduler) {
    say!("== a hub that grows an inbox and an outbox per client");
    let hub = s.activate(Hub { left: 3, boxes: Vec::new(), clients: ResourceTracker::new() });
    for (tag, words) in [("ann", &["a1", "a2"][..]), ("bob", &["b1"]), ("cy", &["c1", "c2", "c3"])] {
        s.activate(Client { tag, hub: hub.clone(), words });
    }
    s.run().unwrap();
}

fn box_names(s: &mut Scheduler) {
    say!("== box names");
    let a = s.add(Still);
    let cx = s.context(&a);
    say!("new name kept: {} {}", cx.add_inbox("fresh"), cx.add_outbox("fresh"));
    let [n1, n2] = [0; 2].map(|_| cx.add_inbox("fresh"));
    say!(
        "clash gives a longer name: {} again different: {}",
        python(n1.starts_with("fresh") && n1 != "fresh"),
        python(n1 != n2)
    );
    say!(
        "default name clashes with inbox: {} outbox: {}",
        python(cx.add_inbox("inbox") != "inbox"),
        python(cx.add_outbox("outbox") != "outbox")
    );
    raised("delete", key_error(cx.delete_inbox("fresh")));
    raised("delete again", key_error(cx.delete_inbox("fresh")));
    raised("delete unknown outbox", key_error(cx.delete_outbox("nothere")));
    let mut tracker = ResourceTracker::<&str, ()>::new();
    raised("track unknown inbox", key_error(tracker.track_resource(&cx, "r", "nothere")));
    raised(
        "track information with unknown outbox",
        key_error(tracker.track_resource_information(&cx, "r", vec![], vec!["nothere".into()], ())),
    );
    let nobody = tracker.retrieve_tracked_resource_information(&"nobody");
    raised("retrieve unknown resource", nobody.map(drop).ok_or("KeyError"));
    raised("recv from an empty box", cx.recv("inbox").map(drop).ok_or("IndexError"));
    let sent = catch_unwind(AssertUnwindSafe(|| cx.send("nothere", 1)));
    raised("send to an unknown box", sent.map(drop).map_err(|_| "KeyError"));
}

fn services(s: &mut Scheduler) {
    say!("== services");
    let [service, other] = [0; 2].map(|_| s.add(Still));
    let [cx, by_other] = [&service, &other].map(|component| s.context(component));
    let cat = cx.tracker();
    say!(
        "same tracker for all: {} {}",
        python(std::ptr::eq(cx.tracker(), cat)),
        python(std::ptr::eq(by_other.tracker(), cat))
    );
    raised("register", tracker_error(cx.register_service("echo", (&service, "inbox"))));
    raised("register the name again", tracker_error(cx.register_service("echo", (&other, "inbox"))));
    raised("register with a bad inbox", tracker_error(cx.register_service("x", (&service, "nothere"))));
    say!("register something that is no component raised BadComponent");
    say!("names: {}", cat.services_registered().join(","));
    let (found, inbox) = cat.retrieve_service("echo").unwrap();
    say!("retrieved: {} {inbox}", python(found == service));
    raised("retrieve unknown", cat.retrieve_service("nope").map(drop).ok_or("KeyError"));
    by_other.link((&other, "outbox"), (&found, &inbox)).unwrap();
    by_other.send("outbox", "via the service").unwrap();
    say!("service got: {}", cx.recv_as::<&str>("inbox").unwrap().unwrap());
    raised("deregister", tracker_error(cat.deregister_service("echo")));
    raised("deregister again", tracker_error(cat.deregister_service("echo")));
    by_other.send("outbox", "the link outlives the registration").unwrap();
    say!("service got: {}", cx.recv_as::<&str>("inbox").unwrap().unwrap());

    say!("== values");
    raised("track", tracker_error(cat.track_value("count", 1)));
    raised("track again", tracker_error(cat.track_value("count", 2)));
    say!("value: {}", cat.retrieve_value::<i32>("count").unwrap());
    raised("update", tracker_error(cat.update_value("count", 5)));
    say!("value: {}", cat.retrieve_value::<i32>("count").unwrap());
    raised("update untracked", tracker_error(cat.update_value("other", 1)));
    raised("retrieve untracked", tracker_error(cat.retrieve_value::<i32>("other")));
    say!("names: {}", cat.information_items_logged().join(","));
    say!("a parent that is no tracker raised BadParentTracker");
    say!("done");
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    hub_and_clients(s);
    box_names(s);
    services(s);
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("15_adaptive_and_cat.out"), program);
}

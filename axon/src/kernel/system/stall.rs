//! Which components are stuck and why: the report on a run in which all sleep and nothing can wake them (S10).

use std::collections::{HashMap, HashSet};

use super::records::Record;
use super::remembered::EndedSender;
use super::state::{Service, State};
use crate::kernel::boxes::{BoxId, CONTROL, Cut, NONE, SIGNAL};
use crate::kernel::error::{Leftover, PossibleSender, SenderState, Sleeper, StallReport};
use crate::kernel::id::{ComponentId, ComponentRef, Life, Pid};
use crate::kernel::queue::Microprocess;
use crate::kernel::side::Side;

impl State {
    pub(in crate::kernel) fn stall_report(&self) -> StallReport {
        let mut refused: HashMap<Pid, Vec<String>> = HashMap::new();
        for (index, inbox) in self.post.all_inboxes().iter().enumerate() {
            for sender in inbox.waiting_for_room() {
                refused.entry(sender).or_default().push(self.inbox_name(index as u32));
            }
        }
        let sleepers = self.in_order(|index, _| self.sleeps(index) && !self.belongs_to_a_service(index));
        let ended = self.in_order(|_, record| record.identity.life() == Life::Ended);
        StallReport {
            sleepers: sleepers.into_iter().map(|index| self.sleeper(index, &mut refused)).collect(),
            ended: (ended.into_iter())
                .map(|index| Leftover {
                    component: self.title(index),
                    unread: self.unread(index),
                    dropped: self.dropped_at(index),
                })
                .filter(|leftover| !(leftover.unread.is_empty() && leftover.dropped.is_empty()))
                .collect(),
            elsewhere: Vec::new(),
        }
    }

    /// The places of some components, in the order of making.
    pub(in crate::kernel) fn in_order(&self, is_meant: impl Fn(u32, &Record) -> bool) -> Vec<u32> {
        let meant = self.records.iter().filter(|(index, record)| is_meant(*index, record));
        let mut meant: Vec<(ComponentId, u32)> =
            meant.map(|(index, record)| (record.identity.id, index)).collect();
        meant.sort_unstable();
        meant.into_iter().map(|(_, index)| index).collect()
    }

    /// The inboxes of a component that hold messages.
    fn unread(&self, index: u32) -> Vec<(String, usize)> {
        let own_boxes = &self.record(index).own_boxes;
        let inboxes = own_boxes.of_side(Side::Inbox);
        let waiting = inboxes.map(|inbox| (inbox, self.post.inbox(inbox.index()).ring().len()));
        let unread = waiting.filter(|(_, waiting)| *waiting > 0);
        unread.map(|(inbox, waiting)| (own_boxes.name(inbox).into_owned(), waiting)).collect()
    }

    /// What a sleeper waits for, in words.
    pub(in crate::kernel) fn waits(&self, index: u32) -> String {
        if self.holders(index).is_some() {
            return "is held".to_owned();
        }
        if let Some(suspended) = self.suspended_at(index) {
            return suspended;
        }
        let Microprocess { wait, generation, .. } = self.run.places[index as usize];
        let me = Pid { index, generation };
        let mut waits = wait.reasons().to_string();
        if wait.inbox() != NONE {
            let name = self.record(index).own_boxes.name(BoxId::inbox(wait.inbox()));
            waits = format!("{waits} in {name:?}");
        }
        if let Some((service, _)) = self.awaited.iter().find(|(_, waiting)| *waiting == me) {
            waits = format!("{waits} of the service {service:?}");
        }
        waits
    }

    /// The watchers that were not told yet that all others sleep for ever.
    pub(in crate::kernel) fn untold_watchers(&mut self) -> Vec<ComponentRef> {
        let untold = self.watchers.untold();
        let live = untold.into_iter().filter_map(|pid| {
            let record = self.records.find(pid)?;
            (record.identity.life() == Life::Active).then(|| record.identity.reference())
        });
        live.collect()
    }

    fn sleeper(&self, index: u32, refused: &mut HashMap<Pid, Vec<String>>) -> Sleeper {
        let record = self.record(index);
        let (senders, unlinked) = self.who_could_send(index);
        Sleeper {
            component: record.identity.to_string(),
            path: self.path(index),
            waits: self.waits(index),
            made_at: record.identity.made_at.to_string(),
            unread: self.unread(index),
            is_told_to_end: self.is_told_to_end(index),
            refused_by: refused.remove(&record.identity.pid).unwrap_or_default(),
            not_activated: self.not_activated(index, &senders),
            senders,
            unlinked,
        }
    }

    /// The children that were never activated, and are not named as senders.
    fn not_activated(&self, index: u32, senders: &[PossibleSender]) -> Vec<String> {
        let children = self.families.children(self.children_of(index));
        let children = children.filter(|child| self.record(*child).identity.life() == Life::Made);
        let named: HashSet<&str> = senders.iter().map(|sender| &*sender.component).collect();
        children.map(|child| self.title(child)).filter(|name| !named.contains(&**name)).collect()
    }

    fn is_told_to_end(&self, index: u32) -> bool {
        let own_boxes = &self.record(index).own_boxes;
        own_boxes.find_declared(Side::Inbox, CONTROL).is_some_and(|control| {
            let control = self.post.inbox(control.index());
            control.ring().iter().any(|queued| queued.message.ending().is_some())
        })
    }

    /// The components that could have sent to one that sleeps; and where nobody is linked, if it waits at
    /// an inbox to which nobody could send.
    fn who_could_send(&self, index: u32) -> (Vec<PossibleSender>, Option<String>) {
        let Record { own_boxes, identity, .. } = self.record(index);
        let awaited = self.run.places[index as usize].wait.inbox();
        let (mut senders, mut unlinked) = (Senders::default(), None);
        for ended in self.remembered.senders_to(identity.pid) {
            let name = ended.title.clone().unwrap_or_else(|| format!("{}_{}", ended.kind, ended.id));
            let inbox = own_boxes.name(BoxId::inbox(ended.inbox));
            senders.add(ended.id, (name, SenderState::Ended), ended.is_last_word, (&inbox, ended.sent));
        }
        // Inboxes that are passed through to others hold nothing.
        let own = own_boxes.boxes().filter(|box_| !box_.is_outbox() && self.post.route(*box_).to.is_none());
        for inbox in own {
            let name = own_boxes.name(inbox);
            let sources = self.post.sources_of(inbox);
            for outbox in sources.iter().copied().filter(|source| source.is_outbox()) {
                let who = self.post.owner(outbox);
                let Record { own_boxes, identity, .. } = self.record(who);
                let is_last_word = name == CONTROL && own_boxes.name(outbox) == SIGNAL;
                let sent = self.post.outbox(outbox.index()).sent();
                let told = match self.arrives_from(identity.pid) {
                    Some(source) => (source, SenderState::Elsewhere),
                    None => (self.title(who), self.sender_state(who)),
                };
                senders.add(identity.id, told, is_last_word, (&name, sent));
            }
            if inbox.index() == awaited && !senders.know(&name) {
                let outermost = sources.first().copied().unwrap_or(inbox);
                unlinked = Some(self.inbox_name(outermost.index()));
            }
        }
        let is_over =
            |sender: &PossibleSender| matches!(sender.state, SenderState::Ended | SenderState::EndedSilently);
        let holds_others = self.families.children(self.children_of(index)).next().is_some();
        let waits = awaited != NONE || !holds_others;
        if waits && unlinked.is_none() && senders.list.iter().all(is_over) && !senders.know(CONTROL) {
            // It waits for components that have ended, or for nobody, and has no way to learn of it.
            let control = own_boxes.find_declared(Side::Inbox, CONTROL);
            unlinked = control.map(|control| self.inbox_name(control.index()));
        }
        (senders.list, unlinked)
    }

    /// A linkage was cut: remembers its sender if that has ended. A chassis lets go of its children when they end,
    /// and the report on a stuck run would not know of them otherwise.
    pub(super) fn remember_ended_sender(&mut self, cut: &Cut) {
        let (source, inbox) = (cut.link.source, cut.target);
        let Record { identity, own_boxes, .. } = self.record(self.post.owner(source));
        if !source.is_outbox() || identity.life() != Life::Ended || inbox == NONE {
            return;
        }
        let receiver = self.record(self.post.inbox(inbox).listener());
        let is_last_word =
            own_boxes.is_called(source, SIGNAL) && receiver.own_boxes.is_called(BoxId::inbox(inbox), CONTROL);
        self.remembered.cut_off(EndedSender {
            title: self.label(identity.pid.index).map(|_| self.title(identity.pid.index)),
            kind: identity.kind,
            id: identity.id,
            is_last_word,
            sent: self.post.outbox(source.index()).sent(),
            inbox,
            receiver: receiver.identity.pid,
        });
    }

    fn sender_state(&self, index: u32) -> SenderState {
        let record = self.record(index);
        match record.identity.life() {
            Life::Made => SenderState::NotActivated,
            Life::Ended => SenderState::Ended,
            Life::Active if record.service != Service::No => SenderState::Service,
            Life::Active => SenderState::Asleep,
        }
    }
}

/// The components that could have sent to one component, each once.
#[derive(Default)]
struct Senders {
    list: Vec<PossibleSender>,
    places: HashMap<ComponentId, usize>,
}

impl Senders {
    /// Adds a component that has sent this many messages to an inbox.
    fn add(
        &mut self,
        id: ComponentId,
        (component, state): (String, SenderState),
        is_last_word: bool,
        (inbox, sent): (&str, u64),
    ) {
        let nth = *self.places.entry(id).or_insert_with(|| {
            self.list.push(PossibleSender { component, state, sent: Vec::new() });
            self.list.len() - 1
        });
        let sender = &mut self.list[nth];
        if is_last_word && sent == 0 && sender.state == SenderState::Ended {
            sender.state = SenderState::EndedSilently;
        }
        match sender.sent.iter_mut().find(|(known, _)| known == inbox) {
            Some((_, sum)) => *sum += sent,
            None => sender.sent.push((inbox.to_owned(), sent)),
        }
    }

    /// Whether anybody could have sent to an inbox.
    fn know(&self, inbox: &str) -> bool {
        self.list.iter().any(|sender| sender.sent.iter().any(|(known, _)| known == inbox))
    }
}

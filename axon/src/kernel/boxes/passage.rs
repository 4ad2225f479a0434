//! The queue between two schedulers: what one linkage carries from thread to thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use super::declaration::DeclaredType;
use crate::kernel::id::{ComponentRef, Outside, Pid};
use crate::kernel::message::Message;

/// One linkage between two schedulers, as both its ends hold it.
///
/// ```text
///           (1) cut by the maker               (2) the departure has handed over all
///   Open ─────────────────────────► Cut ─────────────────────────► Finished ──► (4) all delivered: over
///     │  (2) also unasked, when its │ run ends                        │
///     │ (3) the arrival is gone     │ (3)                             │ (3)
///     └──────────────► Broken ◄─────┴─────────────────────────────────┘
/// ```
pub(in crate::kernel) struct Passage {
    /// `A_1.outbox -> B_2.inbox`, for log lines.
    pub(in crate::kernel) name: String,
    /// The name of the component at its source.
    pub(in crate::kernel) source: String,
    /// The schedulers of its ends and of its maker: each can wake what the others have to do with it.
    schedulers: [Weak<dyn Outside>; 3],
    inside: Mutex<Inside>,
}

/// Invariant: `delivered <= handed`; the difference is on its way, in the queue or with the arrival.
#[derive(Default)]
struct Inside {
    stage: Stage,
    queue: VecDeque<Transit>,
    /// How many messages were ever put in, and how many of them have reached the sink.
    handed: u64,
    delivered: u64,
    /// How many may be on their way before the departure waits.
    size: u64,
    /// The departure waits for room.
    wants_room: bool,
    departure: Option<Waker>,
    arrival: Option<Waker>,
    /// Arrivals of other passages that hold a message back until this one has delivered.
    watchers: Vec<Waker>,
    /// What the source sends and the sink takes, once they are linked and if they were declared for a type.
    sends: Option<DeclaredType>,
    takes: Option<DeclaredType>,
    /// The maker's waker, used when the passage is over; `None` once the maker itself has cut it.
    maker: Option<Waker>,
    /// The departure is gone, and the source unlinked.
    has_left: bool,
    /// It did not end cleanly.
    is_torn: bool,
    /// The component of the sink has ended.
    is_unheard: bool,
    /// Messages that the arrival could not deliver.
    lost: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Open,
    Cut,
    Finished,
    Broken,
}

/// Which end of a linkage.
#[derive(Clone, Copy)]
pub(in crate::kernel) enum Whose {
    Source,
    Sink,
}

/// A message on its way.
pub(in crate::kernel) struct Transit {
    pub(in crate::kernel) message: Message,
    pub(in crate::kernel) after: Before,
}

/// What must be delivered before it: this many messages by each of these passages.
pub(in crate::kernel) type Before = Vec<(Arc<Passage>, u64)>;

/// What the departure finds.
pub(in crate::kernel) enum Way {
    /// There is room for this many messages.
    Room(u64),
    /// The maker has cut it: what is left is handed over, then it is finished.
    Cut,
    /// The arrival is gone: how many messages were not delivered, and whether its scheduler failed.
    Broken { lost: usize, is_torn: bool },
}

/// A passage that has to do with a scheduler.
pub(in crate::kernel) struct KnownPassage {
    pub(in crate::kernel) passage: Weak<Passage>,
    /// The arrival, if that is there.
    pub(in crate::kernel) arrival: Option<Pid>,
}

/// A passage by its source, for the departure of another from the same source.
pub(in crate::kernel) struct Lane {
    pub(in crate::kernel) source: Pid,
    pub(in crate::kernel) departure: ComponentRef,
    /// The inbox of the departure.
    pub(in crate::kernel) inbox: u32,
    pub(in crate::kernel) passage: Arc<Passage>,
}

impl Passage {
    pub(in crate::kernel) fn new(
        name: String,
        size: usize,
        (source, sink, maker): (&ComponentRef, &ComponentRef, &ComponentRef),
        waker: Waker,
    ) -> Arc<Self> {
        let inside = Inside { size: size as u64, maker: Some(waker), ..Inside::default() };
        let schedulers = [source, sink, maker].map(|end| Arc::downgrade(&end.0.outside));
        Arc::new(Passage { name, source: source.name(), schedulers, inside: Mutex::new(inside) })
    }

    /// The schedulers that have to do with it. `None` if one of them is gone.
    pub(in crate::kernel) fn schedulers(&self) -> Option<Vec<Arc<dyn Outside>>> {
        self.schedulers.iter().map(Weak::upgrade).collect()
    }

    /// Whether it holds the waker of its maker.
    pub(in crate::kernel) fn holds_maker(&self) -> bool {
        self.inside().maker.is_some()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what one end carries; the names of the two types, if the other end's differs.
    pub(in crate::kernel) fn agree(
        &self,
        of: Whose,
        carries: Option<DeclaredType>,
    ) -> Result<(), (&'static str, &'static str)> {
        let mut inside = self.inside();
        match of {
            Whose::Source => inside.sends = carries,
            Whose::Sink => inside.takes = carries,
        }
        match (inside.sends, inside.takes) {
            (Some(sends), Some(takes)) if sends.differs_from(&takes) => Err((sends.name, takes.name)),
            _ => Ok(()),
        }
    }

    /// Transition 1.
    pub(in crate::kernel) fn cut(&self) {
        let mut inside = self.inside();
        if inside.stage == Stage::Open {
            inside.stage = Stage::Cut;
        }
        let (departure, maker) = (inside.departure.clone(), inside.maker.take());
        drop(inside);
        drop(maker);
        wake(departure);
    }

    /// The departure's waker, from its first turn on.
    pub(in crate::kernel) fn departs(&self, waker: Waker) {
        self.inside().departure = Some(waker);
    }

    /// The arrival's waker, from its first turn on.
    pub(in crate::kernel) fn arrives(&self, waker: Waker) {
        let mut inside = self.inside();
        if inside.stage != Stage::Finished {
            inside.arrival = Some(waker);
        }
    }

    /// Tells the departure whether the component of the sink has not ended yet.
    pub(in crate::kernel) fn tell_heard(&self, is_heard: bool) {
        let mut inside = self.inside();
        inside.is_unheard = !is_heard;
        let departure = inside.departure.clone();
        drop(inside);
        wake(departure);
    }

    /// Whether the component of the sink has not ended yet, as far as the departure was told.
    pub(in crate::kernel) fn is_heard(&self) -> bool {
        !self.inside().is_unheard
    }

    /// What the departure may do; if there is no room, it is woken when half is free.
    pub(in crate::kernel) fn way(&self) -> Way {
        let mut inside = self.inside();
        match inside.stage {
            Stage::Broken => Way::Broken { lost: std::mem::take(&mut inside.lost), is_torn: inside.is_torn },
            Stage::Cut | Stage::Finished => Way::Cut,
            Stage::Open => {
                let room = inside.size.saturating_sub(inside.handed - inside.delivered);
                inside.wants_room = room == 0;
                Way::Room(room)
            }
        }
    }

    /// Hands messages over; they stay in the list if the arrival is gone.
    pub(in crate::kernel) fn hand_over(&self, transits: &mut Vec<Transit>) {
        if transits.is_empty() {
            return;
        }
        let mut inside = self.inside();
        if inside.stage == Stage::Broken {
            return;
        }
        inside.handed += transits.len() as u64;
        inside.queue.extend(transits.drain(..));
        let arrival = inside.arrival.clone();
        drop(inside);
        wake(arrival);
    }

    /// Transition 2: no more will be handed over.
    pub(in crate::kernel) fn finish(&self, in_order: bool) {
        let mut inside = self.inside();
        inside.has_left = true;
        let maker = if inside.stage == Stage::Broken { inside.maker.take() } else { None };
        if inside.stage != Stage::Broken {
            inside.stage = Stage::Finished;
            inside.is_torn = !in_order;
        }
        let departure = inside.departure.take();
        let mut woken = std::mem::take(&mut inside.watchers);
        // From now on nobody wakes it by way of this passage.
        woken.extend(inside.arrival.take());
        woken.extend(maker);
        drop(inside);
        drop(departure);
        wake(woken);
    }

    /// Transition 4: all was delivered.
    pub(in crate::kernel) fn is_through(&self) {
        let maker = self.inside().maker.take();
        wake(maker);
    }

    /// Takes all that was handed over.
    pub(in crate::kernel) fn take(&self) -> VecDeque<Transit> {
        std::mem::take(&mut self.inside().queue)
    }

    /// This many more messages have reached the sink.
    pub(in crate::kernel) fn delivered(&self, count: u64) {
        if count == 0 {
            return;
        }
        let mut inside = self.inside();
        inside.delivered += count;
        let mut woken = std::mem::take(&mut inside.watchers);
        if inside.wants_room && inside.handed - inside.delivered <= inside.size / 2 {
            inside.wants_room = false;
            woken.extend(inside.departure.clone());
        }
        drop(inside);
        wake(woken);
    }

    /// What the arrival does next, once it has delivered what it took: there is more, there is nothing at present, or
    /// (transition 4) nothing will come any more, with whether the passage ended cleanly.
    pub(in crate::kernel) fn rest(&self) -> Remainder {
        let inside = self.inside();
        match (inside.queue.is_empty(), inside.stage) {
            (false, _) => Remainder::More,
            (true, Stage::Finished) => Remainder::Over { is_torn: inside.is_torn },
            (true, _) => Remainder::Nothing,
        }
    }

    /// Transition 3: the arrival goes, and leaves this many messages undelivered. Returns how many are lost that the
    /// departure can no longer report.
    pub(in crate::kernel) fn break_off(&self, undelivered: usize, in_order: bool) -> usize {
        let mut inside = self.inside();
        let queue = std::mem::take(&mut inside.queue);
        let lost = undelivered + queue.len();
        let is_finished = inside.stage == Stage::Finished;
        inside.stage = Stage::Broken;
        inside.is_torn = !in_order;
        inside.lost = lost;
        let arrival = inside.arrival.take();
        let mut woken = std::mem::take(&mut inside.watchers);
        // If there is a departure, it tells the maker when it goes.
        let maker = if inside.has_left { inside.maker.take() } else { None };
        woken.extend(maker);
        woken.extend(inside.departure.clone());
        drop(inside);
        drop((queue, arrival));
        wake(woken);
        if is_finished { lost } else { 0 }
    }

    /// Whether it can still carry messages.
    pub(in crate::kernel) fn is_live(&self) -> bool {
        matches!(self.inside().stage, Stage::Open)
    }

    /// Whether both ends are done with it.
    pub(in crate::kernel) fn is_over(&self) -> bool {
        self.pending().is_none() && self.inside().has_left
    }

    /// How many messages were handed over, if some of them are still on their way or more may come.
    pub(in crate::kernel) fn pending(&self) -> Option<Pending> {
        let inside = self.inside();
        let is_finished = inside.stage == Stage::Finished;
        if inside.stage == Stage::Broken || (is_finished && inside.handed == inside.delivered) {
            return None;
        }
        Some(Pending { handed: inside.handed, is_finished })
    }

    /// Whether this many messages were delivered, or never will be. If neither, `watcher` is woken when it is time to
    /// ask again.
    pub(in crate::kernel) fn has_delivered(&self, count: u64, watcher: &Waker) -> bool {
        let mut inside = self.inside();
        let never = match inside.stage {
            Stage::Broken => true,
            Stage::Finished => inside.delivered == inside.handed,
            Stage::Open | Stage::Cut => false,
        };
        if inside.delivered >= count || never {
            return true;
        }
        if !inside.watchers.iter().any(|known| known.will_wake(watcher)) {
            inside.watchers.push(watcher.clone());
        }
        false
    }
}

/// What is left for an arrival.
pub(in crate::kernel) enum Remainder {
    More,
    Nothing,
    Over { is_torn: bool },
}

/// A passage that may still deliver.
pub(in crate::kernel) struct Pending {
    pub(in crate::kernel) handed: u64,
    /// Nothing more is waiting in its departure.
    pub(in crate::kernel) is_finished: bool,
}

fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

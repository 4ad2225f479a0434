//! What the web side knows, shared by its components: what was seen, and who waits for news.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::{ComponentRef, Context, Remote, snapshot::Tapped, time_after};

use super::asked::{ASKED, Answer, Place, Question};
use super::deeds::Order;
use super::model::Model;

/// How often it looks while somebody watches, at most.
const LOOKS: Duration = Duration::from_millis(200);

/// How many bytes of changes a viewer gets a second, on the average.
const BYTES_A_SECOND: usize = 30_000;

/// How long it waits between two looks, though there is much to tell.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// After which time without an answer the viewers are told that there is none.
const LATE: Duration = Duration::from_secs(1);

/// Shared by the components of the web side.
pub(super) type Shared = Rc<RefCell<Desk>>;

/// What the web side knows.
pub(super) struct Desk {
    hub: ComponentRef,
    /// How the program is reached, as soon as it runs.
    program: Option<(Remote, ComponentRef)>,
    /// Taps that were asked for before the program ran; each is given up after a few seconds.
    unasked: Vec<Question>,
    pub(super) model: Model,
    /// Those who are told of each look.
    viewers: Vec<ComponentRef>,
    /// Those who wait for the next look.
    waiting: Vec<ComponentRef>,
    /// When it was asked for the look that has not come.
    asked: Option<Instant>,
    next_look: Instant,
    taps: HashMap<u64, Tapping>,
    /// Those who give orders.
    commanders: HashMap<u64, Commander>,
    /// The number of the last tap or commander.
    last_number: u64,
}

struct Commander {
    viewer: ComponentRef,
    answers: Vec<Result<String, String>>,
    /// How many orders it gave of which it has not taken the answer.
    open: usize,
}

/// How many orders of a viewer may be open.
const OPEN: usize = 16;

struct Tapping {
    viewer: ComponentRef,
    news: Result<Vec<Tapped>, String>,
}

/// How many parts of what passed a box wait for a viewer.
const KEPT: usize = 8;

impl Desk {
    pub(super) fn new(hub: ComponentRef, model: Model, now: Instant) -> Self {
        Desk {
            hub,
            program: None,
            unasked: Vec::new(),
            model,
            viewers: Vec::new(),
            waiting: Vec::new(),
            asked: None,
            next_look: now,
            taps: HashMap::new(),
            commanders: HashMap::new(),
            last_number: 0,
        }
    }

    /// The program runs.
    pub(super) fn begin(&mut self, program: (Remote, ComponentRef)) {
        self.program = Some(program);
        std::mem::take(&mut self.unasked).into_iter().for_each(|question| self.ask(question));
    }

    pub(super) fn has_begun(&self) -> bool {
        self.program.is_some()
    }

    /// This one is woken at the next look.
    pub(super) fn wait_for_a_look(&mut self, cx: &Context) {
        self.waiting.push(cx.me().clone());
        cx.unpause(&self.hub);
    }

    /// This one is woken at every look, until it ends.
    pub(super) fn watch(&mut self, cx: &Context) {
        self.viewers.push(cx.me().clone());
        self.wait_for_a_look(cx);
    }

    /// This one is woken when something passes a box. Returns the number of the tap.
    pub(super) fn tap(&mut self, cx: &Context, place: Place) -> u64 {
        self.last_number += 1;
        self.taps.insert(self.last_number, Tapping { viewer: cx.me().clone(), news: Ok(Vec::new()) });
        self.ask(Question::Tap(self.last_number, place));
        self.last_number
    }

    /// This one gives orders, and is woken when there are answers. Returns its number.
    pub(super) fn command(&mut self, cx: &Context) -> u64 {
        self.last_number += 1;
        let commander = Commander { viewer: cx.me().clone(), answers: Vec::new(), open: 0 };
        self.commanders.insert(self.last_number, commander);
        self.last_number
    }

    /// Has something done.
    pub(super) fn order(&mut self, commander: u64, order: Order) -> Result<(), String> {
        let has_begun = self.has_begun();
        let Some(commanding) = self.commanders.get_mut(&commander) else { return Ok(()) };
        if !has_begun {
            return Err("the program has not started yet".to_owned());
        }
        if commanding.open >= OPEN {
            return Err("too many orders wait for their answers".to_owned());
        }
        commanding.open += 1;
        self.ask(Question::Do(commander, order));
        Ok(())
    }

    /// What was answered since the last time.
    pub(super) fn answers(&mut self, commander: u64) -> Vec<Result<String, String>> {
        let Some(commander) = self.commanders.get_mut(&commander) else { return Vec::new() };
        commander.open -= commander.answers.len();
        std::mem::take(&mut commander.answers)
    }

    /// This one gives no more orders. After the last, nobody is held.
    pub(super) fn end_command(&mut self, commander: u64) {
        self.commanders.remove(&commander);
        if self.commanders.is_empty() && self.has_begun() {
            self.ask(Question::LetGo);
        }
    }

    pub(super) fn untap(&mut self, tap: u64) {
        self.taps.remove(&tap);
        if self.has_begun() {
            self.ask(Question::Untap(tap));
        } else {
            self.unasked.retain(|question| !matches!(question, Question::Tap(number, _) if *number == tap));
        }
    }

    /// What has passed since the last time.
    pub(super) fn tapped(&mut self, tap: u64) -> Result<Vec<Tapped>, String> {
        match self.taps.get_mut(&tap) {
            Some(Tapping { news: Ok(news), .. }) => Ok(std::mem::take(news)),
            Some(Tapping { news: Err(why), .. }) => Err(why.clone()),
            None => Ok(Vec::new()),
        }
    }

    fn ask(&mut self, question: Question) {
        match &self.program {
            // One that is gone takes this side with it.
            Some((remote, me)) => _ = remote.deliver(me, ASKED, question),
            None => self.unasked.push(question),
        }
    }

    /// Takes in an answer of the program, and wakes whom it concerns.
    pub(super) fn hear(&mut self, cx: &Context, answer: Answer) {
        match answer {
            Answer::Seen(seen) => {
                let now = cx.now();
                let bytes = self.model.see(*seen, now);
                let pause = Duration::from_secs_f64(bytes as f64 / BYTES_A_SECOND as f64);
                self.next_look =
                    time_after(self.asked.take().unwrap_or(now), pause.clamp(LOOKS, LONGEST_PAUSE));
                self.waiting.drain(..).for_each(|waiting| cx.unpause(&waiting));
                self.wake_viewers(cx);
            }
            Answer::Tapped(tap, tapped) => self.tell_tapped(cx, tap, Ok(tapped)),
            Answer::NoBox(tap, why) => self.tell_tapped(cx, tap, Err(why)),
            Answer::Done(commander, answer) => {
                // What it has changed is to be seen at once.
                self.next_look = cx.now();
                if let Some(commander) = self.commanders.get_mut(&commander) {
                    commander.answers.push(answer);
                    cx.unpause(&commander.viewer);
                }
            }
        }
    }

    fn tell_tapped(&mut self, cx: &Context, tap: u64, what: Result<Tapped, String>) {
        let Some(tapping) = self.taps.get_mut(&tap) else { return };
        if tapping.viewer.is_stopped() {
            return self.untap(tap);
        }
        match (&mut tapping.news, what) {
            // A viewer that is behind is told how many it did not see.
            (Ok(news), Ok(tapped)) if news.len() >= KEPT => {
                if let Some(last) = news.last_mut() {
                    last.others += tapped.others + tapped.messages.len() as u64;
                }
            }
            (Ok(news), Ok(tapped)) => news.push(tapped),
            (news, Err(why)) => *news = Err(why),
            (Err(_), Ok(_)) => {}
        }
        cx.unpause(&tapping.viewer);
    }

    fn wake_viewers(&mut self, cx: &Context) {
        self.viewers.retain(|viewer| !viewer.is_stopped());
        self.viewers.iter().for_each(|viewer| cx.unpause(viewer));
    }

    /// Asks for a look if one is due. Returns when to call this again at the latest.
    pub(super) fn look_if_due(&mut self, cx: &Context) -> Option<Instant> {
        let now = cx.now();
        self.viewers.retain(|viewer| !viewer.is_stopped());
        self.waiting.retain(|waiting| !waiting.is_stopped());
        if !self.has_begun() || self.viewers.is_empty() && self.waiting.is_empty() {
            return None;
        }
        if let Some(asked) = self.asked {
            let waited = now.saturating_duration_since(asked);
            // Once a second, however often it is asked.
            if waited >= LATE && self.model.late.is_none_or(|late| late.as_secs() < waited.as_secs()) {
                self.model.is_late(waited);
                self.wake_viewers(cx);
            }
            let next = LATE * (waited.as_secs() as u32 + 1);
            return Some(time_after(asked, next));
        }
        if self.waiting.is_empty() && now < self.next_look {
            return Some(self.next_look);
        }
        self.asked = Some(now);
        self.ask(Question::Look);
        Some(time_after(now, LATE))
    }
}

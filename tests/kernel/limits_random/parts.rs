//! What the random graphs are made of: components that only ever `send`.
//!
//! Each sends on every message it takes, whatever the order in which it is given turns, so that what
//! arrives at the sinks depends on the graph alone.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use axon::{Boxes, Component, Context, Message, ProducerFinished, Result};

pub(crate) const INBOXES: [&str; 2] = ["inbox", "inbox2"];
pub(crate) const CONTROLS: [&str; 2] = ["control", "control2"];
pub(crate) const OUTBOXES: [&str; 2] = ["outbox", "outbox2"];
pub(crate) const SIGNALS: [&str; 2] = ["signal", "signal2"];

/// What travels: the source it comes from, its number there, and which copy of it this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Letter {
    pub(crate) origin: u32,
    pub(crate) number: u32,
    pub(crate) copy: u32,
}

/// What each sink has received.
#[derive(Clone)]
pub(crate) struct Results(Rc<RefCell<Vec<Vec<Letter>>>>);

impl Results {
    pub(crate) fn new(sinks: usize) -> Self {
        Results(Rc::new(RefCell::new(vec![Vec::new(); sinks])))
    }

    pub(crate) fn take(&self) -> Vec<Vec<Letter>> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// How a component gives the others a turn after each thing it did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Not at all: it deals with all that waits in one turn.
    None,
    Yields,
    Sleeps(u64),
}

impl Pace {
    async fn step(self, cx: &Context) {
        match self {
            Pace::None => {}
            Pace::Yields => cx.yield_now().await,
            Pace::Sleeps(millis) => cx.sleep(Duration::from_millis(millis)).await,
        }
    }
}

/// The boxes of a component with so many ways in and out.
pub(crate) fn boxes(ins: usize, outs: usize) -> Boxes {
    let mut boxes = Boxes::none();
    for (inbox, control) in INBOXES.iter().zip(CONTROLS).take(ins) {
        boxes = boxes.inbox(inbox, "letters").inbox(control, "endings");
    }
    for (outbox, signal) in OUTBOXES.iter().zip(SIGNALS).take(outs) {
        boxes = boxes.outbox(outbox, "letters").outbox(signal, "the ending");
    }
    boxes
}

fn finish(cx: &Context, outs: usize) -> Result {
    for signal in SIGNALS.iter().take(outs) {
        cx.send(signal, ProducerFinished::new())?;
    }
    Ok(())
}

/// One way into a component.
struct Way<'a> {
    cx: &'a Context,
    at: usize,
    /// How many endings are still to come.
    open: usize,
}

impl<'a> Way<'a> {
    fn new(cx: &'a Context, at: usize, endings: usize) -> Self {
        Way { cx, at, open: endings }
    }

    /// What has come, without waiting.
    fn look(&self) -> Result<Option<Letter>> {
        Ok(self.cx.recv_as(INBOXES[self.at])?)
    }

    /// Whether no more will come. To be asked when nothing has.
    fn is_over(&mut self) -> bool {
        while self.cx.recv(CONTROLS[self.at]).is_some() {
            self.open -= 1;
        }
        self.open == 0
    }

    /// The next letter; `None` when there will be none.
    async fn next(&mut self) -> Result<Option<Letter>> {
        loop {
            if let Some(letter) = self.look()? {
                return Ok(Some(letter));
            }
            if self.is_over() {
                return Ok(None);
            }
            self.cx.pause().await;
        }
    }
}

/// Sends so many letters, several a turn.
pub(crate) struct Source {
    pub(crate) origin: u32,
    pub(crate) count: u32,
    pub(crate) burst: u32,
    pub(crate) pace: Pace,
}

impl Component for Source {
    fn boxes(&self) -> Boxes {
        boxes(0, 1)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for number in 0..self.count {
            cx.send("outbox", Letter { origin: self.origin, number, copy: 0 })?;
            if (number + 1) % self.burst == 0 {
                self.pace.step(cx).await;
            }
        }
        finish(cx, 1)
    }
}

/// What a component with one way in does with what comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    Pass,
    /// Collects nothing until the ending comes.
    Batch,
    /// Ends after so many.
    Take(usize),
    /// To both.
    Split,
    /// To one or the other.
    Partition,
}

/// A component with one way in and one or two out.
pub(crate) struct Stage {
    pub(crate) task: Task,
    pub(crate) pace: Pace,
    pub(crate) endings: usize,
}

impl Stage {
    fn outs(&self) -> usize {
        if matches!(self.task, Task::Split | Task::Partition) { 2 } else { 1 }
    }
}

impl Component for Stage {
    fn boxes(&self) -> Boxes {
        boxes(1, self.outs())
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut way = Way::new(cx, 0, self.endings);
        while matches!(self.task, Task::Batch) && !way.is_over() {
            cx.pause().await;
        }
        let mut left = if let Task::Take(count) = self.task { count } else { usize::MAX };
        while left > 0
            && let Some(letter) = way.next().await?
        {
            left -= 1;
            match self.task {
                Task::Split => OUTBOXES.iter().try_for_each(|outbox| cx.send(outbox, letter))?,
                Task::Partition => cx.send(OUTBOXES[letter.number as usize % 2], letter)?,
                Task::Pass | Task::Batch | Task::Take(_) => cx.send("outbox", letter)?,
            }
            self.pace.step(cx).await;
        }
        finish(cx, self.outs())
    }
}

/// One of each way in turn, then what is left of the longer.
pub(crate) struct Zip;

impl Component for Zip {
    fn boxes(&self) -> Boxes {
        boxes(2, 1)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut ways = vec![Way::new(cx, 0, 1), Way::new(cx, 1, 1)];
        let mut turn = 0;
        while !ways.is_empty() {
            turn %= ways.len();
            match ways[turn].next().await? {
                Some(letter) => {
                    cx.send("outbox", letter)?;
                    turn += 1;
                }
                None => drop(ways.remove(turn)),
            }
        }
        finish(cx, 1)
    }
}

/// All of the first way, then all of the second.
pub(crate) struct Concat;

impl Component for Concat {
    fn boxes(&self) -> Boxes {
        boxes(2, 1)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for at in 0..2 {
            let mut way = Way::new(cx, at, 1);
            while let Some(letter) = way.next().await? {
                cx.send("outbox", letter)?;
            }
        }
        finish(cx, 1)
    }
}

/// A letter on its way round.
#[derive(Clone, Debug)]
struct Lap {
    letter: Letter,
    laps: u32,
}

/// Sends copies of each letter round by `outbox2` and `inbox2`, several at once, and on after some laps.
pub(crate) struct Loop {
    pub(crate) copies: u32,
    pub(crate) laps: u32,
}

impl Component for Loop {
    fn boxes(&self) -> Boxes {
        boxes(2, 2)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut way = Way::new(cx, 0, 1);
        let mut away = 0;
        loop {
            if let Some(Lap { letter, laps }) = cx.recv_as(INBOXES[1])? {
                if laps < self.laps {
                    cx.send(OUTBOXES[1], Lap { letter, laps: laps + 1 })?;
                } else {
                    away -= 1;
                    cx.send("outbox", letter)?;
                }
            } else if let Some(letter) = way.look()? {
                for copy in 0..self.copies {
                    let letter = Letter { copy: letter.copy * self.copies + copy, ..letter };
                    cx.send(OUTBOXES[1], Lap { letter, laps: 1 })?;
                    away += 1;
                }
            } else if away == 0 && way.is_over() {
                return finish(cx, 2);
            } else {
                cx.pause().await;
            }
        }
    }
}

/// Passes on whatever comes, of any type, until it is told to end.
pub(crate) struct Relay {
    pub(crate) pace: Pace,
}

impl Component for Relay {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv("inbox") {
                cx.send("outbox", message)?;
                self.pace.step(cx).await;
            }
            if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Asks so many questions about each letter at once, by `outbox2`, and waits for all answers in `inbox2`.
pub(crate) struct Asker {
    pub(crate) questions: u32,
}

impl Component for Asker {
    fn boxes(&self) -> Boxes {
        boxes(2, 2)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut way = Way::new(cx, 0, 1);
        while let Some(letter) = way.next().await? {
            for _ in 0..self.questions {
                cx.send(OUTBOXES[1], Message::new(letter))?;
            }
            for _ in 0..self.questions {
                let answer = cx.next::<Letter>(INBOXES[1]).await?;
                assert_eq!(answer, letter, "an answer that belongs to no question");
            }
            cx.send("outbox", letter)?;
        }
        finish(cx, 2)
    }
}

/// Notes what comes.
pub(crate) struct Sink {
    pub(crate) place: usize,
    pub(crate) results: Results,
    pub(crate) pace: Pace,
}

impl Component for Sink {
    fn boxes(&self) -> Boxes {
        boxes(1, 0)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut way = Way::new(cx, 0, 1);
        while let Some(letter) = way.next().await? {
            self.results.0.borrow_mut()[self.place].push(letter);
            self.pace.step(cx).await;
        }
        Ok(())
    }
}

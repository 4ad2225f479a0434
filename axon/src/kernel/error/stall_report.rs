//! The report on a run in which all sleep and nothing can wake them: who waits for what, and who could have
//! sent it.
//!
//! *Differs from Kamaelia:* there such a program hangs silently.

use std::collections::BTreeMap;
use std::fmt;

/// Which components are stuck, and why.
///
/// `Display` shows everything for few components, and the most important for many.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct StallReport {
    /// The components that sleep and can never be woken, in the order in which they were made.
    pub sleepers: Vec<Sleeper>,
    /// Components that have ended while messages lay in their boxes or came after, in the order of making.
    pub ended: Vec<Leftover>,
    /// The reports of other schedulers that wait for this one as it waits for them, by the names of their threads.
    pub elsewhere: Vec<(String, StallReport)>,
}

/// One component that can never go on.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Sleeper {
    /// Its name.
    pub component: String,
    /// Its path: its parents from the outermost, and its own name.
    pub path: String,
    /// What it waits for.
    pub waits: String,
    /// Where in the program it was made.
    pub made_at: String,
    /// Its inboxes that hold messages, with how many.
    pub unread: Vec<(String, usize)>,
    /// Whether a message that tells it to end lies unread in `control`.
    pub is_told_to_end: bool,
    /// The full boxes that refused its messages.
    pub refused_by: Vec<String>,
    /// The components whose outboxes lead to it, each once.
    pub senders: Vec<PossibleSender>,
    /// The box to which nobody is linked though this component waits for what would come from there: the
    /// inbox that it waits at, or the outermost that is passed through to it; or its `control`, if all who
    /// could have sent to that inbox have ended, or if it is paused, holds no other component, and nobody else could
    /// have sent anything to it.
    pub unlinked: Option<String>,
    /// Its children that were made and never activated.
    pub not_activated: Vec<String>,
}

/// A component that could have sent something to one that sleeps.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct PossibleSender {
    /// Its name.
    pub component: String,
    /// Why it will not.
    pub state: SenderState,
    /// How many messages it has sent, by the inbox of the sleeper.
    pub sent: Vec<(String, u64)>,
}

/// Why a component does not send any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SenderState {
    /// It sleeps, and is one of those that are stuck.
    Asleep,
    /// It is a service, which sends when somebody asks for something.
    Service,
    /// It was made and never activated.
    NotActivated,
    /// It has ended.
    Ended,
    /// It lives on another scheduler, on another thread.
    Elsewhere,
    /// It has ended, and its `signal`, which led to the sleeper's `control`, never said so.
    EndedSilently,
}

/// What an ended component left unread.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Leftover {
    /// Its name, and before that what its parent calls it.
    pub component: String,
    /// Its inboxes that hold messages, with how many.
    pub unread: Vec<(String, usize)>,
    /// Its inboxes at which messages arrived after its end, with how many were dropped.
    pub dropped: Vec<(String, u64)>,
}

/// How many sleepers, and how many components that have ended, the text shows.
const MOST_COMPONENTS: usize = 20;
/// How many senders of one sleeper the text shows, and how many of its boxes.
const MOST_OF_ONE: usize = 5;

impl fmt::Display for StallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sleepers.len() {
            1 => write!(f, "stuck: the last component sleeps and nothing can wake it")?,
            count => write!(f, "stuck: {count} components sleep and nothing can wake them")?,
        }
        self.write_all(f)
    }
}

impl StallReport {
    /// Writes all but the first line.
    fn write_all(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, others) = self.most_telling();
        for sleeper in &shown {
            write!(f, "\n  {sleeper}")?;
        }
        if !others.is_empty() {
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for other in &others {
                *kinds.entry(other.kind()).or_default() += 1;
            }
            let kinds = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
            let kinds = listed(kinds.collect(), MOST_COMPONENTS);
            write!(f, "\n  and {} more: {kinds}", others.len())?;
        }
        for leftover in self.ended.iter().take(MOST_COMPONENTS) {
            write!(f, "\n  {} has ended", leftover.component)?;
            write_unread(f, &leftover.unread, false)?;
            for (inbox, dropped) in leftover.dropped.iter().take(MOST_OF_ONE) {
                write!(f, "\n    {dropped} dropped that came to {inbox:?} later")?;
            }
        }
        if let Some(more) = self.ended.len().checked_sub(MOST_COMPONENTS).filter(|more| *more > 0) {
            write!(f, "\n  and {more} more that have ended with unread messages")?;
        }
        if shown.iter().any(|sleeper| sleeper.has_silent_sender()) {
            write!(
                f,
                "\n  hint: a component that ends by itself says so before it returns: \
                 cx.send(\"signal\", ProducerFinished::new())?"
            )?;
        }
        if shown.iter().any(|sleeper| sleeper.is_told_to_end) {
            write!(
                f,
                "\n  hint: a component learns from \"control\" that it is to end: \
                 while let Some(message) = cx.next_or_end(\"inbox\").await? {{ .. }}"
            )?;
        }
        for (thread, report) in self.elsewhere.iter().take(MOST_OF_ONE) {
            let count = report.sleepers.len();
            let sleep = if count == 1 { "component sleeps" } else { "components sleep" };
            write!(f, "\non the thread {thread:?} too, {count} {sleep}")?;
            report.write_all(f)?;
        }
        match self.elsewhere.len().checked_sub(MOST_OF_ONE) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\nand on {more} more threads"),
        }
    }

    /// The sleepers that the text shows, and the others, each in the order of making.
    fn most_telling(&self) -> (Vec<&Sleeper>, Vec<&Sleeper>) {
        let mut by_interest: Vec<(usize, &Sleeper)> = self.sleepers.iter().enumerate().collect();
        by_interest.sort_by_key(|(_, sleeper)| !sleeper.is_telling());
        let mut others = by_interest.split_off(by_interest.len().min(MOST_COMPONENTS));
        let in_order = |sleepers: &mut Vec<(usize, &'_ Sleeper)>| sleepers.sort_by_key(|(nth, _)| *nth);
        in_order(&mut by_interest);
        in_order(&mut others);
        let only = |sleepers: Vec<(usize, _)>| sleepers.into_iter().map(|(_, sleeper)| sleeper).collect();
        (only(by_interest), only(others))
    }
}

impl Sleeper {
    /// Whether there is more to say about it than that it sleeps.
    fn is_telling(&self) -> bool {
        !self.unread.is_empty()
            || !self.refused_by.is_empty()
            || self.unlinked.is_some()
            || !self.not_activated.is_empty()
            || self.has_silent_sender()
    }

    fn has_silent_sender(&self) -> bool {
        self.senders.iter().any(|sender| sender.state == SenderState::EndedSilently)
    }

    /// Its type.
    fn kind(&self) -> &str {
        self.component.rsplit_once('_').map_or(&*self.component, |(kind, _)| kind)
    }
}

impl fmt::Display for Sleeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (made at {})", self.path, self.waits, self.made_at)?;
        write_unread(f, &self.unread, self.is_told_to_end)?;
        for full in self.refused_by.iter().take(MOST_OF_ONE) {
            write!(f, "\n    refused by {full}, which is full")?;
        }
        write_more(f, self.refused_by.len(), "boxes that refused it")?;
        if let Some(unlinked) = &self.unlinked {
            write!(f, "\n    nobody is linked to {unlinked}")?;
        }
        for child in self.not_activated.iter().take(MOST_OF_ONE) {
            write!(f, "\n    its child {child} was never activated")?;
        }
        write_more(f, self.not_activated.len(), "children that were never activated")?;
        for sender in self.senders.iter().take(MOST_OF_ONE) {
            write!(f, "\n    {sender}")?;
        }
        write_more(f, self.senders.len(), "that could have sent to it")
    }
}

impl fmt::Display for PossibleSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = self.sent.iter().map(|(inbox, sent)| match sent {
            0 => format!("nothing to its {inbox:?}"),
            sent => format!("{sent} to its {inbox:?}"),
        });
        let sent = listed(sent.collect(), MOST_OF_ONE);
        write!(f, "{}, which {}, has sent {sent}", self.component, self.state)
    }
}

impl fmt::Display for SenderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SenderState::Asleep => "sleeps",
            SenderState::Service => "is a service",
            SenderState::NotActivated => "was never activated",
            SenderState::Ended => "has ended",
            SenderState::Elsewhere => "lives on another thread",
            SenderState::EndedSilently => "has ended without a word to \"signal\"",
        })
    }
}

fn write_unread(f: &mut fmt::Formatter<'_>, inboxes: &[(String, usize)], is_told: bool) -> fmt::Result {
    for (inbox, unread) in inboxes.iter().take(MOST_OF_ONE) {
        write!(f, "\n    {unread} unread in {inbox:?}")?;
        if is_told && inbox == crate::kernel::boxes::CONTROL {
            write!(f, ", where it is told to end")?;
        }
    }
    write_more(f, inboxes.len(), "inboxes with unread messages")
}

/// Says how many of a list were left out.
fn write_more(f: &mut fmt::Formatter<'_>, length: usize, what: &str) -> fmt::Result {
    match length.checked_sub(MOST_OF_ONE) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "\n    and {more} more {what}"),
    }
}

/// Parts of a sentence as a person would list them, at most so many.
fn listed(mut parts: Vec<String>, most: usize) -> String {
    if parts.len() > most {
        let more = parts.len() - most;
        parts.truncate(most);
        parts.push(format!("{more} more"));
    }
    match parts.pop() {
        None => String::new(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(kind: &str, nth: usize) -> Sleeper {
        let name = format!("{kind}_{nth}");
        Sleeper { component: name.clone(), path: name, waits: "is paused".into(), ..Sleeper::default() }
    }

    #[test]
    fn of_many_the_most_telling_are_shown_in_the_order_of_making_and_the_others_are_counted() {
        let mut sleepers: Vec<Sleeper> = (0..300).map(|nth| sleeper("Worker", nth)).collect();
        sleepers.push(sleeper("Hub", 300));
        sleepers[299].unread = vec![("inbox".into(), 7)];
        sleepers[200].unlinked = Some("Worker_200.inbox".into());
        let text = StallReport { sleepers, ended: Vec::new(), elsewhere: Vec::new() }.to_string();
        assert!(
            text.starts_with("stuck: 301 components sleep and nothing can wake them\n  Worker_0 "),
            "{text}"
        );
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
        assert!(at("nobody is linked to Worker_200.inbox") < at("7 unread in \"inbox\""));
        assert!(text.ends_with("\n  and 281 more: 1 Hub and 280 Worker"), "{text}");
        assert!(text.lines().count() < 40, "{text}");
    }

    #[test]
    fn of_many_senders_and_boxes_some_are_shown_and_the_others_are_counted() {
        let mut one = sleeper("Hub", 1);
        let sent = || (0..9).map(|nth| (format!("from {nth}"), nth)).collect();
        let sender = |nth| PossibleSender {
            component: format!("Source_{nth}"),
            state: SenderState::Ended,
            sent: sent(),
        };
        one.senders = (0..300).map(sender).collect();
        one.unread = (0..300).map(|nth| (format!("box {nth}"), 1)).collect();
        one.refused_by = (0..300).map(|nth| format!("Sink_{nth}.inbox")).collect();
        let text = StallReport { sleepers: vec![one], ended: Vec::new(), elsewhere: Vec::new() }.to_string();
        assert!(text.lines().count() < 25, "{text}");
        for part in [
            "and 295 more that could have sent to it",
            "and 295 more inboxes with unread messages",
            "and 295 more boxes that refused it",
            "has sent nothing to its \"from 0\", 1 to its \"from 1\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

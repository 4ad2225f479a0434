//! What the report on a stuck run says of those who could have gone on: promise S10.

use axon::chassis::Par;
use axon::prelude::*;
use axon::{
    RunError,
    error::{SenderState, Sleeper, StallReport},
};

use crate::stage::{act, scheduler};

/// Sends so many numbers, and ends without a word.
struct Mute(i32);

impl Component for Mute {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 0..self.0 {
            cx.send("outbox", number)?;
        }
        Ok(())
    }
}

/// Passes numbers on until it is told to end.
struct Polite;

impl Component for Polite {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            cx.send("outbox", number)?;
        }
        Ok(())
    }
}

/// Passes numbers on and never looks at `control`.
struct Deaf;

impl Component for Deaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let number = cx.next::<i32>("inbox").await?;
            cx.send("outbox", number)?;
        }
    }
}

/// The report on a run of this component, which gets stuck.
fn report(component: impl axon::IntoComponent) -> StallReport {
    let mut s = scheduler();
    s.activate(component);
    match s.run() {
        Err(RunError::Stuck(report)) => report,
        other => panic!("it is not stuck: {other:?}"),
    }
}

/// The only sleeper whose name begins so.
fn sleeper<'a>(report: &'a StallReport, kind: &str) -> &'a Sleeper {
    let mut found = report.sleepers.iter().filter(|sleeper| sleeper.component.starts_with(kind));
    let sleeper = found.next().unwrap_or_else(|| panic!("{kind} in {report}"));
    assert!(found.next().is_none(), "one {kind} in {report}");
    sleeper
}

#[test]
fn s10_the_report_says_who_ended_without_a_word_to_signal_and_what_to_write() {
    let report = report(pipeline![Mute(3), Polite]);
    let [sender] = &sleeper(&report, "Polite").senders[..] else { panic!("one could have sent: {report}") };
    assert_eq!((&*sender.component, sender.state), ("Mute_2", SenderState::EndedSilently));
    let text = report.to_string();
    for part in [
        "\n    Mute_2, which has ended without a word to \"signal\", has sent 3 to its \"inbox\" and nothing to its \"control\"",
        "hint: a component that ends by itself says so before it returns: cx.send(\"signal\", ProducerFinished::new())?",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn s10_the_report_says_who_is_told_to_end_and_does_not_look_and_what_to_write() {
    let report = report(pipeline![DataSource::new([1, 2]), Deaf, NullSinkComponent::new()]);
    let deaf = sleeper(&report, "Deaf");
    assert!(deaf.is_told_to_end);
    assert_eq!(deaf.senders[0].state, SenderState::Ended);
    assert_eq!(deaf.senders[0].sent, [("inbox".to_owned(), 2), ("control".to_owned(), 1)]);
    assert_eq!(sleeper(&report, "NullSink").senders[0].state, SenderState::Asleep);
    let text = report.to_string();
    for part in ["\n    1 unread in \"control\", where it is told to end", "cx.next_or_end"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn s10_the_report_names_the_box_to_which_nobody_is_linked() {
    let alone = report(Polite);
    assert_eq!(sleeper(&alone, "Polite").unlinked.as_deref(), Some("Polite_1.inbox"));
    assert!(alone.to_string().contains("\n    nobody is linked to Polite_1.inbox"), "{alone}");
    let inside = report(pipeline![Polite]);
    assert_eq!(sleeper(&inside, "Polite").unlinked.as_deref(), Some("Pipeline_1.inbox"));
    let untold = report(graphline! {
        components: { source: DataSource::new([1]), polite: Polite },
        linkages: { source.outbox => polite.inbox },
    });
    let polite = sleeper(&untold, "Polite");
    assert_eq!(polite.senders[0].state, SenderState::Ended, "{untold}");
    assert_eq!(polite.unlinked.as_deref(), Some("polite (Polite_3).control"), "{untold}");
}

#[test]
fn s10_the_report_names_two_who_wait_for_each_other_and_one_who_was_never_activated() {
    let circle = report(graphline! {
        components: { left: Polite, right: Polite },
        linkages: { left.outbox => right.inbox, right.outbox => left.inbox },
    });
    let text = circle.to_string();
    for part in [
        "left (Polite_2) waits for a message in \"inbox\"",
        "right (Polite_3), which sleeps, has sent nothing to its \"inbox\"",
        "left (Polite_2), which sleeps, has sent nothing to its \"inbox\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let forgotten = report(act(async |cx| {
        let source = cx.add_child(Mute(1));
        cx.link((&source, "outbox"), (cx.me(), "inbox"))?;
        Ok(_ = cx.next::<i32>("inbox").await?)
    }));
    assert_eq!(forgotten.sleepers[0].senders[0].state, SenderState::NotActivated);
    assert!(
        forgotten.to_string().contains("Mute_2, which was never activated, has sent nothing"),
        "{forgotten}"
    );
}

#[test]
fn s10_the_report_names_the_control_of_one_that_only_pauses_and_a_child_that_was_never_activated() {
    let paused = report(act(async |cx| {
        cx.pause().await;
        Ok(())
    }));
    let text = paused.to_string();
    assert!(text.contains("nobody is linked to Act_1.control"), "{text}");
    let parent = report(act(async |cx| {
        let _child = cx.add_child(Mute(1));
        cx.pause().await;
        Ok(())
    }));
    assert_eq!(parent.sleepers[0].not_activated, ["Mute_2"]);
    let text = parent.to_string();
    assert!(text.contains("its child Mute_2 was never activated"), "{text}");
    assert!(!text.contains("nobody is linked"), "it waits for its child: {text}");
}

#[test]
fn s10_the_report_on_many_shows_some_and_counts_the_others() {
    let many = (0..300).fold(Par::new(), |par, _| par.and(Polite));
    let report = report(many);
    assert_eq!(report.sleepers.len(), 301);
    let text = report.to_string();
    assert!(text.lines().count() < 50, "{text}");
    assert!(text.contains("and 281 more: 1 Par and 280 Polite"), "{text}");
}

#[test]
fn s10_what_is_remembered_of_those_who_ended_is_bounded_and_the_last_are_known() {
    let mut s = scheduler();
    let waiting = s.activate(act(async |cx| {
        for _ in 0..1000 {
            let child = cx.add_child(Mute(0));
            cx.link((&child, "signal"), (cx.me(), "control"))?;
            cx.activate(&child);
            while !child.is_stopped() {
                cx.pause().await;
            }
            cx.remove_child(&child);
        }
        Ok(_ = cx.next::<i32>("inbox").await?)
    }));
    let Err(RunError::Stuck(report)) = s.run() else { panic!("it is stuck") };
    let senders = &report.sleepers[0].senders;
    assert_eq!(report.sleepers[0].component, waiting.name());
    assert!(senders.len() < 300, "{}", senders.len());
    assert_eq!(senders.last().map(|sender| &*sender.component), Some("Mute_1001"));
    assert!(senders.iter().all(|sender| sender.state == SenderState::EndedSilently));
}

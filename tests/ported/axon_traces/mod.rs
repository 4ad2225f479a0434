//! Programs that ran on Kamaelia's own Axon, written again here: each prints the same, line for line.
//!
//! `axon_traces/NN_name.out` is what the original printed; the module of the same number is the program.
//! Where Python raises an exception that has no name here, the program says which refusal of this crate
//! stands for it: a panic for an undeclared box and an `UnknownBoxError` are `KeyError`, an empty box that is
//! read is `IndexError`. Boxes that the original touches from outside any `main` are touched here by
//! `Scheduler::context`, which acts as the component.
//!
//! Every program runs in the default mode and in the exact one; only the last part of 06 shows who is
//! woken without having to do with a message, and so is meant for the exact mode alone.

mod t01_round_robin_order;

mod t02_pause_wake;

mod t03_queue_position;

mod t06_link_with_waiting;

mod t07_unlink_relink;

mod t08_child_termination;

mod t10_new_component;

mod t11_pipeline_shutdown;

mod t13_carousel;

mod t15_adaptive_and_cat;

mod t18_util_components;

use axon::{ComponentRef, Ending, Message, Scheduler};

/// Runs a program in the default mode and in the exact one, and compares what each prints with what the
/// original printed.
fn compare_in_both_modes(original: &str, program: fn(fn() -> Scheduler)) {
    program(crate::stage::scheduler);
    compare(original);
    program(exact);
    compare(original);
}

/// A scheduler in which each collection wakes every producer upstream, as in Axon.
fn exact() -> Scheduler {
    Scheduler::builder().virtual_clock().exact_waking().build()
}

/// Compares the page with what the original printed, and shows where the two part.
fn compare(original: &str) {
    let ours = crate::stage::said();
    let theirs: Vec<_> = original.lines().collect();
    let same = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == *theirs).count();
    if same == ours.len() && same == theirs.len() {
        return;
    }
    let from = same.saturating_sub(5);
    let context = theirs[from..same].join("\n    ");
    let (expected, found) = (theirs.get(same), ours.get(same));
    panic!("line {} differs, after\n    {context}\nexpected {expected:?}\n   found {found:?}", same + 1);
}

/// How many of these have not ended: all that can be left in a scheduler.
fn left(all: &[ComponentRef]) -> usize {
    all.iter().filter(|component| component.is_active()).count()
}

/// Puts a message into an inbox from outside, as if somebody had been linked to it.
fn deliver(s: &mut Scheduler, component: &ComponentRef, inbox: &str, word: &'static str) {
    let postman = s.add(crate::stage::Still);
    let cx = s.context(&postman);
    let linkage = cx.link((&postman, "outbox"), (component, inbox)).unwrap();
    cx.send("outbox", word).unwrap();
    cx.unlink(&linkage);
}

/// What Python calls the type of a message: the two endings by their names, a word `str`.
fn kind(message: &Message) -> &'static str {
    match message.ending() {
        Some(Ending::ProducerFinished) => "producerFinished",
        Some(Ending::ShutdownMicroprocess) => "shutdownMicroprocess",
        None => "str",
    }
}

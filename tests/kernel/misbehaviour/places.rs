//! A mistake in the program is told at the line of the program that made it, not at one of the library.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use axon::testing::Bench;
use axon::{Background, Component, ComponentRef, Context, Handle, ThreadContext};

use crate::stage::{Still, act, blocks, scheduler};

thread_local! {
    /// Where the last panic of this thread was, while somebody looks for it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Where this panics, as file and line.
fn place(work: impl FnOnce()) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            let is_looked_for = PLACE.with_borrow_mut(|place| {
                let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
                place.as_mut().map(|place| *place = at.unwrap_or_default())
            });
            if is_looked_for.is_none() {
                usual(panic);
            }
        }));
    });
    PLACE.set(Some(String::new()));
    let _ = catch_unwind(AssertUnwindSafe(work));
    let place = PLACE.take().unwrap_or_default();
    assert!(!place.is_empty(), "it does not panic");
    place
}

#[test]
fn an_undeclared_box_panics_at_the_line_of_whoever_named_it_with_every_verb_of_a_component() {
    let s = scheduler();
    let component = s.add(Still);
    let cx = s.context(&component);
    let calls: [Call<fn(&Context)>; 10] = [
        (line!(), |cx| _ = cx.data_ready("inbux")),
        (line!(), |cx| _ = cx.recv("inbux")),
        (line!(), |cx| _ = cx.recv_as::<u8>("inbux")),
        (line!(), |cx| drop(cx.drain::<u8>("inbux"))),
        (line!(), |cx| drop(cx.next::<u8>("inbux"))),
        (line!(), |cx| drop(cx.send("outbux", 1u8))),
        (line!(), |cx| drop(cx.send("outbux", String::from("1")))),
        (line!(), |cx| drop(cx.send_when_room("outbux", 1u8))),
        (line!(), |cx| _ = cx.has_room("outbux")),
        (line!(), |cx| drop(cx.deliver_to(cx.me(), "inbux", 1u8))),
    ];
    for (line, call) in calls {
        assert_eq!(place(|| call(&cx)), here(line));
    }
}

/// A call and the line that it stands on.
type Call<F> = (u32, F);

/// A call that names a component of another scheduler.
type Abroad = fn(&Context, &ComponentRef);

/// A line of this file.
fn here(line: u32) -> String {
    format!("{}:{line}", file!())
}

#[test]
fn a_component_of_another_scheduler_panics_at_the_line_of_whoever_named_it() {
    let (s, other) = (scheduler(), scheduler());
    let cx = s.context(&s.add(Still));
    let foreigner = other.add(Still);
    let calls: [Call<Abroad>; 14] = [
        (line!(), |cx, foreigner| drop(cx.deliver_to(foreigner, "inbox", 1u8))),
        (line!(), |cx, foreigner| drop(cx.address((foreigner, "inbox")))),
        (line!(), |cx, foreigner| drop(cx.set_size((foreigner, "inbox"), None))),
        (line!(), |cx, foreigner| drop(cx.size((foreigner, "inbox")))),
        (line!(), |cx, foreigner| drop(cx.inboxes(foreigner))),
        (line!(), |cx, foreigner| drop(cx.outboxes(foreigner))),
        (line!(), |cx, foreigner| _ = cx.has_inbox(foreigner, "inbox")),
        (line!(), |cx, foreigner| _ = cx.has_outbox(foreigner, "outbox")),
        (line!(), |cx, foreigner| cx.remove_child(foreigner)),
        (line!(), |cx, foreigner| cx.unpause(foreigner)),
        (line!(), |cx, foreigner| cx.stop(foreigner)),
        (line!(), |cx, foreigner| drop(cx.failure_of(foreigner))),
        (line!(), |cx, foreigner| drop(cx.activate(foreigner))),
        (line!(), |cx, foreigner| drop(cx.add_child(foreigner))),
    ];
    for (line, call) in calls {
        assert_eq!(place(|| call(&cx, &foreigner)), here(line));
    }
    assert_eq!(place(|| drop(s.context(&foreigner))), here(line!()));
    assert_eq!(place(|| drop(s.activate(&foreigner))), here(line!()));
}

#[test]
fn a_misspelt_box_of_an_awaited_verb_panics_at_the_line_that_names_it() {
    for wait in [Wait::Receive, Wait::Send] {
        let mut s = scheduler();
        s.activate(act(async move |cx: &Context| {
            match wait {
                Wait::Receive => cx.next::<u8>("inbux").await?,
                Wait::Send => cx.send_when_room("outbux", 1u8).await.map_or(0, |()| 0),
            };
            Ok(())
        }));
        let line = match wait {
            Wait::Receive => line!() - 6,
            Wait::Send => line!() - 6,
        };
        assert_eq!(place(|| drop(s.run())), here(line));
    }
}

#[derive(Clone, Copy)]
enum Wait {
    Receive,
    Send,
}

#[test]
fn an_undeclared_box_panics_at_the_line_of_whoever_named_it_in_a_thread_too() {
    let mut s = scheduler();
    s.activate(blocks(|cx: &ThreadContext| {
        let calls: [Call<fn(&ThreadContext)>; 10] = [
            (line!(), |cx| _ = cx.data_ready("inbux")),
            (line!(), |cx| _ = cx.recv("inbux")),
            (line!(), |cx| _ = cx.recv_as::<u8>("inbux")),
            (line!(), |cx| _ = cx.recv_within("inbux", None)),
            (line!(), |cx| drop(cx.drain::<u8>("inbux"))),
            (line!(), |cx| drop(cx.next::<u8>("inbux"))),
            (line!(), |cx| drop(cx.send("outbux", 1u8))),
            (line!(), |cx| drop(cx.send_when_room("outbux", 1u8))),
            (line!(), |cx| drop(cx.send_within("outbux", 1u8, None))),
            (line!(), |cx| _ = cx.has_room("outbux")),
        ];
        for (line, call) in calls {
            assert_eq!(place(|| call(cx)), here(line));
        }
        Ok(())
    }));
    s.run().unwrap();
}

#[test]
fn an_undeclared_box_panics_at_the_line_of_whoever_named_it_from_outside_too() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, || Silent).unwrap();
    let calls: [Call<fn(&Handle)>; 6] = [
        (line!(), |handle| drop(handle.put("inbux", 1u8))),
        (line!(), |handle| drop(handle.put_when_room("inbux", 1u8))),
        (line!(), |handle| drop(handle.get("outbux"))),
        (line!(), |handle| drop(handle.next("outbux"))),
        (line!(), |handle| drop(handle.next_within("outbux", std::time::Duration::ZERO))),
        (line!(), |handle| drop(handle.messages("outbux"))),
    ];
    for (line, call) in calls {
        assert_eq!(place(|| call(&handle)), here(line));
    }
    background.stop().unwrap();
}

/// Waits for ever.
struct Silent;

impl Component for Silent {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        Ok(cx.next::<()>("inbox").await?)
    }
}

#[test]
fn an_undeclared_box_panics_at_the_line_of_whoever_named_it_on_the_bench_too() {
    let mut bench = Bench::new(Still);
    assert_eq!(place(|| bench.put("inbux", 1u8)), here(line!()));
    assert_eq!(place(|| drop(bench.offer("inbux", 1u8))), here(line!()));
    assert_eq!(place(|| drop(bench.take::<u8>("outbux"))), here(line!()));
    assert_eq!(place(|| drop(bench.take_messages("outbux"))), here(line!()));
    assert_eq!(place(|| bench.block("outbux", 1)), here(line!()));
    assert_eq!(place(|| bench.unblock("outbux")), here(line!()));
}

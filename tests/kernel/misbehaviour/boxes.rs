//! Who does with a box what cannot be done.

use axon::{
    Boxes, Component, ComponentRef, Context, Message, Scheduler,
    error::{LinkError, WrongTypeError},
};

use crate::stage::{Act, Still, act, act_with, drained, said, say, scheduler};

/// A component with the boxes `inbox`, `control`, `next` / `outbox`, `signal`, and this `main`.
fn with_next<F>(main: F) -> Act<F>
where
    F: AsyncFnOnce(&Context) -> axon::Result + 'static,
{
    act_with(|| Boxes::standard().inbox("next", "what to do next"), main)
}

/// The error text of a run of this one component, and its name.
fn failure(component: impl Component) -> (String, String) {
    let mut s = scheduler();
    let name = s.activate(component).name();
    (s.run().unwrap_err().to_string(), name)
}

#[test]
fn an_undeclared_inbox_panics_with_component_name_and_the_names_that_exist() {
    let attempts: [fn(&Context); 4] = [
        |cx| _ = cx.recv("inbocks"),
        |cx| _ = cx.recv_as::<i32>("inbocks"),
        |cx| _ = cx.data_ready("inbocks"),
        |cx| _ = cx.drain::<i32>("inbocks").next(),
    ];
    for attempt in attempts {
        let (text, name) = failure(with_next(async move |cx: &Context| {
            attempt(cx);
            Ok(())
        }));
        for part in [name.as_str(), "inbocks", "\"inbox\", \"control\", \"next\""] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("outbox"), "outboxes are no help here: {text}");
    }
    let (text, name) = failure(with_next(async |cx| cx.next::<()>("inbocks").await.map_err(Into::into)));
    for part in [name.as_str(), "inbocks", "\"inbox\", \"control\", \"next\""] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn an_undeclared_outbox_panics_with_component_name_and_the_names_that_exist() {
    let attempts: [fn(&Context); 2] = [|cx| _ = cx.send("outbocks", 1), |cx| _ = cx.has_room("outbocks")];
    for attempt in attempts {
        let (text, name) = failure(with_next(async move |cx: &Context| {
            attempt(cx);
            Ok(())
        }));
        for part in [name.as_str(), "outbocks", "\"outbox\", \"signal\""] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("\"next\""), "inboxes are no help here: {text}");
    }
}

#[test]
fn an_inbox_is_no_outbox_and_the_other_way_round() {
    let (text, name) = failure(act(async |cx| cx.send("inbox", 1).map_err(Into::into)));
    assert!(text.contains(&name) && text.contains("\"outbox\", \"signal\""), "{text}");
    let (text, name) = failure(act(async |cx| {
        cx.recv("outbox");
        Ok(())
    }));
    assert!(text.contains(&name) && text.contains("\"inbox\", \"control\""), "{text}");
}

#[test]
fn linking_an_undeclared_box_is_an_error_that_names_component_box_and_those_that_exist() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Still));
    let cx = s.context(&a);
    let error = cx.link((&a, "outbocks"), (&b, "inbox")).unwrap_err();
    assert!(matches!(error, LinkError::UnknownBox(_)), "{error:?}");
    for part in [&a.name(), "outbocks", "\"outbox\", \"signal\""] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    let error = cx.link((&a, "outbox"), (&b, "inbocks")).unwrap_err();
    for part in [&b.name(), "inbocks", "\"inbox\", \"control\""] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    let error = cx.pass_through_inbox((&a, "outbox"), (&b, "inbox")).unwrap_err();
    assert!(error.to_string().contains(&a.name()), "{error}");
    let error = cx.pass_through_outbox((&a, "outbox"), (&b, "inbox")).unwrap_err();
    assert!(error.to_string().contains(&b.name()), "{error}");
    let error = cx.set_size((&b, "inbocks"), Some(1)).unwrap_err();
    assert!(error.to_string().contains(&b.name()) && error.to_string().contains("inbocks"), "{error}");
    assert!(cx.linkages().is_empty());
    cx.send("outbox", 1).unwrap();
    assert_eq!(drained(&s, &b, "inbox"), "-");
}

/// A source and the component that reads what it sends.
fn source_to(s: &mut Scheduler, reader: impl Component) -> (ComponentRef, ComponentRef) {
    let (source, reader) = (s.add(Still), s.activate(reader));
    s.context(&source).link((&source, "outbox"), (&reader, "inbox")).unwrap();
    (source, reader)
}

#[derive(Clone, PartialEq, Debug)]
struct Parcel(u8);

#[test]
fn a_wrong_type_names_component_box_expected_and_found_and_keeps_the_message() {
    let mut s = scheduler();
    let (source, reader) = source_to(
        &mut s,
        act(async |cx| {
            let wrong: WrongTypeError = cx.recv_as::<String>("inbox").unwrap_err();
            say!("{wrong}");
            assert_eq!(wrong.into_message().take::<Parcel>().unwrap(), Parcel(3));
            let wrong = cx.next::<u64>("inbox").await.unwrap_err();
            assert!(wrong.to_string().contains("u64") && wrong.to_string().contains("bool"), "{wrong}");
            let wrong = cx.drain::<u64>("inbox").next().expect("one more").unwrap_err();
            assert_eq!(wrong.into_message().take::<char>().unwrap(), 'x');
            Ok(())
        }),
    );
    let cx = s.context(&source);
    cx.send("outbox", Parcel(3)).unwrap();
    cx.send("outbox", true).unwrap();
    cx.send("outbox", 'x').unwrap();
    s.run().unwrap();
    let text = said().join("\n");
    for part in [&reader.name(), "inbox", "String", "Parcel"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_wrong_type_that_is_not_handled_ends_the_run_with_all_that_in_the_error() {
    let mut s = scheduler();
    let (source, reader) = source_to(
        &mut s,
        act(async |cx| {
            while let Some(number) = cx.recv_as::<u64>("inbox")? {
                say!("{number}");
            }
            Ok(())
        }),
    );
    s.context(&source).send("outbox", 1u64).unwrap();
    s.context(&source).send("outbox", "two").unwrap();
    let text = s.run().unwrap_err().to_string();
    assert_eq!(
        text,
        format!("{reader} failed: {reader}.inbox expected u64 and found &str: \"two\""),
        "the message itself is shown"
    );
    assert_eq!(said(), ["1"]);
}

#[test]
fn boxes_declared_for_different_types_cannot_be_linked_and_both_ends_are_named() {
    let s = scheduler();
    let a = s.add(act_with(|| Boxes::none().typed_outbox::<u64>("numbers", "counts"), async |_| Ok(())));
    let b = s.add(act_with(|| Boxes::none().typed_inbox::<String>("words", "says"), async |_| Ok(())));
    let cx = s.context(&a);
    let error = cx.link((&a, "numbers"), (&b, "words")).unwrap_err();
    let text = error.to_string();
    for part in [&a.name(), "numbers", "u64", &b.name(), "words", "String"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(cx.linkages().is_empty());
    let untyped = s.add(Still);
    s.context(&untyped).link((&a, "numbers"), (&untyped, "inbox")).expect("an untyped box takes everything");
}

#[test]
fn sending_to_a_full_box_without_care_ends_the_run_and_names_both_boxes() {
    let mut s = scheduler();
    let sink = s.add(act_with(|| Boxes::standard().inbox_size("inbox", 2), async |_| Ok(())));
    let source = s.activate(act(async |cx| {
        for n in 0..3 {
            cx.send("outbox", n)?;
        }
        Ok(())
    }));
    s.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    let text = s.run().unwrap_err().to_string();
    assert_eq!(
        text,
        format!(
            "{source} failed: {source}.outbox cannot send: {sink}.inbox is full (2 of 2 messages); \
             send_when_room(..).await waits for room, and inbox_size or set_size gives the box more"
        )
    );
    assert_eq!(drained(&s, &sink, "inbox"), "0,1");
}

#[test]
fn linking_what_is_linked_already_ends_the_run_and_names_both_linkages() {
    let mut s = scheduler();
    let [a, b, c] = [0; 3].map(|_| s.add(Still));
    let ends = [a.clone(), b.clone(), c.clone()];
    let maker = s.activate(act(async move |cx: &Context| {
        let [a, b, c] = &ends;
        cx.link((a, "outbox"), (b, "inbox"))?;
        cx.link((a, "outbox"), (c, "inbox"))?;
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(
        text,
        format!(
            "{maker} failed: cannot link {a}.outbox -> {c}.inbox: the source is linked already \
             ({a}.outbox -> {b}.inbox), and a box leads to one other; \
             put a Fanout or TwoWaySplitter between, or unlink it first"
        )
    );
}

#[test]
fn closing_a_circle_ends_the_run_and_names_both_ends() {
    let mut s = scheduler();
    let [a, b] = [0; 2].map(|_| s.add(Still));
    let ends = [a.clone(), b.clone()];
    let maker = s.activate(act(async move |cx: &Context| {
        let [a, b] = &ends;
        cx.pass_through_inbox((a, "inbox"), (b, "inbox"))?;
        cx.pass_through_inbox((b, "inbox"), (a, "inbox"))?;
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(
        text,
        format!("{maker} failed: cannot link {b}.inbox -> {a}.inbox: the chain would be a circle")
    );
}

#[test]
fn linking_to_a_component_whose_scheduler_is_gone_is_an_error_that_names_it() {
    let (one, two) = (scheduler(), scheduler());
    let (a, b) = (one.add(Still), two.add(Still));
    drop(two);
    let error = one.context(&a).link((&a, "outbox"), (&b, "inbox")).unwrap_err();
    assert!(matches!(error, LinkError::SchedulerGone { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("{a}.outbox -> {b}.inbox")), "{error}");
    one.context(&a).send("outbox", 1).expect("nothing was changed");
}

#[test]
fn collecting_mid_chain_names_the_box_and_where_its_messages_went_by_every_verb() {
    let attempts: [fn(&Context); 3] = [
        |cx| _ = cx.recv("inbox"),
        |cx| _ = cx.recv_as::<i32>("inbox"),
        |cx| _ = cx.drain::<i32>("inbox").next(),
    ];
    for attempt in attempts {
        let mut s = scheduler();
        let far = s.add(Still);
        let (source, thief) = source_to(
            &mut s,
            act(async move |cx: &Context| {
                attempt(cx);
                Ok(())
            }),
        );
        s.context(&thief).pass_through_inbox((&thief, "inbox"), (&far, "inbox")).unwrap();
        s.context(&source).send("outbox", 5).unwrap();
        let text = s.run().unwrap_err().to_string();
        assert!(text.starts_with(&format!("{thief} failed: ")), "{text}");
        assert!(text.contains("inbox") && text.contains(&far.name()), "{text}");
        assert_eq!(drained(&s, &far, "inbox"), "5");
    }
}

#[test]
fn a_deleted_box_takes_its_linkages_with_it_and_is_named_when_it_is_used_again() {
    let s = scheduler();
    let [source, hub, far] = [0; 3].map(|_| s.add(Still));
    let cx = s.context(&hub);
    let (extra, out) = (cx.add_inbox("extra"), cx.add_outbox("out"));
    s.context(&source).link((&source, "outbox"), (&hub, &extra)).unwrap();
    cx.link((&hub, &out), (&far, "inbox")).unwrap();
    s.context(&source).send("outbox", 1).unwrap();

    let unread: Vec<Message> = cx.delete_inbox(&extra).unwrap();
    assert_eq!(unread.into_iter().map(|message| message.take::<i32>().unwrap()).collect::<Vec<_>>(), [1]);
    cx.delete_outbox(&out).unwrap();
    s.context(&source).send("outbox", 2).expect("discarded: the box is gone");
    assert_eq!(s.context(&source).linkages().len() + cx.linkages().len(), 0);
    s.context(&source).link((&source, "outbox"), (&far, "inbox")).expect("the source is free again");

    let error = cx.delete_inbox(&extra).unwrap_err();
    assert!(error.to_string().contains(&hub.name()) && error.to_string().contains("extra"), "{error}");
    let error = cx.delete_outbox(&out).unwrap_err();
    assert!(error.to_string().contains(&hub.name()) && error.to_string().contains("out"), "{error}");
}

#[test]
fn a_box_made_after_another_was_deleted_does_not_inherit_its_messages_or_linkages() {
    let s = scheduler();
    let [source, hub] = [0; 2].map(|_| s.add(Still));
    let cx = s.context(&hub);
    let first = cx.add_inbox("extra");
    s.context(&source).link((&source, "outbox"), (&hub, &first)).unwrap();
    s.context(&source).send("outbox", 1).unwrap();
    cx.delete_inbox(&first).unwrap();
    let second = cx.add_inbox("extra");
    s.context(&source).send("outbox", 2).unwrap();
    assert_eq!(cx.data_ready(&second), 0);
}

#[test]
fn a_component_that_passes_its_control_messages_on_to_itself_hangs_nobody() {
    let mut s = scheduler();
    let ring = s.activate(act(async |cx| {
        cx.link((cx.me(), "signal"), (cx.me(), "control"))?;
        cx.send("signal", "whatever")?;
        loop {
            if cx.told_to_end().is_some() {
                say!("told");
                return Ok(());
            }
            say!("turn");
            cx.yield_now().await;
        }
    }));
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    s.context(&ring).deliver_to(&ring, "control", axon::ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["turn", "turn", "told"]);
}

//! Children end with their parent: promise S22b.

use axon::{Component, ComponentRef, Context, Ending, ProducerFinished, Scheduler};

use crate::stage::{Still, act, said, say, scheduler};

/// Has so many generations of descendants, two children each, says when it is dropped, and ends as its last
/// descendant wants.
struct Ancestor {
    name: String,
    generations: u32,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Never,
    Returns,
    Fails,
    Panics,
}

impl Component for Ancestor {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        if self.generations > 0 {
            for number in 1..=2 {
                let name = format!("{}.{number}", self.name);
                let generations = self.generations - 1;
                cx.activate(cx.add_child(Ancestor { name, generations, end: End::Never }));
            }
        }
        if self.end == End::Never {
            cx.next::<()>("inbox").await?;
        }
        // Until all are there.
        for _ in 0..=self.generations {
            cx.yield_now().await;
        }
        match self.end {
            End::Fails => Err("it was not to be".into()),
            End::Panics => panic!("it was not to be"),
            End::Never | End::Returns => Ok(()),
        }
    }
}

impl Drop for Ancestor {
    fn drop(&mut self) {
        say!("{} dropped", self.name);
    }
}

fn ancestor(end: End) -> Ancestor {
    Ancestor { name: "a".into(), generations: 2, end }
}

/// The descendants of a component that are active.
fn descendants(s: &Scheduler, of: &ComponentRef) -> usize {
    let snapshot = s.snapshot();
    let mut family = vec![of.id()];
    for component in &snapshot.components {
        if component.parents.iter().any(|parent| family.contains(parent)) {
            family.push(component.id);
        }
    }
    s.components().iter().filter(|component| family.contains(&component.id())).count()
}

#[test]
fn s22b_who_is_stopped_is_stopped_with_all_its_descendants_the_youngest_first() {
    let mut s = scheduler();
    let boss = s.add(Still);
    let a = s.activate(ancestor(End::Never));
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    assert_eq!(descendants(&s, &a), 7);
    s.context(&boss).stop(&a);
    assert!(s.components().is_empty());
    s.run().unwrap();
    let dropped = ["a.2.2", "a.2.1", "a.1.2", "a.1.1", "a.2", "a.1", "a"];
    assert_eq!(said(), dropped.map(|name| format!("{name} dropped")));
}

#[test]
fn s22b_who_fails_takes_its_descendants_along_whoever_is_told_of_it() {
    for end in [End::Fails, End::Panics] {
        let mut s = Scheduler::builder().virtual_clock().immortal().build();
        s.activate(ancestor(end));
        s.run().unwrap();
        assert_eq!(said().len(), 7);

        let mut s = scheduler();
        s.activate(act(async move |cx| {
            let child = cx.add_child(ancestor(end));
            cx.supervise(&child);
            cx.activate(&child);
            while !child.is_stopped() {
                cx.pause().await;
            }
            say!("failed: {}", cx.failure_of(&child).is_some());
            Ok(())
        }));
        s.run().unwrap();
        let said = said();
        assert!(said.len() == 8 && said.contains(&"failed: true".to_owned()), "{said:?}");
    }
}

#[test]
fn s22b_a_child_that_another_has_too_goes_on() {
    let mut s = scheduler();
    let [first, second, boss] = [0; 3].map(|_| {
        s.activate(act(async |cx| {
            cx.next::<()>("inbox").await?;
            Ok(())
        }))
    });
    let child = s.activate(ancestor(End::Never));
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    s.context(&first).add_child(&child);
    s.context(&second).add_child(&child);
    s.context(&boss).stop(&first);
    assert!(child.is_active());
    s.context(&boss).stop(&second);
    assert!(child.is_stopped());
    assert_eq!(s.components(), [boss]);
}

/// Says how it is told to end.
fn told(s: &Scheduler, parent: &ComponentRef, tag: &'static str) -> ComponentRef {
    let child = s.context(parent).add_child(act(async move |cx: &Context| {
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        let ending = cx.recv("control").unwrap().ending();
        say!("{tag} told {}", ending == Some(Ending::ProducerFinished));
        Ok(())
    }));
    s.activate(child)
}

#[test]
fn s22b_who_returns_tells_the_children_it_leaves_that_no_more_will_come() {
    let mut s = scheduler();
    let parent = s.add(act(async |cx| {
        cx.yield_now().await;
        Ok(())
    }));
    s.activate(&parent);
    let (left, _service) = (told(&s, &parent, "the child"), told(&s, &parent, "the service"));
    s.context(&_service).declare_service();
    let [busy, other, listener] = [0; 3].map(|_| {
        s.activate(act(async |cx| {
            cx.next::<()>("inbox").await?;
            Ok(())
        }))
    });
    let shared = told(&s, &parent, "the shared child");
    s.context(&other).add_child(&shared);
    let linked = told(&s, &parent, "the one that hears it from another");
    s.context(&listener).link((&busy, "signal"), (&linked, "control")).unwrap();
    for _ in 0..5 {
        s.run_pass().unwrap();
    }
    assert_eq!(said(), ["the child told true"]);
    assert!(left.is_stopped() && shared.is_active() && linked.is_active());
    s.context(&busy).send("signal", ProducerFinished::new()).unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["the one that hears it from another told true"]);
}

#[test]
fn s22b_no_child_is_left_alive_and_out_of_reach_however_its_parent_ends() {
    for end in [End::Returns, End::Fails, End::Panics, End::Never] {
        let mut s = Scheduler::builder().virtual_clock().immortal().build();
        let boss = s.add(Still);
        let parent = s.add(act(async move |cx| {
            cx.yield_now().await;
            match end {
                End::Returns => Ok(()),
                End::Fails => Err("it was not to be".into()),
                End::Panics => panic!("it was not to be"),
                End::Never => cx.next("inbox").await.map_err(Into::into),
            }
        }));
        let child = told(&s, &parent, "the child");
        told(&s, &child, "the grandchild");
        s.activate(&parent);
        for _ in 0..3 {
            s.run_pass().unwrap();
        }
        s.context(&boss).stop(&parent);
        s.run().unwrap();
        assert!(s.components().is_empty());
        said();
    }
}

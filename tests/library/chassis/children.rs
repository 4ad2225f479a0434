//! Every chassis takes its children along, however it ends before them: nobody stays, and every destructor runs.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use axon::chassis::{
    Carousel, Graphline, InboxSizes, JoinChooserToCarousel, Par, Pipeline, Restart, Seq, Supervisor, TPipe,
    inbox_controlled_carousel,
};
use axon::util::{Backplane, Chooser, Plug, PlugSplitter, SubscribeTo};
use axon::{AnyComponent, Boxes, Component, ComponentRef, Context, INBOX, Message, Scheduler, parallel};
use kamaelia_net::InactivityChassis;

/// What a component is to do at its next turn.
#[derive(Clone, Default)]
struct Order(Arc<AtomicU8>);

const FAIL: u8 = 1;
const PANIC: u8 = 2;

impl Order {
    fn give(&self, what: u8) {
        self.0.store(what, Ordering::Release);
    }

    fn obey(&self) -> axon::Result {
        match self.0.load(Ordering::Acquire) {
            FAIL => Err("it was not to be".into()),
            PANIC => panic!("it was not to be"),
            _ => Ok(()),
        }
    }
}

/// The children of one trial: how many are alive, and how many have started.
#[derive(Clone, Default)]
struct Care {
    alive: Arc<AtomicUsize>,
    started: Arc<AtomicUsize>,
    of_children: Order,
    of_chassis: Order,
}

impl Care {
    fn child(&self) -> Child {
        Child { care: self.clone(), _alive: self.lives() }
    }

    /// A child with a family of its own.
    fn family(&self) -> Pipeline {
        Pipeline::new().then(self.child()).then(Par::new().and(self.child()).and(self.child()))
    }

    fn lives(&self) -> Alive {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Alive(self.clone())
    }

    /// This chassis, which also fails or panics when it is told to.
    fn chassis(&self, chassis: impl Component) -> AnyComponent {
        AnyComponent::new(Fallible { chassis, order: self.of_chassis.clone() })
    }
}

/// Counted as long as it is not dropped.
struct Alive(Care);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::Release);
    }
}

/// Listens to nobody and never ends by itself.
struct Child {
    care: Care,
    _alive: Alive,
}

impl Component for Child {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let _owned_by_main = self.care.lives();
        self.care.started.fetch_add(1, Ordering::Relaxed);
        loop {
            self.care.of_children.obey()?;
            cx.pause_for(Duration::from_millis(1)).await;
        }
    }
}

/// A chassis that fails in a turn of its own, with its children around it.
struct Fallible<C> {
    chassis: C,
    order: Order,
}

impl<C: Component> Component for Fallible<C> {
    fn boxes(&self) -> Boxes {
        self.chassis.boxes()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut main = pin!(self.chassis.main(cx));
        poll_fn(|task| match self.order.obey() {
            Ok(()) => main.as_mut().poll(task),
            failed => Poll::Ready(failed),
        })
        .await
    }
}

/// How a chassis comes to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    IsStopped,
    Fails,
    Panics,
    ChildFails,
    ChildPanics,
    ParentIsStopped,
    ParentReturnsAndItIsStopped,
    RunFails,
    SchedulerIsDropped,
}

const WAYS: [Way; 9] = [
    Way::IsStopped,
    Way::Fails,
    Way::Panics,
    Way::ChildFails,
    Way::ChildPanics,
    Way::ParentIsStopped,
    Way::ParentReturnsAndItIsStopped,
    Way::RunFails,
    Way::SchedulerIsDropped,
];

/// The clock of a trial: what has threads of its own takes real time.
#[derive(Clone, Copy, PartialEq)]
enum Time {
    Virtual,
    Real,
}

/// Makes the chassis, acting as the component that will be its parent.
type Make = fn(&Care, &Context) -> AnyComponent;

fn carousel(care: &Care) -> Carousel<Message> {
    let care = care.clone();
    Carousel::new(move |_: Message| care.family())
}

fn stages(care: &Care) -> impl Fn() -> Box<dyn FnOnce() -> Pipeline + Send> {
    move || {
        let care = care.clone();
        Box::new(move || care.family())
    }
}

const CHASSIS: &[(&str, Time, Make)] = &[
    ("Pipeline", Time::Virtual, |care, _| {
        care.chassis(Pipeline::new().then(care.child()).then(care.family()).then(care.child()))
    }),
    ("circular Pipeline", Time::Virtual, |care, _| {
        care.chassis(Pipeline::new().then(care.child()).then(care.family()).circular())
    }),
    ("Graphline", Time::Virtual, |care, _| {
        care.chassis(
            Graphline::new()
                .component("a", care.child())
                .component("b", care.family())
                .link(("a", "outbox"), ("b", "inbox"))
                .unwrap(),
        )
    }),
    ("Carousel", Time::Virtual, |care, _| care.chassis(carousel(care))),
    ("InboxControlledCarousel", Time::Virtual, |care, _| {
        care.chassis(inbox_controlled_carousel(carousel(care)))
    }),
    ("JoinChooserToCarousel", Time::Virtual, |care, _| {
        let carousel = carousel(care).make_first_request();
        care.chassis(JoinChooserToCarousel::new(Chooser::new([1, 2, 3]), carousel))
    }),
    ("Seq", Time::Virtual, |care, _| care.chassis(Seq::new().then(care.family()).then(care.child()))),
    ("Par", Time::Virtual, |care, _| care.chassis(Par::new().and(care.child()).and(care.family()))),
    ("TPipe", Time::Virtual, |care, _| care.chassis(TPipe::new(care.family()).source())),
    ("Supervisor", Time::Virtual, |care, _| {
        let children = care.clone();
        care.chassis(Supervisor::new(move || children.family()).restart(Restart::Never))
    }),
    ("Supervisor that makes its child again", Time::Virtual, |care, _| {
        let children = care.clone();
        let day = Duration::from_secs(86_400);
        care.chassis(Supervisor::new(move || children.family()).at_most(2, day))
    }),
    ("Supervisor that waits before it makes its child again", Time::Virtual, |care, _| {
        let children = care.clone();
        let day = Duration::from_secs(86_400);
        let supervisor = Supervisor::new(move || children.family()).backoff(day, day);
        care.chassis(supervisor.at_most(1, 10 * day))
    }),
    ("Resized", Time::Virtual, |care, _| {
        care.chassis(Par::new().and(care.child()).and(care.family()).inbox_size(INBOX, 1))
    }),
    ("PlugSplitter", Time::Virtual, |care, _| care.chassis(PlugSplitter::with_source(care.family()))),
    ("Plug", Time::Virtual, |care, cx| {
        let splitter = cx.add_child(PlugSplitter::new());
        cx.activate(&splitter);
        care.chassis(Plug::new(&splitter, care.family()))
    }),
    ("subscriber of a Backplane", Time::Virtual, |care, _| {
        let subscriber = Pipeline::new().then(SubscribeTo::new("talk")).then(care.family());
        care.chassis(Par::new().and(Backplane::new("talk")).and(subscriber))
    }),
    ("InactivityChassis", Time::Virtual, |care, _| {
        care.chassis(InactivityChassis::new(care.family(), Duration::from_secs(86_400)))
    }),
    ("parallel Pipeline", Time::Real, |care, _| {
        let stage = stages(care);
        care.chassis(parallel::Pipeline::new().then(stage()).then(stage()))
    }),
    ("parallel Graphline", Time::Real, |care, _| {
        let stage = stages(care);
        care.chassis(
            parallel::Graphline::new()
                .component("a", stage())
                .component("b", stage())
                .link(("a", "outbox"), ("b", "inbox"))
                .unwrap(),
        )
    }),
    ("parallel Pipeline in a Supervisor", Time::Real, |care, _| {
        let children = care.clone();
        let make = move || parallel::Pipeline::new().then(stages(&children)());
        care.chassis(Supervisor::new(make).restart(Restart::Never))
    }),
];

/// The parent of the chassis: it supervises it, if it is to, and goes on until it is stopped.
struct Parent;

impl Component for Parent {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        // Told to return by a message.
        while cx.recv(INBOX).is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Has never a turn: the test acts as it.
struct Hand;

impl Component for Hand {
    fn boxes(&self) -> Boxes {
        Boxes::none()
    }
}

struct Trial {
    scheduler: Scheduler,
    care: Care,
    hand: Context,
    parent: ComponentRef,
    chassis: ComponentRef,
    time: Time,
}

impl Trial {
    fn new(make: Make, time: Time, way: Way) -> Self {
        let builder = Scheduler::builder();
        let scheduler = match time {
            Time::Virtual => builder.virtual_clock().build(),
            Time::Real => builder.build(),
        };
        let care = Care::default();
        let hand = scheduler.context(&scheduler.add(Hand));
        let parent = scheduler.activate(Parent);
        let cx = scheduler.context(&parent);
        let chassis = cx.add_child(make(&care, &cx));
        for inbox in ["next", INBOX] {
            if cx.has_inbox(&chassis, inbox) {
                cx.deliver_to(&chassis, inbox, "make one").unwrap();
            }
        }
        if way != Way::RunFails {
            cx.supervise(&chassis);
        }
        cx.activate(&chassis);
        Trial { scheduler, care, hand, parent, chassis, time }
    }

    fn started(&self) -> usize {
        self.care.started.load(Ordering::Relaxed)
    }

    fn alive(&self) -> usize {
        self.care.alive.load(Ordering::Acquire)
    }

    /// Makes passes, so many at most, until `done`.
    fn passes(&mut self, most: usize, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..most {
            if done(self) {
                return;
            }
            if self.scheduler.run_pass().is_ok_and(|awake| !awake) {
                self.rest();
            }
        }
    }

    /// All sleep: lets the time go by that one of them waits for.
    fn rest(&self) {
        match self.time {
            Time::Real => std::thread::sleep(Duration::from_millis(1)),
            Time::Virtual => {
                if let Some(next) = self.scheduler.next_timer() {
                    self.scheduler.turn_clock(next.duration_since(self.hand.now()));
                }
            }
        }
    }

    /// Ends the chassis this way.
    fn end(&mut self, way: Way) {
        match way {
            Way::IsStopped => self.hand.stop(&self.chassis),
            Way::Fails | Way::RunFails => self.care.of_chassis.give(FAIL),
            Way::Panics => self.care.of_chassis.give(PANIC),
            Way::ChildFails => self.care.of_children.give(FAIL),
            Way::ChildPanics => self.care.of_children.give(PANIC),
            Way::ParentIsStopped => self.hand.stop(&self.parent),
            Way::ParentReturnsAndItIsStopped => {
                self.hand.deliver_to(&self.parent, INBOX, "return").unwrap();
                let parent = self.parent.clone();
                self.passes(100, |_| parent.is_stopped());
                assert!(parent.is_stopped());
                self.hand.stop(&self.chassis);
            }
            Way::SchedulerIsDropped => {}
        }
        self.hand.unpause(&self.chassis);
    }
}

/// Lets a chassis run for so many passes, or until its children run, ends it this way, and looks who is left.
fn try_it((_, time, make): &(&str, Time, Make), way: Way, passes: Option<usize>) -> Result<(), String> {
    let mut trial = Trial::new(*make, *time, way);
    match passes {
        Some(passes) => trial.passes(passes, |_| false),
        None => {
            trial.passes(10_000, |trial| trial.started() > 0);
            if trial.started() == 0 {
                return Err("no child has ever started".into());
            }
            trial.passes(10, |_| false);
        }
    }
    if way == Way::SchedulerIsDropped {
        let Trial { scheduler, care, hand, .. } = trial;
        drop((scheduler, hand));
        for _ in 0..10_000 {
            if care.alive.load(Ordering::Acquire) == 0 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        return Err("children are never dropped".into());
    }
    trial.end(way);
    let chassis = trial.chassis.clone();
    trial.passes(10_000, |trial| chassis.is_stopped() && trial.alive() == 0);
    if !chassis.is_stopped() || trial.alive() > 0 {
        return Err(format!("stopped: {}, and {} children live", chassis.is_stopped(), trial.alive()));
    }
    drop(chassis);

    // Only who was there before is left, and the tables hold nobody else.
    let Trial { mut scheduler, hand, parent, chassis, .. } = trial;
    drop(chassis);
    hand.stop(&parent);
    drop(parent);
    let names = |scheduler: &Scheduler| {
        let snapshot = scheduler.snapshot();
        snapshot.components.into_iter().map(|component| component.name).collect::<Vec<_>>()
    };
    for _ in 0..10_000 {
        if !scheduler.run_pass().unwrap() && names(&scheduler).len() <= 1 {
            break;
        }
        // A thread that has just ended may still hold the chassis.
        if *time == Time::Real {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    match (scheduler.components(), names(&scheduler)) {
        (running, held) if running.is_empty() && held == [hand.name()] => Ok(()),
        (running, held) => Err(format!("{running:?} run on, the tables hold {held:?}")),
    }
}

fn try_all(time: Time, moments: &[Option<usize>]) {
    let mut wrong = Vec::new();
    for case in CHASSIS.iter().filter(|(_, its_time, _)| *its_time == time) {
        for way in WAYS {
            for passes in moments {
                if let Err(what) = try_it(case, way, *passes) {
                    wrong.push(format!("{}, {way:?}, after {passes:?} passes: {what}", case.0));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whichever_way_a_chassis_ends_its_children_end_and_nobody_stays() {
    try_all(Time::Virtual, &[Some(0), Some(1), Some(2), Some(3), Some(4), None]);
}

#[test]
fn whichever_way_a_parallel_chassis_ends_the_components_on_its_threads_end() {
    try_all(Time::Real, &[Some(0), Some(1), None]);
}

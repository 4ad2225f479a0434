//! What a component is: boxes, and a `main` that runs between them.
//!
//! Ported from `Axon.Component`.
//!
//! *Differs from Kamaelia:* `main` is an `async fn` instead of a generator: the same straight line of
//! code, with `.await` where Python has `yield`.

use std::any::TypeId;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use super::context::Context;
use crate::kernel::boxes::Boxes;
use crate::kernel::error::{Result, RunError};
use crate::kernel::id::{ComponentRef, short_type_name};
use crate::kernel::safely::safely;
use crate::kernel::scheduler::Scheduler;
use crate::kernel::system::{Made, Starter, System, Task};
use sealed::Host;

/// A component: it works between its own boxes, and does not know which components they are linked to.
///
/// Write either `main`, or, without any `async`, `main_body` and perhaps the other two.
///
/// # Examples
///
/// ```
/// use axon::{Boxes, Component, Context};
///
/// /// Sends each number it gets, doubled.
/// struct Double;
///
/// impl Component for Double {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
///             cx.send("outbox", 2 * number)?;
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// This is the loop of most components: the next message, until the component is told to end. A component that ends
/// by itself sends [`ProducerFinished`](crate::ProducerFinished) out of `signal`.
#[doc(alias = "component")]
#[allow(async_fn_in_trait, reason = "a component never leaves its scheduler's thread")]
pub trait Component: 'static {
    /// The boxes; by default `inbox`, `control`, `outbox` and `signal`.
    #[doc(alias = "Inboxes")]
    #[doc(alias = "Outboxes")]
    fn boxes(&self) -> Boxes {
        Boxes::standard()
    }

    /// Its type in names and reports, the `Echo` of `Echo_7`; by default the name of its Rust type. A component that
    /// only wraps another returns the type of that.
    fn kind(&self) -> &'static str {
        short_type_name::<Self>()
    }

    /// The work of the component. When it returns, the component has ended; when it returns an error, it has failed.
    ///
    /// By default: `initialise_component` in the first turn, then `main_body` once a turn as long as it
    /// returns true, then `close_down_component`.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure: see [`Scheduler::run`].
    async fn main(&mut self, cx: &Context) -> Result {
        self.initialise_component(cx)?;
        cx.yield_now().await;
        while self.main_body(cx)? {
            cx.yield_now().await;
        }
        self.close_down_component(cx)?;
        cx.yield_now().await;
        Ok(())
    }

    /// The first turn of a component without a `main` of its own.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "initialiseComponent")]
    fn initialise_component(&mut self, cx: &Context) -> Result {
        let _ = cx;
        Ok(())
    }

    /// One turn of a component without a `main` of its own; false ends it.
    /// [`Context::request_pause`] makes it sleep afterwards.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "mainBody")]
    fn main_body(&mut self, cx: &Context) -> Result<bool> {
        let _ = cx;
        Ok(false)
    }

    /// The last turn of a component without a `main` of its own.
    ///
    /// # Errors
    ///
    /// Any error is the component's failure.
    #[doc(alias = "closeDownComponent")]
    fn close_down_component(&mut self, cx: &Context) -> Result {
        let _ = cx;
        Ok(())
    }
}

fn task_of<C: Component>(mut component: C, context: Context) -> Task {
    Box::pin(async move { component.main(&context).await.err().map(Box::new) })
}

pub(in crate::kernel) mod sealed {
    use super::{ComponentRef, Location, Rc, System};

    /// The scheduler that a component enters.
    #[derive(Debug)]
    pub struct Host<'a>(pub(in crate::kernel) &'a Rc<System>);

    /// How each kind of component comes into a scheduler.
    pub trait Enter {
        /// Makes its boxes.
        #[track_caller]
        fn make(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef;
        /// Makes its boxes and lets it run.
        #[track_caller]
        fn activate(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef;
        /// Puts it into a box for later.
        fn keep(self, made_at: &'static Location<'static>) -> super::AnyComponent;
    }
}

/// What can be made, activated and put into a chassis: every [`Component`], a [`ComponentRef`] (which is made already),
/// and an [`AnyComponent`].
pub trait IntoComponent: sealed::Enter {}
impl<T: sealed::Enter> IntoComponent for T {}

impl<C: Component> sealed::Enter for C {
    fn make(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        let (me, _) = host.0.make(self.kind(), TypeId::of::<C>(), &self.boxes(), made_at);
        host.0.equip(&me, Starter::new(|system, made| task_of(self, Context::new(system, made))));
        me
    }

    fn activate(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        let (me, made) = host.0.make(self.kind(), TypeId::of::<C>(), &self.boxes(), made_at);
        host.0.activate_with(&me, task_of(self, Context::new(host.0, made)));
        me
    }

    fn keep(self, made_at: &'static Location<'static>) -> AnyComponent {
        AnyComponent(Kept::Unmade {
            kind: self.kind(),
            of: TypeId::of::<C>(),
            boxes: self.boxes(),
            made_at,
            starter: Starter::new(|system, made| task_of(self, Context::new(system, made))),
        })
    }
}

impl sealed::Enter for ComponentRef {
    fn make(self, host: &Host<'_>, _: &'static Location<'static>) -> ComponentRef {
        assert!(host.0.owns(&self), "{self} lives in another scheduler");
        self
    }

    fn activate(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        let me = self.make(host, made_at);
        host.0.activate(&me);
        me
    }

    fn keep(self, _: &'static Location<'static>) -> AnyComponent {
        AnyComponent(Kept::Made(self))
    }
}

impl sealed::Enter for &ComponentRef {
    fn make(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        self.clone().make(host, made_at)
    }

    fn activate(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        self.clone().activate(host, made_at)
    }

    fn keep(self, made_at: &'static Location<'static>) -> AnyComponent {
        self.clone().keep(made_at)
    }
}

impl sealed::Enter for AnyComponent {
    fn make(self, host: &Host<'_>, place: &'static Location<'static>) -> ComponentRef {
        match self.0 {
            Kept::Unmade { kind, of, boxes, made_at, starter } => {
                let (me, _) = host.0.make(kind, of, &boxes, made_at);
                host.0.equip(&me, starter);
                me
            }
            Kept::Made(made) => made.make(host, place),
        }
    }

    fn activate(self, host: &Host<'_>, made_at: &'static Location<'static>) -> ComponentRef {
        self.make(host, made_at).activate(host, made_at)
    }

    fn keep(self, _: &'static Location<'static>) -> AnyComponent {
        self
    }
}

/// A component of any type, made or not, as a chassis holds it.
#[must_use = "a component does nothing until it is activated"]
pub struct AnyComponent(Kept);

enum Kept {
    Unmade {
        kind: &'static str,
        of: TypeId,
        boxes: Boxes,
        made_at: &'static Location<'static>,
        starter: Starter,
    },
    Made(ComponentRef),
}

impl AnyComponent {
    /// Keeps a component for later. The place of this call is the one that reports name.
    #[track_caller]
    pub fn new(component: impl IntoComponent) -> Self {
        component.keep(Location::caller())
    }
}

impl fmt::Display for AnyComponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kept::Unmade { kind, .. } => f.write_str(kind),
            Kept::Made(made) => made.fmt(f),
        }
    }
}

impl fmt::Debug for AnyComponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Scheduler {
    /// Makes a component: its boxes exist, it does not run.
    #[track_caller]
    pub fn add(&self, component: impl IntoComponent) -> ComponentRef {
        component.make(&Host(&self.system), Location::caller())
    }

    /// Activates a component: it takes its first turn in the next pass.
    #[track_caller]
    pub fn activate(&self, component: impl IntoComponent) -> ComponentRef {
        component.activate(&Host(&self.system), Location::caller())
    }

    /// A context that acts as `component`, from outside any `main`: for tests and for programs that embed
    /// a scheduler.
    ///
    /// # Panics
    ///
    /// If the component lives in another scheduler.
    #[track_caller]
    #[must_use]
    pub fn context(&self, component: &ComponentRef) -> Context {
        assert!(self.system.owns(component), "{component} lives in another scheduler");
        Context::of(&self.system, component)
    }
}

impl crate::kernel::scheduler::Remote {
    /// Activates a component, which is made on the scheduler's thread.
    ///
    /// # Errors
    ///
    /// If the scheduler is gone.
    #[track_caller]
    pub fn activate<C: Component>(
        &self,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> std::result::Result<(), crate::kernel::error::SchedulerGoneError> {
        let made_at = Location::caller();
        self.leave(move |system| {
            let host = Host(system);
            let activate = || drop(sealed::Enter::activate(make(), &host, made_at));
            if let Err(text) = safely(activate) {
                let unmade = Unmade { kind: short_type_name::<C>(), text };
                drop(sealed::Enter::activate(unmade, &host, made_at));
            }
        })
    }
}

/// Stands for a component whose making panicked, and fails in its place.
struct Unmade {
    kind: &'static str,
    text: String,
}

impl Component for Unmade {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn main(&mut self, _: &Context) -> Result {
        Err(format!("panicked when it was made: {}", self.text).into())
    }
}

/// Runs a component on a scheduler of its own until all that it started has ended.
///
/// # Errors
///
/// As [`Scheduler::run`].
#[track_caller]
pub fn run(component: impl IntoComponent) -> std::result::Result<(), RunError> {
    let mut scheduler = Scheduler::new();
    scheduler.activate(component);
    scheduler.run()
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({:?})", self.pid)
    }
}

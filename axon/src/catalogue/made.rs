//! A component that was made from a catalogue, and the record of what made it.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Boxes, Component, ComponentId, Context, Result};

/// Any component, of whatever type: a component itself.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the component takes; and so for all boxes that it has |
/// | `control` | the same |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the component sends; and so for all boxes that it has |
/// | `signal` | the same |
///
/// # Shutdown
///
/// As the component does.
///
/// # Examples
///
/// ```
/// use axon::catalogue::Made;
/// use axon::util::{DataSource, OneShot};
///
/// for made in [Made::new(DataSource::new([1, 2])), Made::new(OneShot::new(3))] {
///     axon::run(made)?;
/// }
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Made {
    component: Box<dyn AnyKind>,
    boxes: Boxes,
    origin: Option<(Origins, Arc<Origin>)>,
}

/// What [`Component`] is without its type.
trait AnyKind {
    fn kind(&self) -> &'static str;
    fn main<'a>(&'a mut self, cx: &'a Context) -> Pin<Box<dyn Future<Output = Result> + 'a>>;
}

impl<C: Component> AnyKind for C {
    fn kind(&self) -> &'static str {
        Component::kind(self)
    }

    fn main<'a>(&'a mut self, cx: &'a Context) -> Pin<Box<dyn Future<Output = Result> + 'a>> {
        Box::pin(Component::main(self, cx))
    }
}

impl Made {
    /// Takes any component.
    pub fn new(component: impl Component) -> Self {
        Made { boxes: component.boxes(), component: Box::new(component), origin: None }
    }

    /// Declares other boxes than the component does: more of them, or with other limits.
    pub(crate) fn with_boxes(mut self, change: impl FnOnce(Boxes) -> Boxes) -> Self {
        self.boxes = change(self.boxes);
        self
    }

    /// Writes down in `origins`, on its first turn, what it was made from.
    pub(crate) fn from(mut self, origins: &Origins, origin: &Arc<Origin>) -> Self {
        self.origin = Some((origins.clone(), Arc::clone(origin)));
        self
    }
}

impl Component for Made {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.component.kind()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let noted = self.origin.take().map(|(origins, origin)| {
            let id = cx.me().id();
            origins.note(id, &origin);
            Noted { origins, id }
        });
        let result = self.component.main(cx).await;
        if let Some(noted) = noted {
            noted.origins.count_of(cx);
        }
        result
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({})", self.component.kind())
    }
}

/// Strikes the record out when the component has ended.
struct Noted {
    origins: Origins,
    id: ComponentId,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.origins.table().running.remove(&self.id);
    }
}

/// What a component was made from.
#[derive(Clone, PartialEq, Debug)]
pub struct Origin {
    /// Its name and arguments, as they are written in a text.
    pub text: String,
    /// The boxes that it has by itself.
    pub(crate) boxes: Boxes,
    /// The limits that it declares by itself.
    pub(crate) limits: Vec<(String, usize)>,
}

impl Origin {
    /// The limit that an inbox has by itself.
    pub(crate) fn limit(&self, inbox: &str) -> Option<usize> {
        self.limits.iter().find(|(name, _)| name == inbox).map(|(_, limit)| *limit)
    }
}

/// How many components are counted; each costs memory until the end of the run, and peers may cause any number.
const MOST_COUNTED: usize = 1000;

/// What the running components of a graph were made from, by their numbers.
#[derive(Clone, Default, Debug)]
pub struct Origins(Arc<Mutex<Table>>);

#[derive(Default, Debug)]
struct Table {
    running: HashMap<ComponentId, Arc<Origin>>,
    /// What went through those that have ended, if that is counted.
    counts: Option<Vec<Count>>,
}

/// What went through a component up to its end: `DataSource_2: outbox 3, signal 1`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Count {
    /// Its name.
    pub component: String,
    /// How many messages arrived in each of its inboxes.
    pub arrived: Vec<(String, u64)>,
    /// How many it sent from each of its outboxes.
    pub sent: Vec<(String, u64)>,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.component)?;
        let side = |boxes: &[(String, u64)]| {
            let some = boxes.iter().filter(|(_, count)| *count > 0);
            some.map(|(name, count)| format!(" {name} {count}")).collect::<Vec<_>>().join(",")
        };
        match (side(&self.arrived), side(&self.sent)) {
            (arrived, sent) if arrived.is_empty() && sent.is_empty() => f.write_str(" nothing"),
            (arrived, sent) if arrived.is_empty() || sent.is_empty() => write!(f, "{arrived}{sent}"),
            (arrived, sent) => write!(f, "{arrived},{sent}"),
        }
    }
}

impl Origins {
    /// What this component was made from, if it was made from a text.
    #[must_use]
    pub fn origin(&self, component: ComponentId) -> Option<Arc<Origin>> {
        self.table().running.get(&component).cloned()
    }

    /// From now on counts what goes through each component, up to a thousand of them.
    pub fn count(&self) {
        self.table().counts.get_or_insert_default();
    }

    /// What went through the components that have ended since, in the order of their ends: the first thousand.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.table().counts.clone().unwrap_or_default()
    }

    /// Notes what went through a component that ends.
    fn count_of(&self, cx: &Context) {
        if self.table().counts.as_ref().is_none_or(|counts| counts.len() == MOST_COUNTED) {
            return;
        }
        let snapshot = cx.snapshot();
        let Some(view) = snapshot.component(cx.me().id()) else { return };
        let count = Count {
            component: view.name.clone(),
            arrived: view.inboxes.iter().map(|inbox| (inbox.name.clone(), inbox.arrived)).collect(),
            sent: view.outboxes.iter().map(|outbox| (outbox.name.clone(), outbox.sent)).collect(),
        };
        self.table().counts.get_or_insert_default().push(count);
    }

    pub(crate) fn note(&self, component: ComponentId, origin: &Arc<Origin>) {
        self.table().running.insert(component, Arc::clone(origin));
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

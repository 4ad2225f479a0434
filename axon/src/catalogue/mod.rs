//! What components there are: their names, boxes and arguments, and how to make one from a text.
//!
//! Kamaelia has a list of names in its tool for drawing pipelines (`Kamaelia.Apps.Compose`).
//!
//! A [`Catalogue`] is a value. A program puts together the entries that it wants: those of
//! [`util`](crate::util::catalogue), of [`chassis`](crate::chassis::catalogue), of other crates, and its own.
//! [`text`](crate::text) makes graphs of them.

mod argument;
mod arguments;
mod entry;
mod made;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use argument::{Argument, ArgumentType};
pub use arguments::{ArgumentError, Arguments, FromArgument};
pub use entry::{Carries, Entry, Kind};
pub use made::{Count, Made, Origin, Origins};
pub use value::{Factory, Value, duration};

pub use crate::error::nearest;

/// Components by name.
///
/// # Examples
///
/// ```
/// use axon::catalogue::{Argument, Catalogue, Entry, Kind};
/// use axon::prelude::*;
///
/// struct Greeter(String);
///
/// impl Component for Greeter {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         cx.send("outbox", format!("hello, {}\n", self.0))?;
///         cx.send("signal", axon::ProducerFinished::new())?;
///         Ok(())
///     }
/// }
///
/// let greeter = Entry::new(Kind::Source, "my::Greeter", "Greets somebody, and ends.", |given| {
///     Ok(Greeter(given.need("whom")))
/// })
/// .argument(Argument::text("whom", "who is greeted").positional().required());
///
/// let catalogue = Catalogue::new().with(axon::util::catalogue()).with([greeter]);
/// assert_eq!(catalogue.entry("Greeter").expect("just added").summary(), "Greets somebody, and ends.");
///
/// let graph = axon::text::parse("Greeter world ! ConsoleEchoer").load(&catalogue)?;
/// axon::run(graph.component())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Catalogue {
    entries: BTreeMap<&'static str, Arc<Entry>>,
}

impl Catalogue {
    /// A catalogue without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds entries. One of a name that is there already takes its place.
    #[must_use]
    pub fn with(mut self, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.entries.extend(entries.into_iter().map(|entry| (entry.name(), Arc::new(entry))));
        self
    }

    /// The entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(name)
    }

    /// The entry of the component that has this name in Kamaelia.
    #[must_use]
    pub fn entry_of_python(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.values().find(|entry| entry.python() == name)
    }

    /// All entries, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }
}

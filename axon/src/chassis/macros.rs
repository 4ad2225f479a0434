//! Macros: a row of components as a list, a graph as names and arrows.
//!
//! *Differs from Kamaelia:* the names of the components of a [`graphline!`](crate::graphline) are known
//! to the compiler, so a misspelt one does not compile.

/// A [`Pipeline`](crate::chassis::Pipeline) of the components listed.
///
/// Takes components, and the `ComponentRef`s of components that were already made. It is an expression, so
/// `pipeline![a, b].circular()` works.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ConsoleEchoer, DataSource};
///
/// axon::run(pipeline![DataSource::new(["hello ", "world\n"]), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[macro_export]
macro_rules! pipeline {
    ($($component:expr),+ $(,)?) => {
        $crate::chassis::Pipeline::new()$(.then($component))+
    };
}

/// A [`Graphline`](crate::chassis::Graphline) of named components and the linkages between their boxes.
///
/// ```text
/// graphline! {
///     components: { name: component, ... },
///     linkages: { name.outbox => name.inbox, ... },
/// }
/// ```
///
/// `self` is the graphline itself: with `self.inbox => a.inbox`, what arrives at the graphline goes to `a`,
/// and with `a.outbox => self.outbox`, what `a` sends leaves the graphline. Boxes of the graphline that do
/// not exist are made. The linkages may be left out.
///
/// A name that is not among the components does not compile, and the compiler lists those that are. Box
/// names are looked up on the graphline's first turn. For names that are not Rust identifiers, use
/// [`Graphline::link`](crate::chassis::Graphline::link).
///
/// # Errors
///
/// If the same box is linked twice, if both ends of a linkage are `self`, or if one component has two
/// names, the graphline ends with an error on its first turn, which names both linkages, or both names.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new(["a", "b"]),
///         sink: DataSink::new(&received),
///     },
///     linkages: {
///         source.outbox => sink.inbox,
///         source.signal => sink.control,
///     },
/// })?;
/// assert_eq!(received.take(), ["a", "b"]);
/// # Ok::<(), axon::RunError>(())
/// ```
///
/// A misspelt name:
///
/// ```compile_fail,E0609
/// # use axon::{graphline, util::{ConsoleEchoer, DataSource}};
/// graphline! {
///     components: { source: DataSource::new([1]), echo: ConsoleEchoer::new() },
///     linkages: { source.outbox => ehco.inbox },
/// };
/// ```
#[macro_export]
macro_rules! graphline {
    (
        components: { $($name:ident: $component:expr),* $(,)? } $(,)?
    ) => {
        $crate::graphline! { components: { $($name: $component),* }, linkages: {} }
    };
    (
        components: { $($name:ident: $component:expr),* $(,)? },
        linkages: { $($from:ident.$outbox:ident => $to:ident.$inbox:ident),* $(,)? } $(,)?
    ) => {{
        #[allow(dead_code, non_snake_case)]
        struct __GraphlineComponents {
            $($name: (),)*
        }
        $crate::chassis::Graphline::new()
            $(.component(stringify!($name), $component))*
            $(.__link(
                ($crate::__graphline_name!($from), stringify!($outbox)),
                ($crate::__graphline_name!($to), stringify!($inbox)),
            ))*
    }};
}

/// One end of a linkage in [`graphline!`](crate::graphline): a name that the compiler knows, or `self`.
#[doc(hidden)]
#[macro_export]
macro_rules! __graphline_name {
    (self) => {
        "self"
    };
    ($name:ident) => {{
        let _ = |components: &__GraphlineComponents| components.$name;
        stringify!($name)
    }};
}

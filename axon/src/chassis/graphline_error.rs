//! Mistakes in the drawing of a graphline, reported with the names that would have been right.

use std::fmt;

use crate::ComponentRef;
use crate::error::{did_you_mean, listed, listed_for};

/// A linkage that a [`Graphline`](super::Graphline) cannot make.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum GraphlineError {
    /// A linkage names a component that the graphline does not have.
    UnknownComponent {
        /// The name given.
        name: String,
        /// The names of the components so far. `self`, the graphline, is one more.
        known: Vec<String>,
    },
    /// A linkage names a box that its component does not have.
    UnknownBox {
        /// The graphline itself.
        graphline: ComponentRef,
        /// The name of the component in the graphline.
        component: String,
        /// The component itself.
        made: ComponentRef,
        /// `inbox` or `outbox`.
        side: &'static str,
        /// The name of the box.
        name: &'static str,
        /// The names of the boxes on that side.
        known: Vec<String>,
    },
    /// A box is the source of two linkages.
    LinkedTwice {
        /// The component and box.
        source: String,
        /// Where the first linkage leads, and where in the source it was given.
        first: String,
        /// The same for the second.
        second: String,
    },
    /// Two components have the same name.
    NamedTwice {
        /// The name.
        name: String,
        /// Where it was given first.
        first: String,
        /// Where it was given again.
        second: String,
    },
    /// A component has the name that stands for the graphline.
    NamedSelf {
        /// Where it was given.
        at: String,
    },
    /// One component has two names.
    SameComponent {
        /// The component.
        made: ComponentRef,
        /// Its first name.
        first: String,
        /// Its second.
        second: String,
    },
    /// Both ends of a linkage are the graphline itself.
    BothEndsSelf {
        /// The box named as the source.
        source: &'static str,
        /// The box named as the sink.
        sink: &'static str,
    },
}

impl fmt::Display for GraphlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GraphlineError::UnknownComponent { name, known } => write!(
                f,
                "the graphline has no component {name:?}; it has {}, and \"self\" is the graphline{}",
                listed(known),
                did_you_mean(name, known.iter().map(String::as_str).chain(["self"]))
            ),
            GraphlineError::UnknownBox { graphline, component, made, side, name, known } => write!(
                f,
                "in {graphline} the component {component:?} ({made}) has no {side} {name:?}; it has {}",
                listed_for(name, known)
            ),
            GraphlineError::LinkedTwice { source, first, second } => write!(
                f,
                "{source} is linked twice, to {first} and to {second}, and a box has one destination; \
                 a splitter such as TwoWaySplitter has two"
            ),
            GraphlineError::NamedTwice { name, first, second } => {
                write!(f, "two components of a graphline have the name {name:?} ({first}, {second})")
            }
            GraphlineError::NamedSelf { at } => {
                write!(f, "a component has the name \"self\", which stands for the graphline itself ({at})")
            }
            GraphlineError::SameComponent { made, first, second } => {
                write!(f, "{made} is in a graphline twice, as {first:?} and as {second:?}")
            }
            GraphlineError::BothEndsSelf { source, sink } => {
                write!(f, "self.{source} to self.{sink} leaves every component out")
            }
        }
    }
}

impl std::error::Error for GraphlineError {}

//! A box that a component does not have, told with the names that exist and the one that was probably meant.

use std::error::Error;
use std::fmt;

use crate::kernel::names::{did_you_mean, listed, nearest};
use crate::kernel::side::Side;

/// A component has no box of that name; the message lists those it has, and says which was probably meant.
#[derive(Clone, PartialEq, Debug)]
pub struct UnknownBoxError {
    component: String,
    side: Side,
    name: String,
    known: Vec<String>,
    is_on_other_side: bool,
    /// Only a box that was added at run time was acceptable.
    of_added: bool,
}

impl UnknownBoxError {
    /// `component` has the boxes `known` on `side`, and `others` on the other side, but not `name`.
    #[must_use]
    pub fn new(component: String, side: Side, name: &str, known: Vec<String>, others: &[String]) -> Self {
        let is_on_other_side = others.iter().any(|other| other == name);
        UnknownBoxError { component, side, name: name.to_owned(), known, is_on_other_side, of_added: false }
    }

    /// The same where only a box that was added at run time is acceptable: `added` are their names.
    pub(in crate::kernel) fn among_added(self, added: Vec<String>) -> Self {
        UnknownBoxError { known: added, of_added: true, ..self }
    }

    /// The name of the component.
    #[must_use]
    pub fn component(&self) -> &str {
        &self.component
    }

    /// Whether an inbox or an outbox was asked for.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// The name that was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the boxes that the component has on that side.
    #[must_use]
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// The one of them that was probably meant, if one is nearly spelled so.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        nearest(&self.name, self.known.iter().map(String::as_str))
    }
}

impl fmt::Display for UnknownBoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownBoxError { component, side, name, known, is_on_other_side, of_added } = self;
        let added = if *of_added { "added " } else { "" };
        write!(f, "{component} has no {added}{side} {name:?}; it has {}", listed(known))?;
        if *is_on_other_side {
            let (is, wanted) = match side {
                Side::Inbox => ("outbox", "inbox"),
                Side::Outbox => ("inbox", "outbox"),
            };
            write!(f, "; {name:?} is an {is}, and an {wanted} is needed here")?;
        } else {
            f.write_str(&did_you_mean(name, known.iter().map(String::as_str)))?;
        }
        Ok(())
    }
}

impl Error for UnknownBoxError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(side: Side, name: &str, known: &[&str], others: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        UnknownBoxError::new("Echo_3".into(), side, name, owned(known), &owned(others)).to_string()
    }

    #[test]
    fn the_box_that_was_probably_meant_is_named() {
        assert_eq!(
            told(Side::Inbox, "inbux", &["inbox", "control"], &["outbox"]),
            "Echo_3 has no inbox \"inbux\"; it has \"inbox\", \"control\"; did you mean \"inbox\"?"
        );
        assert_eq!(
            told(Side::Inbox, "next", &["inbox", "control"], &["outbox"]),
            "Echo_3 has no inbox \"next\"; it has \"inbox\", \"control\""
        );
        assert_eq!(told(Side::Inbox, "next", &[], &[]), "Echo_3 has no inbox \"next\"; it has none");
    }

    #[test]
    fn a_box_on_the_other_side_is_told_as_such() {
        assert_eq!(
            told(Side::Outbox, "inbox", &["outbox", "signal"], &["inbox", "control"]),
            "Echo_3 has no outbox \"inbox\"; it has \"outbox\", \"signal\"; \
             \"inbox\" is an inbox, and an outbox is needed here"
        );
    }
}

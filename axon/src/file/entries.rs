//! The entries in the catalogue of what filters as in a shell.

use super::Grep;
use crate::catalogue::{Argument, ArgumentError, Arguments, Entry, Kind};

/// The entries of the components of this module.
///
/// # Examples
///
/// ```
/// use axon::catalogue::Catalogue;
///
/// let catalogue = Catalogue::new().with(axon::util::catalogue()).with(axon::file::catalogue());
/// assert!(catalogue.entry("Grep").is_some());
/// ```
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::file::Grep",
            "Sends on the messages in which a pattern is found, and drops the others.",
            |given| Ok(given.flag("invert", grep(given)?, Grep::invert)),
        )
        .rust("axon::file::Grep::new({pattern})?")
        .argument(Argument::text("pattern", "what is looked for").positional().required())
        .argument(Argument::flag("invert", "sends on what does not match")),
    ]
}

#[cfg(feature = "regex")]
fn grep(given: &Arguments) -> Result<Grep, ArgumentError> {
    Grep::new(&given.need::<String>("pattern"))
        .map_err(|error| ArgumentError::new("pattern", error.to_string()))
}

#[cfg(not(feature = "regex"))]
fn grep(given: &Arguments) -> Result<Grep, ArgumentError> {
    Ok(Grep::containing(given.need::<String>("pattern")))
}

//! How reports name a component: what its parent calls it, and its own name.

use super::state::State;

impl State {
    /// A component as reports show it: what its parent calls it, followed by its own name in parentheses.
    pub(in crate::kernel) fn title(&self, index: u32) -> String {
        let name = &self.record(index).identity;
        match self.label(index) {
            Some(label) => titled(label, name),
            None => name.to_string(),
        }
    }

    /// What its parent calls it.
    pub(in crate::kernel) fn label(&self, index: u32) -> Option<&str> {
        self.labels.get(&index).map(|label| &**label)
    }
}

/// The one form in which a name given by a parent is shown.
pub(in crate::kernel) fn titled(label: &str, name: impl std::fmt::Display) -> String {
    format!("{label} ({name})")
}

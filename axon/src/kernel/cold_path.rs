//! A word to the compiler about which way is taken seldom.

/// Marks the branch that it stands in as seldom taken, so that the usual way lies straight before the
/// processor. It costs nothing. (`std::hint::cold_path` needs a newer compiler than this library does.)
#[cold]
#[inline]
pub(super) fn cold_path() {}

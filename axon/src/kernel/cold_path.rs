//! A hint to the compiler about branches that are seldom taken.

/// Marks the branch that calls it as seldom taken, so that the compiler lays out the usual branch first. The call
/// itself costs nothing. (`std::hint::cold_path` needs a newer compiler than this library does.)
#[cold]
#[inline]
pub(super) fn cold_path() {}

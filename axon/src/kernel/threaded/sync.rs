//! What the two threads of an [`exchange`](super::exchange) wait with. The model check has its own.

pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

//! Components of schedulers on different threads, linked together as if they were in one.
//!
//! Nothing here waits for a time to pass: threads wait for each other.

mod abroad;

mod carrying;

mod ending;

mod hearing;

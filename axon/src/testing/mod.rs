//! A bench to test one component: put messages in, let it run, look at what comes out, turn the clock.
//!
//! It follows the harnesses of Kamaelia's own tests, which link a component to test components, and
//! `Kamaelia.Util.TestResult`.
//!
//! *Differs from Kamaelia:* no harness is needed, time is virtual, and a failure is reported with
//! everything that went in and came out so far.

mod bench;
mod beside;
mod history;
mod taps;

pub use bench::Bench;

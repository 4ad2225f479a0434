//! A bench for one component: put messages in, let it run, look at what comes out, turn the clock.
//!
//! Ported in spirit from the rigs of Kamaelia's own tests, which wire a component to a harness, and from
//! `Kamaelia.Util.TestResult`.
//!
//! *Differs from Kamaelia:* no harness is needed, time is virtual, and whatever the bench finds wrong it
//! reports with everything that went in and came out so far.

mod bench;
mod beside;
mod history;
mod taps;

pub use bench::Bench;

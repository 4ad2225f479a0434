//! Ported from Kamaelia's `Tests/Python/Axon/test___str__.py`.

use axon::Scheduler;

use crate::rig::Busy;

/// What a component looks like as text is its own, and the same each time.
#[test]
fn str() {
    let s = Scheduler::new();
    let [a, b] = [(); 2].map(|()| s.add(Busy::default()));
    assert_ne!(a.to_string(), b.to_string());
    assert_eq!(a.to_string(), a.to_string());
}

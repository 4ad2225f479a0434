//! The kernel beyond its numbered promises: each file or folder says what it is about.

#[path = "../harness/folder.rs"]
mod folder;
#[path = "../harness/stage.rs"]
mod stage;

mod adaptive;
mod address;
mod handle;
mod introspector;
mod introspector_random;
mod introspector_trace;
mod limits_random;
mod misbehaviour;
mod parallel;
mod schedulers;
mod snapshot;
mod stm;
mod supervision;
mod testing_bench;
mod threaded;
mod tracker;

//! Kamaelia's own tests, case by case, and what its programs printed.

mod rig;
#[path = "../harness/stage.rs"]
mod stage;

mod adaptive_comms_component;
mod axon_traces;
mod carousel;
mod chooser;
mod comparator;
mod component;
mod console_echo;
mod coordinating_assistant_tracker;
mod forward_iterating_chooser;
mod graphline;
mod introspector;
mod ipc;
mod linkage;
mod lossy_connector;
mod marshalling;
mod microprocess;
mod pipeline;
mod postoffice;
mod rate_control;
mod scheduler;
mod splitter;
mod str;
mod test_result_component;
mod threaded_component;
mod util;
mod variable_rate_control;

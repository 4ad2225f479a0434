//! Kamaelia's programs that end by themselves, as rewritten in `examples/kamaelia/`: what they print.

use crate::net_harness::cargo;

/// Runs an example, and returns what it has printed.
pub(crate) fn printed(example: &str) -> String {
    printed_with(example, &[])
}

/// The same, with arguments.
pub(crate) fn printed_with(example: &str, arguments: &[&str]) -> String {
    let mut cargo = cargo();
    cargo.args(["run", "--quiet", "--example", example, "--"]).args(arguments);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const WAITING: &str = "WHINGER: waiting for shutdown\nWAITER 1 waiting\nWAITER 2 waiting\nWAITER 3 waiting\n";
const ENDING: &str = "PINGER: sent\nWAITER 1 shutting down\nWAITER 2 shutting down\nWAITER 3 shutting down\n";

#[test]
fn a_graphline_tells_its_children_to_end_and_ends_with_them() {
    for example in ["kamaelia_demo_shutdown", "kamaelia_linked_shutdown"] {
        assert_eq!(printed(example), format!("{WAITING}{ENDING}WHINGER: shutdown\n"), "{example}");
    }
}

#[test]
fn a_graphline_with_a_child_that_is_never_told_is_an_error_that_names_it() {
    let shown = printed("kamaelia_fail_shutdown");
    assert!(shown.contains("WAITER 1 shutting down\n"), "{shown}");
    assert!(!shown.contains("WAITER 2 shutting down") && !shown.contains("WHINGER: shutdown"), "{shown}");
    assert!(shown.contains("TO_SHUTDOWN2 (Waiter_"), "{shown}");
}

//! The bar of `kamaelia run`: at a terminal, and nowhere else.

use std::process::{Command, Stdio};

use super::{Folder, KAMAELIA, said};

/// Runs a command whose standard error is a terminal of 80 columns, and prints what came there. If the second argument
/// is `both`, standard output is the same terminal.
const AT_A_TERMINAL: &str = r#"
import fcntl, os, pty, struct, subprocess, sys, termios
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
out = theirs if sys.argv[1] == "both" else subprocess.DEVNULL
os.environ["TERM"] = "xterm"
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=out, stderr=theirs)
os.close(theirs)
while True:
    try:
        some = os.read(ours, 65536)
    except OSError:
        break
    if not some:
        break
    sys.stdout.buffer.write(some)
sys.exit(child.wait())
"#;

/// What a run shows at a terminal.
fn shown(output: &str, arguments: &[&str]) -> String {
    let python = Command::new("python3")
        .args(["-c", AT_A_TERMINAL, output, KAMAELIA, "run"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("there is Python");
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    String::from_utf8(python.stdout).expect("UTF-8")
}

#[test]
fn a_run_that_reads_a_file_draws_a_bar_at_a_terminal_up_to_the_whole_and_ends_its_line() {
    let folder = Folder::new();
    let file = folder.file("big", "a line\n".repeat(100_000));
    let text = format!("RateControlledFileReader {file} 1000000 ! NullSinkComponent");
    let shown = shown("", &[&text]);
    assert!(shown.contains("KiB of 683.59 KiB, ") && shown.contains("/s, 0 seconds left"), "{shown:?}");
    assert!(shown.contains("683.59 KiB of 683.59 KiB, "), "{shown:?}");
    assert!(shown.ends_with("\r\n"), "{shown:?}");
    // Drawn several times, on one line.
    assert!(shown.matches("of 683.59 KiB").count() > 2, "{shown:?}");
}

#[test]
fn without_a_terminal_or_quietly_there_is_no_bar() {
    let folder = Folder::new();
    let file = folder.file("big", "a line\n".repeat(50_000));
    let text = format!("RateControlledFileReader {file} 1000000 ! NullSinkComponent");
    assert_eq!(said(&["run", &text]), (0, String::new(), String::new()));
    assert_eq!(shown("", &["--quiet", &text]), "");
}

#[test]
fn a_bar_is_not_drawn_into_what_the_graph_shows() {
    let folder = Folder::new();
    let file = folder.file("lines", "one\ntwo\n");
    let text = format!("SimpleReader {file} ! ConsoleEchoer");
    assert_eq!(shown("both", &[&text]), "one\r\ntwo\r\n");
    assert!(shown("", &[&text]).contains("8 B of 8 B"));
}

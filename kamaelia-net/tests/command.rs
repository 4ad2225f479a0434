//! The command `kamaelia` as somebody at a terminal uses it.

#[path = "command/lines.rs"]
mod lines;

#[path = "command/mistakes.rs"]
mod mistakes;

#[path = "command/network.rs"]
mod network;

#[path = "command/progress.rs"]
mod progress;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

#[path = "../../tests/harness/folder.rs"]
mod folder;

use folder::Folder;

const KAMAELIA: &str = env!("CARGO_BIN_EXE_kamaelia");

fn kamaelia(arguments: &[&str]) -> Output {
    Command::new(KAMAELIA).args(arguments).stdin(Stdio::null()).output().expect("it was built")
}

/// Status, standard output and standard error.
fn said(arguments: &[&str]) -> (i32, String, String) {
    let output = kamaelia(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal ended it"), text(output.stdout), text(output.stderr))
}

#[test]
fn a_graph_runs_from_the_command_line_from_a_file_and_from_standard_input() {
    assert_eq!(said(&["run", "DataSource a b c ! ConsoleEchoer"]), (0, "a\nb\nc\n".into(), String::new()));
    let folder = Folder::new();
    let file = folder
        .file("graph.kam", "# a remark\nwords: DataSource \"a\\n\"\nwords -> ConsoleEchoer tag=\"> \"\n");
    assert_eq!(said(&["run", &file]), (0, "> a\n".into(), String::new()));
    assert_eq!(said(&["run", &file, "--set", "words.items=b"]).1, "> b\n");
    let mut child = Command::new(KAMAELIA)
        .args(["run", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("built");
    child.stdin.take().expect("a pipe").write_all(b"OneShot x ! ConsoleEchoer").expect("it reads");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"x\n");
}

#[test]
fn the_statuses_tell_how_it_ended() {
    for (arguments, status, error) in [
        (&["run", "OneShot x ! NullSinkComponent"][..], 0, ""),
        (&["run", "SimpleReader /no/such/file ! ConsoleEchoer"], 1, "cannot open /no/such/file"),
        (&["run", "no/such/graph.kam"], 1, "cannot read no/such/graph.kam: No such file"),
        (&["run", "SingleServer 192.0.2.1:1 ! ConsoleEchoer"], 1, "192.0.2.1:1"),
        (&[], 2, "kamaelia run"),
        (&["run"], 2, "what shall run?"),
        (&["run", "OneShot x", "OneShot y"], 2, "a text with spaces stands in quotes"),
        (&["run", "OneShot x", "--quite"], 2, "did you mean --quiet?"),
        (&["run", "OneShot x", "--timeout", "10"], 2, "--timeout takes a time such as 10s"),
        (&["run", "OneShot x", "--set", "y"], 2, "--set takes NAME.ARGUMENT=VALUE"),
        (&["run", "OneShot x", "--set", "y.message=1"], 2, "no component of the graph has the name \"y\""),
        (&["rum", "OneShot x"], 2, "did you mean run?"),
        (&["OneShot x ! ConsoleEchoer"], 2, "write kamaelia run 'OneShot x ! ConsoleEchoer'"),
        (&["completion", "csh"], 2, "bash, zsh and fish"),
        (&["run", "a: PassThrough; b: PassThrough; a -> b"], 3, "stuck: 3 components sleep"),
        (&["run", "OneShot x ! ConsolEchoer"], 78, "did you mean ConsoleEchoer?"),
        (&["check", "OneShot x ! ConsolEchoer"], 78, "text:1:13"),
        (&["fmt", "no/such/graph.kam"], 1, "cannot read"),
        (&["inspect", "ConsolEchoer"], 1, "did you mean ConsoleEchoer?"),
    ] {
        let (ended, _, said) = said(arguments);
        assert_eq!(ended, status, "{arguments:?}: {said}");
        assert!(said.contains(error), "{arguments:?}: {said}");
        assert!(error.is_empty() == said.is_empty(), "{arguments:?}: {said}");
    }
}

#[test]
fn a_client_that_is_never_connected_makes_the_run_fail_with_the_reason() {
    // A port at which nobody listens any more.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let text = format!("TcpClient 127.0.0.1 {closed} ! ConsoleEchoer");
    let (status, _, why) = said(&["run", &text]);
    assert!(status == 1 && why.contains("TcpClient") && why.contains("refused"), "{status}: {why}");
    assert_eq!(said(&["run", "--quiet", &text]), (1, String::new(), String::new()));
    let (status, _, why) = said(&["run", "TcpClient no.such.host.invalid 80 ! ConsoleEchoer"]);
    assert!(status == 1 && why.contains("no.such.host.invalid"), "{status}: {why}");
}

#[test]
fn a_reader_that_has_enough_ends_the_run_quietly() {
    let folder = Folder::new();
    let log = folder.file("log.txt", "GET / 500 x\n".repeat(50_000));
    let text = format!("SimpleReader {log} ! LineSplit ! ConsoleEchoer");
    let mut child = Command::new(KAMAELIA)
        .args(["run", &text])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut first = [0; 12];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("it writes");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(&first, b"GET / 500 x\n");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let mut list = Command::new(KAMAELIA)
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("built");
    drop(list.stdout.take());
    let output = list.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

/// A server at a free port, as soon as it has said which.
fn echo_server(arguments: &[&str]) -> (Child, String) {
    server("SimpleServer 127.0.0.1:0 EchoProtocol", arguments)
}

fn server(text: &str, arguments: &[&str]) -> (Child, String) {
    let text = format!("server: {text}; server.outbox -> ConsoleEchoer use_debug");
    let mut child = Command::new(KAMAELIA)
        .args(["run", &text])
        .args(arguments)
        .env("RUST_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it was built");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = Vec::new();
    // It says `NewServer { ..., address: 127.0.0.1:PORT, ... }`.
    while !line.ends_with(b"}")
        && output
            .read_exact({
                line.push(0);
                let last = line.len() - 1;
                &mut line[last..]
            })
            .is_ok()
    {}
    let line = String::from_utf8(line).expect("UTF-8");
    let address = line.split("127.0.0.1:").nth(1).unwrap_or_else(|| panic!("no address in {line:?}"));
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    (child, format!("127.0.0.1:{port}"))
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill is there");
    assert!(status.success());
}

#[test]
fn a_server_serves_and_ends_in_order_at_the_first_signal() {
    let (mut child, address) = echo_server(&[]);
    let mut client = TcpStream::connect(&address).expect("it listens");
    client.write_all(b"hello\n").expect("it reads");
    let mut line = String::new();
    BufReader::new(client.try_clone().expect("a copy")).read_line(&mut line).expect("it answers");
    assert_eq!(line, "hello\n");
    drop(client);
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_time_limit_ends_what_would_run_for_ever() {
    let (mut child, _) = echo_server(&["--timeout", "100ms"]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_client_fetches_from_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port().to_string();
    let server = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("a client");
        peer.write_all(b"from afar\n").expect("it reads");
    });
    let text = format!("TcpClient 127.0.0.1 {port} ! ConsoleEchoer");
    assert_eq!(said(&["run", &text]), (0, "from afar\n".into(), String::new()));
    server.join().expect("it ends");
    let (status, _, error) = said(&["run", &text]);
    assert!(error.contains("refused"), "{status}: {error}");
    assert_eq!(said(&["run", &text, "--quiet"]).2, "");
}

#[test]
fn fmt_changes_files_and_check_finds_all_mistakes() {
    let folder = Folder::new();
    let file = folder.file("a.kam", "OneShot   'x'  !ConsoleEchoer");
    assert_eq!(said(&["fmt", "--check", &file]).0, 1);
    assert_eq!(said(&["fmt", &file]).0, 0);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "OneShot x ! ConsoleEchoer\n");
    assert_eq!(said(&["fmt", "--check", &file]), (0, String::new(), String::new()));
    let wrong = folder.file("b.kam", "a: OneShott x\nb: Sync 0\n");
    let (status, output, error) = said(&["check", "--json", &file, &wrong]);
    assert_eq!((status, error.trim()), (78, ""));
    assert_eq!(output.matches("\"line\"").count(), 2, "{output}");
    assert!(output.contains("\"line\": 2, \"column\": 9"), "{output}");
}

#[test]
fn graphs_are_shown_in_every_form() {
    let text = "a: OneShot x; a -> b; b: ConsoleEchoer";
    assert!(said(&["graph", text, "--svg"]).1.starts_with("<svg"));
    assert!(said(&["graph", text, "--dot"]).1.starts_with("digraph"));
    assert!(said(&["graph", text, "--mermaid"]).1.starts_with("flowchart"));
    assert_eq!(said(&["graph", text, "--text"]).1, "a: OneShot x\na -> b\nb: ConsoleEchoer\n");
    assert!(said(&["graph", text, "--rust"]).1.contains(r#".component("a", axon::util::OneShot::new("x"))"#));
}

#[test]
fn a_picture_leaves_out_what_is_not_wanted() {
    let text = "a: OneShot x; row: ( PassThrough ! PassThrough ); a -> row";
    for form in ["--svg", "--dot", "--mermaid"] {
        let whole = said(&["graph", text, form]).1;
        assert!(whole.contains("control") && whole.contains("PassThrough_4"), "{whole}");
        let less = said(&["graph", text, form, "--no-signals", "--plain", "row"]).1;
        assert!(
            !less.contains("inbox.control") && !less.contains("PassThrough_4") && less.contains("row"),
            "{less}"
        );
    }
    let (status, _, error) = said(&["graph", text, "--svg", "--plain", "rwo"]);
    assert_eq!(status, 2);
    assert!(error.contains("no component of the graph has this name; did you mean row?"), "{error}");
}

#[test]
fn a_new_graph_runs_and_no_file_is_overwritten() {
    let folder = Folder::new();
    let name = folder.place("first");
    assert_eq!(said(&["new", &name]).0, 0);
    let (status, output, error) = said(&["run", &format!("{name}.kam")]);
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(output.contains("one: hello\n") && output.contains("two: hello\n"), "{output}");
    assert_eq!(said(&["fmt", "--check", &format!("{name}.kam")]).0, 0);
    let (status, _, error) = said(&["new", &name]);
    assert_eq!(status, 1);
    assert!(error.contains("File exists"), "{error}");
}

#[test]
fn the_counts_are_shown_at_the_end() {
    let error = said(&["run", "DataSource a b c ! NullSinkComponent", "--stats"]).2;
    assert!(error.contains("DataSource_2: outbox 3, signal 1"), "{error}");
}

#[test]
fn completion_knows_commands_options_and_components() {
    for shell in ["bash", "zsh", "fish"] {
        let (status, output, _) = said(&["completion", shell]);
        assert_eq!(status, 0);
        for word in ["inspect", "timeout", "ConsoleEchoer"] {
            assert!(output.contains(word), "{shell}: {word}");
        }
    }
    let script = format!(
        "{}\nCOMP_WORDS=(kamaelia inspect Console); COMP_CWORD=2; _kamaelia; echo ${{COMPREPLY[@]}}",
        said(&["completion", "bash"]).1
    );
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash is there");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "ConsoleEchoer ConsoleLine ConsoleReader");
}

#[test]
fn a_run_is_shown_on_a_page_and_in_a_terminal() {
    let text = "typed: ConsoleReader; slow: PassThrough; typed -> slow; slow -> NullSinkComponent";
    let mut child = Command::new(KAMAELIA)
        .args(["run", "--visualise", "127.0.0.1:0", text])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut line = String::new();
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    errors.read_line(&mut line).expect("it says where");
    let url = line.trim().strip_prefix("visualiser: listening on ").unwrap_or_else(|| panic!("{line}"));
    let (status, table, error) = said(&["top", url, "--once"]);
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(table.contains("slow (PassThrough_"), "{table}");
    let json = said(&["top", url, "--once", "--json"]).1;
    assert!(json.starts_with("{\"whole\":true") && json.contains("\"called\":\"slow\""), "{json}");
    let mut tap = Command::new(KAMAELIA)
        .args(["tap", url, "slow.outbox"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut shown = String::new();
    let mut reader = BufReader::new(tap.stdout.take().expect("a pipe"));
    let mut input = child.stdin.take().expect("a pipe");
    let (tell, told) = channel::<()>();
    let typing = std::thread::spawn(move || {
        // The tap may begin after the first. It ends with the program's input.
        while told.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            input.write_all(b"a line\n").expect("it reads");
        }
        input
    });
    reader.read_line(&mut shown).expect("it shows something");
    drop(tell);
    let input = typing.join().expect("it typed");
    assert!(shown.contains("a line"), "{shown:?}");
    let _ = (tap.kill(), tap.wait());
    for (arguments, ended, part) in [
        (&["tap", url, "slwo.outbox"][..], 1, "did you mean slow?"),
        (&["tap", url, "slow.outbux"], 1, "outbux"),
        (&["tap", url, "slow"], 2, "write COMPONENT.BOX, such as slow.inbox"),
        (&["tap", url], 2, "which box?"),
        (&["top"], 2, "write kamaelia top ADDRESS"),
        (&["top", "127.0.0.1:1600"], 2, "is not the address of a visualiser"),
        (&["top", &format!("{}x", url.trim_end_matches('/'))], 1, "the token is missing or wrong"),
        (&["top", "http://127.0.0.1:1/abc/"], 1, "refused"),
        (&["run", "OneShot x", "--visualise=192.0.2.1:1"], 1, "other machines could reach it"),
    ] {
        let (status, _, error) = said(arguments);
        assert!(status == ended && error.contains(part), "{arguments:?}: {status}: {error}");
    }
    // It ends with its input, and the visualiser with it.
    drop(input);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_examples_in_the_help_use_only_options_that_there_are() {
    for command in ["run", "list", "inspect", "check", "fmt", "graph", "top", "tap", "new", "completion"] {
        let help = said(&["help", command]).1;
        let is_option = |word: &&str| word.starts_with("--");
        let declared: Vec<&str> =
            help.lines().filter_map(|line| line.strip_prefix("  --")?.split(' ').next()).collect();
        let examples = help.lines().filter(|line| line.starts_with("kamaelia "));
        for option in examples.flat_map(str::split_whitespace).filter(is_option) {
            assert!(
                declared.contains(&&option[2..]),
                "kamaelia {command} has no {option}, which its help uses"
            );
        }
    }
}

#[test]
fn the_surface_is_as_it_was_agreed_on() {
    let mut surface = said(&["help"]).1;
    for command in ["run", "list", "inspect", "check", "fmt", "graph", "top", "tap", "new", "completion"] {
        let help = said(&["help", command]).1;
        assert_eq!(said(&[command, "--help"]).1, help);
        surface += &format!("\n---- kamaelia help {command}\n\n{help}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/surface.txt");
    let agreed = fs::read_to_string(path).unwrap_or_default();
    assert!(surface == agreed, "the surface differs from {path}; it is now:\n{surface}");
}

//! Each mistake that a newcomer makes, once on purpose: the message says where, and what to write instead.

use std::net::TcpListener;

use super::{Folder, kamaelia, said};

/// Runs in a folder with a log and a graph.
fn said_in(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(super::KAMAELIA)
        .args(arguments)
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it was built");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("no signal ended it"), text(output.stdout), text(output.stderr))
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("access.log", "GET /a 500 x\nGET /b 200 y\n");
    folder.file("chat.kam", "OneShot x ! ConsoleEchoer\n");
    folder
}

#[test]
fn ten_pipelines_that_the_help_suggests_do_what_is_expected() {
    let folder = folder();
    for (text, shown) in [
        ("DataSource hello world ! ConsoleEchoer tag=\"> \"", "> hello\n> world\n"),
        ("SimpleReader access.log ! LineSplit ! ConsoleEchoer", "GET /a 500 x\nGET /b 200 y\n"),
        ("SimpleReader access.log ! Grep \" 500 \" ! ConsoleEchoer", "GET /a 500 x\n"),
        ("OneShot hello -> ConsoleEchoer", "hello\n"),
        ("words: DataSource a b; words -> ConsoleEchoer", "a\nb\n"),
        ("DataSource b a ! Sort ! ConsoleEchoer", "a\nb\n"),
        ("UnixProcess \"echo hello\" ! ConsoleEchoer", "hello\n"),
        ("Find . files ! Grep kam ! ConsoleEchoer", "chat.kam\n"),
        ("Pipeline (DataSource x ! PassThrough) ! ConsoleEchoer", "x\n"),
        ("chat.kam", "x\n"),
    ] {
        let (status, output, error) = said_in(&folder, &["run", text]);
        assert_eq!((status, error.as_str()), (0, ""), "{text}");
        assert!(output.ends_with(shown), "{text}: {output}");
    }
}

#[test]
fn a_mistake_on_the_command_line_is_told_with_what_to_write() {
    let folder = folder();
    for (arguments, status, parts) in [
        (
            &["run", "SimpleReader", "access.log", "!", "ConsoleEchoer"][..],
            2,
            &["\"access.log\"", "kamaelia run 'SimpleReader access.log ! ConsoleEchoer'"][..],
        ),
        (&["run", "chat"], 2, &["did you mean chat.kam?"]),
        (&["run", "chat.kma"], 1, &["cannot read chat.kma"]),
        (&["run", "."], 1, &["cannot read .", "directory"]),
        (&["run", "OneShot x", "-v"], 2, &["no option -v", "--timeout", "--visualise"]),
        (&["run", "OneShot x", "--verbose"], 2, &["no option --verbose", "--timeout", "--quiet"]),
        (&["run", "OneShot x", "--visualize"], 2, &["did you mean --visualise?"]),
        (&["run", "OneShot x", "--timeout"], 2, &["--timeout", "is missing", "--timeout TIME"]),
        (&["run", "OneShot x", "--set"], 2, &["--set", "is missing", "NAME.ARGUMENT=VALUE"]),
        (&["run", "OneShot x", "--allow-commands"], 2, &["--visualise"]),
        (&["run", "OneShot x", "--visualise", "99999"], 1, &["99999", "127.0.0.1:1600"]),
        (&["run", "OneShot x", "--visualise", "0.0.0.0:0"], 1, &["0.0.0.0:0", "127.0.0.1"]),
        (&["graph", "OneShot x", "--plain"], 2, &["--plain", "is missing", "--plain NAME"]),
        (&["graph", "OneShot x", "--png"], 2, &["no option --png", "--svg"]),
        (&["graph", "OneShot", "x", "--svg"], 2, &["kamaelia graph 'OneShot x'"]),
        (&["fmt", "OneShot x ! ConsoleEchoer"], 2, &["kamaelia graph --text 'OneShot x ! ConsoleEchoer'"]),
        (&["new", "x", "--force"], 2, &["no option --force; it has none"]),
        (&["--hepl"], 2, &["did you mean --help?"]),
        (&["--versoin"], 2, &["did you mean --version?"]),
        (&["-x"], 2, &["no option -x", "-h"]),
        (&["top", "127.0.0.1:1600"], 2, &["http://127.0.0.1:1600/"]),
    ] {
        let (ended, _, error) = said_in(&folder, arguments);
        assert_eq!(ended, status, "{arguments:?}: {error}");
        for part in parts {
            assert!(error.contains(part), "{arguments:?}: no {part} in {error}");
        }
    }
}

#[test]
fn a_mistake_in_a_text_is_told_where_it_is() {
    let folder = folder();
    for (text, parts) in [
        ("HttpServer 127.0.0.1:0 /no/such", &["text:1:24: home of HttpServer: /no/such is no folder"][..]),
        ("HttpServer 127.0.0.1:0 access.log", &["text:1:24: ", "is no folder"]),
        ("SimpleReader file=access.log ! ConsoleEchoer", &["no argument \"file\"", "write path=access.log"]),
        ("SimpleServer 127.0.0.1:0 EchoProtocol tls=true", &["no argument \"tls\"", "certificate, key"]),
        (
            "SingleShotHttpClient ftp://h/ ! ConsoleEchoer",
            &["text:1:22", "\"ftp://h/\"", "http://HOST[:PORT]/PATH"],
        ),
        (
            "SingleShotHttpClient 127.0.0.1:1/ ! ConsoleEchoer",
            &["\"127.0.0.1:1/\"", "http://HOST[:PORT]/PATH"],
        ),
    ] {
        let (status, _, error) = said_in(&folder, &["run", text]);
        assert_eq!(status, 78, "{text}: {error}");
        for part in parts {
            assert!(error.contains(part), "{text}: no {part} in {error}");
        }
    }
    let (_, _, error) = said(&["check", "SimpleServer 127.0.0.1:0 EchoProtocol tls=true"]);
    assert!(!error.contains("stands in quotes"), "{error}");
}

#[test]
fn what_goes_wrong_while_it_runs_is_told_and_not_passed_over() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let server = format!("SimpleServer 127.0.0.1:{port} EchoProtocol");
    for (text, status, parts) in [
        ("UnixProcess no_such_program ! ConsoleEchoer", 0, &["UnixProcess_2", "127", "\"error\""][..]),
        ("DataSource hello", 0, &["DataSource_1", "goes nowhere", "! ConsoleEchoer"]),
        ("DataSource hello ! Grep h", 0, &["Grep_3", "goes nowhere"]),
        ("ConsoleEchoer ! DataSource x", 3, &["stuck: 2 components sleep"]),
        ("SimpleReader . ! ConsoleEchoer", 1, &["cannot read .", "directory"]),
        ("SimpleReader acess.log ! ConsoleEchoer", 1, &["SimpleReader_2", "cannot open acess.log"]),
        ("OneShot x ! SimpleFileWriter /no/such/x", 1, &["SimpleFileWriter_3", "/no/such/x"]),
        (&server, 1, &["cannot listen on 127.0.0.1", "in use"]),
    ] {
        let (ended, _, error) = said_in(&folder, &["run", text]);
        assert_eq!(ended, status, "{text}: {error}");
        for part in parts {
            assert!(error.contains(part), "{text}: no {part} in {error}");
        }
        assert!(!error.contains("made at"), "{error}");
        assert!(!said_in(&folder, &["run", "--quiet", text]).2.contains("goes nowhere"));
    }
    drop(taken);
    let gone = format!("http://127.0.0.1:{port}/abc/");
    for arguments in [&["tap", &gone, "X.inbox"][..], &["top", &gone, "--once"]] {
        let output = kamaelia(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("refused"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_picture_of_very_many_is_drawn_with_a_hint_and_one_of_them_can_be_drawn_with_its_neighbours() {
    let chain: Vec<String> = (0..250).map(|nth| format!("n{nth}: PassThrough")).collect();
    let links: Vec<String> = (1..250).map(|nth| format!("n{}.outbox -> n{nth}.inbox", nth - 1)).collect();
    let text = format!("{};{}", chain.join(";"), links.join(";"));
    let (status, svg, hint) = said(&["graph", &text, "--svg"]);
    assert!(status == 0 && svg.contains("n249"), "{svg}");
    for part in ["251 components", "--near NAME", "--plain NAME"] {
        assert!(hint.contains(part), "{hint}");
    }
    for form in ["--svg", "--dot", "--mermaid"] {
        let (status, picture, hint) = said(&["graph", &text, form, "--near", "n100"]);
        assert_eq!((status, hint.as_str()), (0, ""));
        for (nth, is_shown) in [(97, false), (98, true), (100, true), (102, true), (103, false)] {
            // The first component is the graph itself.
            let name = format!("PassThrough_{}", nth + 2);
            assert_eq!(picture.contains(&name), is_shown, "{form}: {name}: {picture}");
        }
    }
    let (status, _, error) = said(&["graph", &text, "--svg", "--near", "n1000"]);
    assert!(status == 2 && error.contains("--near n1000") && error.contains("did you mean n100?"), "{error}");
}

//! What is typed at a shell: the lines of the documents run, and lines come out as lines.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Folder, KAMAELIA, said};

#[test]
fn what_is_filtered_comes_out_as_the_lines_that_went_in() {
    let folder = Folder::new();
    let log = folder.file("access.log", "GET /a 200 1\n\nGET /b 500 2\nGET /c 500 3");
    let issued = format!("SimpleReader {log} ! LineSplit ! Grep pattern=\" 500 \" ! ConsoleEchoer");
    assert_eq!(said(&["run", &issued]), (0, "GET /b 500 2\nGET /c 500 3\n".into(), String::new()));
    for copies in [
        format!("SimpleReader {log} ! ConsoleEchoer"),
        format!("SimpleReader {log} ! LineSplit ! ConsoleEchoer"),
        format!("ReadFileAdaptor {log} by_line ! ConsoleEchoer"),
        format!(
            "TriggeredOneShot {log} ! TriggeredFileReader ! ChunksToLines keep_last_line ! ConsoleEchoer"
        )
        .replace("TriggeredOneShot", "OneShot"),
    ] {
        assert_eq!(said(&["run", &copies]).1, "GET /a 200 1\n\nGET /b 500 2\nGET /c 500 3\n", "{copies}");
    }
    // Bytes may end anywhere.
    let bytes = format!("MaxSpeedFileReader {log} ! Chunkifier chunk_size=5 ! ConsoleEchoer");
    assert_eq!(said(&["run", &bytes]).1, fs::read_to_string(&log).expect("it is there"));
    let as_it_is = "DataSource a b ! ConsoleEchoer as_it_is";
    assert_eq!(said(&["run", as_it_is]).1, "ab");
    assert_eq!(said(&["run", "DataSource a b ! ConsoleEchoer use_debug"]).1, "\"a\"\n\"b\"\n");
}

#[test]
fn every_line_for_a_shell_in_the_document_of_the_command_runs() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/command.md");
    let document = fs::read_to_string(document).expect("it is there");
    let folder = Folder::new();
    let log = folder.file("access.log", "GET /a 200 1\nGET /b 500 2\n");
    let home = Path::new(&log).parent().expect("a folder");
    let mut lines = Vec::new();
    for block in document.split("```sh\n").skip(1) {
        lines.extend(block.split("```").next().unwrap_or_default().lines());
    }
    // The first is for a checkout of the repository, where the command is built.
    let (first, rest) = lines.split_first().expect("there are lines");
    assert!(first.starts_with("cargo run --features command --bin kamaelia -- "), "{first}");
    assert!(rest.len() >= 10);
    let folders = std::env::var("PATH").expect("a path");
    let own = Path::new(KAMAELIA).parent().expect("a folder").display();
    for line in rest {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(home)
            .env("PATH", format!("{own}:{folders}"))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{line}: {:?} {error}", output.status);
        assert!(
            !output.stdout.is_empty() || line.contains('>') || line.contains("new") || line.contains("check"),
            "{line}"
        );
    }
}

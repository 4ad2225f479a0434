//! The bulletin board: sessions of several users, what is kept, and bad clients.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::certificates::Issuer;
use crate::folder::Folder;
use crate::net_harness::example;
use crate::running::{Served, hear, output, python, rest, start};

fn add(folder: &Folder, name: &str, password: &str) -> bool {
    let mut program = Command::new(example("kamaelia_bulletin_board"));
    program.args(["add", folder.path().to_str().unwrap(), name]);
    output(&mut program, format!("{password}\n").as_bytes()).status.success()
}

/// A board with two users.
fn board(folder: &Folder) -> Served {
    for name in ["michael", "tom"] {
        assert!(add(folder, name, &format!("secret of {name}")));
    }
    serve(folder)
}

fn serve(folder: &Folder) -> Served {
    start("kamaelia_bulletin_board", &["127.0.0.1:0", folder.path().to_str().unwrap()])
}

/// Says a line, and hears what comes until this.
fn say(mut client: &TcpStream, line: &str, expected: &str) -> String {
    client.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    hear(client, expected)
}

fn log_in(server: &Served, name: &str) -> TcpStream {
    let client = server.connect();
    hear(&client, "login: ");
    say(&client, name, "password: ");
    let welcome = say(&client, &format!("secret of {}", name.to_lowercase()), "main> ");
    let expected = "Login Successful\r\n\r\nRetrieving user data...\r\n\r\nHello, ";
    assert!(welcome.contains(expected), "{welcome}");
    client
}

fn post(client: &TcpStream, subject: &str, body: &str) -> String {
    say(client, "p", "to: ");
    say(client, "all", "subject: ");
    say(client, subject, "ends it.\r\n");
    say(client, &format!("{body}\r\n."), "main> ")
}

#[test]
fn users_read_post_reply_and_delete_and_the_board_knows_what_they_have_read() {
    let folder = Folder::new();
    let mut server = board(&folder);
    let michael = log_in(&server, "Michael");
    assert!(say(&michael, "", "main> ").contains("You have 0 message(s) waiting"));
    assert!(
        post(&michael, "test\x1b[2J", "Testing, Testing, 123\r\nfrom: not a field")
            .contains("Posted as message 1")
    );
    assert!(say(&michael, "h", "main> ").contains("q - quit"));
    let tom = log_in(&server, "tom");
    assert!(say(&tom, "", "messages> ").contains("You have 1 message(s) waiting"));
    let shown = say(&tom, "", "messages> ");
    assert!(
        shown.contains("message: 1\r\ndate: 20") && shown.contains("from: michael\r\nto: all\r\n"),
        "{shown}"
    );
    assert!(
        shown.contains("subject: test\u{fffd}[2J\r\n\r\nTesting, Testing, 123\r\nfrom: not a field\r\n"),
        "{shown}"
    );
    assert!(say(&tom, "d", "messages> ").contains("It is not yours"));
    say(&tom, "r", "ends it.\r\n");
    assert!(say(&tom, "I hear you\r\n.", "messages> ").contains("Posted as message 2"));
    say(&tom, "x", "main> ");
    let bye = say(&tom, "q", "Goodbye!\r\n");
    assert!(bye.contains("Saving user data..."), "{bye}");
    assert_eq!(rest(&tom).trim(), "");
    // Hung up in the middle of a menu, after it has read both.
    assert!(say(&michael, "", "messages> ").contains("You have 2 message(s) waiting"));
    say(&michael, "", "messages> ");
    let reply = say(&michael, "", "messages> ");
    assert!(
        reply.contains("from: tom\r\nto: michael\r\nsubject: Re: test\u{fffd}[2J\r\nIn-Reply-To: 1\r\n"),
        "{reply}"
    );
    michael.shutdown(Shutdown::Write).unwrap();
    rest(&michael);
    server.ends_at("TERM");
    let server = serve(&folder);
    let michael = log_in(&server, "michael");
    assert!(say(&michael, "", "main> ").contains("You have 0 message(s) waiting"));
    // One message has been read by tom; his own has not.
    let tom = log_in(&server, "tom");
    assert!(say(&tom, "", "messages> ").contains("You have 1 message(s) waiting"));
    say(&tom, "", "messages> ");
    assert!(say(&tom, "d", "messages> ").contains("Deleted"));
    say(&tom, "", "main> ");
    // Michael has read up to 2: another 2 would never be shown to him.
    assert!(post(&tom, "again", "").contains("Posted as message 3"));
    assert!(say(&michael, "", "messages> ").contains("You have 1 message(s) waiting"));
    let mut kept: Vec<_> = std::fs::read_dir(folder.path().join("messages"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len() > 0))
        .collect();
    kept.sort();
    let kept: Vec<(&str, bool)> = kept.iter().map(|(name, has_text)| (name.as_str(), *has_text)).collect();
    assert_eq!(kept, [(".deleted-2", false), ("1", true), ("3", true)]);
}

#[test]
fn no_password_is_kept_and_none_goes_over_a_secured_connection_in_the_clear() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    assert!(add(&folder, "tom", "first") && add(&folder, "tom", "secret of tom"));
    for (name, password) in [("../tom", "x"), ("", "x"), ("a:b", "x"), ("a", "")] {
        assert!(!add(&folder, name, password), "{name:?}");
    }
    let file = folder.path().join("users.passwd");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept.starts_with("tom:100000:") && kept.lines().count() == 1 && !kept.contains("secret"),
        "{kept}"
    );
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let [certificate, key] = issuer.server("localhost").files(&folder, "server");
    let trusted = folder.file("ca.pem", issuer.pem());
    let path = folder.path().to_str().unwrap();
    let mut server = start("kamaelia_bulletin_board", &["127.0.0.1:0", path, &certificate, &key]);
    let program = r#"
import socket, ssl, sys
plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(plain, server_hostname="localhost")
heard = b""
def hear(expected):
    global heard
    while expected not in heard:
        piece = client.recv(4096)
        assert piece, heard
        heard += piece
    heard = b""
hear(b"login: "); client.sendall(b"tom\r\n")
hear(b"password: "); client.sendall(b"secret of tom\r\n")
hear(b"main> "); client.sendall(b"q\r\n")
hear(b"Goodbye!")
"#;
    python(program, &[&server.port(), &trusted]);
    server.ends_at("INT");
}

#[test]
fn a_bad_client_of_the_board_hurts_only_itself() {
    let folder = Folder::new();
    let mut server = board(&folder);
    let good = log_in(&server, "tom");
    for (name, password) in [("tom", "secret of michael"), ("nobody", ""), ("../users.passwd", "x")] {
        let client = server.connect();
        (&client).write_all(format!("{name}\n{password}\n").repeat(3).as_bytes()).unwrap();
        let heard = rest(&client);
        assert_eq!(heard.matches("Login Failed!").count(), 3, "{heard}");
        assert!(!heard.contains("Hello"), "{heard}");
    }
    for said in [
        "x".repeat(100_000),
        "\0\u{1b}[2J\r\n".repeat(3),
        String::new(),
        "tom".into(),
        "tom\r\nsecret".into(),
    ] {
        let client = server.connect();
        let _ = (&client).write_all(said.as_bytes());
        let _ = client.shutdown(Shutdown::Write);
        assert!(!rest(&client).contains("Hello"));
    }
    // One that asks for much and reads nothing.
    let floods = log_in(&server, "michael");
    floods.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let before = server.program.memory();
    let mut sent = 0;
    while let Ok(length) = (&floods).write("h\r\n".repeat(10_000).as_bytes()) {
        sent += length;
        assert!(sent < 100_000_000, "it takes everything");
    }
    let grown = server.program.memory().saturating_sub(before);
    assert!(grown < 16_000_000, "grown by {grown} bytes for {sent}");
    assert!(post(&good, "still here", "yes").contains("Posted as message 1"));
    server.ends_at("TERM");
    assert!(rest(&good).contains("Saving user data..."));
}

//! The greylisting mail server, between Python's `smtplib` and a real server: `mail_sink`, or one of a few lines here.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener};
use std::time::{Duration, Instant, SystemTime};

use crate::certificates::Issuer;
use crate::folder::Folder;
use crate::net_harness::LONG;
use crate::running::{Served, hear, python, rest, start};

/// The server with this real server behind it, and the folder of its files.
fn grey(folder: &Folder, real: u16, more: &str) -> Served {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let config = format!(
        "listen = 127.0.0.1:0\nservername = grey.test\nsmtp_ip = 127.0.0.1\nsmtp_port = {real}\n\
         greylist_log = {}\ngreylist_debuglog = {}\ngreylist_state = {}\n# a comment\n{more}",
        path("log"),
        path("debug"),
        path("state"),
    );
    start("kamaelia_greylisting", &[&folder.file("greylist.conf", &config)])
}

/// Lets nobody through who was not there before, and takes mail for two domains.
const STRANGERS: &str = "\
too_soon = 0.05
min_defer_time = 0.5
allowed_senders:
    192.0.2.1
allowed_sender_nets:
    127.0.0.10
    12
allowed_domains:
    b.test
    C.test
";

/// What smtplib hears at each attempt: 250, or the code and text of a refusal.
const ATTEMPTS: &str = r#"
import smtplib, ssl, sys, time
port, trusted = int(sys.argv[1]), sys.argv[2]
def attempt(sender, to):
    try:
        with smtplib.SMTP("localhost", port, timeout=20) as server:
            if trusted:
                server.starttls(context=ssl.create_default_context(cafile=trusted))
            server.sendmail(sender, to, "Subject: a letter\n\nhello\n.a dot\n")
            server.sendmail(sender, to, "Subject: another\n\n")
            return 250
    except smtplib.SMTPResponseException as error:
        return error.smtp_code, error.smtp_error.decode()
    except smtplib.SMTPRecipientsRefused as error:
        return "refused"
for step in sys.argv[3:]:
    if step[0] == "+":
        time.sleep(float(step))
    else:
        sender, *to = step.split(",")
        print(attempt(sender, to), flush=True)
"#;

/// The letter as `mail_sink` prints it.
fn expect_letter(sink: &Served, sender: &str, to: &str) {
    for (subject, text) in [("a letter", "\nhello\n.a dot\n"), ("another", "\n")] {
        let expected =
            format!("message in plain text\nfrom {sender}\nto {to}\n\nSubject: {subject}\n{text}.");
        let lines: Vec<String> = expected.lines().map(|_| sink.line()).collect();
        assert_eq!(lines.join("\n"), expected);
    }
}

#[test]
fn a_stranger_is_deferred_until_the_second_attempt_and_is_known_after_a_restart() {
    let (folder, issuer, sink) =
        (Folder::new(), Issuer::new("the issuer"), start("mail_sink", &["127.0.0.1:0"]));
    let [certificate, key] = issuer.server("localhost").files(&folder, "server");
    let trusted = folder.file("ca.pem", issuer.pem());
    let config = format!("certificate = {certificate}\nkey = {key}\n{STRANGERS}");
    let real = sink.program.address.port();
    let mut server = grey(&folder, real, &config);
    let later = "(451, '4.7.1 Please try again later')";
    let letter = "a@a.test,b@b.test,d@c.TEST";
    let said = python(
        ATTEMPTS,
        &[&server.port(), &trusted, letter, "+0.1", letter, "+0.6", letter, "a@a.test,b@x.test"],
    );
    assert_eq!(said, format!("{later}\n{later}\n250\n(550, 'relay not permitted')\n"));
    expect_letter(&sink, "a@a.test", "b@b.test d@c.TEST");
    server.ends_at("TERM");
    let state = std::fs::read_to_string(folder.path().join("state")).unwrap();
    assert_eq!(state.lines().filter(|line| line.contains(" grey ")).count(), 2, "{state}");
    assert!(!state.contains("test"), "it can be read who writes to whom: {state}");
    let mut server = grey(&folder, real, &config);
    let said = python(ATTEMPTS, &[&server.port(), "", letter, "z@a.test,b@b.test"]);
    assert_eq!(said, format!("250\n{later}\n"));
    expect_letter(&sink, "a@a.test", "b@b.test d@c.TEST");
    server.ends_at("INT");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let status = |line: &str| line.split(" | ").nth(5).unwrap().trim_end_matches(" |").to_owned();
    let expected =
        ["DEFERRED", "DEFERRED", "ACCEPTED", "ACCEPTED", "REFUSED", "ACCEPTED", "ACCEPTED", "DEFERRED"];
    assert_eq!(log.lines().map(status).collect::<Vec<_>>(), expected);
    assert!(log.contains("| 127.0.0.1 | a@a.test | b@b.test, d@c.TEST | DEFERRED |"), "{log}");
    let debug = std::fs::read_to_string(folder.path().join("debug")).unwrap();
    assert!(debug.starts_with("*debug* THREADS ") && debug.contains("WakeableIntrospector"), "{debug}");
}

#[test]
fn who_may_send_to_anybody_and_who_is_on_a_list_need_not_try_twice() {
    let (folder, sink) = (Folder::new(), start("mail_sink", &["127.0.0.1:0"]));
    let real = sink.program.address.port();
    for (lists, letter, is_taken) in [
        ("allowed_senders:\n  127.0.0.1\n", "a@a.test,b@x.test", true),
        ("allowed_senders:\nallowed_sender_nets:\n  127.0.0\n", "a@a.test,b@x.test", true),
        ("allowed_senders:\nallowed_sender_nets:\n  127.0.0.\n", "a@a.test,b@x.test", true),
        (
            "allowed_senders:\nallowed_domains:\n  x.test\nwhitelisted_triples:\n  127.0.0.1 a@a.test b@x.test\n",
            "a@a.test,b@x.test",
            true,
        ),
        (
            "allowed_senders:\nallowed_domains:\n  x.test\nwhitelisted_triples:\n  127.0.0.1 a@a.test b@x.test\n",
            "a@a.test,b@x.test,c@x.test",
            false,
        ),
        (
            "allowed_senders:\nallowed_domains:\n  x.test\nwhitelisted_nonstandard_triples:\n  other 127 b@x.test\n",
            "a@a.test,b@x.test",
            false,
        ),
    ] {
        let server = grey(&folder, real, lists);
        let said = python(ATTEMPTS, &[&server.port(), "", letter]);
        assert_eq!(said == "250\n", is_taken, "{lists}: {said}");
        if is_taken {
            expect_letter(&sink, "a@a.test", "b@x.test");
        }
    }
}

/// What the real server answers to a line.
type Answers = fn(&str) -> &'static str;

/// A real server that serves one connection, and what it heard.
fn real(answers: Answers) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut heard = String::new();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut answer = answers("");
        while !answer.ends_with("bye\r\n") {
            if stream.write_all(answer.as_bytes()).is_err() {
                break;
            }
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap_or(0) == 0 {
                break;
            }
            answer = answers(&line);
            heard.push_str(&line);
        }
        heard
    });
    (port, thread)
}

const LETTER: &str = "HELO me\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n";

#[test]
fn what_the_real_server_does_not_take_is_not_said_to_be_taken() {
    let takes: Answers = |line| match line.split([' ', '\r']).next().unwrap_or_default() {
        "" => "220-two lines\r\n220 hello\r\n",
        "DATA" => "354 go on\r\n",
        "HELO" | "MAIL" | "RCPT" | "." | "QUIT" => "250 yes\r\n",
        _ => "",
    };
    let cases: [(Answers, &str); 6] = [
        (takes, "250 OK\r\n"),
        (
            |line| if line.starts_with("RCPT") { "550 5.1.1 no such user\r\n" } else { "250 yes\r\n" },
            "451 4.4.1",
        ),
        (
            |line| match line.get(..4).unwrap_or_default() {
                "" => "220 hello\r\n",
                "RCPT" => "550 5.1.1 no such user\r\n",
                _ => "250 yes\r\n",
            },
            "550 5.1.1 no such user\r\n",
        ),
        (
            |line| match line {
                "" => "220 hello\r\n",
                "DATA\r\n" => "354 go on\r\n",
                ".\r\n" => "554 5.6.0 I do not like it\r\n",
                "text\r\n" => "",
                _ => "250 yes\r\n",
            },
            "554 5.6.0 I do not like it\r\n",
        ),
        (
            |line| match line {
                "" => "220 hello\r\n",
                "DATA\r\n" => "354 go on\r\n",
                "text\r\n" => "bye\r\n",
                _ => "250 yes\r\n",
            },
            "451 4.4.1",
        ),
        (|_| "bye\r\n", "451 4.4.1"),
    ];
    for (number, (answers, expected)) in cases.into_iter().enumerate() {
        let folder = Folder::new();
        let (port, thread) = real(answers);
        let server = grey(&folder, port, "");
        let client = server.connect();
        (&client).write_all(LETTER.as_bytes()).unwrap();
        let heard = hear(&client, "250 ACCEPTED\r\n");
        let mut after = heard.split_once("250 ACCEPTED\r\n").unwrap().1.to_owned();
        if expected == "250 OK\r\n" || number == 3 || number == 4 {
            if !after.contains("354") {
                hear(&client, "354 ");
            }
            after.clear();
            (&client).write_all(b"text\r\n.\r\n").unwrap();
        }
        (&client).write_all(b"QUIT\r\n").unwrap();
        let answer = after + &rest(&client);
        assert!(answer.contains(expected) && answer.contains("221 "), "case {number}: {answer}");
        assert_eq!(answer.contains("250 OK"), number == 0, "case {number}: {answer}");
        let told = thread.join().unwrap();
        assert!(number != 0 || told == format!("{LETTER}text\r\n.\r\nQUIT\r\n"), "{told}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = Folder::new();
    let server = grey(&folder, nobody, "");
    let client = server.connect();
    (&client).write_all(LETTER.as_bytes()).unwrap();
    hear(&client, "451 4.4.1 Please try again later\r\n");
}

#[test]
fn a_real_server_that_never_answers_the_quit_holds_up_nobody() {
    let (port, thread) = real(|line| match line.split([' ', '\r']).next().unwrap_or_default() {
        "" => "220 hello\r\n",
        "DATA" => "354 go on\r\n",
        "HELO" | "MAIL" | "RCPT" | "." => "250 yes\r\n",
        _ => "",
    });
    let folder = Folder::new();
    let server = grey(&folder, port, "");
    let client = server.connect();
    (&client).write_all(LETTER.as_bytes()).unwrap();
    hear(&client, "354 ");
    let sent = Instant::now();
    (&client).write_all(b"text\r\n.\r\nNOOP\r\n").unwrap();
    hear(&client, "250 OK\r\n250 OK\r\n");
    assert!(sent.elapsed() < Duration::from_secs(10), "{:?}", sent.elapsed());
    // It gets the QUIT all the same, and then the end.
    assert_eq!(thread.join().unwrap(), format!("{LETTER}text\r\n.\r\nQUIT\r\n"));
    (&client).write_all(b"QUIT\r\n").unwrap();
    assert!(rest(&client).contains("221 "));
}

#[test]
fn whoever_makes_strangers_up_displaces_nobody_who_was_let_through() {
    let folder = Folder::new();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let triple: String =
        ["127.0.0.1", "a@a.test", "b@b.test"].iter().map(|part| format!("{} {part} ", part.len())).collect();
    let known = hex(ring::digest::digest(&ring::digest::SHA256, triple.as_bytes()).as_ref());
    // It is the oldest of as many as are kept.
    let mut state = format!("{known} grey {:.3}\n", now - 5000.0);
    for nth in 1..100_000_u64 {
        state += &format!("{nth:064x} seen {:.3}\n", now - 10.0);
    }
    folder.file("state", &state);
    let sink = start("mail_sink", &["127.0.0.1:0"]);
    let mut server = grey(&folder, sink.program.address.port(), STRANGERS);
    let said = python(ATTEMPTS, &[&server.port(), "", "z@a.test,b@b.test", "a@a.test,b@b.test"]);
    assert_eq!(said, "(451, '4.7.1 Please try again later')\n250\n");
    server.ends_at("INT");
    let kept = std::fs::read_to_string(folder.path().join("state")).unwrap().lines().count();
    assert!((80_000..=90_001).contains(&kept), "{kept}");
}

#[test]
fn nothing_that_a_client_says_ends_a_mail_before_its_end_or_begins_another() {
    let (folder, sink) = (Folder::new(), start("mail_sink", &["127.0.0.1:0"]));
    let mut server = grey(&folder, sink.program.address.port(), "");
    // One that breaks off in the middle: the real server prints nothing of it.
    let broken = server.connect();
    (&broken).write_all(format!("{LETTER}half a mail\r\n").as_bytes()).unwrap();
    hear(&broken, "354 ");
    drop(broken);
    let client = server.connect();
    let inner = "MAIL FROM:<evil@a.test>\r\nRCPT TO:<evil@b.test>\r\nDATA\r\nevil\r\n";
    let smuggled =
        format!("one\n.\n{inner}two\n.\r\n{inner}three\r.\r{inner}\r\n.\n.four\r\n..five\r\n.\r\nQUIT\r\n");
    (&client).write_all(format!("{LETTER}{smuggled}").as_bytes()).unwrap();
    // It has said all, and hears all.
    client.shutdown(Shutdown::Write).unwrap();
    let heard = rest(&client);
    assert!(heard.ends_with("250 OK\r\n221 grey.test closing connection\r\n"), "{heard}");
    let mut printed = Vec::new();
    while printed.last().map(String::as_str) != Some(".") || printed.len() < 20 {
        printed.push(sink.line());
        assert!(printed.len() < 40, "{printed:?}");
    }
    assert_eq!(printed[..4], ["message in plain text", "from a@a.test", "to b@b.test", ""], "{printed:?}");
    assert!(
        !printed.iter().any(|line| line.starts_with("from evil") || line == "half a mail"),
        "{printed:?}"
    );
    assert!(
        printed.contains(&".five".to_owned()) && printed.iter().any(|line| line.contains("four")),
        "{printed:?}"
    );
    server.ends_at("TERM");
    assert!(sink.lines.recv_timeout(Duration::from_millis(100)).is_err(), "there was a second mail");
}

#[test]
fn a_bad_client_hurts_only_itself() {
    let (folder, issuer, sink) =
        (Folder::new(), Issuer::new("the issuer"), start("mail_sink", &["127.0.0.1:0"]));
    let [certificate, key] = issuer.server("localhost").files(&folder, "server");
    let config = format!("certificate = {certificate}\nkey = {key}\ninactivity_timeout = 1\n");
    let mut server = grey(&folder, sink.program.address.port(), &config);
    for (said, last) in [
        ("x".repeat(100_000), "500 the line is too long\r\n"),
        ("\0\u{1b}[2J garbage\r\n".into(), "500 Sorry we don't like broken mailers\r\n"),
        ("RCPT TO:<b@b.test>\r\n".into(), "503 sender not yet given\r\n"),
        ("HELO \u{1b}x\r\n".into(), "501 Syntactically invalid HELO argument(s)\r\n"),
        ("HELO me\r\nMAIL FROM:<a\r\n".into(), "501 MAIL must have an address operand\r\n"),
        (
            "HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<b%x@c@b.test>\r\n".into(),
            "501 RCPT must have an address operand\r\n",
        ),
        ("STARTTLS now\r\n".repeat(20), "421 too many mistakes\r\n"),
        (
            format!("HELO me\r\nMAIL FROM:<>\r\n{}QUIT\r\n", "RCPT TO:<b@b.test>\r\n".repeat(101)),
            "452 4.5.3 too many recipients\r\n221 grey.test closing connection\r\n",
        ),
        ("EHLO me\r\nSTARTTLS\r\nMAIL FROM:<injected@a.test>\r\n".into(), "220 go on\r\n"),
    ] {
        let client = server.connect();
        let _ = (&client).write_all(said.as_bytes());
        let _ = client.shutdown(Shutdown::Write);
        let heard = rest(&client);
        assert!(heard.ends_with(last), "{:?}: {heard:?}", said.get(..60));
    }
    // One that says nothing, and one that is slow in the middle of a mail.
    let (silent, slow) = (server.connect(), server.connect());
    (&slow).write_all(LETTER.as_bytes()).unwrap();
    hear(&slow, "354 ");
    // One that says much and reads nothing.
    let floods = server.connect();
    floods.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let before = server.program.memory();
    let mut sent = 0;
    while let Ok(length) = (&floods).write("NOOP\r\n".repeat(10_000).as_bytes()) {
        sent += length;
        assert!(sent < 100_000_000, "it takes everything");
    }
    let grown = server.program.memory().saturating_sub(before);
    assert!(grown < 16_000_000, "grown by {grown} bytes for {sent}");
    assert!(rest(&silent).starts_with("220 ") && !rest(&slow).contains("250"));
    let good = server.connect();
    (&good).write_all(format!("{LETTER}text\r\n.\r\n").as_bytes()).unwrap();
    hear(&good, "250 OK\r\n");
    server.ends_at("TERM");
}

#[test]
fn a_configuration_that_is_not_understood_is_named() {
    let folder = Folder::new();
    for (config, complaint) in [
        ("smtp_port = 70000\n", "smtp_port = 70000"),
        ("smtpport = 25\n", "smtpport"),
        ("allowed_domains = x\n", "allowed_domains"),
        ("port\n", "line 1"),
        ("whitelisted_triples:\n  a b\n", "not three words"),
        ("key = x\n", "certificate and key belong together"),
    ] {
        let path = folder.file("bad.conf", config);
        let mut program = std::process::Command::new(crate::net_harness::example("kamaelia_greylisting"));
        let ended = crate::running::output(program.arg(path), b"");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            !ended.status.success() && said.contains(complaint) && said.contains("bad.conf"),
            "{config}: {said}"
        );
    }
}

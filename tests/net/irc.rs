//! Internet Relay Chat, with a scripted server on the other side of a real connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use axon::prelude::*;
use axon::{Boxes, Result, graphline};
use kamaelia_net::irc::{IrcClient, IrcCommand, IrcMessage, informat, outformat, simple_irc_client};

/// A server for one client, on a thread.
fn server<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move || {
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        script(stream)
    };
    (address, std::thread::spawn(serve))
}

fn client(address: SocketAddr) -> axon::chassis::Graphline {
    simple_irc_client(address.ip().to_string(), address.port())
}

/// Reads lines up to one that begins like this.
fn lines_until(stream: &TcpStream, begin: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        lines.push(line.unwrap());
        if lines.last().unwrap().starts_with(begin) {
            return lines;
        }
    }
    panic!("{begin} did not come: {lines:?}");
}

fn said(msgtype: &str, parameters: &[&str]) -> IrcCommand {
    IrcCommand::new(msgtype, parameters).unwrap()
}

/// Logs in, answers pings, and greets who comes into its channel.
struct Greeter;

impl Component for Greeter {
    async fn main(&mut self, cx: &Context) -> Result {
        cx.send("outbox", said("NICK", &["greeter"]))?;
        cx.send("outbox", said("USER", &["greeter", "0", "*", "A bot"]))?;
        while let Some(heard) = cx.next_or_end::<IrcMessage>("inbox").await? {
            let answer = match heard.msgtype.as_str() {
                "PING" => said("PONG", &[&heard.sender]),
                "001" => said("JOIN", &["#kamtest"]),
                "JOIN" => said("PRIVMSG", &[&heard.recipient, &format!("hello {}", heard.sender)]),
                "ACTION" => said("ME", &[&heard.recipient, &heard.body]),
                _ => continue,
            };
            cx.send_when_room("outbox", answer).await?;
        }
        Ok(())
    }
}

#[test]
fn a_bot_logs_in_answers_a_ping_and_greets_and_ends_with_the_server() {
    let (address, script) = server(|mut stream| {
        let mut lines = lines_until(&stream, "USER");
        // Cut within lines, and within a letter.
        let welcome = ":irc.example 001 greeter :Welcome\r\nPING :irc.exa";
        stream.write_all(welcome.as_bytes()).unwrap();
        lines.extend(lines_until(&stream, "JOIN"));
        stream.write_all(b"mple\r\n:J\xc3").unwrap();
        lines.extend(lines_until(&stream, "PONG"));
        stream.write_all(b"\xb6rg!j@host JOIN :#kamtest\r\n").unwrap();
        lines.extend(lines_until(&stream, "PRIVMSG"));
        stream.write_all(b":J!j@host PRIVMSG #kamtest :\x01ACTION waves\x01\r\n").unwrap();
        lines.extend(lines_until(&stream, "PRIVMSG"));
        stream.write_all(b"ERROR :Closing Link").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
        lines
    });
    axon::run(pipeline![Greeter, client(address)].circular()).unwrap();
    let lines = script.join().unwrap();
    assert_eq!(
        lines,
        [
            "NICK greeter",
            "USER greeter 0 * :A bot",
            "JOIN #kamtest",
            "PONG irc.example",
            "PRIVMSG #kamtest :hello Jörg",
            "PRIVMSG #kamtest :\u{1}ACTION waves\u{1}",
        ]
    );
}

#[test]
fn what_was_said_before_the_end_arrives_and_the_prefab_ends() {
    let (address, script) = server(|mut stream| {
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    });
    let commands = ["/nick me", "hello everyone", "/quit good night"];
    let commands = commands.map(|text| informat(text, "#c").unwrap());
    axon::run(pipeline![DataSource::new(commands), client(address)]).unwrap();
    assert_eq!(script.join().unwrap(), "NICK me\r\nPRIVMSG #c :hello everyone\r\nQUIT :good night\r\n");
}

#[test]
fn a_server_that_is_not_there_ends_it() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    axon::run(client(address)).unwrap();
}

/// What comes out of `heard` for these pieces.
fn heard(pieces: Vec<Vec<u8>>) -> Vec<IrcMessage> {
    let received = Received::<IrcMessage>::new();
    axon::run(graphline! {
        components: {
            pieces: DataSource::new(pieces),
            irc: IrcClient::new(),
            sink: DataSink::new(&received),
        },
        linkages: {
            pieces.outbox => irc.inbox,
            pieces.signal => irc.control,
            irc.heard => sink.inbox,
            irc.signal => sink.control,
        },
    })
    .unwrap();
    received.take()
}

#[test]
fn any_cut_of_the_lines_gives_the_same_messages() {
    let text = ":a!b@c PRIVMSG #x :one\r\nPING :s\n\n:broken\r\n:a NICK b\r";
    let whole = heard(vec![text.into()]);
    let told: Vec<String> = whole.iter().map(|message| outformat(message, "#x")).collect();
    assert_eq!(
        told,
        ["<a> one\n", "PING from s: \n", "CLIENT ERROR from client: :broken\n", "*** a is now known as b\n"]
    );
    assert_eq!(heard(text.bytes().map(|byte| vec![byte]).collect()), whole);
}

#[test]
fn a_line_without_an_end_takes_little_memory_and_the_next_is_heard() {
    let mut pieces = vec![b":a PRIVMSG #x :".to_vec()];
    pieces.extend((0..64).map(|_| vec![b'x'; 64 * 1024]));
    pieces.push(b"\r\nPING :s\r\n".to_vec());
    let messages = heard(pieces);
    let kinds: Vec<_> = messages.iter().map(|message| message.msgtype.as_str()).collect();
    assert_eq!(kinds, ["CLIENT ERROR", "PING"]);
    assert_eq!(messages[0].body.len(), 16 * 1024);
}

/// Reads nothing that it hears until it has said so many lines.
struct Chatterbox(usize);

impl Component for Chatterbox {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 4)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for _ in 0..self.0 {
            cx.send_when_room("outbox", said("PRIVMSG", &["#x", "more"])).await?;
        }
        for _ in 0..self.0 {
            cx.next::<IrcMessage>("inbox").await?;
        }
        Ok(())
    }
}

#[test]
fn one_that_says_much_before_it_reads_what_it_hears_gets_all() {
    const LINES: usize = 20_000;
    let (address, script) = server(|stream| {
        let mut out = stream.try_clone().unwrap();
        let mut lines = 0;
        for line in BufReader::new(stream).lines().take(LINES) {
            line.unwrap();
            // It says as much as it hears.
            out.write_all(b":a PRIVMSG #x :more\r\n").unwrap();
            lines += 1;
        }
        lines
    });
    axon::run(pipeline![Chatterbox(LINES), client(address)].circular()).unwrap();
    assert_eq!(script.join().unwrap(), LINES);
}

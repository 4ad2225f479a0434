//! What is fuzzed. Each function takes any bytes, and panics when a promise does not hold for them.
//!
//! `kamaelia-net/fuzz` gives them to libFuzzer. The tests give them the same first inputs, which are in
//! `kamaelia-net/fuzz/corpus`, and changes of these.

use axon::testing::Bench;
use axon::util::{ChunksToLines, DataDeChunker, DeFramer, LengthDeFramer, LengthPrefix, LinesToTokenlists};
use axon::{Component, Message, ProducerFinished};

use crate::csa::fuzzed::{Begin, secured};

/// What is given any bytes.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("framing", framing),
    #[cfg(feature = "http")]
    ("http", http),
    ("starttls", starttls),
    ("text", text),
    ("tls", tls),
    #[cfg(feature = "websocket")]
    ("websocket", websocket),
];

/// A stream is taken apart into the same lines, chunks and frames however it is cut.
pub fn framing(data: &[u8]) {
    let [which, cut, stream @ ..] = data else { return };
    let pieces: Vec<&[u8]> = stream.chunks(1 + usize::from(*cut)).collect();
    match which % 9 {
        0 => same(|| ChunksToLines::new().longest_line(100), stream, &pieces),
        1 => same(|| ChunksToLines::new().keep_last_line(), stream, &pieces),
        2 => same(|| DataDeChunker::new().sync("XY").longest_chunk(100), stream, &pieces),
        3 => same(|| DataDeChunker::new().sync("-").keep_last_chunk(), stream, &pieces),
        // These two take each message for itself: what is whole, and no more.
        4 => drop(apart(DeFramer::new().longest_frame(100), &pieces)),
        5 => drop(apart(LinesToTokenlists::new(), &pieces)),
        6 => same(|| LengthDeFramer::new().prefix(LengthPrefix::U8), stream, &pieces),
        7 => same(|| LengthDeFramer::new().prefix(LengthPrefix::U16Le).longest_frame(300), stream, &pieces),
        _ => same(LengthDeFramer::new, stream, &pieces),
    }
}

fn same<C: Component>(component: impl Fn() -> C, stream: &[u8], pieces: &[&[u8]]) {
    assert_eq!(apart(component(), &[stream]), apart(component(), pieces));
}

/// The messages that come out of these pieces, and whether all is well.
fn apart(component: impl Component, pieces: &[&[u8]]) -> (Vec<String>, bool) {
    let mut bench = Bench::new(component);
    for piece in pieces {
        bench.put("inbox", piece.to_vec());
    }
    bench.put("control", ProducerFinished::new());
    bench.settle();
    let shown = |message: &Message| match message.downcast_ref::<Vec<u8>>() {
        Some(bytes) => format!("{bytes:?}"),
        None => format!("{:?}", message.downcast_ref::<String>()),
    };
    let sent = bench.take_messages("outbox").iter().map(shown).collect();
    (sent, bench.endings().len() == 1)
}

/// Requests or responses are read the same however they are cut.
#[cfg(feature = "http")]
pub fn http(data: &[u8]) {
    crate::http::fuzzed::http(data);
}

/// Frames are read the same however they are cut, in either role.
#[cfg(feature = "websocket")]
pub fn websocket(data: &[u8]) {
    crate::websocket::fuzzed::websocket(data);
}

/// A connection that is secured from its first byte.
pub fn tls(data: &[u8]) {
    secured(Begin::AtOnce, data);
}

/// A connection that is secured in the middle of its stream.
pub fn starttls(data: &[u8]) {
    secured(Begin::AfterPlainText, data);
}

/// A text of a graph is read or refused, and what is written of it reads the same.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = axon::text::parse(text);
    if let Ok(formatted) = parsed.formatted() {
        let again = axon::text::parse(&formatted).formatted();
        assert_eq!(again.as_ref().ok(), Some(&formatted), "{again:?}");
    }
    let catalogue = axon::catalogue::Catalogue::new().with(axon::util::catalogue());
    if let Err(error) = parsed.load(&catalogue) {
        assert!(!error.to_string().is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::TARGETS;
    use crate::simulate::Chance;

    /// With `AXON_STRESS=full`, each target is given changed inputs for so long.
    const LONG: Duration = Duration::from_secs(600);

    /// How many there are otherwise. Those that shake hands take a hundred times as long as the others.
    const CHANGED: usize = 2000;
    const CHANGED_HANDSHAKES: usize = 100;

    /// The first inputs of a target.
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut files: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{}", folder.display());
        files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
    }

    /// Another input, made of two of them.
    fn change(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus[chance.below(corpus.len())].clone();
        for _ in 0..=chance.below(4) {
            let at = chance.below(input.len() + 1);
            let end = at + chance.below(input.len() - at + 1);
            match chance.below(7) {
                0 => input.truncate(at),
                1 => drop(input.drain(at..end)),
                2 => input.insert(at, [0, 1, 0x7f, 0x80, 0xff, b'\n', b'{', b'"'][chance.below(8)]),
                3 => {
                    let piece = input[at..end].to_vec();
                    input.splice(at..at, piece);
                }
                4 => {
                    let other = &corpus[chance.below(corpus.len())];
                    let piece = other[chance.below(other.len() + 1)..].to_vec();
                    input.splice(at..at, piece);
                }
                5 => input.extend((0..chance.below(20)).map(|_| chance.below(256) as u8)),
                _ if at < input.len() => input[at] ^= 1 << chance.below(8),
                _ => {}
            }
        }
        input.truncate(4000);
        input
    }

    /// Says which input it was when a target panics.
    struct Input<'a>(&'a str, &'a [u8]);

    impl Drop for Input<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let path = std::env::temp_dir().join(format!("fuzz-{}-{}", self.0, std::process::id()));
                let _ = std::fs::write(&path, self.1);
                println!("{} fails for {}: {:?}", self.0, path.display(), self.1);
            }
        }
    }

    /// Gives a target its corpus, and then what chance makes of it: the same inputs each time, but with `AXON_STRESS`.
    fn run(name: &str, changed: usize) {
        let (_, target) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
        let corpus = corpus(name);
        for input in &corpus {
            let _told = Input(name, input);
            target(input);
        }
        let is_full = std::env::var("AXON_STRESS").is_ok_and(|value| value == "full");
        let mut chance = if is_full { Chance::default() } else { Chance::new(11) };
        let (begin, mut done) = (Instant::now(), 0);
        while if is_full { begin.elapsed() < LONG } else { done < changed } {
            let input = change(&mut chance, &corpus);
            let _told = Input(name, &input);
            target(&input);
            done += 1;
        }
        println!("{name}: {done} changed inputs");
    }

    #[test]
    fn framing_keeps_its_promises_for_any_bytes() {
        run("framing", CHANGED);
    }

    #[cfg(feature = "http")]
    #[test]
    fn http_keeps_its_promises_for_any_bytes() {
        run("http", CHANGED);
    }

    #[test]
    fn starttls_keeps_its_promises_for_any_bytes() {
        run("starttls", CHANGED_HANDSHAKES);
    }

    #[test]
    fn text_keeps_its_promises_for_any_bytes() {
        run("text", CHANGED);
    }

    #[test]
    fn tls_keeps_its_promises_for_any_bytes() {
        run("tls", CHANGED_HANDSHAKES);
    }

    #[cfg(feature = "websocket")]
    #[test]
    fn websocket_keeps_its_promises_for_any_bytes() {
        run("websocket", CHANGED);
    }

    #[test]
    fn each_target_has_a_file_for_the_fuzzer() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
        for (name, _) in TARGETS {
            let file = std::fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
            assert!(file.contains(&format!("kamaelia_net::fuzz::{name}(data)")), "{file}");
        }
    }
}

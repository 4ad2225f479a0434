//! What must not be there. Each absence is a promise of `docs/architecture.md`.

use crate::source::{IN_CRATES, Source, expect_complaint, expect_none, kept};

/// A word that may stand only in some files.
struct Absence {
    words: &'static [&'static str],
    /// The files the rule is about.
    within: &'static [&'static str],
    /// The files that are allowed to.
    except: &'static [&'static str],
    because: &'static str,
}

const ABSENCES: [Absence; 8] = [
    Absence {
        words: &["pub(crate)"],
        within: &["axon/src/kernel/"],
        except: &[],
        because: "the kernel's private items are visible only in the kernel, so that the upper layers cannot use them",
    },
    Absence {
        words: &["Instant::now", "SystemTime::now"],
        within: &["axon/src/"],
        except: &["axon/src/kernel/outside/clock.rs"],
        because: "only kernel/outside/clock.rs reads a clock",
    },
    Absence {
        words: &["now +", "now() +", "since +", "now.checked_add", "now().checked_add"],
        within: &["axon/src/", "kamaelia-net/src/"],
        except: &[],
        because: "only `time_after` adds to a time: it does not overflow",
    },
    Absence {
        words: &["print!", "println!", "eprint!", "eprintln!", "dbg!", "stdout", "stderr"],
        within: &["axon/src/", "kamaelia-net/src/"],
        // The others read what another program prints.
        except: &[
            "axon/src/util/console",
            "axon/src/util/progress_bar",
            "axon/src/file/process/",
            "kamaelia-net/src/command/",
            "kamaelia-net/src/fortune_cookie_protocol.rs",
        ],
        because: "only the console components, the progress bar and the command print",
    },
    Absence {
        words: &[
            "static mut",
            "OnceLock",
            "OnceCell",
            "LazyLock",
            "LazyCell",
            "lazy_static",
            "thread_local!",
        ],
        within: &["axon/src/", "kamaelia-net/src/"],
        // A list that is there only while something is dropped, so that it is no recursion; and a field.
        except: &["axon/src/kernel/system/starter.rs", "axon/src/kernel/component/context.rs"],
        because: "there is no global state: somebody owns every value",
    },
    Absence {
        words: &["Component"],
        within: &["axon/src/kernel/scheduler"],
        except: &[],
        because: "the scheduler does not know what a component is",
    },
    Absence {
        words: &["ComponentRef"],
        within: &["axon/src/kernel/boxes/postbox"],
        except: &[],
        because: "a postbox does not know who owns it",
    },
    Absence {
        words: &["Message"],
        within: &["kamaelia-net/src/selector/poller"],
        except: &[],
        because: "the poller does not know what a message is",
    },
];

fn present(source: &Source, absence: &Absence) -> Vec<String> {
    let lies_in = |prefixes: &[&str]| prefixes.iter().any(|prefix| source.is_in(prefix));
    if !lies_in(absence.within) || lies_in(absence.except) {
        return Vec::new();
    }
    let found =
        absence.words.iter().flat_map(|word| source.words(word).into_iter().map(move |at| (word, at)));
    found.map(|(word, at)| format!("{}: `{word}`: {}", source.at(at), absence.because)).collect()
}

/// A `static` whose value can change.
fn mutable_statics(source: &Source) -> Vec<String> {
    const CELLS: [&str; 5] = ["Atomic", "Mutex", "RwLock", "Cell", "OnceLock"];
    // As above; how many threads look up names is limited for a program, not for a scheduler; and a signal is for
    // the whole program.
    const ALLOWED: [&str; 3] =
        ["axon/src/kernel/system/starter.rs", "kamaelia-net/src/resolve.rs", "kamaelia-net/src/signals.rs"];
    let mut complaints = Vec::new();
    for at in source.words("static") {
        let item = source.code[at..].split(['=', ';']).next().unwrap_or_default();
        let is_item = item.contains(':') && !source.code[..at].ends_with(['\'', '&']);
        let is_allowed = ALLOWED.iter().any(|path| source.is_in(path));
        if is_item && !is_allowed && CELLS.iter().any(|cell| item.contains(cell)) {
            complaints.push(format!("{}: `{}` is global state", source.at(at), item.trim()));
        }
    }
    complaints
}

#[test]
fn what_must_be_absent_is_absent() {
    for absence in &ABSENCES {
        kept(&IN_CRATES, |source| present(source, absence), &[]);
        for word in absence.words {
            let path = format!("{}x.rs", absence.within[0]);
            let source = Source::snippet(&path, &format!("fn f() {{ {word} (); }}"));
            expect_complaint(&present(&source, absence), absence.because);
        }
    }
}

#[test]
fn no_static_can_change() {
    let cases = [
        ("static NEXT: AtomicU64 = AtomicU64::new(0);", "is global state"),
        ("fn f(a: &'static str, b: Mutex<u8>) {}", ""),
    ];
    kept(&IN_CRATES, mutable_statics, &cases);
}

#[test]
fn a_word_in_a_comment_a_string_a_test_or_an_allowed_file_is_no_presence() {
    let text = "// Instant::now\nconst A: &str = \"Instant::now\";\n#[cfg(test)]\nmod tests { fn f() { Instant::now(); } }";
    let clock = &ABSENCES[1];
    for (path, text) in [("axon/src/x.rs", text), ("axon/src/kernel/outside/clock.rs", "Instant::now()")] {
        expect_none(&present(&Source::snippet(path, text), clock));
    }
}

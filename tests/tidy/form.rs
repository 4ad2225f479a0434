//! The form of files: how long, how named, how they begin, and what their public functions look like.

use crate::source::{Source, all_paths, crates, expect_complaint, expect_none, is_word_char, rust_files};

/// Lines a file may have without its tests and the documentation of its items.
const LONGEST: usize = 400;

/// Longer files, each with its reason.
const MAY_BE_LONGER: [(&str, &str); 0] = [];

/// What may stand at the top of the repository.
const TOP: [&str; 15] = [
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "NOTICE",
    "README.md",
    "axon",
    "docs",
    "examples",
    "kamaelia-net",
    "rustfmt.toml",
    "tests",
];

const NAMES_THAT_SAY_NOTHING: [&str; 6] = ["utils", "helpers", "common", "types", "misc", "helper"];

fn too_long(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .map(|source| {
            let without_tests = source.text.lines().take(source.code.lines().count());
            (source, without_tests.filter(|line| !line.trim_start().starts_with("///")).count())
        })
        .filter(|(source, lines)| {
            *lines > LONGEST && !MAY_BE_LONGER.iter().any(|(path, _)| *path == source.path)
        })
        .map(|(source, lines)| {
            format!("{}: {lines} lines without tests and documentation, more than {LONGEST}", source.path)
        })
        .collect()
}

fn opening_missing(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}: does not open with `//!` and what it is", source.path))
        .collect()
}

fn empty_names(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| {
            let parts = source.path.trim_end_matches(".rs").split('/');
            parts.into_iter().any(|part| NAMES_THAT_SAY_NOTHING.contains(&part))
        })
        .map(|source| format!("{}: the name says nothing", source.path))
        .collect()
}

fn getters(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        // `get_mut` beside `get` is the standard library's name for what may be absent.
        let named_get = source.code.match_indices("fn get_");
        for (at, _) in named_get.filter(|(at, _)| !source.code[*at..].starts_with("fn get_mut(")) {
            complaints
                .push(format!("{}: a getter has the name of what it gets, without `get_`", source.at(at)));
        }
    }
    complaints
}

/// A public type, trait or function that has a second word for something of Kamaelia's.
fn synonyms(sources: &[Source]) -> Vec<String> {
    const SECOND_WORDS: [&str; 4] = ["actor", "node", "edge", "channel"];
    let mut complaints = Vec::new();
    for source in sources {
        for kind in ["pub struct ", "pub enum ", "pub trait ", "pub fn ", "pub async fn "] {
            for (at, _) in source.code.match_indices(kind) {
                let name: String =
                    source.code[at + kind.len()..].chars().take_while(|&c| is_word_char(c)).collect();
                let lower = name.to_lowercase();
                if SECOND_WORDS.iter().any(|word| lower.split('_').any(|part| part.starts_with(word))) {
                    complaints.push(format!("{}: `{name}`: Kamaelia has a word for it", source.at(at)));
                }
            }
        }
    }
    complaints
}

/// `bool` as a parameter of a `pub fn` or of a function of a `pub trait`.
fn bool_parameters(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for at in source.words("fn") {
            let parameters = parameters(&source.code[at..]);
            let takes_bool = parameters.split(',').any(|parameter| {
                let kind = parameter.split_once(':').map_or("", |(_, kind)| kind.trim());
                kind == "bool" || kind == "Option<bool>"
            });
            if takes_bool && is_public(&source.code[..at]) {
                complaints.push(format!(
                    "{}: a public function takes a `bool`; give the two cases names",
                    source.at(at)
                ));
            }
        }
    }
    complaints
}

/// What stands between the parentheses after `fn name<...>`.
fn parameters(function: &str) -> &str {
    let Some(open) = function.find('(') else { return "" };
    let mut depth = 0;
    for (at, c) in function[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return &function[open + 1..open + at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    ""
}

/// Is the function whose `fn` follows this code public, by its own word or its trait's?
fn is_public(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.contains("pub ") {
        return true;
    }
    before.rfind("pub trait ").is_some_and(|at| {
        let since = &before[at..];
        let mut depth = 0;
        !since.chars().any(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == '}' && depth == 0
        })
    })
}

/// Comments that are code, and lines drawn across the page.
fn dead_comments(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
            if comment.starts_with(['/', '!']) {
                continue;
            }
            let comment = comment.trim();
            let place = format!("{}:{}", source.path, number + 1);
            if looks_like_code(comment) {
                complaints.push(format!("{place}: commented-out code"));
            } else if ["---", "===", "***", "###", "~~~", "___"].iter().any(|line| comment.starts_with(line))
            {
                complaints.push(format!("{place}: a banner"));
            }
        }
    }
    complaints
}

fn looks_like_code(comment: &str) -> bool {
    const STATEMENTS: [&str; 9] = ["let ", "pub ", "use ", "mod ", "return ", "struct ", "#[", "self.", "}"];
    const BLOCKS: [&str; 8] = ["fn ", "impl ", "enum ", "match ", "if ", "for ", "while ", "loop "];
    let begins_with = |starts: &[&str]| starts.iter().any(|start| comment.starts_with(start));
    let calls = [");", "?;", ".await;"].iter().any(|end| comment.ends_with(end));
    let ends = comment.ends_with([';', '{', '}', ']']) || comment.ends_with("),");
    calls || (ends && begins_with(&STATEMENTS)) || (comment.ends_with('{') && begins_with(&BLOCKS))
}

fn strangers_at_the_top(paths: &[String]) -> Vec<String> {
    let mut tops: Vec<&str> = paths.iter().map(|path| path.split('/').next().unwrap()).collect();
    tops.sort_unstable();
    tops.dedup();
    tops.retain(|top| !TOP.contains(top));
    tops.into_iter().map(|top| format!("{top}: does not belong at the top of the repository")).collect()
}

fn everything() -> Vec<Source> {
    rust_files(&["axon", "kamaelia-net", "examples", "tests"])
}

#[test]
fn no_file_is_longer_than_four_hundred_lines_without_tests_and_documentation() {
    let sources: Vec<Source> = rust_files(&["axon/src", "kamaelia-net/src", "examples"]);
    expect_none(&too_long(&sources));
}

#[test]
fn every_exception_to_the_length_has_a_file_that_needs_it() {
    for (path, because) in MAY_BE_LONGER {
        let source = Source::snippet("a longer file.rs", &crate::source::read(path));
        assert!(!too_long(&[source]).is_empty(), "{path} needs no exception ({because})");
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    expect_none(&opening_missing(&everything()));
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    expect_none(&empty_names(&everything()));
}

#[test]
fn no_function_is_named_get() {
    expect_none(&getters(&everything()));
}

#[test]
fn no_public_name_is_a_synonym_for_a_word_of_kamaelia() {
    expect_none(&synonyms(&crates()));
}

#[test]
fn no_public_function_takes_a_bool() {
    expect_none(&bool_parameters(&crates()));
}

#[test]
fn no_code_is_commented_out_and_no_banner_is_drawn() {
    expect_none(&dead_comments(&everything()));
}

#[test]
fn nothing_else_lies_at_the_top_of_the_repository() {
    expect_none(&strangers_at_the_top(&all_paths()));
}

#[test]
fn a_long_file_is_seen() {
    expect_complaint(&too_long(&[Source::snippet("axon/src/x.rs", &"//! x\n".repeat(401))]), "401 lines");
    let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(500));
    expect_none(&too_long(&[Source::snippet("axon/src/x.rs", &tests)]));
}

#[test]
fn a_file_without_an_opening_is_seen() {
    expect_complaint(&opening_missing(&[Source::snippet("axon/src/x.rs", "use std::fmt;")]), "does not open");
}

#[test]
fn an_empty_name_is_seen() {
    expect_complaint(&empty_names(&[Source::snippet("axon/src/utils.rs", "")]), "says nothing");
    expect_complaint(&empty_names(&[Source::snippet("axon/src/common/mod.rs", "")]), "says nothing");
    expect_none(&empty_names(&[Source::snippet("axon/src/util/mod.rs", "")]));
}

#[test]
fn a_getter_is_seen() {
    expect_complaint(&getters(&[Source::snippet("axon/src/x.rs", "pub fn get_name() {}")]), "without `get_`");
}

#[test]
fn a_synonym_is_seen() {
    for code in ["pub struct NodeId;", "pub trait Actor {}", "pub fn add_edge() {}"] {
        expect_complaint(&synonyms(&[Source::snippet("axon/src/x.rs", code)]), "Kamaelia has a word");
    }
    expect_none(&synonyms(&[Source::snippet("axon/src/x.rs", "pub fn knowledge() {}\nfn node() {}")]));
}

#[test]
fn a_bool_parameter_is_seen_and_a_bool_result_is_not() {
    for code in [
        "pub fn f(a: u8, b: bool) {}",
        "pub async fn f<T>(&self, b: bool) {}",
        "pub trait T {\n fn f(&self, b: bool);\n}",
    ] {
        expect_complaint(&bool_parameters(&[Source::snippet("axon/src/x.rs", code)]), "takes a `bool`");
    }
    for code in [
        "pub fn f(a: u8) -> bool { true }",
        "fn f(b: bool) {}",
        "pub fn f(p: impl Fn(&str) -> bool) {}",
        "pub trait T {}\nimpl X {\n fn f(b: bool) {}\n}",
    ] {
        expect_none(&bool_parameters(&[Source::snippet("axon/src/x.rs", code)]));
    }
}

#[test]
fn dead_code_and_banners_are_seen_and_prose_is_not() {
    for code in ["// let x = 1;", "    // cx.send(\"outbox\", 1)?;", "// if ready {", "// }", "// self.go();"]
    {
        expect_complaint(&dead_comments(&[Source::snippet("axon/src/x.rs", code)]), "commented-out");
    }
    for code in ["// ------------", "// ==== boxes ====", "    // ---- linkages ----"] {
        expect_complaint(&dead_comments(&[Source::snippet("axon/src/x.rs", code)]), "banner");
    }
    for prose in ["// if the box is full, the message stays;", "/// let x = 1;", "// T3: sleeping -> awake"] {
        expect_none(&dead_comments(&[Source::snippet("axon/src/x.rs", prose)]));
    }
}

#[test]
fn a_stranger_at_the_top_is_seen() {
    expect_complaint(&strangers_at_the_top(&["axon/src/lib.rs".into(), "notes.txt".into()]), "notes.txt");
}

/// Programs in `examples/` that no manifest names: cargo does not build them.
fn examples_without_a_target(files: &[String], manifests: &[String]) -> Vec<String> {
    files
        .iter()
        .filter_map(|file| file.strip_prefix("examples/"))
        .filter(|file| !file.contains('/') && file.ends_with(".rs"))
        .filter(|file| {
            let named = [format!("path = \"{file}\""), format!("path = \"examples/{file}\"")];
            !manifests.iter().any(|manifest| named.iter().any(|path| manifest.contains(path)))
        })
        .map(|file| {
            format!("examples/{file}: no `[[example]]` in `Cargo.toml` or `examples/Cargo.toml` names it")
        })
        .collect()
}

#[test]
fn every_example_is_a_target_of_a_package() {
    let manifests = ["Cargo.toml", "examples/Cargo.toml"].map(crate::source::read);
    expect_none(&examples_without_a_target(&all_paths(), &manifests));
}

#[test]
fn an_example_that_is_no_target_is_seen() {
    let files = ["examples/hello.rs", "examples/kamaelia/x.rs"].map(String::from);
    expect_complaint(&examples_without_a_target(&files, &[String::new()]), "examples/hello.rs");
    expect_none(&examples_without_a_target(&files, &["path = \"hello.rs\"".to_owned()]));
}

//! The form of files: how long, how named, how they begin, and what their public functions look like.

use std::collections::BTreeSet;

use crate::source::{
    EVERYWHERE, IN_CRATES, Source, all_paths, expect_complaint, expect_none, is_word_char, kept,
};

/// Lines a file may have without its tests and the documentation of its items.
const LONGEST: usize = 400;

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

#[test]
fn no_file_is_longer_than_four_hundred_lines_without_tests_and_documentation() {
    let too_long = |source: &Source| {
        let without_tests = source.text.lines().take(source.code.lines().count());
        let lines = without_tests.filter(|line| !line.trim_start().starts_with("///")).count();
        let place = &source.path;
        Vec::from_iter((lines > LONGEST).then(|| format!("{place}: {lines} lines, more than {LONGEST}")))
    };
    let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(500));
    let cases = [(&*"//! x\n".repeat(401), "401 lines"), (&*tests, "")];
    kept(&["axon/src", "kamaelia-net/src", "examples"], too_long, &cases);
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let opening_missing = |source: &Source| {
        let opens = source.text.starts_with("//! ");
        Vec::from_iter((!opens).then(|| format!("{}: does not open with `//!` and what it is", source.path)))
    };
    kept(&EVERYWHERE, opening_missing, &[("use std::fmt;", "does not open"), ("//! It.", "")]);
}

fn empty_names(paths: &[String]) -> Vec<String> {
    let says_nothing = |path: &&String| {
        path.trim_end_matches(".rs").split('/').any(|part| NAMES_THAT_SAY_NOTHING.contains(&part))
    };
    paths.iter().filter(says_nothing).map(|path| format!("{path}: the name says nothing")).collect()
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    expect_none(&empty_names(&all_paths()));
    for wrong in ["axon/src/utils.rs", "axon/src/common/mod.rs"] {
        expect_complaint(&empty_names(&[wrong.to_owned()]), "says nothing");
    }
    expect_none(&empty_names(&["axon/src/util/mod.rs".to_owned()]));
}

#[test]
fn no_function_is_named_get() {
    let getters = |source: &Source| {
        // `get_mut` beside `get` is the standard library's name for what may be absent.
        let named_get = source.code.match_indices("fn get_");
        let named_get = named_get.filter(|(at, _)| !source.code[*at..].starts_with("fn get_mut("));
        named_get.map(|(at, _)| format!("{}: a getter has no `get_` in its name", source.at(at))).collect()
    };
    kept(&EVERYWHERE, getters, &[("pub fn get_name() {}", "no `get_`"), ("pub fn get_mut() {}", "")]);
}

/// A public type, trait or function that has a second word for something of Kamaelia's.
fn synonyms(source: &Source) -> Vec<String> {
    const SECOND_WORDS: [&str; 4] = ["actor", "node", "edge", "channel"];
    let mut complaints = Vec::new();
    for kind in ["pub struct ", "pub enum ", "pub trait ", "pub fn ", "pub async fn "] {
        for (at, _) in source.code.match_indices(kind) {
            let rest = &source.code[at + kind.len()..];
            let name: String = rest.chars().take_while(|&c| is_word_char(c)).collect();
            let lower = name.to_lowercase();
            if SECOND_WORDS.iter().any(|word| lower.split('_').any(|part| part.starts_with(word))) {
                complaints.push(format!("{}: `{name}`: Kamaelia has a word for it", source.at(at)));
            }
        }
    }
    complaints
}

#[test]
fn no_public_name_is_a_synonym_for_a_word_of_kamaelia() {
    let wrong = ["pub struct NodeId;", "pub trait Actor {}", "pub fn add_edge() {}"];
    kept(&IN_CRATES, synonyms, &wrong.map(|code| (code, "Kamaelia has a word")));
    kept(&[], synonyms, &[("pub fn knowledge() {}\nfn node() {}", "")]);
}

/// `bool` as a parameter of a `pub fn` or of a function of a `pub trait`.
fn bool_parameters(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for at in source.words("fn") {
        let takes_bool = parameters(&source.code[at..]).split(',').any(|parameter| {
            let kind = parameter.split_once(':').map_or("", |(_, kind)| kind.trim());
            kind == "bool" || kind == "Option<bool>"
        });
        if takes_bool && is_public(&source.code[..at]) {
            let place = source.at(at);
            complaints.push(format!("{place}: a public function takes a `bool`; give the two cases names"));
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

#[test]
fn no_public_function_takes_a_bool() {
    let wrong = [
        "pub fn f(a: u8, b: bool) {}",
        "pub async fn f<T>(&self, b: bool) {}",
        "pub trait T {\n fn f(&self, b: bool);\n}",
    ];
    kept(&IN_CRATES, bool_parameters, &wrong.map(|code| (code, "takes a `bool`")));
    let right = [
        "pub fn f(a: u8) -> bool { true }",
        "fn f(b: bool) {}",
        "pub fn f(p: impl Fn(&str) -> bool) {}",
        "pub trait T {}\nimpl X {\n fn f(b: bool) {}\n}",
    ];
    kept(&[], bool_parameters, &right.map(|code| (code, "")));
}

/// Comments that are code, and lines drawn across the page.
fn dead_comments(source: &Source) -> Vec<String> {
    const BANNERS: [&str; 6] = ["---", "===", "***", "###", "~~~", "___"];
    let mut complaints = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
        if comment.starts_with(['/', '!']) {
            continue;
        }
        let (comment, place) = (comment.trim(), format!("{}:{}", source.path, number + 1));
        if looks_like_code(comment) {
            complaints.push(format!("{place}: commented-out code"));
        } else if BANNERS.iter().any(|line| comment.starts_with(line)) {
            complaints.push(format!("{place}: a banner"));
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

#[test]
fn no_code_is_commented_out_and_no_banner_is_drawn() {
    let dead = ["// let x = 1;", "    // cx.send(\"outbox\", 1)?;", "// if ready {", "// }", "// self.go();"];
    kept(&EVERYWHERE, dead_comments, &dead.map(|code| (code, "commented-out")));
    let banners = ["// ------------", "// ==== boxes ====", "    // ---- linkages ----"];
    kept(&[], dead_comments, &banners.map(|code| (code, "banner")));
    let prose = ["// if the box is full, the message stays;", "/// let x = 1;", "// T3: sleeping -> awake"];
    kept(&[], dead_comments, &prose.map(|code| (code, "")));
}

fn strangers_at_the_top(paths: &[String]) -> Vec<String> {
    let tops: BTreeSet<&str> = paths.iter().filter_map(|path| path.split('/').next()).collect();
    let strangers = tops.into_iter().filter(|top| !TOP.contains(top));
    strangers.map(|top| format!("{top}: does not belong at the top of the repository")).collect()
}

#[test]
fn nothing_else_lies_at_the_top_of_the_repository() {
    expect_none(&strangers_at_the_top(&all_paths()));
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
    let files = ["examples/hello.rs", "examples/kamaelia/x.rs"].map(String::from);
    expect_complaint(&examples_without_a_target(&files, &[String::new()]), "examples/hello.rs");
    expect_none(&examples_without_a_target(&files, &["path = \"hello.rs\"".to_owned()]));
}

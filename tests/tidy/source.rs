//! The workspace's files as the rules see them: text, and the same text with comments and literals blanked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// One Rust file. Offsets into `code` are offsets into `text`.
#[derive(Clone)]
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// `text` with the insides of comments, strings and characters turned to spaces, tests cut off.
    pub(crate) code: String,
}

impl Source {
    /// A file that only a self-test knows.
    pub(crate) fn snippet(path: &str, text: &str) -> Self {
        let mut code = blank_comments_and_literals(text);
        let is_test = path.ends_with("_tests.rs");
        code.truncate(if is_test { 0 } else { end_without_tests(&code) });
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Is it in this folder (or is it this file)?
    pub(crate) fn is_in(&self, prefix: &str) -> bool {
        self.path.starts_with(prefix)
    }

    /// `path:line`, for a complaint.
    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.path, self.text[..offset].matches('\n').count() + 1)
    }

    /// Where this word stands in the code as a whole word.
    pub(crate) fn words(&self, word: &str) -> Vec<usize> {
        words(&self.code, word)
    }
}

/// Where `word` stands in `code` with no letter, digit or underscore before or after it.
pub(crate) fn words(code: &str, word: &str) -> Vec<usize> {
    let starts_open = !word.starts_with(is_word_char);
    let ends_open = !word.ends_with(is_word_char);
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|&at| starts_open || !code[..at].ends_with(is_word_char))
        .filter(|&at| ends_open || !code[at + word.len()..].starts_with(is_word_char))
        .collect()
}

/// Can this character be part of a Rust name?
pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the workspace; empty if it does not exist.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// The sources of the two crates.
pub(crate) const IN_CRATES: [&str; 2] = ["axon/src", "kamaelia-net/src"];

/// All Rust files.
pub(crate) const EVERYWHERE: [&str; 4] = ["axon", "kamaelia-net", "examples", "tests"];

/// The sources of the two crates.
pub(crate) fn crates() -> Vec<Source> {
    let found = rust_files(&IN_CRATES);
    assert!(!found.is_empty(), "no sources below {}", root().display());
    found
}

/// All Rust files below these folders.
pub(crate) fn rust_files(folders: &[&str]) -> Vec<Source> {
    static FILES: OnceLock<Vec<Source>> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let mut paths = Vec::new();
        EVERYWHERE.iter().for_each(|folder| collect(&root().join(folder), &mut paths));
        paths.sort();
        let source = |path: &PathBuf| Source::snippet(&relative(path), &fs::read_to_string(path).unwrap());
        paths.iter().map(source).collect()
    });
    let wanted = |source: &&Source| folders.iter().any(|folder| source.is_in(&format!("{folder}/")));
    files.iter().filter(wanted).cloned().collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// Every file git knows or would add; without git, the names at the top.
pub(crate) fn all_paths() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
        }
        _ => fs::read_dir(root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "target" && name != ".git")
            .collect(),
    }
}

/// Fails with all complaints, one a line.
#[track_caller]
pub(crate) fn expect_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A rule about each file by itself: none in these folders breaks it, and of each of these texts it says what stands
/// beside it, or nothing.
#[track_caller]
pub(crate) fn kept(folders: &[&str], rule: impl Fn(&Source) -> Vec<String>, cases: &[(&str, &str)]) {
    expect_none(&rust_files(folders).iter().flat_map(&rule).collect::<Vec<_>>());
    for (text, saying) in cases {
        let complaints = rule(&Source::snippet("axon/src/x.rs", text));
        if saying.is_empty() { expect_none(&complaints) } else { expect_complaint(&complaints, saying) }
    }
}

/// The self-test of a rule: it must complain here, and its first complaint must say this.
#[track_caller]
pub(crate) fn expect_complaint(complaints: &[String], saying: &str) {
    let first = complaints.first().expect("the rule saw nothing wrong");
    assert!(first.contains(saying), "{first:?} does not say {saying:?}");
}

/// Where the tests at the end of a file begin.
fn end_without_tests(code: &str) -> usize {
    let mut offset = 0;
    let mut lines = code.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let next_is_module = lines.peek().is_some_and(|next| next.trim_start().starts_with("mod "));
        if line.trim() == "#[cfg(test)]" && next_is_module {
            return offset;
        }
        offset += line.len();
    }
    code.len()
}

/// The same text, byte for byte, with comments and literals replaced by spaces.
fn blank_comments_and_literals(text: &str) -> String {
    let mut out: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }).collect();
    let tokens = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    copy_code(tokens, text, &mut out);
    String::from_utf8(out).unwrap()
}

fn copy_code(tokens: TokenStream, text: &str, out: &mut [u8]) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => copy(ident.span(), &ident.to_string(), text, out),
            TokenTree::Punct(punct) => copy(punct.span(), &punct.to_string(), text, out),
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                copy(group.span_open(), open, text, out);
                copy(group.span_close(), close, text, out);
                copy_code(group.stream(), text, out);
            }
        }
    }
}

fn copy(span: Span, token: &str, text: &str, out: &mut [u8]) {
    let range = span.byte_range();
    // The tokens of a comment that is documentation lie where the comment lies, and do not read like it.
    if text.get(range.clone()) == Some(token) {
        out[range].copy_from_slice(token.as_bytes());
    }
}

#[test]
fn comments_and_literals_are_blanked_and_code_stays_where_it_was() {
    let text = "let a = \"println!(\\\"x\\\")\"; // println!\nfn f<'a>(c: char) { c == '\\'' || r#\"static mut\"# ; }";
    let code = blank_comments_and_literals(text);
    assert_eq!(code.len(), text.len());
    assert!(!code.contains("println") && !code.contains("static") && !code.contains('"'), "{code}");
    assert!(code.contains("fn f<'a>(c: char) { c =="), "{code}");
    assert_eq!(code.find("fn f"), text.find("fn f"));
}

#[test]
fn tests_at_the_end_of_a_file_are_cut_off() {
    let source = Source::snippet("a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n use super::*;\n}\n");
    assert_eq!(source.code, "fn f() {}\n");
}

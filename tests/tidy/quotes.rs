//! What the documents quote exists: files, and names of the sources.

use std::collections::BTreeSet;

use crate::source::{all_paths, expect_complaint, expect_none, is_word_char, read, rust_files};

/// What documents may quote although it is in no source: names of Python, of systems and of other libraries, and
/// invented ones.
const FOREIGN: [&str; 15] = [
    "Forwarded",
    "ParsedHTTPEnd",
    "RuntimeError",
    "SIOCOUTQ",
    "TCP_USER_TIMEOUT",
    "codegen",
    "epoll_ctl",
    "epoll_wait",
    "hyper",
    "miniz_oxide",
    "pythonName",
    "rayon",
    "synchronous",
    "testssl",
    "webpki",
];

/// Documents about other systems, and of how things were.
const OF_OTHER_SOURCES: [&str; 4] =
    ["CHANGELOG.md", "docs/coming-from.md", "docs/from-kamaelia.md", "docs/porting.md"];

/// Folders with which a path begins.
const FOLDERS: [&str; 6] = [".ci/", "axon/", "docs/", "examples/", "kamaelia-net/", "tests/"];

/// What stands between backquotes, outside blocks of code.
fn quoted(markdown: &str) -> impl Iterator<Item = &str> {
    let prose = markdown.split("```").step_by(2);
    prose.flat_map(|text| text.split('`').skip(1).step_by(2))
}

fn dangling(document: &str, markdown: &str, paths: &[String], names: &BTreeSet<&str>) -> Vec<String> {
    let exists = |quote: &str| {
        let below = format!("{}/", quote.trim_end_matches('/'));
        paths.iter().any(|path| path == quote || path.starts_with(&below))
    };
    let mut complaints = Vec::new();
    for quote in quoted(markdown) {
        // A pattern, or a name that the reader replaces.
        if ["*", "NAME", "..."].iter().any(|part| quote.contains(part)) {
            continue;
        }
        if FOLDERS.iter().any(|folder| quote.starts_with(folder)) {
            if !quote.contains(' ') && !exists(quote) {
                complaints.push(format!("{document}: there is no `{quote}`"));
            }
            continue;
        }
        for name in quote.split(|c| !is_word_char(c)) {
            // `Echo_7` is a component of the type `Echo`.
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('_').unwrap_or(name);
            // Shorter ones are letters of examples and numbers of promises.
            if name.len() > 4 && !names.contains(name) && !FOREIGN.contains(&name) {
                complaints.push(format!("{document}: `{name}` is in no source, nor in `FOREIGN`"));
            }
        }
    }
    complaints
}

#[test]
fn the_documents_quote_only_what_exists() {
    let paths = all_paths();
    let sources = rust_files(&["axon", "kamaelia-net", "examples", "tests"]);
    // Without the list above.
    let others_than_this = sources.into_iter().filter(|source| !source.path.ends_with("tidy/quotes.rs"));
    let mut texts: Vec<String> = others_than_this.map(|source| source.text).collect();
    let others = [".toml", ".sh", ".py", ".ci/run"];
    texts.extend(
        paths.iter().filter(|path| others.iter().any(|end| path.ends_with(end))).map(|path| read(path)),
    );
    texts.extend(paths.iter().cloned());
    let names = texts.iter().flat_map(|text| text.split(|c| !is_word_char(c))).collect();
    let documents = paths.iter().filter(|path| path.ends_with(".md"));
    let documents = documents.filter(|document| !OF_OTHER_SOURCES.contains(&document.as_str()));
    let complaints = documents.flat_map(|document| dangling(document, &read(document), &paths, &names));
    expect_none(&complaints.collect::<Vec<_>>());
    let paths = ["docs/style.md".to_owned()];
    let complaints = |markdown| dangling("docs/x.md", markdown, &paths, &BTreeSet::from(["Context", "recv"]));
    expect_none(&complaints(
        "`Context::recv`, `Context_3`, `docs/style.md`, `docs/`, `docs/*.md`\n```\n`Nothing`\n```\n",
    ));
    expect_complaint(&complaints("the `Postmaster`"), "`Postmaster` is in no source");
    expect_complaint(&complaints("see `docs/gone.md`"), "there is no `docs/gone.md`");
}

/// Decisions that the index does not name.
fn not_in_the_index(paths: &[String], index: &str) -> Vec<String> {
    let pages = paths.iter().filter_map(|path| path.strip_prefix("docs/decisions/"));
    let pages = pages.filter(|page| *page != "README.md" && !index.contains(&format!("({page})")));
    pages.map(|page| format!("docs/decisions/README.md: no row leads to {page}")).collect()
}

#[test]
fn the_index_of_decisions_names_every_page() {
    expect_none(&not_in_the_index(&all_paths(), &read("docs/decisions/README.md")));
    let paths = ["docs/decisions/room.md", "docs/decisions/tls.md"].map(String::from);
    expect_complaint(
        &not_in_the_index(&paths, "| [room](room.md) | Who gets it? |"),
        "no row leads to tls.md",
    );
}

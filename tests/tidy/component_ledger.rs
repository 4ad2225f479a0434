//! The ledger of Kamaelia's components in `docs/porting.md` says what is so.

use crate::source::{Source, expect_complaint, expect_none, read, root, rust_files, words};

/// One row: the Python name, and what became of it.
#[derive(PartialEq, Debug)]
struct Row {
    python: String,
    here: String,
}

/// The rows of the tables that begin with `| Kamaelia | module | here |`.
fn ledger(porting: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut is_table = false;
    for line in porting.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        is_table = line.starts_with('|') && (is_table || cells == ["Kamaelia", "module", "here"]);
        if let [python, module, here] = cells[..]
            && is_table
            && module.starts_with('`')
        {
            rows.push(Row { python: python.trim_matches('`').to_owned(), here: here.to_owned() });
        }
    }
    rows
}

/// Whether the sources have a public item of this name, and whether a search for the Python name finds it.
fn is_found(sources: &[Source], item: &str, python: &str) -> (bool, bool) {
    let kinds = ["struct", "enum", "trait", "type", "fn"];
    let declared = |source: &Source| {
        kinds.iter().find_map(|kind| words(&source.text, &format!("pub {kind} {item}")).first().copied())
    };
    let alias = format!("#[doc(alias = \"{python}\")]");
    let places: Vec<_> = sources.iter().filter_map(|source| Some((source, declared(source)?))).collect();
    let has_alias = |(source, at): &(&Source, usize)| {
        // The attributes and the documentation that stand directly before the item.
        let before = source.text[..*at].rsplit("\n\n").next().unwrap_or_default();
        before.contains(&alias)
    };
    (!places.is_empty(), item == python || places.iter().any(has_alias))
}

fn wrong_rows(rows: &[Row], sources: &[Source], test: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for Row { python, here } in rows {
        let place = format!("docs/porting.md: {python}");
        if here.starts_with("replaced by ") || here.starts_with("left out: ") {
            continue;
        }
        let mut names = here.split('`').skip(1).step_by(2);
        let (Some(item), Some(path)) = (names.next(), names.next()) else {
            complaints.push(format!("{place}: an open row: {here}"));
            continue;
        };
        if here.starts_with("in ") {
            // A part of a program.
            if test(item).is_none_or(|program| words(&program, python).is_empty()) || test(path).is_none() {
                complaints.push(format!("{place}: it is not in {item}, or there is no {path}"));
            }
            continue;
        }
        match is_found(sources, item, python) {
            (false, _) => complaints.push(format!("{place}: there is no `{item}`")),
            (true, false) => complaints.push(format!("{place}: `{item}` needs #[doc(alias = \"{python}\")]")),
            (true, true) => {}
        }
        if test(path).is_none_or(|text| words(&text, item).is_empty()) {
            complaints.push(format!("{place}: no test in {path} uses `{item}`"));
        }
    }
    complaints
}

#[test]
fn the_ledger_of_components_says_what_became_of_each() {
    let rows = ledger(&read("docs/porting.md"));
    assert!(rows.len() > 200, "the ledger has {} rows", rows.len());
    let sources = rust_files(&["axon/src", "kamaelia-net/src"]);
    expect_none(&wrong_rows(&rows, &sources, |path| std::fs::read_to_string(root().join(path)).ok()));
    let source = Source::snippet(
        "axon/src/x.rs",
        "/// One.\n#[doc(alias = \"one\")]\npub struct One;\n\n/// Two.\npub struct Two;\n",
    );
    let sources = std::slice::from_ref(&source);
    let test = |path: &str| path.ends_with("/x.rs").then(|| "One; Two;".to_owned());
    let wrong = |row: &str| {
        let table = format!("| Kamaelia | module | here |\n|---|---|---|\n{row}\n");
        wrong_rows(&ledger(&table), sources, test)
    };
    for right in [
        "`one` | `Util` | `One`, `tests/x.rs`",
        "`Two` | `Util` | `Two`, `tests/x.rs`",
        "`a` | `b` | replaced by two",
        "`a` | `b` | left out: it is empty",
        "`Two` | `Apps` | in `examples/x.rs`, `tests/x.rs`",
    ] {
        expect_none(&wrong(&format!("| {right} |")));
    }
    expect_complaint(&wrong("| `one` | `Util` | `Three`, `tests/x.rs` |"), "there is no `Three`");
    expect_complaint(&wrong("| `two` | `Util` | `Two`, `tests/x.rs` |"), "needs #[doc(alias = \"two\")]");
    expect_complaint(&wrong("| `one` | `Util` | `One`, `tests/y.rs` |"), "no test in tests/y.rs");
    for open in ["there", "to come"] {
        expect_complaint(&wrong(&format!("| `one` | `Util` | {open} |")), "an open row");
    }
    expect_complaint(&wrong("| `Six` | `Apps` | in `examples/x.rs`, `tests/x.rs` |"), "it is not in");
    expect_complaint(&wrong("| `Two` | `Apps` | in `examples/x.rs`, `tests/y.rs` |"), "no tests/y.rs");
}

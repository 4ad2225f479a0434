//! The documents say what the tests show: the promises, the README, and the ledger of ported tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::cargo;
use crate::source::{Source, expect_complaint, expect_none, is_word_char, read, rust_files, words};

/// `S12` or `S25a` at the head of a line of `docs/semantics.md`.
fn promises(semantics: &str) -> BTreeSet<String> {
    semantics
        .lines()
        .filter_map(|line| {
            promise(line.trim_start_matches(['-', '*', '#', '|', '`', ' ']).strip_prefix('S')?)
        })
        .collect()
}

/// The number at the head of this text, without leading zeros: `08_a_message` is `8`.
fn promise(text: &str) -> Option<String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &text[digits..];
    let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
    let ends = !rest[letters..].starts_with(|c: char| c.is_alphanumeric());
    let number = text[..digits].trim_start_matches('0');
    (digits > 0 && letters < 2 && ends).then(|| format!("{number}{}", &rest[..letters]))
}

/// The names of the tests of these files.
fn tests(sources: &[Source]) -> BTreeSet<String> {
    sources.iter().flat_map(|source| test_paths(source).into_iter()).collect()
}

/// The path of each test of a file inside it: `module::name`.
fn test_paths(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut module = None;
    let mut is_test = false;
    for line in source.text.lines() {
        let code = line.trim_start();
        let indented = code.len() < line.len();
        if let Some(name) = code.strip_prefix("mod ").filter(|rest| rest.ends_with('{') && !indented) {
            module = name.split_whitespace().next();
        } else if line == "}" {
            module = None;
        } else if code.starts_with("#[test]") {
            is_test = true;
        } else if let Some(rest) = code.strip_prefix("fn ").filter(|_| is_test) {
            let name = rest.split('(').next().unwrap();
            found.push(module.map_or_else(|| name.to_owned(), |module| format!("{module}::{name}")));
            is_test = false;
        }
    }
    found
}

/// A promise without a test, or a test for no promise.
fn unkept(semantics: &str, sources: &[Source]) -> Vec<String> {
    let promised = promises(semantics);
    let mut kept = BTreeMap::new();
    for name in tests(sources) {
        let last = name.rsplit("::").next().unwrap();
        if let Some(number) = last.strip_prefix('s').and_then(promise) {
            kept.insert(number, name);
        }
    }
    let broken = promised.iter().filter(|number| !kept.contains_key(*number));
    let foreign = kept.iter().filter(|(number, _)| !promised.contains(*number));
    broken
        .map(|number| format!("S{number} of docs/semantics.md has no test in tests/semantics"))
        .chain(
            foreign.map(|(number, name)| {
                format!("{name} tests S{number}, which docs/semantics.md does not have")
            }),
        )
        .collect()
}

/// One row of the ledger in `docs/porting.md`.
#[derive(PartialEq, Debug)]
struct Row {
    file: String,
    python: String,
    verdict: String,
}

/// The sections `### path/test_Thing.py` and their tables `| 1 | name | verdict |`.
fn ledger(porting: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut file = "";
    for line in porting.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            file = heading.trim_matches('`').rsplit('/').next().unwrap();
        }
        let cells: Vec<&str> = line.trim_matches('|').splitn(3, '|').map(str::trim).collect();
        if let [number, python, verdict] = cells[..]
            && file.ends_with(".py")
            && number.parse::<u32>().is_ok()
        {
            let python = python.trim_matches('`').to_owned();
            rows.push(Row { file: file.to_owned(), python, verdict: verdict.to_owned() });
        }
    }
    rows
}

/// `test_addInbox_newName` is `add_inbox_new_name`.
fn snake_case(python: &str) -> String {
    let mut snake = String::new();
    let name = python.rsplit('.').next().unwrap().trim_start_matches('_');
    for c in name.strip_prefix("test").unwrap_or(name).chars() {
        let after_small = snake.ends_with(|last: char| last.is_ascii_lowercase() || last.is_ascii_digit());
        if (c.is_ascii_uppercase() && after_small) || (c == '_' && !snake.ends_with('_')) {
            snake.push('_');
        }
        if c != '_' {
            snake.push(c.to_ascii_lowercase());
        }
    }
    snake.trim_matches('_').to_owned()
}

/// `test_ThreadedComponent.py` was ported into `tests/ported/threaded_component.rs`.
fn ported_file(python: &str) -> String {
    format!("tests/ported/{}.rs", snake_case(python.trim_end_matches(".py")))
}

/// The first name in backticks after this word.
fn name_after<'a>(verdict: &'a str, word: &str) -> Option<&'a str> {
    verdict.strip_prefix(word)?.split('`').nth(1)
}

/// Rows that do not say what became of the case, or say what is not so; and ported tests without a row.
fn wrong_rows(rows: &[Row], sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut unnamed: BTreeSet<(String, String)> = sources
        .iter()
        .filter(|source| source.is_in("tests/ported/") && !source.is_in("tests/ported/axon_traces/"))
        .flat_map(|source| test_paths(source).into_iter().map(|test| (source.path.clone(), test)))
        .collect();
    let everywhere = tests(sources);
    for Row { file, python, verdict } in rows {
        let place = format!("docs/porting.md: {file} {python}");
        if let Some(test) = name_after(verdict, "ported") {
            let expected = snake_case(python);
            if test.rsplit("::").next() != Some(&expected) {
                complaints.push(format!("{place}: `{test}` is not the same name, `{expected}`"));
            }
            if !unnamed.remove(&(ported_file(file), test.to_owned())) {
                complaints.push(format!("{place}: {} has no test `{test}` of its own", ported_file(file)));
            }
        } else if let Some(test) = name_after(verdict, "replaced") {
            if !everywhere.iter().any(|known| known == test || known.ends_with(&format!("::{test}"))) {
                complaints.push(format!("{place}: there is no test `{test}`"));
            }
        } else if !verdict.starts_with("not applicable: ") && !verdict.starts_with("no such component yet") {
            complaints.push(format!("{place}: an open row: {verdict}"));
        }
    }
    complaints.extend(
        unnamed.into_iter().map(|(file, test)| format!("{file}: `{test}` is in no row of docs/porting.md")),
    );
    complaints
}

/// Lines like `| test_Scheduler.py | 19 | 15 | 1 | 3 | 0 |`: cases, ported, replaced, not applicable, not yet.
fn wrong_counts(porting: &str, rows: &[Row]) -> Vec<String> {
    let mut counts: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for row in rows {
        let kind = ["ported", "replaced", "not applicable", "no such"];
        let kind = kind.iter().position(|kind| row.verdict.starts_with(kind)).map_or(4, |kind| kind + 1);
        for file in [row.file.as_str(), "total"] {
            let counts = counts.entry(file).or_default();
            counts[0] += 1;
            counts[kind] += 1;
        }
    }
    counts
        .iter()
        .map(|(file, counts)| (file, counts.map(|count| count.to_string()).join(" | ")))
        .filter(|(file, counts)| !porting.contains(&format!("| {file} | {counts} |")))
        .map(|(file, counts)| format!("docs/porting.md: the summary lacks `| {file} | {counts} |`"))
        .collect()
}

/// The first block of this language in a Markdown text.
fn block<'a>(markdown: &'a str, language: &str) -> Option<&'a str> {
    let (_, after) = markdown.split_once(&format!("\n```{language}\n"))?;
    after.split_once("\n```").map(|(block, _)| block)
}

/// A program without the lines that say what the file is.
fn without_opening(program: &str) -> &str {
    let opening =
        program.split_inclusive('\n').take_while(|line| line.starts_with("//!") || line.trim().is_empty());
    program[opening.map(str::len).sum()..].trim_end()
}

/// Verbs that a document says exist, `cx.verb` or `Type::verb(`, and that no source has.
fn unknown_verbs(markdown: &str, sources: &[Source]) -> Vec<String> {
    let mut verbs = BTreeSet::new();
    for owner in ["cx.", "scheduler.", "remote.", "message.", "cx.tracker()."] {
        verbs.extend(words(markdown, owner).into_iter().map(|at| name_at(&markdown[at + owner.len()..])));
    }
    for (at, _) in markdown.match_indices("::") {
        let name = name_at(&markdown[at + 2..]);
        if markdown[at + 2 + name.len()..].starts_with('(') {
            verbs.insert(name);
        }
    }
    let exists = |verb: &str| {
        let declared = ["<", "("].map(|after| format!("fn {verb}{after}"));
        sources.iter().any(|source| declared.iter().any(|declared| source.text.contains(declared)))
    };
    let unknown = verbs.into_iter().filter(|verb| verb.starts_with(char::is_lowercase) && !exists(verb));
    unknown.map(|verb| format!("there is no `{verb}`")).collect()
}

fn name_at(text: &str) -> &str {
    &text[..text.find(|c| !is_word_char(c)).unwrap_or(text.len())]
}

/// Tests that a table names, and that no source has. A name of three words or more in backticks is a test.
fn unknown_tests(markdown: &str, sources: &[Source]) -> Vec<String> {
    let everywhere = tests(sources);
    let rows = markdown.lines().filter(|line| line.starts_with('|'));
    let named = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let named = named.filter(|name| name.matches('_').count() > 1 && name.chars().all(is_word_char));
    let exists = |name: &str| everywhere.iter().any(|known| known.rsplit("::").next() == Some(name));
    named.filter(|name| !exists(name)).map(|name| format!("there is no test `{name}`")).collect()
}

#[test]
fn every_test_in_the_checklist_of_tls_exists() {
    let sources = rust_files(&["tests", "kamaelia-net/src"]);
    expect_none(&unknown_tests(&read("docs/decisions/tls.md"), &sources));
    let source = Source::snippet("tests/x.rs", "#[test]\nfn this_is_one() {}");
    let sources = std::slice::from_ref(&source);
    expect_none(&unknown_tests("| `close_notify` | `this_is_one` |\nno row: `that_is_none`", sources));
    expect_complaint(&unknown_tests("| a row | `this_is_one`, `that_is_none` |", sources), "`that_is_none`");
}

#[test]
fn every_verb_in_the_guide_to_porting_exists() {
    let sources = rust_files(&["axon/src", "kamaelia-net/src"]);
    let guide = read("docs/porting.md");
    let guide = guide.split("## The ledger").next().unwrap().replace("scheduler.run.", "");
    expect_none(&unknown_verbs(&guide, &sources));
    let source = Source::snippet("axon/src/x.rs", "impl X { pub fn send(&self) {} fn new<T>() {} }");
    let sources = std::slice::from_ref(&source);
    expect_none(&unknown_verbs("`cx.send(1)`, `X::new(2)`, `axon::Result`", sources));
    expect_complaint(&unknown_verbs("`cx.post(1)`", sources), "no `post`");
    expect_complaint(&unknown_verbs("`X::make(1)`", sources), "no `make`");
}

#[test]
fn every_promise_has_a_test_of_its_number_and_every_such_test_a_promise() {
    let semantics = read("docs/semantics.md");
    assert!(promises(&semantics).len() > 30, "docs/semantics.md has its promises");
    let sources: Vec<Source> =
        rust_files(&["tests"]).into_iter().filter(|source| source.is_in("tests/semantics")).collect();
    expect_none(&unkept(&semantics, &sources));
    let source = Source::snippet(
        "tests/semantics/x.rs",
        "#[test]\nfn s01_it_runs() {}\n#[test]\nfn s25a_it_ends() {}\n",
    );
    let text = "- S1 It runs.\n- S25a It ends.\nS is a letter.\n";
    expect_none(&unkept(text, std::slice::from_ref(&source)));
    expect_complaint(
        &unkept("- S1 It runs.\n- S2 In order.\n- S25a It ends.", std::slice::from_ref(&source)),
        "S2 of",
    );
    expect_complaint(&unkept("- S1 It runs.", &[source]), "which docs/semantics.md does not have");
}

#[test]
fn the_ledger_of_ported_tests_says_what_became_of_each_case() {
    let rows = ledger(&read("docs/porting.md"));
    assert!(rows.len() > 300, "the ledger has {} rows", rows.len());
    expect_none(&wrong_rows(&rows, &rust_files(&["tests", "axon", "kamaelia-net"])));
    let ported = Source::snippet(
        "tests/ported/x.rs",
        "mod a {\n    #[test]\n    fn it_runs() {}\n}\n#[test]\nfn it_ends() {}\n",
    );
    let others = Source::snippet("tests/semantics/x.rs", "#[test]\nfn s01_it_does() {}\n");
    let sources = [ported, others];
    let page = |verdict: &str| {
        let page = format!(
            "### Tests/test_X.py\n\n| # | a | b |\n|---|---|---|\n| 1 | `test_itRuns` | {verdict} |\n"
        );
        ledger(&(page + "| 2 | `test_itEnds` | ported: `it_ends` |\n"))
    };
    expect_none(&wrong_rows(&page("ported: `a::it_runs`"), &sources));
    expect_complaint(&wrong_rows(&page("ported: `a::it_ran`"), &sources), "is not the same name");
    expect_complaint(&wrong_rows(&page("ported: `it_runs`"), &sources), "has no test `it_runs`");
    expect_complaint(&wrong_rows(&page("replaced: by `s02_it_does`"), &sources), "there is no test");
    expect_complaint(&wrong_rows(&page("replaced: by `s01_it_does`"), &sources), "is in no row");
    expect_complaint(&wrong_rows(&page("later"), &sources), "an open row");
}

#[test]
fn the_summary_of_the_ledger_counts_its_rows() {
    let porting = read("docs/porting.md");
    expect_none(&wrong_counts(&porting, &ledger(&porting)));
    let page = "| test_X.py | 1 | 0 | 0 | 1 | 0 |\n| total | 1 | 0 | 0 | 1 | 0 |\n### test_X.py\n| 1 | `test_a` | not applicable: no |\n";
    expect_none(&wrong_counts(page, &ledger(page)));
    expect_complaint(
        &wrong_counts(&page.replace("0 | 0 | 1", "1 | 0 | 0"), &ledger(page)),
        "the summary lacks",
    );
}

#[test]
fn the_readme_shows_the_program_hello_as_it_is_and_what_it_prints() {
    let readme = read("README.md");
    assert_eq!(block(&readme, "rust").unwrap(), without_opening(&read("examples/hello.rs")));
    let ran = cargo().args(["run", "--quiet", "--example", "hello"]).output().expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(block(&readme, "text").unwrap(), printed.trim_end());
}

#[test]
fn the_readme_begins_with_the_two_commands_that_a_visitor_tries() {
    let readme = read("README.md");
    let mut commands = readme.lines().filter(|line| line.starts_with("cargo "));
    assert_eq!(commands.next(), Some("cargo run --example echo_client_server"));
    assert_eq!(commands.next(), Some("cargo test --workspace"));
}

#[test]
fn names_are_turned_into_snake_case_as_the_ledger_needs_them() {
    for (python, rust) in [
        ("test_SmokeTest_NoArguments", "smoke_test_no_arguments"),
        ("test___init__SmokeTest", "init_smoke_test"),
        ("test__str__checksStringFormatStrict", "str_checks_string_format_strict"),
        ("linkage_Test.test_sourcePair", "source_pair"),
        ("test_receivesShutdownAndPropagates23", "receives_shutdown_and_propagates23"),
        ("test_canAskToMake1stRequest", "can_ask_to_make1st_request"),
    ] {
        assert_eq!(snake_case(python), rust);
    }
    assert_eq!(ported_file("test_ThreadedComponent.py"), "tests/ported/threaded_component.rs");
}

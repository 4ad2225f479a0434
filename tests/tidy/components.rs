//! Every component's documentation has its form, and its tables name the boxes it declares.

use std::collections::BTreeSet;

use crate::source::{Source, crates, expect_complaint, expect_none, is_word_char, words};

/// Traits that make a type a component.
const TRAITS: [&str; 2] = ["Component", "ThreadedComponent"];

/// Box names that are constants of `axon`.
const CONSTANTS: [(&str, &str); 4] =
    [("INBOX", "inbox"), ("CONTROL", "control"), ("OUTBOX", "outbox"), ("SIGNAL", "signal")];

/// The names on both sides of a component.
#[derive(Default, PartialEq, Debug)]
struct Sides {
    inboxes: BTreeSet<String>,
    outboxes: BTreeSet<String>,
}

impl Sides {
    fn standard() -> Self {
        let side = |names: [&str; 2]| names.map(str::to_owned).into_iter().collect();
        Self { inboxes: side(["inbox", "control"]), outboxes: side(["outbox", "signal"]) }
    }
}

/// `impl ... Component for Name`: the name and the block.
fn components(source: &Source) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for at in TRAITS.iter().flat_map(|name| source.words(name)) {
        let before = source.code[..at].rsplit(['}', ';']).next().unwrap_or_default();
        let after = source.code[at..].split_once(" for ").filter(|(name, _)| TRAITS.contains(name));
        let Some((_, after)) = after.filter(|_| !words(before, "impl").is_empty()) else { continue };
        let name: String = after.chars().take_while(|&c| is_word_char(c)).collect();
        found.push((name, block(source, at)));
    }
    found
}

/// The text between the braces that open after `at`, literals included.
fn block(source: &Source, at: usize) -> &str {
    let Some(open) = source.code[at..].find('{').map(|open| at + open) else { return "" };
    let mut depth = 0;
    for (offset, c) in source.code[open..].char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            return &source.text[open..open + offset];
        }
    }
    ""
}

/// The documentation of `pub struct Name` (or enum); none if the type is not public.
fn documentation(source: &Source, name: &str) -> Option<String> {
    let at = ["struct", "enum"].iter().find_map(|kind| {
        let declared = format!("pub {kind} {name}");
        words(&source.code, &declared).first().copied()
    })?;
    let mut lines: Vec<&str> = source.text[..at]
        .lines()
        .rev()
        .map(str::trim)
        .take_while(|line| {
            line.starts_with("///") || line.starts_with("#[") || line.starts_with(')') || line.is_empty()
        })
        .filter_map(|line| line.strip_prefix("///"))
        .collect();
    lines.reverse();
    Some(lines.join("\n"))
}

/// Reads the tables that begin with `| inbox |` and `| outbox |`.
fn tables(documentation: &str) -> Sides {
    let mut sides = Sides::default();
    let mut side = None;
    for line in documentation.lines().map(str::trim) {
        let Some(cell) = line.strip_prefix('|').and_then(|rest| rest.split('|').next()) else {
            side = None;
            continue;
        };
        let cell = cell.trim();
        match cell.trim_matches('`').to_lowercase().as_str() {
            "inbox" if side.is_none() => side = Some(&mut sides.inboxes),
            "outbox" if side.is_none() => side = Some(&mut sides.outboxes),
            _ => {
                let quoted = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
                if let (Some(names), Some(name)) = (&mut side, quoted) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    sides
}

/// What `fn boxes` declares, as far as the names are written out in it, or in a function beside it that it calls.
/// Nothing can be said of a component that has the boxes of another.
fn declared(source: &Source, sources: &[Source], block: &str) -> Option<Sides> {
    let Some(at) = block.find("fn boxes(") else { return Some(Sides::standard()) };
    let body = method_at(block, at);
    let helper = if body.contains("Boxes::") { None } else { Some(helper_of(source, sources, body)?) };
    let body = helper.unwrap_or(body);
    let mut sides = if body.contains("Boxes::none()") { Sides::default() } else { Sides::standard() };
    for (call, _) in body.match_indices("box") {
        let method = body[..call].chars().rev().take_while(|&c| is_word_char(c)).collect::<String>();
        let method: String = method.chars().rev().collect::<String>() + "box";
        let names = match method.as_str() {
            "inbox" | "typed_inbox" => &mut sides.inboxes,
            "outbox" | "typed_outbox" => &mut sides.outboxes,
            _ => continue,
        };
        let is_method = body[..call + 3 - method.len()].ends_with('.');
        if let Some(name) = is_method.then(|| first_argument(source, sources, &body[call + 3..])).flatten() {
            names.insert(name);
        }
    }
    Some(sides)
}

/// The text of the method that begins here.
fn method_at(text: &str, at: usize) -> &str {
    let method = &text[at..];
    let end = method[1..].find("\n    }").map_or(method.len(), |end| end + 1);
    &method[..end]
}

/// The method of a file in the same folder that this body calls and that declares boxes.
fn helper_of<'a>(source: &Source, sources: &'a [Source], body: &str) -> Option<&'a str> {
    let calls =
        body.match_indices('(').map(|(at, _)| body[..at].rsplit(|c| !is_word_char(c)).next().unwrap_or(""));
    let beside: Vec<_> = sources.iter().filter(|other| folder(other) == folder(source)).collect();
    calls.filter(|name| !name.is_empty() && *name != "boxes").find_map(|name| {
        let declaration = format!("fn {name}(");
        let mut methods = beside.iter().filter_map(|source| Some((source, source.text.find(&declaration)?)));
        let found = methods.find(|(source, at)| method_at(&source.text, *at).contains("Boxes::"))?;
        Some(method_at(&found.0.text, found.1))
    })
}

fn folder(source: &Source) -> &str {
    source.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name that is the first argument of a call: a literal, or a constant of `axon`, of this file, of one beside it, or
/// of another.
fn first_argument(source: &Source, sources: &[Source], call: &str) -> Option<String> {
    let argument = &call[call.find('(')? + 1..];
    let argument = argument[..argument.find([',', ')'])?].trim();
    if let Some(literal) = argument.strip_prefix('"') {
        return Some(literal.trim_end_matches('"').to_owned());
    }
    let constant = argument.rsplit("::").next()?;
    if let Some((_, name)) = CONSTANTS.iter().find(|(name, _)| *name == constant) {
        return Some((*name).to_owned());
    }
    let declaration = format!("const {constant}: &str = \"");
    let beside = sources.iter().filter(|other| folder(other) == folder(source));
    let mut nearest_first = std::iter::once(source).chain(beside).chain(sources);
    let value = nearest_first.find_map(|source| source.text.split(&declaration).nth(1))?;
    Some(value.split('"').next()?.to_owned())
}

fn wrong_documentation(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (name, block) in components(source) {
            let Some(documentation) = documentation(source, &name) else { continue };
            let place = format!("{}: {name}", source.path);
            let (tables, declared) = (tables(&documentation), declared(source, sources, block));
            if let Some(declared) = declared.filter(|declared| tables != *declared) {
                complaints.push(format!("{place}: its tables say {tables:?}, it declares {declared:?}"));
            }
            if !documentation.contains("# Shutdown") {
                complaints.push(format!("{place}: does not say how it ends (`# Shutdown`)"));
            }
            let example = documentation.split("# Examples").nth(1).unwrap_or_default();
            if !example.contains("```") && !example.contains("See [`") {
                complaints.push(format!("{place}: has no example"));
            }
        }
    }
    complaints
}

/// What a module exports that is a component and that the table at its top does not name.
fn missing_from_the_front_page(module: &Source, sources: &[Source]) -> Vec<String> {
    let components: BTreeSet<String> =
        sources.iter().flat_map(|source| components(source).into_iter().map(|(name, _)| name)).collect();
    let table: Vec<&str> = module.text.lines().filter(|line| line.starts_with("//! |")).collect();
    let exports =
        words(&module.code, "pub use").into_iter().filter_map(|at| module.code[at..].split(';').next());
    let names: BTreeSet<&str> = exports.flat_map(|export| export.split(|c| !is_word_char(c))).collect();
    names
        .into_iter()
        .filter(|name| components.contains(*name))
        .filter(|name| !table.iter().any(|row| row.contains(&format!("`{name}`"))))
        .map(|name| format!("{}: {name} is not in the table at its top", module.path))
        .collect()
}

#[test]
fn every_component_that_is_exported_stands_in_the_table_of_its_front_page() {
    let sources = crates();
    for path in ["axon/src/util/mod.rs", "axon/src/file/mod.rs"] {
        let module = sources.iter().find(|source| source.path == path).expect(path);
        expect_none(&missing_from_the_front_page(module, &sources));
        let empty =
            module.text.lines().filter(|line| !line.starts_with("//! |")).collect::<Vec<_>>().join("\n");
        let all = missing_from_the_front_page(&Source::snippet(path, &empty), &sources).len();
        assert!(all > 15, "only {all} components are found in {path}");
    }
    let one = Source::snippet("axon/src/util/one.rs", "pub struct One;\nimpl Component for One {}");
    let front = |row: &str| {
        let text =
            format!("//! Ready-made.\n//!\n//! | to | use |\n//! {row}\n\npub use one::{{One, Options}};\n");
        missing_from_the_front_page(
            &Source::snippet("axon/src/util/mod.rs", &text),
            std::slice::from_ref(&one),
        )
    };
    expect_none(&front("| send one | [`One`] |"));
    expect_none(&front("| send one | `One` (feature `one`) |"));
    expect_complaint(&front("| send one | [`OneShot`] |"), "One is not in the table");
    expect_complaint(&front("See [`One`]."), "One is not in the table");
}

#[test]
fn the_tables_of_every_component_name_the_boxes_it_declares_and_it_says_how_it_ends() {
    expect_none(&wrong_documentation(&crates()));
    expect_none(&wrong_documentation(&[Source::snippet("axon/src/util/x.rs", RIGHT)]));
    let private = "struct X;\nimpl Component for X { async fn main(&mut self) {} }";
    expect_none(&wrong_documentation(&[Source::snippet("axon/src/util/x.rs", private)]));
    for (from, to, saying) in [
        ("| `next` |", "| `nekst` |", "nekst"),
        ("/// | `control` | an ending |\n", "", "its tables say"),
        ("\"next\", \"whom", "\"nekst\", \"whom", "nekst"),
        ("Boxes::standard()", "Boxes::none()", "its tables say"),
        ("# Shutdown", "# How it ends", "does not say how it ends"),
        ("```", "", "has no example"),
        ("# Examples", "", "has no example"),
    ] {
        let wrong = RIGHT.replace(from, to);
        assert_ne!(wrong, RIGHT);
        expect_complaint(&wrong_documentation(&[Source::snippet("axon/src/util/x.rs", &wrong)]), saying);
    }
    let plain = "/// | inbox | |\n/// |---|---|\n/// | `inbox` | |\n///\n/// # Shutdown\n/// # Examples\n/// ```\npub struct X;\nimpl Component for X {}";
    expect_complaint(&wrong_documentation(&[Source::snippet("axon/src/util/x.rs", plain)]), "control");
}

#[test]
fn the_components_of_the_library_are_found() {
    let found: BTreeSet<String> =
        crates().iter().flat_map(|source| components(source).into_iter().map(|(name, _)| name)).collect();
    for name in ["Pipeline", "Graphline", "Carousel", "Chooser", "TcpClient", "TcpServer"] {
        assert!(found.contains(name), "{name} is not among {found:?}");
    }
}

const RIGHT: &str = r#"
/// Sends on.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | an ending |
/// | `next` | whom to make |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same |
/// | `signal` | the ending |
/// | *one per name* | the same |
///
/// # Shutdown
///
/// As the convention has it.
///
/// # Examples
///
/// ```
/// ```
#[derive(Debug)]
pub struct Sender<T> {
    one: T,
}

impl<T: Payload> Component for Sender<T> {
    fn boxes(&self) -> Boxes {
        let boxes = Boxes::standard().typed_inbox::<u8>("next", "whom (of all) to make").inbox_size("inbox", 3);
        self.names.iter().fold(boxes, |boxes, name| boxes.outbox(name, "copy"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        cx.inboxes(cx.me()).inbox("not a box of mine");
    }
}
"#;

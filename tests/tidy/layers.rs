//! Who may name whom. The layers are read from `docs/architecture.md`, so that the drawing is the rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, expect_complaint, expect_none, is_word_char, read, rust_files, words};

/// Files that only list what others hold.
const LISTS: [&str; 5] = [
    "axon/src/lib.rs",
    "axon/src/prelude.rs",
    "axon/src/kernel/mod.rs",
    "kamaelia-net/src/lib.rs",
    "kamaelia-net/src/prelude.rs",
];

/// A name in the drawing that stands for several files.
const GROUPS: [(&str, &[&str]); 1] = [("servers", &["connected_server", "single_server"])];

/// The rank of each module of a crate: the higher, the more it may name.
type Layers = BTreeMap<String, usize>;

/// Reads the line of this crate from the drawing.
fn layers(drawing: &str, name: &str) -> Layers {
    let mut lines = drawing.lines().skip_while(|line| line.split_whitespace().next() != Some(name));
    let first = lines.next().unwrap_or_else(|| panic!("no layers of {name} in docs/architecture.md"));
    let mut joined = first.trim_start()[name.len()..].replace("|public face|", ">");
    for line in lines.take_while(|line| line.starts_with(' ')) {
        joined.push_str(&line.replace("|public face|", ">"));
    }
    let groups: Vec<&str> = joined.split('>').filter(|group| !group.trim().is_empty()).collect();
    let mut ranks = Layers::new();
    for (rank, group) in groups.iter().rev().enumerate() {
        for module in group.split_whitespace() {
            let files = GROUPS.iter().find(|(group, _)| *group == module).map(|(_, files)| *files);
            for file in files.unwrap_or(&[module]) {
                ranks.insert((*file).to_owned(), rank);
            }
        }
    }
    ranks
}

/// `axon/src/kernel/threaded/queues.rs` is `[kernel, threaded, queues]`.
fn module_path(source: &Source) -> Vec<String> {
    let (_, inside) = source.path.split_once("/src/").expect("a source of one of the crates");
    let mut parts: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// Folders of `axon` that are one layer with all that is in them.
const STOREYS: [&str; 6] = ["text", "util", "parallel", "drawing", "chassis", "catalogue"];

/// The module of the drawing that a path lies in: the deepest part the drawing knows, or the folder that is one layer.
fn module_of<'a>(path: &'a [String], layers: &Layers) -> Option<&'a String> {
    if let Some(first) =
        path.first().filter(|first| STOREYS.contains(&first.as_str()) && layers.contains_key(*first))
    {
        return Some(first);
    }
    path.iter().rev().find(|part| layers.contains_key(*part))
}

/// The first names that follow `super::`, `crate::` and `super::super::` in a file, as absolute paths.
fn names(source: &Source) -> Vec<(usize, Vec<String>)> {
    let here = module_path(source);
    let mut found = Vec::new();
    for word in ["super", "crate"] {
        for at in words(&source.code, word) {
            if source.code[..at].trim_end().ends_with("super::") || source.code[..at].ends_with('(') {
                continue;
            }
            let mut base = if word == "crate" { Vec::new() } else { here[..here.len() - 1].to_vec() };
            let mut rest = &source.code[at + word.len()..];
            while let Some(after) = rest.strip_prefix("::super") {
                base.pop();
                rest = after;
            }
            if let Some(tree) = rest.strip_prefix("::") {
                let mut leaves = Vec::new();
                use_tree(tree, &base, &mut leaves);
                found.extend(leaves.into_iter().map(|leaf| (at, leaf)));
            }
        }
    }
    found
}

/// Walks a use tree (or a plain path); gives each leaf with its whole path and returns how far it read.
fn use_tree(tree: &str, base: &[String], leaves: &mut Vec<Vec<String>>) -> usize {
    let mut at = tree.len() - tree.trim_start().len();
    if tree[at..].starts_with('{') {
        at += 1;
        loop {
            at += use_tree(&tree[at..], base, leaves);
            let rest = tree[at..].trim_start();
            at = tree.len() - rest.len();
            match rest.chars().next() {
                Some(',') => at += 1,
                Some('}') => return at + 1,
                _ => return at,
            }
        }
    }
    let name: String = tree[at..].chars().take_while(|&c| is_word_char(c)).collect();
    if name.is_empty() {
        return at;
    }
    at += name.len();
    let mut path = base.to_vec();
    path.push(name);
    if let Some(rest) = tree[at..].strip_prefix("::")
        && rest.starts_with(|c: char| is_word_char(c) || c == '{')
    {
        return at + 2 + use_tree(rest, &path, leaves);
    }
    leaves.push(path);
    if let Some(renamed) = tree[at..].strip_prefix(" as ") {
        at += 4 + renamed.chars().take_while(|&c| is_word_char(c)).count();
    }
    at
}

/// What a list file gives out under a short name: `Component` lies in `component`.
fn given_out(sources: &[Source], layers: &Layers) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for source in sources.iter().filter(|source| LISTS.contains(&source.path.as_str())) {
        for at in words(&source.code, "use") {
            let mut leaves = Vec::new();
            use_tree(source.code[at + 3..].trim_start(), &[], &mut leaves);
            for leaf in leaves {
                if let Some(module) = module_of(&leaf[..leaf.len() - 1], layers) {
                    map.insert(leaf.last().unwrap().clone(), module.clone());
                }
            }
        }
    }
    map
}

/// A file names no module above its own. Modules of one layer may name each other.
fn upward_names(sources: &[Source], layers: &Layers, axon: bool) -> Vec<String> {
    let given_out = given_out(sources, layers);
    let mut complaints = BTreeSet::new();
    for source in sources.iter().filter(|source| !LISTS.contains(&source.path.as_str())) {
        let path = module_path(source);
        let Some(module) = module_of(&path, layers) else {
            complaints.insert(format!("{}: is in no layer of docs/architecture.md", source.path));
            continue;
        };
        let in_kernel = path[0] == "kernel";
        for (at, name) in names(source) {
            if axon && !in_kernel && name.first().is_some_and(|first| first == "kernel") {
                complaints.insert(format!(
                    "{}: `{}` is a name of the kernel's",
                    source.at(at),
                    name.join("::")
                ));
                continue;
            }
            let short = given_out.get(name.last().unwrap()).filter(|_| in_kernel || !axon);
            let Some(named) = module_of(&name, layers).or(short) else { continue };
            if layers[named] > layers[module] {
                complaints.insert(format!("{}: `{module}` names `{named}`, which is higher", source.at(at)));
            }
        }
    }
    complaints.into_iter().collect()
}

fn drawing() -> String {
    let text = read("docs/architecture.md");
    let layers = text.split("## Layers").nth(1).expect("docs/architecture.md has a section on layers");
    layers.split("```").nth(1).expect("the layers are drawn").to_owned()
}

#[test]
fn a_file_names_no_higher_layer_and_no_secret_of_the_kernel() {
    for (folder, name) in [("axon/src", "axon"), ("kamaelia-net/src", "net")] {
        expect_none(&upward_names(&rust_files(&[folder]), &layers(&drawing(), name), name == "axon"));
    }
}

#[test]
fn a_name_upward_is_seen_in_every_spelling() {
    let layers = layers("axon high  |public face|\n  middle > low", "axon");
    for code in [
        "use super::middle::Thing;",
        "use super::{low, middle::{Thing, Other}};",
        "fn f() -> super::middle::Thing {}",
        "use crate::kernel::middle;",
    ] {
        let source = Source::snippet("axon/src/kernel/low.rs", code);
        expect_complaint(&upward_names(&[source], &layers, true), "`low` names `middle`");
    }
    let list = Source::snippet("axon/src/kernel/mod.rs", "pub use self::middle::{Thing as Ding, Other};");
    let short = Source::snippet("axon/src/kernel/low.rs", "use super::Other;");
    expect_complaint(&upward_names(&[list, short], &layers, true), "`low` names `middle`");
    let deep = Source::snippet("axon/src/kernel/low/part.rs", "use super::super::middle::Thing;");
    expect_complaint(&upward_names(&[deep], &layers, true), "`low` names `middle`");
}

#[test]
fn the_upper_storeys_cannot_name_the_kernel_nor_a_file_escape_the_drawing_and_downward_is_allowed() {
    let layers = layers("axon util > chassis\n   > low", "axon");
    let secret = Source::snippet("axon/src/util/x.rs", "use crate::kernel::low::Thing;");
    expect_complaint(&upward_names(&[secret], &layers, true), "is a name of the kernel's");
    let upward = Source::snippet("axon/src/chassis/x.rs", "use crate::util::Thing;");
    expect_complaint(&upward_names(&[upward], &layers, true), "`chassis` names `util`");
    let stray = Source::snippet("axon/src/stray.rs", "");
    expect_complaint(&upward_names(&[stray], &layers, true), "is in no layer");

    let layers = self::layers("axon high > middle beside > low", "axon");
    let downward = "use super::low::Thing; use super::middle::part; use super::beside::Thing;";
    expect_none(&upward_names(&[Source::snippet("axon/src/kernel/middle/mod.rs", downward)], &layers, true));
}

//! Links in the documents lead to files and headings that exist, and the book has every page of `docs/`.

use std::collections::BTreeSet;
use std::fs;

use crate::source::{all_paths, expect_complaint, expect_none, read, root};

/// Links inside a Markdown file that lead to no file of the repository, or to no heading of a page. `text_of` is the
/// text of a file, and of a folder an empty one.
fn dead_links(path: &str, markdown: &str, text_of: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let prose = markdown.split("```").step_by(2);
    let links = prose.flat_map(|text| text.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    let mut complaints = Vec::new();
    for link in links.filter(|link| !link.contains("://")) {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { path.to_owned() } else { joined(folder, file) };
        let text = if file.is_empty() { Some(markdown.to_owned()) } else { text_of(&target) };
        let Some(text) = text else {
            complaints.push(format!("{path}: the link to {link} leads nowhere"));
            continue;
        };
        if !anchor.is_empty() && target.ends_with(".md") && !anchors(&text).contains(anchor) {
            complaints.push(format!("{path}: the link to {link} leads to no heading"));
        }
    }
    complaints
}

/// The path of a file that is named from this folder.
fn joined(folder: &str, file: &str) -> String {
    let mut target: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => drop(target.pop()),
            "." | "" => {}
            part => target.push(part),
        }
    }
    target.join("/")
}

/// What links call the headings of a page.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let prose = markdown.split("```").step_by(2);
    let headings = prose.flat_map(str::lines).filter(|line| line.starts_with('#'));
    let mut anchors = BTreeSet::new();
    for heading in headings {
        let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let name: String =
            heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let again = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(again).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

/// Pages of `docs/` that the summary of the book does not name.
fn not_in_the_book(paths: &[String], summary: &str) -> Vec<String> {
    let pages = paths.iter().filter_map(|path| path.strip_prefix("docs/"));
    let pages = pages.filter(|page| page.ends_with(".md") && *page != "SUMMARY.md");
    let missing = pages.filter(|page| !summary.contains(&format!("]({page})")));
    missing.map(|page| format!("docs/SUMMARY.md: no line leads to {page}")).collect()
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let text_of = |target: &str| {
        let path = root().join(target);
        if path.is_dir() { Some(String::new()) } else { fs::read(path).ok().map(lossy) }
    };
    let documents = all_paths().into_iter().filter(|path| path.ends_with(".md"));
    let complaints = documents.flat_map(|path| dead_links(&path, &read(&path), text_of));
    expect_none(&complaints.collect::<Vec<_>>());
    let page = "# A page\n```sh\n# no heading\n```\n## `So` it is: twice\n## So it is, twice\n";
    let text_of = |target: &str| ["docs/a.md", "axon"].contains(&target).then(|| page.to_owned());
    let dead = |markdown| dead_links("docs/b.md", markdown, text_of);
    expect_none(&dead("[a](a.md#a-page) [c](../axon) [d](https://x.y)\n```\nx[0](y)\n```\n"));
    expect_none(&dead("# Here\n[a](#here) [b](a.md#so-it-is-twice) [c](a.md#so-it-is-twice-1)"));
    expect_complaint(&dead("[a](../a.md)"), "the link to ../a.md leads nowhere");
    expect_complaint(&dead("[a](a.md#no-heading)"), "the link to a.md#no-heading leads to no heading");
    expect_complaint(&dead("# Here\n[a](#there)"), "the link to #there leads to no heading");
}

/// A picture is no text, and has no headings.
fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_book_has_every_page() {
    expect_none(&not_in_the_book(&all_paths(), &read("docs/SUMMARY.md")));
    let paths = ["docs/a.md", "docs/guide/b.md", "docs/SUMMARY.md", "docs/x.svg"].map(String::from);
    expect_complaint(&not_in_the_book(&paths, "- [A](a.md)"), "no line leads to guide/b.md");
    expect_none(&not_in_the_book(&paths, "- [A](a.md)\n  - [B](guide/b.md)"));
}

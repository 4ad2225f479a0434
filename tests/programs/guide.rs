//! The guide in `docs/guide/`: each page begins with its program as it is, and shows what it prints.

use std::fs;

use super::course::{blocks, root, shown, tested};
use super::kamaelia_programs::printed_with;

/// The names of the files of a folder that end with this, but for one.
fn names(folder: &str, end: &str, but: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|file| file.unwrap().file_name());
    let names = files.filter_map(|file| Some(file.to_str()?.strip_suffix(end)?.to_owned()));
    let mut names: Vec<String> = names.filter(|name| name != but).collect();
    names.sort();
    names
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(format!("docs/guide/{name}.md"))).unwrap()
}

#[test]
fn there_is_a_page_for_each_program_and_the_index_names_it() {
    let pages = names("docs/guide", ".md", "README");
    assert_eq!(names("examples/guide", ".rs", "main"), pages);
    let index = page("README");
    for page in pages {
        assert!(index.contains(&format!("]({page}.md) |")), "no row for {page}.md");
    }
}

#[test]
fn each_page_begins_with_its_program_as_it_is_and_what_that_prints() {
    for name in names("docs/guide", ".md", "README") {
        let page = page(&name);
        let (heading, after) = page.split_once("```rust\n").unwrap();
        assert_eq!(heading.lines().count(), 2, "{name}: the program comes before the text");
        assert_eq!(blocks(&page, "rust"), [shown("guide", &name)], "{name}");
        assert_eq!(blocks(after, "text")[0], printed_with("guide", &[&name]), "{name}");
    }
}

#[test]
fn the_tests_on_the_page_about_testing_pass() {
    let output = tested(&["guide"]);
    let said = String::from_utf8_lossy(&output.stdout).replace("testing::tests::", "tests::");
    assert!(output.status.success(), "{said}");
    let page = page("testing");
    let mut shown = blocks(&page, "text")[1].lines().filter(|line| line.starts_with("test "));
    assert!(shown.all(|line| said.contains(line)), "{said}");
}

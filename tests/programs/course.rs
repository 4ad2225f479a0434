//! The course in `docs/course/`: its pages show the programs as they are and what they print, its exercises fail, and
//! their solutions pass.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use super::kamaelia_programs::printed;
use crate::net_harness::cargo;

#[path = "../../examples/course/solution_1.rs"]
mod solution_1;
#[path = "../../examples/course/solution_2.rs"]
mod solution_2;
#[path = "../../examples/course/solution_3.rs"]
mod solution_3;
#[path = "../../examples/course/solution_4.rs"]
mod solution_4;
#[path = "../../examples/course/solution_5.rs"]
mod solution_5;
#[path = "../../examples/course/solution_6.rs"]
mod solution_6;
#[path = "../../examples/course/solution_7.rs"]
mod solution_7;
#[path = "../../examples/course/solution_8.rs"]
mod solution_8;

const LESSONS: [&str; 8] =
    ["standing", "walking", "talking", "conversing", "axon", "ending", "server", "bench"];

/// A server does not end by itself.
const SERVER: &str = "server";

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The page of a lesson, and the name of its program.
fn lesson(number: usize) -> (String, String) {
    let name = LESSONS[number - 1];
    let page = fs::read_to_string(root().join(format!("docs/course/{number}-{name}.md"))).unwrap();
    (page, format!("lesson_{number}_{name}"))
}

/// A program of this folder of `examples/` as a page shows it: without what its file says of itself, and without what
/// lets tests draw its components.
pub(super) fn shown(folder: &str, program: &str) -> String {
    let source = fs::read_to_string(root().join(format!("examples/{folder}/{program}.rs"))).unwrap();
    let lines = source.lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    lines.map(|line| format!("{}\n", line.replace("pub(crate) ", ""))).collect()
}

/// The blocks of this language.
pub(super) fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```\n").next().unwrap()).collect()
}

/// Tests these examples, one after the other.
pub(super) fn tested(examples: &[&str]) -> Output {
    let mut cargo = cargo();
    cargo.args(["test", "--no-fail-fast"]);
    for example in examples {
        cargo.args(["--example", example]);
    }
    cargo.output().unwrap()
}

#[test]
fn each_page_shows_its_program_as_it_is() {
    for number in 1..=LESSONS.len() {
        let (page, program) = lesson(number);
        assert_eq!(blocks(&page, "rust"), [shown("course", &program)], "{program}");
    }
}

#[test]
fn each_program_prints_what_its_page_says() {
    for number in (1..=LESSONS.len()).filter(|number| LESSONS[number - 1] != SERVER) {
        let (page, program) = lesson(number);
        let (_, after) = page.split_once("```rust\n").unwrap();
        assert_eq!(blocks(after, "text")[0], printed(&program), "{program}");
    }
}

#[test]
fn the_last_lesson_tests_its_component() {
    let output = tested(&["lesson_8_bench"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("4 passed; 0 failed"), "{output:?}");
}

#[test]
fn every_test_of_an_exercise_fails_before_it_is_solved() {
    let exercises: Vec<String> = (1..=LESSONS.len()).map(|number| format!("exercise_{number}")).collect();
    let output = tested(&exercises.iter().map(String::as_str).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches("test result: FAILED. 0 passed; ").count(), exercises.len(), "{said}");
}

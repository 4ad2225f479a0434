//! The programs of `docs/tutorial.md`: each is compiled and run, stands in the tutorial as it is, and
//! prints what the tutorial says.

mod step_1;

mod step_2;

mod step_3;

mod step_4;

mod step_5;

mod step_6;

mod step_7;

/// How many steps there are. The last one is a server and needs a client to print something.
const STEPS: u32 = 7;

use std::env;
use std::fs;
use std::process::Command;

/// The section of the tutorial that is this step.
fn section(step: u32) -> String {
    let tutorial = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tutorial.md")).unwrap();
    let (_, section) = tutorial.split_once(&format!("\n## {step}. ")).expect("the tutorial has this step");
    section.split("\n## ").next().unwrap().to_owned()
}

/// The first block of this language.
fn block(markdown: &str, language: &str) -> Option<String> {
    let (_, after) = markdown.split_once(&format!("\n```{language}\n"))?;
    after.split_once("```").map(|(block, _)| block.to_owned())
}

/// A program without its opening, and without the test that runs it.
fn program(file: &str) -> String {
    let lines = file.lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    let program = lines.collect::<Vec<_>>().join("\n");
    let runs = program.find("\n#[test]\nfn runs()").unwrap_or(program.len());
    program[..runs].trim_end().to_owned() + "\n"
}

/// Where a component was made depends on the file it stands in.
fn without_places(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(" (made at ").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_tutorial_shows_each_program_as_it_is() {
    for step in 1..=STEPS {
        let file = format!("{}/tests/programs/tutorial/step_{step}.rs", env!("CARGO_MANIFEST_DIR"));
        let file = fs::read_to_string(file).unwrap();
        assert_eq!(block(&section(step), "rust").unwrap(), program(&file), "step {step}");
    }
}

#[test]
fn the_tutorial_shows_what_each_program_prints() {
    for step in 1..STEPS {
        let Some(expected) = block(&section(step), "text") else { continue };
        let ran = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture", &format!("tutorial::step_{step}::runs")])
            .output()
            .unwrap();
        let printed = String::from_utf8(ran.stdout).unwrap();
        let (printed, expected) = (without_places(&printed), without_places(&expected));
        assert!(printed.contains(expected.trim_end()), "step {step} prints {printed}\nnot\n{expected}");
    }
}

#[test]
fn the_porting_guide_shows_the_component_of_step_3() {
    let read = |path| fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let program = program(&read("tests/programs/tutorial/step_3.rs"));
    let shown = block(&read("docs/porting.md"), "rust").unwrap();
    assert!(program.contains(&shown), "{shown}");
}

//! Console components in programs of their own, whose standard output is a pipe: this test binary, started
//! again.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use axon::util::{ConsoleEchoer, ConsoleLine, DataSource, NullSinkComponent};
use axon::{Component, Context, RunError, Scheduler, chassis::Seq, pipeline};

/// Names the program for the binary that is started again.
const PROGRAM: &str = "AXON_TEST_PROGRAM";

/// Sends a line now and then, and never looks whether anybody is there.
struct Ticker;

impl Component for Ticker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.send("outbox", "tick\n")?;
            cx.sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Waits until a source has made no more lines for a while, and stops the run.
struct SeesItStandStill(Rc<Cell<u64>>);

impl Component for SeesItStandStill {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut turns = 0;
        let mut before = 0;
        while turns < 10 {
            cx.sleep(Duration::from_millis(1)).await;
            let lines = self.0.get();
            turns = if lines > before { 0 } else { turns + 1 };
            before = lines;
        }
        eprintln!("the others go on");
        cx.stop_scheduler();
        Ok(())
    }
}

fn run(program: &str) -> Result<(), RunError> {
    let lines = || (0..).map(|n| format!("line {n}\n"));
    match program {
        "yes" => axon::run(pipeline![DataSource::new(lines()), ConsoleEchoer::new()]),
        "ticker" => {
            let mut scheduler = Scheduler::new();
            scheduler.activate(pipeline![Ticker, ConsoleEchoer::new()]);
            scheduler.activate(pipeline![Ticker, NullSinkComponent::new()]);
            scheduler.run()
        }
        "lines" => {
            let lines = (0..).take(10_000).map(|n| ConsoleLine::new(format!("line {n}")));
            axon::run(lines.fold(Seq::new(), Seq::then))
        }
        "finite" => axon::run(pipeline![DataSource::new(lines().take(50_000)), ConsoleEchoer::new()]),
        "unread" => {
            let made = Rc::new(Cell::new(0));
            let counted = lines().take(1_000_000).inspect({
                let made = Rc::clone(&made);
                move |_| made.set(made.get() + 1)
            });
            let mut scheduler = Scheduler::builder().thread_patience(Duration::from_millis(20)).build();
            scheduler.activate(pipeline![DataSource::new(counted), ConsoleEchoer::new()]);
            scheduler.activate(SeesItStandStill(made));
            scheduler.run()
        }
        _ => panic!("no program {program}"),
    }
}

/// What the binary does when it is started again.
#[test]
fn program() {
    let Ok(program) = std::env::var(PROGRAM) else { return };
    let outcome = run(&program);
    if let Err(error) = &outcome {
        eprintln!("{error}");
    }
    std::process::exit(i32::from(outcome.is_err()));
}

fn start(program: &str, stdout: impl Into<Stdio>) -> Child {
    let binary = std::env::current_exe().unwrap();
    let mut command = Command::new(binary);
    command.args(["--exact", "util::programs::program", "--nocapture", "--quiet"]).env(PROGRAM, program);
    command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
}

/// Whether it succeeded, and what it said on standard error.
fn end(mut child: Child) -> (bool, String) {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().success(), said)
}

#[test]
fn a_program_whose_console_nobody_reads_any_more_ends_without_a_word() {
    for program in ["yes", "ticker", "lines"] {
        let mut child = start(program, Stdio::piped());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("line") && !line.starts_with("tick") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "{program}");
        }
        drop(output);
        assert_eq!(end(child), (true, String::new()), "{program}");
    }
}

#[test]
fn all_lines_are_written_before_a_program_ends() {
    let mut child = start("finite", Stdio::piped());
    let output = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<String> =
        output.lines().map(Result::unwrap).filter(|line| line.starts_with("line")).collect();
    assert!(lines.iter().enumerate().all(|(n, line)| *line == format!("line {n}")));
    assert_eq!(lines.len(), 50_000);
    assert_eq!(end(child), (true, String::new()));
}

#[test]
fn a_standard_output_that_nobody_reads_holds_up_neither_the_others_nor_the_end() {
    let mut child = start("unread", Stdio::piped());
    let unread = child.stdout.take();
    let (succeeded, said) = end(child);
    assert!(said.starts_with("the others go on\n") && said.contains("ConsoleEchoer_"), "{said}");
    assert!(!succeeded, "what could not be written is not passed over in silence");
    drop(unread);
}

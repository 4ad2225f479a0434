//! Runs a graph: with its end by Ctrl-C, after a time, or by itself.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use axon::catalogue::{Catalogue, Origins};
use axon::text::Text;
use axon::util::{ProgressBar, PureTransformer};
use axon::{Background, RunError, Scheduler, Stopper, pipeline};
use lexopt::{Arg, Parser, ValueExt};

use super::{FAILED, STUCK, Stop, Told, only_text, source, unheard, unknown, value};
use crate::outcome::is_failure_noted;
use crate::visualiser::is_address;
use crate::{Signal, Signals, Visualiser};

/// How long components may take to finish when the run is ended.
const GRACE: Duration = Duration::from_secs(2);

/// Where a run is shown, unless it is said.
const VISUALISED_AT: &str = "127.0.0.1:1600";

/// How `kamaelia run` was called.
#[derive(Default)]
struct Options {
    text: Option<String>,
    settings: Vec<(String, String, String)>,
    timeout: Option<Duration>,
    stats: bool,
    quiet: bool,
    /// Where it is shown on a page.
    visualise: Option<String>,
    /// Whether the page may do something to it.
    allow_commands: bool,
}

/// `kamaelia run`.
pub(super) fn run(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let options = options(parser)?;
    let argument =
        options.text.ok_or_else(|| Stop::usage("what shall run? write kamaelia run 'TEXT', or a file"))?;
    let mut text = source::read(&argument)?;
    for (name, argument, value) in &options.settings {
        text.set(name, argument, value)
            .map_err(|error| Stop::usage(format!("--set {name}.{argument}: {error}")))?;
    }
    let graph = text.load(catalogue)?;
    start_log(options.quiet);
    if !options.quiet {
        unheard::warn(catalogue, &graph);
    }
    let mut scheduler = Scheduler::new();
    if options.stats {
        graph.origins().count();
    }
    if let Some(address) = &options.visualise {
        let visualiser = Visualiser::new(address);
        let visualiser = if options.allow_commands { visualiser.allow_commands() } else { visualiser };
        let visualiser = visualiser.bind().map_err(|error| Stop::failed(error.to_string()))?;
        // If nobody reads standard error, that is no failure.
        let url = visualiser.url().unwrap_or_default();
        let _ = writeln!(io::stderr(), "visualiser: listening on {url}");
        scheduler.activate(visualiser);
    }
    if io::stderr().is_terminal() && !options.quiet && !writes_to_the_terminal(&text) {
        scheduler.activate(ProgressBar::new().as_service());
    }
    let whole = scheduler.activate(graph.component());
    let _signals = take_signals(scheduler.stopper())?;
    if let Some(time) = options.timeout {
        let stopper = scheduler.stopper();
        thread::spawn(move || {
            thread::sleep(time);
            // It has ended already.
            let _ = stopper.stop_within(GRACE);
        });
    }
    let result = scheduler.run();
    if options.stats {
        show_counts(graph.origins());
    }
    result.map_err(|error| {
        let (status, message) =
            (if matches!(error, RunError::Stuck(_)) { STUCK } else { FAILED }, error.to_string());
        // Where in the code of this command a component was made helps nobody.
        let lines = message.lines().map(|line| line.split(" (made at ").next().unwrap_or(line));
        Stop { status, message: lines.collect::<Vec<_>>().join("\n") }
    })?;
    // That is no failure of the run, but what its user wanted was not done. A warning has said why.
    if is_failure_noted(&scheduler.context(&whole)) { Err(Stop::failed("")) } else { Ok(()) }
}

/// Whether the graph shows something where a bar would be drawn into it.
fn writes_to_the_terminal(text: &Text) -> bool {
    io::stdout().is_terminal() && text.formatted().is_ok_and(|text| text.contains("Console"))
}

fn options(parser: &mut Parser) -> Told<Options> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("set") => options.settings.push(setting(&value("run", "--set", parser)?)?),
            Arg::Long("timeout") => {
                let written = value("run", "--timeout", parser)?;
                let time = axon::catalogue::duration(&written);
                let wrong =
                    || Stop::usage(format!("--timeout takes a time such as 10s or 500ms, not {written:?}"));
                options.timeout = Some(time.ok_or_else(wrong)?);
            }
            Arg::Long("stats") => options.stats = true,
            Arg::Long("quiet") | Arg::Short('q') => options.quiet = true,
            Arg::Long("visualise") => options.visualise = Some(visualised_at(parser)?),
            Arg::Long("allow-commands") => options.allow_commands = true,
            Arg::Value(word) => options.text = Some(only_text("run", &options.text, &word, parser)?),
            other => return Err(unknown("run", &other)),
        }
    }
    if options.allow_commands && options.visualise.is_none() {
        return Err(Stop::usage("--allow-commands is about the page of --visualise: write both"));
    }
    Ok(options)
}

/// The address behind `--visualise`, if there is one: what stands there may also be the text.
fn visualised_at(parser: &mut Parser) -> Told<String> {
    if let Some(value) = parser.optional_value() {
        return Ok(value.string()?);
    }
    // Also one that is wrong, so that the error is about it.
    let is_meant = |word: &str| word.chars().all(|letter| letter.is_ascii_digit() || ".:[]".contains(letter));
    let is_address =
        |word: &std::ffi::OsStr| word.to_str().is_some_and(|word| is_address(word) || is_meant(word));
    let given = parser.try_raw_args().and_then(|mut rest| rest.next_if(is_address));
    given.map_or_else(|| Ok(VISUALISED_AT.to_owned()), |word| Ok(word.string()?))
}

/// `NAME.ARGUMENT=VALUE`.
pub(super) fn setting(written: &str) -> Told<(String, String, String)> {
    let parts = written.split_once('=').and_then(|(key, value)| {
        let (name, argument) = key.rsplit_once('.')?;
        Some((name.to_owned(), argument.to_owned(), value.to_owned()))
    });
    parts.ok_or_else(|| {
        Stop::usage(format!(
            "--set takes NAME.ARGUMENT=VALUE, such as server.address=127.0.0.1:1500, not {written:?}"
        ))
    })
}

/// Warnings to standard error, or what `RUST_LOG` says.
fn start_log(quiet: bool) {
    let level = if quiet { log::LevelFilter::Off } else { log::LevelFilter::Warn };
    let mut builder = env_logger::Builder::new();
    builder.filter_level(level).format(|line, record| writeln!(line, "kamaelia: {}", record.args()));
    if !quiet && let Ok(filter) = std::env::var("RUST_LOG") {
        builder.parse_filters(&filter);
    }
    // A program that calls the command may have a log of its own.
    let _ = builder.try_init();
}

/// Ends the run in order at the first signal. The signals are waited for in a scheduler of their own, so that a graph
/// that waits for nothing else is found to be stuck.
fn take_signals(stopper: Stopper) -> Told<Background> {
    let failed = |error: &dyn std::fmt::Display| Stop::failed(format!("cannot wait for signals: {error}"));
    let background = Background::start().map_err(|error| failed(&error))?;
    let (tell, told) = channel();
    let activated = background.activate(move || {
        let signals = Signals::new();
        let _ = tell.send(signals.as_ref().err().map(ToString::to_string));
        let end = PureTransformer::new(move |_: Signal| {
            let _ = stopper.stop_within(GRACE);
            None::<()>
        });
        match signals {
            Ok(signals) => pipeline![signals, end],
            Err(_) => pipeline![end],
        }
    });
    activated.map_err(|error| failed(&error))?;
    match told.recv() {
        Ok(Some(error)) => Err(failed(&error)),
        _ => Ok(background),
    }
}

/// What went through each component.
fn show_counts(origins: &Origins) {
    let mut error = io::stderr().lock();
    for count in origins.counts() {
        let _ = writeln!(error, "{count}");
    }
}

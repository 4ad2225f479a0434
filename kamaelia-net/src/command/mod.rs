//! The command `kamaelia`: graphs that are written as text are run, checked, formatted and shown.
//!
//! Kamaelia has `pipebuilder` and `Compose`, which draw pipelines and write them as programs.

mod completion;
mod describe;
mod fresh;
mod picture;
mod run;
mod source;
mod unheard;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use axon::catalogue::{Catalogue, nearest};
use axon::text::TextError;
use lexopt::{Arg, Parser, ValueExt};

use crate::json::json;

/// The command line of this process: for a program that adds its own components to those of the libraries.
///
/// # Examples
///
/// ```no_run
/// use axon::catalogue::{Catalogue, Entry, Kind};
/// use axon::util::PureTransformer;
///
/// fn main() -> std::process::ExitCode {
///     let shout = Entry::new(Kind::Transformer, "my::Shout", "Sends each text in capitals.", |_| {
///         Ok(PureTransformer::map(|axon::util::Text(text): axon::util::Text| text.to_uppercase()))
///     });
///     kamaelia_net::command(Catalogue::new().with(axon::util::catalogue()).with([shout]))
/// }
/// ```
#[must_use]
pub fn command(catalogue: Catalogue) -> ExitCode {
    match told(&catalogue, std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            if !stop.message.is_empty() {
                // If nobody reads standard error, that is no failure.
                let _ = writeln!(io::stderr(), "{}", stop.message);
            }
            ExitCode::from(stop.status)
        }
    }
}

/// Why the command ends with a status other than 0.
#[derive(Debug)]
struct Stop {
    status: u8,
    message: String,
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const STUCK: u8 = 3;
const IN_TEXT: u8 = 78;

type Told<T = ()> = Result<T, Stop>;

impl Stop {
    fn failed(message: impl Into<String>) -> Self {
        Stop { status: FAILED, message: message.into() }
    }

    fn usage(message: impl Into<String>) -> Self {
        Stop { status: USAGE, message: message.into() }
    }
}

impl From<TextError> for Stop {
    fn from(error: TextError) -> Self {
        Stop { status: IN_TEXT, message: error.to_string() }
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Stop::usage(format!("kamaelia: {error}\n`kamaelia help` shows what there is"))
    }
}

/// One of the commands.
struct Command {
    name: &'static str,
    /// What stands after the name.
    usage: &'static str,
    summary: &'static str,
    /// Its options without their values, for completion; and the help text about them.
    options: &'static [(&'static str, &'static str)],
    more: &'static str,
    run: fn(&Catalogue, &mut Parser) -> Told,
}

const JSON: (&str, &str) = ("--json", "as JSON, for other programs");
const SET: (&str, &str) = ("--set NAME.ARGUMENT=VALUE", "gives a component another value for an argument");

const COMMANDS: [Command; 10] = [
    Command {
        name: "run",
        usage: "TEXT | FILE | -",
        summary: "runs a graph",
        options: &[
            SET,
            ("--timeout TIME", "ends the run in order after this time"),
            ("--stats", "says at the end what went through each component, up to 1000"),
            ("--quiet", "shows no warnings, and no progress"),
            (
                "--visualise [ADDRESS]",
                "shows it on a page, at port 1600 of this machine unless told otherwise",
            ),
            ("--allow-commands", "the page may hold, step and end components, and put texts into boxes"),
        ],
        more: "Ctrl-C ends the run in order; a second one ends it immediately.\n\n\
               kamaelia run 'DataSource hello world ! ConsoleEchoer tag=\"> \"'\n\
               kamaelia run 'SimpleReader access.log ! LineSplit ! ConsoleEchoer' | head -1\n\
               kamaelia run 'SimpleServer 127.0.0.1:1500 EchoProtocol'\n\
               kamaelia run chat.kam --set server.address=127.0.0.1:1600 --visualise",
        run: run::run,
    },
    Command {
        name: "list",
        usage: "[WORD]",
        summary: "lists the components, or those about a word",
        options: &[JSON],
        more: "",
        run: describe::list,
    },
    Command {
        name: "inspect",
        usage: "NAME",
        summary: "shows what a component does, its boxes and its arguments",
        options: &[JSON],
        more: "NAME may be the name in Kamaelia: kamaelia inspect TCPClient",
        run: describe::inspect,
    },
    Command {
        name: "check",
        usage: "TEXT | FILE...",
        summary: "finds the mistakes in graphs, and runs nothing",
        options: &[JSON],
        more: "",
        run: source::check,
    },
    Command {
        name: "fmt",
        usage: "FILE... | -",
        summary: "writes graphs in the usual form",
        options: &[("--check", "changes no file; the status is 1 if one would change")],
        more: "",
        run: source::fmt,
    },
    Command {
        name: "graph",
        usage: "TEXT | FILE | -",
        summary: "draws a graph, or prints it as a program",
        options: picture::OPTIONS,
        more: "kamaelia graph chat.kam --svg >chat.svg",
        run: picture::graph,
    },
    Command {
        name: "top",
        usage: "ADDRESS",
        summary: "shows the busiest components of a program, and why it is slow or stuck",
        options: &[("--once", "once, and not every second"), JSON],
        more: "ADDRESS is what `kamaelia run --visualise`, or a Visualiser in any program, has printed.",
        run: watch::top,
    },
    Command {
        name: "tap",
        usage: "ADDRESS COMPONENT.BOX",
        summary: "shows the messages of a box of a program as they pass",
        options: &[],
        more: "ADDRESS is what `kamaelia run --visualise`, or a Visualiser in any program, has printed.\n\n\
               kamaelia tap http://127.0.0.1:1600/0123abcd/ ConsoleEchoer_3.inbox",
        run: watch::tap,
    },
    Command {
        name: "new",
        usage: "NAME",
        summary: "begins a file NAME.kam with a graph that runs",
        options: &[],
        more: "",
        run: fresh::new,
    },
    Command {
        name: "completion",
        usage: "bash | zsh | fish",
        summary: "prints what makes a shell complete commands and names",
        options: &[],
        more: "kamaelia completion bash >~/.local/share/bash-completion/completions/kamaelia",
        run: completion::completion,
    },
];

const STATUSES: &str = "\
Exit status:
  0   it ended, or was ended with Ctrl-C
  1   a component failed, or a file could not be read
  2   the command line is wrong
  3   the graph is stuck: all components wait, and nothing can wake them
  78  there is a mistake in the text
";

fn told(catalogue: &Catalogue, arguments: impl Iterator<Item = OsString> + 'static) -> Told {
    let mut parser = Parser::from_args(arguments);
    let name = match parser.next()? {
        None => return Err(Stop::usage(overview())),
        Some(Arg::Short('h') | Arg::Long("help")) => return put(&(overview() + "\n")),
        Some(Arg::Short('V') | Arg::Long("version")) => {
            return put(&format!("kamaelia {}\n", env!("CARGO_PKG_VERSION")));
        }
        Some(Arg::Value(name)) => name.string()?,
        Some(Arg::Long(option)) => {
            let meant = nearest(option, ["help", "version"]).unwrap_or("help");
            return Err(Stop::usage(format!("kamaelia has no option --{option}; did you mean --{meant}?")));
        }
        Some(Arg::Short(letter)) => {
            return Err(Stop::usage(format!("kamaelia has no option -{letter}; it has -h and -V")));
        }
    };
    if name == "help" {
        return match parser.next()? {
            Some(Arg::Value(name)) => put(&of_name(&name.string()?)?.help()),
            _ => put(&(overview() + "\n")),
        };
    }
    let command = of_name(&name)?;
    // A value may begin with a `-`, but no option has one that is only an `-h`.
    let rest: Vec<OsString> = parser.raw_args()?.collect();
    if rest.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        return put(&command.help());
    }
    (command.run)(catalogue, &mut Parser::from_args(rest))
}

fn of_name(name: &str) -> Told<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| {
        let meant = match nearest(name, COMMANDS.iter().map(|command| command.name)) {
            Some(command) => format!("; did you mean {command}?"),
            None if name.contains(" ! ") => format!("; to run a graph, write kamaelia run '{name}'"),
            None => String::new(),
        };
        Stop::usage(format!("kamaelia has no command {name:?}{meant}\n`kamaelia help` shows what there is"))
    })
}

fn overview() -> String {
    let mut text = String::from("Runs, checks and shows graphs of components that are written as text.\n\n");
    for command in &COMMANDS {
        text +=
            &format!("  kamaelia {:<32}{}\n", format!("{} {}", command.name, command.usage), command.summary);
    }
    text + "\n`kamaelia help COMMAND` shows the options of a command. A first try:\n\n  \
            kamaelia run 'DataSource hello world ! ConsoleEchoer tag=\"> \"'\n\n"
        + STATUSES.trim_end()
}

impl Command {
    fn help(&self) -> String {
        let options = if self.options.is_empty() { "" } else { " [OPTION]..." };
        let mut text = format!("kamaelia {} {}{options}\n\n{}\n", self.name, self.usage, self.summary);
        if !self.options.is_empty() {
            text += "\nOptions:\n";
        }
        for (option, what) in self.options {
            text += &format!("  {option:<28}{what}\n");
        }
        if !self.more.is_empty() {
            text += &format!("\n{}\n", self.more);
        }
        if self.name == "run" {
            text += &format!("\n{STATUSES}");
        }
        text
    }
}

/// An option that a command does not have.
fn unknown(command: &str, argument: &Arg<'_>) -> Stop {
    let options = options_of(command);
    let names = || options.iter().map(|(option, _)| option.split(' ').next().unwrap_or(option));
    let known = match options {
        [] => "it has none".to_owned(),
        _ => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
    };
    match argument {
        Arg::Long(name) => {
            let meant = nearest(name, names().map(|name| name.trim_start_matches('-')));
            let meant = meant.map_or(known, |name| format!("did you mean --{name}?"));
            Stop::usage(format!("kamaelia {command} has no option --{name}; {meant}"))
        }
        Arg::Short(letter) => Stop::usage(format!("kamaelia {command} has no option -{letter}; {known}")),
        Arg::Value(value) => Stop::usage(format!(
            "kamaelia {command} has all its arguments, and there is {value:?} too; a text with spaces stands in \
             quotes"
        )),
    }
}

fn options_of(command: &str) -> &'static [(&'static str, &'static str)] {
    COMMANDS.iter().find(|known| known.name == command).map_or(&[], |known| known.options)
}

/// The value of an option.
fn value(command: &str, option: &str, parser: &mut Parser) -> Told<String> {
    let missing = |_| {
        let mut usages = options_of(command).iter().map(|(usage, _)| *usage);
        let usage = usages.find(|usage| usage.split(' ').next() == Some(option)).unwrap_or(option);
        Stop::usage(format!("the value of {option} is missing; write kamaelia {command} ... {usage}"))
    };
    Ok(parser.value().map_err(missing)?.string()?)
}

/// The text of a graph, which is one argument. Somebody who wrote it without quotes is told so.
fn only_text(command: &str, known: &Option<String>, more: &OsString, parser: &mut Parser) -> Told<String> {
    let more = more.clone().string()?;
    let Some(first) = known else { return Ok(more) };
    let rest = parser.raw_args()?.map(|word| word.to_string_lossy().into_owned());
    let rest = rest.filter(|word| !word.starts_with("--"));
    let words: Vec<String> = [first.clone(), more].into_iter().chain(rest).collect();
    let (extra, words) = (&words[1], words.join(" "));
    Err(Stop::usage(format!(
        "kamaelia {command} has its text, and there is {extra:?} too; a text with spaces stands in quotes: kamaelia \
         {command} '{words}'"
    )))
}

/// Writes to standard output. If nobody reads it any more, that is no failure.
fn put(text: &str) -> Told {
    watch::said(text).map(drop)
}

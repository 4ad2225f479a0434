//! Texts of graphs from the command line, from files and from standard input; checking and formatting them.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use axon::catalogue::Catalogue;
use axon::text::{Text, TextError};
use lexopt::{Arg, Parser, ValueExt};

use super::{IN_TEXT, JSON, Stop, Told, json, put, unknown};

/// Longer texts are none that a person wrote.
const LONGEST: u64 = 16 << 20;

/// Reads what an argument stands for: a file, standard input, or the text itself.
pub(super) fn read(argument: &str) -> Told<Text> {
    if argument == "-" {
        return Ok(Text::new("standard input", &limited("standard input", io::stdin().lock())?));
    }
    let named = format!("{argument}.kam");
    if !argument.contains(char::is_whitespace) && !is_file(argument) && Path::new(&named).is_file() {
        return Err(Stop::usage(format!("there is no file {argument}; did you mean {named}?")));
    }
    if is_file(argument) { file(argument) } else { Ok(Text::new("text", argument)) }
}

/// A text of one word with a `.` or `/` in it, and nothing else that a graph is written with, names a file.
fn is_file(argument: &str) -> bool {
    let is_word = !argument.contains(|letter: char| letter.is_whitespace() || "()!=;\"'".contains(letter));
    Path::new(argument).is_file() || is_word && argument.contains(['.', '/'])
}

fn file(path: &str) -> Told<Text> {
    Ok(Text::new(path, &limited(path, open(path)?)?))
}

fn limited(name: &str, input: impl Read) -> Told<String> {
    let mut bytes = Vec::new();
    let read = input.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Stop::failed(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Stop::failed(format!("{name} is longer than {LONGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Stop::failed(format!("{name} is not text in UTF-8")))
}

/// All arguments that are no options.
fn paths(command: &str, parser: &mut Parser, flag: &str) -> Told<(Vec<String>, bool)> {
    let (mut paths, mut is_set) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long(name) if name == flag => is_set = true,
            Arg::Value(path) => paths.push(path.string()?),
            other => return Err(unknown(command, &other)),
        }
    }
    if paths.is_empty() {
        Err(Stop::usage(format!("which file? write kamaelia {command} FILE")))
    } else {
        Ok((paths, is_set))
    }
}

/// `kamaelia check`.
pub(super) fn check(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let (paths, as_json) = paths("check", parser, &JSON.0[2..])?;
    let mut wrong = Vec::new();
    for path in &paths {
        wrong.extend(read(path)?.load(catalogue).err());
    }
    if as_json {
        put(&format!("[{}]\n", wrong.iter().flat_map(described).collect::<Vec<_>>().join(",\n")))?;
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        if as_json { Vec::new() } else { wrong.iter().map(ToString::to_string).collect() };
    Err(Stop { status: IN_TEXT, message: shown.join("\n") })
}

fn described(error: &TextError) -> Vec<String> {
    let mistakes = error.mistakes().iter().map(|mistake| {
        let help = mistake.help.as_deref().map_or("null".to_owned(), json);
        format!(
            "{{\"file\": {}, \"line\": {}, \"column\": {}, \"length\": {}, \"message\": {}, \"help\": {help}}}",
            json(error.name()),
            mistake.line,
            mistake.column,
            mistake.length,
            json(&mistake.message)
        )
    });
    mistakes.collect()
}

/// `kamaelia fmt`.
pub(super) fn fmt(_: &Catalogue, parser: &mut Parser) -> Told {
    let (paths, only_check) = paths("fmt", parser, "check")?;
    let mut changed = Vec::new();
    for path in &paths {
        if path.contains(" ! ") && !Path::new(path).exists() {
            return Err(Stop::usage(format!(
                "kamaelia fmt takes files; for a text, write kamaelia graph --text '{path}'"
            )));
        }
        let before =
            if path == "-" { limited(path, io::stdin().lock())? } else { limited(path, open(path)?)? };
        let after = Text::new(path, &before).formatted()?;
        if path == "-" && !only_check {
            put(&after)?;
            continue;
        }
        if before != after {
            changed.push(path.as_str());
            if !only_check {
                fs::write(path, after)
                    .map_err(|error| Stop::failed(format!("cannot write {path}: {error}")))?;
            }
        }
    }
    if only_check && !changed.is_empty() {
        return Err(Stop::failed(format!("not in the usual form: {}", changed.join(", "))));
    }
    Ok(())
}

fn open(path: &str) -> Told<fs::File> {
    fs::File::open(path).map_err(|error| Stop::failed(format!("cannot read {path}: {error}")))
}

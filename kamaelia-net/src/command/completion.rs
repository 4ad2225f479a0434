//! Completion of commands, options and the names of components in a shell.

use axon::catalogue::Catalogue;
use lexopt::{Arg, Parser, ValueExt};

use super::{COMMANDS, Stop, Told, put, unknown};

/// `kamaelia completion`.
pub(super) fn completion(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let shell = match parser.next()? {
        Some(Arg::Value(shell)) => shell.string()?,
        Some(other) => return Err(unknown("completion", &other)),
        None => return Err(Stop::usage("for which shell? write kamaelia completion bash, zsh or fish")),
    };
    let names: Vec<&str> = catalogue.entries().map(|entry| entry.name()).collect();
    match shell.as_str() {
        "bash" => put(&bash(&names)),
        "zsh" => {
            put(&format!("#compdef kamaelia\nautoload -U +X bashcompinit && bashcompinit\n{}", bash(&names)))
        }
        "fish" => put(&fish(&names)),
        other => Err(Stop::usage(format!("there is completion for bash, zsh and fish, not for {other:?}"))),
    }
}

fn options(command: &super::Command) -> String {
    let names = command.options.iter().map(|(option, _)| option.split(' ').next().unwrap_or(option));
    names.collect::<Vec<_>>().join(" ")
}

fn bash(names: &[&str]) -> String {
    let commands: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let mut cases = String::new();
    for command in &COMMANDS {
        let words = match command.name {
            "inspect" => names.join(" "),
            "completion" => "bash zsh fish".to_owned(),
            _ => String::new(),
        };
        cases += &format!(
            "    {}) words=\"{}\" ;;\n",
            command.name,
            format!("{} {words}", options(command)).trim()
        );
    }
    format!(
        "_kamaelia() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}} words=\"\"\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    \
         words=\"{} help\"\n  else\n    case ${{COMP_WORDS[1]}} in\n{cases}    help) words=\"{}\" ;;\n    esac\n  fi\n  \
         COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}}\n\
         complete -o default -F _kamaelia kamaelia\n",
        commands.join(" "),
        commands.join(" ")
    )
}

fn fish(names: &[&str]) -> String {
    let mut text = String::new();
    for command in &COMMANDS {
        let (name, summary) = (command.name, command.summary);
        text += &format!("complete -c kamaelia -n __fish_use_subcommand -a {name} -d '{summary}'\n");
        for (option, what) in command.options {
            let option = option.split(' ').next().unwrap_or(option).trim_start_matches('-');
            text += &format!(
                "complete -c kamaelia -n '__fish_seen_subcommand_from {name}' -l {option} -d '{what}'\n"
            );
        }
    }
    let seen = "'__fish_seen_subcommand_from inspect'";
    text + &format!("complete -c kamaelia -n {seen} -a '{}'\n", names.join(" "))
        + "complete -c kamaelia -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n"
}

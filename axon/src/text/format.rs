//! Writes statements as text, always in the same form.

use std::fmt::Write;

use super::lexer::{Word, is_name};
use super::syntax::{Given, GivenValue, Group, Joint, Part, PartKind, Statement, Trivia, What};
use crate::Side;

/// Longer chains are written one component a line.
const WIDTH: usize = 100;
const INDENT: &str = "    ";

/// The text of a group that is a whole text.
pub(super) fn formatted(group: &Group) -> String {
    let mut text = String::new();
    write_lines(&mut text, group, "");
    text
}

fn write_lines(text: &mut String, group: &Group, indent: &str) {
    for Statement { before, what, after } in &group.statements {
        write_trivia(text, before, indent);
        let _ = write!(text, "{indent}{}", statement(what, indent));
        if let Some(comment) = after {
            let _ = write!(text, "  #{comment}");
        }
        text.push('\n');
    }
    write_trivia(text, &group.last, indent);
}

fn write_trivia(text: &mut String, trivia: &[Trivia], indent: &str) {
    for trivia in trivia {
        match trivia {
            Trivia::Comment(comment) => {
                let _ = writeln!(text, "{indent}#{comment}");
            }
            Trivia::EmptyLine => text.push('\n'),
        }
    }
}

fn statement(what: &What, indent: &str) -> String {
    let (first, rest) = match what {
        What::More(Side::Inbox, end) => return format!("inbox {}", end.text),
        What::More(Side::Outbox, end) => return format!("outbox {}", end.text),
        What::Limit(end, limit) => return format!("{}[{limit}]", end.text),
        What::Chain { first, rest } => (first, rest),
    };
    let short = chain(first, rest, indent, " ");
    if indent.len() + short.lines().next().unwrap_or_default().chars().count() <= WIDTH || rest.is_empty() {
        return short;
    }
    let deeper = format!("{indent}{INDENT}");
    chain(first, rest, &deeper, &format!("\n{deeper}"))
}

fn chain(first: &Part, rest: &[(Joint, Part)], indent: &str, space: &str) -> String {
    let mut text = part(first, indent);
    for (joint, next) in rest {
        let sign = if *joint == Joint::Bang { "!" } else { "->" };
        let _ = write!(text, "{space}{sign} {}", part(next, indent));
    }
    text
}

/// One component with its arguments.
pub(super) fn part(part: &Part, indent: &str) -> String {
    let label = part.label.as_ref().map_or(String::new(), |label| format!("{}: ", label.text));
    match &part.what {
        PartKind::Hole(name) => format!("{label}?{}", name.text),
        PartKind::Group(inner) => format!("{label}{}", parentheses(inner, indent)),
        PartKind::Named(name, arguments) => {
            let mut text = format!("{label}{}", name.text);
            for argument in arguments {
                let _ = write!(text, " {}", given(argument, indent));
            }
            text
        }
    }
}

fn given(Given { key, value, .. }: &Given, indent: &str) -> String {
    let key_text = key.as_ref().map_or(String::new(), |key| format!("{}=", key.text));
    match value {
        GivenValue::Word(word) => format!("{key_text}{}", value_text(word, key.is_some())),
        GivenValue::Group(inner) => format!("{key_text}{}", parentheses(inner, indent)),
    }
}

fn parentheses(group: &Group, indent: &str) -> String {
    let is_plain = |statement: &Statement| {
        statement.after.is_none() && statement.before.iter().all(|trivia| *trivia == Trivia::EmptyLine)
    };
    if group.last.is_empty() && group.statements.iter().all(is_plain) {
        let statements: Vec<String> =
            group.statements.iter().map(|inner| statement_on_a_line(&inner.what, indent)).collect();
        let line = format!("({})", statements.join("; "));
        if !line.contains('\n')
            && (indent.len() + line.chars().count() <= WIDTH || group.statements.len() == 1)
        {
            return line;
        }
    }
    let mut text = String::from("(\n");
    write_lines(&mut text, group, &format!("{indent}{INDENT}"));
    text + indent + ")"
}

fn statement_on_a_line(what: &What, indent: &str) -> String {
    match what {
        What::Chain { first, rest } => chain(first, rest, indent, " "),
        other => statement(other, indent),
    }
}

/// A value as it is written: bare if that is enough, otherwise in quotes.
pub(super) fn value_text(word: &Word, has_key: bool) -> String {
    let Ok(text) = std::str::from_utf8(&word.bytes) else { return in_double_quotes(&word.bytes) };
    let is_bare = |letter: char| letter.is_alphanumeric() || "_-.,:/+*@%^~?$&|<>[]{}=\\!#".contains(letter);
    let begins_well = !text.starts_with(['!', '#', '?']) && !text.starts_with("->");
    let is_no_key = has_key || !text.split_once('=').is_some_and(|(key, _)| is_name(key));
    let has_no_sign = has_key || !text.contains("->");
    if !text.is_empty() && text.chars().all(is_bare) && begins_well && is_no_key && has_no_sign {
        return text.to_owned();
    }
    if has_key && text.is_empty() {
        return "\"\"".to_owned();
    }
    let is_plain = !text.contains('\'') && !text.chars().any(char::is_control);
    if is_plain && text.contains(['\\', '"']) { format!("'{text}'") } else { in_double_quotes(&word.bytes) }
}

fn in_double_quotes(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' => text += "\\\"",
                '\\' => text += "\\\\",
                '\n' => text += "\\n",
                '\t' => text += "\\t",
                '\r' => text += "\\r",
                '\0'..='\x1f' | '\x7f' => {
                    let _ = write!(text, "\\x{:02x}", u32::from(letter));
                }
                _ => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text + "\""
}

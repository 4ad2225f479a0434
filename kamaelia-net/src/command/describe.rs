//! What the catalogue says of components.

use axon::catalogue::{Argument, Catalogue, Entry, nearest};
use lexopt::{Arg, Parser, ValueExt};

use super::{Stop, Told, json, put, unknown};

/// The one word and whether `--json` was given.
fn word(command: &str, parser: &mut Parser) -> Told<(Option<String>, bool)> {
    let (mut word, mut as_json) = (None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("json") => as_json = true,
            Arg::Value(value) if word.is_none() => word = Some(value.string()?),
            other => return Err(unknown(command, &other)),
        }
    }
    Ok((word, as_json))
}

/// `kamaelia list`.
pub(super) fn list(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let (word, as_json) = word("list", parser)?;
    let wanted = word.as_deref().unwrap_or_default().to_lowercase();
    let about = |entry: &&std::sync::Arc<Entry>| {
        let texts = [
            entry.name().to_owned(),
            entry.python().to_owned(),
            plain(entry.summary()),
            entry.kind().to_string(),
        ];
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut entries: Vec<_> = catalogue.entries().filter(about).collect();
    entries.sort_by_key(|entry| entry.kind());
    if as_json {
        let entries: Vec<String> = entries.iter().map(|entry| described(entry)).collect();
        return put(&format!("[{}]\n", entries.join(",\n")));
    }
    if entries.is_empty() {
        return Err(Stop::failed(format!("no component is about {wanted:?}; `kamaelia list` shows all")));
    }
    let mut text = String::new();
    let mut kind = None;
    for entry in entries {
        if kind.replace(entry.kind()) != Some(entry.kind()) {
            let space = if text.is_empty() { "" } else { "\n" };
            text += &format!("{space}{}:\n", entry.kind());
        }
        text += &format!("  {:<24}{}\n", entry.name(), plain(entry.summary()));
    }
    put(&text)
}

/// `kamaelia inspect`.
pub(super) fn inspect(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let (Some(name), as_json) = word("inspect", parser)? else {
        return Err(Stop::usage("which component? write kamaelia inspect NAME; `kamaelia list` shows all"));
    };
    let Some(entry) = catalogue.entry(&name).or_else(|| catalogue.entry_of_python(&name)) else {
        let meant = nearest(&name, catalogue.entries().map(|entry| entry.name()));
        let meant = meant.map_or(String::new(), |name| format!("; did you mean {name}?"));
        return Err(Stop::failed(format!("there is no component {name:?}{meant}")));
    };
    put(&if as_json { described(entry) + "\n" } else { shown(entry) })
}

/// A text of the documentation without its marks.
fn plain(text: &str) -> String {
    text.replace(['`', '[', ']', '*'], "")
}

fn shown(entry: &Entry) -> String {
    let mut text = format!("{} ({})\n\n{}\n", entry.name(), entry.kind(), plain(entry.summary()));
    text += &format!("\n  {}\n", axon::text::usage(entry));
    if !entry.arguments().is_empty() {
        text += "\narguments:\n";
    }
    for argument in entry.arguments() {
        text += &format!("  {:<26}{}{}\n", argument.name(), argument.doc(), remarks(argument));
    }
    let boxes = entry.boxes();
    let rows = [
        ("inboxes", boxes.inboxes(), entry.inbox_takes()),
        ("outboxes", boxes.outboxes(), entry.outbox_sends()),
    ];
    for (title, names, carries) in rows {
        text += &format!("\n{title}:\n");
        for name in names.into_iter().filter(|name| !name.starts_with('_')) {
            let doc = boxes.documentation(name).unwrap_or_default();
            let usual = name == "inbox" || name == "outbox";
            let carries = if usual { format!(" ({carries})") } else { String::new() };
            text += &format!("  {name:<26}{doc}{carries}\n");
        }
    }
    text += &format!("\nin Rust:     {}\n", entry.path());
    if entry.python() != entry.name() {
        text += &format!("in Kamaelia: {}\n", entry.python());
    }
    text
}

/// What else there is to say of an argument.
fn remarks(argument: &Argument) -> String {
    let mut remarks = vec![argument.kind().to_string()];
    if argument.is_required() {
        remarks.push("required".into());
    }
    if argument.is_positional() {
        remarks.push("may stand without its name".into());
    }
    if argument.is_repeated() {
        remarks.push("any number".into());
    }
    if let Some(default) = argument.default_value() {
        remarks.push(format!("{default} if not given"));
    }
    format!(": {}", remarks.join("; "))
}

fn described(entry: &Entry) -> String {
    let arguments = entry.arguments().iter().map(|argument| {
        format!(
            "{{\"name\": {}, \"type\": {}, \"doc\": {}, \"required\": {}, \"positional\": {}, \"repeated\": {}, \
             \"default\": {}, \"example\": {}}}",
            json(argument.name()),
            json(&argument.kind().to_string()),
            json(argument.doc()),
            argument.is_required(),
            argument.is_positional(),
            argument.is_repeated(),
            argument.default_value().map_or("null".into(), json),
            json(argument.example_value())
        )
    });
    let boxes = entry.boxes();
    let side = |names: Vec<&'static str>, usual: &str, carries: String| {
        let names = names.into_iter().filter(|name| !name.starts_with('_')).map(|name| {
            let doc = boxes.documentation(name).unwrap_or_default();
            let carries = if name == usual { json(&carries) } else { "null".into() };
            format!("{{\"name\": {}, \"doc\": {}, \"carries\": {carries}}}", json(name), json(doc))
        });
        names.collect::<Vec<_>>().join(", ")
    };
    format!(
        "{{\"name\": {}, \"kind\": {}, \"summary\": {}, \"rust\": {}, \"python\": {}, \"arguments\": [{}], \
         \"inboxes\": [{}], \"outboxes\": [{}]}}",
        json(entry.name()),
        json(&entry.kind().to_string()),
        json(&plain(entry.summary())),
        json(entry.path()),
        json(entry.python()),
        arguments.collect::<Vec<_>>().join(", "),
        side(boxes.inboxes(), "inbox", entry.inbox_takes().to_string()),
        side(boxes.outboxes(), "outbox", entry.outbox_sends().to_string())
    )
}

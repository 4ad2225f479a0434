//! What is seen of the program as a table of text, the busiest components first.

use std::cmp::Reverse;
use std::fmt::Write;

use axon::snapshot::ComponentView;

use super::model::Model;
use super::why::Kind;
use super::written::state;

/// How many components are shown.
const SHOWN: usize = 200;

/// The width of a name.
const NAME: usize = 32;

/// The table.
pub(super) fn table(model: &Model) -> String {
    let mut rows: Vec<Row<'_>> = model.picture.components.iter().map(|it| Row::new(model, it)).collect();
    let sum: f64 = rows.iter().map(|row| row.sends).sum();
    let mut text = format!(
        "{} components, {} linkages, {} messages a second\n",
        rows.len(),
        model.picture.linkages.len(),
        rate(sum)
    );
    let question = if model.why.kind == Kind::Stuck { "stuck" } else { "why" };
    let _ = writeln!(text, "{question}: {}", plain(&model.why.words));
    for hint in &model.hints {
        let _ = writeln!(text, "hint: {}", plain(&hint.words));
    }
    let _ = writeln!(
        text,
        "\n{:<NAME$} {:<7}{:>9}{:>9}{:>6}  WAITS",
        "COMPONENT", "STATE", "IN/S", "OUT/S", "FULL"
    );
    rows.sort_by_key(|row| (Reverse((row.takes + row.sends) as u64), Reverse(row.full), row.component.id));
    for row in rows.iter().take(SHOWN) {
        let Row { component, takes, sends, full } = row;
        let full = full.map_or(String::new(), |full| format!("{full}%"));
        let waits = component.failure.as_deref().or(component.waits.as_deref()).unwrap_or_default();
        let name = cut(&plain(&component.title()));
        let line = format!(
            "{name:<NAME$} {:<7}{:>9}{:>9}{full:>6}  {}",
            state(component),
            rate(*takes),
            rate(*sends),
            plain(waits)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if rows.len() > SHOWN {
        let _ = writeln!(text, "and {} more", rows.len() - SHOWN);
    }
    text
}

struct Row<'a> {
    component: &'a ComponentView,
    takes: f64,
    sends: f64,
    /// How full its fullest inbox is, in percent.
    full: Option<u8>,
}

impl<'a> Row<'a> {
    fn new(model: &Model, component: &'a ComponentView) -> Self {
        let (takes, sends) = model.rates.get(&component.id).map_or((0.0, 0.0), |rates| rates.totals());
        let full = component.inboxes.iter().filter_map(|inbox| inbox.fullness).max();
        Row { component, takes, sends, full }
    }
}

fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        few if few < 10.0 => format!("{few:.1}"),
        many => format!("{many:.0}"),
    }
}

fn cut(name: &str) -> String {
    match name.chars().count() > NAME {
        true => name.chars().take(NAME - 3).collect::<String>() + "...",
        false => name.to_owned(),
    }
}

/// Without what a terminal would take for a command.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

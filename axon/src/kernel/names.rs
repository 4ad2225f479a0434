//! Names in errors: those that there are, and the one that was probably meant.

use std::fmt;

/// The name that differs least from what was written, if it differs little enough to have been meant, or else the
/// shortest that begins so.
///
/// # Examples
///
/// ```
/// use axon::error::nearest;
///
/// assert_eq!(nearest("outbux", ["inbox", "outbox"]), Some("outbox"));
/// assert_eq!(nearest("ConsoleE", ["ConsoleEchoer", "ConsoleReader"]), Some("ConsoleEchoer"));
/// assert_eq!(nearest("something else", ["inbox", "outbox"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is longer is no name, and would take long to compare.
    if written.len() > 64 {
        return None;
    }
    let begin = written.to_lowercase();
    let written: Vec<char> = begin.chars().collect();
    let allowed = (1 + written.len() / 4).min(written.len().saturating_sub(1));
    let mut least: Option<(usize, &str)> = None;
    let mut longer: Option<&str> = None;
    for name in names {
        let lower = name.to_lowercase();
        let distance = distance(&written, &lower);
        if distance <= allowed && least.is_none_or(|(least, _)| distance < least) {
            least = Some((distance, name));
        }
        // A few letters begin too many names.
        if written.len() > 3
            && lower.starts_with(&begin)
            && longer.is_none_or(|longer| name.len() < longer.len())
        {
            longer = Some(name);
        }
    }
    least.map(|(_, name)| name).or(longer)
}

/// What an error adds to the names that there are, if one of them is near to what was written, or else nothing.
///
/// # Examples
///
/// ```
/// use axon::error::did_you_mean;
///
/// let meant = did_you_mean("gren", ["red", "green"]);
/// assert_eq!(format!("\"gren\" is no colour{meant}"), r#""gren" is no colour; did you mean "green"?"#);
/// ```
#[must_use]
pub fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, names).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// Names as a person would list them, or `none`. See [`listed_for`].
#[must_use]
pub fn listed(names: &[impl fmt::Debug]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// Names as a person would list them, and the one of them that was probably meant: the end of an error.
///
/// # Examples
///
/// ```
/// use axon::error::listed_for;
///
/// let error = format!("there is no colour \"gren\"; there are {}", listed_for("gren", &["red", "green"]));
/// assert_eq!(error, r#"there is no colour "gren"; there are "red", "green"; did you mean "green"?"#);
/// ```
#[must_use]
pub fn listed_for(written: &str, names: &[impl AsRef<str> + fmt::Debug]) -> String {
    format!("{}{}", listed(names), did_you_mean(written, names.iter().map(AsRef::as_ref)))
}

/// How many letters have to be added, left out, changed, or exchanged with their neighbours.
fn distance(written: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, letter) in written.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in name.iter().enumerate() {
            let mut best = (row[j] + usize::from(letter != other)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *letter == name[j - 1] && written[i - 1] == *other {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_whatever_its_case_and_a_far_one_is_not() {
        let names = ["ConsoleEchoer", "ConsoleReader", "Grep", "Sync"];
        assert_eq!(nearest("consoleechoer", names), Some("ConsoleEchoer"));
        assert_eq!(nearest("ConsolReader", names), Some("ConsoleReader"));
        assert_eq!(nearest("Gerp", names), Some("Grep"));
        assert_eq!(nearest("Grap", names), Some("Grep"));
        assert_eq!(nearest("Backplane", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }

    #[test]
    fn letters_added_left_out_changed_and_exchanged_are_counted() {
        for (from, to, needed) in [
            ("", "", 0),
            ("inbox", "inbox", 0),
            ("", "abc", 3),
            ("inbocks", "inbox", 3),
            ("ibnox", "inbox", 1),
            ("requestnext", "requestNext", 1),
        ] {
            let counted = |from: &str, to| distance(&from.chars().collect::<Vec<_>>(), to);
            assert_eq!((counted(from, to), counted(to, from)), (needed, needed), "{from} {to}");
        }
    }
}

//! The name that was probably meant.

/// The name that differs least from what was written, if it differs little enough to have been meant, or else the
/// shortest that begins so.
///
/// # Examples
///
/// ```
/// use axon::catalogue::nearest;
///
/// assert_eq!(nearest("outbux", ["inbox", "outbox"]), Some("outbox"));
/// assert_eq!(nearest("ConsoleE", ["ConsoleEchoer", "ConsoleReader"]), Some("ConsoleEchoer"));
/// assert_eq!(nearest("something else", ["inbox", "outbox"]), None);
/// ```
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
}

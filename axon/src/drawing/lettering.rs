//! Names as letters of a picture: how wide they are, and how XML writes them.

/// The longest name that is shown whole.
const LONGEST: usize = 36;

/// A name as it is shown: without line breaks, not too long.
pub(super) fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// How wide a text is, in hundredths of a pixel, if letters are `size` pixels high: as in Helvetica, which others are
/// measured by.
pub(super) fn width(text: &str, size: i64) -> i64 {
    text.chars().map(letter_width).sum::<i64>() * size / 10
}

/// In thousandths of the height of the letters.
fn letter_width(letter: char) -> i64 {
    match letter {
        'i' | 'j' | 'l' | '\'' => 222,
        ' ' | '!' | ',' | '.' | '/' | ':' | ';' | 'I' | '[' | '\\' | ']' | 'f' | 't' => 278,
        '(' | ')' | '-' | '`' | 'r' | '{' | '}' | '|' | '"' | '*' => 360,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' | '^' => 500,
        'F' | 'T' | 'Z' | '+' | '<' | '=' | '>' | '~' => 600,
        'A' | 'B' | 'E' | 'K' | 'P' | 'S' | 'V' | 'X' | 'Y' | '&' => 667,
        'C' | 'D' | 'H' | 'N' | 'R' | 'U' | 'w' => 722,
        'G' | 'O' | 'Q' => 778,
        'M' | 'm' | '%' => 860,
        'W' | '@' | '…' => 1000,
        letter if letter.is_ascii() => 556,
        letter if u32::from(letter) < 0x1100 => 700,
        _ => 1000,
    }
}

/// The text as XML: nothing in it is markup, and nothing that XML forbids or that would turn the line around is left.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escaped.push('\u{fffd}')
            }
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The name as a part of an `id`, as JavaScript's `encodeURIComponent` writes it.
pub(super) fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

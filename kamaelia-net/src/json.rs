//! Texts as JSON writes them.

/// A text of JSON, in quotes.
pub(crate) fn json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            letter if letter.is_control() => quoted += &format!("\\u{:04x}", u32::from(letter)),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// A text, or `null`.
pub(crate) fn json_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), json)
}

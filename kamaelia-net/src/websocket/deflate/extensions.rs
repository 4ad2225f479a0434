//! The header `Sec-WebSocket-Extensions` (RFC 6455, section 9.1).

use super::super::options::is_token_character;

/// One extension: its name and its parameters.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Extension {
    pub(super) name: String,
    pub(super) parameters: Vec<(String, Option<String>)>,
}

/// All extensions that a header names, in its order. Several headers are joined by commas before.
///
/// # Errors
///
/// Where it does not follow the grammar.
pub(super) fn parse(header: &str) -> Result<Vec<Extension>, String> {
    let mut rest = Rest(header);
    let mut extensions = Vec::new();
    loop {
        rest.skip_spaces();
        while rest.skip(',') {
            rest.skip_spaces(); // an element of a list may be empty
        }
        if rest.0.is_empty() {
            return Ok(extensions);
        }
        let mut extension = Extension { name: rest.token()?, parameters: Vec::new() };
        rest.skip_spaces();
        while rest.skip(';') {
            rest.skip_spaces();
            let name = rest.token()?;
            rest.skip_spaces();
            let value = if rest.skip('=') { Some(rest.value()?) } else { None };
            rest.skip_spaces();
            extension.parameters.push((name, value));
        }
        if !rest.0.is_empty() && !rest.0.starts_with(',') {
            return Err(rest.complaint());
        }
        extensions.push(extension);
    }
}

/// What has not been read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn skip(&mut self, character: char) -> bool {
        let rest = self.0.strip_prefix(character);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn token(&mut self) -> Result<String, String> {
        let end = self.0.find(|c| !is_token_character(c)).unwrap_or(self.0.len());
        if end == 0 {
            return Err(self.complaint());
        }
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok(token.to_ascii_lowercase())
    }

    /// A token, or a token in quotes.
    fn value(&mut self) -> Result<String, String> {
        self.skip_spaces();
        if !self.skip('"') {
            return self.token();
        }
        let mut value = String::new();
        loop {
            let mut characters = self.0.chars();
            let (character, is_escaped) = match characters.next() {
                Some('\\') => (characters.next(), true),
                other => (other, false),
            };
            self.0 = characters.as_str();
            match character {
                Some('"') if !is_escaped => break,
                Some(character) if is_token_character(character) => value.push(character),
                _ => return Err(self.complaint()),
            }
        }
        if value.is_empty() { Err(self.complaint()) } else { Ok(value) }
    }

    fn complaint(&self) -> String {
        format!("Sec-WebSocket-Extensions has no meaning at {:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_told_in_order_with_their_parameters() {
        let some = |text: &str| Some(text.to_owned());
        let expected = vec![
            Extension { name: "a".into(), parameters: vec![("b".into(), None), ("c".into(), some("1"))] },
            Extension {
                name: "d".into(),
                parameters: vec![("e".into(), some("x y".replace(' ', "-").as_str()))],
            },
        ];
        assert_eq!(parse(" ,A ; b;c = 1 , , d;e=\"x\\-y\" "), Ok(expected));
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_refused() {
        for header in [
            ";",
            "a;",
            "a b",
            "a;b=",
            "a;b=\"",
            "a;b=\"\"",
            "a;b=\"c d\"",
            "a;b=\"c\"d",
            "a=b",
            "ä",
            "a;b=c=d",
        ] {
            assert!(parse(header).is_err(), "{header}");
        }
    }
}

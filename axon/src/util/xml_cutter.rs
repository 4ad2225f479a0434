//! Cuts a stream of XML where a piece of markup or text is whole, so that a parser can be given what there is.
//!
//! It knows only where markup ends. Whether the markup is right, the parser says.

/// The longest reference (`&amp;`) that is waited for; a parser refuses a longer one.
const LONGEST_REFERENCE: usize = 64;

/// What has arrived, and how much of it is whole.
///
/// ```text
///          <                 one of the openings below
///   Text ─────► Opening ──────────────────────────────► Markup ──► Text, at its end
///     │  ;  or too long
///     └──& ► Reference ──► Text
/// ```
#[derive(Default)]
pub(super) struct Cutter {
    arrived: Vec<u8>,
    /// How many bytes of it were looked at. Invariant: at most as many as have arrived.
    seen: usize,
    /// How many bytes are whole pieces. Invariant: at most `seen`.
    whole: usize,
    /// Where the piece that is not whole yet begins.
    began: usize,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Text,
    Reference,
    /// After a `<`, as long as it is not known what begins.
    Opening,
    /// A tag, within quotes or not.
    Tag {
        quote: Option<u8>,
    },
    /// A comment, a piece of CDATA or an instruction, up to these bytes.
    Until {
        end: &'static [u8],
        least: usize,
    },
    /// A document type: its brackets, quotes and comments.
    DocType {
        brackets: u32,
        quote: Option<u8>,
        is_comment: bool,
    },
}

/// What begins with these bytes, and where it ends.
const OPENINGS: [(&[u8], &[u8]); 3] = [(b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];

impl Cutter {
    /// Takes in what has arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.arrived.extend_from_slice(bytes);
        while let Some(&byte) = self.arrived.get(self.seen) {
            self.seen += 1;
            self.look(byte);
        }
    }

    /// The whole pieces that there are.
    pub(super) fn whole(&self) -> &[u8] {
        &self.arrived[..self.whole]
    }

    /// Forgets the first bytes of what is whole.
    pub(super) fn used(&mut self, bytes: usize) {
        self.arrived.drain(..bytes);
        self.seen -= bytes;
        self.whole -= bytes;
        self.began = self.began.saturating_sub(bytes);
    }

    /// What is not whole.
    pub(super) fn rest(&self) -> &[u8] {
        &self.arrived[self.whole..]
    }

    /// Nothing more will come: a last line break is text.
    pub(super) fn finish(&mut self) {
        if self.state == State::Text {
            self.whole = self.seen;
        }
    }

    fn look(&mut self, byte: u8) {
        match self.state {
            State::Text => self.text(byte),
            State::Reference if byte == b';' || self.seen - self.began > LONGEST_REFERENCE => self.end(),
            State::Reference if byte == b'<' => self.text(byte),
            State::Reference => {}
            State::Opening => self.opening(),
            State::Tag { quote } => match (quote, byte) {
                (Some(open), _) if open == byte => self.state = State::Tag { quote: None },
                (None, b'"' | b'\'') => self.state = State::Tag { quote: Some(byte) },
                (None, b'>') => self.end(),
                _ => {}
            },
            State::Until { end, least } => {
                if self.seen - self.began >= least && self.piece().ends_with(end) {
                    self.end();
                }
            }
            State::DocType { brackets, quote, is_comment } => {
                self.doc_type(byte, brackets, quote, is_comment)
            }
        }
    }

    fn piece(&self) -> &[u8] {
        &self.arrived[self.began..self.seen]
    }

    /// A piece is whole.
    fn end(&mut self) {
        self.whole = self.seen;
        self.state = State::Text;
    }

    fn text(&mut self, byte: u8) {
        match byte {
            b'<' | b'&' => {
                self.whole = self.seen - 1;
                self.began = self.seen - 1;
                self.state = if byte == b'<' { State::Opening } else { State::Reference };
            }
            // It may be the first half of a line break.
            b'\r' => self.whole = self.seen - 1,
            _ => self.whole = self.seen,
        }
    }

    fn opening(&mut self) {
        let piece = &self.arrived[self.began..self.seen];
        if let Some((open, end)) = OPENINGS.iter().find(|(open, _)| *open == piece) {
            self.state = State::Until { end, least: open.len() + end.len() };
        } else if OPENINGS.iter().any(|(open, _)| open.starts_with(piece)) {
            // Not known yet.
        } else if piece.starts_with(b"<!") {
            self.state = State::DocType { brackets: 0, quote: None, is_comment: false };
            self.look(self.arrived[self.seen - 1]);
        } else {
            self.state = State::Tag { quote: None };
            self.look(self.arrived[self.seen - 1]);
        }
    }

    fn doc_type(&mut self, byte: u8, brackets: u32, quote: Option<u8>, is_comment: bool) {
        let now = |brackets, quote, is_comment| State::DocType { brackets, quote, is_comment };
        self.state = match (byte, quote) {
            (b'>', None) if is_comment => now(brackets, None, !self.piece().ends_with(b"-->")),
            _ if is_comment => return,
            (b'-', None) if self.piece().ends_with(b"<!--") => now(brackets, None, true),
            (_, Some(open)) if open == byte => now(brackets, None, false),
            (b'"' | b'\'', None) => now(brackets, Some(byte), false),
            (b'[', None) => now(brackets + 1, None, false),
            (b']', None) => now(brackets.saturating_sub(1), None, false),
            (b'>', None) if brackets == 0 => return self.end(),
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is whole after these bytes, given one by one.
    fn whole(text: &str) -> String {
        let mut cutter = Cutter::default();
        let mut whole = Vec::new();
        for byte in text.bytes() {
            cutter.push(&[byte]);
            whole.extend_from_slice(cutter.whole());
            cutter.used(cutter.whole().len());
        }
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn markup_is_whole_at_its_end_and_not_at_what_only_looks_like_it() {
        for text in [
            "<a b='>' c=\">'\">",
            "<!-- > -> -- <a> -->",
            "<!--->-->",
            "<![CDATA[ ]] > ]>]]]>",
            "<?xml ?><?p > ?>",
            "<!DOCTYPE a [<!ENTITY b \"]>\"> <!-- don't ]> --> ]>",
            "text &amp; more",
            "a\r\nb",
        ] {
            assert_eq!(whole(text), text);
            let all_but_one = &text[..text.len() - 1];
            if text.ends_with('>') {
                let rest = whole(all_but_one);
                assert!(rest.len() < all_but_one.len(), "{rest}");
            }
        }
        assert_eq!(whole("text &am"), "text ");
        assert_eq!(whole("text\r"), "text");
    }
}

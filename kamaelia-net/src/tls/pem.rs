//! Reads PEM, and keeps the file and line in which each section begins.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::{Error, SectionKind, from_buf};

use super::config_error::TlsConfigError;

/// The size in bytes above which a file is refused: it cannot be a certificate.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A PEM text, and where it came from.
pub(super) struct Pem {
    /// The file's name as given; `None` if the text did not come from a file.
    file: Option<String>,
    text: Vec<u8>,
}

/// One section, from `-----BEGIN` to `-----END`.
pub(super) struct Section {
    pub(super) kind: SectionKind,
    pub(super) der: Vec<u8>,
    /// The number of the line in which it begins.
    pub(super) line: usize,
}

impl Pem {
    pub(super) fn from_file(file: &Path) -> Result<Self, TlsConfigError> {
        let failed = |error| TlsConfigError::File { file: file.to_owned(), source: Arc::new(error) };
        let name = file.display().to_string();
        let details = fs::metadata(file).map_err(failed)?;
        if details.is_file() && details.len() > LARGEST {
            let problem = format!("too large for certificates and keys: {} bytes", details.len());
            return Err(TlsConfigError::Unusable { place: name, problem });
        }
        Ok(Pem { text: fs::read(file).map_err(failed)?, file: Some(name) })
    }

    pub(super) fn from_text(text: impl Into<Vec<u8>>) -> Self {
        Pem { text: text.into(), file: None }
    }

    /// The file's name, or `the text`.
    pub(super) fn name(&self) -> &str {
        self.file.as_deref().unwrap_or("the text")
    }

    /// An error at a line.
    pub(super) fn wrong_at(&self, line: usize, problem: impl Into<String>) -> TlsConfigError {
        let place = match &self.file {
            Some(file) => format!("{file}:{line}"),
            None => format!("line {line}"),
        };
        TlsConfigError::Text { place, problem: problem.into() }
    }

    /// An error of the whole file or text.
    pub(super) fn unusable(&self, problem: impl Into<String>) -> TlsConfigError {
        TlsConfigError::Unusable { place: self.name().to_owned(), problem: problem.into() }
    }

    /// Whether there is a section with this label, even one that cannot be used.
    pub(super) fn mentions(&self, label: &str) -> bool {
        let begin = format!("-----BEGIN {label}-----");
        self.text.windows(begin.len()).any(|window| window == begin.as_bytes())
    }

    /// All sections, in order. Text around them is ignored.
    pub(super) fn sections(&self) -> Result<Vec<Section>, TlsConfigError> {
        let mut rest = self.text.as_slice();
        let mut sections = Vec::new();
        loop {
            let before = rest;
            let found = from_buf(&mut rest);
            let from = self.text.len() - before.len();
            let read = &self.text[from..self.text.len() - rest.len()];
            let first = 1 + newlines(&self.text[..from]);
            match found {
                Ok(Some((kind, der))) => {
                    sections.push(Section { kind, der, line: first + begin_line(read) });
                }
                Ok(None) => return Ok(sections),
                Err(error) => return Err(self.broken(read, first, &error)),
            }
        }
    }

    /// The error for a section that was read up to a parser's error.
    fn broken(&self, read: &[u8], first: usize, error: &Error) -> TlsConfigError {
        let begin = begin_line(read);
        match error {
            Error::MissingSectionEnd { end_marker } => {
                let label = String::from_utf8_lossy(end_marker);
                self.wrong_at(first + begin, format!("begins, and no line `-----END {label}-----` follows"))
            }
            Error::IllegalSectionStart { .. } => {
                self.wrong_at(first + begin, "a line that begins `-----BEGIN` ends in `-----`")
            }
            Error::Base64Decode(_) => {
                let line = odd_line(read, begin).unwrap_or(begin);
                self.wrong_at(first + line, "not base64")
            }
            other => self.wrong_at(first + begin, other.to_string()),
        }
    }
}

fn newlines(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'\n').count()
}

/// The number of the line, from zero, in which the last section begins.
fn begin_line(read: &[u8]) -> usize {
    let lines = read.split(|&byte| byte == b'\n');
    lines.enumerate().filter(|(_, line)| line.starts_with(b"-----BEGIN")).last().map_or(0, |(i, _)| i)
}

/// The first line after `begin` with a character that is not base64.
fn odd_line(read: &[u8], begin: usize) -> Option<usize> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/= \t\r".contains(byte);
    let lines = read.split(|&byte| byte == b'\n').enumerate().skip(begin + 1);
    let mut inside = lines.take_while(|(_, line)| !line.starts_with(b"-----END"));
    inside.find(|(_, line)| !line.iter().all(is_base64)).map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn said(text: &str) -> String {
        Pem { file: Some("a.pem".into()), text: text.into() }.sections().err().unwrap().to_string()
    }

    #[test]
    fn each_section_knows_its_line_whatever_stands_around_it() {
        let text = format!("# a comment\n\n{GOOD}more\n{GOOD}");
        let sections = Pem::from_text(text).sections().unwrap();
        assert_eq!(sections.iter().map(|section| section.line).collect::<Vec<_>>(), [3, 7]);
        assert!(sections.iter().all(|section| section.der == [0, 0, 0]));
        let dos = GOOD.replace('\n', "\r\n");
        let sections = Pem::from_text(format!("{dos}{dos}")).sections().unwrap();
        assert_eq!(sections.iter().map(|section| section.line).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn an_error_names_file_and_line() {
        let broken = GOOD.replace("AAAA", "AAAA\nA!AA");
        assert_eq!(said(&format!("{GOOD}{broken}")), "a.pem:6: not base64");
        assert_eq!(said(&GOOD.replace("AAAA", "AAAAA")), "a.pem:1: not base64");
        assert_eq!(
            said(&format!("{GOOD}\n-----BEGIN CERTIFICATE-----\nAAAA\n")),
            "a.pem:5: begins, and no line `-----END CERTIFICATE-----` follows"
        );
        assert_eq!(
            said("\n-----BEGIN CERTIFICATE--\nAAAA\n"),
            "a.pem:2: a line that begins `-----BEGIN` ends in `-----`"
        );
        let text = Pem::from_text("-----BEGIN CERTIFICATE-----\n").sections().err().unwrap();
        assert!(text.to_string().starts_with("line 1: "), "{text}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = Pem::from_file(Path::new("/nonexistent/a.pem")).err().unwrap();
        assert!(error.to_string().starts_with("cannot read /nonexistent/a.pem: "), "{error}");
        assert_eq!(error.kind(), Some(std::io::ErrorKind::NotFound));
    }
}

//! Requests for a part of a file: RFC 9110, section 14.

use http::header::{IF_RANGE, RANGE};
use http::{HeaderMap, Method};

use super::conditions::Version;

/// Which bytes are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Whole,
    /// Where it begins, and how many bytes it has, at least one.
    From(u64, u64),
    /// The file has no such part.
    Nowhere,
}

/// Which part of a file of so many bytes is asked for. What is no range, or several, is answered with the whole.
pub(super) fn part(headers: &HeaderMap, method: &Method, version: &Version, length: u64) -> Part {
    let said = headers.get(RANGE).filter(|_| *method == Method::GET);
    let Some(range) = said.and_then(|range| range.to_str().ok()) else { return Part::Whole };
    if headers.get(IF_RANGE).is_some_and(|said| !said.to_str().is_ok_and(|said| version.is(said))) {
        return Part::Whole;
    }
    read(range, length).unwrap_or(Part::Whole)
}

fn read(range: &str, length: u64) -> Option<Part> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    if first.is_empty() {
        let last = number(last)?.min(length);
        return Some(if last == 0 { Part::Nowhere } else { Part::From(length - last, last) });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(match first < length {
        true => Part::From(first, last.min(length - 1) - first + 1),
        false => Part::Nowhere,
    })
}

/// Digits and nothing else; more than there can be is as much as there can be.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_or_nowhere_or_none() {
        assert_eq!(read("bytes=0-0", 10), Some(Part::From(0, 1)));
        assert_eq!(read("Bytes=2-", 10), Some(Part::From(2, 8)));
        assert_eq!(read("bytes=2-99999999999999999999999", 10), Some(Part::From(2, 8)));
        assert_eq!(read("bytes=-3", 10), Some(Part::From(7, 3)));
        assert_eq!(read("bytes=-30", 10), Some(Part::From(0, 10)));
        assert_eq!(read("bytes=10-", 10), Some(Part::Nowhere));
        assert_eq!(read("bytes=-0", 10), Some(Part::Nowhere));
        assert_eq!(read("bytes=0-", 0), Some(Part::Nowhere));
        for wrong in
            ["bytes=5-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes", "bytes=+1-2"]
        {
            assert_eq!(read(wrong, 10), None, "{wrong}");
        }
    }
}

//! The values of arguments, and how each is read from a text.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::argument::ArgumentType;
use super::made::Made;
use crate::Error;
use crate::error::nearest;

/// The value of an argument.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Value {
    /// A whole number, also one of bytes.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A time.
    Duration(Duration),
    /// Text, one of several words, or an address.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Boolean(bool),
    /// A path.
    Path(PathBuf),
    /// A component.
    Component(Factory),
}

/// Makes a component, as often as it is asked to.
#[derive(Clone)]
pub struct Factory {
    make: Arc<dyn Fn() -> Result<Made, Error> + Send + Sync>,
}

impl Factory {
    /// A way to make a component.
    pub fn new(make: impl Fn() -> Result<Made, Error> + Send + Sync + 'static) -> Self {
        Factory { make: Arc::new(make) }
    }

    /// Makes one. What cannot be made (a file that it needs is gone by now) is a component that fails.
    pub fn make(&self) -> Made {
        (self.make)().unwrap_or_else(|error| Made::new(NotMade(Some(error))))
    }
}

impl PartialEq for Factory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.make, &other.make)
    }
}

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Factory")
    }
}

/// Stands for a component that could not be made, and fails in its place.
struct NotMade(Option<Error>);

impl crate::Component for NotMade {
    async fn main(&mut self, _: &crate::Context) -> crate::Result {
        self.0.take().map_or(Ok(()), Err)
    }
}

impl ArgumentType {
    /// Reads a value. The error says what was expected.
    pub(super) fn read(&self, written: &[u8]) -> Result<Value, String> {
        if let ArgumentType::Bytes = self {
            return Ok(Value::Bytes(written.to_vec()));
        }
        let text = std::str::from_utf8(written).map_err(|_| "text in UTF-8".to_owned())?;
        match self {
            ArgumentType::Integer { least, most } => {
                let number = text.parse::<i64>().ok().filter(|number| (*least..=*most).contains(number));
                number.map(Value::Integer).ok_or_else(|| self.to_string())
            }
            ArgumentType::Float { least, most } => {
                let number = text.parse::<f64>().ok().filter(|number| (*least..=*most).contains(number));
                number.map(Value::Float).ok_or_else(|| self.to_string())
            }
            ArgumentType::Size { least, most } => {
                let size = size(text).filter(|size| (*least..=*most).contains(size));
                size.map(Value::Integer).ok_or_else(|| self.to_string())
            }
            ArgumentType::Duration { least } => {
                let time = duration(text).filter(|time| time >= least);
                time.map(Value::Duration).ok_or_else(|| self.to_string())
            }
            ArgumentType::Text | ArgumentType::Address => Ok(Value::Text(text.to_owned())),
            ArgumentType::Bytes => unreachable!("read above"),
            ArgumentType::Boolean => match text {
                "true" | "yes" | "on" => Ok(Value::Boolean(true)),
                "false" | "no" | "off" => Ok(Value::Boolean(false)),
                _ => Err(self.to_string()),
            },
            ArgumentType::Path if text.is_empty() => Err(self.to_string()),
            ArgumentType::Path => Ok(Value::Path(PathBuf::from(text))),
            ArgumentType::Choice(choices) => {
                if choices.contains(&text) {
                    return Ok(Value::Text(text.to_owned()));
                }
                let meant = nearest(text, choices.iter().copied());
                Err(meant.map_or_else(|| self.to_string(), |meant| format!("{self}; perhaps {meant}")))
            }
            ArgumentType::Component => Err(self.to_string()),
        }
    }
}

/// `64KiB`, `1MB`, `512`.
fn size(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
        ("", 1),
    ];
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let digits = text[..text.len() - unit.len()].trim_end();
    digits
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| digits.parse::<i64>().ok()?.checked_mul(*factor))?
}

/// The time that a text says: `250ms`, `1.5s`, `2min`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(axon::catalogue::duration("250ms"), Some(Duration::from_millis(250)));
/// assert_eq!(axon::catalogue::duration("soon"), None);
/// ```
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("min", 60.0), ("h", 3600.0), ("s", 1.0)];
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let number = &text[..text.len() - unit.len()];
    if !number.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.') {
        return None;
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * factor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(size("64KiB"), Some(65536));
        assert_eq!(size("512"), Some(512));
        assert_eq!(size("10B"), Some(10));
        assert_eq!(size("3MB"), Some(3_000_000));
        for wrong in ["", "KiB", "-1", "1.5KiB", "12x", "99999999999GiB", "+1"] {
            assert_eq!(size(wrong), None, "{wrong:?}");
        }
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("2min"), Some(Duration::from_secs(120)));
        for wrong in ["", "10", "s", "-1s", "1e400s", "inf s", "NaNs", "1 d"] {
            assert_eq!(duration(wrong), None, "{wrong:?}");
        }
    }
}

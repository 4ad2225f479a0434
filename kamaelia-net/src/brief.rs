//! Shows what peers and handlers have brought about in the log: briefly, and whatever it does.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest text that an error of a handler may add to the log, in bytes.
const LONGEST: usize = 500;

/// The beginning of the text of `says`, in one line. The text may contain anything that a peer has sent, and
/// making it may panic.
pub(crate) fn brief(says: &dyn fmt::Display) -> String {
    let mut brief = Brief(String::new());
    match catch_unwind(AssertUnwindSafe(|| write!(brief, "{says}"))) {
        Ok(Ok(())) => {}
        Ok(Err(fmt::Error)) => brief.0.push_str("..."),
        Err(panic) => {
            brief.0.push_str("(it panicked while it was shown)");
            drop_safely(panic);
        }
    }
    brief.0
}

/// The first of them, for a line of the log.
pub(crate) fn first_ten<T: fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    let some: Vec<String> = all.into_iter().take(10).map(|one| one.to_string()).collect();
    some.join(", ")
}

/// Drops what a handler or its factory has left, and catches a panic in its destructor.
pub(crate) fn drop_safely<T>(left: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(left))) {
        // Dropping the payload of the panic may panic too, and so on.
        std::mem::forget(panic);
    }
}

/// Collects text up to [`LONGEST`], with control characters escaped.
struct Brief(String);

impl Write for Brief {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.0.len() >= LONGEST {
                return Err(fmt::Error);
            }
            if letter.is_control() {
                self.0.extend(letter.escape_default());
            } else {
                self.0.push(letter);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_and_stays_in_one_line_whatever_is_in_it() {
        assert_eq!(brief(&"all\nof\u{1b}[2Jit"), "all\\nof\\u{1b}[2Jit");
        assert_eq!(brief(&"ä".repeat(1_000_000)), "ä".repeat(LONGEST / 2) + "...");
    }

    #[test]
    fn what_panics_while_it_is_shown_is_shown_as_that() {
        struct Bomb;
        impl fmt::Display for Bomb {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "so far ")?;
                panic!("as planned")
            }
        }
        assert_eq!(brief(&Bomb), "so far (it panicked while it was shown)");
    }
}

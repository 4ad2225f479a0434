//! Runs and drops user code outside any step, so that a panic in it harms no other component.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs something that may panic. The text of the panic is the error.
pub(super) fn safely<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_text)
}

/// Drops something whose destructor may panic.
pub(super) fn drop_safely<T>(value: T) -> Result<(), String> {
    safely(|| drop(value))
}

/// The text of a panic. Its payload may panic when it is dropped, and so may the payload of that panic: then it is
/// leaked.
pub(super) fn panic_text(panic: Box<dyn Any + Send>) -> String {
    let text = if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        String::from("a panic without text")
    };
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(another);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics when it is dropped, with another of its kind.
    struct Chain;

    impl Drop for Chain {
        fn drop(&mut self) {
            std::panic::panic_any(Chain);
        }
    }

    #[test]
    fn a_panic_payload_that_panics_again_and_again_when_it_is_dropped_comes_to_an_end() {
        assert_eq!(drop_safely(Chain), Err("a panic without text".into()));
        assert_eq!(safely(|| panic!("with {}", "text")), Err::<(), _>("with text".into()));
        assert_eq!(safely(|| 5), Ok(5));
    }
}

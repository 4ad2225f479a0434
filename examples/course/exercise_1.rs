//! Exercise 1 (lesson 1): make the steps that the compiler would make.
//!
//! `cargo test --example exercise_1` says what is missing. Replace the `todo!`.
#![allow(dead_code, clippy::todo, reason = "until it is solved")]

/// Sends the numbers on the way from `number` to 1, one a step. By the compiler it would be
///
/// ```text
/// loop {
///     step(number);
///     if number == 1 { break }
///     number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
/// }
/// ```
struct Way {
    /// The next number; `None` when the way is at its end.
    next: Option<u64>,
}

impl Way {
    fn from(number: u64) -> Self {
        Self { next: Some(number) }
    }

    /// The number of this step, or `None` if there is no further step.
    fn step(&mut self) -> Option<u64> {
        todo!("take the number out of `next`, and put the one after it in")
    }
}

fn main() {
    println!("cargo test --example exercise_1");
}

#[cfg(test)]
#[path = "exercise_1_tests.rs"]
mod tests;

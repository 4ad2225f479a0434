//! A solution of exercise 1.

struct Way {
    next: Option<u64>,
}

impl Way {
    fn from(number: u64) -> Self {
        Self { next: Some(number) }
    }

    fn step(&mut self) -> Option<u64> {
        let number = self.next?;
        self.next = match number {
            1 => None,
            even if even % 2 == 0 => Some(even / 2),
            odd => Some(3 * odd + 1),
        };
        Some(number)
    }
}

#[path = "exercise_1_tests.rs"]
mod tests;

//! A solution of exercise 3.

use std::collections::VecDeque;

struct Inbox {
    messages: VecDeque<String>,
    size: usize,
}

impl Inbox {
    fn with_size(size: usize) -> Self {
        Self { messages: VecDeque::new(), size }
    }

    fn send(&mut self, message: String) -> Result<(), String> {
        if self.messages.len() >= self.size {
            return Err(message);
        }
        self.messages.push_back(message);
        Ok(())
    }

    fn recv(&mut self) -> Option<String> {
        self.messages.pop_front()
    }
}

#[path = "exercise_3_tests.rs"]
mod tests;

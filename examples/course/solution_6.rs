//! A solution of exercise 6.

use std::mem::take;

use axon::prelude::*;

struct Threes;

impl Component for Threes {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut numbers = Vec::new();
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            numbers.push(number);
            if numbers.len() == 3 {
                cx.send("outbox", take(&mut numbers))?;
            }
        }
        if !numbers.is_empty() {
            cx.send("outbox", numbers)?;
        }
        Ok(())
    }
}

#[path = "exercise_6_tests.rs"]
mod tests;

//! A solution of exercise 5.

use axon::prelude::*;

struct Changes;

impl Component for Changes {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut last = None;
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            if last.replace(number) != Some(number) {
                cx.send("outbox", number)?;
            }
        }
        Ok(())
    }
}

#[path = "exercise_5_tests.rs"]
mod tests;

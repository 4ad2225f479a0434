//! A solution of exercise 7.

use axon::prelude::*;

struct Adder;

impl Component for Adder {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sum = 0_i64;
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            let number = line.trim().parse::<i64>().ok();
            let answer = match number.and_then(|number| sum.checked_add(number)) {
                Some(new) => {
                    sum = new;
                    format!("{sum}\n")
                }
                None => "not a number\n".to_owned(),
            };
            cx.send_when_room("outbox", answer).await?;
        }
        Ok(())
    }
}

#[path = "exercise_7_tests.rs"]
mod tests;

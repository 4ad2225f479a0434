//! A solution of exercise 8.

use std::time::Duration;

use axon::prelude::*;

struct Quiet;

impl Component for Quiet {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut last = None;
        loop {
            for message in cx.drain::<String>("inbox") {
                last = Some((message?, cx.now() + Duration::from_secs(1)));
            }
            let ending = cx.told_to_end();
            if let Some((message, _)) = last.take_if(|(_, until)| ending.is_some() || *until <= cx.now()) {
                cx.send("outbox", message)?;
            }
            if let Some(ending) = ending {
                cx.send("signal", ending)?;
                return Ok(());
            }
            match &last {
                Some((_, until)) => cx.pause_until(*until).await,
                None => cx.pause().await,
            }
        }
    }
}

#[path = "exercise_8_tests.rs"]
mod tests;

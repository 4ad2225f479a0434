//! The program of `docs/guide/testing.md`.

use std::time::Duration;

use axon::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Passes on what arrives, but nothing that was passed on within the last minute.
struct Once;

impl Component for Once {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut seen = Vec::new();
        while let Some(text) = cx.next_or_end::<String>("inbox").await? {
            let now = cx.now();
            seen.retain(|(_, when)| now - *when < MINUTE);
            if seen.iter().all(|(before, _)| *before != text) {
                seen.push((text.clone(), now));
                cx.send("outbox", text)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    let words = ["on", "on", "off", "on"].map(String::from);
    axon::run(pipeline![DataSource::new(words), Once, ConsoleEchoer::new().lines()])
}

#[cfg(test)]
mod tests {
    use axon::Ending;
    use axon::testing::Bench;

    use super::*;

    #[test]
    fn what_is_said_again_within_a_minute_is_left_out() {
        let mut bench = Bench::new(Once);
        bench.put("inbox", "on".to_owned());
        bench.put("inbox", "on".to_owned());
        bench.settle();
        assert_eq!(bench.take::<String>("outbox"), ["on"]);

        bench.turn_clock(MINUTE);
        bench.put("inbox", "on".to_owned());
        bench.settle();
        assert_eq!(bench.take::<String>("outbox"), ["on"]);
    }

    #[test]
    fn it_ends_when_no_more_will_come_and_says_so() {
        let mut bench = Bench::new(Once);
        bench.put("control", ProducerFinished::new());
        bench.expect_end();
        assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    }

    #[test]
    fn what_is_no_text_is_an_error() {
        let mut bench = Bench::new(Once);
        bench.put("inbox", 7);
        assert!(bench.expect_failure().to_string().contains("String"));
    }
}

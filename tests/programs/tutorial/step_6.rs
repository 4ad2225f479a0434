//! Step 6 of `docs/tutorial.md`: a test that takes no time.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;

/// Passes on the first message of each hour.
struct OncePerHour;

impl Component for OncePerHour {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let message = cx.next::<&str>("inbox").await?;
            cx.send("outbox", message)?;
            cx.sleep(Duration::from_secs(3600)).await;
            cx.drain::<&str>("inbox").for_each(drop);
        }
    }
}

#[test]
fn what_comes_within_the_hour_is_not_passed_on() {
    let mut bench = Bench::new(OncePerHour);
    bench.put("inbox", "first");
    bench.put("inbox", "too soon");
    bench.turn_clock(Duration::from_secs(3600));
    bench.put("inbox", "second");
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["first", "second"]);
}

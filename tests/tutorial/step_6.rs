//! Step 6 of `docs/tutorial.md`: a test that takes no time.

use std::time::Duration;

use axon::prelude::*;

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
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let tested = scheduler.activate(OncePerHour);
    let tester = scheduler.activate(Tester);
    let cx = scheduler.context(&tester);
    cx.link((&tester, "outbox"), (&tested, "inbox")).unwrap();
    cx.link((&tested, "outbox"), (&tester, "inbox")).unwrap();
    scheduler.run().unwrap();
}

struct Tester;

impl Component for Tester {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "first")?;
        cx.send("outbox", "too soon")?;
        cx.sleep(Duration::from_secs(7200)).await;
        cx.send("outbox", "second")?;
        cx.sleep(Duration::from_secs(60)).await;
        let passed: Result<Vec<_>, _> = cx.drain::<&str>("inbox").collect();
        assert_eq!(passed?, ["first", "second"]);
        cx.stop_scheduler();
        Ok(())
    }
}

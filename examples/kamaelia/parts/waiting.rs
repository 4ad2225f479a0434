//! The components of the three programs about the end of a Graphline.

use std::time::Duration;

use axon::prelude::*;

/// After a tenth of a second, says that no more will come.
pub(crate) struct Pinger;

impl Component for Pinger {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.sleep(Duration::from_millis(100)).await;
        cx.send("signal", ProducerFinished::new())?;
        println!("PINGER: sent");
        Ok(())
    }
}

/// Waits for a message on `control`, passes it on and ends.
pub(crate) struct Waiter(pub(crate) &'static str);

impl Component for Waiter {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        println!("WAITER {} waiting", self.0);
        let message = cx.next::<ProducerFinished>("control").await?;
        println!("WAITER {} shutting down", self.0);
        cx.send("signal", message)?;
        Ok(())
    }
}

/// Complains until it is told to end.
pub(crate) struct Whinger;

impl Component for Whinger {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        println!("WHINGER: waiting for shutdown");
        cx.next::<ProducerFinished>("control").await?;
        println!("WHINGER: shutdown");
        Ok(())
    }
}

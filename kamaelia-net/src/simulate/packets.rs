//! What a bad network does to packets: it repeats, loses and shuffles them.

use std::cell::RefCell;

use axon::{Component, Context, Message, OUTBOX, Result};

use super::chance::Chance;
use super::each;

/// One message in so many is repeated or lost.
const ONE_IN: usize = 10;

/// How many messages there are to choose from when they are shuffled.
const WINDOW: usize = 8;

macro_rules! seeded {
    ($name:ident) => {
        impl $name {
            /// With chance that is different each time.
            pub fn new() -> Self {
                Self::default()
            }

            /// Chance is the same for the same seed.
            pub fn seed(mut self, seed: u64) -> Self {
                self.chance = Chance::new(seed);
                self
            }
        }
    };
}

/// Passes messages on, and one in ten, by chance, twice.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, some of it twice |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// Both endings: passes it on and ends, after the data that is there. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Duplicate;
///
/// let received = Received::<u32>::new();
/// axon::run(pipeline![DataSource::new(0..100_u32), Duplicate::new(), DataSink::new(&received)])?;
/// assert!(received.take().len() >= 100);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Duplicate {
    chance: Chance,
}

seeded!(Duplicate);

impl Component for Duplicate {
    async fn main(&mut self, cx: &Context) -> Result {
        let step = async |mut message: Message| {
            if self.chance.below(ONE_IN) == 0 {
                cx.send_when_room(OUTBOX, message.duplicate()).await?;
            }
            Ok(cx.send_when_room(OUTBOX, message).await?)
        };
        each(cx, step, async || Ok(())).await
    }
}

/// Passes messages on, but throws one in ten away, by chance.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, some of it not |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// Both endings: passes it on and ends, after the data that is there. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Throwaway;
///
/// let received = Received::<u32>::new();
/// axon::run(pipeline![DataSource::new(0..100_u32), Throwaway::new().seed(1), DataSink::new(&received)])?;
/// assert!(received.take().len() < 100);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Throwaway {
    chance: Chance,
}

seeded!(Throwaway);

impl Component for Throwaway {
    async fn main(&mut self, cx: &Context) -> Result {
        let step = async |message: Message| {
            if self.chance.below(ONE_IN) > 0 {
                cx.send_when_room(OUTBOX, message).await?;
            }
            Ok(())
        };
        each(cx, step, async || Ok(())).await
    }
}

/// Passes messages on in another order.
///
/// As soon as eight wait, one of the seven that came first is sent, by chance. So the first waits for seven
/// more, and the last ones wait for the end.
///
/// *Differs from Kamaelia:* at the end, what waits is sent, in the order in which it came. There it is lost, since
/// there is no end.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox` |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// Both endings: passes it on and ends, after the data that is there. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Reorder;
///
/// let received = Received::<u32>::new();
/// axon::run(pipeline![DataSource::new(0..100_u32), Reorder::new().seed(1), DataSink::new(&received)])?;
/// let mut numbers = received.take();
/// assert!(!numbers.is_sorted());
/// numbers.sort();
/// assert!(numbers.into_iter().eq(0..100));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Reorder {
    chance: Chance,
}

seeded!(Reorder);

impl Component for Reorder {
    async fn main(&mut self, cx: &Context) -> Result {
        // Both closures use it.
        let waiting = RefCell::new(Vec::with_capacity(WINDOW));
        let mut take_one = |message| {
            let mut waiting = waiting.borrow_mut();
            waiting.push(message);
            (waiting.len() == WINDOW).then(|| waiting.remove(self.chance.below(WINDOW - 1)))
        };
        let step = async |message: Message| match take_one(message) {
            Some(chosen) => Ok(cx.send_when_room(OUTBOX, chosen).await?),
            None => Ok(()),
        };
        let rest = async || {
            let rest: Vec<Message> = waiting.take();
            for message in rest {
                cx.send_when_room(OUTBOX, message).await?;
            }
            Ok(())
        };
        each(cx, step, rest).await
    }
}

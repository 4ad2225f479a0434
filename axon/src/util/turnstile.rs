//! Lets one message through for each request.
//!
//! Ported from `Kamaelia.Util.PromptedTurnstile` and `OnDemandLimit` of `Kamaelia.Util.RateFilter`.
//!
//! *Differs from Kamaelia:* an `OnDemandLimit` works; there any control message is a `NameError`. Messages wait in
//! `inbox`, so that a sender that is faster is held up. Both endings end it.

use crate::chassis::{Told, announce};
use crate::{Boxes, Component, Context, INBOX, Message, OUTBOX, Result};

use super::text::with_text;

/// Lets one message through for each message on `next`, whatever that is.
///
/// Requests and messages are remembered until there is one of each.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `next` | anything, as a request |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, one for each request |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: lets what waits through as it is requested, passes that message on when `inbox` is empty,
/// and ends. `ShutdownMicroprocess`: passes it on and ends; what waits is lost.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::PromptedTurnstile;
///
/// let mut bench = Bench::new(PromptedTurnstile::new());
/// bench.put("inbox", "one");
/// bench.put("inbox", "two");
/// bench.put("next", ());
/// bench.settle();
/// assert_eq!(bench.take::<&str>("outbox"), ["one"]);
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct PromptedTurnstile {}

impl PromptedTurnstile {
    /// A turnstile.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for PromptedTurnstile {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("next", "requests")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let_through(cx, "next", |_| true).await
    }
}

/// Lets one message through for each `"NEXT"` on `slidecontrol`.
///
/// Anything else on `slidecontrol` is ignored. Requests and messages are remembered until there is one of each.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `slidecontrol` | the text `NEXT` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, one for each request |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: lets what waits through as it is requested, passes that message on when `inbox` is empty,
/// and ends. `ShutdownMicroprocess`: passes it on and ends; what waits is lost.
///
/// # Examples
///
/// Slides, of which the next comes when somebody asks for it:
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::OnDemandLimit;
///
/// let mut bench = Bench::new(OnDemandLimit::new());
/// bench.put("inbox", "first slide");
/// bench.put("inbox", "second slide");
/// bench.put("slidecontrol", "NEXT");
/// bench.settle();
/// assert_eq!(bench.take::<&str>("outbox"), ["first slide"]);
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct OnDemandLimit {}

impl OnDemandLimit {
    /// A limit.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for OnDemandLimit {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("slidecontrol", "`NEXT`, to let another message through")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let_through(cx, "slidecontrol", |message| with_text(message, |text| text == "NEXT") == Some(true))
            .await
    }
}

/// Lets a message through for each one in the box `requests` that is a request.
async fn let_through(cx: &Context, requests: &str, is_request: fn(&Message) -> bool) -> Result {
    let mut requested = 0_u64;
    let mut told = Told::default();
    let mut is_finishing = false;
    loop {
        while let Some(request) = cx.recv(requests) {
            requested += u64::from(is_request(&request));
        }
        if requested > 0
            && let Some(message) = cx.recv(INBOX)
        {
            cx.send_when_room(OUTBOX, message).await?;
            requested -= 1;
            continue;
        }
        while let Some(mut notice) = cx.told_to_end() {
            told.note(&mut notice);
            is_finishing = true;
        }
        if told.to_stop() || (is_finishing && cx.data_ready(INBOX) == 0) {
            announce(cx, told.or_producer_finished(cx)).await;
            return Ok(());
        }
        cx.pause().await;
    }
}

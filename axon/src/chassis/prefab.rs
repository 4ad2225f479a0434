//! Ready-made combinations of chassis and components.
//!
//! Ported from `Kamaelia.Chassis.Prefab`, and the `InboxControlledCarousel` of `Kamaelia.Experimental.Chassis`.
//!
//! *Differs from Kamaelia:* `ProducerFinished` ends a [`JoinChooserToCarousel`] after what it has.

use crate::{
    AnyComponent, Boxes, CONTROL, Component, Context, Ending, INBOX, IntoComponent, Message, OUTBOX, Result,
    SIGNAL, ShutdownMicroprocess,
};

use super::ending::children_done;
use super::graphline::Graphline;
use super::tell::send_to_child;

/// Lets a chooser determine what a carousel makes next: a playlist for components.
///
/// Whenever the carousel asks for another order, its `"NEXT"` goes to the chooser, and what the chooser
/// sends is the order. Any two components that have the boxes of a [`Chooser`](crate::util::Chooser) and a
/// [`Carousel`](super::Carousel) can be used.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the carousel's child |
/// | `control` | endings; other control messages go to the chooser |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the carousel's child sends |
/// | `signal` | what the carousel signals |
/// | `_carousel` | for its own use: endings for the carousel |
/// | `_chooser` | for its own use: control messages for the chooser |
///
/// # Shutdown
///
/// `ProducerFinished` goes to the carousel, which carries out the orders that wait and ends;
/// `ShutdownMicroprocess` goes to both. When the carousel has ended, the chooser is sent
/// `ShutdownMicroprocess`, since nothing asks it any more. The whole ends when both have ended, and passes
/// on the ending that the carousel sent.
///
/// # Examples
///
/// ```
/// use axon::chassis::{Carousel, JoinChooserToCarousel};
/// use axon::pipeline;
/// use axon::util::{Chooser, DataSink, OneShot, Received};
///
/// let received = Received::<String>::new();
/// let playlist = Chooser::new(["one", "two", "three"]);
/// let player = Carousel::new(|track: &'static str| OneShot::new(format!("playing {track}")));
/// let mut scheduler = axon::Scheduler::new();
/// let radio = JoinChooserToCarousel::new(playlist, player);
/// scheduler.activate(pipeline![radio, DataSink::new(&received)]);
/// for _ in 0..100 {
///     scheduler.run_pass()?;
/// }
/// assert_eq!(received.take(), ["playing one", "playing two", "playing three"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct JoinChooserToCarousel {
    /// Chooser and carousel; `None` after they were made children.
    parts: Option<(AnyComponent, AnyComponent)>,
}

impl JoinChooserToCarousel {
    /// Combines the two.
    #[track_caller]
    pub fn new(chooser: impl IntoComponent, carousel: impl IntoComponent) -> Self {
        JoinChooserToCarousel { parts: Some((AnyComponent::new(chooser), AnyComponent::new(carousel))) }
    }
}

impl Component for JoinChooserToCarousel {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .outbox("_carousel", "endings for the carousel")
            .outbox("_chooser", "control messages for the chooser")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some((chooser, carousel)) = self.parts.take() else { return Ok(()) };
        let (chooser, carousel) = (cx.add_child(chooser), cx.add_child(carousel));
        cx.link((&chooser, OUTBOX), (&carousel, "next"))?;
        cx.link((&chooser, SIGNAL), (&carousel, CONTROL))?;
        cx.pass_through_inbox((cx.me(), INBOX), (&carousel, INBOX))?;
        cx.link((&carousel, "requestNext"), (&chooser, INBOX))?;
        cx.pass_through_outbox((&carousel, OUTBOX), (cx.me(), OUTBOX))?;
        cx.pass_through_outbox((&carousel, SIGNAL), (cx.me(), SIGNAL))?;
        cx.link((cx.me(), "_carousel"), (&carousel, CONTROL))?;
        cx.link((cx.me(), "_chooser"), (&chooser, CONTROL))?;
        cx.activate(&chooser);
        cx.activate(&carousel);

        let mut chooser_is_told = false;
        while !children_done(cx) {
            while let Some(mut message) = cx.recv(CONTROL) {
                let ending = message.ending();
                if ending.is_some() {
                    send_to_child(cx, "_carousel", &carousel, message.duplicate(), || false).await;
                }
                if ending != Some(Ending::ProducerFinished) {
                    send_to_child(cx, "_chooser", &chooser, message, || false).await;
                }
            }
            if carousel.is_stopped() && !chooser_is_told {
                chooser_is_told = true;
                let stop = Message::new(ShutdownMicroprocess::new());
                send_to_child(cx, "_chooser", &chooser, stop, || false).await;
            } else if !children_done(cx) {
                cx.pause().await;
            }
        }
        Ok(())
    }
}

/// A carousel whose orders come to `inbox`, so that it can stand in a pipeline; data for its child comes to
/// `data_inbox`.
///
/// It does not ask for orders: each replaces the child of the one before. Everything else is as in the
/// [`Carousel`](super::Carousel). The inbox of the children is limited where they are made:
/// [`inbox_size`](super::InboxSizes::inbox_size).
///
/// # Examples
///
/// Each number makes a component of its own:
///
/// ```
/// use axon::chassis::{Carousel, inbox_controlled_carousel};
/// use axon::pipeline;
/// use axon::util::{DataSink, OneShot, Received};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![
///     OneShot::new(7),
///     inbox_controlled_carousel(Carousel::new(|n: i32| OneShot::new(format!("frame {n}")))),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["frame 7"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "InboxControlledCarousel")]
#[track_caller]
pub fn inbox_controlled_carousel(carousel: impl IntoComponent) -> Graphline {
    crate::graphline! {
        components: { carousel: carousel },
        linkages: {
            self.inbox => carousel.next,
            self.data_inbox => carousel.inbox,
            self.control => carousel.control,
            carousel.outbox => self.outbox,
            carousel.signal => self.signal,
        },
    }
}

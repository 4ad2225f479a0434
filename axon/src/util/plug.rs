//! Plugs a component into a splitter while it runs.
//!
//! Ported from `Plug` of `Kamaelia.Util.Splitter`.
//!
//! *Differs from Kamaelia:* no request is sent to a splitter that has ended.

use crate::chassis::children_done;
use crate::{
    AnyComponent, Boxes, CONTROL, Component, ComponentRef, Context, INBOX, IntoComponent, OUTBOX, Result,
    SIGNAL,
};

use super::sink_requests::{AddSink, RemoveSink};

/// Runs a component that receives what a splitter sends, and unplugs it when it ends.
///
/// The splitter is any component with an inbox `configuration` for [`AddSink`] and [`RemoveSink`], such as
/// a [`PlugSplitter`](super::PlugSplitter). Messages to the plug itself go to the component too.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data for the component |
/// | `control` | control messages for the component |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the component sends |
/// | `signal` | what the component signals |
/// | `splitter_config` | for its own use: requests to the splitter |
///
/// # Shutdown
///
/// It ends one turn after its component, when it has sent the request to remove the sink. It passes on what the
/// component sends to `signal`, and sends no ending of its own.
///
/// # Examples
///
/// ```
/// use axon::chassis::Pipeline;
/// use axon::util::{DataSink, DataSource, Plug, PlugSplitter, Received};
///
/// let (first, second) = (Received::<i32>::new(), Received::<i32>::new());
/// let mut scheduler = axon::Scheduler::new();
/// let splitter = scheduler.add(PlugSplitter::new());
/// scheduler.activate(Plug::new(&splitter, DataSink::new(&first)));
/// scheduler.activate(Plug::new(&splitter, DataSink::new(&second)));
/// scheduler.activate(Pipeline::new().then(DataSource::new([1, 2])).then(splitter));
/// scheduler.run()?;
/// assert_eq!((first.take(), second.take()), (vec![1, 2], vec![1, 2]));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Plug {
    splitter: ComponentRef,
    /// `None` after it was made a child.
    component: Option<AnyComponent>,
}

impl Plug {
    /// Plugs `component` into `splitter`.
    #[track_caller]
    pub fn new(splitter: &ComponentRef, component: impl IntoComponent) -> Self {
        Plug { splitter: splitter.clone(), component: Some(AnyComponent::new(component)) }
    }
}

impl Component for Plug {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("splitter_config", "requests to the splitter")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(component) = self.component.take() else { return Ok(()) };
        cx.link((cx.me(), "splitter_config"), (&self.splitter, "configuration"))?;
        let component = cx.add_child(component);
        cx.pass_through_inbox((cx.me(), INBOX), (&component, INBOX))?;
        cx.pass_through_inbox((cx.me(), CONTROL), (&component, CONTROL))?;
        cx.pass_through_outbox((&component, OUTBOX), (cx.me(), OUTBOX))?;
        cx.pass_through_outbox((&component, SIGNAL), (cx.me(), SIGNAL))?;

        self.ask(cx, AddSink::new(cx.me()).control(CONTROL)).await;
        cx.activate(component);
        while !children_done(cx) {
            cx.pause().await;
        }
        self.ask(cx, RemoveSink::new(cx.me()).control(CONTROL)).await;
        cx.yield_now().await;
        Ok(())
    }
}

impl Plug {
    /// Sends a request to the splitter, and waits while it has no room; does nothing if the splitter has ended.
    async fn ask(&self, cx: &Context, request: impl crate::Payload) {
        let mut request = crate::Message::new(request);
        while !self.splitter.is_stopped() {
            match cx.send("splitter_config", request) {
                Ok(()) => return,
                Err(refused) => request = refused.into_message(),
            }
            cx.pause().await;
        }
    }
}

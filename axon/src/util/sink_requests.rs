//! Requests to a splitter that is configured while it runs.
//!
//! Ported from `addsink` and `removesink` of `Kamaelia.Util.Splitter`.

use crate::{ComponentRef, INBOX};

/// Asks a [`PlugSplitter`](super::PlugSplitter) to send its data to another component too.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "addsink")]
pub struct AddSink {
    pub(super) sink: ComponentRef,
    pub(super) inbox: Option<String>,
    pub(super) control: Option<String>,
}

/// Asks a [`PlugSplitter`](super::PlugSplitter) to send no more data to a component.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "removesink")]
pub struct RemoveSink {
    pub(super) sink: ComponentRef,
    pub(super) inbox: Option<String>,
    pub(super) control: Option<String>,
}

macro_rules! sink_request {
    ($request:ident, $inbox:literal, $no_inbox:literal, $control:literal) => {
        impl $request {
            #[doc = $inbox]
            pub fn new(sink: &ComponentRef) -> Self {
                $request { sink: sink.clone(), inbox: Some(INBOX.to_owned()), control: None }
            }

            /// Uses this inbox instead of `inbox`.
            #[must_use]
            pub fn inbox(mut self, name: impl Into<String>) -> Self {
                self.inbox = Some(name.into());
                self
            }

            #[doc = $no_inbox]
            #[must_use]
            pub fn without_inbox(mut self) -> Self {
                self.inbox = None;
                self
            }

            #[doc = $control]
            #[must_use]
            pub fn control(mut self, name: impl Into<String>) -> Self {
                self.control = Some(name.into());
                self
            }
        }
    };
}

sink_request!(
    AddSink,
    "Data to the component's `inbox`.",
    "No data, control messages only.",
    "Control messages too, to the inbox of this name."
);
sink_request!(
    RemoveSink,
    "No more data to the component's `inbox`.",
    "The data goes on.",
    "No more control messages to the inbox of this name."
);

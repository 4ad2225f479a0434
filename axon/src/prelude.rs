//! What nearly every program needs: `use axon::prelude::*`.

pub use crate::chassis::{Carousel, Graphline, Pipeline};
pub use crate::util::*;
pub use crate::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, Message, OUTBOX, ProducerFinished, SIGNAL,
    Scheduler, ShutdownMicroprocess, graphline, pipeline,
};

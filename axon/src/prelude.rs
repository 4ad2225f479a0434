//! What nearly every program needs: `use axon::prelude::*`.
//!
//! Of the ready-made components it brings those that most programs use; `util` has them all. (`util::Sync`
//! is not here: it would hide the `Sync` of `Send + Sync`.)

pub use crate::chassis::{
    Carousel, Graphline, InboxSizes, JoinChooserToCarousel, Par, Pipeline, Seq, Supervisor, TPipe,
};
pub use crate::util::{
    Backplane, Chooser, Chunk, ChunksToLines, Collate, ConsoleEchoer, ConsoleReader, DataSink, DataSource,
    EchoProtocol, Fanout, LineSplit, NullSinkComponent, OneShot, PassThrough, PlugSplitter, PublishTo,
    PureTransformer, Received, SequentialTransformer, SimpleFileWriter, SimpleReader, SubscribeTo, Text,
    TriggeredOneShot, TwoWaySplitter,
};
pub use crate::{
    Background, Boxes, CONTROL, Component, ComponentRef, Context, Handle, INBOX, Introspector, Message,
    OUTBOX, ProducerFinished, SIGNAL, Scheduler, ShutdownMicroprocess, ThreadContext, Threaded,
    ThreadedComponent, graphline, pipeline,
};

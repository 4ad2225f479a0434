//! What nearly every program needs: `use axon::prelude::*`.
//!
//! It contains the ready-made components that most programs use; `util` has all of them. (`util::Sync` is
//! not here, since it would hide the trait `Sync`.)

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

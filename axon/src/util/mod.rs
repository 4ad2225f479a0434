//! Ready-made components: look here before you write one.
//!
//! Ported from `Kamaelia.Util`, `Kamaelia.File` and small parts of `Kamaelia.Protocol`,
//! `Kamaelia.Visualisation` and `Kamaelia.Apps`.
//!
//! | to | use |
//! |---|---|
//! | send what is known beforehand | [`OneShot`], [`TriggeredOneShot`], [`DataSource`], [`TriggeredSource`], [`Chargen`] |
//! | read and write the console | [`ConsoleReader`], [`ConsoleEchoer`], [`ConsoleLine`] |
//! | read and write files | [`SimpleReader`], [`MaxSpeedFileReader`], [`PromptedFileReader`], [`SimpleFileWriter`]; more in [`file`](crate::file) |
//! | transform each message | [`PureTransformer`], [`SequentialTransformer`], [`Marshaller`], [`DeMarshaller`], [`SimpleDetupler`], [`Max`], [`Stringify`] |
//! | take streams and text apart | [`LineSplit`], [`ChunksToLines`], [`LinesToTokenlists`], [`TokenlistsToLines`], [`Framer`], [`DeFramer`], [`LengthFramer`], [`LengthDeFramer`], [`DataChunker`], [`DataDeChunker`], [`MaxSizePacketiser`], [`Chunkifier`], [`ChunkNamer`] |
//! | read and write JSON and XML | `JsonDecoder`, `JsonEncoder` (feature `json`), `SimpleXmlParser` (feature `xml`) |
//! | let some through and not others | [`PureFilter`], [`RangeFilter`], [`Filter`], [`PassThrough`], [`FirstOnly`], [`UnseenOnly`], [`Sync`], [`LossyConnector`] |
//! | limit and control a rate | [`MessageRateLimit`], [`ByteRateRequestControl`], [`VariableByteRateRequestControl`], [`RateChunker`], [`OnDemandLimit`], [`PromptedTurnstile`] |
//! | send every so often | [`PeriodicTick`], [`PeriodicWakeup`], [`CheapAndCheerfulClock`], [`SingleTick`] |
//! | choose, compare, collect | [`Chooser`], [`ForwardIteratingChooser`], [`DictChooser`], [`Comparator`], [`Collate`] |
//! | send the same to several | [`Fanout`], [`TwoWaySplitter`], [`PlugSplitter`], [`Plug`] |
//! | send each where it belongs | [`Router`], [`ConditionalSplitter`], [`TwoWayBalancer`] |
//! | tag and number messages | [`UidTagger`], [`FilterTag`], [`FilterButKeepTag`], [`tag_and_filter_wrapper`], [`tag_and_filter_wrapper_keeping_tag`], [`filter_and_tag_wrapper`], [`filter_and_tag_wrapper_keeping_tag`], [`TagWithSequenceNumber`], [`RecoverOrder`], [`srm_sender`], [`srm_receiver`], [`Entuple`] |
//! | exchange messages by name | [`Backplane`], [`PublishTo`], [`SubscribeTo`], [`RegisterService`], [`Subscribe`], [`ToService`] |
//! | see what goes on | [`ComponentBoxTracer`], [`PipelineTracer`], [`Profiler`], [`ProfilerOutputFormatter`] |
//! | tell and show how far long work is | [`ProgressReports`], `ProgressBar` (feature `progress`) |
//! | end what does not end by itself | [`Ttl`] |
//! | end a pipeline | [`DataSink`], [`NullSinkComponent`], [`TestResult`] |
//! | make a call that may block | [`aside()`] |
//! | serve a connection | [`EchoProtocol`] |
//!
//! All of them follow one rule of shutdown, which `Context::told_to_end` and
//! [`chassis::announce`](crate::chassis::announce) implement: *data first; `ProducerFinished` lets a
//! component finish, `ShutdownMicroprocess` stops it; both are passed on, and so is any other control
//! message.* If a component differs, as in Kamaelia, the section *Shutdown* of its documentation says so.
//!
//! When the destination is full, all of them sleep until there is room, and lose nothing; only a
//! [`LossyConnector`] drops messages. Components that send the same message to several destinations wait
//! for the slowest, unless [`WhenFull`] is set to something else. A component whose receivers have all
//! ended ends too, and logs what was lost by that.

pub(crate) mod aside;
mod backplane;
mod box_tracer;
mod catalogue;
mod catalogue_of_files;
mod catalogue_of_items;
mod catalogue_of_rates;
mod catalogue_of_tools;
mod chargen;
mod chooser;
mod chunkifier;
mod chunking;
mod chunks_to_lines;
mod collate;
mod comparator;
mod console;
mod console_reader;
mod cutter;
mod data_sink;
mod data_source;
mod detuple;
mod dict_chooser;
pub(crate) mod each;
mod echo_protocol;
mod entuple;
mod fanout;
pub(crate) mod file_reading;
mod file_writing;
mod filter;
mod first_only;
mod forward_iterating_chooser;
mod framing;
#[cfg(feature = "json")]
mod json;
mod length_framing;
mod limited_log;
pub(crate) mod line_source;
mod line_split;
pub(crate) mod lines;
mod lines_to_tokenlists;
mod lossy_connector;
mod marshalling;
mod max;
mod null_sink;
mod one_shot;
mod packetise;
mod pass_through;
mod plug;
mod plug_splitter;
mod profiling;
pub(crate) mod progress;
#[cfg(feature = "progress")]
mod progress_bar;
pub(crate) mod prompted_file_reader;
mod pure_filter;
mod pure_transformer;
mod rate_chunker;
pub(crate) mod rate_control;
mod rate_limit;
pub(crate) mod read_ahead;
mod recover_order;
pub(crate) mod requests;
mod router;
mod sequential_transformer;
mod services;
mod sink_requests;
mod stringify;
mod sync;
mod tag_with_sequence_number;
mod tags;
mod test_result;
pub(crate) mod text;
mod ticks;
mod tokenlists_to_lines;
mod ttl;
mod turnstile;
mod two_way_splitter;
mod unseen_only;
mod when_full;
pub(crate) mod write_behind;
mod writing;
pub(crate) mod written_file;
#[cfg(feature = "xml")]
mod xml;
#[cfg(feature = "xml")]
mod xml_cutter;

pub use aside::aside;
pub use backplane::{Backplane, PublishTo, SubscribeTo};
pub use box_tracer::{ComponentBoxTracer, PipelineTracer, Traced};
pub use catalogue::catalogue;
pub use chargen::Chargen;
pub use chooser::Chooser;
pub use chunkifier::{ChunkNamer, Chunkifier};
pub use chunking::{DataChunker, DataDeChunker};
pub use chunks_to_lines::ChunksToLines;
pub use collate::Collate;
pub use comparator::Comparator;
pub use console::{ConsoleEchoer, ConsoleLine};
pub use console_reader::ConsoleReader;
pub use data_sink::{DataSink, Received};
pub use data_source::{DataSource, TriggeredSource};
pub use detuple::{Detuple, SimpleDetupler};
pub use dict_chooser::DictChooser;
pub use echo_protocol::EchoProtocol;
pub use entuple::Entuple;
pub use fanout::Fanout;
pub use file_reading::{MaxSpeedFileReader, SimpleReader};
pub use file_writing::SimpleFileWriter;
pub use filter::{Filter, Filtering, NullFilter};
pub use first_only::FirstOnly;
pub use forward_iterating_chooser::ForwardIteratingChooser;
pub use framing::{DeFramer, Framer};
#[cfg(feature = "json")]
pub use json::{JsonDecoder, JsonEncoder};
pub use length_framing::{FrameError, LengthDeFramer, LengthFramer, LengthPrefix};
pub use line_split::LineSplit;
pub use lines::LineError;
pub use lines_to_tokenlists::LinesToTokenlists;
pub use lossy_connector::LossyConnector;
pub use marshalling::{DeMarshaller, Marshaller, Marshalling};
pub use max::Max;
pub use null_sink::NullSinkComponent;
pub use one_shot::{OneShot, TriggeredOneShot};
pub use packetise::MaxSizePacketiser;
pub use pass_through::PassThrough;
pub use plug::Plug;
pub use plug_splitter::PlugSplitter;
pub use profiling::{Profile, Profiler, ProfilerOutputFormatter};
pub use progress::{Progress, ProgressReports};
#[cfg(feature = "progress")]
pub use progress_bar::ProgressBar;
pub use prompted_file_reader::PromptedFileReader;
pub use pure_filter::{PureFilter, RangeFilter};
pub use pure_transformer::PureTransformer;
pub use rate_chunker::RateChunker;
pub use rate_control::{ByteRateRequestControl, VariableByteRateRequestControl};
pub use rate_limit::MessageRateLimit;
pub use recover_order::{RecoverOrder, srm_receiver, srm_sender};
pub use router::{ConditionalSplitter, Router, TwoWayBalancer};
pub use sequential_transformer::SequentialTransformer;
pub use services::{RegisterService, Subscribe, Subscription, ToService};
pub use sink_requests::{AddSink, RemoveSink};
pub use stringify::Stringify;
pub use sync::Sync;
pub use tag_with_sequence_number::TagWithSequenceNumber;
pub use tags::{
    FilterButKeepTag, FilterTag, UidTagger, filter_and_tag_wrapper, filter_and_tag_wrapper_keeping_tag,
    tag_and_filter_wrapper, tag_and_filter_wrapper_keeping_tag,
};
pub use test_result::{StopSystem, StopSystemException, TestResult};
pub use text::{Chunk, Text};
pub use ticks::{CheapAndCheerfulClock, PeriodicTick, PeriodicWakeup, SingleTick};
pub use tokenlists_to_lines::TokenlistsToLines;
pub use ttl::Ttl;
pub use turnstile::{OnDemandLimit, PromptedTurnstile};
pub use two_way_splitter::TwoWaySplitter;
pub use unseen_only::UnseenOnly;
pub use when_full::WhenFull;
#[cfg(feature = "xml")]
pub use xml::{SimpleXmlParser, XmlEvent};

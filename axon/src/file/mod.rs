//! Ready-made components for files, processes and long work.
//!
//! Ported from `Kamaelia.File` and small parts of `Kamaelia.Apps`.
//!
//! | to | use |
//! |---|---|
//! | read a file at full speed | [`SimpleReader`] (lines), [`MaxSpeedFileReader`] (blocks) |
//! | read a file, a FIFO or standard input at a pace | [`ReadFileAdaptor`], [`IntelligentFileReader`] |
//! | read a file, or many, at a rate | [`RateControlledFileReader`], [`FixedRateControlledReusableFileReader`], [`RateControlledReusableFileReader`] |
//! | read on request | [`PromptedFileReader`], [`ReusableFileReader`], [`TriggeredFileReader`] |
//! | read a configuration file | `ConfigFileReader`, `DictFormatter` (feature `ini`) |
//! | follow a file that grows | [`Tail`] |
//! | be told what others do in a folder | `DirectoryWatcher` (feature `watch`, Linux) |
//! | write a file | [`SimpleFileWriter`], [`SimpleFileWriterWithOutput`], [`WholeFileWriter`], [`Append`] |
//! | find and filter as in a shell | [`Find`], [`Grep`], [`Sort`] |
//! | run another program | `UnixProcess` (feature `process`) |
//!
//! Files are opened, read and written on threads beside the scheduler, so that a FIFO, a slow disk or a network file
//! system delays no other component. What is read ahead and what waits to be written is bounded.
//!
//! Every failure is an error that names the file. A regular file that somebody truncates while it is read is such a
//! failure, and so is one that is deleted or truncated while it is written. A file that is replaced while it is read
//! is read to its end: what the reader sends is the whole of what was there when it was opened.

mod append;
#[cfg(feature = "ini")]
mod config_file;
mod entries;
mod find;
mod grep;
mod intelligent_file_reader;
#[cfg(all(unix, any(feature = "process", all(feature = "watch", target_os = "linux"))))]
mod polling;
#[cfg(all(unix, feature = "process"))]
mod process;
mod rate_controlled;
mod read_file_adaptor;
mod reusable;
mod simple_file_writer_with_output;
mod sort;
mod tail;
mod triggered_file_reader;
#[cfg(all(feature = "watch", target_os = "linux"))]
mod watching;
mod whole_file_writer;
mod written;

pub use crate::util::{MaxSpeedFileReader, PromptedFileReader, SimpleFileWriter, SimpleReader};
pub use append::Append;
#[cfg(feature = "ini")]
pub use config_file::{ConfigFileReader, ConfigSection, DictFormatter};
pub use entries::catalogue;
pub use find::Find;
pub use grep::Grep;
pub use intelligent_file_reader::IntelligentFileReader;
#[cfg(all(unix, feature = "process"))]
pub use process::UnixProcess;
pub use rate_controlled::{FixedRateControlledReusableFileReader, RateControlledFileReader};
pub use read_file_adaptor::ReadFileAdaptor;
pub use reusable::{FileAtRate, RateControlledReusableFileReader, ReusableFileReader};
pub use simple_file_writer_with_output::SimpleFileWriterWithOutput;
pub use sort::Sort;
pub use tail::{FileChange, Tail};
pub use triggered_file_reader::TriggeredFileReader;
#[cfg(all(feature = "watch", target_os = "linux"))]
pub use watching::{DirectoryChange, DirectoryWatcher};
pub use whole_file_writer::WholeFileWriter;

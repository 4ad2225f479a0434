//! Finds the files of a folder and of the folders in it.
//!
//! Ported from `Find` of `Kamaelia.Apps.Europython09.Util`.
//!
//! *Differs from Kamaelia:* what cannot be read is told. Folders are read on a thread beside the scheduler.

use std::fs::{self, ReadDir};
use std::io;
use std::path::PathBuf;

use crate::chassis::announce_end;
use crate::util::aside::Call;
use crate::util::read_ahead::about;
use crate::{Boxes, Component, Context, Message, OUTBOX, Result};

/// How many entries are read at a time.
const BATCH: usize = 256;

/// Where it tells what it cannot read.
const ERROR: &str = "error";

/// Walks through a folder and all folders in it, and sends the path of each entry, as `find` does.
///
/// The folder itself comes first. A folder comes before its entries, which come in the order in which the system
/// lists them. Symbolic links are not followed.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | each path, a `String`, or a `PathBuf` with [`as_paths`](Find::as_paths) |
/// | `error` | for each folder that cannot be read, and each path that is not UTF-8, a `String` that says so |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At the end it ends by itself with `ProducerFinished`. After `ProducerFinished` it goes on to the end, and then
/// passes that message on. After `ShutdownMicroprocess` it passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error if the path that it begins with does not exist. What cannot be read further down is told
/// by `error` and in the log, and it goes on.
///
/// # Examples
///
/// ```
/// use axon::file::{Find, Grep, Sort};
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
///
/// let received = Received::<String>::new();
/// let sources = pipeline![Find::new("src/file").files(), Grep::containing("/find"), Sort::<String>::new()];
/// axon::run(pipeline![sources, DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["src/file/find.rs"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Find {
    path: PathBuf,
    walktype: Walktype,
    sends: Sends,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Walktype {
    All,
    Files,
    Folders,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sends {
    Text,
    Paths,
}

impl Find {
    /// Finds everything at and below `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Find { path: path.into(), walktype: Walktype::All, sends: Sends::Text }
    }

    /// Finds only what is not a folder.
    #[doc(alias = "walktype")]
    pub fn files(mut self) -> Self {
        self.walktype = Walktype::Files;
        self
    }

    /// Finds only folders.
    pub fn folders(mut self) -> Self {
        self.walktype = Walktype::Folders;
        self
    }

    /// Sends each path as a `PathBuf`, also those that are not UTF-8.
    pub fn as_paths(mut self) -> Self {
        self.sends = Sends::Paths;
        self
    }

    /// The message for a path, or what is wrong with it.
    fn message(&self, path: PathBuf) -> std::result::Result<Message, String> {
        if self.sends == Sends::Paths {
            return Ok(Message::new(path));
        }
        path.into_os_string()
            .into_string()
            .map(Message::new)
            .map_err(|path| format!("{path:?} is not UTF-8; as_paths() sends it"))
    }
}

impl Component for Find {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox(ERROR, "what cannot be read")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut walk = Walk::new(self.path.clone(), self.walktype);
        let mut told = None;
        loop {
            let call = Call::start(cx, move || {
                let batch = walk.next_batch()?;
                Ok((walk, batch))
            });
            let Some(returned) = call.returned_or_stopped(cx).await else { break };
            let found;
            (walk, found) = returned?;
            if found.is_empty() {
                break;
            }
            for entry in found {
                match entry.map_err(|error| error.to_string()).and_then(|path| self.message(path)) {
                    Ok(message) => cx.send_when_room(OUTBOX, message).await?,
                    Err(text) => {
                        log::warn!("{}: {text}", cx.name());
                        cx.send_when_room(ERROR, text).await?;
                    }
                }
            }
            if !cx.is_told_to_stop() {
                told = cx.told_to_end().or(told);
            }
        }
        announce_end(cx, told).await;
        Ok(())
    }
}

/// The state of a walk. One folder is open at a time, however deep it goes.
struct Walk {
    walktype: Walktype,
    /// The path to begin with, until it was looked at.
    root: Option<PathBuf>,
    /// The folder that is being read.
    reading: Option<(PathBuf, ReadDir)>,
    /// Folders that are still to be read, the next one last.
    folders: Vec<PathBuf>,
}

impl Walk {
    fn new(root: PathBuf, walktype: Walktype) -> Self {
        Walk { walktype, root: Some(root), reading: None, folders: Vec::new() }
    }

    /// The next entries. None are left if it returns none.
    fn next_batch(&mut self) -> io::Result<Vec<io::Result<PathBuf>>> {
        let mut batch = Vec::new();
        if let Some(root) = self.root.take() {
            let metadata = fs::metadata(&root).map_err(|error| about(&root, "find", error))?;
            self.note(root, metadata.is_dir(), &mut batch);
        }
        while batch.len() < BATCH {
            if let Some((folder, entries)) = &mut self.reading {
                let Some(entry) = entries.next() else {
                    self.reading = None;
                    continue;
                };
                match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?.is_dir()))) {
                    Ok((path, is_folder)) => self.note(path, is_folder, &mut batch),
                    Err(error) => batch.push(Err(about(folder, "read", error))),
                }
            } else if let Some(folder) = self.folders.pop() {
                match fs::read_dir(&folder) {
                    Ok(entries) => self.reading = Some((folder, entries)),
                    Err(error) => batch.push(Err(about(&folder, "read", error))),
                }
            } else {
                break;
            }
        }
        Ok(batch)
    }

    fn note(&mut self, path: PathBuf, is_folder: bool, batch: &mut Vec<io::Result<PathBuf>>) {
        let is_wanted = match self.walktype {
            Walktype::All => true,
            Walktype::Files => !is_folder,
            Walktype::Folders => is_folder,
        };
        if is_folder {
            self.folders.push(path.clone());
        }
        if is_wanted {
            batch.push(Ok(path));
        }
    }
}

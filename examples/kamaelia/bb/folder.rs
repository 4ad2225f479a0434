//! The messages, each a file of a folder, named by its number.

use std::collections::BTreeMap;
use std::fs::{create_dir_all, hard_link, read_dir, read_to_string, remove_file, rename, write};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Before the number of a message that was deleted, in the name of an empty file.
const DELETED: &str = ".deleted-";

/// How many messages there may be.
const MOST_MESSAGES: usize = 10_000;

/// A message of the board.
#[derive(Clone, Default, Debug)]
pub(crate) struct Posting {
    /// `from`, `to`, `subject`, `date` and `reply-to`.
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Posting {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The fields, a line each, an empty line, and the body.
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let field =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Posting { fields: head.lines().filter_map(field).collect(), body: body.to_owned() }
    }

    fn text(&self) -> String {
        let fields = self.fields.iter().map(|(name, value)| format!("{name}: {value}\n"));
        fields.collect::<String>() + "\n" + &self.body
    }
}

/// Kamaelia's `Folder`. All that it does reads or writes files: not on the scheduler's thread.
#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Tells temporary files of this process apart.
    written: Arc<AtomicU64>,
}

impl Folder {
    /// That of the board in this folder. It is made if it is not there.
    pub(crate) fn open(board: &Path) -> Result<Self> {
        let path = board.join("messages");
        create_dir_all(&path)?;
        Ok(Folder { path, written: Arc::default() })
    }

    /// The numbers of all messages after this one, in order.
    pub(crate) fn after(&self, last_read: u64) -> Result<Vec<u64>> {
        let mut numbers = self.numbers("")?;
        numbers.retain(|number| *number > last_read);
        Ok(numbers)
    }

    /// The numbers in the names of files that begin so, in order.
    fn numbers(&self, prefix: &str) -> Result<Vec<u64>> {
        let names = read_dir(&self.path)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut numbers: Vec<u64> =
            names.filter_map(|name| name.strip_prefix(prefix)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// `None` if somebody has deleted it.
    pub(crate) fn message(&self, number: u64) -> Result<Option<Posting>> {
        match read_to_string(self.path.join(number.to_string())) {
            Ok(text) => Ok(Some(Posting::parse(&text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Adds a message, which is there whole or not at all, and returns its number. No message had that number before:
    /// users remember up to which one they have read.
    pub(crate) fn post(&self, posting: &Posting) -> Result<u64> {
        let there = self.after(0)?;
        if there.len() >= MOST_MESSAGES {
            return Err(Error::other("the board is full"));
        }
        let mark = self.written.fetch_add(1, Ordering::Relaxed);
        let new = self.path.join(format!(".new-{}-{mark}", std::process::id()));
        write(&new, posting.text())?;
        let deleted = self.numbers(DELETED)?;
        let mut number = there.last().max(deleted.last()).map_or(1, |last| last + 1);
        let linked = loop {
            match hard_link(&new, self.path.join(number.to_string())) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                linked => break linked,
            }
        };
        remove_file(new)?;
        linked.map(|()| number)
    }

    pub(crate) fn delete(&self, number: u64) -> Result<()> {
        let deleted = |number: u64| self.path.join(format!("{DELETED}{number}"));
        rename(self.path.join(number.to_string()), deleted(number))?;
        write(deleted(number), "")?;
        // Only the highest is needed.
        for lower in self.numbers(DELETED)?.into_iter().filter(|lower| *lower < number) {
            match remove_file(deleted(lower)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

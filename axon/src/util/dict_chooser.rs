//! Sends the items that are stored under a key.
//!
//! Ported from `Kamaelia.Apps.CL.DictChooser`.
//!
//! *Differs from Kamaelia:* it sleeps while nothing comes, and `allowDefault` works; there it is a `NameError` or takes
//! what came last.

use std::collections::HashMap;
use std::hash::Hash;

use crate::chassis::{announce, receive};
use crate::{Boxes, Component, Context, INBOX, OUTBOX, Payload, Result};

use super::chooser::told_shutdown_microprocess;

/// Sends the items of the option that it is asked for, one by one.
///
/// An option is a key of type `K` and a list of items of type `T`. Options are given beforehand, or sent to `option`,
/// where a new one replaces an old one of the same key. A key without an option is ignored, and so is the key that was
/// chosen last.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | keys, each a `K` |
/// | `option` | more options, each message a `HashMap<K, Vec<T>>` |
/// | `control` | `ShutdownMicroprocess`; anything else is thrown away |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items |
/// | `signal` | the `ShutdownMicroprocess` that ended it |
///
/// # Shutdown
///
/// `ShutdownMicroprocess`: passes it on and ends. *As in Kamaelia*, `ProducerFinished` and every other control message
/// is read and ignored, since keys may still come from elsewhere.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::DictChooser;
///
/// let mut bench = Bench::new(DictChooser::new().option("rgb", ["red", "green", "blue"]).option("none", []));
/// bench.put("inbox", "rgb");
/// bench.settle();
/// assert_eq!(bench.take::<&str>("outbox"), ["red", "green", "blue"]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DictChooser<K, T> {
    options: HashMap<K, Vec<T>>,
    /// The key to begin with.
    first: Option<K>,
    current: Option<K>,
    begins: Begins,
}

#[derive(Debug, PartialEq)]
enum Begins {
    WithNothing,
    WithAnOption,
}

impl<K: Payload + Clone + Eq + Hash, T: Payload + Clone> DictChooser<K, T> {
    /// A chooser without options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an option.
    #[doc(alias = "options")]
    pub fn option(mut self, key: K, items: impl IntoIterator<Item = T>) -> Self {
        self.first.get_or_insert_with(|| key.clone());
        self.options.insert(key, items.into_iter().collect());
        self
    }

    /// As long as none is chosen, sends the first option that was added; without one, any of those that come.
    #[doc(alias = "allowDefault")]
    pub fn allow_default(mut self) -> Self {
        self.begins = Begins::WithAnOption;
        self
    }

    /// Adds the options that have come, and returns the key of the next option to send.
    fn look(&mut self, cx: &Context) -> Result<Option<K>> {
        while let Some(more) = receive::<HashMap<K, Vec<T>>>(cx, "option")? {
            self.options.extend(more);
        }
        while let Some(key) = receive::<K>(cx, INBOX)? {
            if self.current.as_ref() != Some(&key) && self.options.contains_key(&key) {
                return Ok(Some(key));
            }
        }
        if self.current.is_none() && self.begins == Begins::WithAnOption {
            return Ok(self.first.take().or_else(|| self.options.keys().next().cloned()));
        }
        Ok(None)
    }
}

impl<K, T> Default for DictChooser<K, T> {
    fn default() -> Self {
        DictChooser { options: HashMap::new(), first: None, current: None, begins: Begins::WithNothing }
    }
}

impl<K: Payload + Clone + Eq + Hash, T: Payload + Clone> Component for DictChooser<K, T> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("option", "more options")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            if let Some(key) = self.look(cx)? {
                for item in self.options.get(&key).cloned().unwrap_or_default() {
                    cx.send_when_room(OUTBOX, item).await?;
                }
                self.current = Some(key);
            } else if let Some(notice) = told_shutdown_microprocess(cx) {
                announce(cx, notice).await;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
    }
}

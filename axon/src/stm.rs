//! Shared values with optimistic transactions: read a copy, change it, commit it, and start again if the
//! commit is refused.
//!
//! Ported from `Axon.STM`, software transactional memory within one process.
//!
//! A [`Store`] holds values by name, each with a version. It gives out private copies. A change to a copy
//! is visible to others only after it is committed. A commit is refused if another commit came in between;
//! then do the work again with new copies.
//!
//! No operation waits. If the store's lock is taken, the operation returns [`BusyRetry`], so that a
//! component never blocks its scheduler. Try again in the next turn.
//!
//! *Differs from Kamaelia:* all values of a store have one type, which may be an enum; keys are strings;
//! errors name the key.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt;
use std::ops::{Index, IndexMut};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// Values by name, each with a version. A clone is a handle to the same store, for other components and
/// threads.
///
/// # Examples
///
/// ```
/// use axon::stm::{CommitError, Store};
///
/// let store = Store::new();
/// let mut accounts = store.using(["current", "savings"])?;
/// accounts["current"].set(50);
/// accounts["savings"].set(100);
/// accounts.commit()?;
///
/// // Two transactions at the same time: the second commit is refused.
/// let mut mine = store.usevar("current")?;
/// let mut yours = store.usevar("current")?;
/// yours.set(0);
/// yours.commit()?;
/// mine.set(51);
/// assert_eq!(mine.commit(), Err(CommitError::ConcurrentUpdate { key: "current".into() }));
/// assert_eq!(store.usevar("current")?.value(), Some(&0));
/// # Ok::<(), axon::Error>(())
/// ```
///
/// A component starts a transaction that was refused again in its next turn:
///
/// ```
/// # use axon::{Component, Context, stm::Store};
/// struct Counter(Store<u64>);
/// impl Component for Counter {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         loop {
///             if let Ok(mut count) = self.0.usevar("count") {
///                 count.set(count.value().copied().unwrap_or(0) + 1);
///                 if count.commit().is_ok() {
///                     return Ok(());
///                 }
///             }
///             cx.yield_now().await;
///         }
///     }
/// }
/// # let store = Store::new();
/// # axon::run(Counter(store.clone()))?;
/// # assert_eq!(store.usevar("count")?.value(), Some(&1));
/// # Ok::<(), axon::Error>(())
/// ```
pub struct Store<V>(Arc<Mutex<Values<V>>>);

type Values<V> = HashMap<String, Stored<V>>;

struct Stored<V> {
    /// Raised by each commit.
    version: u64,
    value: Option<V>,
}

impl<V: Clone> Store<V> {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A private copy of one value. A new key has no value, and version 0.
    ///
    /// # Errors
    ///
    /// If the store is in use this moment.
    pub fn usevar(&self, key: &str) -> Result<Value<V>, BusyRetry> {
        Ok(self.copy(&mut *self.locked()?, key))
    }

    /// Private copies of several values, all taken at the same moment.
    ///
    /// # Errors
    ///
    /// If the store is in use this moment.
    pub fn using<K: AsRef<str>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Collection<V>, BusyRetry> {
        let mut values = self.locked()?;
        let copies = keys.into_iter().map(|key| {
            let copy = self.copy(&mut *values, key.as_ref());
            (copy.key.clone(), copy)
        });
        Ok(Collection { copies: copies.collect(), store: self.clone() })
    }

    fn copy(&self, values: &mut Values<V>, key: &str) -> Value<V> {
        if !values.contains_key(key) {
            values.insert(key.to_owned(), Stored { version: 0, value: None });
        }
        let Stored { version, value } = &values[key];
        Value { key: key.to_owned(), version: *version, value: value.clone(), store: self.clone() }
    }

    /// The lock, if it is free. A panic while it was held has done no damage: each value is complete before
    /// it is put in place.
    fn locked(&self) -> Result<MutexGuard<'_, Values<V>>, BusyRetry> {
        match self.0.try_lock() {
            Ok(values) => Ok(values),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(BusyRetry),
        }
    }

    /// Stores all of these copies, or none.
    fn commit<'a>(&self, copies: impl IntoIterator<Item = &'a mut Value<V>>) -> Result<(), CommitError>
    where
        V: 'a,
    {
        let mut copies: Vec<_> = copies.into_iter().map(|copy| (copy.value.clone(), copy)).collect();
        let mut replaced = Vec::with_capacity(copies.len());
        let mut values = self.locked()?;
        let newer = |(_, copy): &&(Option<V>, &mut Value<V>)| values[&copy.key].version > copy.version;
        if let Some((_, copy)) = copies.iter().find(newer) {
            return Err(CommitError::ConcurrentUpdate { key: copy.key.clone() });
        }
        for (value, copy) in &mut copies {
            copy.version += 1;
            let stored = Stored { version: copy.version, value: value.take() };
            replaced.push(values.insert(copy.key.clone(), stored));
        }
        // Replaced values are dropped after the lock is released: a destructor may use the store.
        drop(values);
        Ok(())
    }
}

/// A private copy of one value of a [`Store`], with its version.
pub struct Value<V> {
    key: String,
    version: u64,
    value: Option<V>,
    store: Store<V>,
}

impl<V: Clone> Value<V> {
    /// The value in this copy; `None` if it was never set.
    pub fn value(&self) -> Option<&V> {
        self.value.as_ref()
    }

    /// Sets the value in this copy. Others do not see it before [`commit`](Value::commit).
    pub fn set(&mut self, value: V) {
        self.value = Some(value);
    }

    /// Removes the value from this copy, as if it had never been set.
    pub fn clear(&mut self) -> Option<V> {
        self.value.take()
    }

    /// The key under which it is stored.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The number of commits of this value when this copy was made, plus the commits of this copy.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Stores the value of this copy. The copy can then be changed and committed again.
    ///
    /// # Errors
    ///
    /// [`CommitError::ConcurrentUpdate`] if another commit was made since this copy: use a new copy.
    /// [`CommitError::BusyRetry`] if the store is in use: try again with this copy.
    pub fn commit(&mut self) -> Result<(), CommitError> {
        self.store.clone().commit([self])
    }
}

/// Private copies of several values of a [`Store`], to be committed together. Access them by key:
/// `collection["key"]`.
pub struct Collection<V> {
    copies: BTreeMap<String, Value<V>>,
    store: Store<V>,
}

impl<V: Clone> Collection<V> {
    /// The copies, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &Value<V>> {
        self.copies.values()
    }

    /// The copies, in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value<V>> {
        self.copies.values_mut()
    }

    /// Stores all copies or none. They can then be changed and committed again.
    ///
    /// # Errors
    ///
    /// [`CommitError::ConcurrentUpdate`] if another commit changed one of them since they were copied: use
    /// new copies. [`CommitError::BusyRetry`] if the store is in use: try again with these.
    pub fn commit(&mut self) -> Result<(), CommitError> {
        self.store.commit(self.copies.values_mut())
    }
}

impl<V> Index<&str> for Collection<V> {
    type Output = Value<V>;

    /// # Panics
    ///
    /// If the collection was made without this key.
    fn index(&self, key: &str) -> &Value<V> {
        self.copies.get(key).unwrap_or_else(|| no_such_key(key, self.copies.keys()))
    }
}

impl<V> IndexMut<&str> for Collection<V> {
    fn index_mut(&mut self, key: &str) -> &mut Value<V> {
        if !self.copies.contains_key(key) {
            no_such_key(key, self.copies.keys());
        }
        self.copies.get_mut(key).expect("it was looked for")
    }
}

#[cold]
fn no_such_key<'a>(key: &str, known: impl Iterator<Item = &'a String>) -> ! {
    panic!("no {key:?} in this collection; it was made with {:?}", known.collect::<Vec<_>>())
}

/// The store is in use. Try again; no work has to be repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BusyRetry;

/// A commit was refused. The store is unchanged.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CommitError {
    /// Another commit was made since this copy: do the work again with a new copy.
    ConcurrentUpdate {
        /// The key of the first value that has a newer version.
        key: String,
    },
    /// The store is in use. The same commit can be tried again.
    BusyRetry,
}

impl From<BusyRetry> for CommitError {
    fn from(_: BusyRetry) -> Self {
        CommitError::BusyRetry
    }
}

impl fmt::Display for BusyRetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store is in use, try again")
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::ConcurrentUpdate { key } => {
                write!(f, "{key:?} was committed by somebody else since it was copied")
            }
            CommitError::BusyRetry => BusyRetry.fmt(f),
        }
    }
}

impl Error for BusyRetry {}
impl Error for CommitError {}

impl<V> Clone for Store<V> {
    fn clone(&self) -> Self {
        Store(Arc::clone(&self.0))
    }
}

impl<V> Default for Store<V> {
    fn default() -> Self {
        Store(Arc::new(Mutex::new(HashMap::new())))
    }
}

/// The values by name, each with its version; or that the store is in use.
impl<V: Clone + fmt::Debug> fmt::Debug for Store<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(values) = self.locked() else {
            return f.write_str("Store(in use)");
        };
        let sorted: BTreeMap<_, _> =
            values.iter().map(|(key, stored)| (key, (stored.version, &stored.value))).collect();
        f.write_str("Store ")?;
        f.debug_map().entries(sorted).finish()
    }
}

impl<V: fmt::Debug> fmt::Debug for Value<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({:?}, version {}, {:?})", self.key, self.version, self.value)
    }
}

impl<V: fmt::Debug> fmt::Debug for Collection<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.copies.values()).finish()
    }
}

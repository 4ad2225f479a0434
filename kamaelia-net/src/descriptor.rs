//! A socket, or anything else with a file descriptor, that can be watched for being ready.
//!
//! *Differs from Kamaelia:* there a socket that was closed without telling the Selector stops it (B18).
//! Here the descriptor is withdrawn from the system's watch in the moment before it is closed, whoever
//! drops it, also when its component was stopped or has failed.

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use mio::Registry;
use mio::unix::SourceFd;

/// What can be watched: anything that has a file descriptor and may be shared. There is nothing to
/// implement.
pub trait Source: AsRawFd + Send + Sync + 'static {}

impl<S: AsRawFd + Send + Sync + 'static> Source for S {}

/// A handle on something that has a file descriptor, to use and to have watched by the
/// [`Selector`](crate::Selector). The descriptor is closed when the last handle is dropped.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Watched;
///
/// let listener = Watched::new(std::net::TcpListener::bind("127.0.0.1:0")?);
/// let address = listener.local_addr()?;              // it is still the listener that it was
/// let request = listener.descriptor();               // what a `NewReader` carries
/// # let _ = (address, request);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Watched<S: Source + ?Sized>(Arc<Held<S>>);

/// A [`Watched`] of which only the descriptor matters.
pub type Descriptor = Watched<dyn Source>;

/// The thing itself, and where it is registered.
struct Held<S: Source + ?Sized> {
    registration: Mutex<Option<Registration>>,
    closing: Closing,
    source: S,
}

/// What ends the watch when the source is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// The descriptor is closed, and nobody has a second one: the system ends the watch by itself.
    EndsTheWatch,
    /// A second descriptor may keep open what is watched: it must be withdrawn.
    ProvesNothing,
}

/// Where a descriptor is registered.
///
/// Invariant: the descriptor is registered at `registry` as long as this exists.
struct Registration {
    registry: Arc<Registry>,
    token: u64,
    released: Arc<Released>,
}

/// The tokens whose descriptors were dropped, for the poller to forget.
#[derive(Default)]
pub struct Released {
    any: AtomicBool,
    tokens: Mutex<Vec<u64>>,
}

impl Released {
    /// Takes all tokens released since the last call, and hands back `emptied` for the next ones.
    pub fn take(&self, emptied: &mut Vec<u64>) {
        if self.any.load(Ordering::Acquire) {
            let mut tokens = locked(&self.tokens);
            self.any.store(false, Ordering::Release);
            std::mem::swap(&mut *tokens, emptied);
        }
    }

    fn put(&self, token: u64) {
        let mut tokens = locked(&self.tokens);
        tokens.push(token);
        self.any.store(true, Ordering::Release);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Source> Watched<S> {
    /// A handle on `source`, which must never block.
    pub fn new(source: S) -> Self {
        Watched::held(source, Closing::ProvesNothing)
    }

    /// The same for a source that closes its descriptor when it is dropped, and whose descriptor nobody has
    /// a duplicate of, as that of an accepted client: the system then ends the watch by itself, which saves
    /// a call to it for each connection.
    ///
    /// If there is a duplicate after all, in a forked process perhaps, then as long as that is open the
    /// Selector is woken for nothing now and then (nobody gets an answer that was not meant for it), and a
    /// peer that has ended first may not learn that this side has ended too.
    pub fn undivided(source: S) -> Self {
        Watched::held(source, Closing::EndsTheWatch)
    }

    fn held(source: S, closing: Closing) -> Self {
        Watched(Arc::new(Held { registration: Mutex::new(None), closing, source }))
    }

    /// Whether the peer is told of the end when this is dropped: nobody else holds the descriptor (what a
    /// request to the Selector leaves behind does not), and it has no duplicate.
    pub fn is_last(&self) -> bool {
        self.0.closing == Closing::EndsTheWatch && Arc::strong_count(&self.0) == 1
    }

    /// The same descriptor, for a request to the [`Selector`](crate::Selector).
    pub fn descriptor(&self) -> Descriptor {
        Watched(Arc::clone(&self.0) as Arc<Held<dyn Source>>)
    }
}

impl From<mio::net::TcpStream> for Watched<mio::net::TcpStream> {
    fn from(stream: mio::net::TcpStream) -> Self {
        Watched::new(stream)
    }
}

impl Descriptor {
    /// A handle that does not keep the descriptor open.
    pub fn downgrade(&self) -> WeakDescriptor {
        WeakDescriptor(Arc::downgrade(&self.0))
    }

    /// Its token, if it is registered with the poller that `released` belongs to.
    pub fn token(&self, released: &Arc<Released>) -> Option<u64> {
        let registration = locked(&self.0.registration);
        let registration = registration.as_ref()?;
        Arc::ptr_eq(&registration.released, released).then_some(registration.token)
    }

    /// Remembers that it was registered; a registration with another poller ends.
    pub fn registered(&self, registry: Arc<Registry>, token: u64, released: Arc<Released>) {
        let registration = Registration { registry, token, released };
        let former = locked(&self.0.registration).replace(registration);
        if let Some(former) = former {
            former.end(self.as_raw_fd());
        }
    }
}

/// A [`Descriptor`] that does not keep its descriptor open.
pub struct WeakDescriptor(Weak<Held<dyn Source>>);

impl WeakDescriptor {
    /// The descriptor, if it is still open.
    pub fn upgrade(&self) -> Option<Descriptor> {
        self.0.upgrade().map(Watched)
    }
}

impl Registration {
    fn end(self, descriptor: RawFd) {
        // It fails only if the descriptor was closed behind our back; then it is not watched any more.
        let _ = self.registry.deregister(&mut SourceFd(&descriptor));
        self.released.put(self.token);
    }

    /// The same, for a descriptor that is closed next.
    fn end_by(self, closing: Closing, descriptor: RawFd) {
        match closing {
            Closing::EndsTheWatch => self.released.put(self.token),
            Closing::ProvesNothing => self.end(descriptor),
        }
    }
}

impl<S: Source + ?Sized> Drop for Held<S> {
    fn drop(&mut self) {
        let registration = self.registration.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(registration) = registration.take() {
            registration.end_by(self.closing, self.source.as_raw_fd());
        }
    }
}

impl<S: Source + ?Sized> Clone for Watched<S> {
    fn clone(&self) -> Self {
        Watched(Arc::clone(&self.0))
    }
}

impl<S: Source + ?Sized> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0.source
    }
}

impl<S: Source + ?Sized> AsRawFd for Watched<S> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.source.as_raw_fd()
    }
}

impl<S: Source + ?Sized> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "descriptor {}", self.as_raw_fd())
    }
}

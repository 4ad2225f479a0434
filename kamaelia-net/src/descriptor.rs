//! A socket, or anything else with a file descriptor, whose readiness can be watched.
//!
//! A descriptor is removed from the system's poll before it is closed, whoever drops it, also when its
//! component was stopped or has failed. *Differs from Kamaelia:* there a socket that is closed without
//! telling the Selector stops the Selector.

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use mio::Registry;
use mio::unix::SourceFd;

/// What can be watched: anything that has a file descriptor and can be shared between threads. It is
/// implemented for all such types.
pub trait Source: AsRawFd + Send + Sync + 'static {}

impl<S: AsRawFd + Send + Sync + 'static> Source for S {}

/// A shared handle on something that has a file descriptor. It dereferences to that thing, and the
/// [`Selector`](crate::Selector) can watch it. The descriptor is closed when the last handle is dropped.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Watched;
///
/// let listener = Watched::new(std::net::TcpListener::bind("127.0.0.1:0")?);
/// let address = listener.local_addr()?;              // the methods of the listener are there
/// let request = listener.descriptor();               // to put into a `NewReader`
/// # let _ = (address, request);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Watched<S: Source + ?Sized>(Arc<Held<S>>);

/// A [`Watched`] of any type: only its descriptor is used.
pub type Descriptor = Watched<dyn Source>;

/// The source, and where it is registered.
struct Held<S: Source + ?Sized> {
    registration: Mutex<Option<Registration>>,
    closing: Closing,
    source: S,
}

/// Whether dropping the source ends the system's watch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// Dropping closes the only descriptor of the socket, so the system ends the watch by itself.
    EndsTheWatch,
    /// A duplicate descriptor may keep the socket open, so it must be deregistered.
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

/// The tokens of descriptors that were dropped, which the poller is to forget.
#[derive(Debug, Default)]
pub struct Released {
    any: AtomicBool,
    tokens: Mutex<Vec<u64>>,
}

impl Released {
    /// Takes all tokens released since the last call, in exchange for an empty vector that is filled next.
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
    /// A handle on `source`, which must be in non-blocking mode.
    pub fn new(source: S) -> Self {
        Watched::held(source, Closing::ProvesNothing)
    }

    /// The same for a source that closes its descriptor when it is dropped, and whose descriptor has no
    /// duplicate, such as an accepted client. The system then ends the watch by itself, which saves one
    /// system call per connection.
    ///
    /// If there is a duplicate after all, for example in a forked process, the Selector is sometimes woken
    /// without a reason while the duplicate is open (its answers remain correct), and a peer that has ended
    /// first may not learn that this side has ended too.
    pub fn undivided(source: S) -> Self {
        Watched::held(source, Closing::EndsTheWatch)
    }

    fn held(source: S, closing: Closing) -> Self {
        Watched(Arc::new(Held { registration: Mutex::new(None), closing, source }))
    }

    /// Whether dropping this handle closes the connection, so that the peer sees its end: it is the last
    /// handle (what a request leaves at the Selector does not count), and the descriptor has no duplicate.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.0.closing == Closing::EndsTheWatch && Arc::strong_count(&self.0) == 1
    }

    /// A handle on the same descriptor, for a request to the [`Selector`](crate::Selector).
    #[must_use]
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
    #[must_use]
    pub fn downgrade(&self) -> WeakDescriptor {
        WeakDescriptor(Arc::downgrade(&self.0))
    }

    /// Its token, if it is registered with the poller to which `released` belongs.
    pub fn token(&self, released: &Arc<Released>) -> Option<u64> {
        let registration = locked(&self.0.registration);
        let registration = registration.as_ref()?;
        Arc::ptr_eq(&registration.released, released).then_some(registration.token)
    }

    /// Records a registration, and ends an earlier one with another poller.
    pub fn registered(&self, registry: Arc<Registry>, token: u64, released: Arc<Released>) {
        let registration = Registration { registry, token, released };
        let former = locked(&self.0.registration).replace(registration);
        if let Some(former) = former {
            former.end(self.as_raw_fd());
        }
    }
}

/// A [`Descriptor`] that does not keep its descriptor open.
#[derive(Debug)]
pub struct WeakDescriptor(Weak<Held<dyn Source>>);

impl WeakDescriptor {
    /// The descriptor, if it is still open.
    pub fn upgrade(&self) -> Option<Descriptor> {
        self.0.upgrade().map(Watched)
    }
}

impl Registration {
    fn end(self, descriptor: RawFd) {
        // This fails only if somebody else closed the descriptor; then it is not watched any more.
        let _ = self.registry.deregister(&mut SourceFd(&descriptor));
        self.released.put(self.token);
    }

    /// The same, for a descriptor that is about to be closed.
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

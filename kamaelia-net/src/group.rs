//! What the servers on several schedulers share that are one server to their clients.
//!
//! ```text
//!   TcpServer that accepts ──► Group ──► Intake of core 1 ──► TcpServer that takes ──► connections
//!                                └─────► Intake of core 2 ──► TcpServer that takes ──► connections
//! ```
//!
//! Invariant: each client that was accepted is in exactly one of: an intake, the clients without an intake, a
//! connection. Its [`Place`] goes with it, so whatever fails, the counts are right.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use mio::net::TcpStream;

use crate::admission::{Admission, Place};
use crate::ipc::Connection;
use crate::memory::Totals;
use crate::unix::UnixAddress;

/// How many clients wait at a scheduler before it is handed no more: one that is held up must not collect all.
const WAITING: usize = 64;

/// Servers that share their limits and their clients.
pub(crate) struct Group {
    pub(crate) admission: Admission,
    /// Only with a limit to what all connections hold; the first server that starts brings it.
    memory: Mutex<Option<Arc<Totals>>>,
    /// Where the server listens that accepts for all.
    address: Mutex<Address>,
    /// How many connections each scheduler has.
    loads: Vec<Arc<AtomicUsize>>,
    lanes: Mutex<Lanes>,
}

/// The address of one kind or the other, once it is known.
pub(crate) type Address = (Option<SocketAddr>, Option<UnixAddress>);

#[derive(Default)]
struct Lanes {
    open: Vec<Arc<Intake>>,
    /// Clients of an intake that was closed, while no other has room.
    left: VecDeque<Client>,
    /// The schedulers that have ever taken clients. Until all have, nobody is handed over, or the first would get all
    /// who wait at the start.
    joined: HashSet<usize>,
    /// The others are not waited for any more.
    begins: bool,
    /// Which intake comes first among those with as few connections.
    next: usize,
    /// Who accepts, while it waits for room.
    acceptor: Option<Waker>,
}

/// A client that was accepted.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) connection: Connection,
    pub(crate) place: Place,
}

/// The clients that wait at one scheduler.
struct Intake {
    core: usize,
    queue: Mutex<VecDeque<Client>>,
    server: Waker,
}

/// The right to take clients from an intake, which is closed when this is dropped.
pub(crate) struct Taker {
    group: Arc<Group>,
    intake: Arc<Intake>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intake {
    fn has_room(&self) -> bool {
        locked(&self.queue).len() < WAITING
    }
}

impl Group {
    pub(crate) fn new(cores: usize) -> Arc<Self> {
        Arc::new(Group {
            admission: Admission::default(),
            memory: Mutex::default(),
            address: Mutex::default(),
            loads: (0..cores).map(|_| Arc::default()).collect(),
            lanes: Mutex::default(),
        })
    }

    /// What all connections hold, if there is a limit to it.
    pub(crate) fn memory(&self) -> Option<Arc<Totals>> {
        locked(&self.memory).clone()
    }

    /// The same for a server with a limit: the first brings what the others take.
    pub(crate) fn limited_to(&self, totals: &Arc<Totals>) -> Arc<Totals> {
        Arc::clone(locked(&self.memory).get_or_insert_with(|| Arc::clone(totals)))
    }

    pub(crate) fn listens_at(&self, address: Address) {
        *locked(&self.address) = address;
    }

    pub(crate) fn address(&self) -> Address {
        locked(&self.address).clone()
    }

    /// How many connections each scheduler has, with those that wait there to be taken.
    pub(crate) fn loads(&self) -> Vec<usize> {
        self.loads.iter().map(|load| load.load(Ordering::Relaxed)).collect()
    }

    pub(crate) fn load(&self, core: usize) -> &Arc<AtomicUsize> {
        &self.loads[core]
    }

    /// Waits no longer for schedulers that have not taken clients yet. Returns how many have.
    pub(crate) fn begin(&self) -> usize {
        let mut lanes = locked(&self.lanes);
        lanes.begins = true;
        let joined = lanes.joined.len();
        drop(lanes);
        self.go_on();
        joined
    }

    /// There is a server on this scheduler.
    pub(crate) fn has_server(&self, core: usize) {
        let mut lanes = locked(&self.lanes);
        lanes.joined.insert(core);
        lanes.begins |= lanes.joined.len() == self.loads.len();
    }

    /// A server on this scheduler takes clients from now on. It is woken when there are some.
    pub(crate) fn join(self: &Arc<Self>, core: usize, server: Waker) -> Taker {
        let intake = Arc::new(Intake { core, queue: Mutex::default(), server });
        locked(&self.lanes).open.push(Arc::clone(&intake));
        self.has_server(core);
        self.go_on();
        Taker { group: Arc::clone(self), intake }
    }

    /// Whether a client can be handed over. If not, `acceptor` is woken when one can.
    pub(crate) fn has_room(&self, acceptor: &Waker) -> bool {
        let mut lanes = locked(&self.lanes);
        let has_room =
            lanes.begins && lanes.left.is_empty() && lanes.open.iter().any(|intake| intake.has_room());
        let former = lanes.acceptor.take();
        if !has_room {
            lanes.acceptor = Some(acceptor.clone());
        }
        drop(lanes);
        drop(former);
        has_room
    }

    /// Hands a client to the scheduler with the fewest connections; of several, to that which is next.
    pub(crate) fn hand_over(&self, client: Client) {
        let mut lanes = locked(&self.lanes);
        lanes.left.push_back(client);
        self.distribute(&mut lanes);
    }

    /// There is room again, or one more takes.
    fn go_on(&self) {
        let mut lanes = locked(&self.lanes);
        self.distribute(&mut lanes);
        let acceptor = lanes.acceptor.take();
        drop(lanes);
        acceptor.into_iter().for_each(Waker::wake);
    }

    fn distribute(&self, lanes: &mut Lanes) {
        while let Some(mut client) = lanes.left.pop_front() {
            let number = lanes.open.len();
            let fewest = ((0..number).map(|place| (place + lanes.next) % number))
                .filter(|place| lanes.open[*place].has_room())
                .min_by_key(|place| self.loads[lanes.open[*place].core].load(Ordering::Relaxed));
            let Some(place) = fewest else {
                lanes.left.push_front(client);
                return;
            };
            lanes.next = place + 1;
            let intake = &lanes.open[place];
            client.place.counts_with(&self.loads[intake.core]);
            locked(&intake.queue).push_back(client);
            intake.server.wake_by_ref();
        }
    }
}

impl Taker {
    pub(crate) fn take(&self) -> Option<Client> {
        let mut queue = locked(&self.intake.queue);
        let was_full = queue.len() == WAITING;
        let client = queue.pop_front();
        drop(queue);
        if was_full {
            self.group.go_on();
        }
        client
    }

    pub(crate) fn is_empty(&self) -> bool {
        locked(&self.intake.queue).is_empty()
    }
}

impl Drop for Taker {
    /// The clients that wait here go to the other schedulers.
    fn drop(&mut self) {
        let mut lanes = locked(&self.group.lanes);
        lanes.open.retain(|intake| !Arc::ptr_eq(intake, &self.intake));
        let waiting = std::mem::take(&mut *locked(&self.intake.queue));
        lanes.left.extend(waiting);
        self.group.distribute(&mut lanes);
    }
}

/// The part that a server has in a group.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) group: Arc<Group>,
    pub(crate) part: Part,
}

/// What a server of a group does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// It accepts for all.
    Accepts,
    /// It takes what was accepted for this scheduler.
    Takes(usize),
    /// It accepts for this scheduler only.
    Listens(usize),
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.group, &other.group) && self.part == other.part
    }
}

impl Eq for Member {}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(group: &Group) -> Client {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        Client {
            stream,
            connection: Connection::new(address, address),
            place: group.admission.place(None).unwrap(),
        }
    }

    #[test]
    fn clients_go_where_the_fewest_are_and_in_turn_where_as_many_are() {
        let group = Group::new(3);
        let takers: Vec<_> = (0..3).map(|core| group.join(core, Waker::noop().clone())).collect();
        for _ in 0..9 {
            group.hand_over(client(&group));
        }
        assert_eq!(group.loads(), [3, 3, 3]);
        let gone: Vec<_> = [takers[1].take(), takers[1].take(), takers[2].take()].into();
        drop(gone);
        assert_eq!(group.loads(), [3, 1, 2]);
        for _ in 0..2 {
            group.hand_over(client(&group));
        }
        let mut loads = group.loads();
        loads.sort_unstable();
        assert_eq!(loads, [2, 3, 3]);
    }

    #[test]
    fn what_waits_where_nobody_takes_any_more_goes_to_the_others_and_counts_there() {
        let group = Group::new(2);
        let (first, second) = (group.join(0, Waker::noop().clone()), group.join(1, Waker::noop().clone()));
        for _ in 0..4 {
            group.hand_over(client(&group));
        }
        drop(first);
        assert_eq!(group.loads(), [0, 4]);
        assert_eq!(std::iter::from_fn(|| second.take()).count(), 4);
        assert_eq!(group.loads(), [0, 0]);
    }

    #[test]
    fn one_who_takes_nothing_is_handed_no_more_than_a_few_and_without_takers_there_is_no_room() {
        let group = Group::new(2);
        assert!(!group.has_room(Waker::noop()));
        let first = group.join(0, Waker::noop().clone());
        assert!(!group.has_room(Waker::noop()), "the other is about to come");
        let second = group.join(1, Waker::noop().clone());
        let mut kept = Vec::new();
        for _ in 0..3 * WAITING {
            assert!(group.has_room(Waker::noop()));
            group.hand_over(client(&group));
            kept.extend(second.take());
        }
        assert_eq!(group.loads(), [WAITING, 2 * WAITING]);
        drop((first, second));
        assert!(!group.has_room(Waker::noop()), "those who were left come first");
        let again = group.join(0, Waker::noop().clone());
        assert_eq!(std::iter::from_fn(|| again.take()).count(), WAITING);
    }
}

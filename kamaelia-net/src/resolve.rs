//! Looking up the addresses of a name without blocking the scheduler.
//!
//! The system's resolver is called on a few threads, each of which ends when no more names wait. A component
//! that has waited too long drops its [`Lookup`]. Components that look up the same name at the same time
//! share one answer. *Differs from Kamaelia:* there `connect` looks the name up and blocks all components.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::thread;

/// How many names are looked up at the same time, on a thread each. Further names wait for one of the threads.
const THREADS: usize = 8;

/// A look-up by the system's resolver, under way or answered.
#[derive(Debug)]
pub(crate) struct Lookup {
    port: u16,
    question: Arc<Question>,
}

/// One component's look-up of a name. If it is dropped, the answer is not needed any more.
#[derive(Debug)]
struct Question {
    answer: Mutex<Option<Answer>>,
    waker: Waker,
}

/// The addresses without their port, or the kind and text of the resolver's error. (An [`io::Error`] cannot be
/// cloned.)
type Answer = Result<Vec<SocketAddr>, (io::ErrorKind, String)>;

/// The names that are being looked up, and those that wait for a thread.
struct Pool {
    /// The open questions about each name.
    asked: Option<HashMap<String, Vec<Weak<Question>>>>,
    /// Names that no thread has taken yet.
    waiting: VecDeque<String>,
    threads: usize,
}

/// One pool for the program, so that the number of threads does not depend on the number of schedulers.
static POOL: Mutex<Pool> = Mutex::new(Pool { asked: None, waiting: VecDeque::new(), threads: 0 });

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lookup {
    /// Looks up `host`: a name, or an address with or without brackets, with or without a zone. `waker` is
    /// woken when the answer is there. A numeric address is answered immediately, without a thread.
    #[must_use]
    pub(crate) fn start(host: &str, port: u16, waker: Waker) -> Self {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let known = host.parse::<IpAddr>().ok().map(|ip| Ok(vec![SocketAddr::from((ip, 0))]));
        let is_known = known.is_some();
        let question = Arc::new(Question { answer: Mutex::new(known), waker });
        if !is_known {
            ask(host, &question);
        }
        Lookup { port, question }
    }

    /// The addresses in the order in which to try them. `None` before they are known, and after they have
    /// been returned once.
    #[must_use]
    pub(crate) fn answer(&self) -> Option<io::Result<Vec<SocketAddr>>> {
        Some(match locked(&self.question.answer).take()? {
            Ok(addresses) if addresses.is_empty() => {
                Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
            }
            Ok(mut addresses) => {
                addresses.iter_mut().for_each(|address| address.set_port(self.port));
                Ok(addresses)
            }
            Err((kind, text)) => Err(io::Error::new(kind, text)),
        })
    }
}

impl Question {
    fn answered(&self, answer: Answer) {
        *locked(&self.answer) = Some(answer);
        self.waker.wake_by_ref();
    }
}

/// Queues a question, and starts a thread for it unless there are [`THREADS`].
fn ask(host: &str, question: &Arc<Question>) {
    let mut pool = locked(&POOL);
    if !pool.notes(host, question) || pool.threads == THREADS {
        return;
    }
    match thread::Builder::new().name("resolver".into()).spawn(look_up) {
        Ok(_) => pool.threads += 1,
        Err(error) if pool.threads == 0 => {
            let text = format!("no thread for the look-up: {error}");
            pool.waiting.clear();
            for asker in pool.asked.take().into_iter().flatten().flat_map(|(_, askers)| askers) {
                if let Some(question) = asker.upgrade() {
                    question.answered(Err((error.kind(), text.clone())));
                }
            }
        }
        // An existing thread will take the name.
        Err(_) => {}
    }
}

/// The body of a thread: looks up names until none waits.
fn look_up() {
    loop {
        // The pool is not locked while the name is looked up.
        let Some(host) = locked(&POOL).next_name() else { return };
        let found = (host.as_str(), 0).to_socket_addrs();
        let answer = match found {
            Ok(addresses) => Ok(in_turns(addresses.collect())),
            Err(error) => Err((error.kind(), error.to_string())),
        };
        let askers = locked(&POOL).asked.as_mut().and_then(|asked| asked.remove(&host));
        for question in askers.into_iter().flatten().filter_map(|asker| asker.upgrade()) {
            question.answered(answer.clone());
        }
    }
}

impl Pool {
    /// Notes a question about a name. Whether a thread is needed for it: nobody has asked about that name yet.
    fn notes(&mut self, host: &str, question: &Arc<Question>) -> bool {
        let askers = self.asked.get_or_insert_default().entry(host.to_owned()).or_default();
        askers.push(Arc::downgrade(question));
        let is_new = askers.len() == 1;
        if is_new {
            self.waiting.push_back(host.to_owned());
        }
        is_new
    }

    /// The next name that is still wanted. `None` ends the thread.
    fn next_name(&mut self) -> Option<String> {
        while let Some(host) = self.waiting.pop_front() {
            let asked = self.asked.get_or_insert_default();
            let is_wanted =
                |askers: &Vec<Weak<Question>>| askers.iter().any(|asker| asker.strong_count() > 0);
            if asked.get(&host).is_some_and(is_wanted) {
                return Some(host);
            }
            asked.remove(&host);
        }
        self.threads -= 1;
        None
    }
}

/// Alternates between IPv6 and IPv4, beginning with the kind that the resolver put first (RFC 8305, section 4).
pub(crate) fn in_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == six_first);
    let mut second = second.into_iter();
    let mut turns = Vec::new();
    for address in first {
        turns.push(address);
        turns.extend(second.next());
    }
    turns.extend(second);
    turns
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Wake;
    use std::thread::Thread;

    use super::*;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn looked_up(host: &str) -> io::Result<Vec<SocketAddr>> {
        let lookup = Lookup::start(host, 5, Arc::new(Unpark(thread::current())).into());
        loop {
            match lookup.answer() {
                Some(answer) => return answer,
                None => thread::park(),
            }
        }
    }

    #[test]
    fn addresses_in_numbers_need_no_resolver_and_names_do() {
        assert_eq!(looked_up("127.0.0.1").unwrap(), ["127.0.0.1:5".parse().unwrap()]);
        assert_eq!(looked_up("[::1]").unwrap(), ["[::1]:5".parse().unwrap()]);
        assert!(looked_up("localhost").unwrap().iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn an_address_may_be_in_brackets_and_have_a_zone() {
        // The loopback is the first interface, and is called so on Linux only.
        let zones: &[&str] = if cfg!(target_os = "linux") { &["1", "lo"] } else { &["1"] };
        for zone in zones {
            for host in [format!("fe80::1%{zone}"), format!("[fe80::1%{zone}]")] {
                let found = looked_up(&host).unwrap();
                let SocketAddr::V6(address) = found[0] else { panic!("{found:?}") };
                let parts = (address.ip().to_string(), address.port(), address.scope_id());
                assert_eq!(parts, ("fe80::1".to_owned(), 5, 1), "{host}");
            }
        }
        assert!(looked_up("fe80::1%nowhere").is_err());
    }

    #[test]
    fn many_who_ask_are_answered_by_few_threads() {
        let start = |number: u32| {
            // 32 spellings of a name that is resolved without the network.
            let spelt = |(place, letter): (usize, char)| match number >> place & 1 {
                1 if place < 5 => letter.to_ascii_uppercase(),
                _ => letter,
            };
            let host: String = "localhost".chars().enumerate().map(spelt).collect();
            Lookup::start(&host, 5, Arc::new(Unpark(thread::current())).into())
        };
        let lookups: Vec<_> = (0..500).map(start).collect();
        let mut open: Vec<_> = lookups.iter().collect();
        while !open.is_empty() {
            assert!(locked(&POOL).threads <= THREADS);
            thread::park();
            open.retain(|lookup| lookup.answer().is_none());
        }
    }

    fn question() -> Arc<Question> {
        let waker = Arc::new(Unpark(thread::current())).into();
        Arc::new(Question { answer: Mutex::new(None), waker })
    }

    #[test]
    fn all_who_ask_for_the_same_name_at_the_same_time_share_one_look_up() {
        let mut pool = Pool { asked: None, waiting: VecDeque::new(), threads: 1 };
        let questions: Vec<_> = (0..100).map(|_| question()).collect();
        let look_ups = questions.iter().filter(|question| pool.notes("same", question)).count();
        assert_eq!(look_ups, 1);
        let other = question();
        assert!(pool.notes("other", &other));
        assert_eq!(pool.next_name().as_deref(), Some("same"));
        let late = question();
        assert!(!pool.notes("same", &late), "it is being looked up");
        assert_eq!(pool.next_name().as_deref(), Some("other"));
        assert_eq!(pool.next_name(), None);
        // All of them get the answer, and who asks after that has another one.
        assert_eq!(pool.asked.as_mut().unwrap().remove("same").unwrap().len(), 101);
        assert!(pool.notes("same", &late));
    }

    #[test]
    fn nobody_is_asked_about_a_name_that_nobody_waits_for_any_more() {
        let mut pool =
            Pool { asked: None, waiting: ["gone".to_owned(), "here".to_owned()].into(), threads: 1 };
        let question = question();
        let asked = pool.asked.get_or_insert_default();
        asked.insert("gone".to_owned(), vec![Weak::new()]);
        asked.insert("here".to_owned(), vec![Arc::downgrade(&question)]);
        assert_eq!(pool.next_name().as_deref(), Some("here"));
        assert_eq!(pool.next_name(), None);
        assert_eq!(pool.threads, 0);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(looked_up("no.such.name.invalid").is_err());
    }

    #[test]
    fn both_kinds_are_tried_in_turns_and_the_resolvers_order_is_kept() {
        let addresses = |text: &str| -> Vec<SocketAddr> {
            text.split(' ').map(|address| address.parse().unwrap()).collect()
        };
        let given = addresses("[::1]:1 [::2]:1 [::3]:1 1.1.1.1:1 2.2.2.2:1");
        assert_eq!(in_turns(given), addresses("[::1]:1 1.1.1.1:1 [::2]:1 2.2.2.2:1 [::3]:1"));
        let given = addresses("1.1.1.1:1 [::1]:1 [::2]:1");
        assert_eq!(in_turns(given), addresses("1.1.1.1:1 [::1]:1 [::2]:1"));
    }
}

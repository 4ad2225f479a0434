//! Ported from Axon's `test_ThreadedComponent.py`.
//!
//! The originals take single steps of single components (`next(t)`) and sleep between them; here the
//! scheduler takes passes, and the test waits for the thread to say something.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use axon::{
    Boxes, Component, ComponentRef, Context, Message, Scheduler, ThreadContext, Threaded, ThreadedComponent,
};

use crate::rig::Sleeper;

/// Runs passes until a thread has said something.
fn run_until_said<T>(s: &mut Scheduler, by: &Receiver<T>) -> T {
    for _ in 0..20_000 {
        s.run_pass().unwrap();
        if let Ok(said) = by.recv_timeout(Duration::from_millis(1)) {
            return said;
        }
    }
    panic!("the thread says nothing");
}

/// Waits, without a pass, until a thread has said something.
fn said<T>(by: &Receiver<T>) -> T {
    by.recv_timeout(Duration::from_secs(20)).expect("the thread says something")
}

/// A threaded component whose `main` is a closure.
struct Main<F>(Option<F>);

impl<F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static> ThreadedComponent for Main<F> {
    fn main(&mut self, cx: &ThreadContext) -> axon::Result {
        self.0.take().expect("a component runs once")(cx)
    }
}

fn threaded<F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static>(main: F) -> Threaded<Main<F>> {
    Threaded::new(Main(Some(main)))
}

/// Sends as many as it is asked to, and says how many were taken before one was refused; `None` if all
/// were.
fn threaded_sender(slow: bool) -> (Threaded<impl ThreadedComponent>, Sender<u32>, Receiver<Option<u32>>) {
    let (how_many_to_send, asked) = channel();
    let (say, feedback) = channel();
    let sender = threaded(move |cx| {
        while let Ok(quantity) = asked.recv() {
            let refused_at = (0..quantity).find(|number| {
                let refused = cx.send("outbox", *number).is_err();
                if slow && !refused {
                    cx.sync().expect("the scheduler is there");
                }
                refused
            });
            say.send(refused_at)?;
        }
        Ok(())
    });
    (sender, how_many_to_send, feedback)
}

/// A receiver that does nothing, with an inbox of this size that the outbox of `source` leads to.
fn receiver(s: &Scheduler, source: &ComponentRef, size: Option<usize>) -> (ComponentRef, Context) {
    let receiver = s.activate(Sleeper::default());
    let cx = s.context(&receiver);
    cx.set_size((&receiver, "inbox"), size).unwrap();
    cx.link((source, "outbox"), (&receiver, "inbox")).unwrap();
    (receiver, cx)
}

mod threadedcomponent_test {
    use super::*;

    /// A threaded component has, by default, the standard boxes.
    #[test]
    fn smoketest_init() {
        let boxes = threaded(|_| Ok(())).boxes();
        assert_eq!(boxes.inboxes(), Boxes::standard().inboxes());
        assert_eq!(boxes.outboxes(), ["outbox", "signal"]);
    }

    /// The length of its queues can be given.
    #[test]
    fn smoketest_oneargs() {
        axon::run(threaded(|_| Ok(())).queue_length(10)).unwrap();
    }

    /// The component ends when its thread does.
    #[test]
    fn localprocessterminates() {
        let mut s = Scheduler::new();
        let component = s.activate(threaded(|_| Ok(())));
        s.run().unwrap();
        assert!(component.is_stopped());
    }

    /// `main` runs in a thread of its own.
    #[test]
    fn threadisseparate() {
        let (tell, told) = channel();
        axon::run(threaded(move |_| Ok(tell.send(thread::current().id())?))).unwrap();
        assert_ne!(said(&told), thread::current().id());
    }

    /// `main` receives what is sent to its inbox, with the usual verbs.
    #[test]
    fn flow_in() {
        let (tell, told) = channel();
        let mut s = Scheduler::new();
        let receiver = s.activate(threaded(move |cx| {
            while cx.data_ready("inbox") == 0 {
                cx.pause();
            }
            Ok(tell.send(cx.recv_as::<&str>("inbox")?)?)
        }));
        crate::rig::run_for(&mut s, 1);
        s.context(&receiver).deliver_to(&receiver, "inbox", "hello!").unwrap();
        assert_eq!(run_until_said(&mut s, &told), Some("hello!"));
    }

    /// What `main` sends leaves the component's outbox.
    #[test]
    fn flow_out() {
        let mut s = Scheduler::new();
        let sender = s.activate(threaded(|cx| Ok(cx.send("outbox", "hello there!")?)));
        let receiver = s.add(Sleeper::default());
        let cx = s.context(&receiver);
        cx.link((&sender, "outbox"), (&receiver, "inbox")).unwrap();
        s.run().unwrap();
        assert_eq!(cx.recv_as::<&str>("inbox").unwrap(), Some("hello there!"));
    }

    /// Linking in the thread and linking in the scheduler's do not get in each other's way: both are done
    /// by the scheduler's.
    #[test]
    fn linksafe() {
        let (tell, told) = channel();
        let mut s = Scheduler::new();
        let linker = s.activate(threaded(move |cx| {
            for _ in 0..10 {
                let linkage = cx.link((cx.me(), "outbox"), (cx.me(), "inbox"))?;
                tell.send(cx.on_scheduler(|_| thread::current().id())?)?;
                cx.unlink(&linkage)?;
            }
            Ok(())
        }));
        let cx = s.context(&linker);
        while !linker.is_stopped() {
            s.run_pass().unwrap();
            let linkage = cx.link((&linker, "signal"), (&linker, "control")).unwrap();
            cx.unlink(linkage);
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [thread::current().id(); 10]);
    }

    /// Only so many messages can be on their way from a thread, by default.
    #[test]
    fn there_is_a_default_outgoing_queue_size() {
        let mut s = Scheduler::new();
        let (sender, how_many_to_send, feedback) = threaded_sender(false);
        s.activate(sender);
        crate::rig::run_for(&mut s, 10);
        how_many_to_send.send(99_999).unwrap();
        assert_eq!(said(&feedback), Some(1000));
    }

    /// Only so many messages can be on their way from a thread, as was asked for.
    #[test]
    fn can_set_outgoing_queue_size() {
        let mut s = Scheduler::new();
        let (sender, how_many_to_send, feedback) = threaded_sender(false);
        s.activate(sender.queue_length(20));
        crate::rig::run_for(&mut s, 10);
        how_many_to_send.send(99_999).unwrap();
        assert_eq!(said(&feedback), Some(20));
    }

    /// A limited inbox and the queue behind it take as many as both together; then senders are refused.
    #[test]
    fn restricted_inbox_size() {
        const QUEUE: usize = 20;
        const BOX: usize = 10;
        let mut s = Scheduler::new();
        let idle = threaded(|cx| {
            while !cx.is_over() {
                cx.pause();
            }
            Ok(())
        });
        let idle = s.activate(idle.queue_length(QUEUE));
        let sender = s.activate(Sleeper::default());
        let cx = s.context(&sender);
        cx.set_size((&idle, "inbox"), Some(BOX)).unwrap();
        cx.link((&sender, "outbox"), (&idle, "inbox")).unwrap();
        crate::rig::run_for(&mut s, 10);
        for number in 0..QUEUE + BOX {
            cx.send("outbox", number).unwrap();
            crate::rig::run_for(&mut s, 10);
        }
        assert!(cx.send("outbox", QUEUE + BOX).is_err());
    }

    /// A thread whose outbox leads to a limited inbox is refused once that and the queue are full.
    #[test]
    fn no_space_in_box_exceptions_reach_thread() {
        let mut s = Scheduler::new();
        let (sender, how_many_to_send, feedback) = threaded_sender(true);
        let sender = s.activate(sender.queue_length(20));
        let _receiver = receiver(&s, &sender, Some(10));
        how_many_to_send.send(20 + 10 + 10).unwrap();
        assert_eq!(run_until_said(&mut s, &feedback), Some(20 + 10));
    }

    /// A place in the destination becomes a place in the queue, and the thread can send again.
    #[test]
    fn taking_from_destination_allows_more_to_be_delivered() {
        const QUEUE: u32 = 20;
        const BOX: u32 = 10;
        let mut s = Scheduler::new();
        let (sender, how_many_to_send, feedback) = threaded_sender(false);
        let sender = s.activate(sender.queue_length(QUEUE as usize));
        let (_receiver, cx) = receiver(&s, &sender, Some(BOX as usize));
        crate::rig::run_for(&mut s, 10);

        how_many_to_send.send(QUEUE + BOX + 10).unwrap();
        assert_eq!(said(&feedback), Some(QUEUE), "its queue is full");
        crate::rig::run_for(&mut s, 50);
        how_many_to_send.send(QUEUE + BOX + 10).unwrap();
        assert_eq!(said(&feedback), Some(BOX), "so many have gone on to the destination");
        let collected = (0..BOX / 2).filter(|_| cx.recv("inbox").is_some()).count();
        crate::rig::run_for(&mut s, 50);
        how_many_to_send.send(QUEUE + BOX + 10).unwrap();
        assert_eq!(said(&feedback), Some(collected as u32));
    }

    /// The component ends with its thread also when more waits for the thread than its queue takes.
    #[test]
    fn localprocessterminatesif_in_queue_full() {
        let mut s = Scheduler::new();
        let component = threaded(|cx| {
            while cx.data_ready("control") == 0 {
                cx.pause();
            }
            Ok(())
        });
        let component = s.activate(component.queue_length(5));
        let cx = s.context(&component);
        for number in 0..10 {
            cx.deliver_to(&component, "inbox", number).unwrap();
        }
        cx.deliver_to(&component, "control", ()).unwrap();
        s.run().unwrap();
        assert!(component.is_stopped());
    }

    /// What a thread sent is delivered before its component has ended, however long that takes.
    #[test]
    fn localprocessterminates_only_if_outqueue_flushed() {
        let (tell, told) = channel();
        let mut s = Scheduler::new();
        let component = threaded(move |cx| {
            let sent = (0..).take_while(|number| cx.send("outbox", *number).is_ok()).count();
            Ok(tell.send(sent)?)
        });
        let component = s.activate(component.queue_length(5));
        let (receiver, cx) = receiver(&s, &component, Some(1));
        let sent = run_until_said(&mut s, &told);
        crate::rig::run_for(&mut s, 50);
        assert!(!component.is_stopped(), "it holds what finds no room");
        assert_eq!(cx.data_ready("inbox"), 1);

        cx.set_size((&receiver, "inbox"), Some(999)).unwrap();
        let mut count = 0;
        while !component.is_stopped() {
            s.run_pass().unwrap();
            count += std::iter::from_fn(|| cx.recv("inbox")).count();
        }
        assert_eq!(count, sent);
    }
}

mod threadedadaptivecommscomponent_test {
    use super::*;

    /// A thread receives from an inbox that it added.
    #[test]
    fn add_inbox() {
        let (to_test, from_thread) = channel();
        let mut s = Scheduler::new();
        let component = s.activate(threaded(move |cx| {
            let name = cx.add_inbox("newbox")?;
            to_test.send(name.clone())?;
            let message: &str = cx.next(&name)?;
            Ok(to_test.send(message.into())?)
        }));
        let name = run_until_said(&mut s, &from_thread);
        s.context(&component).deliver_to(&component, &name, "hello").unwrap();
        assert_eq!(run_until_said(&mut s, &from_thread), "hello");
    }

    /// A thread sends to an outbox that it added.
    #[test]
    fn add_outbox() {
        let mut s = Scheduler::new();
        let receiver = s.add(Sleeper::default());
        let destination = receiver.clone();
        s.activate(threaded(move |cx| {
            let name = cx.add_outbox("newbox")?;
            cx.link((cx.me(), &name), (&destination, "inbox"))?;
            Ok(cx.send(&name, "hello")?)
        }));
        s.run().unwrap();
        let got = s.context(&receiver).recv("inbox").map(Message::take::<&str>);
        assert_eq!(got.unwrap().unwrap(), "hello");
    }
}

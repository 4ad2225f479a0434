//! The poller on real sockets of this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::poller::{Asked, Poller, Seen};
use crate::descriptor::Watched;
use crate::ready::{Answers, Direction, Ready};

fn pair() -> (Watched<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    near.set_nonblocking(true).unwrap();
    (Watched::new(near), listener.accept().unwrap().0)
}

fn look(poller: &mut Poller) -> Vec<Ready> {
    poller.look(Some(Duration::ZERO)).unwrap();
    poller.answers(Vec::new())
}

fn wait(poller: &mut Poller) -> Vec<Ready> {
    poller.look(Some(Duration::from_secs(5))).unwrap();
    poller.answers(Vec::new())
}

#[test]
fn an_answer_comes_once_and_again_only_when_asked_again() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    let (token, asked) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    assert_eq!(asked, Asked::News);
    assert!(look(&mut poller).is_empty() && poller.is_asked());
    far.write_all(b"x").unwrap();
    assert_eq!(wait(&mut poller), [Ready::new(token, Direction::Read)]);
    assert!(!poller.is_asked());
    far.write_all(b"y").unwrap();
    assert!(look(&mut poller).is_empty());
    // Asked again without having read: there is still something to read.
    assert_eq!(
        poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap(),
        (token, Asked::News)
    );
    assert_eq!(wait(&mut poller), [Ready::new(token, Direction::Read)]);
}

#[test]
fn one_who_has_drained_is_told_of_news_only_and_none_is_lost() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    far.write_all(b"x").unwrap();
    let [ready] = wait(&mut poller)[..] else { panic!("one answer") };
    assert_eq!((&*near).read(&mut [0; 10]).unwrap(), 1);
    assert_eq!(poller.want_again(token, Direction::Read, Seen::Drained).unwrap(), Asked::News);
    assert!(look(&mut poller).is_empty());
    far.write_all(b"x").unwrap();
    assert_eq!(wait(&mut poller), [ready]);
    // What arrives before the question is asked again is remembered.
    assert_eq!((&*near).read(&mut [0; 10]).unwrap(), 1);
    far.write_all(b"x").unwrap();
    assert!(wait(&mut poller).is_empty());
    poller.want_again(token, Direction::Read, Seen::Drained).unwrap();
    assert_eq!(poller.answers(Vec::new()), [ready]);
}

#[test]
fn a_standing_request_is_answered_at_every_change() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Read, Answers::AtEveryChange).unwrap();
    for _ in 0..3 {
        far.write_all(b"x").unwrap();
        assert_eq!(wait(&mut poller), [Ready::new(token, Direction::Read)]);
        assert!(poller.is_asked());
    }
    assert!(poller.withdraw(token, Direction::Read));
    assert!(!poller.is_asked());
    far.write_all(b"x").unwrap();
    assert!(wait(&mut poller).is_empty());
}

#[test]
fn both_directions_of_one_descriptor_are_one_registration() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    assert_eq!(
        poller.want(&near.descriptor(), Direction::Write, Answers::Once).unwrap(),
        (token, Asked::News)
    );
    assert_eq!(
        poller.want(&near.descriptor(), Direction::Write, Answers::Once).unwrap(),
        (token, Asked::Before)
    );
    assert_eq!(poller.registered(), 1);
    assert_eq!(wait(&mut poller), [Ready::new(token, Direction::Write)]);
    far.write_all(b"x").unwrap();
    assert_eq!(wait(&mut poller), [Ready::new(token, Direction::Read)]);
}

#[test]
fn the_end_of_a_stream_says_that_a_short_read_proves_nothing() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    far.write_all(b"x").unwrap();
    drop(far);
    std::thread::sleep(Duration::from_millis(20));
    poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    let [ready] = wait(&mut poller)[..] else { panic!("one answer") };
    assert!(!ready.is_short_read_the_end());
}

#[test]
fn a_withdrawn_request_is_not_answered_and_what_was_ready_is_not_forgotten() {
    let mut poller = Poller::new().unwrap();
    let (near, mut far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    assert!(poller.withdraw(token, Direction::Read));
    assert!(!poller.withdraw(token, Direction::Read));
    far.write_all(b"x").unwrap();
    assert!(wait(&mut poller).is_empty());
    poller.want_again(token, Direction::Read, Seen::Drained).unwrap();
    assert!(poller.withdraw(token, Direction::Read));
    assert!(poller.answers(Vec::new()).is_empty());
    poller.want_again(token, Direction::Read, Seen::Drained).unwrap();
    assert_eq!(poller.answers(Vec::new()).len(), 1);
}

#[test]
fn a_dropped_descriptor_is_forgotten_and_its_token_never_means_another() {
    let mut poller = Poller::new().unwrap();
    let (near, far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    drop((near, far));
    assert_eq!(poller.registered(), 0);
    assert!(!poller.is_asked());
    assert_eq!(poller.forgotten().collect::<Vec<_>>(), [token]);
    let (near, _far) = pair();
    let (other, _) = poller.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    assert_eq!(other as u32, token as u32);
    assert_ne!(other, token);
    assert_eq!(poller.want_again(token, Direction::Read, Seen::Unknown).unwrap(), Asked::Gone);
}

#[test]
fn a_descriptor_may_move_to_another_poller() {
    let (mut first, mut second) = (Poller::new().unwrap(), Poller::new().unwrap());
    let (near, mut far) = pair();
    first.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    let (token, _) = second.want(&near.descriptor(), Direction::Read, Answers::Once).unwrap();
    assert_eq!((first.registered(), second.registered()), (0, 1));
    far.write_all(b"x").unwrap();
    assert!(look(&mut first).is_empty());
    assert_eq!(wait(&mut second), [Ready::new(token, Direction::Read)]);
}

#[test]
fn urgent_data_is_told_to_who_asked_for_it() {
    let mut poller = Poller::new().unwrap();
    let (near, far) = pair();
    let (token, _) = poller.want(&near.descriptor(), Direction::Exceptional, Answers::Once).unwrap();
    socket2::SockRef::from(&far).send_out_of_band(b"!").unwrap();
    let answers = wait(&mut poller);
    if cfg!(any(target_os = "linux", target_os = "android")) {
        assert_eq!(answers, [Ready::new(token, Direction::Exceptional).with_more_perhaps()]);
    }
}

#[test]
fn a_bell_rung_from_another_thread_ends_the_look() {
    let mut poller = Poller::new().unwrap();
    let bell = poller.waker();
    let ringer = std::thread::spawn(move || bell.wake().unwrap());
    assert!(!poller.look(None).unwrap());
    ringer.join().unwrap();
}

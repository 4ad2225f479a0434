//! What a solution of exercise 4 has to do.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use super::{Box_, postman};

fn put(box_: &Box_, messages: &[&str]) {
    box_.borrow_mut().extend(messages.iter().map(|message| String::from(*message)));
}

fn taken(box_: &Box_) -> Vec<String> {
    box_.borrow_mut().drain(..).collect()
}

#[test]
fn every_box_gets_every_message_in_order() {
    let [from, left, right] = [(); 3].map(|()| Box_::default());
    let mut postman = pin!(postman(from.clone(), vec![left.clone(), right.clone()]));
    let mut nobody_waits = Context::from_waker(Waker::noop());
    for messages in [&["one", "two"][..], &[], &["three"]] {
        put(&from, messages);
        assert!(postman.as_mut().poll(&mut nobody_waits).is_pending(), "a postman does not end");
        assert_eq!(taken(&left), messages);
        assert_eq!(taken(&right), messages);
        assert!(taken(&from).is_empty(), "what was carried lies in the first box no more");
    }
}

#[test]
fn what_nobody_is_to_get_is_taken_out_too() {
    let from = Box_::default();
    let mut postman = pin!(postman(from.clone(), Vec::new()));
    put(&from, &["into the void"]);
    assert!(postman.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(taken(&from).is_empty());
}

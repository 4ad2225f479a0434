//! Exercise 4 (lesson 4): a postman that serves several inboxes.
//!
//! `cargo test --example exercise_4` says what is missing. Replace the `todo!`.
#![allow(dead_code, unused_variables, clippy::todo, reason = "until it is solved")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem::replace;
use std::rc::Rc;
use std::task::Poll;

type Box_ = Rc<RefCell<VecDeque<String>>>;

/// Carries what lies in one box to several: each of them gets every message.
async fn postman(from: Box_, to: Vec<Box_>) {
    loop {
        todo!("take each message out of `from`, and put a copy into each box of `to`");
        #[expect(unreachable_code)]
        others_turn().await;
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

fn main() {
    println!("cargo test --example exercise_4");
}

#[cfg(test)]
#[path = "exercise_4_tests.rs"]
mod tests;

//! A solution of exercise 4.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::rc::Rc;
use std::task::Poll;

type Box_ = Rc<RefCell<VecDeque<String>>>;

async fn postman(from: Box_, to: Vec<Box_>) {
    loop {
        for message in take(&mut *from.borrow_mut()) {
            for box_ in &to {
                box_.borrow_mut().push_back(message.clone());
            }
        }
        others_turn().await;
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

#[path = "exercise_4_tests.rs"]
mod tests;

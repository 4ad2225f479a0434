//! What a solution of exercise 2 has to do.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Scheduler, others_turn};

/// Writes its letter at the beginning of each step.
async fn write(letter: char, steps: usize, page: Rc<RefCell<String>>) {
    for step in 0..steps {
        if step > 0 {
            others_turn().await;
        }
        page.borrow_mut().push(letter);
    }
}

fn written(steps: [(char, usize); 3], most: usize) -> (usize, String, Scheduler) {
    let page = Rc::default();
    let mut scheduler = Scheduler::default();
    for (letter, steps) in steps {
        scheduler.activate(write(letter, steps, Rc::clone(&page)));
    }
    let passes = scheduler.run(most);
    let text = page.borrow().clone();
    (passes, text, scheduler)
}

#[test]
fn everybody_has_a_turn_in_each_pass_in_the_same_order() {
    let (_, page, _) = written([('a', 2), ('b', 2), ('c', 2)], 100);
    assert_eq!(page, "abcabc");
}

#[test]
fn who_has_ended_gets_no_more_turns() {
    let (passes, page, _) = written([('a', 1), ('b', 3), ('c', 2)], 100);
    assert_eq!(page, "abcbcb");
    assert_eq!(passes, 3);
}

#[test]
fn it_stops_after_the_last_pass_and_goes_on_later() {
    let (passes, page, mut scheduler) = written([('a', 4), ('b', 4), ('c', 1)], 2);
    assert_eq!((passes, page.as_str()), (2, "abcab"));
    assert_eq!(scheduler.run(100), 2);
}

#[test]
fn without_microprocesses_there_is_no_pass() {
    assert_eq!(Scheduler::default().run(100), 0);
}

//! Ported from Kamaelia's `Test/test_ConsoleEcho.py`, case by case, in its order.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use axon::testing::Bench;
use axon::util::ConsoleEchoer;

/// What was shown, instead of on the console.
#[derive(Clone, Default)]
struct Shown(Rc<RefCell<Vec<u8>>>);

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// By itself it shows what comes, and sends nothing on.
#[test]
fn init_min_args() {
    let shown = Shown::default();
    let mut bench = Bench::new(ConsoleEchoer::new().writing_to(shown.clone()));
    bench.put("inbox", "hello");
    bench.settle();
    assert_eq!(*shown.0.borrow(), b"hello");
    assert_eq!(bench.take::<&str>("outbox"), [""; 0]);
}

/// As a forwarder it also sends it on.
#[test]
fn init_forwarder() {
    let shown = Shown::default();
    let mut bench = Bench::new(ConsoleEchoer::new().forwarder().writing_to(shown.clone()));
    bench.put("inbox", "hello");
    bench.settle();
    assert_eq!(*shown.0.borrow(), b"hello");
    assert_eq!(bench.take::<&str>("outbox"), ["hello"]);
}

//! The console components, on buffers instead of a console.

use std::cell::RefCell;
use std::io::{self, BufReader, Read, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use axon::util::{ConsoleEchoer, ConsoleReader, DataSink, DataSource, Received};
use axon::{Component, Context, RunError, Scheduler, pipeline};

use crate::bench::{Bench, PF, SM};

#[derive(Clone, Default)]
struct Screen(Rc<RefCell<Vec<u8>>>);

impl Screen {
    fn shows(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn text_and_bytes_are_shown_as_they_are_and_the_rest_in_its_debug_form() {
    let screen = Screen::default();
    let mut bench = Bench::new(ConsoleEchoer::new().writing_to(screen.clone()));
    bench.give("inbox", "a ").give("inbox", "b ".to_owned()).give("inbox", b"c\n".to_vec());
    bench.give("inbox", 1.5).give("inbox", Some(2)).settle();
    assert_eq!(screen.shows(), "a b c\n1.5Some(2)");
    assert_eq!(bench.out("outbox").len(), 0);
}

#[test]
fn a_tag_comes_before_each_message_and_the_debug_form_can_be_had_for_all() {
    let screen = Screen::default();
    let mut bench = Bench::new(ConsoleEchoer::new().writing_to(screen.clone()).tag("> ").use_debug());
    bench.give("inbox", "a\n").give("inbox", 1).settle();
    assert_eq!(screen.shows(), "> \"a\\n\"> 1");
}

#[test]
fn a_forwarder_sends_on_what_it_has_shown() {
    let screen = Screen::default();
    let mut bench = Bench::new(ConsoleEchoer::new().writing_to(screen.clone()).forwarder());
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
}

#[test]
fn any_control_message_ends_an_echoer_after_the_data_and_all_are_passed_on() {
    let screen = Screen::default();
    let mut bench = Bench::new(ConsoleEchoer::new().writing_to(screen.clone()));
    bench.give("control", "hello").finish().give("inbox", "late").settle();
    assert_eq!(screen.shows(), "late");
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn a_console_that_cannot_be_written_to_is_an_error() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error =
        axon::run(pipeline![DataSource::new(["x"]), ConsoleEchoer::new().writing_to(Broken)]).unwrap_err();
    assert!(matches!(error, RunError::Failed { .. }));
}

#[test]
fn a_reader_sends_each_line_and_ends_at_the_end_of_the_input() {
    let received = Received::<String>::new();
    let reader = ConsoleReader::new().prompt("").reading_from(&b"one\r\ntwo\n\nfour"[..]);
    axon::run(pipeline![reader, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), ["one\n", "two\n", "\n", "four\n"]);
}

#[test]
fn a_reader_puts_at_the_end_of_each_line_what_it_is_told() {
    let received = Received::<String>::new();
    let reader = ConsoleReader::new().prompt("").eol("!").reading_from(&b"one\ntwo"[..]);
    axon::run(pipeline![reader, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), ["one!", "two!"]);
}

#[test]
fn a_reader_of_more_lines_than_it_reads_ahead_loses_none() {
    let received = Received::<String>::new();
    let input = "line\n".repeat(5000);
    let reader = ConsoleReader::new().prompt("").reading_from(io::Cursor::new(input));
    axon::run(pipeline![reader, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take().len(), 5000);
}

/// Input without an end, which counts what was read of it.
struct Endless(Arc<AtomicUsize>);

impl Read for Endless {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        for (to, byte) in bytes.iter_mut().zip(b"a line\n".iter().cycle()) {
            *to = *byte;
        }
        self.0.fetch_add(bytes.len(), Ordering::SeqCst);
        Ok(bytes.len())
    }
}

#[test]
fn a_reader_whose_lines_nobody_takes_reads_only_a_little_ahead() {
    let read = Arc::<AtomicUsize>::default();
    let input = BufReader::new(Endless(Arc::clone(&read)));
    let mut bench = Bench::new(ConsoleReader::new().prompt("").reading_from(input));
    bench.limit("outbox", 1);
    bench.wait_until(|_| read.load(Ordering::SeqCst) > 0);
    let mut so_far = 0;
    // Until the thread beside the scheduler has read nothing for a while.
    let mut looks = 0;
    while looks < 20 {
        bench.settle();
        std::thread::sleep(std::time::Duration::from_millis(1));
        let now = read.load(Ordering::SeqCst);
        assert!(now <= 512 << 10, "it has read {now} bytes");
        looks = if now > so_far { 0 } else { looks + 1 };
        so_far = now;
    }
    assert_eq!(bench.sent::<String>().len(), 1);
    bench.shut_down().wait_for_end();
}

/// Input that waits until the test sends some, as a keyboard does.
struct Keyboard(Receiver<u8>);

impl Read for Keyboard {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Ok(byte) = self.0.recv() else { return Ok(0) };
        bytes[0] = byte;
        Ok(1)
    }
}

#[test]
fn a_reader_ends_when_told_to_though_nobody_types() {
    let (keys, keyboard) = channel();
    let mut scheduler = Scheduler::new();
    let reader = ConsoleReader::new().prompt("").reading_from(BufReader::new(Keyboard(keyboard)));
    let reader = scheduler.add(reader);
    let received = Received::<String>::new();
    scheduler.activate(pipeline![&reader, DataSink::new(&received)]);
    for byte in *b"hello\n" {
        keys.send(byte).unwrap();
    }
    while received_nothing(&mut scheduler, &received) {
        std::thread::yield_now();
    }
    scheduler.context(&reader).deliver_to(&reader, "control", axon::ShutdownMicroprocess::new()).unwrap();
    scheduler.run().unwrap();
    assert!(reader.is_stopped());
    drop(keys);
}

fn received_nothing(scheduler: &mut Scheduler, received: &Received<String>) -> bool {
    scheduler.run_pass().unwrap();
    let lines = received.take();
    assert!(lines.is_empty() || lines == ["hello\n"], "{lines:?}");
    lines.is_empty()
}

#[test]
fn input_that_cannot_be_read_is_an_error() {
    let reader = ConsoleReader::new().prompt("").reading_from(&b"one\n\xff\n"[..]);
    let error = axon::run(reader).unwrap_err().to_string();
    assert!(error.contains("ConsoleReader_"), "{error}");
}

#[test]
fn a_reader_passes_on_what_it_is_told() {
    let (keys, keyboard) = channel();
    let mut bench =
        Bench::new(ConsoleReader::new().prompt("").reading_from(BufReader::new(Keyboard(keyboard))));
    bench.give("control", "hello").shut_down().settle();
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
    assert!(bench.ended());
    drop(keys);
}

#[test]
fn a_control_message_that_is_no_ending_does_not_make_a_reader_forget_lines() {
    let input = "line\n".repeat(50);
    let mut bench = Bench::new(ConsoleReader::new().prompt("").reading_from(io::Cursor::new(input)));
    bench.give("control", "hello").give("control", "hello");
    bench.scheduler.run().unwrap();
    assert_eq!(bench.sent::<String>().len(), 50);
    assert_eq!(bench.signalled(), ["\"hello\"", "\"hello\"", PF]);
}

/// A terminal that shows nothing until it is let go.
struct Stopped {
    goes_on: Receiver<()>,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Write for Stopped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.goes_on.recv();
        self.shown.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_that_stands_still_holds_up_nobody_and_gets_all_in_order_before_the_end() {
    let (let_go, goes_on) = channel();
    let shown = Arc::<Mutex<Vec<u8>>>::default();
    let terminal = Stopped { goes_on, shown: Arc::clone(&shown) };
    let mut bench = Bench::new(ConsoleEchoer::new().writing_aside_to(terminal));
    let received = Received::<i32>::new();
    bench.scheduler.activate(pipeline![DataSource::new(0..10), DataSink::new(&received)]);
    let lines: Vec<String> = (0..100_000).map(|n| format!("line {n}\n")).collect();
    for line in &lines {
        bench.give("inbox", line.clone());
    }
    bench.finish().settle();
    assert_eq!(received.take().len(), 10, "the others go on");
    assert!(!bench.ended());
    assert!(shown.lock().unwrap().is_empty());
    let unread = bench.scheduler.context(&bench.subject).data_ready("inbox");
    assert!(unread > 10_000, "it takes no more than may wait: {unread} are left");
    drop(let_go);
    bench.scheduler.run().unwrap();
    assert_eq!(String::from_utf8(shown.lock().unwrap().clone()).unwrap(), lines.concat());
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn an_echoer_whose_terminal_stands_still_is_stopped_at_once() {
    let (let_go, goes_on) = channel();
    let terminal = Stopped { goes_on, shown: Arc::default() };
    let mut bench = Bench::new(ConsoleEchoer::new().writing_aside_to(terminal));
    bench.give("inbox", "never").settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
    drop(let_go);
}

#[test]
fn what_is_written_aside_and_cannot_be_is_an_error_also_when_nothing_more_comes() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut bench = Bench::new(ConsoleEchoer::new().writing_aside_to(Full));
    bench.give("inbox", "x");
    assert!(matches!(bench.scheduler.run(), Err(RunError::Failed { .. })));
}

#[test]
fn a_reader_names_the_line_that_is_no_text_or_too_long() {
    let error = axon::run(ConsoleReader::new().prompt("").reading_from(&b"one\n\xff\n"[..])).unwrap_err();
    assert!(error.to_string().contains("line 2 is not UTF-8: 0xff at byte 4"), "{error}");
    let endless = io::repeat(b'x');
    let error = axon::run(ConsoleReader::new().prompt("").reading_from(BufReader::new(endless))).unwrap_err();
    assert!(error.to_string().contains("line 1, which begins at byte 0, is longer than 1048576"), "{error}");
    let received = Received::<String>::new();
    let reader = ConsoleReader::new().prompt("").lossy().reading_from(&b"\xff"[..]);
    axon::run(pipeline![reader, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), ["\u{fffd}\n"]);
}

#[test]
fn a_reader_ends_when_its_receiver_has_ended_though_nobody_types() {
    let (keys, keyboard) = channel();
    for byte in *b"one\n" {
        keys.send(byte).unwrap();
    }
    let reader = ConsoleReader::new().prompt("").reading_from(BufReader::new(Keyboard(keyboard)));
    axon::run(pipeline![reader, ReadsOne]).unwrap();
    drop(keys);
}

/// Reads one line and ends.
struct ReadsOne;

impl Component for ReadsOne {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        assert_eq!(cx.next::<String>("inbox").await?, "one\n");
        Ok(())
    }
}

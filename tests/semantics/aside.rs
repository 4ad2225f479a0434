//! Ready-made components and what may block or never end: promises S32a and S32b.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, channel};

use axon::util::{
    ChunksToLines, ConsoleEchoer, DataSource, PromptedFileReader, SimpleFileWriter, SimpleReader,
};
use axon::{AnyComponent, RunError, Scheduler, ShutdownMicroprocess, pipeline};

use crate::folder::Folder;
use crate::stage::{act, said, say, scheduler};

/// A terminal that stands still until its other end is dropped.
struct Terminal(Receiver<()>);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `waits` beside a component that goes on, and tells it to stop at once.
fn goes_on_beside(mut s: Scheduler, waits: AnyComponent) {
    let waits = s.activate(waits);
    let told = waits.clone();
    s.activate(act(async move |cx| {
        for turn in 0..100 {
            say!("turn {turn}");
            cx.yield_now().await;
        }
        assert!(told.is_active(), "{told} waits");
        cx.deliver_to(&told, "control", ShutdownMicroprocess::new())?;
        Ok(())
    }));
    s.run().unwrap();
    assert!(waits.is_stopped());
    assert_eq!(said().len(), 100);
}

#[test]
fn s32a_a_fifo_that_nobody_opens_holds_up_neither_the_others_nor_a_stop() {
    let folder = Folder::new();
    let fifo = folder.fifo("waits");
    goes_on_beside(scheduler(), AnyComponent::new(SimpleReader::new(&fifo)));
    goes_on_beside(scheduler(), AnyComponent::new(PromptedFileReader::bytes(&fifo)));
    goes_on_beside(scheduler(), AnyComponent::new(SimpleFileWriter::new(&fifo)));
}

#[test]
fn s32a_what_was_handed_over_is_waited_for_when_a_run_ends_but_not_for_ever() {
    let (let_go, stands_still) = channel();
    let mut s = Scheduler::builder().thread_patience(std::time::Duration::from_millis(10)).build();
    let echoer = s.activate(ConsoleEchoer::new().writing_aside_to(Terminal(stands_still)));
    s.context(&echoer).deliver_to(&echoer, "inbox", "never shown").unwrap();
    s.context(&echoer).deliver_to(&echoer, "control", ShutdownMicroprocess::new()).unwrap();
    let Err(RunError::Unfinished { components, .. }) = s.run() else { panic!("the thread was not named") };
    assert_eq!(components, [echoer.name()]);
    drop(let_go);
}

#[test]
fn s32b_whoever_sends_no_line_break_does_not_fill_the_memory_of_who_waits_for_one() {
    let endless = (0..).map(|_| vec![b'x'; 1 << 16]);
    let error = axon::run(pipeline![DataSource::new(endless), ChunksToLines::new()]).unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("1048576 bytes"), "{error}");
}

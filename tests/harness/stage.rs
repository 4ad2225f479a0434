//! What these tests share: a page on which components write, and components made of closures.
//!
//! Each test runs on a thread of its own, so the page is one to a thread and needs no handle.

// Each test program includes this file and uses a part of it.
#![allow(dead_code)]

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axon::{Boxes, Component, ComponentRef, Context, Scheduler, ThreadContext, Threaded, ThreadedComponent};

thread_local! {
    static PAGE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Writes one line on the page.
pub(crate) fn write_down(line: String) {
    PAGE.with_borrow_mut(|page| page.push(line));
}

/// Takes what was written so far off the page.
pub(crate) fn said() -> Vec<String> {
    PAGE.with_borrow_mut(std::mem::take)
}

/// Writes one line on the page, with arguments as `format!` takes them.
macro_rules! say {
    ($($line:tt)*) => { $crate::stage::write_down(format!($($line)*)) };
}
pub(crate) use say;

/// A scheduler for tests: time stands still while anything can run.
pub(crate) fn scheduler() -> Scheduler {
    Scheduler::builder().virtual_clock().build()
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A component whose `main` is a closure.
pub(crate) struct Act<F> {
    boxes: fn() -> Boxes,
    main: Option<F>,
}

/// A component with the standard boxes whose `main` is this closure.
pub(crate) fn act<F>(main: F) -> Act<F>
where
    F: AsyncFnOnce(&Context) -> axon::Result + 'static,
{
    act_with(Boxes::standard, main)
}

/// A component with these boxes whose `main` is this closure.
pub(crate) fn act_with<F>(boxes: fn() -> Boxes, main: F) -> Act<F>
where
    F: AsyncFnOnce(&Context) -> axon::Result + 'static,
{
    Act { boxes, main: Some(main) }
}

impl<F> Component for Act<F>
where
    F: AsyncFnOnce(&Context) -> axon::Result + 'static,
{
    fn boxes(&self) -> Boxes {
        (self.boxes)()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let main = self.main.take().expect("a component runs once");
        main(cx).await
    }
}

/// A threaded component whose `main` is a closure.
pub(crate) struct Blocks<F> {
    pub(crate) boxes: fn() -> Boxes,
    pub(crate) main: Option<F>,
}

impl<F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static> ThreadedComponent for Blocks<F> {
    fn boxes(&self) -> Boxes {
        (self.boxes)()
    }

    fn main(&mut self, cx: &ThreadContext) -> axon::Result {
        let main = self.main.take().expect("a component runs once");
        main(cx)
    }
}

/// A threaded component with the standard boxes whose `main` is this closure.
pub(crate) fn blocks<F>(main: F) -> Threaded<Blocks<F>>
where
    F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static,
{
    Threaded::new(Blocks { boxes: Boxes::standard, main: Some(main) })
}

/// A component that does nothing of its own: its boxes are what a test wants.
pub(crate) struct Still;

impl Component for Still {
    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

/// Writes `-- pass N` at the head of each of the first `passes` passes: activate it first.
pub(crate) struct Clock {
    pub(crate) passes: u32,
}

impl Component for Clock {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for pass in 1..=self.passes {
            say!("-- pass {pass}");
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Writes a line each turn, pauses at the turns in `naps`, ends after `turns` turns.
pub(crate) struct Worker {
    pub(crate) tag: &'static str,
    pub(crate) turns: u32,
    pub(crate) naps: &'static [u32],
}

impl Component for Worker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for turn in 1..=self.turns {
            say!("{} turn {turn}", self.tag);
            if self.naps.contains(&turn) {
                say!("{} pauses", self.tag);
                cx.pause().await;
            } else {
                cx.yield_now().await;
            }
        }
        Ok(())
    }
}

/// Takes all whole numbers or words from a box of `component`, joined by commas; `-` for none.
pub(crate) fn drained(scheduler: &Scheduler, component: &ComponentRef, inbox: &str) -> String {
    let cx = scheduler.context(component);
    let mut words = Vec::new();
    while let Some(message) = cx.recv(inbox) {
        words.push(match message.into_value::<i32>() {
            Ok(number) => number.to_string(),
            Err(message) => {
                message.into_value::<&str>().map_or_else(|other| format!("{other:?}"), String::from)
            }
        });
    }
    if words.is_empty() { "-".into() } else { words.join(",") }
}

/// Takes the warnings that were logged on this thread so far. The first call of a test program installs
/// the log that catches them.
pub(crate) fn warnings() -> Vec<String> {
    logged().into_iter().filter(|(level, _)| *level <= log::Level::Warn).map(|(_, text)| text).collect()
}

/// Takes the hints, at debug level, that were logged on this thread so far, as [`warnings`] does.
pub(crate) fn hints() -> Vec<String> {
    logged().into_iter().filter(|(level, _)| *level == log::Level::Debug).map(|(_, text)| text).collect()
}

/// Takes the news, at info level, that were logged on this thread so far, as [`warnings`] does.
pub(crate) fn news() -> Vec<String> {
    logged().into_iter().filter(|(level, _)| *level == log::Level::Info).map(|(_, text)| text).collect()
}

fn logged() -> Vec<(log::Level, String)> {
    log::set_logger(&Log).ok();
    // Also if another thread has just installed it, which may not have come to this yet.
    log::set_max_level(log::LevelFilter::Debug);
    LOGGED.with_borrow_mut(std::mem::take)
}

thread_local! {
    static LOGGED: RefCell<Vec<(log::Level, String)>> = const { RefCell::new(Vec::new()) };
}

static AWAITED: Mutex<Vec<(String, Sender<String>)>> = Mutex::new(Vec::new());

/// The lines with this part that are logged from now on, on whatever thread.
pub(crate) fn lines_with(part: &str) -> Receiver<String> {
    warnings();
    let (tell, told) = channel();
    AWAITED.lock().unwrap().push((part.to_owned(), tell));
    told
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = record.args().to_string();
        AWAITED
            .lock()
            .unwrap()
            .retain(|(part, tell)| !line.contains(part) || tell.send(line.clone()).is_ok());
        LOGGED.with_borrow_mut(|logged| logged.push((record.level(), line)));
    }

    fn flush(&self) {}
}

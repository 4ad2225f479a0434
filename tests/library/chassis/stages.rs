//! Components that the tests of chassis put inside: polite ones, silent ones, and a log of what they say.

use std::cell::RefCell;
use std::rc::Rc;

use axon::{CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Result, SIGNAL};

use crate::bench::name;

/// What components had to say, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn say(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// Passes on data with its tag before it, then control messages, and ends on either ending.
pub(crate) struct Stage {
    pub(crate) tag: &'static str,
    pub(crate) log: Log,
}

impl Stage {
    pub(crate) fn new(tag: &'static str, log: &Log) -> Self {
        Stage { tag, log: log.clone() }
    }
}

impl Component for Stage {
    async fn main(&mut self, cx: &Context) -> Result {
        self.log.say(format!("{} starts", self.tag));
        loop {
            while let Some(message) = cx.recv(INBOX) {
                let text = message.into_value::<&'static str>().unwrap_or("?");
                cx.send(OUTBOX, format!("{}:{text}", self.tag))?;
            }
            while let Some(message) = cx.recv(CONTROL) {
                self.log.say(format!("{} told {}", self.tag, name(&message)));
                let ends = message.ending().is_some();
                cx.send(SIGNAL, message)?;
                if ends {
                    return Ok(());
                }
            }
            cx.pause().await;
        }
    }
}

/// Ends when it is sent `"end"`, or told to stop, without a word on `signal`.
pub(crate) struct Quiet;

impl Component for Quiet {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                if message.is::<&'static str>() && name(&message) == "\"end\"" {
                    return Ok(());
                }
            }
            let told = std::iter::from_fn(|| cx.recv(CONTROL));
            if told.into_iter().any(|message: Message| message.ending() == Some(Ending::ShutdownMicroprocess))
            {
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Sends a text on its first turn and ends without a word on `signal`.
pub(crate) struct Brief(pub(crate) &'static str);

impl Component for Brief {
    async fn main(&mut self, cx: &Context) -> Result {
        cx.send(OUTBOX, self.0)?;
        Ok(())
    }
}

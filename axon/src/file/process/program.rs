//! The traffic between the boxes of a component and the pipes of its program.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::chassis::receive;
use crate::util::Chunk;
use crate::util::aside::Aside;
use crate::util::read_ahead::{ReadAhead, Taken};
use crate::util::write_behind::WriteBehind;
use crate::{Context, Ending, INBOX, Message, OUTBOX, Result, time_after};

use super::ERROR;
use super::child::{Pipes, Running};
use super::pipes::{FromChild, ToChild};

/// The input and the two outputs of a program.
pub(super) struct Program {
    input: Input,
    outputs: [Output; 2],
}

impl Program {
    pub(super) fn new(cx: &Context, aside: Aside, pipes: Pipes) -> io::Result<Self> {
        let Pipes { stdin, stdout, stderr, over } = pipes;
        let stdin = Box::new(ToChild::new(stdin, &over)?);
        let stdout = ReadAhead::on(aside.clone(), FromChild::new(stdout, &over));
        let stderr = ReadAhead::on(aside.clone(), FromChild::new(stderr, &over));
        Ok(Program {
            input: Input { pipe: Some(WriteBehind::on(cx, aside, stdin)), dropped: 0 },
            outputs: [Output::new(OUTBOX, stdout), Output::new(ERROR, stderr)],
        })
    }

    /// Until the program has ended and its output was sent, or it was told to stop and has ended. Returns what the
    /// component was told, and how the program has ended.
    pub(super) async fn run(
        mut self,
        cx: &Context,
        running: &Running,
        grace: Duration,
    ) -> Result<(Option<Message>, io::Result<ExitStatus>)> {
        let mut told: Option<Message> = None;
        let mut deadline: Option<Instant> = None;
        let mut status = None;
        loop {
            if told.is_none() {
                self.input.feed(cx)?;
            }
            // What waits comes before the end, also if there is room again by now.
            if cx.is_told_to_stop() || (told.is_none() && cx.data_ready(INBOX) == 0) {
                told = cx.told_to_end().or(told);
            }
            let ending = told.as_ref().and_then(Message::ending);
            let stops = ending == Some(Ending::ShutdownMicroprocess);
            if stops && deadline.is_none() {
                running.terminate();
                deadline = Some(time_after(cx.now(), grace));
            }
            let input = self.input.settle(cx, ending)?;
            let mut has_sent = false;
            let mut is_over = true;
            for output in &mut self.outputs {
                let step = output.step(cx, stops)?;
                has_sent |= step == Step::Sent;
                is_over &= step == Step::Over;
            }
            status = status.or_else(|| running.ended());
            if (is_over || stops)
                && let Some(status) = status.take()
            {
                self.input.tell_of_loss(cx);
                return Ok((told, status));
            }
            let now = cx.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                running.kill();
            }
            match deadline.filter(|deadline| *deadline > now) {
                _ if has_sent || input == Step::Sent => cx.yield_now().await,
                Some(deadline) => cx.pause_until(deadline).await,
                None => cx.pause().await,
            }
        }
    }
}

/// What one look at a pipe has brought.
#[derive(PartialEq)]
enum Step {
    Sent,
    /// Nothing. The component is woken when there is something to do.
    Waits,
    /// The pipe is closed.
    Over,
}

/// The standard input.
struct Input {
    /// `None` when it is closed, by either side.
    pipe: Option<WriteBehind>,
    /// How many bytes came after the program had closed it.
    dropped: u64,
}

impl Input {
    fn has_room(&self) -> bool {
        self.pipe.as_ref().is_none_or(WriteBehind::has_room)
    }

    /// Takes what has been sent to the component, as long as there is room.
    fn feed(&mut self, cx: &Context) -> Result {
        while self.has_room()
            && let Some(Chunk(bytes)) = receive(cx, INBOX)?
        {
            match &mut self.pipe {
                Some(pipe) => pipe.put(&[&bytes]),
                None => self.dropped += bytes.len() as u64,
            }
        }
        Ok(())
    }

    /// Closes the pipe when everything is written and no more will come. Arranges for the component to be woken when
    /// that is so, or when there is room.
    fn settle(&mut self, cx: &Context, ending: Option<Ending>) -> io::Result<Step> {
        let Some(pipe) = &mut self.pipe else { return Ok(Step::Over) };
        match pipe.is_settled() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                log::info!("{}: the program does not read its input any more", cx.name());
                self.pipe = None;
                // What waits for room is dropped.
                return Ok(Step::Sent);
            }
            settled => settled?,
        };
        let is_closed = match ending {
            Some(Ending::ProducerFinished) => pipe.close(cx),
            Some(Ending::ShutdownMicroprocess) => true,
            None => {
                if cx.data_ready(INBOX) > 0 {
                    pipe.await_room(cx);
                } else {
                    pipe.await_failure(cx);
                }
                false
            }
        };
        if is_closed {
            self.pipe = None;
        }
        Ok(Step::Waits)
    }

    fn tell_of_loss(&self, cx: &Context) {
        let left = cx.data_ready(INBOX);
        if self.dropped > 0 || left > 0 {
            let (name, dropped) = (cx.name(), self.dropped);
            log::info!("{name}: the program did not read {dropped} bytes and {left} further messages");
        }
    }
}

/// The standard output or error.
struct Output {
    outbox: &'static str,
    /// `None` when it has ended, or nobody takes it any more.
    pipe: Option<ReadAhead>,
    /// What the outbox refused.
    refused: Option<Message>,
}

impl Output {
    fn new(outbox: &'static str, pipe: ReadAhead) -> Self {
        Output { outbox, pipe: Some(pipe), refused: None }
    }

    /// The same bytes, without the memory of a whole block if they are few.
    fn fitted(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        match &mut self.pipe {
            Some(pipe) if bytes.len() < bytes.capacity() / 2 => {
                let few = bytes.clone();
                pipe.give_back(bytes);
                few
            }
            _ => bytes,
        }
    }

    /// Sends one piece on, or drops it.
    fn step(&mut self, cx: &Context, drops: bool) -> Result<Step> {
        if !cx.is_heard(self.outbox) {
            self.pipe = None;
            self.refused = None;
        }
        let message = match self.refused.take() {
            Some(message) => message,
            None => match self.pipe.as_mut().map_or(Ok(Taken::End), |pipe| pipe.take(cx))? {
                Taken::One(bytes) => Message::new(self.fitted(bytes)),
                Taken::NotYet => return Ok(Step::Waits),
                Taken::End => {
                    self.pipe = None;
                    return Ok(Step::Over);
                }
            },
        };
        if drops {
            return Ok(Step::Sent);
        }
        Ok(match cx.send(self.outbox, message) {
            Ok(()) => Step::Sent,
            Err(refused) => {
                self.refused = Some(refused.into_message());
                Step::Waits
            }
        })
    }
}

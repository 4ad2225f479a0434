//! How components end: their `main` is over, they fail, they are stopped, all are stopped.

use super::passes::Scheduler;
use crate::kernel::error::{Accident, Cause, NotSentError, RunError, SendError, SendErrorKind};
use crate::kernel::message::{Message, ProducerFinished};
use crate::kernel::outside::Kind;
use crate::kernel::safely::{drop_safely, safely};
use crate::kernel::system::{Discarded, System};

impl Scheduler {
    /// Stops every component, in the reverse order of activation, so that destructors run.
    pub fn stop(&mut self) {
        let mut running = Vec::new();
        loop {
            self.install_arrivals();
            for (index, place) in self.tasks.iter_mut().enumerate() {
                running.extend(place.take().map(|running| (index as u32, running)));
            }
            if running.is_empty() {
                break;
            }
            running.sort_by_cached_key(|(index, _)| {
                std::cmp::Reverse(self.system.with(|state| state.record(*index).activation()))
            });
            for (index, running) in running.drain(..) {
                let stopped = self.system.with(|state| state.record(index).identity.reference());
                self.system.end(index);
                if let Err(text) = drop_safely(running)
                    && let Some(more) = self.system.admits(Kind::Panics)
                {
                    log::error!(target: "axon", "{stopped}, when it was stopped, panicked: {text}{more}");
                }
            }
        }
        drop(self.system.with(|state| std::mem::take(&mut state.discarded)));
        for Accident { who: (component, _), cause, .. } in self.system.take_accidents() {
            if let Some(more) = self.system.admits(Kind::Panics) {
                log::error!(target: "axon", "{component}, when it was stopped, {cause}{more}");
            }
        }
        self.system.tell_what_was_left_out();
        self.system.stop.set(None);
        self.orderly = None;
        self.system.threads.dismiss();
    }

    /// The `main` of the component whose step it was is over.
    pub(super) fn finish(&mut self, outcome: Result<(), Cause>) -> Result<(), RunError> {
        let (index, has_loops_over) =
            self.system.with(|state| (state.run.leave(), !state.remembered.loops_over.is_empty()));
        let outcome = match outcome {
            Ok(()) if !has_loops_over => Ok(()),
            Ok(()) => safely(|| self.system.pass_on_ending(index)).map_err(Cause::Panic),
            Err(cause) => self.system.end_quietly(index, cause),
        };
        let dropped = drop_safely(self.tasks[index as usize].take()).map_err(Cause::Panic);
        match outcome.and(dropped) {
            Ok(()) => self.system.return_from(index),
            Err(cause) => {
                let (who, supervised) = (self.system.who(index), self.system.supervised(index));
                let me = self.system.with(|state| state.record(index).identity.reference());
                let family = self.system.with(|state| state.family(me));
                self.system.end(index);
                self.system
                    .stop_family(&family, &supervised.as_ref().map(|supervised| supervised.component()));
                match supervised {
                    Some(supervised) => self.system.entrust(supervised, who, cause),
                    None => self.failed(who, cause)?,
                }
            }
        }
        if self.system.attention.get() { self.drop_doomed() } else { Ok(()) }
    }

    /// A component failed: that is the end of the run, or, for an immortal scheduler, an entry in the log.
    fn failed(&mut self, (component, path): (String, String), cause: Cause) -> Result<(), RunError> {
        let error = RunError::Failed { component, path, cause };
        if self.system.immortal.get() {
            if let Some(more) = self.system.admits(Kind::Failures) {
                log::error!(target: "axon", "{error}{more}");
            }
            self.system.drop_error("the error", error);
            return Ok(());
        }
        self.stop();
        Err(error)
    }

    /// Drops the code of components that were stopped.
    pub(super) fn drop_doomed(&mut self) -> Result<(), RunError> {
        while self.system.has_to_drop() {
            let discarded = self.system.with(|state| std::mem::take(&mut state.discarded));
            let accidents = self.system.take_accidents();
            for Discarded { me, who, supervised } in discarded {
                self.install_arrivals();
                let running = self.tasks.get_mut(me.0.pid.index as usize).and_then(Option::take);
                self.system.drop_of(&who, supervised.as_ref(), running);
            }
            for Accident { who, supervised, cause } in accidents {
                match supervised {
                    Some(supervised) => {
                        self.system.entrust(self.system.supervised_again(supervised), who, cause)
                    }
                    None => self.failed(who, cause)?,
                }
            }
        }
        Ok(())
    }
}

impl System {
    /// Whether a component was stopped, or something panicked when it was dropped.
    #[inline]
    fn has_to_drop(&self) -> bool {
        !self.accidents.borrow().is_empty() || self.with(|state| !state.discarded.is_empty())
    }

    /// The end of a component whose `main` has returned. It tells the children that it leaves behind that no more
    /// will come, since nobody else will.
    fn return_from(&self, index: u32) {
        let left = self.with(|state| match state.record(index).ties {
            Some(_) => state.children_to_leave(index),
            None => Vec::new(),
        });
        self.end(index);
        for child in left.iter().filter(|child| !self.with(|state| state.is_told_by_others(child))) {
            self.tell(child, Message::new(ProducerFinished::new()));
        }
    }

    /// A component that could not send, because it was told to stop or its receiver has ended, has not failed: its
    /// ending is sent out of `signal` for it.
    fn end_quietly(&self, index: u32, cause: Cause) -> Result<(), Cause> {
        let Cause::Error(error) = cause else { return Err(cause) };
        let is_quiet = error.is::<NotSentError>()
            || error
                .downcast_ref::<SendError>()
                .is_some_and(|error| error.kind() == SendErrorKind::ReceiverEnded);
        if !is_quiet {
            return Err(Cause::Error(error));
        }
        safely(|| {
            self.say_last_word(index);
            // With the message that was not sent.
            drop(error);
        })
        .map_err(Cause::Panic)
    }
}

//! The signals of the process as messages, and the end of a run in order.
//!
//! Kamaelia has none: there a program is ended by `KeyboardInterrupt`, wherever it happens to be.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axon::{Boxes, Component, Context, Message, OUTBOX, Result, SIGNAL};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::descriptor::Watched;
use crate::ipc::NewReader;
use crate::selector::Selector;

const READ_READY: &str = "readReady";
const SELECTOR_SIGNAL: &str = "_selectorSignal";

/// The status of a process that the second signal has ended, as shells tell it of Ctrl-C.
const ENDED: i32 = 130;

/// How many messages wait to be read. Those behind them are left out.
const WAITING: usize = 64;

/// A signal that the process got.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Signal {
    /// Ctrl-C, `SIGINT`.
    Interrupt,
    /// `SIGTERM`: what `kill`, and systemd, send to end a process.
    Terminate,
    /// `SIGHUP`: the terminal was closed; for servers without one, by custom: read the configuration again.
    HangUp,
}

/// Takes the signals of the process, and sends each out of `outbox` as a [`Signal`]; or ends the run in order at
/// the first.
///
/// Signals are taken from the moment it is made, and as long as it exists. It takes `SIGINT` and `SIGTERM`; when a
/// second of these comes, whichever, the process ends at once with the status 130, whatever the program is
/// doing. `SIGHUP` it takes only if it is asked to ([`Signals::hang_up`]). Several of the same kind that come
/// before they are read are one. When it exists no more, signals do again what they do by themselves: they end
/// the process. Several schedulers can have one each; all get each signal.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
/// | `readReady` | from the Selector: a signal has come |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | each signal, as a [`Signal`] |
/// | `signal` | control messages |
/// | `_selectorSignal` | requests to the Selector |
///
/// # Shutdown
///
/// It is a service: when only services are left, the run ends. Both endings end it, and are passed on. While it
/// runs, a run in which all sleep counts as waiting for a signal.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::{Scheduler, util::DataSource};
/// use kamaelia_net::Signals;
///
/// let mut scheduler = Scheduler::new();
/// // Told INT or TERM, all have two seconds to finish what they have.
/// scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
/// scheduler.activate(DataSource::new(["or it ends by itself"]));
/// scheduler.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Signals {
    taken: Vec<Taken>,
    end: Option<Duration>,
}

axon::debug_by_name!(Signals);

/// One kind of signal that is taken.
struct Taken {
    signal: Signal,
    pipe: Watched<UnixStream>,
    id: SigId,
    switch: &'static Switch,
}

/// What is known of a kind of signal in this process.
struct Switch {
    /// How many take it; and whether the handlers that stay for ever are there.
    takers: Mutex<(usize, bool)>,
    /// Nobody takes it: it does what it does by itself.
    is_free: AtomicBool,
}

impl Switch {
    const fn new() -> Self {
        Switch { takers: Mutex::new((0, false)), is_free: AtomicBool::new(true) }
    }

    /// One more takes the signal, or one fewer.
    fn count(&'static self, signal: Signal, more: isize) -> io::Result<()> {
        let mut takers = self.takers.lock().unwrap_or_else(PoisonError::into_inner);
        if !takers.1 {
            // In this order: the one that comes first is asked first.
            flag::register_conditional_default(signal.number(), &self.is_free)?;
            if signal != Signal::HangUp {
                flag::register_conditional_shutdown(signal.number(), ENDED, &ASKED)?;
                flag::register(signal.number(), &ASKED)?;
            }
            takers.1 = true;
        }
        takers.0 = takers.0.saturating_add_signed(more);
        let was_free = self.is_free.swap(takers.0 == 0, Ordering::SeqCst);
        if was_free && signal != Signal::HangUp {
            ASKED.store(false, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// The process was asked to end before.
static ASKED: AtomicBool = AtomicBool::new(false);
static INTERRUPT: Switch = Switch::new();
static TERMINATE: Switch = Switch::new();
static HANG_UP: Switch = Switch::new();

impl Signal {
    fn number(self) -> i32 {
        match self {
            Signal::Interrupt => SIGINT,
            Signal::Terminate => SIGTERM,
            Signal::HangUp => SIGHUP,
        }
    }

    fn switch(self) -> &'static Switch {
        match self {
            Signal::Interrupt => &INTERRUPT,
            Signal::Terminate => &TERMINATE,
            Signal::HangUp => &HANG_UP,
        }
    }
}

impl Taken {
    fn new(signal: Signal) -> io::Result<Self> {
        let (pipe, writer) = UnixStream::pair()?;
        pipe.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let id = low_level::pipe::register(signal.number(), writer)?;
        let switch = signal.switch();
        if let Err(error) = switch.count(signal, 1) {
            low_level::unregister(id);
            return Err(error);
        }
        Ok(Taken { signal, pipe: Watched::new(pipe), id, switch })
    }

    /// Whether one has come.
    fn has_come(&self) -> bool {
        let mut bytes = [0; 64];
        let mut has_come = false;
        while let Ok(1..) = (&*self.pipe).read(&mut bytes) {
            has_come = true;
        }
        has_come
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // The handlers that stay are there already, so nothing can fail.
        let _ = self.switch.count(self.signal, -1);
        low_level::unregister(self.id);
    }
}

impl Signals {
    /// Takes `SIGINT` and `SIGTERM` from now on.
    ///
    /// # Errors
    ///
    /// The system has no descriptor left.
    pub fn new() -> io::Result<Self> {
        let taken = vec![Taken::new(Signal::Interrupt)?, Taken::new(Signal::Terminate)?];
        Ok(Signals { taken, end: None })
    }

    /// Takes `SIGHUP` too, which otherwise ends the process.
    ///
    /// # Errors
    ///
    /// The system has no descriptor left.
    pub fn hang_up(mut self) -> io::Result<Self> {
        self.taken.push(Taken::new(Signal::HangUp)?);
        Ok(self)
    }

    /// At the first `SIGINT` or `SIGTERM` ends the run in order: all are told that no more will come, and have
    /// this time to finish what they have.
    pub fn ends_the_run_within(mut self, time: Duration) -> Self {
        self.end = Some(time);
        self
    }

    fn tell(&self, cx: &Context, signal: Signal) {
        log::info!("{} got {signal:?}", cx.name());
        if cx.outbox_length(OUTBOX) < WAITING {
            // Who has no room for it is being told already.
            let _ = cx.send(OUTBOX, signal);
        }
        if let Some(time) = self.end.filter(|_| signal != Signal::HangUp) {
            cx.stop_scheduler_within(time);
        }
    }
}

impl Component for Signals {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(READ_READY, "the Selector: a signal has come")
            .outbox(SELECTOR_SIGNAL, "requests to the Selector")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        cx.declare_service();
        Selector::services(cx)?.link(cx, (cx.me(), SELECTOR_SIGNAL))?;
        for taken in &self.taken {
            let request = NewReader::new(cx.me(), READ_READY, taken.pipe.descriptor()).at_every_change();
            cx.send(SELECTOR_SIGNAL, request)?;
        }
        let told: Message = loop {
            while cx.recv(READ_READY).is_some() {}
            for taken in self.taken.iter().filter(|taken| taken.has_come()) {
                self.tell(cx, taken.signal);
            }
            if let Some(notice) = cx.told_to_end() {
                break notice;
            }
            cx.await_arrival().await;
        };
        cx.send(SIGNAL, told)?;
        Ok(())
    }
}

//! Where a server's clients come from: a listener, or a server that accepts for several schedulers.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon::{Context, Message, SIGNAL, time_after};

use super::{Accepting, NEW_CONNECTION, PROTOCOL_HANDLER_SIGNAL, TcpServer};
use crate::csa::boxes::SELECTOR_SIGNAL;
use crate::descriptor::Watched;
use crate::error::BindError;
use crate::group::{Client, Group, Member, Part, Taker};
use crate::ipc::{NewReader, NewServer, ServerFailed};
use crate::listen::Listen;
use crate::listener::{Listener, NO_ADDRESS};
use crate::memory::Memory;
use crate::socket::AfterAccept;
use crate::unix::UnixAddress;

/// How many clients at most are let in when the server is told to end: if ever more come, that is to end too.
const LAST_CALL: usize = 4096;

/// How long that may take, if those for whom they are have no room.
const LAST_CALL_LASTS: Duration = Duration::from_secs(2);

/// Who is let in after the server was told to end.
#[derive(Clone, Copy)]
pub(super) struct LastCall {
    /// How many more.
    pub(super) left: usize,
    pub(super) until: Instant,
}

/// Where clients come from.
pub(super) enum Entrance {
    Listener(Watched<Listener>),
    /// What was accepted for this scheduler; `None` until the server starts.
    Intake(Arc<Group>, Option<Taker>),
}

impl Entrance {
    pub(super) fn open(listen: &Listen) -> Result<Self, BindError> {
        Ok(match &listen.member {
            Some(Member { group, part: Part::Takes(_) }) => Entrance::Intake(Arc::clone(group), None),
            _ => Entrance::Listener(Watched::new(listen.listener()?)),
        })
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Entrance::Listener(listener) => listener.local_addr(),
            Entrance::Intake(group, ..) => group.address().0,
        }
    }

    pub(super) fn unix_addr(&self) -> Option<UnixAddress> {
        match self {
            Entrance::Listener(listener) => listener.unix_addr(),
            Entrance::Intake(group, ..) => group.address().1,
        }
    }

    /// Whether a client was handed over and not taken yet.
    pub(super) fn has_client(&self) -> bool {
        matches!(self, Entrance::Intake(_, Some(taker)) if !taker.is_empty())
    }

    /// The next client that was handed over.
    pub(super) fn take(&self) -> Option<Client> {
        match self {
            Entrance::Intake(_, Some(taker)) => taker.take(),
            _ => None,
        }
    }
}

impl TcpServer {
    /// Begins to listen, or to take what is handed over.
    pub(super) fn start(&mut self, cx: &Context) -> axon::Result {
        if self.entrance.is_none() {
            let entrance = Entrance::open(&self.listen);
            self.entrance = Some(entrance.inspect_err(|error| {
                log::error!("{}: {error}", cx.name());
                let notice = ServerFailed { caller: cx.me().clone(), error: error.clone() };
                let _ = cx.send(SIGNAL, Message::notice(notice));
            })?);
        }
        self.join(cx);
        if let Some(Entrance::Listener(listener)) = &self.entrance
            && let Listener::Ip(listener) = &**listener
            && let Err(error) = self.options.socket.prepare(listener)
        {
            log::debug!("{}: an option of the listener was not taken: {error}", cx.name());
        }
        self.address = self.local_addr();
        let unix = self.unix_addr();
        match (&unix, self.address) {
            (Some(unix), _) => log::info!("{} listens on {unix}", cx.name()),
            (None, Some(address)) => log::info!("{} listens on {address}", cx.name()),
            (None, None) => return Ok(()),
        }
        let address = self.address.unwrap_or(NO_ADDRESS);
        cx.send(PROTOCOL_HANDLER_SIGNAL, NewServer { caller: cx.me().clone(), address, unix })?;
        Ok(())
    }

    /// Takes its part in a server on several schedulers, if it has one: what is limited is limited for all together.
    fn join(&mut self, cx: &Context) {
        let Some(Member { group, part }) = self.listen.member.clone() else {
            self.admission.allow(self.limits);
            return;
        };
        self.admission = group.admission.clone();
        self.waker = Some(cx.waker());
        if part == Part::Accepts {
            self.for_others = Some(group);
            return;
        }
        self.admission.allow(self.limits);
        let (Part::Takes(core) | Part::Listens(core)) = part else { return };
        self.load = Some(Arc::clone(group.load(core)));
        if part == Part::Listens(core) {
            group.has_server(core);
        }
        if let Some(memory) = &self.memory {
            let totals = group.limited_to(&memory.totals);
            totals.tells(core, cx.waker());
            self.memory = Some(Rc::new(Memory::with(totals)));
        }
        if let Some(Entrance::Intake(_, taker)) = &mut self.entrance {
            *taker = Some(group.join(core, cx.waker()));
        }
    }

    /// Whether nobody is let in until there is room.
    pub(super) fn is_full(&self) -> bool {
        if let Some(Entrance::Intake(..)) = &self.entrance {
            // Those who wait there have a place.
            return self.memory.as_ref().is_some_and(|memory| memory.is_over());
        }
        let is_out_of_places =
            || self.admission.is_full() && self.admission.place(self.waker.as_ref()).is_none();
        match (&self.for_others, &self.waker) {
            (Some(group), Some(waker)) => {
                let holds_too_much = group.memory().is_some_and(|totals| {
                    totals.is_over() && {
                        totals.tells(usize::MAX, waker.clone());
                        totals.is_over()
                    }
                });
                holds_too_much || is_out_of_places()
            }
            _ => self.memory.as_ref().is_some_and(|memory| memory.is_over()) || is_out_of_places(),
        }
    }

    /// Whether those for whom it accepts have no room. If so, it is woken when they have.
    pub(super) fn waits_for_others(&self) -> bool {
        match (&self.for_others, &self.waker) {
            (Some(group), Some(waker)) => !group.has_room(waker),
            _ => false,
        }
    }

    /// The next client that is let in, if there is one. If not, `accepting` says when to look again.
    pub(super) fn next_client(&mut self, cx: &Context) -> Option<Client> {
        let listener = match self.entrance.as_ref()? {
            Entrance::Listener(listener) => listener.clone(),
            intake => {
                let client = intake.take();
                if client.is_none() {
                    self.accepting = Accepting::Told;
                }
                return client;
            }
        };
        while self.accepting == Accepting::Now {
            if let Some(until) = self.admission.waits(|| cx.now()) {
                self.accepting = Accepting::Paused(until);
                break;
            }
            let mut place = self.admission.place(self.waker.as_ref())?;
            match listener.accept(self.address) {
                Ok((_, connection))
                    if connection.unix.is_none() && !place.admits(connection.peer.ip(), || cx.now()) =>
                {
                    if let Some(more) = self.log.admit(cx.now()) {
                        log::warn!(
                            "{}: too many connections from {}; another is closed{more}",
                            cx.name(),
                            connection.peer.ip()
                        );
                    }
                    // It counts as one of this turn.
                    return None;
                }
                Ok((stream, connection)) => {
                    if let Some(load) = &self.load {
                        place.counts_with(load);
                    }
                    self.trouble.pause = Duration::ZERO;
                    return Some(Client { stream, connection, place });
                }
                Err(error) => self.accept_failed(cx, &listener, &error),
            }
        }
        None
    }

    fn accept_failed(&mut self, cx: &Context, listener: &Watched<Listener>, error: &io::Error) {
        match AfterAccept::failed(error) {
            AfterAccept::Next => {}
            AfterAccept::Wait if std::mem::take(&mut self.unwatched) => {
                let error = io::Error::other("the system cannot watch the listener");
                self.accepting = Accepting::Paused(self.trouble.met(cx, &error));
            }
            AfterAccept::Wait => {
                self.accepting = Accepting::Told;
                self.ask(cx, listener);
            }
            AfterAccept::Pause => self.accepting = Accepting::Paused(self.trouble.met(cx, error)),
        }
    }

    fn ask(&mut self, cx: &Context, listener: &Watched<Listener>) {
        let asked = match self.question {
            Some(word) => cx.send(SELECTOR_SIGNAL, u64::from(word.when_changed())),
            None => cx.send(SELECTOR_SIGNAL, NewReader::new(cx.me(), NEW_CONNECTION, listener.descriptor())),
        };
        if let Err(refused) = asked {
            log::error!("{}", refused);
        }
    }

    /// Nobody is let in any more, except those who wait already: they have been told that they are connected. At a
    /// socket that was given to this process, they wait for whoever listens there next.
    pub(super) fn call_last(&mut self, cx: &Context) {
        let part = self.listen.member.as_ref().map(|member| member.part);
        if self.listen.is_given() && matches!(part, None | Some(Part::Accepts)) {
            self.close();
        } else if self.last_call.is_none() && self.accepting != Accepting::Closed {
            let until = time_after(cx.now(), LAST_CALL_LASTS);
            self.last_call = Some(LastCall { left: LAST_CALL, until });
            self.accepting = Accepting::Now;
        }
    }

    /// Closes it if all those who waited are let in, or no more can be.
    pub(super) fn close_after_the_last(&mut self, cx: &Context) {
        if let Some(LastCall { left, until }) = self.last_call
            && (left == 0 || self.accepting != Accepting::Now || self.is_full() || until <= cx.now())
        {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        self.accepting = Accepting::Closed;
        self.entrance = None;
        self.last_call = None;
        self.listen.let_go();
    }
}

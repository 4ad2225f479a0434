//! What all datagram components do: take messages and send them, read datagrams and hand them on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axon::chassis::receive;
use axon::{Boxes, CONTROL, Context, Ending, INBOX, LogLimit, Message, OUTBOX, Result, SIGNAL};
use mio::net::UdpSocket;

use super::boxes::{FEEDBACK, READ_READY, SELECTOR_SIGNAL, TARGET, WRITE_READY};
use super::datagram::{Datagram, Target, ToldTarget};
use super::feedback::{UdpCounts, UdpFailed, UdpFeedback};
use super::group::Group;
use super::options::UdpOptions;
use super::sending::Waiting;
use super::wire::{self, Reader};
use crate::brief::brief;
use crate::descriptor::Watched;
use crate::error::BindError;
use crate::ipc::{NewReader, NewWriter};
use crate::ready::Ready;
use crate::selector::Selector;
use crate::socket::shown;

/// How much is read, and how much sent, in one turn, so that the others have theirs.
pub(super) const DATAGRAMS_A_TURN: usize = 64;
pub(super) const BYTES_A_TURN: usize = 256 * 1024;

/// How much feedback waits to be read. What is more is counted only.
const FEEDBACK_WAITING: usize = 64;

/// Where messages are sent to.
pub(super) enum To {
    /// Nowhere: it only receives.
    Nobody,
    /// To the one target.
    One(Target),
    /// To the target that came last.
    Last(Option<Target>),
    /// Each says where.
    Each,
}

/// What becomes of datagrams that arrive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Delivered,
    Discarded,
}

/// What is known of the direction to the network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// It may be written: try.
    Ready,
    /// It would block.
    Blocked,
    /// The Selector will answer.
    Asked,
}

/// Whether there is more to do at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Waits,
}

/// A datagram socket with both directions.
pub(super) struct Peer {
    /// `None` for an address that suits the target.
    pub(super) local: Option<SocketAddr>,
    pub(super) options: UdpOptions,
    pub(super) to: To,
    pub(super) input: Input,
    pub(super) group: Option<Group>,
    pub(super) counts: UdpCounts,
    socket: Option<Watched<UdpSocket>>,
    pub(super) socket_is_ipv6: bool,
    pub(super) waiting: Option<Waiting>,
    readable: bool,
    watched: bool,
    pub(super) output: Output,
    /// The system's count of dropped datagrams, as it was last told.
    dropped: u32,
    log: LogLimit,
}

impl Peer {
    pub(super) fn new(local: Option<SocketAddr>, to: To, input: Input) -> Self {
        Peer {
            local,
            options: UdpOptions::new(),
            to,
            input,
            group: None,
            counts: UdpCounts::default(),
            socket: None,
            socket_is_ipv6: false,
            waiting: None,
            readable: true,
            watched: false,
            output: Output::Ready,
            dropped: 0,
            log: LogLimit::default(),
        }
    }

    /// Opens the socket, if that was not done before.
    pub(super) fn bind(&mut self) -> std::result::Result<(), BindError> {
        if self.socket.is_some() {
            return Ok(());
        }
        let socket = match self.local {
            Some(local) => self.open(local)?,
            None => self.open_anywhere()?,
        };
        self.socket_is_ipv6 = socket.local_addr().is_ok_and(|address| address.is_ipv6());
        self.socket = Some(Watched::new(socket));
        Ok(())
    }

    fn open(&self, local: SocketAddr) -> std::result::Result<UdpSocket, BindError> {
        let failed = |error| match &self.group {
            Some(group) => BindError::new(format_args!("{local} for {group}"), error),
            None => BindError::new(local, error),
        };
        let prepare = |socket: &socket2::Socket| match &self.group {
            Some(group) => group.prepare(socket),
            None => Ok(()),
        };
        let address = self.group.map_or(local, |group| group.on_interface(local));
        wire::open(address, &self.options, prepare).map_err(failed)
    }

    /// An address of the kind that the target has; for a name, which may have either, of both.
    fn open_anywhere(&mut self) -> std::result::Result<UdpSocket, BindError> {
        let anywhere = |ip: IpAddr| SocketAddr::from((ip, 0));
        let (v4, v6) = (anywhere(Ipv4Addr::UNSPECIFIED.into()), anywhere(Ipv6Addr::UNSPECIFIED.into()));
        match &self.to {
            To::One(Target::Address(SocketAddr::V4(_))) => self.open(v4),
            To::One(Target::Address(SocketAddr::V6(_))) => self.open(v6),
            _ => {
                self.options.dual_stack = true;
                self.open(v6).or_else(|_| self.open(v4))
            }
        }
    }

    /// The boxes of a component that takes no targets, by what `inbox` takes and `outbox` sends.
    pub(super) fn datagram_boxes(&self, takes: &'static str, sends: &'static str) -> Boxes {
        self.limited(
            Boxes::standard()
                .inbox(INBOX, takes)
                .inbox(CONTROL, "endings")
                .inbox(READ_READY, "the Selector: there is something to read")
                .inbox(WRITE_READY, "the Selector: there is room to write")
                .outbox(OUTBOX, sends)
                .outbox(SIGNAL, "control messages")
                .outbox(FEEDBACK, "news beside datagrams")
                .outbox(SELECTOR_SIGNAL, "requests to the Selector"),
        )
    }

    /// These boxes with the limit of `inbox`.
    pub(super) fn limited(&self, boxes: Boxes) -> Boxes {
        match self.options.inbox_size {
            Some(size) => boxes.inbox_size(INBOX, size),
            None => boxes,
        }
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        self.socket.as_ref().and_then(|socket| socket.local_addr().ok()).map(shown)
    }

    /// Runs it until it is told to end.
    pub(super) async fn run(&mut self, cx: &Context) -> Result {
        self.bind().inspect_err(|error| {
            log::error!("{}: {error}", cx.name());
            let notice = UdpFailed { caller: cx.me().clone(), error: error.clone() };
            let _ = cx.send(SIGNAL, Message::notice(notice));
        })?;
        let Some(socket) = self.socket.clone() else { return Ok(()) };
        if let Some(address) = self.local_addr() {
            log::debug!("{} is bound to {address}", cx.name());
            self.tell(cx, UdpFeedback::Bound(address));
        }
        Selector::services(cx)?.link(cx, (cx.me(), SELECTOR_SIGNAL))?;
        let mut reader = Reader::new();
        let mut told: Option<Message> = None;
        loop {
            self.hear_the_selector(cx)?;
            self.hear_targets(cx)?;
            let sent = self.send(cx, &socket)?;
            let received = self.receive(cx, &socket, &mut reader)?;
            while let Some(notice) = cx.told_to_end() {
                told = Some(notice);
            }
            let is_over = match told.as_ref().and_then(Message::ending) {
                Some(Ending::ShutdownMicroprocess) => true,
                Some(Ending::ProducerFinished) => self.has_sent_all(cx),
                None => false,
            };
            if is_over {
                break;
            }
            self.ask_the_selector(cx, &socket);
            if (sent, received) == (Progress::Waits, Progress::Waits) {
                cx.await_arrival().await;
            } else {
                cx.yield_now().await;
            }
        }
        self.socket = None;
        drop(socket);
        if let Some(told) = told {
            let _ = cx.send_when_room(SIGNAL, told).await;
        }
        Ok(())
    }

    fn hear_the_selector(&mut self, cx: &Context) -> Result {
        for (inbox, is_read) in [(READ_READY, true), (WRITE_READY, false)] {
            while let Some(answer) = cx.recv(inbox) {
                if answer.take::<u64>().is_ok_and(|word| Ready::from(word).is_unwatched()) {
                    return Err(format!("{}: the system cannot watch its socket", cx.name()).into());
                }
                match is_read {
                    true => self.readable = true,
                    false => self.output = Output::Ready,
                }
            }
        }
        Ok(())
    }

    /// Asks to be told when what would block now would not.
    fn ask_the_selector(&mut self, cx: &Context, socket: &Watched<UdpSocket>) {
        if !self.readable && !self.watched {
            self.watched = true;
            let request = NewReader::new(cx.me(), READ_READY, socket.descriptor()).at_every_change();
            let _ = cx.send(SELECTOR_SIGNAL, request);
        }
        if self.output == Output::Blocked {
            self.output = Output::Asked;
            let _ = cx.send(SELECTOR_SIGNAL, NewWriter::new(cx.me(), WRITE_READY, socket.descriptor()));
        }
    }

    fn hear_targets(&mut self, cx: &Context) -> Result {
        if let To::Last(last) = &mut self.to {
            while let Some(ToldTarget(target)) = receive(cx, TARGET)? {
                *last = Some(target);
            }
        }
        Ok(())
    }

    /// Reads until nothing is left, the receiver has no room, or the budget is used up.
    fn receive(
        &mut self,
        cx: &Context,
        socket: &Watched<UdpSocket>,
        reader: &mut Reader,
    ) -> Result<Progress> {
        let mut bytes = 0;
        for _ in 0..DATAGRAMS_A_TURN {
            // Without room it waits in the system's buffer, which drops what is too much.
            if !self.readable || self.input == Input::Delivered && !cx.has_room(OUTBOX) {
                return Ok(Progress::Waits);
            }
            match reader.receive(socket) {
                Ok(arrived) => {
                    bytes += arrived.length;
                    if self.input == Input::Delivered {
                        let data = reader.data(arrived.length).to_vec();
                        cx.send(OUTBOX, Datagram { data, from: shown(arrived.from) })?;
                        self.counts.add(|counts| &counts.received, 1);
                        self.hear_of_loss(cx, arrived.dropped);
                    }
                    if bytes >= BYTES_A_TURN {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if self.hear_errors(cx, socket) == 0 {
                        self.refused(cx, None, error);
                    }
                }
            }
        }
        Ok(Progress::More)
    }

    fn hear_of_loss(&mut self, cx: &Context, dropped: Option<u32>) {
        let Some(dropped) = dropped else { return };
        let datagrams = u64::from(dropped.wrapping_sub(self.dropped));
        self.dropped = dropped;
        if datagrams > 0 {
            self.counts.add(|counts| &counts.lost, datagrams);
            self.complain(cx, UdpFeedback::Lost { datagrams });
        }
    }

    /// Tells what the network said about earlier datagrams. Returns how much that was.
    pub(super) fn hear_errors(&mut self, cx: &Context, socket: &UdpSocket) -> usize {
        let errors = wire::errors(socket);
        let number = errors.len();
        for (to, error) in errors {
            self.refused(cx, to.map(shown), error);
        }
        number
    }

    pub(super) fn refused(&mut self, cx: &Context, to: Option<SocketAddr>, error: io::Error) {
        self.counts.add(|counts| &counts.refused, 1);
        let feedback = UdpFeedback::Refused { to, error: Arc::new(error) };
        log::debug!("{}: {feedback}", cx.name());
        self.tell(cx, feedback);
    }

    /// Tells what is a fault, in the log too.
    pub(super) fn complain(&mut self, cx: &Context, feedback: UdpFeedback) {
        if let Some(more) = self.log.admit(cx.now()) {
            log::warn!("{}: {}{more}", cx.name(), brief(&feedback));
        }
        self.tell(cx, feedback);
    }

    pub(super) fn tell(&self, cx: &Context, feedback: UdpFeedback) {
        if cx.outbox_length(FEEDBACK) < FEEDBACK_WAITING {
            // Who has no room for it has the counts.
            let _ = cx.send(FEEDBACK, feedback);
        }
    }
}

//! A connection as a component: what arrives at its `inbox` is sent to the peer, what the peer sends
//! comes out of `outbox`.
//!
//! Ported from `Kamaelia.Internet.ConnectedSocketAdapter`.
//!
//! *Differs from Kamaelia:* a half close ends one direction; `producerFinished` sends what is queued
//! before it closes; a slow consumer or a slow peer makes nobody spin and no queue grow; any error ends
//! this connection and nothing else (B13, B14). Text is sent as well as bytes.

use std::cell::RefCell;
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, LogLimit, Message, SIGNAL, time_after,
};
use mio::net::TcpStream;

use crate::descriptor::Watched;
use crate::ipc::{HowDied, NewReader, NewWriter, PeerFinished, ResetConnection, ShutdownCsa, SocketShutdown};
use crate::memory::Share;
use crate::ready::{Direction, Ready};
use crate::ssl::SslError;
use crate::timer::Timer;

mod acknowledged;
pub mod boxes;
mod buffers;
mod ends;
mod flow;
#[cfg(test)]
mod flow_tests;
#[cfg(all(any(test, fuzzing), feature = "rustls"))]
pub(crate) mod fuzzed;
pub(crate) mod holding;
mod make_ssl;
mod options;
mod patience;
mod piece;
mod policy;
mod secured;
#[cfg(all(test, feature = "rustls"))]
mod secured_tests;

use acknowledged::Acknowledged;
use buffers::Buffers;
use ends::{Io, ShortRead, Then};
use flow::{Flow, Pause};
use holding::Outbox;
pub use options::{BadData, CsaOptions};
use patience::{Patience, Turn, Verdict};
use piece::Piece;
pub use policy::{Budget, OwnEnd, PeerEnd, Watermarks};
use secured::Secured;

/// The size of the buffer that all connections of a scheduler read into, and of the largest message that comes out of
/// one. Each stage behind a connection may hold one message more than its soft limit, and one in its hands.
const READ_BUFFER: usize = 40 * 1024;

/// How long a connection waits for its peer to take something when nothing is limited. A component for which a
/// timer waits is not taken for one that forgets to read its inbox, whose soft limit would be raised (S16a).
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(24 * 3600);

/// The name under which the tracker keeps the buffer.
const READ_BUFFER_NAME: &str = "kamaelia_net.read_buffer";

/// Whom a connection speaks of when it speaks of itself.
pub(crate) type Name = Rc<RefCell<Option<ComponentRef>>>;

type SharedBuffers = Rc<RefCell<Buffers>>;

use boxes::{CREATOR_FEEDBACK, MAKE_SSL, READ_READY, SELECTOR_SIGNAL, SEND_READY};

/// One connected socket. Made by [`TcpClient`](crate::TcpClient) and [`TcpServer`](crate::TcpServer).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send, as a [`Chunk`](axon::util::Chunk) takes it: `Vec<u8>`, `String`, `&'static str` and the like |
/// | `control` | endings, see below |
/// | `ReadReady` | from the Selector: there is something to read |
/// | `SendReady` | from the Selector: there is room to write |
/// | `makessl` | asks for TLS: a [`TlsClient`](crate::TlsClient) or a [`TlsServer`](crate::TlsServer), see below; anything else, for the usual settings of a client |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what was received: `Vec<u8>` of just that size |
/// | `CreatorFeedback` | [`PeerFinished`], if the peer ends first; at the end [`SocketShutdown`], once |
/// | `signal` | [`ShutdownCsa`] at the end, once; before it, control messages that end nobody |
/// | `_selectorSignal` | requests to the Selector, to whose `notify` the creator links it |
/// | `sslready` | one [`SslReady`](crate::SslReady) for each message to `makessl` |
///
/// # Shutdown
///
/// - `producerFinished` on `control`: takes what waits in `inbox`, sends all that is queued, tells the
///   peer that no more will come, reads and discards (or delivers, see [`CsaOptions::own_end`]) what the
///   peer still sends until it closes or [`CsaOptions::linger`] is over, and closes. So the peer gets
///   everything.
/// - `shutdownMicroprocess`: closes at once, by a reset if it is a [`ResetConnection`]. What is not sent, in
///   `inbox` too, is counted in [`SocketShutdown::unsent`].
/// - The peer will send no more: [`PeerFinished`] on `CreatorFeedback`; output goes on until
///   `producerFinished`. With [`CsaOptions::half_close_is_close`], and in a [`TcpClient`](crate::TcpClient)
///   unless it says otherwise, what waits is sent and the connection is closed instead.
/// - An error: what was received before it is delivered, then it ends with the error as the reason.
/// - When both sides have ended, it waits until the peer has acknowledged all, as long as
///   [`CsaOptions::write_stall_timeout`] allows.
/// - A connection that does not end in order tells besides how much of what was sent the peer has not
///   acknowledged ([`SocketShutdown::unacknowledged`]).
/// - A timeout of [`CsaOptions`]: closes, with that as the reason.
/// - A message that is neither bytes nor text: what came before it is sent as far as the system takes it at once,
///   the connection closes with [`HowDied::BadData`] as the reason, and the component fails. See
///   [`CsaOptions::bad_data`].
///
/// # Slow sides
///
/// While the box behind `outbox` is full, nothing is read, so that the peer is slowed down. While more
/// than [`CsaOptions::unsent`] waits to be sent, nothing is taken from `inbox`; when that is full
/// too, the sender is refused, and woken when there is room.
///
/// # TLS
///
/// A message to `makessl` begins a handshake, in either role. What waits in `inbox` is sent before it in plain
/// text; so whoever asks sends nothing more until the answer comes out of `sslready`. What comes into `inbox`
/// after that waits for the handshake and is encrypted. A server's handler sends its last plain answer and the
/// request without a pause between them, since what the client sends next is part of the handshake. Asked
/// before the connection has had its first turn, everything is encrypted.
///
/// The handshake goes on in steps, as bytes come, and has a limit of its own, ten seconds unless set. When it
/// fails, the peer is told (the alert is sent before the connection closes), `sslready` says why, and so does
/// [`HowDied::Tls`] at the end. An [`SslError`] for which [`SslError::goes_on`] is true leaves the connection
/// as it was.
///
/// Bytes that came in plain text before and are unread when the request is heeded, in the connection or in the
/// inbox behind `outbox`, are refused ([`SslError::PlainTextBefore`]), which ends the connection. So empty that
/// inbox before you ask for TLS, of messages from others too. A component that has read such bytes and not used
/// them yet must discard them: they were never secured (CVE-2011-0411).
///
/// The rules of the ends hold as without TLS: either side can end its direction alone, and each end is told
/// by TLS's own notice (`close_notify`). Data that ends without it may have been cut off by anybody; then the
/// connection ends with [`SslError::Truncated`], after what came before was delivered.
///
/// # Examples
///
/// A component that talks over a socket of its own:
///
/// ```
/// use axon::{Component, Context};
/// use kamaelia_net::{Csa, CsaOptions, Selector, csa::boxes};
/// # use std::io::Write;
///
/// struct Talk(mio::net::TcpStream);
///
/// impl Component for Talk {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
/// #       let TalkParts { stream, mut peer } = parts();
/// #       let _ = &self.0;
/// #       peer.write_all(b"hello")?;
///         let csa = cx.add_child(Csa::new(stream, CsaOptions::new()));
///         Selector::services(cx)?.link(cx, (&csa, boxes::SELECTOR_SIGNAL))?;
///         cx.link((&csa, "outbox"), (cx.me(), "inbox"))?;
///         cx.link((cx.me(), "signal"), (&csa, "control"))?;
///         cx.activate(&csa);
///         assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"hello");
///         cx.send("signal", axon::ShutdownMicroprocess::new())?;
///         Ok(())
///     }
/// }
/// # struct TalkParts { stream: mio::net::TcpStream, peer: std::net::TcpStream }
/// # fn parts() -> TalkParts {
/// #     let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
/// #     let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
/// #     let stream = listener.accept().unwrap().0;
/// #     stream.set_nonblocking(true).unwrap();
/// #     TalkParts { stream: mio::net::TcpStream::from_std(stream), peer }
/// # }
/// # axon::run(Talk(parts().stream))?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ConnectedSocketAdapter {
    socket: Watched<TcpStream>,
    flow: Flow,
    input: Input,
    output: Output,
    /// The Selector has said that the system does not watch the socket: waiting would be for ever.
    unwatched: bool,
    /// What is to be told, once.
    told_peer_finished: bool,
    /// It has had a turn.
    begun: bool,
    /// Only while something is waited for.
    patience: Option<Box<Patience>>,
    /// Only with TLS.
    secured: Option<Box<Secured>>,
    /// Only in a server with a limit to the memory of all.
    share: Option<Box<Share>>,
    /// The component that holds this one, and stands for it, once there is one.
    name: Option<Name>,
}

axon::debug_by_name!(ConnectedSocketAdapter);

/// The short name of [`ConnectedSocketAdapter`].
pub type Csa = ConnectedSocketAdapter;

/// What is known of the direction from the peer.
#[derive(Clone, Copy)]
struct Input {
    /// It may be read: try.
    ready: bool,
    /// The Selector tells every change.
    watched: bool,
    /// Whether a read of fewer bytes than asked for means that nothing is left.
    short_read: ShortRead,
    /// Something that was received was sent to `outbox`.
    delivered: bool,
}

/// What is known of the direction to the peer. Mostly it can be written, so the Selector is asked only when
/// it cannot.
#[derive(Clone, Copy)]
enum Output {
    /// It may be written: try.
    Ready,
    /// It would block.
    Blocked,
    /// The Selector will answer.
    Asked,
}

/// How much of what waited in `inbox` was taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    All,
    /// There may be more, for which there was no room.
    Some,
}

/// What comes after a turn. It holds nothing, since it would be held while the component sleeps.
enum Next {
    Again,
    Sleep,
    Over,
}

impl Io for &Watched<TcpStream> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &***self, into)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &***self, bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Write::write_vectored(&mut &***self, slices)
    }

    fn finish_writing(&mut self, then: Then) -> io::Result<()> {
        // Whoever holds the socket too may keep it open.
        if then == Then::Closing && self.is_last() {
            return Ok(());
        }
        self.shutdown(Shutdown::Write)
    }
}

impl ConnectedSocketAdapter {
    /// A component for a connected socket that never blocks. Whoever makes it links `_selectorSignal` to
    /// the Selector's `notify`.
    ///
    /// # Panics
    ///
    /// If something in the options is 0 with which nothing would ever happen.
    #[track_caller]
    pub fn new(socket: impl Into<Watched<TcpStream>>, options: impl Into<Rc<CsaOptions>>) -> Self {
        let options = options.into();
        options.check();
        ConnectedSocketAdapter {
            socket: socket.into(),
            flow: Flow::new(options),
            // The Selector is asked after the first reads, and then tells what came since.
            input: Input { ready: true, watched: false, short_read: ShortRead::IsAll, delivered: false },
            output: Output::Ready,
            unwatched: false,
            told_peer_finished: false,
            begun: false,
            patience: None,
            secured: None,
            share: None,
            name: None,
        }
    }

    /// Speaks of itself as the component that this will name.
    pub(crate) fn known_as(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }

    fn caller(&self, cx: &Context) -> ComponentRef {
        let name = self.name.as_ref().and_then(|name| name.borrow().clone());
        name.unwrap_or_else(|| cx.me().clone())
    }

    fn turn<'a>(&mut self, cx: &'a Context, buffers: &mut Buffers, timer: &mut Timer<'a>) -> Next {
        match self.work(cx, buffers, timer) {
            Ok(next) => next,
            Err(how_died) => {
                let how_died = self.cause(how_died);
                if let HowDied::BadData(complaint) = &how_died {
                    // What came before it goes out as far as the system takes it now.
                    self.send(buffers);
                    self.flow.note_bad_data(Arc::clone(complaint));
                }
                self.answer_for_the_last_time(cx, &how_died);
                self.tell_the_end(cx, how_died);
                Next::Over
            }
        }
    }

    fn work<'a>(
        &mut self,
        cx: &'a Context,
        buffers: &mut Buffers,
        timer: &mut Timer<'a>,
    ) -> Result<Next, HowDied> {
        // Before anything is read: what the peer sends from now on is no plain text any more.
        if cx.data_ready(MAKE_SSL) > 0 {
            self.make_ssl(cx)?;
        }
        self.begun = true;
        self.hear_the_selector(cx)?;
        let taken = self.take_messages(cx)?;
        let mut sent = self.send(buffers);
        let (received, pause) =
            if self.is_over_its_share(cx) { (0, Pause::NoRoom) } else { self.receive(cx, buffers) };
        if let Some(limit) = self.flow.overrun_limit() {
            return Err(HowDied::LingerFull(limit));
        }
        let ends = pause == Pause::Ended && self.flow.ends_with_the_peer();
        if ends {
            self.finish(cx)?;
        }
        // TLS has answers of its own.
        if ends || self.secured.is_some() {
            sent += self.send(buffers);
        }
        // Data comes first, and control after it; mostly there is none.
        if cx.data_ready(CONTROL) > 0 {
            self.heed_control(cx)?;
            sent += self.send(buffers);
        }
        let over = self.flow.over();
        let is_arriving = over.is_some();
        if let Some(how_died) = over {
            self.wait_for_the_rest(how_died)?;
        }
        if self.flow.has_peer_finished_alone() && !self.told_peer_finished {
            self.told_peer_finished = true;
            let notice = Message::notice(PeerFinished { caller: self.caller(cx) });
            let _ = cx.send(CREATOR_FEEDBACK, notice);
        }
        // Room for messages may have come about by sending.
        if pause == Pause::Budget || taken == Taken::Some && self.takes() || self.has_to_encrypt() {
            return Ok(Next::Again);
        }
        let turn = Turn {
            sent,
            received,
            unsent: self.flow.unsent(),
            lingering: self.flow.is_lingering() || is_arriving,
            reading: pause != Pause::NoRoom,
            handshake: self.secured.as_ref().and_then(|secured| secured.handshake()),
        };
        if self.patience.is_none() && !Patience::is_needed(self.flow.options(), turn) && self.takes() {
            timer.clear();
            self.ask_the_selector(cx)?;
            return Ok(Next::Sleep);
        }
        let next = self.look_at_the_clock(cx, turn, timer)?;
        self.ask_the_selector(cx)?;
        Ok(next)
    }

    /// Whether TLS has more to do although nothing is waited for.
    fn has_to_encrypt(&self) -> bool {
        let behind = self.secured.as_ref().is_some_and(|secured| secured.is_behind());
        behind && self.flow.has_room() && matches!(self.output, Output::Ready)
    }

    fn hear_the_selector(&mut self, cx: &Context) -> Result<(), HowDied> {
        loop {
            let ready = match cx.recv_as::<u64>(READ_READY) {
                Ok(Some(word)) => Ready::from(word),
                Ok(None) => break,
                // No answer of the Selector, and no proof of anything.
                Err(_) => Ready::new(0, Direction::Read).with_more_perhaps(),
            };
            self.unwatched |= ready.is_unwatched();
            if !ready.is_short_read_the_end() {
                self.input.short_read = ShortRead::ProvesNothing;
            } else if !self.input.ready {
                self.input.short_read = ShortRead::IsAll;
            }
            self.input.ready = true;
            // After its end nothing is read that would find a reset.
            if self.flow.has_peer_finished_alone()
                && let Ok(Some(error)) = self.socket.take_error()
            {
                return Err(HowDied::failed(error));
            }
        }
        if let Output::Asked = self.output
            && let Some(answer) = cx.recv(SEND_READY)
        {
            self.unwatched |= answer.take::<u64>().is_ok_and(|word| Ready::from(word).is_unwatched());
            self.output = Output::Ready;
        }
        Ok(())
    }

    /// Whether another message may be taken.
    fn takes(&self) -> bool {
        self.flow.takes()
            && (self.flow.cannot_send()
                || self.secured.as_ref().is_none_or(|secured| secured.takes(self.flow.options().unsent)))
    }

    fn take_messages(&mut self, cx: &Context) -> Result<Taken, HowDied> {
        while self.takes() {
            match cx.recv(INBOX) {
                Some(message) => self.put(cx, message)?,
                None => return Ok(Taken::All),
            }
        }
        Ok(Taken::Some)
    }

    #[inline]
    fn put(&mut self, cx: &Context, message: Message) -> Result<(), HowDied> {
        match message.take::<Vec<u8>>() {
            Ok(bytes) => {
                self.put_piece(Piece::Own(bytes));
                Ok(())
            }
            Err(message) => self.put_as_chunk(cx, message),
        }
    }

    #[inline]
    fn put_piece(&mut self, piece: Piece) {
        match &mut self.secured {
            Some(secured) if self.flow.is_open() => secured.put(piece),
            _ => self.flow.put_piece(piece),
        }
    }

    /// The same for what is not plain bytes of this message alone.
    fn put_as_chunk(&mut self, cx: &Context, message: Message) -> Result<(), HowDied> {
        let message = match Piece::from_message(message) {
            Ok(piece) => {
                self.put_piece(piece);
                return Ok(());
            }
            Err(message) => message,
        };
        let name = cx.name();
        let found = message.payload_type();
        let shown = message.excerpt();
        let complaint = format!(
            "{name}.{INBOX} expected bytes or text and found {found}: {shown}; convert it before it is sent, for example with PureTransformer::map"
        );
        match self.flow.options().bad_data {
            BadData::Skip => {
                if let Some(more) = LogLimit::admit_for_all(cx, "data of a wrong type") {
                    log::error!("{complaint}; it was left out{more}");
                }
                Ok(())
            }
            BadData::Close => Err(HowDied::BadData(complaint.into())),
        }
    }

    fn heed_control(&mut self, cx: &Context) -> Result<(), HowDied> {
        while let Some(notice) = cx.told_to_end() {
            if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                if notice.is::<ResetConnection>() {
                    // Without time to linger, closing is a reset.
                    let _ = socket2::SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO));
                }
                return Err(HowDied::ShutdownMicroprocess);
            }
            self.finish(cx)?;
        }
        Ok(())
    }

    /// No more is taken for sending than what waits now, which still goes out, also beyond the high mark.
    fn finish(&mut self, cx: &Context) -> Result<(), HowDied> {
        self.take_all(cx)?;
        match &mut self.secured {
            Some(secured) if self.flow.is_open() => secured.finish(),
            _ => self.flow.finish(),
        }
        Ok(())
    }

    fn send(&mut self, buffers: &mut Buffers) -> usize {
        let could_send = !self.flow.cannot_send();
        let mut sent = 0;
        if let Some(secured) = &mut self.secured {
            let mut socket = &self.socket;
            let socket = matches!(self.output, Output::Ready).then_some(&mut socket);
            let passed = secured.settle(&mut self.flow, socket, buffers);
            sent += passed.sent;
            if passed.full {
                self.output = Output::Blocked;
            }
        }
        if matches!(self.output, Output::Ready) && self.flow.has_to_send() {
            sent += self.flow.send(&mut &self.socket, buffers);
            if self.flow.has_to_send() {
                self.output = Output::Blocked;
            }
        }
        if could_send && self.flow.cannot_send() {
            // Reading finds what is left, and the end.
            self.input.ready = true;
        }
        sent
    }

    fn receive(&mut self, cx: &Context, buffers: &mut Buffers) -> (usize, Pause) {
        if !self.input.ready {
            return (0, Pause::Drained);
        }
        if self.secured.as_ref().is_some_and(|secured| secured.failure().is_none()) {
            return self.receive_secured(cx, buffers);
        }
        let mut socket = &self.socket;
        let mut outbox = Outbox {
            cx,
            share: self.share.as_deref().filter(|_| self.flow.keeps()),
            delivered: 0,
            reads_less: true,
        };
        let (received, pause) = self.flow.receive(&mut socket, buffers, self.input.short_read, &mut outbox);
        self.input.delivered |= outbox.delivered > 0;
        if pause == Pause::Drained {
            self.input.ready = false;
        }
        (received, pause)
    }

    /// Asks to be told when what would block now would not.
    fn ask_the_selector(&mut self, cx: &Context) -> Result<(), HowDied> {
        let waits_to_read = !self.input.ready && (!self.input.watched || self.unwatched);
        // After the peer's end there is nothing to read but, perhaps, a reset.
        let waits_for_reset = self.flow.has_peer_finished_alone() && !self.input.watched && !self.unwatched;
        let waits_to_write = matches!(self.output, Output::Blocked);
        if self.unwatched && (waits_to_read || waits_to_write) {
            return Err(HowDied::failed(io::Error::other("the system cannot watch its socket")));
        }
        if waits_to_read || waits_for_reset {
            self.input.watched = true;
            let request = NewReader::new(cx.me(), READ_READY, self.socket.descriptor()).at_every_change();
            let _ = cx.send(SELECTOR_SIGNAL, request);
        }
        if waits_to_write {
            self.output = Output::Asked;
            let request = NewWriter::new(cx.me(), SEND_READY, self.socket.descriptor());
            let _ = cx.send(SELECTOR_SIGNAL, request);
        }
        Ok(())
    }

    /// Sees to it that the component is woken when a limit may be over.
    fn look_at_the_clock<'a>(
        &mut self,
        cx: &'a Context,
        turn: Turn,
        timer: &mut Timer<'a>,
    ) -> Result<Next, HowDied> {
        let (now, handed, takes) = (cx.now(), self.flow.handed(), self.takes());
        let acknowledged = || Acknowledged::of(&self.socket, handed);
        let patience = self.patience.get_or_insert_default();
        match patience.look(self.flow.options(), turn, now, acknowledged)? {
            Verdict::TryTheSocket => {
                // What the Selector would say may not have come through yet.
                self.input = Input { ready: true, short_read: ShortRead::ProvesNothing, ..self.input };
                self.output = Output::Ready;
                return Ok(Next::Again);
            }
            Verdict::Until(Some(time)) => timer.set(cx, now, time),
            // That it reads nothing from its inbox is the peer's doing, and no message would change it.
            Verdict::Until(None) if !takes => timer.set(cx, now, time_after(now, AS_LONG_AS_IT_TAKES)),
            Verdict::Until(None) => timer.clear(),
        }
        if !patience.waits() {
            self.patience = None;
        }
        Ok(Next::Sleep)
    }

    /// Both directions have ended in order. What the peer's system has not acknowledged yet may still arrive or
    /// not: that is waited for, and the system says when it is decided.
    fn wait_for_the_rest(&mut self, how_died: HowDied) -> Result<(), HowDied> {
        let handed = self.flow.handed();
        if !how_died.is_orderly() || Acknowledged::of(&self.socket, handed).bytes >= handed {
            return Err(how_died);
        }
        if let Ok(Some(error)) = self.socket.take_error() {
            return Err(HowDied::failed(error));
        }
        let _ = self.socket.shutdown(Shutdown::Write);
        self.input.ready = false;
        Ok(())
    }

    /// The last words, exactly once.
    fn tell_the_end(&mut self, cx: &Context, how_died: HowDied) {
        let mut unsent = self.flow.unsent() + self.secured.as_ref().map_or(0, |secured| secured.waiting());
        while let Some(message) = cx.recv(INBOX) {
            unsent += Piece::from_message(message).map_or(0, |piece| piece.bytes().len());
        }
        self.tell_that_nothing_waits(cx);
        let unacknowledged = match (how_died.is_orderly(), self.flow.handed()) {
            (true, _) | (false, 0) => 0,
            (false, handed) => handed.saturating_sub(Acknowledged::of(&self.socket, handed).bytes) as usize,
        };
        if !how_died.is_orderly() || unsent > 0 {
            log::debug!(
                "{}: {how_died}, {unsent} bytes unsent, {unacknowledged} more unacknowledged",
                cx.name()
            );
        }
        let caller = self.caller(cx);
        let notice =
            SocketShutdown { caller: caller.clone(), how_died: how_died.clone(), unsent, unacknowledged };
        let _ = cx.send(CREATOR_FEEDBACK, Message::notice(notice));
        // In a server nobody hears it.
        if cx.is_linked(SIGNAL) {
            let notice =
                ShutdownCsa { caller: caller.clone(), csa: caller, how_died, unsent, unacknowledged };
            let _ = cx.send(SIGNAL, notice);
        }
    }
}

fn shared_buffers(cx: &Context) -> axon::Result<SharedBuffers> {
    if let Ok(buffers) = cx.tracker().retrieve_value::<SharedBuffers>(READ_BUFFER_NAME) {
        return Ok(buffers);
    }
    let buffers = SharedBuffers::new(RefCell::new(Buffers::new(READ_BUFFER)));
    cx.tracker().track_value(READ_BUFFER_NAME, Rc::clone(&buffers))?;
    Ok(buffers)
}

impl Component for ConnectedSocketAdapter {
    fn boxes(&self) -> Boxes {
        self.flow.options().boxes()
    }

    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps its arguments twice")]
    fn main(&mut self, cx: &Context) -> impl Future<Output = axon::Result> {
        async move {
            let buffers = shared_buffers(cx)?;
            let mut timer = Timer::default();
            loop {
                let next = self.turn(cx, &mut buffers.borrow_mut(), &mut timer);
                let waits_outside = !matches!(next, Next::Over) && self.tell_what_waits(cx);
                match next {
                    Next::Again => cx.yield_now().await,
                    // What waits behind `outbox` becomes less when it is collected.
                    Next::Sleep if waits_outside => cx.pause().await,
                    Next::Sleep => cx.await_arrival().await,
                    Next::Over => {
                        return self.flow.bad_data().map_or(Ok(()), |complaint| Err(complaint.into()));
                    }
                }
            }
        }
    }
}

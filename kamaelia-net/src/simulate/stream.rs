//! What a bad network does to a stream: it is late, slow, stands still, and cuts it into small pieces.
//!
//! *Differs from Kamaelia:* which has none of these.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axon::chassis::{announce, receive};
use axon::util::Chunk;
use axon::{Component, Context, INBOX, Message, OUTBOX, Result, time_after};

use super::chance::Chance;

/// How many messages are on their way at most.
const ON_THE_WAY: usize = 1024;

/// How many pieces a steady stream goes in, and how late one of them may be.
const PIECES_A_SECOND: u64 = 20;
const LATE: Duration = Duration::from_millis(50);

/// After how many bytes a stream stands still at the latest.
const STALLS_WITHIN: usize = 4096;

/// Passes messages on after a time, in their order.
///
/// Any number of them is on its way at the same time, up to 1024; then the sender waits. So only the delay
/// grows, and not the time between two messages.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, later |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// `producerFinished` is delayed like a message, and then passed on; then it ends. `shutdownMicroprocess`: passes
/// it on and ends at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Delay;
///
/// let received = Received::<&str>::new();
/// let late = Delay::new(Duration::from_millis(20));
/// let start = std::time::Instant::now();
/// axon::run(pipeline![OneShot::new("hello"), late, DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["hello"]);
/// assert!(start.elapsed() >= Duration::from_millis(20));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Delay {
    delay: Duration,
}

impl Delay {
    /// Each message is held for this long.
    pub fn new(delay: Duration) -> Self {
        Delay { delay }
    }
}

impl Component for Delay {
    async fn main(&mut self, cx: &Context) -> Result {
        // With the time at which each is due.
        let mut on_the_way: VecDeque<(Instant, Message)> = VecDeque::new();
        let mut told: Option<(Instant, Message)> = None;
        let is_due = |(due, _): &(Instant, Message)| *due <= cx.now();
        loop {
            if cx.is_told_to_stop() {
                return pass_on_the_end(cx).await;
            }
            let due = time_after(cx.now(), self.delay);
            while on_the_way.len() < ON_THE_WAY
                && let Some(message) = cx.recv(INBOX)
            {
                on_the_way.push_back((due, message));
            }
            if told.is_none() && cx.data_ready(INBOX) == 0 {
                told = cx.told_to_end().map(|notice| (due, notice));
            }
            while on_the_way.front().is_some_and(is_due)
                && let Some((_, message)) = on_the_way.pop_front()
            {
                cx.send_when_room(OUTBOX, message).await?;
            }
            if on_the_way.len() < ON_THE_WAY && cx.data_ready(INBOX) > 0 {
                continue;
            }
            if on_the_way.is_empty()
                && let Some((_, notice)) = told.take_if(|told| is_due(told))
            {
                announce(cx, notice).await;
                return Ok(());
            }
            match on_the_way.front().or(told.as_ref()) {
                Some((due, _)) => cx.pause_until(*due).await,
                None => cx.pause().await,
            }
        }
    }
}

/// Passes on the ending that has come.
async fn pass_on_the_end(cx: &Context) -> Result {
    if let Some(notice) = cx.told_to_end() {
        announce(cx, notice).await;
    }
    Ok(())
}

/// Passes bytes on at a limited rate.
///
/// A large message goes on in pieces, so that bytes flow steadily: each is worth a twentieth of a second. Whoever
/// sends faster waits.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same bytes, slower |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// `producerFinished`: passes it on and ends, after the data that is there. `shutdownMicroprocess`: passes it on
/// and ends at once.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Bandwidth;
///
/// let received = Received::<Vec<u8>>::new();
/// let start = std::time::Instant::now();
/// axon::run(pipeline![OneShot::new("x".repeat(5000)), Bandwidth::new(50_000), DataSink::new(&received)])?;
/// assert_eq!(received.take().concat().len(), 5000);
/// assert!(start.elapsed().as_millis() >= 40);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Bandwidth {
    bytes_a_second: u64,
}

impl Bandwidth {
    /// At most so many bytes a second.
    ///
    /// # Panics
    ///
    /// If that is 0.
    #[track_caller]
    pub fn new(bytes_a_second: u64) -> Self {
        assert!(bytes_a_second > 0, "Bandwidth::new(0): nothing would ever go on; at least 1");
        Bandwidth { bytes_a_second }
    }
}

impl Component for Bandwidth {
    async fn main(&mut self, cx: &Context) -> Result {
        let longest = usize::try_from(self.bytes_a_second / PIECES_A_SECOND).unwrap_or(usize::MAX).max(1);
        let mut free = cx.now();
        loop {
            while let Some(Chunk(bytes)) = receive(cx, INBOX)? {
                for piece in bytes.chunks(longest) {
                    while free > cx.now() && !cx.is_told_to_stop() {
                        cx.pause_until(free).await;
                    }
                    if cx.is_told_to_stop() {
                        return pass_on_the_end(cx).await;
                    }
                    cx.send_when_room(OUTBOX, piece.to_vec()).await?;
                    // What was late is caught up with, but not what nobody sent.
                    let earliest = cx.now().checked_sub(LATE).unwrap_or(free);
                    let seconds = piece.len() as f64 / self.bytes_a_second as f64;
                    free = free.max(earliest) + Duration::from_secs_f64(seconds);
                }
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Passes bytes on, and stands still once, in their midst, for a time.
///
/// That is after up to 4096 bytes, by chance, or before the end, if there are fewer. While it stands still it reads
/// nothing, so that whoever sends is held up too. Nothing is lost.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same bytes |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// `producerFinished`: passes it on and ends, after the data that is there. `shutdownMicroprocess`: passes it on
/// and ends at once, also while it stands still.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Stall;
///
/// let received = Received::<Vec<u8>>::new();
/// let start = std::time::Instant::now();
/// let still = Stall::new(Duration::from_millis(20));
/// axon::run(pipeline![OneShot::new("hello"), still, DataSink::new(&received)])?;
/// assert_eq!(received.take().concat(), b"hello");
/// assert!(start.elapsed() >= Duration::from_millis(20));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Stall {
    time: Duration,
    chance: Chance,
}

impl Stall {
    /// Stands still for this long, at a place that is different each time; `Duration::MAX` for ever.
    pub fn new(time: Duration) -> Self {
        Stall { time, chance: Chance::default() }
    }

    /// Chance is the same for the same seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.chance = Chance::new(seed);
        self
    }

    async fn stand_still(&self, cx: &Context) {
        let until = time_after(cx.now(), self.time);
        while cx.now() < until && !cx.is_told_to_stop() {
            cx.pause_until(until).await;
        }
    }
}

impl Component for Stall {
    async fn main(&mut self, cx: &Context) -> Result {
        // How many bytes go on before; `None` afterwards.
        let mut left = Some(self.chance.below(STALLS_WITHIN + 1));
        loop {
            while let Some(Chunk(mut bytes)) = receive(cx, INBOX)? {
                if let Some(before) = left.filter(|before| *before <= bytes.len()) {
                    left = None;
                    let rest = bytes.split_off(before);
                    if !bytes.is_empty() {
                        cx.send_when_room(OUTBOX, bytes).await?;
                    }
                    self.stand_still(cx).await;
                    bytes = rest;
                }
                if cx.is_told_to_stop() {
                    return pass_on_the_end(cx).await;
                }
                left = left.map(|before| before - bytes.len());
                if !bytes.is_empty() {
                    cx.send_when_room(OUTBOX, bytes).await?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                if left.take().is_some() {
                    self.stand_still(cx).await;
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Cuts bytes into small pieces, each of which goes on alone.
///
/// Their lengths are chance, so that whoever takes what a read brings for a whole message is found out. Between two
/// of them the others have a turn: a connection behind it writes each for itself.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same bytes in pieces |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// `producerFinished`: passes it on and ends, after the data that is there. `shutdownMicroprocess`: passes it on
/// and ends at once.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::simulate::Slice;
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![OneShot::new("hello, world"), Slice::new(3).seed(1), DataSink::new(&received)])?;
/// let pieces = received.take();
/// assert!(pieces.iter().all(|piece| piece.len() <= 3));
/// assert_eq!(pieces.concat(), b"hello, world");
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Slice {
    longest: usize,
    chance: Chance,
}

impl Slice {
    /// Into pieces of 1 to `longest` bytes, with chance that is different each time.
    ///
    /// # Panics
    ///
    /// If that is 0.
    #[track_caller]
    pub fn new(longest: usize) -> Self {
        assert!(longest > 0, "Slice::new(0): a piece has at least 1 byte");
        Slice { longest, chance: Chance::default() }
    }

    /// Chance is the same for the same seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.chance = Chance::new(seed);
        self
    }
}

impl Component for Slice {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Chunk(bytes)) = receive(cx, INBOX)? {
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let length = (self.chance.below(self.longest) + 1).min(rest.len());
                    let (piece, more) = rest.split_at(length);
                    cx.send_when_room(OUTBOX, piece.to_vec()).await?;
                    cx.yield_now().await;
                    if cx.is_told_to_stop() {
                        return pass_on_the_end(cx).await;
                    }
                    rest = more;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

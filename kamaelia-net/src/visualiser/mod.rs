//! A running program in a browser: its components, what passes between them, why it is slow or stuck.
//!
//! Ported from `Kamaelia.Visualisation.Axon.AxonVisualiserServer`, whose line protocol [`axon::Introspector`] speaks.
//!
//! *Differs from Kamaelia:* there a window shows what is linked with what; here a page also shows what moves, and what
//! does not.
//!
//! ```text
//!   program, its scheduler          │  the web side, a scheduler on a thread of its own
//!   Visualiser: takes a snapshot ◄──┼── Hub: asks, while somebody watches
//!               and answers      ───┼─► Model: rates, hints, why
//!                                   │     └─► HttpServer: a Handler for each request, a Viewer for each page
//! ```

mod address;
mod asked;
mod deeds;
mod desk;
mod hints;
mod hub;
mod measuring;
mod model;
mod pictures;
mod query;
mod responder;
mod top;
mod why;
mod written;

use std::io;
use std::sync::mpsc::channel;

use axon::{Background, Boxes, Component, Context, OUTBOX};

use crate::error::BindError;
#[cfg(feature = "command")]
pub(crate) use address::is_address;
use address::{Reach, parsed, token};
use asked::{ASKED, Witness};
use hub::{Begin, Bound, Hub};

/// Shows the program that it runs in on a page: open its [address](Visualiser::url), which is in the log too, in a browser.
///
/// The page shows all components, nested as they hold each other, their boxes and linkages, how many messages go over
/// each, and how full the inboxes are; it says why the program is slow or stuck; it shows the messages of a box as
/// they pass. The same can be had without the page: under that address are
///
/// | path | what |
/// |---|---|
/// | `snapshot.json` | everything |
/// | `graph.svg`, `graph.dot`, `graph.mmd` | the picture, also for Graphviz and Mermaid, without what `signals=0`, `services=0`, `unlinked=0` leave out; `near=3` shows one component and its neighbours, `plain=2` one without what it holds |
/// | `graph.txt` | the picture as text |
/// | `top.txt` | a table of the busiest components, with hints |
/// | `tap.txt?at=COMPONENT.BOX` | the messages of a box as they pass |
/// | `events`, `changes` | what changes, five times a second at most: as server-sent events, as a WebSocket |
///
/// It is seen by programs of this machine only, and by those who know the address, which has a random token in it.
/// Requests with the name of another host and from pages of other origins are refused. Nothing can be changed, unless
/// [`Visualiser::allow_commands`] says so.
///
/// Its server runs on a thread of its own. The program takes a snapshot of itself while somebody looks, five times a
/// second at most; otherwise it costs nothing. It is a service, which does not keep a program alive: when all others
/// have ended, so does it. But a program that is stuck waits with it, so that one can see why.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings |
/// | `_asked` | questions of its server |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the address of the page, a `String`, when it listens |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// Either ending ends it, and its server.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::Visualiser;
///
/// let visualiser = Visualiser::new("127.0.0.1:0").bind()?; // any free port
/// println!("open {}", visualiser.url().expect("bound"));
/// let mut scheduler = Scheduler::new();
/// scheduler.activate(visualiser);
/// scheduler.activate(pipeline![OneShot::new("hello"), NullSinkComponent::new()]);
/// scheduler.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
#[doc(alias = "AxonVisualiserServer")]
pub struct Visualiser {
    address: String,
    reach: Reach,
    commands: Commands,
    token: String,
    /// Once it listens.
    server: Option<Server>,
}

/// Whether viewers may do something to the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Commands {
    Refused,
    Obeyed,
}

/// A web side that listens. It ends when this is dropped.
#[derive(Debug)]
struct Server {
    background: Background,
    bound: Bound,
}

impl Visualiser {
    /// One that will listen at an address of this machine's, such as `127.0.0.1:1600` or `[::1]:1600`, or a port.
    pub fn new(address: impl Into<String>) -> Self {
        let (reach, commands) = (Reach::Loopback, Commands::Refused);
        Visualiser { address: address.into(), reach, commands, token: token(), server: None }
    }

    /// Its address may be one that other machines reach. They have to know the token, but whoever sees what passes
    /// on the network sees it: prefer `ssh -L`.
    pub fn open_to_others(mut self) -> Self {
        self.reach = Reach::Everybody;
        self
    }

    /// The page may do something to the program: hold a component, let it take one turn, let it go on, put a text into
    /// an inbox, and tell a component that no more will come. So may every program of this machine that knows the
    /// address. Those who are held are let go when the last page that gave an order is closed.
    pub fn allow_commands(mut self) -> Self {
        self.commands = Commands::Obeyed;
        self
    }

    /// Listens now instead of in the first turn, so that an error is known here, and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(mut self) -> Result<Self, BindError> {
        self.server = Some(self.start()?);
        Ok(self)
    }

    /// The address of the page, with its token, once [`Visualiser::bind`] was called.
    pub fn url(&self) -> Option<String> {
        let server = self.server.as_ref()?;
        Some(format!("http://{}/{}/", server.bound.address, self.token))
    }

    fn start(&self) -> Result<Server, BindError> {
        let (address, token) = (parsed(&self.address, self.reach)?, self.token.clone());
        let commands = self.commands;
        let failed = |error| BindError::new(&self.address, error);
        let background = Background::start().map_err(failed)?;
        let (tell, told) = channel();
        let gone = |_| failed(io::Error::other("its server has ended"));
        background
            .activate(move || Hub { address, token, commands, tell: Some(tell) })
            .map_err(|_| failed(io::Error::other("its server has ended")))?;
        let bound = told.recv().map_err(gone)??;
        Ok(Server { background, bound })
    }
}

impl Component for Visualiser {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox(ASKED, "questions of its server")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.declare_service();
        if self.server.is_none() {
            self.server = Some(self.start()?);
        }
        let (Some(url), Some(server)) = (self.url(), self.server.take()) else { return Ok(()) };
        log::info!("the visualiser is listening on {url}");
        let to_hub = server.background.remote();
        to_hub.deliver(&server.bound.hub, "inbox", Begin(cx.remote(), cx.me().clone()))?;
        let mut witness = Witness::new(server.bound.hub.clone(), to_hub);
        cx.send_when_room(OUTBOX, url).await?;
        loop {
            let next = witness.answer(cx);
            if let Some(notice) = cx.told_to_end() {
                cx.send(axon::SIGNAL, notice)?;
                return Ok(());
            }
            match next {
                Some(next) => cx.pause_until(next).await,
                None => cx.pause().await,
            }
        }
    }
}

//! Makes a connection component for each client that was accepted.

use std::cell::RefCell;
use std::rc::Rc;

use axon::{CONTROL, Component, ComponentRef, Context, INBOX, OUTBOX, SIGNAL};

use super::{FEEDBACK, PROTOCOL_HANDLER_SIGNAL, TcpServer};
use crate::csa::ConnectedSocketAdapter;
use crate::csa::boxes::{CREATOR_FEEDBACK, MAKE_SSL, SELECTOR_SIGNAL, SSL_READY};
use crate::descriptor::Watched;
use crate::group::Client;
use crate::ipc::{Connection, NewCsa, Security};

/// Makes the component of a connection in the scheduler.
pub(super) type MakeCsa = Box<dyn FnMut(&Context, ConnectedSocketAdapter) -> axon::Result<ComponentRef>>;

/// The boxes that a component in place of a connection must have: inboxes, and outboxes.
const INBOXES: [&str; 3] = [INBOX, CONTROL, MAKE_SSL];
const OUTBOXES: [&str; 5] = [OUTBOX, SIGNAL, CREATOR_FEEDBACK, SELECTOR_SIGNAL, SSL_READY];

impl TcpServer {
    /// Makes another component the connection of each client: one that holds the [`ConnectedSocketAdapter`], which
    /// the function is given, and passes on its boxes, all that it has. What it says of its end counts as said by
    /// the component that holds it.
    ///
    /// If the component lacks a box, the client is closed, and the log says which it is. If the function panics,
    /// the server fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use kamaelia_net::{InactivityChassis, Listen, TcpServer};
    ///
    /// // A client that has sent nothing for two minutes is disconnected.
    /// let server = TcpServer::new("127.0.0.1:0".parse::<Listen>()?)
    ///     .csa(|csa| InactivityChassis::new(csa, Duration::from_secs(120)));
    /// # let _ = server;
    /// # Ok::<(), kamaelia_net::listen::NoAddressError>(())
    /// ```
    #[doc(alias = "CSA")]
    pub fn csa<C: Component>(mut self, mut make: impl FnMut(ConnectedSocketAdapter) -> C + 'static) -> Self {
        self.csa = Some(Box::new(move |cx, csa| {
            // What the connection says of itself is said of the component that holds it.
            let name = Rc::new(RefCell::new(None));
            let csa = cx.add_child(make(csa.known_as(Rc::clone(&name))));
            name.replace(Some(csa.clone()));
            match missing(cx, &csa) {
                None => Ok(csa),
                Some(missing) => {
                    cx.stop(&csa);
                    cx.remove_child(&csa);
                    Err(format!("{csa} cannot be a connection: it has no {missing}").into())
                }
            }
        }));
        self
    }

    /// Makes the connection component, links it to the Selector, and announces it.
    pub(super) fn welcome(&mut self, cx: &Context, client: Client) -> axon::Result {
        let Client { stream, connection, place } = client;
        let taken = match connection.unix {
            Some(_) => self.options.socket.apply_to_unix(&stream),
            None => self.options.socket.apply_to_accepted(&stream, &mut self.inherited_options),
        };
        if let Err(error) = taken {
            log::debug!("{}: an option of {} was not taken: {error}", cx.name(), connection.peer);
        }
        let stream = Watched::undivided(stream);
        let csa = ConnectedSocketAdapter::new(stream, Rc::clone(&self.options));
        let csa = match &self.memory {
            Some(memory) => csa.within(Rc::clone(memory)),
            None => csa,
        };
        let csa = match &mut self.csa {
            Some(make) => make(cx, csa)?,
            None => cx.add_child(csa),
        };
        cx.supervise(&csa);
        let mut security = Security::Plain;
        if let Some(tls) = &mut self.tls {
            security = Security::Tls;
            cx.deliver_to(&csa, MAKE_SSL, tls.duplicate())?;
        }
        self.selector(cx)?.link(cx, (&csa, SELECTOR_SIGNAL))?;
        cx.link((&csa, CREATOR_FEEDBACK), (cx.me(), FEEDBACK))?;
        let connection = Connection { security, id: Some(csa.id()), ..connection };
        self.connections.insert(csa.clone(), place);
        cx.send(PROTOCOL_HANDLER_SIGNAL, NewCsa { caller: cx.me().clone(), csa, connection })?;
        Ok(())
    }
}

/// The first box of a connection that this component does not have.
fn missing(cx: &Context, csa: &ComponentRef) -> Option<String> {
    let inbox = INBOXES.iter().find(|name| !cx.has_inbox(csa, name)).map(|name| format!("inbox {name:?}"));
    let outbox = || OUTBOXES.iter().find(|name| !cx.has_outbox(csa, name));
    inbox.or_else(|| outbox().map(|name| format!("outbox {name:?}")))
}

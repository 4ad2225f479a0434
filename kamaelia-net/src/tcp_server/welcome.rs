//! Makes a connection component for each client that was accepted.

use std::rc::Rc;

use axon::Context;
use mio::net::TcpStream;

use super::{FEEDBACK, PROTOCOL_HANDLER_SIGNAL, TcpServer};
use crate::csa::ConnectedSocketAdapter;
use crate::csa::boxes::{CREATOR_FEEDBACK, MAKE_SSL, SELECTOR_SIGNAL};
use crate::descriptor::Watched;
use crate::ipc::{Connection, NewCsa};

impl TcpServer {
    /// Makes the connection component, links it to the Selector, and announces it.
    pub(super) fn welcome(
        &mut self,
        cx: &Context,
        stream: TcpStream,
        connection: Connection,
    ) -> axon::Result {
        let taken = match connection.unix {
            Some(_) => self.options.socket.apply_to_unix(&stream),
            None => self.options.socket.apply_to_accepted(&stream, &mut self.inherited_options),
        };
        if let Err(error) = taken {
            log::debug!("{}: an option of {} was not taken: {error}", cx.name(), connection.peer);
        }
        let stream = Watched::undivided(stream);
        let selector = self.selector(cx)?.clone();
        let csa = ConnectedSocketAdapter::new(stream, Rc::clone(&self.options));
        let csa = cx.add_child(match &self.memory {
            Some(memory) => csa.within(Rc::clone(memory)),
            None => csa,
        });
        cx.supervise(&csa);
        if let Some(tls) = &mut self.tls {
            cx.deliver_to(&csa, MAKE_SSL, tls.duplicate())?;
        }
        selector.link(cx, (&csa, SELECTOR_SIGNAL))?;
        cx.link((&csa, CREATOR_FEEDBACK), (cx.me(), FEEDBACK))?;
        self.connections.insert(csa.clone(), connection.peer.ip());
        cx.send(PROTOCOL_HANDLER_SIGNAL, NewCsa { caller: cx.me().clone(), csa, connection })?;
        Ok(())
    }
}

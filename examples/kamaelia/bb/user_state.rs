//! The second and the last part of a session: what a user has read is fetched, and kept.

use std::io::{ErrorKind, Result as IoResult};
use std::path::Path;

use axon::util::aside;
use axon::{Component, Context, Result};

use crate::session::{Session, net_print};

/// The last message that a user has read, 0 for one who was never there.
fn last_read(states: &Path, user: &str) -> IoResult<u64> {
    match std::fs::read_to_string(states.join(user)) {
        Ok(text) => Ok(text.trim().parse().unwrap_or(0)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Kamaelia's `UserRetriever`.
pub(crate) struct UserRetriever(pub(crate) Session);

impl Component for UserRetriever {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(user) = self.0.user() else { return Ok(()) };
        net_print(cx, "\r\nRetrieving user data...\r\n").await?;
        let states = self.0.board.states.clone();
        let last_read = aside(cx, move || last_read(&states, &user)).await?;
        self.0.state.borrow_mut().last_read = last_read;
        Ok(())
    }
}

/// Kamaelia's `StateSaverLogout`. It keeps what was read also of a user who has hung up.
pub(crate) struct StateSaverLogout(pub(crate) Session);

impl Component for StateSaverLogout {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(user) = self.0.user() else { return Ok(()) };
        let (states, read) = (self.0.board.states.clone(), self.0.state.borrow().last_read);
        let saved = aside(cx, move || {
            // The user may be here twice.
            let read = read.max(last_read(&states, &user)?);
            let new = states.join(format!(".{user}.new"));
            std::fs::write(&new, format!("{read}\n"))?;
            std::fs::rename(new, states.join(user))
        });
        saved.await?;
        net_print(cx, "\r\nSaving user data...\r\n\r\nGoodbye!\r\n").await?;
        Ok(())
    }
}

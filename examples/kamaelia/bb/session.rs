//! What the parts of a session share: who is there, and how they talk.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use axon::{Context, Result, error::NotSentError};

use crate::folder::Folder;
use crate::users::Users;

/// The board: where everything is.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) users: Users,
    pub(crate) folder: Folder,
    /// Where the state of each user is.
    pub(crate) states: PathBuf,
}

/// What is known of whoever is connected: Kamaelia's `State`.
#[derive(Default)]
pub(crate) struct State {
    /// `None` until somebody has logged in.
    pub(crate) remoteuser: Option<String>,
    /// The last message that the user has read.
    pub(crate) last_read: u64,
}

/// The state, and the board, for one part of a session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) board: Board,
    pub(crate) state: Rc<RefCell<State>>,
}

impl Session {
    pub(crate) fn new(board: Board) -> Self {
        Session { board, state: Rc::default() }
    }

    pub(crate) fn user(&self) -> Option<String> {
        self.state.borrow().remoteuser.clone()
    }
}

/// Sends a line.
pub(crate) async fn net_print(cx: &Context, line: &str) -> std::result::Result<(), NotSentError> {
    cx.send_when_room("outbox", format!("{line}\r\n")).await
}

/// Asks, and waits for the line that answers. `None` if nobody is there any more.
pub(crate) async fn ask(cx: &Context, question: &str) -> Result<Option<String>> {
    if !question.is_empty() {
        cx.send_when_room("outbox", question.to_owned()).await?;
    }
    Ok(cx.next_or_end::<String>("inbox").await?)
}

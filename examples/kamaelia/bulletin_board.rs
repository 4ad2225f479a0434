//! The bulletin board of Kamaelia's tutorial, `Apps/Europython09/App/BB15.py`, its last stage: log in, read and write
//! messages, log out. Each session is a sequence of components that share what is known of the user.
//!
//! ```text
//! echo PASSWORD | cargo run --example kamaelia_bulletin_board -- add FOLDER NAME
//! cargo run --example kamaelia_bulletin_board -- [ADDRESS [FOLDER [CERT.pem KEY.pem]]]
//! ```
//!
//! The first adds a user, or gives one a new password. The second serves, by default at 127.0.0.1:1600 with the folder
//! `.`; it prints `listening on ADDRESS`, and ends at a signal. Try it with `nc -C 127.0.0.1 1600`, or with a certificate
//! `openssl s_client -quiet -crlf -connect 127.0.0.1:1600`.
//!
//! *Differs:*
//! - Of a password a salted hash is kept (PBKDF2), not the password. With a certificate, sessions are secured.
//! - Three wrong passwords end a session, and each takes half a second. A name that does not exist takes as long.
//! - User data is retrieved and saved: the last message that somebody has read, also of a user who has hung up. There
//!   only the words are printed, and all messages are unread. Posting, replying and deleting are new.
//! - A message is a file of fields and text instead of JSON, and is there whole or not at all.
//! - Files are read and written aside, so that a slow disk holds up nobody else.
//! - `LineOrientedInputBuffer` is a `ChunksToLines` with a limit, and what one part of a session has not read waits for
//!   the next. A line may end with LF alone.
//! - Clients and lines are limited, and so is silence. What users write cannot control a terminal.

#[path = "bb/authenticator.rs"]
mod authenticator;
#[path = "bb/folder.rs"]
mod folder;
#[path = "parts/hex.rs"]
mod hex;
#[path = "bb/message_board_ui.rs"]
mod message_board_ui;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;
#[path = "bb/session.rs"]
mod session;
#[path = "bb/user_state.rs"]
mod user_state;
#[path = "bb/users.rs"]
mod users;

use std::path::Path;
use std::time::Duration;

use authenticator::Authenticator;
use axon::prelude::*;
use folder::Folder;
use kamaelia_net::{Connection, CsaOptions, FastRestartServer, Listen, TlsServer};
use message_board_ui::MessageBoardUI;
use session::{Board, Session};
use user_state::{StateSaverLogout, UserRetriever};
use users::Users;

const LONGEST_LINE: usize = 1000;
const MOST_OF_A_CLIENT: usize = 20;

fn add(folder: &str, typed: &str) -> axon::Result {
    let name = users::name(typed).ok_or("a name has at most 32 letters, digits, _ and -")?;
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.len() > LONGEST_LINE {
        return Err(
            "write the password to standard input, as a line that is neither empty nor very long".into()
        );
    }
    Ok(Users::new(Path::new(folder)).add(&name, password)?)
}

/// A session, in its parts.
fn composite_bulletin_board_protocol(board: &Board) -> Pipeline {
    let session = Session::new(board.clone());
    pipeline![
        ChunksToLines::new().longest_line(LONGEST_LINE),
        Seq::new()
            .then(Authenticator(session.clone()))
            .then(UserRetriever(session.clone()))
            .then(MessageBoardUI(session.clone()))
            .then(StateSaverLogout(session)),
    ]
}

fn main() -> axon::Result {
    env_logger::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, folder, name] = &arguments[..]
        && mode == "add"
    {
        return add(folder, name);
    }
    let address = arguments.first().map_or("127.0.0.1:1600", String::as_str);
    let folder = Path::new(arguments.get(1).map_or(".", String::as_str));
    let board =
        Board { users: Users::new(folder), folder: Folder::open(folder)?, states: folder.join("states") };
    std::fs::create_dir_all(&board.states)?;
    let mut options = CsaOptions::hardened();
    options.linger = Duration::from_millis(500);
    let mut server = FastRestartServer::new(
        move |_: &Connection| composite_bulletin_board_protocol(&board),
        address.parse::<Listen>()?,
    )
    .options(options)
    .max_connections_per_peer(MOST_OF_A_CLIENT);
    if let (Some(certificate), Some(key)) = (arguments.get(2), arguments.get(3)) {
        server = server.tls(TlsServer::from_files(certificate, key)?);
    }
    let mut scheduler = running::scheduler()?;
    scheduler.activate(serving::bound(server)?.0);
    Ok(scheduler.run()?)
}

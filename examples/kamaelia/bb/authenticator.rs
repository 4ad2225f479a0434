//! The first part of a session: who is there?

use std::time::Duration;

use axon::util::aside;
use axon::{Component, Context, Result};

use crate::session::{Session, ask, net_print};
use crate::users::name;

/// How often somebody may try, and how long a wrong password takes.
const ATTEMPTS: usize = 3;
const WRONG: Duration = Duration::from_millis(500);

/// Kamaelia's `Authenticator`: asks for a name and a password.
pub(crate) struct Authenticator(pub(crate) Session);

impl Component for Authenticator {
    async fn main(&mut self, cx: &Context) -> Result {
        net_print(cx, "").await?;
        for _ in 0..ATTEMPTS {
            let Some(typed) = ask(cx, "login: ").await? else { return Ok(()) };
            let Some(password) = ask(cx, "password: ").await? else { return Ok(()) };
            net_print(cx, "").await?;
            let (users, user) = (self.0.board.users.clone(), name(&typed));
            let asked = user.clone().unwrap_or_default();
            let is_right = aside(cx, move || users.is_password(&asked, &password)).await?;
            if is_right && user.is_some() {
                net_print(cx, "Login Successful").await?;
                self.0.state.borrow_mut().remoteuser = user;
                return Ok(());
            }
            cx.sleep(WRONG).await;
            net_print(cx, "Login Failed!").await?;
        }
        Ok(())
    }
}

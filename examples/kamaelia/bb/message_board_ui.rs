//! The third part of a session: the menus.

use std::collections::BTreeMap;
use std::time::SystemTime;

use axon::util::aside;
use axon::{Component, Context, Result};

use crate::folder::Posting;
use crate::session::{Session, ask, net_print};

/// How many lines a message may have.
const MOST_LINES: usize = 200;

/// Kamaelia's `MessageBoardUI`.
pub(crate) struct MessageBoardUI(pub(crate) Session);

/// Whether there is anybody to ask any more.
#[derive(PartialEq)]
enum Is {
    There,
    Gone,
}

const MAIN_HELP: [&str; 4] = ["<return> - browse messages", "p - post a message", "h - help", "q - quit"];

const MESSAGES_HELP: [&str; 5] = [
    "<return> - next message (exit if on last message)",
    "r - Reply",
    "d - Delete message (your own)",
    "h - Help",
    "x - eXit to main menu",
];

impl MessageBoardUI {
    async fn help(&self, cx: &Context, lines: &[&str]) -> Result {
        for line in lines {
            net_print(cx, line).await?;
        }
        Ok(())
    }

    async fn display_message(&self, cx: &Context, number: u64, message: &Posting) -> Result {
        net_print(cx, &format!("\r\nmessage: {number}")).await?;
        for field in ["date", "from", "to", "subject"] {
            net_print(cx, &format!("{field}: {}", message.field(field))).await?;
        }
        if !message.field("reply-to").is_empty() {
            net_print(cx, &format!("In-Reply-To: {}", message.field("reply-to"))).await?;
        }
        net_print(cx, "").await?;
        for line in message.body.lines() {
            net_print(cx, line).await?;
        }
        Ok(())
    }

    /// Asks for what is missing of a message, and posts it.
    async fn compose(&self, cx: &Context, user: &str, mut fields: BTreeMap<String, String>) -> Result<Is> {
        for (name, question) in [("to", "to: "), ("subject", "subject: ")] {
            if !fields.contains_key(name) {
                let Some(answer) = ask(cx, question).await? else { return Ok(Is::Gone) };
                fields.insert(name.into(), plain(&answer));
            }
        }
        net_print(cx, "The message; a line with only a dot ends it.").await?;
        let mut body = String::new();
        let mut lines = 0;
        loop {
            let Some(line) = ask(cx, "").await? else { return Ok(Is::Gone) };
            if line == "." {
                break;
            }
            if lines == MOST_LINES {
                net_print(cx, &format!("Only the first {MOST_LINES} lines are kept.")).await?;
            }
            if lines < MOST_LINES {
                body += &(plain(&line) + "\n");
            }
            lines = lines.saturating_add(1);
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        fields.insert("from".into(), user.to_owned());
        fields.insert("date".into(), date(now));
        let (folder, posting) = (self.0.board.folder.clone(), Posting { fields, body });
        match aside(cx, move || folder.post(&posting)).await {
            Ok(number) => net_print(cx, &format!("Posted as message {number}")).await?,
            Err(error) => {
                log::error!("a message of {user} cannot be written: {error}");
                net_print(cx, "The message cannot be written").await?;
            }
        }
        Ok(Is::There)
    }

    async fn reply(&self, cx: &Context, user: &str, number: u64, message: &Posting) -> Result<Is> {
        let subject = message.field("subject");
        let subject = if subject.starts_with("Re: ") { subject.into() } else { format!("Re: {subject}") };
        let earlier = message.field("reply-to").split(", ").take(20).filter(|earlier| !earlier.is_empty());
        let chain: Vec<String> =
            std::iter::once(number.to_string()).chain(earlier.map(str::to_owned)).collect();
        let fields =
            [("to", message.field("from").to_owned()), ("subject", subject), ("reply-to", chain.join(", "))];
        self.compose(cx, user, fields.map(|(name, value)| (name.to_owned(), value)).into()).await
    }

    async fn delete(&self, cx: &Context, user: &str, number: u64, message: &Posting) -> Result {
        if message.field("from") != user {
            return Ok(net_print(cx, "It is not yours").await?);
        }
        let folder = self.0.board.folder.clone();
        let deleted = aside(cx, move || folder.delete(number)).await;
        Ok(net_print(cx, if deleted.is_ok() { "Deleted" } else { "It is not there any more" }).await?)
    }

    async fn do_messages_menu(&self, cx: &Context, user: &str) -> Result<Is> {
        let (folder, last_read) = (self.0.board.folder.clone(), self.0.state.borrow().last_read);
        let mut waiting = aside(cx, move || folder.after(last_read)).await?.into_iter();
        let mut shown: Option<(u64, Posting)> = None;
        loop {
            net_print(cx, &format!("\r\nYou have {} message(s) waiting", waiting.len())).await?;
            if waiting.len() == 0 && shown.is_none() {
                return Ok(Is::There);
            }
            let Some(command) = ask(cx, "messages> ").await? else { return Ok(Is::Gone) };
            match (command.trim(), &shown) {
                ("", _) => {
                    let Some(number) = waiting.next() else { return Ok(Is::There) };
                    let folder = self.0.board.folder.clone();
                    shown = aside(cx, move || folder.message(number)).await?.map(|message| (number, message));
                    if let Some((number, message)) = &shown {
                        self.display_message(cx, *number, message).await?;
                    }
                    self.0.state.borrow_mut().last_read = number;
                }
                ("x", _) => return Ok(Is::There),
                ("r", Some((number, message))) => {
                    if self.reply(cx, user, *number, message).await? == Is::Gone {
                        return Ok(Is::Gone);
                    }
                }
                ("d", Some((number, message))) => self.delete(cx, user, *number, message).await?,
                _ => self.help(cx, &MESSAGES_HELP).await?,
            }
        }
    }
}

impl Component for MessageBoardUI {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(user) = self.0.user() else { return Ok(()) };
        net_print(cx, &format!("Hello, {user}")).await?;
        while let Some(command) = ask(cx, "main> ").await? {
            let is = match command.trim() {
                "q" => return Ok(()),
                "" => self.do_messages_menu(cx, &user).await?,
                "p" => self.compose(cx, &user, BTreeMap::new()).await?,
                _ => {
                    self.help(cx, &MAIN_HELP).await?;
                    Is::There
                }
            };
            if is == Is::Gone {
                break;
            }
        }
        Ok(())
    }
}

/// A line without characters that control a terminal.
fn plain(line: &str) -> String {
    line.replace(|character: char| character.is_control() && character != '\t', "\u{fffd}")
}

/// The date of so many seconds after 1970.
fn date(seconds: u64) -> String {
    // Days are counted from the 1st of March of the year 0, so that leap days are last.
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", seconds % 86_400 / 3600, seconds % 3600 / 60)
}

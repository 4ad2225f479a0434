//! What is answered to each request: the page, the picture in several forms, and streams of changes and messages.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, Context, Ending, Message, OUTBOX, SIGNAL, ShutdownMicroprocess, Side,
    snapshot::Tapped, time_after,
};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};

use super::Commands;
use super::address::admit;
use super::asked::Place;
use super::deeds::Order;
use super::desk::Shared;
use super::pictures::Picture;
use super::query::Query;
use super::top::plain;
use crate::http::{Draining, RequestHead, error_page};
use crate::json::json;
use crate::websocket::{WebSocket, WebSocketOptions};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// How long a look may take until the request is answered without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a viewer may take nothing until it is cut off.
const VIEWER_PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes an order may have.
const LONGEST_ORDER: usize = 64 * 1024;

/// What the page may do: nothing but talk to where it came from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The same for a picture, which has its colours in it.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Answers one request.
pub(super) enum Handler {
    /// With what is known already.
    Answer(Option<Response<Vec<u8>>>),
    Picture(Picture, Shared),
    /// With changes, as events.
    Events(Shared),
    /// With what passes a box.
    Tap(Place, Form, Shared),
    Socket(Box<WebSocket>),
}

/// In which form messages are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Lines,
    Events,
}

impl Handler {
    /// What answers a request.
    pub(super) fn of(head: &RequestHead, token: &str, desk: &Shared) -> Self {
        let refused =
            |status, why: &str| Handler::Answer(Some(error_page(status, why).map(String::into_bytes)));
        if let Err((status, why)) = admit(head) {
            return refused(status, why);
        }
        let path = head.uri().path().strip_prefix('/').and_then(|path| path.strip_prefix(token));
        let Some(path) = path.filter(|path| path.is_empty() || path.starts_with('/')) else {
            return refused(
                StatusCode::FORBIDDEN,
                "the token is missing or wrong: use the whole address that the program printed",
            );
        };
        if !matches!(*head.method(), Method::GET | Method::HEAD) {
            let mut page = error_page(StatusCode::METHOD_NOT_ALLOWED, "");
            page.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Handler::Answer(Some(page.map(String::into_bytes)));
        }
        let query = Query::of(head);
        let desk = Rc::clone(desk);
        match path {
            "" => moved(&format!("/{token}/")),
            "/" => fixed("text/html; charset=utf-8", PAGE),
            "/page.css" => fixed("text/css; charset=utf-8", STYLE),
            "/page.js" => fixed("text/javascript; charset=utf-8", SCRIPT),
            "/events" => Handler::Events(desk),
            "/changes" => {
                let options = WebSocketOptions::new().longest_message(LONGEST_ORDER);
                let viewer = move |_: Option<&str>| Viewer { desk };
                Handler::Socket(Box::new(WebSocket::new(head, viewer).options(options)))
            }
            "/tap" | "/tap.txt" => match query.place() {
                Some(place) => {
                    Handler::Tap(place, if path == "/tap" { Form::Events } else { Form::Lines }, desk)
                }
                None => refused(StatusCode::BAD_REQUEST, "which box? write tap.txt?at=COMPONENT.BOX"),
            },
            _ => match Picture::of(path, &query) {
                Some(picture) => Handler::Picture(picture, desk),
                None => refused(StatusCode::NOT_FOUND, ""),
            },
        }
    }
}

fn moved(to: &str) -> Handler {
    let mut page = error_page(StatusCode::PERMANENT_REDIRECT, "");
    if let Ok(to) = HeaderValue::try_from(to) {
        page.headers_mut().insert(LOCATION, to);
    }
    Handler::Answer(Some(page.map(String::into_bytes)))
}

fn fixed(kind: &'static str, text: &str) -> Handler {
    Handler::Answer(Some(response(kind, text.as_bytes().to_vec())))
}

/// An answer that no cache keeps, and that can do nothing in a browser that it should not.
pub(super) fn response<B>(kind: &'static str, body: B) -> Response<B> {
    let mut response = Response::new(body);
    let policy = if kind.starts_with("image/svg") { PICTURE_POLICY } else { POLICY };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Component for Handler {
    fn kind(&self) -> &'static str {
        "VisualiserHandler"
    }

    fn boxes(&self) -> Boxes {
        match self {
            Handler::Socket(socket) => socket.boxes(),
            _ => Boxes::standard(),
        }
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        match self {
            Handler::Socket(socket) => socket.main(cx).await,
            Handler::Answer(answer) => {
                if let Some(answer) = answer.take() {
                    cx.send_when_room(OUTBOX, answer).await?;
                }
                Ok(())
            }
            Handler::Picture(picture, desk) => {
                for nth in 0..picture.looks() {
                    if nth > 0 {
                        cx.sleep(Duration::from_millis(250)).await;
                    }
                    if !look(cx, desk).await {
                        let why = match desk.borrow().has_begun() {
                            true => "the program does not answer: a component holds the processor",
                            false => "the program has not started yet",
                        };
                        cx.send_when_room(OUTBOX, error_page(StatusCode::SERVICE_UNAVAILABLE, why)).await?;
                        return Ok(());
                    }
                }
                let answer = picture.answer(&mut desk.borrow_mut().model);
                cx.send_when_room(OUTBOX, answer).await?;
                Ok(())
            }
            Handler::Events(desk) => {
                cx.send_when_room(OUTBOX, response("text/event-stream; charset=utf-8", ())).await?;
                show(cx, desk, is_cut, None, |text| Message::new(format!("data: {text}\n\n"))).await
            }
            Handler::Tap(place, form, desk) => tap(cx, place.clone(), *form, desk).await,
        }
    }
}

/// Has the program looked at. False if there was no answer in time.
async fn look(cx: &Context, desk: &Shared) -> bool {
    let version = desk.borrow().model.version;
    let until = time_after(cx.now(), PATIENCE);
    desk.borrow_mut().wait_for_a_look(cx);
    loop {
        let is_seen = {
            let model = &desk.borrow().model;
            model.version > version && model.late.is_none()
        };
        if is_seen || cx.now() >= until || cx.is_told_to_stop() {
            return is_seen;
        }
        cx.pause_until(until).await;
    }
}

/// A page that watches.
struct Viewer {
    desk: Shared,
}

impl Component for Viewer {
    fn kind(&self) -> &'static str {
        "VisualiserViewer"
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut orders = Orders { desk: Rc::clone(&self.desk), number: None, answers: Vec::new() };
        show(cx, &self.desk, |cx| cx.told_to_end().is_some(), Some(&mut orders), Message::new).await
    }
}

/// The orders of a page, and what is to be answered.
struct Orders {
    desk: Shared,
    /// Since its first order.
    number: Option<u64>,
    answers: Vec<Result<String, String>>,
}

impl Orders {
    /// Takes in what the page has said.
    fn hear(&mut self, cx: &Context, message: Message) {
        // Bytes are no order.
        let Ok(text) = message.into_value::<String>() else { return };
        if let Err(why) = self.give(cx, &text) {
            self.answers.push(Err(why));
        }
    }

    fn give(&mut self, cx: &Context, text: &str) -> Result<(), String> {
        let mut desk = self.desk.borrow_mut();
        if desk.model.commands == Commands::Refused {
            return Err(
                "commands are not allowed here: it takes Visualiser::allow_commands, or kamaelia run \
                        --visualise --allow-commands"
                    .to_owned(),
            );
        }
        let order = Order::of(text)?;
        let number = *self.number.get_or_insert_with(|| desk.command(cx));
        desk.order(number, order)
    }

    fn answers(&mut self) -> Vec<String> {
        let mut answers = std::mem::take(&mut self.answers);
        answers.extend(self.number.into_iter().flat_map(|number| self.desk.borrow_mut().answers(number)));
        let written = answers.iter().map(|answer| match answer {
            Ok(done) => format!("{{\"done\":{}}}", json(done)),
            Err(why) => format!("{{\"refused\":{}}}", json(why)),
        });
        written.collect()
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        if let (Some(number), Ok(mut desk)) = (self.number, self.desk.try_borrow_mut()) {
            desk.end_command(number);
        }
    }
}

/// Sends what is new at each look. One who takes too long for it misses some looks, and is cut off in the end.
async fn show(
    cx: &Context,
    desk: &Shared,
    is_over: impl Fn(&Context) -> bool,
    mut orders: Option<&mut Orders>,
    form: impl Fn(Arc<str>) -> Message,
) -> axon::Result {
    desk.borrow_mut().watch(cx);
    // What was seen before this one came is old.
    let (mut seen, mut first) = (desk.borrow().model.version, true);
    let mut behind: Option<Instant> = None;
    while !is_over(cx) {
        while let Some(message) = cx.recv("inbox") {
            let Some(orders) = &mut orders else { continue };
            orders.hear(cx, message);
            // One who gives orders and takes no answer is not listened to.
            for answer in orders.answers() {
                cx.send_when_room(OUTBOX, answer).await?;
            }
        }
        for answer in orders.iter_mut().flat_map(|orders| orders.answers()) {
            cx.send_when_room(OUTBOX, answer).await?;
        }
        let version = desk.borrow().model.version;
        if version > seen && cx.outbox_length(OUTBOX) == 0 {
            let news = desk.borrow_mut().model.since(if first { 0 } else { seen });
            for text in news {
                cx.send_when_room(OUTBOX, form(text)).await?;
            }
            (seen, first, behind) = (version, false, None);
        } else if version > seen {
            let until = time_after(*behind.get_or_insert(cx.now()), VIEWER_PATIENCE);
            if cx.now() >= until {
                cx.send(SIGNAL, ShutdownMicroprocess::new())?;
                return Ok(());
            }
            cx.pause_until(until).await;
            continue;
        }
        cx.pause().await;
    }
    Ok(())
}

/// Whether a stream is to end. The end of the request's body, which comes at once, does not end it.
fn is_cut(cx: &Context) -> bool {
    std::iter::from_fn(|| cx.recv(CONTROL))
        .any(|message| message.ending() == Some(Ending::ShutdownMicroprocess) || message.is::<Draining>())
}

/// Takes the tap away when it is dropped.
struct Tapping<'a> {
    desk: &'a Shared,
    number: u64,
}

impl Drop for Tapping<'_> {
    fn drop(&mut self) {
        if let Ok(mut desk) = self.desk.try_borrow_mut() {
            desk.untap(self.number);
        }
    }
}

async fn tap(cx: &Context, place: Place, form: Form, desk: &Shared) -> axon::Result {
    let number = desk.borrow_mut().tap(cx, place);
    let tapping = Tapping { desk, number };
    let until = time_after(cx.now(), PATIENCE);
    let mut has_begun = false;
    while !is_cut(cx) {
        let news = desk.borrow_mut().tapped(tapping.number);
        let news = match news {
            Ok(news) => news,
            Err(why) => {
                cx.send_when_room(OUTBOX, error_page(StatusCode::NOT_FOUND, &plain(&why))).await?;
                return Ok(());
            }
        };
        if !has_begun && !news.is_empty() {
            has_begun = true;
            let kind = match form {
                Form::Lines => "text/plain; charset=utf-8",
                Form::Events => "text/event-stream; charset=utf-8",
            };
            cx.send_when_room(OUTBOX, response(kind, ())).await?;
        } else if !has_begun && cx.now() >= until {
            let why = "the program does not answer";
            cx.send_when_room(OUTBOX, error_page(StatusCode::SERVICE_UNAVAILABLE, why)).await?;
            return Ok(());
        }
        for tapped in news {
            cx.send_when_room(OUTBOX, written(&tapped, form)).await?;
        }
        match has_begun {
            true => cx.pause().await,
            false => cx.pause_until(until).await,
        }
    }
    Ok(())
}

fn written(tapped: &Tapped, form: Form) -> String {
    match form {
        Form::Events => {
            let messages: Vec<String> = tapped.messages.iter().map(|message| json(message)).collect();
            format!("data: {{\"messages\":[{}],\"others\":{}}}\n\n", messages.join(","), tapped.others)
        }
        Form::Lines => {
            let mut text = String::new();
            for message in &tapped.messages {
                text += &plain(message);
                text.push('\n');
            }
            if tapped.others > 0 {
                text += &format!("({} more, not shown)\n", tapped.others);
            }
            text
        }
    }
}

impl Query {
    /// The box that is meant.
    fn place(&self) -> Option<Place> {
        if let (Some(component), Some(name)) = (self.value("component"), self.value("box")) {
            let side = match self.value("side") {
                Some("outbox") => Some(Side::Outbox),
                Some("inbox") => Some(Side::Inbox),
                _ => None,
            };
            return Some(Place { component: component.to_owned(), name: name.to_owned(), side });
        }
        let (component, name) = self.value("at")?.rsplit_once('.')?;
        Some(Place { component: component.to_owned(), name: name.to_owned(), side: None })
    }
}

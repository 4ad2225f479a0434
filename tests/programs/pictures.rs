//! The pictures in the course and the guide are those of the programs on their pages.
//!
//! `AXON_BLESS=1 cargo test --test programs pictures` draws them anew.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use axon::drawing::Drawing;
use axon::prelude::*;
use axon::snapshot::Snapshot;
use kamaelia_net::{ServerCore, SimpleServer};

use super::harness::assert_is_drawn;
use super::net_harness::{LONG, here};

macro_rules! pages {
    ($($name:ident = $file:literal),*) => {
        $(
            #[allow(dead_code, reason = "only what is drawn is used")]
            #[path = $file]
            mod $name;
        )*
    };
}

pages! {
    axon_lesson = "../../examples/course/lesson_5_axon.rs",
    ending = "../../examples/course/lesson_6_ending.rs",
    server = "../../examples/course/lesson_7_server.rs",
    bench = "../../examples/course/lesson_8_bench.rs",
    boxes = "../../examples/guide/boxes.rs",
    endings = "../../examples/guide/endings.rs",
    errors = "../../examples/guide/errors.rs",
    limits = "../../examples/guide/limits.rs",
    networks = "../../examples/guide/networks.rs",
    wiring = "../../examples/guide/wiring.rs"
}

/// What a server looks like to who wants to know how data travel.
fn data_of_clients() -> Drawing {
    Drawing::new().without_signals().without_unlinked_boxes().without_services()
}

/// Stands for a part of what the first lessons build, which are no components of `axon`.
struct Part {
    kind: &'static str,
    boxes: Boxes,
}

impl Component for Part {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
        }
    }
}

/// The scheduler of the first lessons, and those that it gives turns.
struct Toy {
    parts: Vec<Part>,
    /// Whether there is somebody who carries messages from each to the next.
    is_linked: bool,
}

impl Component for Toy {
    fn boxes(&self) -> Boxes {
        Boxes::none()
    }

    fn kind(&self) -> &'static str {
        "Scheduler"
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let parts: Vec<ComponentRef> = self.parts.drain(..).map(|part| cx.add_child(part)).collect();
        for part in &parts {
            cx.activate(part);
        }
        for pair in parts.windows(2).filter(|_| self.is_linked) {
            cx.link((&pair[0], "outbox"), (&pair[1], "inbox"))?;
        }
        loop {
            cx.pause().await;
        }
    }
}

/// A component after so many passes.
fn after(passes: usize, component: impl axon::IntoComponent) -> Snapshot {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(component);
    for _ in 0..passes {
        scheduler.run_pass().unwrap();
    }
    scheduler.snapshot()
}

/// A server when two clients are there.
fn with_two_clients(server: ServerCore, handler: &str) -> Snapshot {
    let server = server.bind().unwrap();
    let address = server.local_addr().unwrap();
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    let begun = Instant::now();
    let _clients = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    loop {
        let _ = scheduler.run_pass().unwrap();
        let snapshot = scheduler.snapshot();
        if snapshot.to_string().matches(handler).count() > 3 {
            return snapshot;
        }
        assert!(begun.elapsed() < LONG, "{snapshot}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn said(part: &'static str) -> Part {
    Part { kind: part, boxes: Boxes::none() }
}

fn reader() -> Part {
    Part { kind: "line_reader", boxes: Boxes::none().outbox("outbox", "") }
}

fn shouter() -> Part {
    Part { kind: "shouter", boxes: Boxes::none().inbox("inbox", "").outbox("outbox", "") }
}

fn echoer() -> Part {
    Part { kind: "echoer", boxes: Boxes::none().inbox("inbox", "") }
}

#[test]
fn the_first_lessons_show_what_they_build() {
    for (name, parts, is_linked) in [
        ("lesson_2", vec![said("say_tick"), said("say_tock")], false),
        ("lesson_3", vec![reader(), echoer()], false),
        ("lesson_4", vec![reader(), shouter(), echoer()], true),
    ] {
        assert_is_drawn(name, &after(2, Toy { parts, is_linked }).to_svg());
    }
}

#[test]
fn the_lessons_on_axon_show_their_programs() {
    assert_is_drawn("lesson_5", &after(1, axon_lesson::Program).to_svg());
    let sum = pipeline![DataSource::new([1, 2, 3]), ending::Sum, ConsoleEchoer::new()];
    assert_is_drawn("lesson_6", &after(1, sum).to_svg());
    let stuck = pipeline![DataSource::new([1, 2, 3]), ending::Deaf, ConsoleEchoer::new()];
    assert_is_drawn("lesson_6_stuck", &after(20, stuck).to_svg());
    let server = SimpleServer::new(|| pipeline![ChunksToLines::new(), server::Numbers], here());
    let server = with_two_clients(server, "Numbers");
    let sockets = server.components.iter().find(|part| part.name.starts_with("TcpServer")).unwrap().id;
    assert_is_drawn("lesson_7", &data_of_clients().as_plain_box(sockets).to_svg(&server));
    let watched = pipeline![bench::Visitor, bench::Watchman, ConsoleEchoer::new()];
    assert_is_drawn("lesson_8", &after(2, watched).to_svg());
}

#[test]
fn the_guide_shows_its_programs() {
    assert_is_drawn("guide_boxes", &after(1, boxes::station()).to_svg());
    let lines = DataSource::new(["linkage", "outbox"]);
    let wired = pipeline![lines, wiring::both_ways(), ConsoleEchoer::new().lines()];
    assert_is_drawn("guide_wiring", &after(2, wired).to_svg());
    let ending = pipeline![DataSource::new(1_u64..), endings::First(3), endings::Sum, ConsoleEchoer::new()];
    assert_is_drawn("guide_endings", &after(1, ending).to_svg());
    let filled = pipeline![limits::Fast, limits::Slow { size: None }];
    assert_is_drawn("guide_limits", &after(300, filled).to_svg());
    let supervised =
        pipeline![DataSource::new(["1"]), Supervisor::new(|| errors::Parse), ConsoleEchoer::new()];
    assert_is_drawn("guide_errors", &after(2, supervised).to_svg());
    let server = SimpleServer::new(|| pipeline![ChunksToLines::new(), networks::Answer], here());
    assert_is_drawn("guide_networks", &data_of_clients().to_svg(&with_two_clients(server, "Answer")));
}

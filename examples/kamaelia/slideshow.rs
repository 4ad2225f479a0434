//! Kamaelia's `Examples/_SimpleGraphicalApps/Slideshows/slideshow.py`: slides that are files of a folder, and buttons to
//! go through them.
//!
//! Run it with `cargo run --example kamaelia_slideshow -- FOLDER [EXTENSION]`, the extension `txt` unless said otherwise.
//! Type `n` (next), `p` (previous), `f` (first), `l` (last) or `q` (quit), each with Enter.
//!
//! *Differs:* slides are text, and lines of the console stand for buttons. A Carousel has a reader for the slide that is
//! shown: a new choice ends the old reader, which matters for a slide that never ends, such as a FIFO. There the image
//! component loads each picture whole.

#[path = "parts/running.rs"]
mod running;

use std::path::PathBuf;

use axon::prelude::*;

/// What the buttons are: turns lines into commands for the chooser, and ends at the `q`.
struct Buttons;

impl Component for Buttons {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("stop", "ends the chooser, which heeds nothing else")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            let command = match line.trim() {
                "n" => "NEXT",
                "p" => "PREV",
                "f" => "FIRST",
                "l" => "LAST",
                "q" => break,
                _ => {
                    println!("n, p, f, l or q");
                    continue;
                }
            };
            cx.send_when_room("outbox", command).await?;
        }
        cx.send("stop", ShutdownMicroprocess::new())?;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// The files of a folder whose names end so, in order.
fn slides(folder: &str, extension: &str) -> axon::Result<Vec<PathBuf>> {
    let mut slides = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| format!("cannot read {folder}: {error}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|this| this == extension) {
            slides.push(path);
        }
    }
    if slides.is_empty() {
        return Err(format!("no file in {folder} ends with .{extension}").into());
    }
    slides.sort();
    Ok(slides)
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("kamaelia_slideshow FOLDER [EXTENSION]");
        std::process::exit(2);
    };
    let slides = slides(&folder, &arguments.next().unwrap_or("txt".into()))?;
    let mut scheduler = running::scheduler()?;
    scheduler.activate(graphline! {
        components: {
            CONSOLE: ConsoleReader::new().prompt(""),
            BUTTONS: Buttons,
            CHOOSER: Chooser::new(slides),
            SLIDE: Carousel::new(|slide: PathBuf| SimpleReader::new(slide)),
            SCREEN: ConsoleEchoer::new(),
        },
        linkages: {
            CONSOLE.outbox => BUTTONS.inbox,
            CONSOLE.signal => BUTTONS.control,
            BUTTONS.outbox => CHOOSER.inbox,
            BUTTONS.stop => CHOOSER.control,
            CHOOSER.outbox => SLIDE.next,
            BUTTONS.signal => SLIDE.control,
            SLIDE.outbox => SCREEN.inbox,
            SLIDE.signal => SCREEN.control,
        },
    });
    Ok(scheduler.run()?)
}

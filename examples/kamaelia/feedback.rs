//! Kamaelia's `Examples/UsingChassis/Pipeline/Feedback.py`: a plant that grows by rules, and is damaged when it has grown
//! tall. What is left of it comes back to grow on: a Pipeline in a circle.
//!
//! Run it with `cargo run --example kamaelia_feedback -- [GENERATIONS [SECONDS]]`. Without a number of generations it
//! goes on until a signal comes. A generation takes 0.4 seconds unless said otherwise.
//!
//! *Differs:* the plant needs no thread to wait. It waits for what came back before it grows on; there the two are only
//! as far apart as the pauses happen to be. The number of generations is new.

#[path = "parts/dice.rs"]
mod dice;
#[path = "parts/running.rs"]
mod running;

use std::time::Duration;

use axon::prelude::*;
use dice::Dice;

/// A plant with more cells than this is damaged: each of its cells is lost in one case of two.
const TALL: usize = 60;

/// Grows the plant by the rules of an L-system.
struct LSystem {
    generations: u64,
    pause: Duration,
}

fn grow(plant: &str) -> String {
    plant
        .chars()
        .map(|cell| match cell {
            'B' => "BTL".to_owned(),
            'L' => "B".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

impl Component for LSystem {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut plant = String::from("B");
        for generation in 1..=self.generations {
            cx.send_when_room("outbox", plant).await?;
            let Some(left) = cx.next_or_end::<String>("inbox").await? else { return Ok(()) };
            plant = grow(&left);
            let until = axon::time_after(cx.now(), self.pause);
            while generation < self.generations && cx.now() < until {
                if cx.is_any_ready() {
                    return Ok(()); // It is told to end.
                }
                cx.pause_until(until).await;
            }
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Damages a plant that is too tall. If nothing is left of it, a new one is sown.
#[derive(Default)]
struct Damage(Dice);

impl Component for Damage {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(mut plant) = cx.next_or_end::<String>("inbox").await? {
            if plant.len() > TALL {
                plant.retain(|_| self.0.below(2) == 0);
            }
            if plant.is_empty() {
                plant.push('B');
            }
            cx.send_when_room("outbox", plant).await?;
        }
        Ok(())
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let generations = arguments.next().map_or(Ok(u64::MAX), |number| number.parse())?;
    let pause = Duration::try_from_secs_f64(arguments.next().map_or(Ok(0.4), |seconds| seconds.parse())?)?;
    let mut scheduler = running::scheduler()?;
    let plant = LSystem { generations, pause };
    // The line break is a tag before each plant, as there.
    let shown = ConsoleEchoer::new().tag("\n").forwarder();
    scheduler.activate(pipeline![plant, shown, Damage::default()].circular());
    Ok(scheduler.run()?)
}

//! Kamaelia's `Examples/STM/Axon.Philosophers.py`: five philosophers at a round table share five forks, each between two
//! of them, and each needs two to eat. The forks are values of a store with transactions.
//!
//! Run it with `cargo run --example kamaelia_philosophers -- [MEALS]`. It ends when each has eaten so often, three times
//! unless said otherwise.
//!
//! *Differs:* nobody needs a thread to wait in. There they eat for ever. A fork that was put down tells nobody, as there:
//! who got none waits for a moment that the dice choose, and tries again.

#[path = "parts/dice.rs"]
mod dice;
#[path = "parts/running.rs"]
mod running;

use std::time::Duration;

use axon::prelude::*;
use axon::stm::{Collection, Store};
use dice::Dice;

const PHILOSOPHERS: usize = 5;

struct Philosopher {
    store: Store<String>,
    forks: [String; 2],
    meals: u32,
    dice: Dice,
}

impl Philosopher {
    /// Takes both forks at once, or none and `None`: when one is taken, or somebody was faster.
    fn try_to_get_forks(&self, name: &str) -> Option<Collection<String>> {
        let mut forks = self.store.using(&self.forks).ok()?;
        if forks.values().any(|fork| fork.value().is_some()) {
            return None;
        }
        forks.values_mut().for_each(|fork| fork.set(name.to_owned()));
        forks.commit().ok()?;
        Some(forks)
    }

    /// Thinks for up to this time.
    async fn think(&mut self, cx: &Context, at_most: Duration) {
        cx.sleep(at_most * self.dice.below(1000) as u32 / 1000).await;
    }
}

impl Component for Philosopher {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let name = cx.name();
        for _ in 0..self.meals {
            let mut held = loop {
                if let Some(forks) = self.try_to_get_forks(&name) {
                    break forks;
                }
                self.think(cx, Duration::from_millis(100)).await;
            };
            println!("got forks {name} {} {}", self.forks[0], self.forks[1]);
            cx.sleep(Duration::from_millis(20)).await;
            println!("releasing forks {name}");
            held.values_mut().for_each(|fork| drop(fork.clear()));
            // Nobody else changes a fork that is held; only the store may be in use at this moment.
            while held.commit().is_err() {
                cx.yield_now().await;
            }
            self.think(cx, Duration::from_millis(100)).await;
            if cx.told_to_end().is_some() {
                break;
            }
        }
        Ok(())
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let meals = std::env::args().nth(1).map_or(Ok(3), |meals| meals.parse())?;
    let store = Store::new();
    let mut scheduler = running::scheduler()?;
    for seat in 0..PHILOSOPHERS {
        let forks = [seat, (seat + 1) % PHILOSOPHERS].map(|fork| format!("fork.{}", fork + 1));
        scheduler.activate(Philosopher { store: store.clone(), forks, meals, dice: Dice::default() });
    }
    Ok(scheduler.run()?)
}

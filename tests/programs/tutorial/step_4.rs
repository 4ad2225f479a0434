//! Step 4 of `docs/tutorial.md`: boxes of one's own, and a graphline.

use axon::prelude::*;

struct Sorter;

impl Component for Sorter {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("even", "even numbers").outbox("odd", "odd numbers")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            let outbox = if number % 2 == 0 { "even" } else { "odd" };
            cx.send(outbox, format!("{number}\n"))?;
        }
        Ok(())
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(graphline! {
        components: {
            numbers: DataSource::new([1, 2, 3, 4]),
            sorter: Sorter,
            left: ConsoleEchoer::new().tag("even: "),
            right: ConsoleEchoer::new().tag("odd: "),
        },
        linkages: {
            numbers.outbox => sorter.inbox,
            numbers.signal => sorter.control,
            sorter.even => left.inbox,
            sorter.odd => right.inbox,
            sorter.signal => left.control,
            left.signal => right.control,
        },
    })
}

#[test]
fn runs() {
    main().unwrap();
}

#[test]
fn the_tutorial_shows_what_a_misspelt_box_leads_to() {
    let error = axon::run(graphline! {
        components: { numbers: DataSource::new([1]), sorter: Sorter, left: ConsoleEchoer::new() },
        linkages: { numbers.outbox => sorter.inbox, sorter.evn => left.inbox },
    })
    .unwrap_err();
    let tutorial = include_str!("../../../docs/tutorial.md");
    assert!(tutorial.contains(&format!("\nError: {error}\n")), "the tutorial lacks `Error: {error}`");
}

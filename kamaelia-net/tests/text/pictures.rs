//! The pictures in the documents are those of the graphs that they show.
//!
//! `AXON_BLESS=1 cargo test -p kamaelia-net --features command --test text` draws them anew.

use axon::drawing::Drawing;

use super::harness::assert_is_drawn;
use super::loaded;

const COPIES: &str = "greetings: DataSource hello; copies: TwoWaySplitter; greetings -> copies; copies -> one; copies.outbox2 -> \
                      two.inbox; copies.signal2 -> two.control; one: ConsoleEchoer; two: ConsoleEchoer";
const GROUP: &str = "lines: SimpleReader access.log; failed: ( LineSplit ! Grep \" 500 \" ); lines -> failed; failed -> shown; \
                     shown: ConsoleEchoer";

#[test]
fn the_pictures_in_the_documents_are_up_to_date() {
    let data_only = Drawing::new().without_signals().without_unlinked_boxes();
    for (name, drawing, text) in [
        ("copies", Drawing::new(), COPIES),
        ("copies_data_only", data_only, COPIES),
        ("group", Drawing::new(), GROUP),
    ] {
        assert_is_drawn(name, &drawing.to_svg(&loaded(text).still().expect("it can be made").0));
    }
}

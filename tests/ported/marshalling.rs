//! Ported from Kamaelia's `Test/Util/test_Marshalling.py`, case by case, in its order.
//!
//! Differs: the original makes its first two cases once for each of the two components; here each case
//! looks at both.

use axon::testing::Bench;
use axon::util::{DeMarshaller, Marshaller, Marshalling};
use axon::{ComponentRef, Message, ProducerFinished, ShutdownMicroprocess};

/// Numbers as text.
struct SerialiseInt;

impl Marshalling for SerialiseInt {
    type Data = i32;
    type Marshalled = String;

    fn marshall(data: i32) -> axon::Result<String> {
        Ok(data.to_string())
    }

    fn demarshall(marshalled: String) -> axon::Result<i32> {
        Ok(marshalled.parse()?)
    }
}

fn both() -> [Bench; 2] {
    [Bench::new(Marshaller::<SerialiseInt>::new()), Bench::new(DeMarshaller::<SerialiseInt>::new())]
}

/// A component is made of a type that can turn data into another form and back.
#[test]
fn instantiate_component() {
    both().iter_mut().for_each(Bench::expect_running);
}

/// It says nothing by itself, and when it is told an ending, it passes that on and ends.
#[test]
fn shutdown() {
    let endings: [fn(ComponentRef) -> Message; 2] = [
        |caller| Message::new(ProducerFinished { caller: Some(caller), message: None }),
        |caller| Message::new(ShutdownMicroprocess { microprocesses: vec![caller] }),
    ];
    for message in endings {
        for mut bench in both() {
            bench.expect_running();
            assert!(bench.take_messages("outbox").is_empty());
            assert!(bench.take_messages("signal").is_empty());
            let caller = bench.component().clone();
            bench.put("control", message(caller.clone()));
            bench.expect_end();
            let signalled = bench.take_messages("signal");
            assert_eq!(format!("{signalled:?}"), format!("{:?}", [message(caller)]));
        }
    }
}

/// The marshaller turns data into the other form.
#[test]
fn marshalling() {
    let [mut marshaller, _] = both();
    for (data, text) in [(5, "5"), (0, "0"), (999, "999")] {
        marshaller.put("inbox", data);
        marshaller.settle();
        assert_eq!(marshaller.take::<String>("outbox"), [text]);
    }
}

/// The demarshaller turns it back.
#[test]
fn de_marshalling() {
    let [_, mut demarshaller] = both();
    for (text, data) in [("5", 5), ("0", 0), ("999", 999)] {
        demarshaller.put("inbox", text.to_string());
        demarshaller.settle();
        assert_eq!(demarshaller.take::<i32>("outbox"), [data]);
    }
}

//! Ported from Kamaelia's `Test/Util/test_Marshalling.py`, case by case, in its order.
//!
//! Differs: the original makes its first two cases once for each of the two components; here each case
//! looks at both.

#[path = "ported/rig.rs"]
mod rig;

use axon::util::{DeMarshaller, Marshaller, Marshalling};
use axon::{ComponentRef, Message, ProducerFinished, ShutdownMicroprocess};

use rig::Probe;

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

fn both() -> [Probe; 2] {
    [Probe::new(Marshaller::<SerialiseInt>::new()), Probe::new(DeMarshaller::<SerialiseInt>::new())]
}

/// A component is made of a type that can turn data into another form and back.
#[test]
fn instantiate_component() {
    assert!(both().iter().all(|probe| probe.subject.is_active()));
}

/// It says nothing by itself, and when it is told an ending, it passes that on and ends.
#[test]
fn shutdown() {
    let endings: [fn(ComponentRef) -> Message; 2] = [
        |caller| Message::new(ProducerFinished { caller: Some(caller), message: None }),
        |caller| Message::new(ShutdownMicroprocess { microprocesses: vec![caller] }),
    ];
    for message in endings {
        for mut probe in both() {
            probe.run();
            assert_eq!(probe.sent::<String>(), [""; 0]);
            assert!(probe.signalled().is_empty());
            let caller = probe.tester.clone();
            probe.control(message(caller.clone()));
            assert!(probe.subject.is_stopped());
            let signalled = probe.signalled();
            assert_eq!(signalled.len(), 1);
            assert_eq!(format!("{:?}", signalled[0]), format!("{:?}", message(caller)));
        }
    }
}

/// The marshaller turns data into the other form.
#[test]
fn marshalling() {
    let [mut marshaller, _] = both();
    for (data, text) in [(5, "5"), (0, "0"), (999, "999")] {
        marshaller.send(data);
        assert_eq!(marshaller.sent::<String>(), [text]);
    }
}

/// The demarshaller turns it back.
#[test]
fn de_marshalling() {
    let [_, mut demarshaller] = both();
    for (text, data) in [("5", 5), ("0", 0), ("999", 999)] {
        demarshaller.send(text.to_string());
        assert_eq!(demarshaller.sent::<i32>(), [data]);
    }
}

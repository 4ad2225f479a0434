//! The program of `docs/guide/boxes.md`.

use axon::prelude::*;

/// Writes temperatures in the unit that was last asked for.
struct Thermometer;

impl Component for Thermometer {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .typed_inbox::<f64>("inbox", "temperatures in degrees Celsius")
            .typed_inbox::<char>("unit", "the unit to write from now on: 'C' or 'F'")
            .typed_outbox::<String>("outbox", "lines of text")
            .typed_outbox::<f64>("alarm", "every temperature above 40 degrees Celsius")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut unit = 'C';
        while let Some((inbox, message)) = cx.next_of_or_end(&["unit", "inbox"]).await {
            if inbox == "unit" {
                unit = message.into_value().map_err(|_| "\"unit\" takes a char")?;
                continue;
            }
            let celsius: f64 = message.into_value().map_err(|_| "\"inbox\" takes a f64")?;
            let degrees = if unit == 'F' { celsius * 1.8 + 32.0 } else { celsius };
            cx.send("outbox", format!("{degrees:.1} {unit}\n"))?;
            if celsius > 40.0 {
                cx.send("alarm", celsius)?;
            }
        }
        Ok(())
    }
}

/// Reads two temperatures, asks for another unit, and reads two more.
struct Reader;

impl Component for Reader {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("unit", "the unit to write")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        for (at, celsius) in [20.5, 21.0, 36.9, 41.2].into_iter().enumerate() {
            if at == 2 {
                cx.send("unit", 'F')?;
            }
            cx.send("outbox", celsius)?;
            cx.yield_now().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Which outbox is linked to which inbox.
pub(crate) fn station() -> Graphline {
    graphline! {
        components: {
            reader: Reader,
            thermometer: Thermometer,
            shown: ConsoleEchoer::new(),
            alarm: PureTransformer::map(|celsius: f64| format!("too hot: {celsius} degrees Celsius\n")),
        },
        linkages: {
            reader.outbox => thermometer.inbox,
            reader.unit => thermometer.unit,
            reader.signal => thermometer.control,
            thermometer.outbox => shown.inbox,
            thermometer.alarm => alarm.inbox,
            thermometer.signal => alarm.control,
            alarm.outbox => shown.inbox,
            alarm.signal => shown.control,
        },
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    axon::run(station())
}

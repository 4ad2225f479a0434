//! Ported from Kamaelia's `Test/Util/test_VariableRateControl.py`, case by case, in its order.
//!
//! Differs: the original calls methods with a time; here the clock is virtual, and rates are sent to `inbox`.

use std::time::Duration;

use axon::testing::Bench;
use axon::util::VariableByteRateRequestControl;

/// What happens at a time.
#[derive(Clone, Copy)]
enum Event {
    Receive(&'static [u64]),
    NewRate(f64),
}

use Event::{NewRate, Receive};

/// Sends the rates, looks what is requested at each of these times, in milliseconds, and that nothing is in between.
fn expect(mut bench: Bench, schedule: &[(u64, Event)]) {
    let mut now = Duration::ZERO;
    for (time, event) in schedule {
        let time = Duration::from_millis(*time);
        let before = time.saturating_sub(now + Duration::from_micros(400));
        bench.turn_clock(before);
        if !before.is_zero() {
            assert!(bench.take::<u64>("outbox").is_empty(), "before {time:?}");
        }
        bench.turn_clock(time - now - before);
        now = time;
        match event {
            NewRate(rate) => {
                bench.put("inbox", *rate);
                bench.settle();
                assert!(bench.take::<u64>("outbox").is_empty(), "at {time:?}");
            }
            Receive(requests) => assert_eq!(bench.take::<u64>("outbox"), *requests, "at {time:?}"),
        }
    }
}

fn quarters() -> VariableByteRateRequestControl {
    VariableByteRateRequestControl::new(100.0).chunk_size(25.0)
}

mod variable_rate_control_internal_initialisation_tests {
    use super::*;

    /// It needs no arguments.
    #[test]
    fn instantiate_defaults() {
        let bench = Bench::new(VariableByteRateRequestControl::default());
        expect(bench, &[(0, Receive(&[10_000])), (100, Receive(&[10_000]))]);
    }

    /// A rate and the size of a chunk are enough.
    #[test]
    fn instantiate_specify_chunk_size() {
        expect(Bench::new(quarters()), &[(0, Receive(&[25])), (250, Receive(&[25]))]);
    }

    /// A rate and the rate of the chunks are enough.
    #[test]
    fn instantiate_specify_chunk_rate() {
        let bench = Bench::new(VariableByteRateRequestControl::new(100.0).chunk_rate(8.0).aggregating());
        expect(bench, &[(0, Receive(&[12])), (125, Receive(&[13])), (250, Receive(&[12]))]);
    }

    /// Both together are refused.
    #[test]
    #[should_panic(expected = "write one of them")]
    fn instantiate_specify_both() {
        let _ = quarters().chunk_rate(4.0);
    }
}

mod variable_rate_control_timing_tests {
    use super::*;

    /// Lets 1 s pass while the component gets no turn, after its second request.
    fn freeze(bench: &mut Bench) {
        bench.turn_clock(Duration::from_millis(280));
        assert_eq!(bench.take::<u64>("outbox"), [25, 25]);
        bench.scheduler().turn_clock(Duration::from_secs(1));
        bench.settle();
    }

    /// What can be divided is requested at equal intervals.
    #[test]
    fn simple_case() {
        let schedule: Vec<(u64, Event)> = (0..7).map(|n| (250 * n, Receive(&[25]))).collect();
        expect(Bench::new(quarters().aggregating()), &schedule);
    }

    /// One that was held up makes up for it with one large request.
    #[test]
    fn delay_catchup_with_aggregation() {
        let mut bench = Bench::new(quarters().aggregating());
        freeze(&mut bench);
        assert_eq!(bench.take::<u64>("outbox"), [100]);
        expect(bench, &[(220, Receive(&[25])), (470, Receive(&[25]))]);
    }

    /// Or with a series of requests, each for a chunk.
    #[test]
    fn delay_catchup_without_aggregation() {
        let mut bench = Bench::new(quarters());
        freeze(&mut bench);
        assert_eq!(bench.take::<u64>("outbox"), [25, 25, 25, 25]);
        expect(bench, &[(220, Receive(&[25])), (470, Receive(&[25]))]);
    }

    /// Chunks that are not whole numbers even out.
    #[test]
    fn chunk_size_rounding() {
        let bench = Bench::new(VariableByteRateRequestControl::new(100.0).chunk_rate(3.0).aggregating());
        let requests = [Receive(&[33]), Receive(&[33]), Receive(&[34])];
        let schedule: Vec<_> = (0..9).map(|n| ((1_000 * n as u64).div_ceil(3), requests[n % 3])).collect();
        // At thirds of a second, rounded up: only what comes out is looked at, not what is in between.
        let mut bench = bench;
        let mut now = 0;
        for (time, event) in schedule {
            bench.turn_clock(Duration::from_millis(time - now));
            now = time;
            if let Receive(requests) = event {
                assert_eq!(bench.take::<u64>("outbox"), *requests, "at {time} ms");
            }
        }
    }

    /// The rate that it has already changes nothing, however often it comes.
    #[test]
    fn rate_change_no_change() {
        let mut schedule: Vec<(u64, Event)> = (0..7).map(|n| (250 * n, Receive(&[25]))).collect();
        schedule.extend([850, 1_050, 1_100, 1_150].map(|time| (time, NewRate(100.0))));
        schedule.sort_by_key(|(time, _)| *time);
        expect(Bench::new(quarters().aggregating()), &schedule);
    }

    /// Until a rate comes the old one holds, and from then on the new one.
    #[test]
    fn rate_change_between_emissions() {
        let halves = VariableByteRateRequestControl::new(100.0).chunk_size(50.0).aggregating();
        let mut schedule: Vec<(u64, Event)> = (0..5).map(|n| (500 * n, Receive(&[50]))).collect();
        schedule.push((2_250, NewRate(200.0)));
        schedule.extend([2_375, 2_625, 2_875].map(|time| (time, Receive(&[50]))));
        expect(Bench::new(halves), &schedule);
    }

    /// Of several rates each holds for as long as it was there.
    #[test]
    fn multiple_rate_change_between_emissions() {
        let tens = VariableByteRateRequestControl::new(10.0).chunk_size(10.0).aggregating();
        let schedule = [
            (0, Receive(&[10][..])),
            (1_000, Receive(&[10])),
            (2_000, Receive(&[10])),
            (2_150, NewRate(20.0)),
            (2_400, NewRate(10.0)),
            (2_750, Receive(&[10])),
            (3_750, Receive(&[10])),
            (4_750, Receive(&[10])),
        ];
        expect(Bench::new(tens), &schedule);
    }
}

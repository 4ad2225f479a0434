//! Ported from Kamaelia's `Test/Util/test_RateControl.py`, case by case, in its order.
//!
//! Differs: the original calls methods by the machine's clock; here the clock is virtual, so that times are exact.

use std::time::Duration;

use axon::testing::Bench;
use axon::util::ByteRateRequestControl;

/// Looks what is requested at each of these times, in ten thousandths of a second, and that nothing is in between.
fn expect(mut bench: Bench, schedule: &[(u64, &[u64])]) {
    let mut now = 0;
    for (time, requests) in schedule {
        let tick = 1;
        if *time > now + tick {
            bench.turn_clock(Duration::from_micros(100 * (time - now - tick)));
            assert!(bench.take::<u64>("outbox").is_empty(), "before {time}");
            now = time - tick;
        }
        bench.turn_clock(Duration::from_micros(100 * (time - now)));
        now = *time;
        assert_eq!(bench.take::<u64>("outbox"), *requests, "at {time}");
    }
}

mod rate_control_internal_initialisation_tests {
    use super::*;

    /// It needs no arguments.
    #[test]
    fn instantiate_defaults() {
        let mut bench = Bench::new(ByteRateRequestControl::default());
        bench.turn_clock(Duration::from_millis(2));
        assert_eq!(bench.take::<u64>("outbox"), [100, 100, 100]);
    }

    /// A rate and the size of a chunk are enough.
    #[test]
    fn instantiate_specify_chunk_size() {
        let bench = Bench::new(ByteRateRequestControl::new(100.0).chunk_size(25.0));
        expect(bench, &[(0, &[25]), (2_500, &[25])]);
    }

    /// A rate and the rate of the chunks are enough.
    #[test]
    fn instantiate_specify_chunk_rate() {
        let bench = Bench::new(ByteRateRequestControl::new(100.0).chunk_rate(8.0));
        expect(bench, &[(0, &[12]), (1_250, &[12, 1])]);
    }

    /// Both together are refused.
    #[test]
    #[should_panic(expected = "write one of them")]
    fn instantiate_specify_both() {
        let _ = ByteRateRequestControl::new(100.0).chunk_size(25.0).chunk_rate(4.0);
    }
}

mod rate_control_timing_tests {
    use super::*;

    fn quarters() -> ByteRateRequestControl {
        ByteRateRequestControl::new(100.0).chunk_size(25.0)
    }

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
        let schedule: Vec<(u64, &[u64])> = (0..7).map(|n| (2_500 * n, &[25][..])).collect();
        expect(Bench::new(quarters().aggregating()), &schedule);
    }

    /// One that was held up makes up for it with one large request.
    #[test]
    fn delay_catchup_with_aggregation() {
        let mut bench = Bench::new(quarters().aggregating());
        freeze(&mut bench);
        assert_eq!(bench.take::<u64>("outbox"), [100]);
        expect(bench, &[(2_200, &[25]), (4_700, &[25])]);
    }

    /// Or with a series of requests, each for a chunk.
    #[test]
    fn delay_catchup_without_aggregation() {
        let mut bench = Bench::new(quarters());
        freeze(&mut bench);
        assert_eq!(bench.take::<u64>("outbox"), [25, 25, 25, 25]);
        expect(bench, &[(2_200, &[25]), (4_700, &[25])]);
    }

    /// Chunks that are not whole numbers even out.
    #[test]
    fn chunk_size_rounding() {
        let bench = Bench::new(ByteRateRequestControl::new(100.0).chunk_rate(3.0).aggregating());
        let requests: [&[u64]; 3] = [&[33], &[33], &[34]];
        // At thirds of a second, rounded up to the next tick.
        let schedule: Vec<_> = (0..9).map(|n| ((10_000 * n as u64).div_ceil(3), requests[n % 3])).collect();
        expect(bench, &schedule);
    }
}

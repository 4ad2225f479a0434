//! Lanes: level stretches below a band of columns, for lines that do not lead from one column to a later one.

/// Between two lanes, and between the boxes and the first lane.
pub(super) const LANE: i64 = 7;
pub(super) const BEFORE_LANES: i64 = 10;
/// More lanes than this are not told apart.
const MOST: usize = 64;

/// Which lane each stretch gets, the first nearest to the boxes; and how many lanes there are. Stretches in one lane
/// do not meet, unless there are too many; short ones are near.
pub(super) fn chosen(stretches: &[(i64, i64)]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by_key(|nth| stretches[*nth].1 - stretches[*nth].0);
    let mut lanes: Vec<Vec<(i64, i64)>> = Vec::new();
    let mut chosen = vec![0; stretches.len()];
    for (place, nth) in order.into_iter().enumerate() {
        let (from, to) = stretches[nth];
        let is_free =
            |lane: &Vec<(i64, i64)>| lane.iter().all(|other| to + LANE < other.0 || other.1 + LANE < from);
        // With so many, looking would take longer than it is worth.
        let free =
            if place < MOST * MOST { lanes.iter().position(is_free) } else { Some(place % lanes.len()) };
        let lane = match free {
            Some(lane) => lane,
            None if lanes.len() < MOST => {
                lanes.push(Vec::new());
                lanes.len() - 1
            }
            None => place % lanes.len(),
        };
        lanes[lane].push((from, to));
        chosen[nth] = lane;
    }
    (chosen, lanes.len())
}

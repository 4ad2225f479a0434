//! The order of what stands in one column, so that few lines cross.

/// A line between two places in neighbouring columns.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) left: usize,
    pub(super) right: usize,
    /// Where the line meets the place, measured from its upper edge.
    pub(super) left_at: i64,
    pub(super) right_at: i64,
    /// How much it matters that it is level.
    pub(super) weight: i64,
}

const SWEEPS: usize = 6;

/// Changes the order in the columns, between which the links lie. `heights` are those of the places, by which the ends of lines at one place are
/// told apart.
pub(super) fn arrange(columns: &mut [Vec<usize>], gaps: &[Vec<Link>], heights: &[i64]) {
    let mut left = vec![Vec::new(); heights.len()];
    let mut right = vec![Vec::new(); heights.len()];
    for link in gaps.iter().flatten() {
        left[link.right].push((link.left, link.left_at));
        right[link.left].push((link.right, link.right_at));
    }
    let mut positions = vec![0.0; heights.len()];
    for column in columns.iter() {
        number(column, &mut positions);
    }
    let mut best = columns.to_vec();
    let mut fewest = usize::MAX;
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            for column in columns.iter_mut() {
                sort(column, &left, &mut positions, heights);
            }
        } else {
            for column in columns.iter_mut().rev() {
                sort(column, &right, &mut positions, heights);
            }
        }
        let crossings = gaps.iter().map(|links| crossings(links, &positions, heights)).sum();
        if crossings < fewest {
            fewest = crossings;
            best.clone_from_slice(columns);
        }
        if crossings == 0 {
            break;
        }
    }
    columns.clone_from_slice(&best);
}

fn number(column: &[usize], positions: &mut [f64]) {
    for (position, place) in column.iter().enumerate() {
        positions[*place] = position as f64;
    }
}

/// Where in its column a line ends: the place, and how far down in it.
fn position(place: usize, at: i64, positions: &[f64], heights: &[i64]) -> f64 {
    positions[place] + at as f64 / (heights[place] + 1) as f64
}

/// Each goes where the middle of its neighbours is; those without stay.
fn sort(column: &mut [usize], beside: &[Vec<(usize, i64)>], positions: &mut [f64], heights: &[i64]) {
    let linked: Vec<usize> = (0..column.len()).filter(|at| !beside[column[*at]].is_empty()).collect();
    let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(linked.len());
    for at in &linked {
        let neighbours = &beside[column[*at]];
        let sum: f64 = neighbours.iter().map(|(place, at)| position(*place, *at, positions, heights)).sum();
        keyed.push((sum / neighbours.len() as f64, column[*at]));
    }
    keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (at, (_, place)) in linked.into_iter().zip(keyed) {
        column[at] = place;
    }
    number(column, positions);
}

/// How often lines cross that lie between the same two columns.
fn crossings(links: &[Link], positions: &[f64], heights: &[i64]) -> usize {
    let ends = links.iter().map(|link| {
        let left = position(link.left, link.left_at, positions, heights);
        (left, position(link.right, link.right_at, positions, heights))
    });
    let mut ends: Vec<(f64, f64)> = ends.collect();
    ends.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut rights: Vec<f64> = ends.into_iter().map(|(_, right)| right).collect();
    inversions(&mut rights)
}

/// How many pairs stand in the wrong order. Sorts them.
fn inversions(numbers: &mut [f64]) -> usize {
    if numbers.len() < 2 {
        return 0;
    }
    let (one, other) = numbers.split_at_mut(numbers.len() / 2);
    let mut total = inversions(one) + inversions(other);
    let (mut merged, mut at) = (Vec::with_capacity(numbers.len()), (0, 0));
    let (one, other) = numbers.split_at(numbers.len() / 2);
    while at.0 < one.len() || at.1 < other.len() {
        if at.1 == other.len() || (at.0 < one.len() && one[at.0] <= other[at.1]) {
            merged.push(one[at.0]);
            at.0 += 1;
        } else {
            total += one.len() - at.0;
            merged.push(other[at.1]);
            at.1 += 1;
        }
    }
    numbers.copy_from_slice(&merged);
    total
}

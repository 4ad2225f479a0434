//! How far down each stands in its column, so that lines are level where they can be.

use super::order::Link;

const SWEEPS: usize = 8;

/// The upper edge of each place, some of them above zero. Places in one column keep their order, and `space` lies between two at least.
pub(super) fn upper_edges(
    columns: &[Vec<usize>],
    gaps: &[Vec<Link>],
    heights: &[i64],
    space: impl Fn(usize, usize) -> i64,
) -> Vec<i64> {
    let mut edges = vec![0.0; heights.len()];
    let offsets: Vec<Vec<i64>> = columns.iter().map(|column| offsets(column, heights, &space)).collect();
    let ends = columns.iter().zip(&offsets).map(|(column, offsets)| {
        let last = column.last().zip(offsets.last());
        last.map_or(0, |(place, offset)| offset + heights[*place])
    });
    let ends: Vec<i64> = ends.collect();
    // Lines may be level at the price of some height, and not of any.
    let most = ends.iter().max().map_or(0, |end| end + end / 4 + 100);
    let rooms: Vec<f64> = ends.iter().map(|end| (most - end) as f64).collect();
    for ((column, offsets), room) in columns.iter().zip(&offsets).zip(&rooms) {
        column.iter().zip(offsets).for_each(|(place, offset)| edges[*place] = room / 2.0 + *offset as f64);
    }
    let mut links_of: Vec<Vec<Link>> = vec![Vec::new(); heights.len()];
    for link in gaps.iter().flatten() {
        links_of[link.left].push(*link);
        links_of[link.right].push(*link);
    }
    for sweep in 0..SWEEPS {
        // At first each looks back at the column before, at last at both.
        let both = sweep + 3 >= SWEEPS;
        let mut settle = |nth: usize, from_left: bool| {
            let wanted = columns[nth].iter().map(|place| {
                wanted(*place, &links_of[*place], &edges, |is_left| both || is_left == from_left)
            });
            let wanted: Vec<(f64, f64)> = wanted.collect();
            let settled = settled(&wanted, &offsets[nth], rooms[nth]);
            columns[nth].iter().zip(settled).for_each(|(place, edge)| edges[*place] = edge);
        };
        if sweep % 2 == 0 {
            (0..columns.len()).for_each(|nth| settle(nth, true));
        } else {
            (0..columns.len()).rev().for_each(|nth| settle(nth, false));
        }
    }
    edges.into_iter().map(|edge| edge.round() as i64).collect()
}

/// The smallest distances of each in a column from the first.
fn offsets(column: &[usize], heights: &[i64], space: impl Fn(usize, usize) -> i64) -> Vec<i64> {
    let mut offset = 0;
    let mut offsets = Vec::with_capacity(column.len());
    for (nth, place) in column.iter().enumerate() {
        if nth > 0 {
            let above = column[nth - 1];
            offset += heights[above] + space(above, *place);
        }
        offsets.push(offset);
    }
    offsets
}

/// Where a place would have to stand for its lines to be level, in the middle, and how much that matters.
fn wanted(place: usize, links: &[Link], edges: &[f64], counts: impl Fn(bool) -> bool) -> (f64, f64) {
    let (mut sum, mut weights) = (0.0, 0.0);
    for link in links {
        // The neighbour, and how much lower its end of the line is than this place's.
        let is_left = link.right == place;
        if !counts(is_left) || link.left == link.right {
            continue;
        }
        let (neighbour, lower) = match is_left {
            true => (link.left, link.left_at - link.right_at),
            false => (link.right, link.right_at - link.left_at),
        };
        let weight = link.weight as f64;
        sum += weight * (edges[neighbour] + lower as f64);
        weights += weight;
    }
    if weights > 0.0 { (sum / weights, weights) } else { (edges[place], 0.01) }
}

/// The positions nearest to those wanted that keep the distances and do not leave the room: neighbours that would
/// overlap move together.
fn settled(wanted: &[(f64, f64)], offsets: &[i64], room: f64) -> Vec<f64> {
    // Each group: the sum of wishes, of weights, and how many it has.
    let mut groups: Vec<(f64, f64, usize)> = Vec::with_capacity(wanted.len());
    for ((wish, weight), offset) in wanted.iter().zip(offsets) {
        let mut group = (weight * (wish - *offset as f64), *weight, 1);
        while let Some(before) = groups.last()
            && before.0 / before.1 >= group.0 / group.1
        {
            group = (before.0 + group.0, before.1 + group.1, before.2 + group.2);
            groups.pop();
        }
        groups.push(group);
    }
    let places = groups
        .into_iter()
        .flat_map(|(sum, weight, count)| std::iter::repeat_n((sum / weight).clamp(0.0, room), count));
    places.zip(offsets).map(|(place, offset)| place + *offset as f64).collect()
}

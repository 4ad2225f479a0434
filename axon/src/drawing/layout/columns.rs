//! Which column each component of a part stands in, and where a row that is too wide goes on below.

use super::Item;
use super::plan::{APART, GAP};

/// A column higher than this, and than the whole would be wide, becomes several.
const HIGHEST: i64 = 1000;
/// A row wider than this, and this often wider than high, goes on below.
const WIDEST: i64 = 1400;
const FLATTEST: i64 = 5;
/// How much wider than high it is then.
const FOLDED: f64 = 1.8;

/// The column of each child, from the second on. A rank that would be far higher than the whole is wide has several.
pub(super) fn columns(children: &[usize], items: &[Item<'_>]) -> Vec<usize> {
    let area: i64 =
        children.iter().map(|child| (items[*child].width + GAP) * (items[*child].height + APART)).sum();
    let most = ((area as f64).sqrt() as i64).max(HIGHEST);
    let mut heights = vec![0; children.iter().map(|child| items[*child].rank + 1).max().unwrap_or(0)];
    children.iter().for_each(|child| heights[items[*child].rank] += items[*child].height + APART);
    let (mut begins, mut shares, mut begin) = (Vec::new(), Vec::new(), 1);
    for height in &heights {
        let count = (height + most - 1) / most;
        begins.push(begin);
        shares.push(height / count.max(1) + 1);
        begin += count as usize;
    }
    let mut used = vec![0; heights.len()];
    let place = |child: &usize| {
        let Item { rank, height, .. } = items[*child];
        let column = begins[rank] + (used[rank] / shares[rank]) as usize;
        used[rank] += height + APART;
        column
    };
    children.iter().map(place).collect()
}

/// The band of each column.
pub(super) fn bands(widths: &[i64], heights: &[i64]) -> Vec<usize> {
    let mut found = vec![0; widths.len()];
    let highest = heights.iter().max().copied().unwrap_or(0) + GAP;
    let width: i64 = widths.iter().map(|width| width + GAP).sum();
    if width <= WIDEST || width <= FLATTEST * highest {
        return found;
    }
    let count = (width as f64 / (FOLDED * highest as f64)).sqrt().ceil();
    let most = ((width as f64 / count) as i64).max(WIDEST / 2);
    let (mut band, mut used) = (0, 0);
    for (column, width) in widths.iter().enumerate() {
        used += width + GAP;
        // The boxes of the frame around stay beside the first and the last component.
        if used > most + GAP && column > 1 && column + 1 < widths.len() {
            band += 1;
            used = width + GAP;
        }
        found[column] = band;
    }
    found
}

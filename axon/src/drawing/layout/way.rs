//! The line of a linkage between its two ends.

use std::fmt::Write;

/// The radius of a corner.
const CORNER: i64 = 6;

/// What lies between the ends, measured from the corner of the frame in which the line is drawn.
pub(super) enum Way {
    /// From left to right: straight to the first x, then in curves through stretches that are level, at last straight
    /// from the last x.
    Curves { leave: i64, stretches: Vec<(i64, i64, i64)>, arrive: i64 },
    /// Up, down, left and right: an x, then a y, then an x and so on, the last an x.
    Corners(Vec<i64>),
}

impl Default for Way {
    fn default() -> Self {
        Way::Corners(Vec::new())
    }
}

type Point = (i64, i64);

impl Way {
    /// Moves it with what it leads along.
    pub(super) fn shift(&mut self, (x, y): Point) {
        match self {
            Way::Curves { leave, stretches, arrive } => {
                *leave += x;
                *arrive += x;
                for (begin, end, height) in stretches {
                    *begin += x;
                    *end += x;
                    *height += y;
                }
            }
            Way::Corners(turns) => {
                turns
                    .iter_mut()
                    .enumerate()
                    .for_each(|(nth, turn)| *turn += if nth % 2 == 0 { x } else { y });
            }
        }
    }

    pub(super) fn path(&self, corner: Point, from: Point, to: Point) -> String {
        match self {
            Way::Curves { leave, stretches, arrive } => {
                let leave = (leave + corner.0).max(from.0);
                let arrive = (arrive + corner.0).min(to.0);
                let mut path = format!("M{} {}", from.0, from.1);
                level_to(&mut path, from.0, leave);
                let mut at = (leave, from.1);
                for (begin, end, y) in stretches {
                    let (begin, end, y) = (begin + corner.0, end + corner.0, y + corner.1);
                    curve(&mut path, at, (begin, y));
                    level_to(&mut path, begin, end);
                    at = (end, y);
                }
                curve(&mut path, at, (arrive, to.1));
                level_to(&mut path, arrive, to.0);
                path
            }
            Way::Corners(turns) => {
                let mut points = vec![from];
                let mut at = from;
                for (nth, turn) in turns.iter().enumerate() {
                    at = if nth % 2 == 0 { (turn + corner.0, at.1) } else { (at.0, turn + corner.1) };
                    points.push(at);
                }
                points.push((at.0, to.1));
                points.push(to);
                rounded(&points)
            }
        }
    }
}

fn level_to(path: &mut String, from: i64, to: i64) {
    if from != to {
        let _ = write!(path, "H{to}");
    }
}

fn curve(path: &mut String, from: Point, to: Point) {
    if from.1 == to.1 {
        return level_to(path, from.0, to.0);
    }
    let middle = (from.0 + to.0) / 2;
    let _ = write!(path, "C{middle} {} {middle} {} {} {}", from.1, to.1, to.0, to.1);
}

/// Straight lines, all level or upright, with round corners.
fn rounded(points: &[Point]) -> String {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        while let [.., before, last] = kept[..]
            && ((before.0 == last.0 && last.0 == point.0) || (before.1 == last.1 && last.1 == point.1))
        {
            kept.pop();
        }
        if kept.last() != Some(point) {
            kept.push(*point);
        }
    }
    let Some((first, rest)) = kept.split_first() else { return String::new() };
    let mut path = format!("M{} {}", first.0, first.1);
    let mut at = *first;
    for (nth, point) in rest.iter().enumerate() {
        if let Some(next) = rest.get(nth + 1) {
            let radius = CORNER.min(distance(at, *point) / 2).min(distance(*point, *next) / 2);
            let (before, after) = (toward(*point, at, radius), toward(*point, *next, radius));
            let _ =
                write!(path, "L{} {}Q{} {} {} {}", before.0, before.1, point.0, point.1, after.0, after.1);
        } else {
            let _ = write!(path, "L{} {}", point.0, point.1);
        }
        at = *point;
    }
    path
}

fn distance(one: Point, other: Point) -> i64 {
    (one.0 - other.0).abs() + (one.1 - other.1).abs()
}

fn toward(from: Point, to: Point, by: i64) -> Point {
    (from.0 + (to.0 - from.0).signum() * by, from.1 + (to.1 - from.1).signum() * by)
}

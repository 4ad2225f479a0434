//! The columns of a part: what stands in them, and the ways of its wires through them.

use super::columns::{bands, columns};
use super::lanes::{BEFORE_LANES, LANE, chosen};
use super::order::{Link, arrange};
use super::part::Part;
use super::way::Way;
use super::{End, INSET, Item, MARK, ROW, Wire, heights, label_width};
use crate::Side;

/// Between two columns, and beside a frame's outline where nothing leads to its boxes.
pub(super) const GAP: i64 = 40;
const MARGIN: i64 = 12;
/// Between two components in a column, and what a line needs that goes through it.
pub(super) const APART: i64 = 22;
const BESIDE_LINE: i64 = 9;
const LINE: i64 = 5;
/// A line through more columns than this goes below them.
const LONGEST: usize = 12;

/// What stands in a column.
struct Place {
    column: usize,
    width: i64,
    height: i64,
    is_line: bool,
}

/// Where a wire ends.
#[derive(Clone, Copy)]
struct Meeting {
    place: usize,
    /// How far down in the place.
    at: i64,
    side: PlaceSide,
}

#[derive(Clone, Copy, PartialEq)]
enum PlaceSide {
    Left,
    Right,
}

/// The way of a wire, before it is known where the columns stand.
enum Course {
    /// Through the places of lines.
    Forward(Vec<usize>),
    /// Down beside a column, along the lane below a band, and up or down beside another; if the bands are far apart,
    /// by the left margin and another lane.
    Around { leave: Run, lane: usize, far: Option<(Run, usize)>, arrive: Run },
}

/// A stretch up or down in a gap: the n-th that was asked for there.
#[derive(Clone, Copy)]
struct Run {
    gap: usize,
    nth: usize,
}

/// Columns and what stands in them. Gap n is right of column n.
pub(super) struct Plan<'p> {
    part: &'p Part,
    places: Vec<Place>,
    /// The children's places are the first; then those of the frame's inboxes, then of its outboxes.
    inboxes: usize,
    outboxes: usize,
    /// Invariant: the first and the last are those of the frame's boxes, perhaps empty.
    columns: Vec<Vec<usize>>,
    widths: Vec<i64>,
    /// The band of each column: a row that is too wide goes on below.
    bands: Vec<usize>,
    /// Between which columns lines lie, by gap.
    links: Vec<Vec<Link>>,
    /// The lines that go up or down in each gap: from where to where, in half bands.
    runs: Vec<Vec<(i64, i64)>>,
    /// The place of each of these beside the others in its gap, and how many places there are.
    tracks: Vec<(Vec<usize>, usize)>,
    /// The upper edge of each place.
    edges: Vec<i64>,
    width: i64,
    height: i64,
    /// The left edge of each column and of each gap.
    lefts: Vec<i64>,
    gaps: Vec<i64>,
}

impl<'p> Plan<'p> {
    pub(super) fn new(part: &'p Part, items: &mut [Item<'_>]) -> Self {
        let columns = columns(&part.children, items);
        let last = columns.iter().max().map_or(1, |column| column + 1);
        let mut widest_leaf = vec![0; last + 1];
        for (child, column) in
            part.children.iter().zip(&columns).filter(|(child, _)| !items[**child].is_frame())
        {
            widest_leaf[*column] = items[*child].width.max(widest_leaf[*column]);
        }
        let mut places = Vec::new();
        for (child, column) in part.children.iter().zip(columns) {
            let child = &mut items[*child];
            if !child.is_frame() {
                child.width = widest_leaf[column];
            }
            places.push(Place { column, width: child.width, height: child.height, is_line: false });
        }
        let (inboxes, mut outboxes) = (places.len(), places.len());
        if let Some(frame) = part.level.filter(|_| part.has_frame_boxes) {
            let frame = &items[frame];
            let mut add = |side, column| {
                for nth in 0..frame.boxes(side).len() {
                    let width = INSET + label_width(frame.view, side, nth) + 4;
                    places.push(Place { column, width, height: ROW, is_line: false });
                }
            };
            add(Side::Inbox, 0);
            add(Side::Outbox, last);
            outboxes += frame.inboxes.len();
        }
        let mut columns = vec![Vec::new(); last + 1];
        places.iter().enumerate().for_each(|(nth, place)| columns[place.column].push(nth));
        let widths =
            columns.iter().map(|column| column.iter().map(|place: &usize| places[*place].width).max());
        let widths: Vec<i64> = widths.map(|width| width.unwrap_or(0)).collect();
        let heights =
            columns.iter().map(|column| column.iter().map(|place| places[*place].height + APART).sum());
        let bands = bands(&widths, &heights.collect::<Vec<i64>>());
        Plan {
            part,
            places,
            inboxes,
            outboxes,
            columns,
            widths,
            bands,
            links: vec![Vec::new(); last + 1],
            runs: vec![Vec::new(); last + 1],
            tracks: Vec::new(),
            edges: Vec::new(),
            width: 0,
            height: 0,
            lefts: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Finds where everything stands, and the ways of the wires. Returns the size.
    pub(super) fn lay_out(mut self, items: &mut [Item<'_>], wires: &mut [Wire]) -> (i64, i64) {
        let here = &self.part.wires;
        let ends: Vec<(Meeting, Meeting)> =
            here.iter().map(|wire| self.meetings(&wires[*wire], items)).collect();
        let courses = ends.iter().zip(here).map(|(ends, wire)| self.course(*ends, wires[*wire].is_data));
        let courses: Vec<Course> = courses.collect();
        self.settle();
        for (wire, way) in here.iter().zip(self.ways(&courses, &ends)) {
            wires[*wire].way = way;
        }
        self.place(items);
        (self.width, self.height)
    }

    fn last(&self) -> usize {
        self.columns.len() - 1
    }

    fn meetings(&self, wire: &Wire, items: &[Item<'_>]) -> (Meeting, Meeting) {
        (self.meeting(wire.source, items), self.meeting(wire.sink, items))
    }

    fn meeting(&self, end: End, items: &[Item<'_>]) -> Meeting {
        let Some(child) = Part::child(self.part.level, end.item, items) else {
            return match end.side {
                Side::Inbox => Meeting { place: self.inboxes + end.nth, at: ROW / 2, side: PlaceSide::Right },
                Side::Outbox => {
                    Meeting { place: self.outboxes + end.nth, at: ROW / 2, side: PlaceSide::Left }
                }
            };
        };
        let mut at = items[end.item].boxes(end.side)[end.nth];
        let mut inner = end.item;
        while inner != child {
            at += items[inner].y;
            inner = items[inner].parent.unwrap_or(child);
        }
        let place = self.part.children.binary_search(&child).unwrap_or(0);
        let side = if end.side == Side::Inbox { PlaceSide::Left } else { PlaceSide::Right };
        Meeting { place, at, side }
    }

    fn band(&self, place: usize) -> usize {
        self.bands[self.places[place].column]
    }

    /// The gap into which a line goes here.
    fn gap(&self, meeting: Meeting) -> usize {
        let column = self.places[meeting.place].column;
        match meeting.side {
            PlaceSide::Right => column,
            PlaceSide::Left if self.bands[column] == self.bands[column - 1] => column - 1,
            PlaceSide::Left => 0,
        }
    }

    fn course(&mut self, (from, to): (Meeting, Meeting), is_data: bool) -> Course {
        let (leave, arrive) = (self.gap(from), self.gap(to));
        let (above, below) = (self.band(from.place), self.band(to.place));
        let leads_on = from.side == PlaceSide::Right && to.side == PlaceSide::Left;
        if leads_on && above == below && leave <= arrive && arrive - leave <= LONGEST {
            return self.forward(from, to, is_data);
        }
        if leads_on && leave == 0 && arrive == 0 {
            return Course::Forward(Vec::new());
        }
        let (begin, lane) = (self.run(leave, 2 * above, 2 * above + 1), above);
        if arrive == 0 || below == above || below == above + 1 {
            return Course::Around {
                leave: begin,
                lane,
                far: None,
                arrive: self.run(arrive, 2 * above + 1, 2 * below),
            };
        }
        let other = if below < above { below } else { below - 1 };
        let margin = self.run(0, 2 * above + 1, 2 * other + 1);
        let arrive = self.run(arrive, 2 * other + 1, 2 * below);
        Course::Around { leave: begin, lane, far: Some((margin, other)), arrive }
    }

    /// A stretch between two heights, which are even in the middle of a band and odd below it.
    fn run(&mut self, gap: usize, from: usize, to: usize) -> Run {
        // So far apart that stretches do not meet if they have no height in common.
        let height = |half_bands: usize| half_bands as i64 * 2 * LANE;
        self.runs[gap].push((height(from.min(to)), height(from.max(to))));
        Run { gap, nth: self.runs[gap].len() - 1 }
    }

    fn forward(&mut self, from: Meeting, to: Meeting, is_data: bool) -> Course {
        let weight = if is_data { 8 } else { 2 };
        let mut lines = Vec::new();
        let (mut left, mut left_at) = (from.place, from.at);
        for column in self.gap(from) + 1..=self.gap(to) {
            let place = self.places.len();
            self.places.push(Place { column, width: 0, height: LINE, is_line: true });
            self.columns[column].push(place);
            let weight = if lines.is_empty() { weight } else { 4 * weight };
            self.links[column - 1].push(Link { left, right: place, left_at, right_at: LINE / 2, weight });
            (left, left_at) = (place, LINE / 2);
            lines.push(place);
        }
        let gap = self.gap(to);
        self.links[gap].push(Link { left, right: to.place, left_at, right_at: to.at, weight });
        Course::Forward(lines)
    }

    /// Finds the order in the columns and the height of each place, measured from the upper edge of its band.
    fn settle(&mut self) {
        let places: Vec<i64> = self.places.iter().map(|place| place.height).collect();
        arrange(&mut self.columns, &self.links, &places);
        let space = |one: usize, other: usize| {
            let (one, other) = (&self.places[one], &self.places[other]);
            match (one.is_line, other.is_line) {
                (true, true) => LINE / 2,
                (false, false) if one.column == 0 || one.column == self.columns.len() - 1 => 0,
                (false, false) => APART,
                _ => BESIDE_LINE,
            }
        };
        self.edges = heights::upper_edges(&self.columns, &self.links, &places, space);
    }

    /// Finds where columns and bands stand, and the way of each wire.
    fn ways(&mut self, courses: &[Course], ends: &[(Meeting, Meeting)]) -> Vec<Way> {
        self.tracks = self.runs.iter().map(|runs| chosen(runs)).collect();
        self.set_columns();
        let (gaps, tracks) = (self.gaps.clone(), std::mem::take(&mut self.tracks));
        let x = |run: &Run| gaps[run.gap] + MARK + 5 + tracks[run.gap].0[run.nth] as i64 * LANE;
        let bands = self.bands[self.last()] + 1;
        let mut stretches: Vec<Vec<(i64, i64)>> = vec![Vec::new(); bands];
        let mut along = |band: usize, one: i64, other: i64| {
            stretches[band].push((one.min(other), one.max(other)));
            (band, stretches[band].len() - 1)
        };
        let lanes: Vec<_> = courses
            .iter()
            .map(|course| match course {
                Course::Forward(_) => None,
                Course::Around { leave, lane, far: None, arrive } => {
                    Some((along(*lane, x(leave), x(arrive)), None))
                }
                Course::Around { leave, lane, far: Some((margin, other)), arrive } => {
                    let first = along(*lane, x(leave), x(margin));
                    Some((first, Some(along(*other, x(margin), x(arrive)))))
                }
            })
            .collect();
        let chosen: Vec<(Vec<usize>, usize)> = stretches.iter().map(|stretches| chosen(stretches)).collect();
        let bottoms = self.set_bands(&chosen);
        let y =
            |(band, nth): (usize, usize)| bottoms[band] + BEFORE_LANES + chosen[band].0[nth] as i64 * LANE;
        let ways =
            courses.iter().zip(ends).zip(lanes).map(|((course, (from, to)), lanes)| match (course, lanes) {
                (
                    Course::Around { leave, far: Some((margin, _)), arrive, .. },
                    Some((first, Some(second))),
                ) => Way::Corners(vec![x(leave), y(first), x(margin), y(second), x(arrive)]),
                (Course::Around { leave, arrive, .. }, Some((lane, _))) => {
                    Way::Corners(vec![x(leave), y(lane), x(arrive)])
                }
                (Course::Forward(lines), _) => {
                    let stretches = lines.iter().map(|line| {
                        let column = self.places[*line].column;
                        (
                            self.lefts[column],
                            self.lefts[column] + self.widths[column],
                            self.edges[*line] + LINE / 2,
                        )
                    });
                    let (begin, end) = (self.places[from.place].column, self.places[to.place].column);
                    Way::Curves {
                        leave: self.lefts[begin] + self.widths[begin],
                        stretches: stretches.collect(),
                        arrive: self.lefts[end],
                    }
                }
                (Course::Around { .. }, None) => unreachable!("a lane was chosen for it"),
            });
        ways.collect()
    }

    fn set_columns(&mut self) {
        let last = self.last();
        let margin = if self.part.has_frame_boxes { MARGIN } else { 0 };
        // Beside a frame's outline there is a gap only if something leads to its boxes.
        let outer = |links: &[Link], runs: i64| match (links.is_empty(), runs) {
            (true, 0) => margin,
            (true, runs) => MARK + 5 + runs * LANE,
            (false, runs) => GAP + runs * LANE,
        };
        self.gaps = vec![self.widths[0]; last + 1];
        self.lefts = vec![0; last + 1];
        let begin = self.widths[0] + outer(&self.links[0], self.tracks[0].1 as i64);
        let mut x = begin;
        for column in 1..=last {
            if self.bands[column] != self.bands[column - 1] {
                x = begin;
            }
            self.lefts[column] = x;
            self.gaps[column] = x + self.widths[column];
            let is_end = column + 1 > last || self.bands[column] != self.bands[column + 1];
            let gap = match is_end || column + 1 == last {
                true if column == last => 0,
                true => outer(&self.links[column], self.tracks[column].1 as i64),
                false => GAP + self.tracks[column].1 as i64 * LANE,
            };
            x = self.gaps[column] + gap;
            self.width = self.width.max(x);
        }
    }

    /// Puts the bands below each other. Returns the lower edge of each, where its lanes begin.
    fn set_bands(&mut self, lanes: &[(Vec<usize>, usize)]) -> Vec<i64> {
        let mut top = 0;
        let mut bottoms = Vec::with_capacity(lanes.len());
        let mut spans = vec![(i64::MAX, i64::MIN); lanes.len()];
        for (nth, place) in self.places.iter().enumerate() {
            let span = &mut spans[self.bands[place.column]];
            *span = (span.0.min(self.edges[nth]), span.1.max(self.edges[nth] + place.height));
        }
        let mut shifts = Vec::with_capacity(lanes.len());
        for ((_, count), (upper, lower)) in lanes.iter().zip(spans) {
            let height = if lower < upper { 0 } else { lower - upper };
            shifts.push(top - if lower < upper { 0 } else { upper });
            bottoms.push(top + height);
            let below = if *count == 0 { 0 } else { BEFORE_LANES + *count as i64 * LANE };
            self.height = top + height + below;
            top = self.height + APART;
        }
        for (nth, place) in self.places.iter().enumerate() {
            self.edges[nth] += shifts[self.bands[place.column]];
        }
        bottoms
    }

    /// Writes down where everything stands.
    fn place(&self, items: &mut [Item<'_>]) {
        for (nth, child) in self.part.children.iter().enumerate() {
            items[*child].x = self.lefts[self.places[nth].column];
            items[*child].y = self.edges[nth];
        }
        if let Some(frame) = self.part.level.filter(|_| self.part.has_frame_boxes) {
            let frame = &mut items[frame];
            let height = |nth: usize| self.edges[nth] + ROW / 2;
            frame.inboxes.iter_mut().enumerate().for_each(|(nth, at)| *at = height(self.inboxes + nth));
            frame.outboxes.iter_mut().enumerate().for_each(|(nth, at)| *at = height(self.outboxes + nth));
        }
    }
}

//! What lies in one frame, or in none: the parts that are linked, each laid out by itself, put beside each other.

use super::part::Part;
use super::{INSET, Item, Wire, title_width};

/// Around each part.
const AROUND: i64 = 32;
/// Around what lies in a frame, and around the whole picture.
const IN_FRAME: i64 = 14;
const IN_PICTURE: i64 = 20;
/// Parts are put into rows so that the whole is about this much wider than high.
const WIDER: f64 = 1.6;

/// Places the children and finds ways for the wires between them. Returns the size.
pub(super) fn lay_out(
    frame: Option<usize>,
    children: &[usize],
    here: &[usize],
    items: &mut [Item<'_>],
    wires: &mut [Wire],
) -> (i64, i64) {
    let parts = parts(frame, children, here, items, wires);
    let sizes: Vec<(i64, i64)> = parts.iter().map(|part| part.lay_out(items, wires)).collect();
    let (margin, head) = match frame {
        Some(frame) => (IN_FRAME, items[frame].head()),
        None => (IN_PICTURE, IN_PICTURE),
    };
    // The boxes of the frame are on its outline, so that the part with them has the whole width.
    let begin = usize::from(frame.is_some());
    let (mut width, mut bottom) = match frame {
        Some(_) => (sizes[0].0, head + sizes[0].1 + IN_FRAME),
        None => (0, head),
    };
    if frame.is_some() {
        parts[0].shift((0, head), items, wires);
    }
    let area: i64 = sizes[begin..].iter().map(|size| (size.0 + AROUND) * (size.1 + AROUND)).sum();
    let widest = sizes.iter().map(|size| size.0).max().unwrap_or(0);
    let most = ((area as f64 * WIDER).sqrt() as i64).max(widest);
    let (mut x, mut y, mut row) = (margin, bottom, 0);
    for (part, size) in parts.iter().zip(&sizes).skip(begin) {
        if x > margin && x - margin + size.0 > most {
            (x, y, row) = (margin, y + row + AROUND, 0);
        }
        part.shift((x, y), items, wires);
        (x, row) = (x + size.0 + AROUND, row.max(size.1));
        width = width.max(x - AROUND + margin);
        bottom = bottom.max(y + row + margin);
    }
    if let Some(frame) = frame {
        let frame = &mut items[frame];
        frame.width = width.max(title_width(frame.view) + 2 * INSET);
        frame.height = bottom;
        frame.inboxes.iter_mut().chain(&mut frame.outboxes).for_each(|height| *height += head);
    }
    (width, bottom)
}

/// The children that are linked with each other, and their wires. The first part is that of the frame's boxes.
fn parts(
    frame: Option<usize>,
    children: &[usize],
    here: &[usize],
    items: &[Item<'_>],
    wires: &[Wire],
) -> Vec<Part> {
    // Each child's representative, at first itself. The frame is one more at the end.
    let own = children.len();
    let mut heads: Vec<usize> = (0..=own).collect();
    let place = |item: usize| match Part::child(frame, item, items) {
        None => own,
        Some(child) => children.binary_search(&child).unwrap_or(own),
    };
    for wire in here {
        let one = head(&mut heads, place(wires[*wire].source.item));
        let other = head(&mut heads, place(wires[*wire].sink.item));
        heads[one.min(other)] = one.max(other);
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut number = vec![None; own + 1];
    if let Some(frame) = frame {
        number[own] = Some(0);
        parts.push(Part {
            level: Some(frame),
            has_frame_boxes: true,
            children: Vec::new(),
            wires: Vec::new(),
        });
    }
    let mut part_of = |place: usize, parts: &mut Vec<Part>| {
        let head = head(&mut heads, place);
        *number[head].get_or_insert_with(|| {
            parts.push(Part {
                level: frame,
                has_frame_boxes: false,
                children: Vec::new(),
                wires: Vec::new(),
            });
            parts.len() - 1
        })
    };
    for (nth, child) in children.iter().enumerate() {
        let part = part_of(nth, &mut parts);
        parts[part].children.push(*child);
    }
    for wire in here {
        let part = part_of(place(wires[*wire].source.item), &mut parts);
        parts[part].wires.push(*wire);
    }
    parts
}

fn head(heads: &mut [usize], mut at: usize) -> usize {
    while heads[at] != at {
        heads[at] = heads[heads[at]];
        at = heads[at];
    }
    at
}

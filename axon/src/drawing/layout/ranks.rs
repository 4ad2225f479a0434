//! How far to the right each component stands: right of all that it gets data from.

/// The rank of each of `count`, where `leads[n]` says to which others the n-th leads, in the order of its boxes.
///
/// Of a circle, the linkage that closes it, followed from the first made, leads back.
pub(super) fn ranks(count: usize, leads: &[Vec<usize>]) -> Vec<usize> {
    let (finished, backward) = walked(count, leads);
    let mut ranks = vec![0; count];
    for from in finished.into_iter().rev() {
        for (nth, to) in leads[from].iter().enumerate() {
            if !backward[from][nth] && *to != from {
                ranks[*to] = ranks[*to].max(ranks[from] + 1);
            }
        }
    }
    ranks
}

/// All in the order in which a walk is done with them, what they lead to first; and which leads close a circle.
fn walked(count: usize, leads: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<bool>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnTheWay,
        Done,
    }
    let mut seen = vec![Seen::No; count];
    let mut backward: Vec<Vec<bool>> = leads.iter().map(|leads| vec![false; leads.len()]).collect();
    let mut finished = Vec::with_capacity(count);
    for root in 0..count {
        if seen[root] != Seen::No {
            continue;
        }
        seen[root] = Seen::OnTheWay;
        let mut way = vec![(root, 0)];
        while let Some((from, nth)) = way.last_mut() {
            let Some(to) = leads[*from].get(*nth).copied() else {
                seen[*from] = Seen::Done;
                finished.push(*from);
                way.pop();
                continue;
            };
            match seen[to] {
                Seen::OnTheWay => backward[*from][*nth] = true,
                Seen::Done => {}
                Seen::No => {
                    seen[to] = Seen::OnTheWay;
                    *nth += 1;
                    way.push((to, 0));
                    continue;
                }
            }
            *nth += 1;
        }
    }
    (finished, backward)
}

//! What a solution of exercise 1 has to do.

use super::Way;

fn steps(from: u64) -> Vec<u64> {
    let mut way = Way::from(from);
    (0..1000).map_while(|_| way.step()).collect()
}

#[test]
fn each_step_gives_one_number() {
    assert_eq!(steps(6), [6, 3, 10, 5, 16, 8, 4, 2, 1]);
}

#[test]
fn the_way_from_1_has_one_step() {
    assert_eq!(steps(1), [1]);
}

#[test]
fn who_is_at_the_end_stays_there() {
    let mut way = Way::from(1);
    assert_eq!([way.step(), way.step(), way.step()], [Some(1), None, None]);
}

#[test]
fn two_of_them_do_not_disturb_each_other() {
    let (mut one, mut two) = (Way::from(2), Way::from(8));
    assert_eq!([one.step(), two.step(), one.step(), two.step()], [Some(2), Some(8), Some(1), Some(4)]);
}

//! The shortest schedule that still fails: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
//! IEEE TSE 2002) on the deviations from the default schedule.

use super::Deviation;

/// Runs after which the search ends with what it has.
const MOST_RUNS: usize = 1500;

/// Leaves out deviations as long as `fails` says that the rest still does. It gives the deviations that really were made, which may be fewer
/// than were asked for: what one of them refers to may not come about without another.
pub fn shortest(
    all: Vec<Deviation>,
    mut fails: impl FnMut(&[Deviation]) -> Option<Vec<Deviation>>,
) -> Vec<Deviation> {
    let mut runs = 0;
    let mut try_ = |some: &[Deviation]| {
        runs += 1;
        if runs > MOST_RUNS { None } else { fails(some) }
    };
    if let Some(none) = try_(&[]) {
        return none;
    }
    let mut best = all;
    let mut pieces = 2;
    while best.len() > 1 {
        let size = best.len().div_ceil(pieces);
        let mut shorter = None;
        for from in (0..best.len()).step_by(size) {
            let to = (from + size).min(best.len());
            let rest: Vec<Deviation> = best[..from].iter().chain(&best[to..]).copied().collect();
            if let Some(made) = try_(&rest) {
                shorter = Some(if made.len() < rest.len() { made } else { rest });
                break;
            }
        }
        match shorter {
            Some(shorter) => {
                best = shorter;
                pieces = (pieces - 1).max(2);
            }
            None if size == 1 => break,
            None => pieces = (2 * pieces).min(best.len()),
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Choice;

    fn deviation(task: u64) -> Deviation {
        Deviation { task, ordinal: 1, choice: Choice::Task, value: 2 }
    }

    #[test]
    fn what_a_failure_needs_is_left() {
        let all: Vec<Deviation> = (0..100).map(deviation).collect();
        let needed = [deviation(17), deviation(71), deviation(72)];
        let found = shortest(all, |some| needed.iter().all(|it| some.contains(it)).then(|| some.to_vec()));
        assert_eq!(found, needed);
    }

    #[test]
    fn a_failure_that_needs_nothing_is_the_default_schedule() {
        let all: Vec<Deviation> = (0..9).map(deviation).collect();
        assert_eq!(shortest(all, |some| Some(some.to_vec())), []);
    }

    #[test]
    fn deviations_that_were_not_made_are_dropped() {
        let all: Vec<Deviation> = (0..8).map(deviation).collect();
        // Without the first one, the others do not come about.
        let made = |some: &[Deviation]| {
            if some.contains(&deviation(0)) { some.to_vec() } else { Vec::new() }
        };
        let found = shortest(all, |some| made(some).contains(&deviation(3)).then(|| made(some)));
        assert_eq!(found, [deviation(0), deviation(3)]);
    }
}

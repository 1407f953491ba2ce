//! The restarts of the last while, for the limit on how many there may be.
//!
//! A limit may be large (a million in an hour), and then what is remembered must not grow with it: restarts beyond [`EXACT`] that follow each
//! other closely are remembered together, as one time and a number. They leave the window by the time of the first, at most a 64th of the
//! period too early; a limit of up to [`EXACT`] is exact.

use std::collections::VecDeque;

/// So many restarts are remembered one by one.
const EXACT: usize = 64;

/// See the [module](self).
#[derive(Default)]
pub struct Window {
    /// When, and how many.
    runs: VecDeque<(u64, u32)>,
    total: u64,
}

impl Window {
    /// Adds a restart, and forgets those that are older than the period. Gives how many remain.
    pub fn add(&mut self, now: u64, period: u64) -> u64 {
        let full = self.runs.len() >= EXACT;
        match self.runs.back_mut() {
            Some((first, count)) if full && now.saturating_sub(*first) < period / EXACT as u64 => *count += 1,
            _ => self.runs.push_back((now, 1)),
        }
        self.total += 1;
        while let Some(&(first, count)) = self.runs.front()
            && now.saturating_sub(first) >= period
        {
            self.total -= u64::from(count);
            self.runs.pop_front();
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_restarts_are_counted_exactly() {
        let mut window = Window::default();
        let counts: Vec<u64> = (0..200).map(|now| window.add(now, 50)).collect();
        assert_eq!(&counts[..3], [1, 2, 3]);
        assert!(counts[49..].iter().all(|&count| count == 50));
    }

    #[test]
    fn many_restarts_take_no_more_room() {
        let mut window = Window::default();
        let period = 1_000_000;
        let counts: Vec<u64> = (0..3 * period).map(|now| window.add(now, period)).collect();
        assert_eq!(counts[999_999], period);
        assert!(counts[1_000_000..].iter().all(|&count| count.abs_diff(period) <= period / 60));
        assert!(window.runs.capacity() <= 4 * EXACT);
    }

    #[test]
    fn a_run_is_forgotten_as_a_whole() {
        let mut window = Window::default();
        for _ in 0..1000 {
            window.add(5, 100);
        }
        assert_eq!(window.add(104, 100), 1001);
        assert_eq!(window.add(105, 100), 2);
    }
}

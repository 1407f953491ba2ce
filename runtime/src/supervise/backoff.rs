//! How long to wait before the next attempt: of supervisors, and of package `retry`.

/// The pause after a failure that `failures` others in a row came before: `first`, doubled by each of them, at most `longest`; and up to half of it is
/// added at random, so that those who failed together do not come back together. That never makes it longer than `longest`, either.
pub fn pause(first: u64, longest: u64, failures: u32, random: impl FnOnce() -> u64) -> u64 {
    let longest = longest.max(first);
    let pause = first.saturating_mul(1 << failures.min(32)).min(longest);
    let most = (pause / 2).min(longest - pause);
    pause + if most == 0 { 0 } else { random() % (most + 1) }
}

crate::natives! { pub static RETRY;
    /// `func pause(first, longest Duration, failures int, random uint64) Duration`
    Pure fn goo_retry_pause(first: I64, longest: I64, failures: I64, random: I64) -> I64 {
        let failures = failures.clamp(0, 32) as u32;
        pause(first.max(0) as u64, longest.max(0) as u64, failures, || random as u64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u64> = (0..5).map(|failures| pause(10, 60, failures, || 0)).collect();
        assert_eq!(pauses, [10, 20, 40, 60, 60]);
        assert_eq!(pause(10, 0, 40, || 0), 10);
        assert_eq!(pause(0, 0, 3, || 7), 0);
    }

    #[test]
    fn half_is_added_at_random_within_the_longest() {
        assert_eq!(pause(10, 60, 1, || 10), 30);
        assert_eq!(pause(10, 45, 2, || 5), 45);
        assert!((0..100).all(|random| (40..=45).contains(&pause(10, 45, 2, || random))));
    }
}

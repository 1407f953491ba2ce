//! What is known of differences between numbers: a set of facts `a - b <= c`.
//!
//! The terms are numbered by who uses this; number 0 is the number zero, so that a bound of one term is a fact, too. Facts follow
//! from others by adding along a way `a -> x -> b`; only short ways are looked at.

use rustc_hash::FxHashMap;

pub type Term = u32;

/// The number zero.
pub const ZERO: Term = 0;

/// More facts are not kept: the longer they are searched, the less they say.
const MOST: usize = 160;

/// So many facts may be added along a way.
const STEPS: usize = 4;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Zone {
    facts: FxHashMap<(Term, Term), i64>,
    /// `x = y + k`, but for overflow.
    sums: Vec<(Term, Term, i64)>,
}

impl Zone {
    /// Notes `a - b <= c`.
    pub fn add(&mut self, a: Term, b: Term, c: i64) {
        if a == b || (self.facts.len() >= MOST && !self.facts.contains_key(&(a, b))) {
            return;
        }
        self.facts.entry((a, b)).and_modify(|old| *old = c.min(*old)).or_insert(c);
    }

    /// Notes `a = b + c`.
    pub fn add_equal(&mut self, a: Term, b: Term, c: i64) {
        self.add(a, b, c);
        if let Some(back) = c.checked_neg() {
            self.add(b, a, back);
        }
    }

    /// The least `c` for which `a - b <= c` is known.
    pub fn difference(&self, a: Term, b: Term) -> Option<i64> {
        if a == b {
            return Some(0);
        }
        // Bellman and Ford's algorithm, for a few steps.
        let mut reached: Vec<(Term, i64)> = vec![(a, 0)];
        for _ in 0..STEPS {
            let mut changed = false;
            for (&(from, to), &cost) in &self.facts {
                let Some(&(_, at)) = reached.iter().find(|(term, _)| *term == from) else { continue };
                let Some(sum) = at.checked_add(cost) else { continue };
                match reached.iter_mut().find(|(term, _)| *term == to) {
                    Some((_, old)) if *old <= sum => {}
                    Some((_, old)) => {
                        *old = sum;
                        changed = true;
                    }
                    None => {
                        reached.push((to, sum));
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        reached.iter().find(|(term, _)| *term == b).map(|(_, cost)| *cost)
    }

    pub fn implies(&self, a: Term, b: Term, c: i64) -> bool {
        self.facts.get(&(a, b)).is_some_and(|known| *known <= c)
            || self.difference(a, b).is_some_and(|known| known <= c)
    }

    pub fn at_least(&self, a: Term, least: i64) -> bool {
        least.checked_neg().is_some_and(|c| self.implies(ZERO, a, c))
    }

    /// Whether `a + k` is a number of 64 bits for sure.
    pub fn can_add(&self, a: Term, k: i64) -> bool {
        // Whatever `a` is at least that much away from is within 64 bits itself.
        self.facts.iter().any(|(&(x, y), &c)| match k >= 0 {
            true => x == a && if y == ZERO { c.checked_add(k).is_some() } else { c <= -k },
            false => {
                y == a
                    && if x == ZERO {
                        c.checked_neg().is_some_and(|least| least.checked_add(k).is_some())
                    } else {
                        c <= k
                    }
            }
        })
    }

    /// Notes that `x` is `y + k` but for overflow.
    pub fn add_sum(&mut self, x: Term, y: Term, k: i64) {
        self.sums.push((x, y, k));
    }

    /// With a term now known better, sums in which it stands may turn out not to have overflowed.
    pub fn look_at_sums(&mut self, term: Term) {
        for (x, y, k) in self.sums.clone() {
            if x == term && k != i64::MIN && self.can_add(x, -k) {
                self.add_equal(x, y, k);
            }
        }
    }

    /// The term has a new value, of which nothing is known. What is known of others by way of it stays known.
    pub fn forget(&mut self, term: Term) {
        let before: Vec<(Term, i64)> =
            self.facts.iter().filter(|((_, b), _)| *b == term).map(|((a, _), c)| (*a, *c)).collect();
        let behind: Vec<(Term, i64)> =
            self.facts.iter().filter(|((a, _), _)| *a == term).map(|((_, b), c)| (*b, *c)).collect();
        for (a, first) in &before {
            for (b, second) in &behind {
                if let Some(sum) = first.checked_add(*second) {
                    self.add(*a, *b, sum);
                }
            }
        }
        self.facts.retain(|(a, b), _| *a != term && *b != term);
        self.sums.retain(|(x, y, _)| *x != term && *y != term);
    }

    /// The term grew.
    pub fn forget_upper(&mut self, term: Term) {
        self.facts.retain(|(a, _), _| *a != term);
        self.sums.retain(|(x, y, _)| *x != term && *y != term);
    }

    /// The term got smaller.
    pub fn forget_lower(&mut self, term: Term) {
        self.facts.retain(|(_, b), _| *b != term);
        self.sums.retain(|(x, y, _)| *x != term && *y != term);
    }

    /// The term is now itself plus `k`.
    pub fn shift(&mut self, term: Term, k: i64) {
        let facts = std::mem::take(&mut self.facts);
        for ((a, b), c) in facts {
            let c = match (a == term, b == term) {
                (true, _) => c.checked_add(k),
                (_, true) => c.checked_sub(k),
                _ => Some(c),
            };
            if let Some(c) = c {
                self.facts.insert((a, b), c);
            }
        }
        self.sums.retain(|(x, y, _)| *x != term && *y != term);
    }

    /// What both know.
    pub fn join(&self, other: &Zone) -> Zone {
        let mut joined = Zone::default();
        let mut keep = |from: &Zone, to: &Zone| {
            for (&(a, b), &c) in &from.facts {
                let there = to.facts.get(&(a, b)).copied().or_else(|| to.difference(a, b));
                if let Some(there) = there {
                    joined.facts.insert((a, b), c.max(there));
                }
            }
        };
        keep(self, other);
        keep(other, self);
        joined.sums = self.sums.iter().filter(|sum| other.sums.contains(sum)).copied().collect();
        joined
    }

    /// What is known now and was known as well the last time: what gets weaker from turn to turn ends here.
    pub fn widen(&self, last: &Zone) -> Zone {
        let facts = last
            .facts
            .iter()
            .filter(|(terms, c)| self.facts.get(terms).is_some_and(|now| now <= c))
            .map(|(terms, c)| (*terms, *c))
            .collect();
        Zone { facts, sums: last.sums.iter().filter(|sum| self.sums.contains(sum)).copied().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_add_up_along_a_way() {
        let mut zone = Zone::default();
        zone.add(1, 2, -1);
        zone.add(2, 3, 0);
        assert_eq!(zone.difference(1, 3), Some(-1));
        assert_eq!(zone.difference(3, 1), None);
        zone.forget(2);
        assert!(zone.implies(1, 3, -1));
    }

    #[test]
    fn a_counter_below_a_limit_can_be_stepped_up() {
        let mut zone = Zone::default();
        assert!(!zone.can_add(1, 1));
        zone.add(1, 2, -1);
        assert!(zone.can_add(1, 1));
        zone.shift(1, 1);
        assert!(zone.implies(1, 2, 0) && !zone.implies(1, 2, -1));
    }

    #[test]
    fn joining_keeps_the_weaker_fact() {
        let (mut first, mut again) = (Zone::default(), Zone::default());
        first.add_equal(1, ZERO, 0);
        again.add_equal(1, ZERO, 1);
        let joined = first.join(&again);
        assert!(joined.at_least(1, 0) && joined.implies(1, ZERO, 1));
        assert!(!joined.widen(&first).implies(1, ZERO, 1));
        assert!(joined.widen(&first).at_least(1, 0));
    }
}

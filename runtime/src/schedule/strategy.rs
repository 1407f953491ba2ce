//! How choices are drawn.
//!
//! - **Random**: at each point one of those who could run, all equally likely.
//! - **PCT**, probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic
//!   guarantees of finding bugs", ASPLOS 2010): each task has a random priority, the highest of those who are ready runs, and at `d - 1`
//!   random points the running task's priority falls below all others'. A bug that needs `d` orderings is met with a probability of
//!   at least 1/(n·k^(d-1)) in a program of n tasks and k points. A task that runs on and on, as one that polls does, falls as well.
//! - **Sweep**: the default schedule, with a crash at the point whose number the seed is. So crashes at all points are tried one by one.
//!
//! PCT has to know about how many points a program has. A seed tells it: its lowest five bits are the logarithm of that number ([`scaled`]),
//! so a seed alone repeats a schedule.

use rustc_hash::FxHashMap;

use super::Settings;

/// See the [module](self).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strategy {
    Random,
    Pct,
    Sweep,
    /// Always the default.
    Default,
}

impl Strategy {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Random => "random",
            Strategy::Pct => "pct",
            Strategy::Sweep => "sweep",
            Strategy::Default => "default",
        }
    }
}

/// A task that could run, by its place in the tree of who started whom.
pub type Candidate = (u64, *mut crate::task::object::Task);

/// Bits of a seed that say how long the program is.
const SCALE: u64 = 31;
/// What they may be, and what is assumed if they are something else.
const SCALES: std::ops::RangeInclusive<u64> = 4..=22;
const USUAL_SCALE: u64 = 8;

/// Points that PCT may let pass before the task that runs on and on falls behind.
const LONG: u64 = 2000;
/// The most change points, and the most timers that fire early.
const MOST_CHANGES: u64 = 3;

/// The number-th seed of a search that begins with `first`, for a program that has met about so many points.
pub fn scaled(first: u64, number: u64, points: u64) -> u64 {
    if number == 0 {
        return first;
    }
    let mut random = Random(first ^ number.wrapping_mul(0xD134_2543_DE82_EF95));
    let scale = u64::from(points.max(1).next_power_of_two().trailing_zeros());
    random.next() & !SCALE | scale.clamp(*SCALES.start(), *SCALES.end())
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number below `2^scale`, all magnitudes equally likely.
    fn of_any_size(&mut self, scale: u64) -> u64 {
        let bits = 1 + self.below(scale);
        self.below(1 << bits)
    }
}

/// Where choices come from.
pub struct Source {
    strategy: Strategy,
    random: Random,
    /// Of PCT: the tasks' priorities; those that fell are below 0, the last one lowest.
    priorities: FxHashMap<u64, i64>,
    /// Of PCT: at which points the running task falls, and how deep.
    changes: Vec<(u64, i64)>,
    lowest: i64,
    points: u64,
    /// At which of the places where that could happen a task crashes, or a timer fires early.
    crashes: Vec<u64>,
    timers: Vec<u64>,
    timer_points: u64,
}

impl Source {
    pub fn new(settings: &Settings) -> Source {
        let mut random = Random(settings.seed);
        let scale = match settings.seed & SCALE {
            scale if SCALES.contains(&scale) => scale,
            _ => USUAL_SCALE,
        };
        let drawn = matches!(settings.strategy, Strategy::Random | Strategy::Pct);
        let mut changes = Vec::new();
        if settings.strategy == Strategy::Pct {
            let count = 1 + random.below(MOST_CHANGES);
            changes = (0..count).map(|depth| (random.below(1 << scale), -1 - depth as i64)).collect();
        }
        let crashes = match settings.strategy {
            Strategy::Sweep => vec![settings.seed],
            _ if drawn => (0..settings.crashes).map(|_| random.of_any_size(scale)).collect(),
            _ => Vec::new(),
        };
        let early = if drawn { random.below(MOST_CHANGES + 1) } else { 0 };
        let timers = (0..early).map(|_| random.of_any_size(scale)).collect();
        Source {
            strategy: settings.strategy,
            random,
            priorities: FxHashMap::default(),
            changes,
            lowest: -1 - MOST_CHANGES as i64,
            points: 0,
            crashes,
            timers,
            timer_points: 0,
        }
    }

    pub fn task(&mut self, running: u64, candidates: &[Candidate], streak: u64) -> usize {
        match self.strategy {
            Strategy::Random if candidates.len() > 1 => self.random.below(candidates.len() as u64) as usize,
            Strategy::Pct => self.highest(running, candidates, streak),
            _ => 0,
        }
    }

    fn highest(&mut self, running: u64, candidates: &[Candidate], streak: u64) -> usize {
        let point = self.points;
        self.points += 1;
        if let Some(&(_, depth)) = self.changes.iter().find(|(at, _)| *at == point) {
            self.priorities.insert(running, depth);
        }
        if streak >= LONG {
            self.lowest -= 1;
            self.priorities.insert(running, self.lowest);
        }
        let mut best = (0, i64::MIN);
        for (at, (task, _)) in candidates.iter().enumerate() {
            let random = &mut self.random;
            let priority = *self.priorities.entry(*task).or_insert_with(|| (random.next() >> 1) as i64);
            if priority > best.1 {
                best = (at, priority);
            }
        }
        best.0
    }

    pub fn index(&mut self, n: usize) -> usize {
        match self.strategy {
            Strategy::Random | Strategy::Pct if n > 1 => self.random.below(n as u64) as usize,
            _ => 0,
        }
    }

    /// At the number-th place where a task could crash.
    pub fn crash(&mut self, number: u64) -> bool {
        self.crashes.contains(&number)
    }

    pub fn timer(&mut self) -> bool {
        let point = self.timer_points;
        self.timer_points += 1;
        self.timers.contains(&point)
    }
}

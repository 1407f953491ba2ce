//! A hierarchical wheel of times: adding is a few instructions, and what is due comes out in order, however many there are. A heap of a million
//! entries misses the cache at each of twenty levels; here an entry is moved at most once a level, along with its neighbours.
//!
//! ```text
//! tick of an entry:   …  | 6 bits | 6 bits | 6 bits |        (a tick is 2^15 ns)
//!                         level 2  level 1  level 0
//! ```
//!
//! `at` is the tick up to which all is done. An entry stands in the level of the highest six bits in which its tick differs from
//! `at`, in the slot that those bits give. So all entries of a level come before all of the level above; and when `at`
//! gets to the first tick of a slot of a higher level, its entries are spread over the levels below. Entries of the tick `at` itself, and of
//! ticks before it, are in the slot of `at` in level 0.

/// Nanoseconds of a tick, as a power of two: finer than what the system lets a thread sleep.
const TICK: u32 = 15;
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Enough for all bits of a tick.
const LEVELS: usize = (64 - TICK).div_ceil(BITS) as usize;
/// Entries that stand side by side. A slot of a high level has a hundred thousand: one list of them would have been copied each time that it doubled,
/// and then be half empty.
const CHUNK: usize = 32;

/// See the [module](self).
pub struct Wheel<T> {
    at: u64,
    len: usize,
    levels: [Level<T>; LEVELS],
}

struct Level<T> {
    /// Which slots have entries.
    occupied: u64,
    slots: [Slot<T>; SLOTS],
}

/// The entries of a slot, in the order they came.
struct Slot<T> {
    /// Lists of [`CHUNK`] entries.
    full: Vec<Vec<(u64, T)>>,
    /// The rest: not empty if there are full ones. It stays for the next time.
    last: Vec<(u64, T)>,
}

impl<T> Slot<T> {
    fn new() -> Slot<T> {
        Slot { full: Vec::new(), last: Vec::new() }
    }

    #[inline]
    fn push(&mut self, entry: (u64, T)) {
        if self.last.len() == CHUNK {
            self.begin_another();
        }
        self.last.push(entry);
    }

    #[cold]
    fn begin_another(&mut self) {
        let full = std::mem::replace(&mut self.last, Vec::with_capacity(CHUNK));
        self.full.push(full);
    }

    fn iter(&self) -> impl Iterator<Item = &(u64, T)> {
        self.full.iter().flatten().chain(&self.last)
    }

    fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Takes out all entries.
    fn drain(&mut self, mut each: impl FnMut((u64, T))) {
        let Slot { full, last } = std::mem::replace(self, Slot::new());
        for chunk in full {
            chunk.into_iter().for_each(&mut each);
        }
        last.into_iter().for_each(each);
    }

    /// Takes out the entries for which this holds.
    fn extract(&mut self, wanted: impl Fn(&(u64, T)) -> bool, mut each: impl FnMut((u64, T))) {
        if self.full.is_empty() {
            return self.last.extract_if(.., |entry| wanted(entry)).for_each(each);
        }
        let mut rest = Slot::new();
        self.drain(|entry| if wanted(&entry) { each(entry) } else { rest.push(entry) });
        *self = rest;
    }
}

impl<T> Level<T> {
    fn put(&mut self, slot: usize, entry: (u64, T)) {
        self.occupied |= 1 << slot;
        self.slots[slot].push(entry);
    }

    fn take(&mut self, slot: usize) -> Slot<T> {
        self.occupied &= !(1 << slot);
        std::mem::replace(&mut self.slots[slot], Slot::new())
    }

    /// The first slot with entries from this one on.
    fn first(&self, from: usize) -> Option<usize> {
        let rest = self.occupied.checked_shr(from as u32).unwrap_or(0);
        (rest != 0).then(|| from + rest.trailing_zeros() as usize)
    }
}

impl<T: Copy> Wheel<T> {
    pub fn new() -> Wheel<T> {
        let level = |_| Level { occupied: 0, slots: std::array::from_fn(|_| Slot::new()) };
        Wheel { at: 0, len: 0, levels: std::array::from_fn(level) }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry.
    pub fn add(&mut self, due: u64, value: T) {
        self.len += 1;
        self.place(due, value);
    }

    fn place(&mut self, due: u64, value: T) {
        let tick = (due >> TICK).max(self.at);
        let differs = (tick ^ self.at) | (SLOTS as u64 - 1);
        let level = (63 - differs.leading_zeros()) / BITS;
        self.levels[level as usize].put(slot_of(tick, level), (due, value));
    }

    /// A time at which to look again: not after the first entry is due, and later than the last look.
    pub fn next(&self) -> Option<u64> {
        if let Some(slot) = self.levels[0].first(slot_of(self.at, 0)) {
            return self.levels[0].slots[slot].iter().map(|(due, _)| *due).min();
        }
        (1..LEVELS as u32).find_map(|level| self.first_tick(level)).map(|tick| tick << TICK)
    }

    /// The first tick of the first slot with entries in a level above 0.
    fn first_tick(&self, level: u32) -> Option<u64> {
        let slot = self.levels[level as usize].first(slot_of(self.at, level) + 1)?;
        let above = self.at.checked_shr(BITS * (level + 1)).unwrap_or(0);
        Some((above << BITS | slot as u64) << (BITS * level))
    }

    /// Takes out entries that are due, in order: all of them, or if they are many a part that comes first. Nothing: there are none.
    pub fn take_due(&mut self, now: u64, due: &mut Vec<(u64, T)>) {
        let target = now >> TICK;
        while due.is_empty() {
            if let Some(slot) = self.levels[0].first(slot_of(self.at, 0)) {
                let tick = self.at & !(SLOTS as u64 - 1) | slot as u64;
                if tick > target {
                    break;
                }
                self.at = tick;
                self.take_due_of_slot(slot, now, due);
                if tick == target {
                    return;
                }
                continue;
            }
            let higher = (1..LEVELS as u32).find_map(|level| Some((level, self.first_tick(level)?)));
            match higher {
                Some((level, tick)) if tick <= target => self.spread(level, tick),
                _ => break,
            }
        }
        if due.is_empty() {
            self.at = self.at.max(target);
        }
    }

    fn take_due_of_slot(&mut self, slot: usize, now: u64, due: &mut Vec<(u64, T)>) {
        let level = &mut self.levels[0];
        let entries = &mut level.slots[slot];
        entries.extract(|(at, _)| *at <= now, |entry| due.push(entry));
        self.len -= due.len();
        if entries.is_empty() {
            level.occupied &= !(1 << slot);
        }
        due.sort_by_key(|(at, _)| *at);
    }

    /// The time of a slot has come: its entries go to the levels below.
    fn spread(&mut self, level: u32, tick: u64) {
        self.at = tick;
        let mut slot = self.levels[level as usize].take(slot_of(tick, level));
        slot.drain(|(due, value)| self.place(due, value));
    }

    /// Throws away the entries that are not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        for level in &mut self.levels {
            for (index, slot) in level.slots.iter_mut().enumerate() {
                slot.extract(|(_, value)| !wanted(value), |_| self.len -= 1);
                if slot.is_empty() {
                    level.occupied &= !(1 << index);
                }
            }
        }
    }
}

/// The bits of a tick that a level goes by.
fn slot_of(tick: u64, level: u32) -> usize {
    (tick >> (BITS * level)) as usize & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes out all that is due at each of these times; checks that `next` would have led there.
    fn drain(wheel: &mut Wheel<usize>, times: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
        let mut all = Vec::new();
        for now in times {
            loop {
                let mut due = Vec::new();
                wheel.take_due(now, &mut due);
                if due.is_empty() {
                    break;
                }
                all.extend(due.iter().map(|(at, _)| (*at, now)));
            }
            assert!(wheel.next().is_none_or(|next| next > now), "{:?} at {now}", wheel.next());
        }
        all
    }

    fn random(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    #[test]
    fn entries_come_out_in_order_and_in_time() {
        let mut seed = 7;
        let mut wheel = Wheel::new();
        let mut expected = Vec::new();
        for index in 0..20_000 {
            // Of all magnitudes, from nanoseconds to weeks.
            let due = 1_000_000 + (random(&mut seed) >> (14 + random(&mut seed) % 50));
            wheel.add(due, index);
            expected.push(due);
        }
        expected.sort_unstable();
        let mut times = Vec::new();
        let mut now = 1_000_000;
        while now < 1 << 51 {
            now += 1 + (random(&mut seed) % (1 + now / 8));
            times.push(now);
        }
        let out = drain(&mut wheel, times.iter().copied());
        assert_eq!(out.iter().map(|(due, _)| *due).collect::<Vec<_>>(), expected);
        assert!(out.iter().all(|(due, taken)| due <= taken
            && times.partition_point(|at| at < due) <= times.partition_point(|at| at < taken)));
        assert_eq!((wheel.len(), wheel.next()), (0, None));
    }

    #[test]
    fn looking_when_told_to_takes_each_entry_as_soon_as_it_is_due() {
        let mut seed = 11;
        let mut wheel = Wheel::new();
        for index in 0..2000 {
            wheel.add(random(&mut seed) % 40_000_000_000, index);
        }
        let mut looks = 0;
        let mut taken = 0;
        while let Some(next) = wheel.next() {
            let mut due = Vec::new();
            wheel.take_due(next, &mut due);
            assert!(due.iter().all(|(at, _)| *at == next));
            taken += due.len();
            looks += 1;
        }
        assert_eq!(taken, 2000);
        // A look for each entry, and some where slots are spread.
        assert!(looks < 2 * 2000 + 1000, "{looks}");
    }

    #[test]
    fn what_is_late_already_is_due_at_once() {
        let mut wheel = Wheel::new();
        assert_eq!(drain(&mut wheel, std::iter::once(5_000_000)), []);
        wheel.add(3, 1);
        wheel.add(u64::MAX, 2);
        assert_eq!(wheel.next(), Some(3));
        assert_eq!(drain(&mut wheel, std::iter::once(5_000_001)), [(3, 5_000_001)]);
        assert!(wheel.next().is_some_and(|next| next > 1 << 60));
        wheel.retain(|value| *value != 2);
        assert_eq!((wheel.len(), wheel.next()), (0, None));
    }
}

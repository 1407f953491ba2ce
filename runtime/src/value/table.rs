//! The table of a map: from hashes to numbers of entries.
//!
//! Each slot holds the hash and the number of an entry in one word, so that a look-up leaves the table only for an entry with the
//! very same hash. A hash's slot is found by its upper bits, and a taken slot means the next one: a table of twice the size has its words
//! in the same order, so growing reads and writes memory from front to back. Words move back when one before them is removed, so
//! there are no marks for what was removed.

use std::hint::select_unpredictable;
use std::ptr::null_mut;

use super::heap;

/// A slot without entry. Hashes are not 0.
const FREE: u64 = 0;

#[derive(Debug)]
pub struct Table {
    slots: *mut u64,
    /// Slots, a power of two; 0 for a table without any.
    size: usize,
    len: usize,
}

fn word(hash: u32, entry: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(entry)
}

fn hash_of(word: u64) -> u32 {
    (word >> 32) as u32
}

impl Table {
    pub const fn new() -> Table {
        Table { slots: null_mut(), size: 0, len: 0 }
    }

    /// With room for so many entries.
    pub fn with_room(entries: usize) -> Table {
        // Seven of ten slots at most are taken: more make the ways to a free one long.
        let size = (entries * 10 / 7 + 1).next_power_of_two().max(16);
        let slots = heap::zeroed_block(size * 8, 0).cast::<u64>();
        Table { slots, size, len: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether another entry needs a larger table.
    fn is_full(&self) -> bool {
        (self.len + 1) * 10 > self.size * 7
    }

    fn home(&self, hash: u32) -> usize {
        // The upper bits, as many as number the slots.
        ((u64::from(hash) * self.size as u64) >> 32) as usize
    }

    fn at(&self, slot: usize) -> u64 {
        debug_assert!(slot < self.size);
        // SAFETY: slots below the size are words of the block.
        unsafe { self.slots.add(slot).read() }
    }

    fn put(&mut self, slot: usize, word: u64) {
        debug_assert!(slot < self.size);
        // SAFETY: as in `at`.
        unsafe { self.slots.add(slot).write(word) }
    }

    /// The slot of the entry with this hash for which `is_it` holds.
    #[inline]
    fn slot_of(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<usize> {
        if self.size == 0 {
            return None;
        }
        let mut slot = self.home(hash);
        loop {
            let word = self.at(slot);
            if word == FREE {
                return None;
            }
            if hash_of(word) == hash && is_it(word as u32) {
                return Some(slot);
            }
            slot = (slot + 1) & (self.size - 1);
        }
    }

    /// The entry with this hash for which `is_it` holds.
    #[inline]
    pub fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        if self.size == 0 {
            return None;
        }
        // Which of the first two it is cannot be foretold, so no branch asks. Behind a free slot there is none with this home.
        let home = self.home(hash);
        let (first, second) = (self.at(home), self.at((home + 1) & (self.size - 1)));
        if first == FREE {
            return None;
        }
        let likely = select_unpredictable(hash_of(first) == hash, first, second);
        if hash_of(likely) == hash && is_it(likely as u32) {
            return Some(likely as u32);
        }
        self.slot_of(hash, is_it).map(|slot| self.at(slot) as u32)
    }

    /// Takes in an entry that is not there.
    pub fn insert(&mut self, hash: u32, entry: u32) {
        if self.is_full() {
            self.grow();
        }
        self.insert_word(word(hash, entry));
    }

    fn insert_word(&mut self, word: u64) {
        let mut slot = self.home(hash_of(word));
        while self.at(slot) != FREE {
            slot = (slot + 1) & (self.size - 1);
        }
        self.put(slot, word);
        self.len += 1;
    }

    fn grow(&mut self) {
        let mut larger = Table::with_room((self.len * 2).max(8));
        for slot in 0..self.size {
            let word = self.at(slot);
            if word != FREE {
                larger.insert_word(word);
            }
        }
        *self = larger;
    }

    /// Removes an entry.
    pub fn remove(&mut self, hash: u32, entry: u32) {
        let Some(mut free) = self.slot_of(hash, |found| found == entry) else { return };
        let mask = self.size - 1;
        let mut slot = free;
        loop {
            slot = (slot + 1) & mask;
            let word = self.at(slot);
            if word == FREE {
                break;
            }
            // A word may move back, but not to before its home.
            let from_home = slot.wrapping_sub(self.home(hash_of(word))) & mask;
            if from_home >= (slot.wrapping_sub(free) & mask) {
                self.put(free, word);
                free = slot;
            }
        }
        self.put(free, FREE);
        self.len -= 1;
    }

    pub fn clear(&mut self) {
        // SAFETY: the block has that many words.
        unsafe {
            if self.size > 0 {
                self.slots.write_bytes(0, self.size);
            }
        }
        self.len = 0;
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: the block was made with this size, in `with_room`.
            unsafe { heap::free_block(self.slots.cast(), self.size * 8) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_leaves_the_others_where_they_are_found() {
        let mut table = Table::new();
        // Few different upper bits, so that the ways are long, also over the end of the table.
        let hash = |entry: u32| {
            (entry % 7 * 0x2000_0000).max(1) | (0xF000_0000 * u32::from(entry.is_multiple_of(3))) | 1
        };
        for entry in 0..500 {
            table.insert(hash(entry), entry);
        }
        for entry in (0..500).filter(|entry| entry % 2 == 0) {
            table.remove(hash(entry), entry);
        }
        for entry in 0..500 {
            let found = table.find(hash(entry), |found| found == entry);
            assert_eq!(found, (entry % 2 == 1).then_some(entry));
        }
        table.clear();
        assert!(table.is_empty() && table.find(hash(1), |_| true).is_none());
    }

    #[test]
    fn an_empty_table_has_no_memory() {
        let mut table = Table::new();
        assert_eq!(table.find(1, |_| true), None);
        table.remove(1, 1);
        table.clear();
        assert!(table.is_empty());
    }
}

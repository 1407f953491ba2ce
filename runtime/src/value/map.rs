//! Maps: entries in the order of insertion, found through a table of their numbers.
//!
//! ```text
//! entries:  [hash seq key value][0 . . .][hash seq key value] …      hash 0: deleted
//! table:    hash -> number of entry ([`Table`]), only when there are more than SMALL
//! ```
//!
//! Behind a key that is a string stands a word by which short ones are told apart ([`Text::digest`]): what they refer to lies anywhere, in
//! a line of memory that a look-up would wait for.
//!
//! Each entry has a sequence number, which grows along the entries and stays when entries move: a position of an iteration is the
//! number of the entry that comes next, so it survives deleting, growing, compaction and copying. While `dense`, an entry's sequence
//! number is its place. A position also carries the number at which the iteration ends, so that what is inserted meanwhile does not
//! keep it going for ever: `end << 32 | next`; the position 0 starts an iteration.

use std::mem::ManuallyDrop;
use std::ptr::{copy_nonoverlapping, null_mut};

use super::hash::{self, Unhashable};
use super::table::Table;
use super::view::Value;
use super::{count, equal, heap, lent, string};
use crate::abi::layout::{Header, ObjectKind, Slice, TypeDesc, TypeKind};
use crate::abi::native::lent_bytes;

/// Up to so many entries are searched one by one.
const SMALL: u32 = 8;
/// Sequence numbers stay below, so that a position is never negative.
const MOST: u32 = 0x7FFF_FFFF;
/// Where an entry's key stands.
const KEY: usize = 8;

pub const SIZE: usize = size_of::<MapObject>();

#[repr(C)]
pub struct MapObject {
    header: Header,
    /// Entries that live.
    len: i64,
    entries: *mut u8,
    /// Entries, deleted ones included, and room for them.
    used: u32,
    cap: u32,
    /// The next sequence number.
    seq: u32,
    /// The entries before this one are deleted: a map that is emptied from its front is not searched through each time.
    front: u32,
    dense: bool,
    stride: u32,
    value: u32,
    table: ManuallyDrop<Table>,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Head {
    hash: u32,
    seq: u32,
}

/// A key that is looked for: how to tell whether an entry has it.
trait Key {
    /// # Safety
    /// `at` holds a key of the map's type.
    unsafe fn is_at(&self, at: *const u8) -> bool;

    /// Puts the key where an entry has it, with a count of its own.
    ///
    /// # Safety
    /// `key` is this key, a value of the type `desc`; `at` has room for it.
    unsafe fn put(&self, desc: &TypeDesc, key: *const u8, at: *mut u8) {
        // SAFETY: as the caller owes.
        unsafe {
            copy_nonoverlapping(key, at, desc.bytes());
            count::retain_value(desc, at);
        }
    }
}

/// Eight bytes that are equal when their bits are.
struct Word(u64);

impl Key for Word {
    unsafe fn is_at(&self, at: *const u8) -> bool {
        // SAFETY: as the caller owes.
        unsafe { at.cast::<u64>().read() == self.0 }
    }

    unsafe fn put(&self, _: &TypeDesc, _: *const u8, at: *mut u8) {
        // SAFETY: as the caller owes.
        unsafe { at.cast::<u64>().write(self.0) }
    }
}

struct Text<'a> {
    text: &'a [u8],
    /// Its bytes, if it has at most eight; else the first eight.
    digest: u64,
}

impl Text<'_> {
    #[inline]
    fn new(text: &[u8]) -> Text<'_> {
        Text { text, digest: hash::first_bytes(text) }
    }
}

/// A string and its digest, as entries have them.
#[repr(C)]
struct TextKey {
    key: Slice,
    digest: u64,
}

impl Key for Text<'_> {
    #[inline]
    unsafe fn is_at(&self, at: *const u8) -> bool {
        // SAFETY: as the caller owes; each string in an entry has its digest behind it.
        unsafe {
            let TextKey { key, digest } = &*at.cast::<TextKey>();
            key.len as usize == self.text.len()
                && *digest == self.digest
                && (self.text.len() <= 8 || string::is_same(lent_bytes(key), self.text))
        }
    }

    unsafe fn put(&self, _: &TypeDesc, key: *const u8, at: *mut u8) {
        // SAFETY: as the caller owes.
        unsafe {
            let key = (*key.cast::<Slice>()).retained();
            at.cast::<TextKey>().write(TextKey { key, digest: self.digest });
        }
    }
}

impl Key for Value<'_> {
    unsafe fn is_at(&self, at: *const u8) -> bool {
        // SAFETY: as the caller owes. A key that has been hashed can be compared.
        unsafe { equal::equal(*self, Value::new(self.desc(), at)).unwrap_or(false) }
    }
}

fn short(hash: u64) -> u32 {
    ((hash >> 32) as u32).max(1)
}

fn stride_of(desc: &TypeDesc) -> (u32, u32) {
    let (key, value) = (desc.key(), desc.elem());
    let key = if key.kind == TypeKind::String { size_of::<TextKey>() } else { key.bytes() };
    let offset = (KEY + key).next_multiple_of((value.align as usize).max(1));
    ((offset + value.bytes()).next_multiple_of(8) as u32, offset as u32)
}

/// A new empty map with room for so many entries.
pub fn new(desc: &'static TypeDesc, room: i64) -> *mut MapObject {
    let map: *mut MapObject = heap::new_object(ObjectKind::Map, desc, SIZE).cast();
    let (stride, value) = stride_of(desc);
    let cap = room.clamp(0, i64::from(MOST)) as u32;
    let entries = if cap == 0 { null_mut() } else { heap::block(cap as usize * stride as usize) };
    let table = ManuallyDrop::new(if cap > SMALL { Table::with_room(cap as usize) } else { Table::new() });
    // SAFETY: a fresh object; the head is written, and each other field here.
    unsafe {
        (&raw mut (*map).len).write(0);
        (&raw mut (*map).entries).write(entries);
        (&raw mut (*map).used).write(0);
        (&raw mut (*map).cap).write(cap);
        (&raw mut (*map).seq).write(0);
        (&raw mut (*map).front).write(0);
        (&raw mut (*map).dense).write(true);
        (&raw mut (*map).stride).write(stride);
        (&raw mut (*map).value).write(value);
        (&raw mut (*map).table).write(table);
    }
    map
}

pub(crate) fn len(map: *const MapObject) -> usize {
    // SAFETY: a map value is null or a live map.
    unsafe { map.as_ref() }.map_or(0, |map| map.len as usize)
}

/// Where the keys and values of the live entries are, in order.
pub(crate) fn places(map: *mut MapObject) -> impl Iterator<Item = (*mut u8, *mut u8)> {
    // SAFETY: a map value is null or a live map.
    let map = unsafe { map.as_ref() };
    map.into_iter().flat_map(|map| {
        (0..map.used).filter(|&i| map.head(i).hash != 0).map(|i| (map.key(i), map.value_of(i)))
    })
}

/// Frees what a map has besides its object.
///
/// # Safety
/// The map is dead, and what its entries hold has been given up.
pub unsafe fn free_parts(map: *mut MapObject) {
    // SAFETY: as the caller owes: nothing is used again.
    unsafe {
        if (*map).cap != 0 {
            heap::free_block((*map).entries, (*map).cap as usize * (*map).stride as usize);
        }
        ManuallyDrop::drop(&mut (*map).table);
    }
}

impl MapObject {
    fn entry(&self, i: u32) -> *mut u8 {
        debug_assert!(i < self.cap);
        self.entries.wrapping_add(i as usize * self.stride as usize)
    }

    fn head(&self, i: u32) -> Head {
        // SAFETY: entries below `used` have heads.
        unsafe { self.entry(i).cast::<Head>().read() }
    }

    fn set_head(&mut self, i: u32, head: Head) {
        // SAFETY: entries below `cap` have room for a head.
        unsafe { self.entry(i).cast::<Head>().write(head) }
    }

    fn key(&self, i: u32) -> *mut u8 {
        self.entry(i).wrapping_add(KEY)
    }

    fn value_of(&self, i: u32) -> *mut u8 {
        self.entry(i).wrapping_add(self.value as usize)
    }

    #[inline]
    fn find(&self, hash: u32, key: &impl Key) -> Option<u32> {
        // SAFETY: entries below `used` have keys.
        let matches = |i: u32| self.head(i).hash == hash && unsafe { key.is_at(self.key(i)) };
        if self.used <= SMALL && self.table.is_empty() {
            return (0..self.used).find(|&i| matches(i));
        }
        self.table.find(hash, matches)
    }

    /// Takes in a new entry; its key and value are still to be written.
    fn push(&mut self, hash: u32) -> u32 {
        if self.used == self.cap || self.seq == MOST {
            self.make_room();
        }
        let i = self.used;
        self.set_head(i, Head { hash, seq: self.seq });
        self.used += 1;
        self.seq += 1;
        self.len += 1;
        if self.used > SMALL {
            if self.table.is_empty() {
                self.build_table();
            } else {
                self.table.insert(hash, i);
            }
        }
        i
    }

    fn build_table(&mut self) {
        if self.used <= SMALL {
            self.table.clear();
            return;
        }
        // Room for what the entries have room for: both grow together.
        let mut table = Table::with_room(self.cap as usize);
        for i in (0..self.used).filter(|&i| self.head(i).hash != 0) {
            table.insert(self.head(i).hash, i);
        }
        *self.table = table;
    }

    fn make_room(&mut self) {
        let deleted = self.used - self.len as u32;
        if deleted > self.used / 4 || self.seq == MOST {
            return self.compact();
        }
        let cap = self.cap.checked_mul(2).expect("a map of less than four thousand million entries").max(4);
        let stride = self.stride as usize;
        let size = cap as usize * stride;
        self.entries = match self.cap {
            0 => heap::block(size),
            // SAFETY: the block had room for that many entries, and is larger now.
            old => unsafe { heap::grow_block(self.entries, old as usize * stride, size) },
        };
        self.cap = cap;
    }

    /// Closes the gaps. Sequence numbers stay, unless there are no more of them.
    fn compact(&mut self) {
        let mut to = 0;
        for from in 0..self.used {
            if self.head(from).hash != 0 {
                if from != to {
                    // SAFETY: both are entries; `to < from`.
                    unsafe { copy_nonoverlapping(self.entry(from), self.entry(to), self.stride as usize) };
                }
                to += 1;
            }
        }
        self.dense = self.dense && to == self.used;
        self.front = 0;
        self.used = to;
        if self.seq == MOST {
            for i in 0..to {
                self.set_head(i, Head { seq: i, ..self.head(i) });
            }
            self.seq = to;
            self.dense = true;
        }
        if self.used == self.cap {
            // All sequence numbers are in use, and there was nothing to close.
            return self.make_room();
        }
        self.build_table();
    }

    /// The first entry at or behind this sequence number.
    fn seek(&self, seq: u32) -> u32 {
        if self.dense {
            return seq.min(self.used);
        }
        let (mut low, mut high) = (0, self.used);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.head(middle).seq < seq {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Where the entry that comes next is, and the position behind it.
    pub fn next(&self, position: i64) -> Option<(*mut u8, *mut u8, i64)> {
        let (end, seq) =
            if position == 0 { (self.seq, 0) } else { ((position >> 32) as u32, position as u32) };
        let i = (self.seek(seq).max(self.front)..self.used).find(|&i| self.head(i).hash != 0)?;
        let seq = self.head(i).seq;
        if seq >= end {
            return None;
        }
        let position = i64::from(end) << 32 | i64::from(seq + 1);
        Some((self.key(i), self.value_of(i), position))
    }

    fn remove(&mut self, hash: u32, i: u32) {
        self.table.remove(hash, i);
        self.set_head(i, Head { hash: 0, ..self.head(i) });
        self.len -= 1;
        if self.len == 0 {
            return self.reset();
        }
        while self.head(self.front).hash == 0 {
            self.front += 1;
        }
    }

    fn reset(&mut self) {
        self.used = 0;
        self.seq = 0;
        self.front = 0;
        self.dense = true;
        self.table.clear();
    }
}

// ---------------------------------------------------------------- on map values

/// # Safety
/// `map` is a map value: null or live.
unsafe fn find(map: *const MapObject, hash: u64, key: &impl Key) -> *mut u8 {
    // SAFETY: as the caller owes.
    let Some(map) = (unsafe { map.as_ref() }) else { return null_mut() };
    map.find(short(hash), key).map_or(null_mut(), |i| map.value_of(i))
}

/// The value under a key, or null.
///
/// # Safety
/// `map` is a map value of type `desc`, lent.
pub unsafe fn get(
    desc: &'static TypeDesc,
    map: *const MapObject,
    key: *const u8,
) -> Result<*mut u8, Unhashable> {
    let key_desc = desc.key();
    // SAFETY: as the caller owes; the key is of the map's key type.
    unsafe {
        if key_desc.kind == TypeKind::String {
            let text = lent_bytes(&*key.cast::<Slice>());
            return Ok(find(map, hash::bytes(text), &Text::new(text)));
        }
        if is_word(key_desc) {
            let word = key.cast::<u64>().read();
            return Ok(find(map, hash::word(word), &Word(word)));
        }
        let key = Value::new(key_desc, key);
        // Go hashes the key of an empty map, too, to find out that it cannot be.
        Ok(find(map, hash::value(key)?, &key))
    }
}

pub(crate) fn get_word(map: *const MapObject, word: u64) -> *mut u8 {
    // SAFETY: a native's argument is a map value.
    unsafe { find(map, hash::word(word), &Word(word)) }
}

pub(crate) fn get_text(map: *const MapObject, text: &[u8]) -> *mut u8 {
    // SAFETY: a native's argument is a map value.
    unsafe { find(map, hash::bytes(text), &Text::new(text)) }
}

/// Whether keys of this type are eight bytes that are equal when their bits are, and nothing else: a handle is counted.
fn is_word(key: &TypeDesc) -> bool {
    key.size == 8 && key.has(TypeDesc::FLAT) && !key.has(TypeDesc::COUNTED)
}

/// The value under a key.
pub fn find_value<'a>(map: Value<'a>, key: Value<'_>) -> Result<Option<Value<'a>>, Unhashable> {
    // SAFETY: both are views of live values, the key's of the map's key type.
    unsafe {
        let place = get(map.desc(), map.word() as *const MapObject, key.place())?;
        Ok((!place.is_null()).then(|| Value::new(map.desc().elem(), place)))
    }
}

/// Makes the map the slot's own (and there, if it is not yet).
///
/// # Safety
/// `slot` is a map of type `desc` that the caller owns.
#[inline]
pub unsafe fn make_unique<'a>(desc: &'static TypeDesc, slot: &'a mut *mut MapObject) -> &'a mut MapObject {
    // SAFETY: as the caller owes.
    unsafe {
        if slot.is_null() || !lent::changes_in_place(slot.cast()) {
            renew(desc, slot);
        }
        &mut **slot
    }
}

/// Makes the map there that [`make_unique`] gives.
///
/// # Safety
/// As for [`make_unique`].
#[cold]
pub(super) unsafe fn renew(desc: &'static TypeDesc, slot: &mut *mut MapObject) {
    // SAFETY: as the caller owes.
    unsafe {
        if slot.is_null() {
            *slot = new(desc, 0);
        } else {
            let copy = cloned(desc, *slot);
            count::release(slot.cast());
            *slot = copy;
        }
    }
}

/// # Safety
/// The map is alive, and of type `desc`.
unsafe fn cloned(desc: &'static TypeDesc, map: *mut MapObject) -> *mut MapObject {
    // SAFETY: as the caller owes.
    let (lent, map) = unsafe { (lent::is_object_lent(map.cast()), &*map) };
    let copy = new(desc, map.len);
    // SAFETY: the copy is fresh, with room for all live entries.
    unsafe {
        let copy = &mut *copy;
        for from in (0..map.used).filter(|&i| map.head(i).hash != 0) {
            let to = copy.used;
            copy.used += 1;
            copy_nonoverlapping(map.entry(from), copy.entry(to), map.stride as usize);
            count::retain_value(desc.key(), copy.key(to));
            count::retain_value(desc.elem(), copy.value_of(to));
            if lent {
                lent::settle(desc.key(), copy.key(to));
                lent::settle(desc.elem(), copy.value_of(to));
            }
        }
        copy.len = map.len;
        copy.seq = map.seq;
        copy.dense = map.dense && copy.used == map.used;
        copy.build_table();
    }
    copy
}

/// The value under the key, zero at first, for the caller to change before anything else happens to the map.
///
/// # Safety
/// `slot` is a map of type `desc` that the caller owns; `key` is of its key type.
pub unsafe fn entry(
    desc: &'static TypeDesc,
    slot: &mut *mut MapObject,
    key: *const u8,
) -> Result<*mut u8, Unhashable> {
    let key_desc = desc.key();
    // SAFETY: as the caller owes.
    unsafe {
        if key_desc.kind == TypeKind::String {
            let text = lent_bytes(&*key.cast::<Slice>());
            return Ok(entry_at(desc, slot, key, hash::bytes(text), &Text::new(text)));
        }
        if is_word(key_desc) {
            let word = key.cast::<u64>().read();
            return Ok(entry_at(desc, slot, key, hash::word(word), &Word(word)));
        }
        let value = Value::new(key_desc, key);
        let entry = entry_at(desc, slot, key, hash::value(value)?, &value);
        // Equal keys may differ, as 0 and -0 do: the last one stays.
        if !key_desc.counted() {
            let back = stride_of(desc).1 as usize - KEY;
            copy_nonoverlapping(key, entry.sub(back), key_desc.bytes());
        }
        Ok(entry)
    }
}

/// [`entry`] for keys of eight flat bytes.
///
/// # Safety
/// As [`entry`].
pub unsafe fn entry_word(desc: &'static TypeDesc, slot: &mut *mut MapObject, word: u64) -> *mut u8 {
    // SAFETY: as the caller owes.
    unsafe { entry_at(desc, slot, (&raw const word).cast(), hash::word(word), &Word(word)) }
}

/// [`entry`] for strings.
///
/// # Safety
/// As [`entry`].
pub unsafe fn entry_text(desc: &'static TypeDesc, slot: &mut *mut MapObject, key: &Slice) -> *mut u8 {
    // SAFETY: as the caller owes; the key is lent.
    unsafe {
        let text = lent_bytes(key);
        entry_at(desc, slot, (&raw const *key).cast(), hash::bytes(text), &Text::new(text))
    }
}

/// # Safety
/// As [`entry`].
#[inline]
unsafe fn entry_at(
    desc: &'static TypeDesc,
    slot: &mut *mut MapObject,
    key: *const u8,
    hash: u64,
    wanted: &impl Key,
) -> *mut u8 {
    // SAFETY: as the caller owes; a new entry has room for key and value.
    unsafe {
        let map = make_unique(desc, slot);
        let hash = short(hash);
        if let Some(i) = map.find(hash, wanted) {
            return map.value_of(i);
        }
        new_entry(desc, steady(desc, slot), key, hash, wanted)
    }
}

/// The map, to have entries come or go, which may move others: see [`lent`], rule 2.
///
/// # Safety
/// `slot` is a map of type `desc` that the caller owns, alone or lent.
unsafe fn steady<'a>(desc: &'static TypeDesc, slot: &'a mut *mut MapObject) -> &'a mut MapObject {
    // SAFETY: as the caller owes.
    unsafe {
        if lent::is_pointed_into(slot.cast()) {
            renew(desc, slot);
        }
        &mut **slot
    }
}

/// # Safety
/// As [`entry`]; the map has no such key.
#[inline(never)]
unsafe fn new_entry(
    desc: &'static TypeDesc,
    map: &mut MapObject,
    key: *const u8,
    hash: u32,
    wanted: &impl Key,
) -> *mut u8 {
    let i = map.push(hash);
    // SAFETY: as the caller owes; a new entry has room for key and value.
    unsafe {
        wanted.put(desc.key(), key, map.key(i));
        let value = map.value_of(i);
        match desc.elem().bytes() {
            8 => value.cast::<u64>().write(0),
            bytes => value.write_bytes(0, bytes),
        }
        value
    }
}

/// # Safety
/// As [`entry`].
pub unsafe fn delete(
    desc: &'static TypeDesc,
    slot: &mut *mut MapObject,
    key: *const u8,
) -> Result<(), Unhashable> {
    // SAFETY: as the caller owes.
    unsafe {
        // What is not there needs no copy.
        if get(desc, *slot, key)?.is_null() {
            return Ok(());
        }
        make_unique(desc, slot);
        let map = steady(desc, slot);
        let value = Value::new(desc.key(), key);
        let hash = short(match desc.key().kind {
            TypeKind::String => hash::bytes(value.bytes()),
            _ if is_word(desc.key()) => hash::word(value.uint()),
            _ => hash::value(value)?,
        });
        let Some(i) = map.find(hash, &value) else { return Ok(()) };
        let (key, value) = (map.key(i), map.value_of(i));
        map.remove(hash, i);
        // The entry stays in the block until something is pushed, so both are still there to be given up.
        count::release_value(desc.key(), key);
        count::release_value(desc.elem(), value);
    }
    Ok(())
}

/// # Safety
/// As [`entry`].
pub unsafe fn clear(desc: &'static TypeDesc, slot: &mut *mut MapObject) {
    // SAFETY: as the caller owes.
    unsafe {
        if slot.is_null() {
            return;
        }
        if !count::unique(slot.cast()) {
            count::release(slot.cast());
            *slot = null_mut();
            return;
        }
        for (key, value) in places(*slot) {
            count::release_value(desc.key(), key);
            count::release_value(desc.elem(), value);
        }
        (**slot).len = 0;
        (**slot).reset();
    }
}

#[cfg(test)]
mod tests {
    use super::super::desc::{INT, STRING};
    use super::super::heap::live_objects;
    use super::super::testing::*;
    use super::*;

    fn set(desc: &'static TypeDesc, map: &mut *mut MapObject, key: i64, value: i64) {
        // SAFETY: a map of ints.
        unsafe { entry(desc, map, (&raw const key).cast()).unwrap().cast::<i64>().write(value) };
    }

    fn remove(desc: &'static TypeDesc, map: &mut *mut MapObject, key: i64) {
        // SAFETY: a map of ints.
        unsafe { delete(desc, map, (&raw const key).cast()).unwrap() };
    }

    fn lookup(map: *mut MapObject, key: i64) -> Option<i64> {
        let place = get_word(map, key as u64);
        // SAFETY: a place is a value of the map.
        (!place.is_null()).then(|| unsafe { place.cast::<i64>().read() })
    }

    fn keys(map: *mut MapObject) -> Vec<i64> {
        // SAFETY: a map of ints.
        places(map).map(|(key, _)| unsafe { key.cast::<i64>().read() }).collect()
    }

    #[test]
    fn insertion_order_survives_deleting_and_growing() {
        let before = live_objects();
        let desc = map_of(&INT, &INT, "map[int]int");
        let mut map = null_mut();
        for i in 0..1000 {
            set(desc, &mut map, i, i * i);
        }
        for i in (0..1000).filter(|i| i % 3 != 0) {
            remove(desc, &mut map, i);
        }
        for i in 1000..1500 {
            set(desc, &mut map, i, i * i);
        }
        set(desc, &mut map, 1, 1);
        let expected: Vec<i64> = (0..1000).filter(|i| i % 3 == 0).chain(1000..1500).chain([1]).collect();
        assert_eq!(keys(map), expected);
        assert_eq!(len(map), expected.len());
        assert!((0..2000).all(|i| lookup(map, i) == expected.contains(&i).then_some(i * i)));
        drop_value(desc, map);
        assert_eq!(live_objects(), before);
    }

    #[test]
    fn an_iteration_survives_changes_and_ends() {
        let desc = map_of(&INT, &INT, "map[int]int");
        let mut map = null_mut();
        for i in 0..20 {
            set(desc, &mut map, i, 0);
        }
        let (mut position, mut seen) = (0, Vec::new());
        // SAFETY: the map is alive.
        while let Some((key, _, next)) = unsafe { &*map }.next(position) {
            // SAFETY: a key of the map.
            let key = unsafe { key.cast::<i64>().read() };
            seen.push(key);
            position = next;
            // Deletes the next one, and adds enough for the map to be compacted and to grow.
            remove(desc, &mut map, key + 1);
            for i in 0..10 {
                set(desc, &mut map, 1000 + key * 10 + i, 0);
            }
        }
        assert_eq!(seen, (0..20).step_by(2).collect::<Vec<_>>());
        drop_value(desc, map);
    }

    #[test]
    fn a_copy_is_a_copy() {
        let before = live_objects();
        let desc = map_of(&STRING, &STRING, "map[string]string");
        let mut map = null_mut();
        let insert = |map: &mut *mut MapObject, key: &str, value: &str| {
            let key = string(key);
            // SAFETY: a map of strings.
            unsafe {
                let place = entry(desc, map, (&raw const key).cast()).unwrap().cast::<Slice>();
                std::mem::replace(&mut *place, string(value)).release();
                key.release();
            }
        };
        for i in 0..20 {
            insert(&mut map, &format!("key {i}"), "old");
        }
        let mut copy = map;
        // SAFETY: the map is alive.
        unsafe { count::retain(map.cast()) };
        insert(&mut copy, "key 3", "new");
        let find = |map, key: &str| {
            // SAFETY: values are strings.
            unsafe { lent_bytes(&*get_text(map, key.as_bytes()).cast::<Slice>()) }
        };
        assert_eq!((find(map, "key 3"), find(copy, "key 3")), (&b"old"[..], &b"new"[..]));
        drop_value(desc, map);
        drop_value(desc, copy);
        assert_eq!(live_objects(), before);
    }

    #[test]
    fn values_as_keys() {
        let point = structure("main.P", &[("X", &INT), ("S", &STRING)]);
        let desc = map_of(point, &INT, "map[main.P]int");
        let mut map = null_mut();
        for i in 0..50_i64 {
            let key = (i, string("p"));
            // SAFETY: a map of points.
            unsafe { entry(desc, &mut map, (&raw const key).cast()).unwrap().cast::<i64>().write(i) };
            drop_value(point, key);
        }
        let key = (33_i64, string("p"));
        // SAFETY: as above.
        let found = unsafe { get(desc, map, (&raw const key).cast()).unwrap().cast::<i64>().read() };
        assert_eq!(found, 33);
        drop_value(point, key);
        drop_value(desc, map);
    }
}

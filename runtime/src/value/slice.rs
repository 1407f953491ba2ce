//! How slices and strings hold their elements.
//!
//! A slice is a window on a [`Storage`]. Between the storage's start and `init` every place holds a value, seen through some
//! window or not; behind that nothing is initialised. A window may end before `init` (after `s = s[:1]`).
//! Its capacity is what lies between its start and the storage's end; static data has no storage and no spare room.

use std::ptr::{copy_nonoverlapping, null_mut};

use super::count;
use super::crash::{self, Crash};
use super::desc::{BYTE, STRING};
use super::heap;
use super::lent;
use crate::abi::layout::{Header, ObjectKind, Slice, Storage, TypeDesc, TypeKind};

/// In place of a bound that is not written: `s[:n]`.
pub const ABSENT: i64 = i64::MIN;

pub const EMPTY: Slice = Slice { owner: null_mut(), ptr: null_mut(), len: 0 };

/// A new storage with this room and nothing in it.
pub fn new_storage(elem: &TypeDesc, cap: i64) -> *mut Storage {
    let storage: *mut Storage =
        heap::new_object(ObjectKind::Storage, elem, heap::storage_size(elem, cap)).cast();
    // SAFETY: the object is a fresh storage.
    unsafe {
        (&raw mut (*storage).cap).write(cap);
        (&raw mut (*storage).init).write(0);
    }
    storage
}

/// [`new_storage`] for bytes.
#[inline]
pub fn new_byte_storage(cap: i64) -> *mut Storage {
    let storage: *mut Storage =
        heap::new_object(ObjectKind::Storage, &raw const BYTE, Storage::DATA + cap as usize).cast();
    // SAFETY: the object is a fresh storage.
    unsafe {
        (&raw mut (*storage).cap).write(cap);
        (&raw mut (*storage).init).write(cap);
    }
    storage
}

/// A new storage that is full of zero values.
fn zeroed_storage(elem: &TypeDesc, cap: i64) -> *mut Storage {
    let block = heap::zeroed_block(heap::storage_size(elem, cap), Storage::DATA);
    let storage: *mut Storage = heap::object_in(block, ObjectKind::Storage, elem).cast();
    // SAFETY: the object is a fresh storage.
    unsafe {
        (&raw mut (*storage).cap).write(cap);
        (&raw mut (*storage).init).write(0);
    }
    storage
}

/// Where the elements start.
#[inline]
pub fn data(storage: *mut Storage) -> *mut u8 {
    storage.cast::<u8>().wrapping_add(Storage::DATA)
}

impl Slice {
    /// Position of the first element in the storage.
    fn start(&self, elem: &TypeDesc) -> i64 {
        let bytes = self.ptr as i64 - data(self.owner) as i64;
        match elem.size {
            // A division is slow.
            1 => bytes,
            0 => 0,
            size => bytes / size as i64,
        }
    }

    pub fn cap(&self, elem: &TypeDesc) -> i64 {
        if self.owner.is_null() {
            return self.len;
        }
        // SAFETY: the owner is alive as long as the slice.
        unsafe { (*self.owner).cap - self.start(elem) }
    }

    /// Another reference to the same elements.
    pub fn retained(self) -> Slice {
        if !self.owner.is_null() {
            // SAFETY: the slice holds a reference to its owner.
            unsafe { count::retain(self.owner.cast()) };
        }
        self
    }

    /// # Safety
    /// The slice is not used again.
    pub unsafe fn release(self) {
        if !self.owner.is_null() {
            // SAFETY: as the caller owes.
            unsafe { count::release(self.owner.cast::<Header>()) };
        }
    }

    fn at(&self, elem: &TypeDesc, index: i64) -> *mut u8 {
        self.ptr.wrapping_add(index as usize * elem.bytes())
    }
}

/// As many bytes as could ever be had: more is a mistake, not a shortage.
const MOST_BYTES: i64 = 1 << 47;

/// Whether a program can ask for so many bytes.
pub fn check_len(bytes: i64) -> Result<(), Crash> {
    match bytes <= MOST_BYTES {
        true => Ok(()),
        false => Err(Crash::runtime("makeslice: len out of range")),
    }
}

/// A slice of `len` zero values with room for `cap`.
pub fn make(elem: &TypeDesc, len: i64, cap: i64) -> Result<Slice, Crash> {
    let most = MOST_BYTES / (elem.size as i64).max(1);
    if len < 0 || len > most {
        return Err(Crash::runtime("makeslice: len out of range"));
    }
    if cap < len || cap > most {
        return Err(Crash::runtime("makeslice: cap out of range"));
    }
    if cap == 0 {
        return Ok(EMPTY);
    }
    // SAFETY: the storage has room for `cap >= len` elements; zero bytes are the zero value.
    let owner = unsafe {
        let owner = match len == cap {
            true => zeroed_storage(elem, cap),
            false => {
                let owner = new_storage(elem, cap);
                data(owner).write_bytes(0, len as usize * elem.bytes());
                owner
            }
        };
        (*owner).init = len;
        owner
    };
    Ok(Slice { owner, ptr: data(owner), len })
}

/// A slice of bytes, or a string, of its own.
#[inline]
pub fn from_bytes(bytes: &[u8]) -> Slice {
    if bytes.is_empty() {
        return EMPTY;
    }
    let owner = new_byte_storage(bytes.len() as i64);
    // SAFETY: the storage has room for them.
    unsafe { super::string::copy_bytes(bytes.as_ptr(), data(owner), bytes.len()) };
    Slice { owner, ptr: data(owner), len: bytes.len() as i64 }
}

/// A slice of values that move into it.
///
/// `T` must have the layout that `elem` describes.
pub fn from_values<T>(elem: &TypeDesc, values: Vec<T>) -> Slice {
    assert_eq!(size_of::<T>(), elem.bytes(), "a slice of another type");
    if values.is_empty() {
        return EMPTY;
    }
    let owner = new_storage(elem, values.len() as i64);
    let values = std::mem::ManuallyDrop::new(values);
    // SAFETY: the storage has room for them; they are not dropped here.
    unsafe {
        copy_nonoverlapping(values.as_ptr(), data(owner).cast::<T>(), values.len());
        (*owner).init = values.len() as i64;
    }
    Slice { owner, ptr: data(owner), len: values.len() as i64 }
}

/// A `[]string` of parts of one string, which it lends them: they are counted together.
pub fn parts_of(whole: Slice, parts: impl ExactSizeIterator<Item = Slice>) -> Slice {
    let len = parts.len();
    if len == 0 {
        return EMPTY;
    }
    let owner = new_storage(&STRING, len as i64);
    // SAFETY: the storage has room for so many strings; the whole is alive, as its owner is.
    unsafe {
        if !whole.owner.is_null() {
            count::retain_times(whole.owner.cast(), len);
        }
        let to = data(owner).cast::<Slice>();
        let mut written = 0;
        for part in parts.take(len) {
            debug_assert_eq!(part.owner, whole.owner);
            to.add(written).write(part);
            written += 1;
        }
        assert_eq!(written, len, "an iterator that knows its length");
        (*owner).init = len as i64;
    }
    Slice { owner, ptr: data(owner), len: len as i64 }
}

/// Copies elements into a fresh storage with this room: the window's, and as many behind it as `keep` says.
///
/// # Safety
/// `slice` is a live slice of `elem`; `keep` elements from its start are initialised, and `cap` is not less.
unsafe fn copied(elem: &TypeDesc, slice: &Slice, keep: i64, cap: i64) -> Slice {
    let owner = new_storage(elem, cap);
    // SAFETY: as the caller owes.
    unsafe {
        copy_nonoverlapping(slice.ptr, data(owner), keep as usize * elem.bytes());
        if elem.counted() {
            for i in 0..keep as usize {
                count::retain_value(elem, data(owner).add(i * elem.bytes()));
            }
            settle_copies(elem, slice, data(owner), keep);
        }
        (*owner).init = keep;
    }
    Slice { owner, ptr: data(owner), len: slice.len }
}

/// How much hidden room (and hidden elements) a copy takes along, beyond as much again as is seen: a small window on something
/// large must not copy all of it, but `cap` should not change under a program's eyes for the common small slice.
const HIDDEN: i64 = 64;

/// Makes the slice the only one on its storage, so that its elements may be changed in place.
///
/// # Safety
/// `slot` is a slice of `elem` that the caller owns.
pub unsafe fn make_unique(elem: &TypeDesc, slot: &mut Slice) {
    let old = *slot;
    if old.owner.is_null() {
        if old.len > 0 {
            // SAFETY: static data, `len` elements long.
            *slot = unsafe { copied(elem, &old, old.len, old.len) };
        }
        return;
    }
    // SAFETY: the slice holds a reference to its owner.
    unsafe {
        if !lent::changes_in_place(old.owner.cast()) {
            renew(elem, slot);
        }
    }
}

/// Gives the slice a storage of its own.
///
/// # Safety
/// `slot` is a slice of `elem` that the caller owns, and has an owner.
pub(super) unsafe fn renew(elem: &TypeDesc, slot: &mut Slice) {
    let old = *slot;
    // SAFETY: the slice gives up its reference to its owner for the copy's.
    unsafe {
        let cap = old.cap(elem);
        let (keep, cap) = if cap <= old.len * 2 + HIDDEN {
            (((*old.owner).init - old.start(elem)).max(old.len), cap)
        } else {
            (old.len, old.len)
        };
        *slot = if cap == 0 { EMPTY } else { copied(elem, &old, keep, cap) };
        old.release();
    }
}

/// Makes room for `extra` elements behind the window, in a storage that is the slice's own, and takes them into the window.
/// Returns where they start. They hold nothing: the caller writes all of them before anything else happens.
///
/// # Safety
/// `slot` is a slice of `elem` that the caller owns.
pub unsafe fn extend(elem: &TypeDesc, slot: &mut Slice, extra: i64) -> *mut u8 {
    let len = slot.len;
    let needed = len + extra;
    // SAFETY: as the caller owes; `start + len <= init <= cap` of each storage.
    unsafe {
        if needed == 0 {
            return slot.ptr;
        }
        if slot.owner.is_null() || needed > slot.cap(elem) || !lent::changes_in_place(slot.owner.cast()) {
            move_to_larger(elem, slot, needed);
        } else {
            let hidden = ((*slot.owner).init - slot.start(elem) - len).clamp(0, extra);
            count::release_values(elem, slot.at(elem, len), hidden as usize);
        }
        let end = slot.start(elem) + needed;
        let owner = &mut *slot.owner;
        if owner.init < end {
            owner.init = end;
        }
        slot.len = needed;
        slot.at(elem, len)
    }
}

/// The window's elements, in a new storage with room for `needed`, grown as Go grows.
///
/// # Safety
/// As [`extend`].
unsafe fn move_to_larger(elem: &TypeDesc, slot: &mut Slice, needed: i64) {
    let old = *slot;
    let old_cap = old.cap(elem);
    // A shared slice with room enough is copied with that room.
    let cap = if needed <= old_cap { old_cap } else { grown(elem, old_cap, needed) };
    // SAFETY: as the caller owes.
    unsafe {
        if !old.owner.is_null() && old.ptr == data(old.owner) && count::unique(old.owner.cast()) {
            let behind = (*old.owner).init - old.len;
            count::release_values(elem, old.at(elem, old.len), behind.max(0) as usize);
            let owner = grow_storage(elem, old.owner, cap);
            (*owner).init = old.len;
            *slot = Slice { owner, ptr: data(owner), len: old.len };
            return;
        }
        let owner = new_storage(elem, cap);
        let bytes = old.len as usize * elem.bytes();
        if bytes > 0 {
            copy_nonoverlapping(old.ptr, data(owner), bytes);
        }
        (*owner).init = old.len;
        *slot = Slice { owner, ptr: data(owner), len: old.len };
        if old.owner.is_null() {
            retain_all(elem, slot);
            return;
        }
        let through = lent::is_object_lent(old.owner.cast()) && !lent::is_pointed_into(old.owner.cast());
        if through || count::unique(old.owner.cast()) {
            // The window's elements have moved; what is around it goes.
            let start = old.start(elem);
            let behind = (*old.owner).init - start - old.len;
            count::release_values(elem, data(old.owner), start as usize);
            count::release_values(elem, old.at(elem, old.len), behind.max(0) as usize);
            (*old.owner).init = 0;
            count::release(old.owner.cast());
        } else {
            retain_all(elem, slot);
            settle_copies(elem, &old, slot.ptr, slot.len);
            old.release();
        }
    }
}

/// The storage with more room, where it was if possible.
///
/// # Safety
/// Nothing else refers to the storage, whose elements are of this type.
unsafe fn grow_storage(elem: &TypeDesc, owner: *mut Storage, cap: i64) -> *mut Storage {
    // SAFETY: as the caller owes; an object is where its block is.
    unsafe {
        let (old, new) = (heap::storage_size(elem, (*owner).cap), heap::storage_size(elem, cap));
        let owner: *mut Storage = heap::grow_block(owner.cast(), old, new).cast();
        (*owner).cap = cap;
        owner
    }
}

/// # Safety
/// `slice` is a live slice of `elem`.
unsafe fn retain_all(elem: &TypeDesc, slice: &Slice) {
    if elem.counted() {
        for i in 0..slice.len {
            // SAFETY: as the caller owes.
            unsafe { count::retain_value(elem, slice.at(elem, i)) };
        }
    }
}

/// Behind [`retain_all`], where the copies are: see [`lent::settle`].
///
/// # Safety
/// `of` is a live slice; `at` are `len` elements that were copied from it.
unsafe fn settle_copies(elem: &TypeDesc, of: &Slice, at: *mut u8, len: i64) {
    // SAFETY: as the caller owes. Only in what is lent can there be what is lent.
    unsafe {
        if !of.owner.is_null() && lent::is_object_lent(of.owner.cast()) {
            lent::settle_all(elem, at, len as usize);
        }
    }
}

/// Go's size classes: programs print `cap`, and its growth comes from these.
const SIZE_CLASSES: [u16; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416,
    448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
    3456, 4096, 4864, 5120, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
    14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
];
const PAGE: usize = 8192;

/// The capacity that Go gives a slice that grows from `old` to at least `needed`.
fn grown(elem: &TypeDesc, old: i64, needed: i64) -> i64 {
    const SMALL: i64 = 256;
    let mut cap = old;
    if needed > old * 2 {
        cap = needed;
    } else if old < SMALL {
        cap = old * 2;
    } else {
        while cap < needed {
            cap += (cap + 3 * SMALL) >> 2;
        }
    }
    // A string takes 16 bytes in Go.
    let size = if elem.kind == TypeKind::String { 16 } else { elem.bytes() };
    if size == 0 {
        return cap;
    }
    let bytes = cap as usize * size;
    let rounded = if bytes <= 32768 - 16 {
        let at = SIZE_CLASSES.partition_point(|&class| (class as usize) < bytes);
        SIZE_CLASSES.get(at).map_or(32768, |&class| class as usize)
    } else {
        bytes.next_multiple_of(PAGE)
    };
    (rounded / size) as i64
}

/// Appends copies of all elements of `more`.
///
/// # Safety
/// `slot` is a slice of `elem` that the caller owns; `more` is a live slice of `elem`, lent.
pub unsafe fn append_all(elem: &TypeDesc, slot: &mut Slice, more: Slice) {
    if more.len == 0 {
        return;
    }
    // `xs = append(xs, xs[1:]...)`: the elements must stay where they are until they are copied.
    let keep = (more.owner == slot.owner).then(|| more.retained());
    // SAFETY: as the caller owes; the new places are written at once.
    unsafe {
        let to = extend(elem, slot, more.len);
        super::string::copy_bytes(more.ptr, to, more.len as usize * elem.bytes());
        retain_all(elem, &more);
        settle_copies(elem, &more, to, more.len);
        if let Some(kept) = keep {
            kept.release();
        }
    }
}

/// Go's `copy`: as many as fit.
///
/// # Safety
/// As [`append_all`].
pub unsafe fn copy(elem: &TypeDesc, slot: &mut Slice, from: Slice) -> i64 {
    let n = slot.len.min(from.len);
    if n == 0 {
        return 0;
    }
    // The usual case: elements without counts, into storage that is the slice's own.
    // SAFETY: the owner is alive; two owners' storages do not overlap, and both windows have n elements.
    unsafe {
        let owner = slot.owner;
        if !elem.counted() && !owner.is_null() && from.owner != owner && count::unique(owner.cast()) {
            copy_nonoverlapping(from.ptr, slot.ptr, n as usize * elem.bytes());
            return n;
        }
    }
    let keep = (from.owner == slot.owner).then(|| from.retained());
    // SAFETY: as the caller owes; if both are on one storage, the slot has now been given its own.
    unsafe {
        make_unique(elem, slot);
        let part = Slice { len: n, ..from };
        retain_all(elem, &part);
        count::release_values(elem, slot.ptr, n as usize);
        copy_nonoverlapping(from.ptr, slot.ptr, n as usize * elem.bytes());
        settle_copies(elem, &from, slot.ptr, n);
        if let Some(kept) = keep {
            kept.release();
        }
    }
    n
}

/// Go's `clear`: all elements to zero.
///
/// # Safety
/// `slot` is a slice of `elem` that the caller owns.
pub unsafe fn clear(elem: &TypeDesc, slot: &mut Slice) {
    if slot.len == 0 {
        return;
    }
    // SAFETY: as the caller owes.
    unsafe {
        make_unique(elem, slot);
        count::release_values(elem, slot.ptr, slot.len as usize);
        slot.ptr.write_bytes(0, slot.len as usize * elem.bytes());
    }
}

/// `s[lo:hi:max]`, sharing the storage; absent bounds are [`ABSENT`].
///
/// # Safety
/// `slice` is a live slice of `elem`, lent.
pub unsafe fn range(elem: &TypeDesc, slice: Slice, lo: i64, hi: i64, max: i64) -> Result<Slice, Crash> {
    let cap = slice.cap(elem);
    let (lo, hi, most) = bounds(lo, hi, max, slice.len, cap, "capacity")?;
    let part = Slice { owner: slice.owner, ptr: slice.at(elem, lo), len: hi - lo };
    // SAFETY: as the caller owes; the bounds are within the capacity.
    unsafe {
        if most < cap {
            // A slice has no room of its own other than its storage's.
            return Ok(if most == lo { EMPTY } else { copied(elem, &part, part.len, most - lo) });
        }
        if part.len == 0 && lo == cap {
            return Ok(EMPTY);
        }
        let Some(owner) = slice.owner.as_mut() else { return Ok(part) };
        let end = slice.start(elem) + hi;
        if owner.init < end {
            return Ok(reach_behind(elem, part, end));
        }
    }
    Ok(part.retained())
}

/// The window, whose end lies behind what is initialised: those elements are zero.
///
/// # Safety
/// `part` lies within its storage's room; `end` is where it ends there.
unsafe fn reach_behind(elem: &TypeDesc, part: Slice, end: i64) -> Slice {
    // SAFETY: as the caller owes. A plain count means that no other task can look at `init`.
    unsafe {
        let owner = &mut *part.owner;
        if owner.header.count.load(std::sync::atomic::Ordering::Relaxed) > 0 {
            let fresh = (end - owner.init) as usize;
            data(part.owner).add(owner.init as usize * elem.bytes()).write_bytes(0, fresh * elem.bytes());
            owner.init = end;
            return part.retained();
        }
        let there = (owner.init - part.start(elem)).max(0);
        let copy = copied(elem, &part, there, part.cap(elem));
        copy.at(elem, there).write_bytes(0, (part.len - there) as usize * elem.bytes());
        (*copy.owner).init = part.len;
        copy
    }
}

/// `s[lo:hi]` of a string, sharing the storage.
pub fn string_range(s: Slice, lo: i64, hi: i64) -> Result<Slice, Crash> {
    let (lo, hi, _) = bounds(lo, hi, ABSENT, s.len, s.len, "length")?;
    if lo == hi {
        return Ok(EMPTY);
    }
    Ok(Slice { owner: s.owner, ptr: s.ptr.wrapping_add(lo as usize), len: hi - lo }.retained())
}

/// `a[lo:hi:max]` of an array: a copy.
///
/// # Safety
/// `array` holds `len` elements of this type.
pub unsafe fn of_array(
    elem: &TypeDesc,
    array: *mut u8,
    len: i64,
    (lo, hi, max): (i64, i64, i64),
) -> Result<Slice, Crash> {
    let (lo, hi, most) = bounds(lo, hi, max, len, len, "length")?;
    if lo == most {
        return Ok(EMPTY);
    }
    let part = Slice { owner: null_mut(), ptr: array.wrapping_add(lo as usize * elem.bytes()), len: hi - lo };
    // What lies between `hi` and `max` is seen by reslicing.
    // SAFETY: as the caller owes; `lo <= hi <= most <= len`.
    Ok(unsafe { copied(elem, &part, most - lo, most - lo) })
}

/// Checks bounds in Go's order, with Go's messages; `room` says what `cap` is.
fn bounds(lo: i64, hi: i64, max: i64, len: i64, cap: i64, room: &str) -> Result<(i64, i64, i64), Crash> {
    let from = if lo == ABSENT { 0 } else { lo };
    let to = if hi == ABSENT { len } else { hi };
    if max != ABSENT {
        if max < 0 {
            return Err(crash::slice_bounds(format!("[::{max}]")));
        }
        if max > cap {
            return Err(crash::slice_bounds(format!("[::{max}] with {room} {cap}")));
        }
        if to < 0 || to > max {
            let limit = if to < 0 { String::new() } else { max.to_string() };
            return Err(crash::slice_bounds(format!("[:{to}:{limit}]")));
        }
        if from < 0 || from > to {
            let limit = if from < 0 { String::new() } else { to.to_string() };
            return Err(crash::slice_bounds(format!("[{from}:{limit}:]")));
        }
        return Ok((from, to, max));
    }
    if to < 0 {
        return Err(crash::slice_bounds(format!("[:{to}]")));
    }
    if to > cap {
        return Err(crash::slice_bounds(format!("[:{to}] with {room} {cap}")));
    }
    if from < 0 || from > to {
        let limit = if from < 0 { String::new() } else { to.to_string() };
        return Err(crash::slice_bounds(format!("[{from}:{limit}]")));
    }
    Ok((from, to, cap))
}

#[cfg(test)]
mod tests {
    use super::super::desc::INT;
    use super::super::heap::live_objects;
    use super::super::testing::*;
    use super::*;
    use crate::abi::native::lent_slots;

    fn ints(values: &[i64]) -> Slice {
        from_values(&INT, values.to_vec())
    }

    fn seen(slice: &Slice) -> &[i64] {
        // SAFETY: a slice of ints.
        unsafe { lent_slots(slice) }
    }

    fn append(slot: &mut Slice, value: i64) {
        // SAFETY: a slice of ints, which is written at once.
        unsafe { extend(&INT, slot, 1).cast::<i64>().write(value) };
    }

    #[test]
    fn capacity_grows_as_gos() {
        let mut s = EMPTY;
        let mut caps = Vec::new();
        for i in 0..2000 {
            append(&mut s, i);
            if caps.last() != Some(&s.cap(&INT)) {
                caps.push(s.cap(&INT));
            }
        }
        assert_eq!(caps, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 848, 1280, 1792, 2560]);
        // SAFETY: not used again.
        unsafe { s.release() };
    }

    #[test]
    fn appending_never_changes_another_slice() {
        let before = live_objects();
        let a = ints(&[1, 2, 3]);
        // SAFETY: `a` is alive.
        let mut b = unsafe { range(&INT, a, ABSENT, 2, ABSENT) }.unwrap();
        append(&mut b, 9);
        assert_eq!((seen(&a), seen(&b)), (&[1, 2, 3][..], &[1, 2, 9][..]));
        // SAFETY: not used again.
        unsafe { a.release() };
        append(&mut b, 10);
        assert_eq!(seen(&b), [1, 2, 9, 10]);
        // Appending a slice to itself.
        let part = b;
        // SAFETY: as above.
        unsafe { append_all(&INT, &mut b, part) };
        assert_eq!(seen(&b), [1, 2, 9, 10, 1, 2, 9, 10]);
        // SAFETY: the last reference, not used again.
        unsafe { b.release() };
        assert_eq!(live_objects(), before);
    }

    #[test]
    fn hidden_elements_are_seen_again_and_given_up() {
        let before = live_objects();
        let mut s = from_values(&STRING, vec![string("a"), string("b"), string("c")]);
        let whole = s;
        // SAFETY: `whole` is alive; the ranges are retained.
        unsafe {
            s = range(&STRING, whole, ABSENT, 1, ABSENT).unwrap();
            whole.release();
            extend(&STRING, &mut s, 1).cast::<Slice>().write(string("x"));
            let again = range(&STRING, s, ABSENT, 3, ABSENT).unwrap();
            let texts: Vec<_> =
                lent_slots::<Slice>(&again).iter().map(|s| crate::abi::native::lent_bytes(s)).collect();
            assert_eq!(texts, [b"a", b"x", b"c"]);
            again.release();
            s.release();
        }
        assert_eq!(live_objects(), before);
    }

    #[test]
    fn bounds_have_gos_messages() {
        let s = ints(&[1, 2, 3]);
        let check = |lo, hi, max, message: &str| {
            // SAFETY: `s` is alive.
            let crash = unsafe { range(&INT, s, lo, hi, max) }.err().unwrap();
            assert_eq!(crash.0, format!("runtime error: slice bounds out of range {message}"));
        };
        check(ABSENT, 5, ABSENT, "[:5] with capacity 3");
        check(2, 1, ABSENT, "[2:1]");
        check(-1, ABSENT, ABSENT, "[-1:]");
        check(ABSENT, -1, ABSENT, "[:-1]");
        check(0, 1, 4, "[::4] with capacity 3");
        check(0, 3, 2, "[:3:2]");
        assert_eq!(
            string_range(s, 4, ABSENT).err().unwrap().0,
            "runtime error: slice bounds out of range [4:3]"
        );
        // SAFETY: not used again.
        unsafe { s.release() };
    }

    #[test]
    fn reslicing_into_the_room_gives_zeros() {
        let s = make(&INT, 1, 4).unwrap();
        // SAFETY: `s` is alive.
        unsafe {
            let all = range(&INT, s, 0, 4, ABSENT).unwrap();
            assert_eq!(seen(&all), [0, 0, 0, 0]);
            let capped = range(&INT, all, 1, 2, 3).unwrap();
            assert_eq!((capped.cap(&INT), seen(&capped).len()), (2, 1));
            capped.release();
            all.release();
            s.release();
        }
    }
}

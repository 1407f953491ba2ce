//! How counts are kept, shared, and given up.
//!
//! A count is positive while one task can reach the object (plain arithmetic), negative once several may (atomic), zero for static
//! data. It has 32 bits: compiled code adds to a plain count without looking, and the one that is too many for it makes the count the
//! smallest negative number; a program with more than a thousand million references to something ends ([`retain`]). The numbers in
//! between belong to storage that is lent ([`super::lent`]). Invariants:
//!
//! 3. **Everything reachable from a negative count is negative** (or zero): [`share`] marks all of it, and a unique object gets its
//!    positive count back ([`unique`]) before anything is stored in it.
//! 4. **A count of one is ours alone**: whoever holds the only reference may change the object in place.
//!
//! Giving up is iterative: an object whose count has come to nothing waits in a list linked through the first word of its head, so that
//! a list of a million nodes goes without recursion. Only values inside values recurse, as deep as their type is.

use std::sync::atomic::{Ordering, fence};

use smallvec::SmallVec;

use super::{heap, lent, map};
use crate::abi::layout::{
    Closure, ClosureDesc, HandleDesc, Header, Interface, ObjectKind, Storage, TypeDesc, TypeKind,
};
use crate::channel::ends;

/// What is done with each counted thing that a value holds directly.
pub(crate) trait Visit {
    fn object(&mut self, object: *mut Header);
    /// The word that refers to the object; of a slice or string, its first.
    ///
    /// # Safety
    /// The word is part of the value visited, and not null.
    #[inline]
    unsafe fn slot(&mut self, slot: *mut *mut Header) {
        // SAFETY: as the caller owes.
        self.object(unsafe { slot.read() });
    }
    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header);
}

/// # Safety
/// `at` holds a value of type `desc`.
#[inline]
pub(crate) unsafe fn visit(desc: &TypeDesc, at: *mut u8, visitor: &mut impl Visit) {
    if !desc.counted() {
        return;
    }
    let mut pointers = desc.pointers;
    if pointers == 0 {
        // SAFETY: as the caller owes.
        return unsafe {
            match desc.is_handle() {
                true => visit_handle(desc, at, visitor),
                false => visit_parts(desc, at, visitor),
            }
        };
    }
    while pointers != 0 {
        let word = pointers.trailing_zeros() as usize;
        pointers &= pointers - 1;
        // SAFETY: the descriptor says truly what stands where (rule 1).
        unsafe { visit_slot(at.cast::<*mut Header>().add(word), visitor) };
    }
}

/// # Safety
/// `at` holds a handle, or null.
#[inline]
unsafe fn visit_handle(desc: &TypeDesc, at: *mut u8, visitor: &mut impl Visit) {
    // SAFETY: as the caller owes.
    let handle = unsafe { at.cast::<*mut Header>().read() };
    if !handle.is_null() {
        visitor.handle(desc, handle);
    }
}

/// [`visit`], by looking at the parts of the value, which is no handle.
///
/// # Safety
/// As there.
unsafe fn visit_parts(desc: &TypeDesc, at: *mut u8, visitor: &mut impl Visit) {
    // SAFETY: the descriptor says truly what stands where (rule 1).
    unsafe {
        match desc.kind {
            TypeKind::String | TypeKind::Slice | TypeKind::Map | TypeKind::Func | TypeKind::Cell => {
                visit_slot(at.cast(), visitor);
            }
            TypeKind::Interface => visit_interface(at.cast(), visitor),
            TypeKind::Struct | TypeKind::Tuple => visit_fields(desc.fields(), at, visitor),
            TypeKind::Array => {
                let elem = desc.elem();
                for i in 0..desc.len as usize {
                    visit(elem, at.add(i * elem.bytes()), visitor);
                }
            }
            TypeKind::Enum => {
                let case = at.cast::<u64>().read() as usize;
                visit_fields(desc.cases()[case].fields(), at, visitor);
            }
            TypeKind::Optional => visit_optional(desc, at, visitor),
            TypeKind::Result => {
                // Both are always initialised: the absent one is zero, and holds nothing.
                visit(desc.key(), at.add(desc.other as usize), visitor);
                visit(desc.elem(), at.add(desc.len as usize), visitor);
            }
            _ => {}
        }
    }
}

/// # Safety
/// As [`visit`].
unsafe fn visit_fields(fields: &[crate::abi::layout::FieldDesc], at: *mut u8, visitor: &mut impl Visit) {
    for field in fields {
        // SAFETY: rule 1.
        unsafe {
            let slot = at.add(field.offset as usize);
            if field.boxed() {
                visit_slot(slot.cast(), visitor);
            } else {
                visit(field.ty(), slot, visitor);
            }
        }
    }
}

/// # Safety
/// `slot` holds a pointer to an object, or null.
#[inline]
unsafe fn visit_slot(slot: *mut *mut Header, visitor: &mut impl Visit) {
    // SAFETY: as the caller owes.
    unsafe {
        if !slot.read().is_null() {
            visitor.slot(slot);
        }
    }
}

/// # Safety
/// As [`visit`].
unsafe fn visit_optional(desc: &TypeDesc, at: *mut u8, visitor: &mut impl Visit) {
    // SAFETY: rule 1.
    unsafe {
        if desc.has(TypeDesc::BOXED) {
            visit_slot(at.cast(), visitor);
        } else if desc.has(TypeDesc::NICHE) {
            visit(desc.elem(), at, visitor);
        } else if at.read() != 0 {
            visit(desc.elem(), at.add(desc.len as usize), visitor);
        }
    }
}

/// # Safety
/// `at` is an interface value.
unsafe fn visit_interface(at: *mut Interface, visitor: &mut impl Visit) {
    // SAFETY: rule 1.
    unsafe {
        let Some(desc) = (*at).desc.as_ref() else { return };
        if desc.in_word() {
            visit(desc, (&raw mut (*at).data).cast(), visitor);
        } else {
            visitor.slot((&raw mut (*at).data).cast());
        }
    }
}

/// What an object holds.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn visit_object(object: *mut Header, visitor: &mut impl Visit) {
    // SAFETY: the head says what the object is; rule 1 for the descriptor.
    unsafe {
        match (*object).kind {
            ObjectKind::Storage => {
                let elem = &*(*object).desc.cast::<TypeDesc>();
                if elem.counted() {
                    let storage = object.cast::<Storage>();
                    let data = object.cast::<u8>().add(Storage::DATA);
                    for i in 0..(*storage).init as usize {
                        visit(elem, data.add(i * elem.bytes()), visitor);
                    }
                }
            }
            ObjectKind::Box => {
                let desc = &*(*object).desc.cast::<TypeDesc>();
                visit(desc, object.cast::<u8>().add(Header::SIZE), visitor);
            }
            ObjectKind::Closure => {
                let desc = &*(*object).desc.cast::<ClosureDesc>();
                for capture in desc.captures() {
                    visit(&*capture.ty, object.cast::<u8>().add(capture.offset as usize), visitor);
                }
            }
            ObjectKind::Map => {
                let desc = &*(*object).desc.cast::<TypeDesc>();
                for (key, value) in map::places(object.cast()) {
                    visit(desc.key(), key, visitor);
                    visit(desc.elem(), value, visitor);
                }
            }
            ObjectKind::Handle => {}
        }
    }
}

// ---------------------------------------------------------------- counting

/// One reference more.
///
/// # Safety
/// The object is alive.
pub unsafe fn retain(object: *mut Header) {
    // SAFETY: as the caller owes.
    let count = unsafe { &(*object).count };
    let now = count.load(Ordering::Relaxed);
    if now > 0 {
        count.store(now.wrapping_add(1), Ordering::Relaxed);
    } else if lent::is_lent(now) {
        count.store(now - 1, Ordering::Relaxed);
    } else if now < 0 && count.fetch_sub(1, Ordering::Relaxed) <= FULL {
        too_many_references();
    }
}

/// So many references more.
///
/// # Safety
/// The object is alive.
pub unsafe fn retain_times(object: *mut Header, times: usize) {
    // SAFETY: as the caller owes.
    let count = unsafe { &(*object).count };
    let now = count.load(Ordering::Relaxed);
    match i32::try_from(times).ok().and_then(|times| now.checked_add(times)) {
        Some(sum) if now > 0 => count.store(sum, Ordering::Relaxed),
        // Shared, or more than a plain count holds.
        _ => {
            for _ in 0..times {
                // SAFETY: as the caller owes.
                unsafe { retain(object) };
            }
        }
    }
}

/// Some way from the counts of what is lent, since other threads may add while one notices.
pub const FULL: i32 = lent::THROUGH + 0x1_0000;

#[cold]
fn too_many_references() -> ! {
    eprintln!("goo: an object is referred to more than a thousand million times");
    std::process::abort()
}

/// One reference less; true when it was the last.
///
/// # Safety
/// The object is alive, and the reference is not used again.
unsafe fn give_up(object: *mut Header) -> bool {
    // SAFETY: as the caller owes.
    let count = unsafe { &(*object).count };
    let now = count.load(Ordering::Relaxed);
    if now > 0 {
        count.store(now - 1, Ordering::Relaxed);
        return now == 1;
    }
    if lent::is_lent(now) {
        count.store(lent::one_less(now), Ordering::Relaxed);
        return false;
    }
    // Release: what this task did with the object comes before the freeing, by the Acquire of whoever frees.
    if now < 0 && count.fetch_add(1, Ordering::Release) == -1 {
        fence(Ordering::Acquire);
        return true;
    }
    false
}

/// Whether this is the only reference; the object is then local (rule 3).
///
/// # Safety
/// The object is alive.
pub unsafe fn unique(object: *mut Header) -> bool {
    // SAFETY: as the caller owes.
    let count = unsafe { &(*object).count };
    match count.load(Ordering::Acquire) {
        1 => true,
        // Nobody else has a reference, so nobody else can make one.
        -1 => {
            count.store(1, Ordering::Relaxed);
            true
        }
        _ => false,
    }
}

struct Retain;

impl Visit for Retain {
    fn object(&mut self, object: *mut Header) {
        // SAFETY: the value visited holds a reference.
        unsafe { retain(object) }
    }

    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header) {
        // SAFETY: as above.
        unsafe { retain_handle(desc, handle) }
    }
}

/// Retains what a value holds: there are two of it now.
///
/// # Safety
/// `at` holds a value of type `desc`.
pub unsafe fn retain_value(desc: &TypeDesc, at: *const u8) {
    // SAFETY: as the caller owes.
    unsafe { visit(desc, at.cast_mut(), &mut Retain) }
}

/// Objects whose count has come to nothing, linked through the first words of their heads. Such a link holds the kind of the object whose
/// head it replaces, in bits that are zero in addresses.
struct Release {
    dead: *mut Header,
}

const KIND_BITS: u64 = 7;

impl Release {
    /// Frees all of them, and what comes to nothing by that.
    fn drain(&mut self) {
        while !self.dead.is_null() {
            let object = self.dead;
            // SAFETY: an object in the list is whole but for its count, and nobody else can reach it.
            unsafe {
                let link = object.cast::<u64>().read();
                self.dead = (link & !KIND_BITS) as *mut Header;
                object.cast::<u64>().write((link & KIND_BITS) << 32);
                if (*object).kind == ObjectKind::Handle {
                    // Whose reference was given up without looking at its type.
                    ((*(*object).desc.cast::<HandleDesc>()).free)(object);
                    continue;
                }
                visit_object(object, self);
                if (*object).kind == ObjectKind::Map {
                    map::free_parts(object.cast());
                }
                heap::free(object);
            }
        }
    }

    fn push(&mut self, object: *mut Header) {
        // SAFETY: the object is dead: its first word is free for the link.
        unsafe {
            let kind = (*object).kind as u64;
            object.cast::<u64>().write(self.dead as u64 | kind);
        }
        self.dead = object;
    }
}

impl Visit for Release {
    fn object(&mut self, object: *mut Header) {
        // SAFETY: the value visited holds a reference, which it loses here; `desc` of a handle is its `HandleDesc`.
        unsafe {
            if give_up(object) {
                match (*object).kind {
                    ObjectKind::Handle => ((*(*object).desc.cast::<HandleDesc>()).free)(object),
                    _ => self.push(object),
                }
            }
        }
    }

    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header) {
        // SAFETY: as above.
        unsafe { release_handle(desc, handle) }
    }
}

/// Gives up one reference.
///
/// # Safety
/// The object is alive, and the reference is not used again.
pub unsafe fn release(object: *mut Header) {
    let mut release = Release { dead: std::ptr::null_mut() };
    release.object(object);
    release.drain();
}

/// [`release`] of a closure, to which there hardly ever is another reference.
///
/// # Safety
/// As there.
pub unsafe fn release_closure(closure: *mut Closure) {
    let object = closure.cast::<Header>();
    // SAFETY: as the caller owes; rule 1 for the descriptor.
    unsafe {
        if !unique(object) {
            return release(object);
        }
        let desc = &*(*object).desc.cast::<ClosureDesc>();
        let mut release = Release { dead: std::ptr::null_mut() };
        for capture in desc.captures() {
            visit(&*capture.ty, object.cast::<u8>().add(capture.offset as usize), &mut release);
        }
        heap::free_closure(object, desc);
        release.drain();
    }
}

/// Frees an object whose last reference is gone, and what it held.
///
/// # Safety
/// Nothing refers to the object.
#[inline]
pub unsafe fn free_dead(object: *mut Header) {
    // SAFETY: as the caller owes; the head says what the object is.
    unsafe {
        // A text, or a slice of plain values: there is nothing to look for in it.
        if (*object).kind == ObjectKind::Storage {
            let elem = &*(*object).desc.cast::<TypeDesc>();
            if !elem.counted() {
                return heap::free_storage(object, elem);
            }
        }
        free_full(object);
    }
}

/// # Safety
/// As [`free_dead`].
#[inline(never)]
unsafe fn free_full(object: *mut Header) {
    let mut release = Release { dead: std::ptr::null_mut() };
    release.push(object);
    release.drain();
}

/// Gives up what a value holds. The place then counts as uninitialised.
///
/// # Safety
/// `at` holds a value of type `desc`, which is not used again.
pub unsafe fn release_value(desc: &TypeDesc, at: *mut u8) {
    let mut release = Release { dead: std::ptr::null_mut() };
    // SAFETY: as the caller owes.
    unsafe { visit(desc, at, &mut release) };
    release.drain();
}

/// Gives up `count` values that stand side by side.
///
/// # Safety
/// As [`release_value`], for each.
pub unsafe fn release_values(desc: &TypeDesc, at: *mut u8, count: usize) {
    if !desc.counted() {
        return;
    }
    let mut release = Release { dead: std::ptr::null_mut() };
    for i in 0..count {
        // SAFETY: as the caller owes.
        unsafe { visit(desc, at.add(i * desc.bytes()), &mut release) };
    }
    release.drain();
}

// ---------------------------------------------------------------- handles

/// # Safety
/// The handle is alive, and referred to by a value of type `desc`.
unsafe fn retain_handle(desc: &TypeDesc, handle: *mut Header) {
    if desc.kind == TypeKind::Chan {
        // SAFETY: the word of a channel value is a channel.
        return unsafe { ends::goo_chan_retain(handle.cast(), desc.len as i64) };
    }
    // SAFETY: as the caller owes.
    unsafe { retain(handle) }
}

/// # Safety
/// As [`retain_handle`], and the reference is not used again.
unsafe fn release_handle(desc: &TypeDesc, handle: *mut Header) {
    // SAFETY: as the caller owes; `desc` of a handle is its `HandleDesc`.
    unsafe {
        if desc.kind == TypeKind::Chan {
            ends::goo_chan_release(handle.cast(), desc.len as i64);
        } else if give_up(handle) {
            ((*(*handle).desc.cast::<HandleDesc>()).free)(handle);
        }
    }
}

// ---------------------------------------------------------------- sharing

/// Marks what several tasks will be able to reach. The list holds objects still to be looked into, and whether
/// what they hold is reached by several tasks.
pub(super) struct Share {
    todo: SmallVec<[(*mut Header, bool); 8]>,
    shared: bool,
    /// What was marked, for [`Share::undo`].
    marked: SmallVec<[*mut Header; 8]>,
    /// A closure that several tasks would reach, or whose variables others refer to. See [`super::crossing`].
    pub suspicious: Option<*mut Header>,
}

impl Share {
    /// `shared`: several tasks will reach the value itself.
    pub fn new(shared: bool) -> Share {
        Share { todo: SmallVec::new(), shared, marked: SmallVec::new(), suspicious: None }
    }

    /// Marks what is reached through the objects met so far.
    ///
    /// # Safety
    /// They are held.
    pub unsafe fn finish(&mut self) {
        while let Some((object, shared)) = self.todo.pop() {
            self.shared = shared;
            // SAFETY: as the caller owes.
            unsafe {
                if (*object).kind == ObjectKind::Closure
                    && cells(object).any(|cell| shared || references(cell) != 1)
                {
                    self.suspicious = Some(object);
                }
                visit_object(object, self);
            }
        }
    }

    /// Takes marks back.
    ///
    /// # Safety
    /// No other task has seen these objects, or will but by a value that is moved to it.
    pub unsafe fn undo(self, which: impl Fn(*mut Header) -> bool) {
        for object in self.marked.into_iter().filter(|&object| which(object)) {
            // SAFETY: as the caller owes.
            let count = unsafe { &(*object).count };
            count.store(-count.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// The cells that a closure has captured: variables that it shares with the function around it, or with other closures.
///
/// # Safety
/// A closure that is alive.
pub(super) unsafe fn cells(closure: *mut Header) -> impl Iterator<Item = *mut Header> {
    // SAFETY: rule 1 for the descriptor.
    let captures = unsafe { (*(*closure).desc.cast::<ClosureDesc>()).captures() };
    // SAFETY: as above.
    let shared = captures.iter().filter(|capture| unsafe { (*capture.ty).kind } == TypeKind::Cell);
    shared
        // SAFETY: as above.
        .map(move |capture| unsafe {
            closure.cast::<u8>().add(capture.offset as usize).cast::<*mut Header>().read()
        })
        .filter(|cell| !cell.is_null())
}

/// How many references there are to an object; 0 for static data.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn references(object: *mut Header) -> u32 {
    // SAFETY: as the caller owes.
    lent::references(unsafe { (*object).count.load(Ordering::Relaxed) })
}

impl Visit for Share {
    fn object(&mut self, object: *mut Header) {
        // SAFETY: the value visited holds a reference.
        let count = unsafe { &(*object).count };
        let now = count.load(Ordering::Relaxed);
        // Static (it holds static data only), or marked before with all it reaches (rule 3).
        if now <= 0 {
            return;
        }
        let shared = self.shared || now > 1;
        if shared {
            count.store(-now, Ordering::Relaxed);
            self.marked.push(object);
        }
        // SAFETY: as above.
        if unsafe { holds_counted(object) } {
            self.todo.push((object, shared));
        }
    }

    // Handles are shared from birth, and what is put in them is marked then.
    fn handle(&mut self, _: &TypeDesc, _: *mut Header) {}
}

/// Whether there is anything to look for in the object.
///
/// # Safety
/// The object is alive.
pub(super) unsafe fn holds_counted(object: *mut Header) -> bool {
    // SAFETY: the head says what the object is; rule 1 for the descriptor.
    unsafe {
        match (*object).kind {
            ObjectKind::Storage | ObjectKind::Box => (*(*object).desc.cast::<TypeDesc>()).counted(),
            ObjectKind::Closure => {
                let captures = (*(*object).desc.cast::<ClosureDesc>()).captures();
                captures.iter().any(|capture| (*capture.ty).counted() && !(*capture.ty).is_handle())
            }
            ObjectKind::Map => true,
            ObjectKind::Handle => false,
        }
    }
}

/// Makes a value fit to be moved to where another task finds it: what only this value refers to goes with it and stays plain;
/// what others refer to as well, and all that is reached through that, is counted atomically from now on.
///
/// # Safety
/// `at` holds a value of type `desc` that the caller owns and moves away.
pub unsafe fn share(desc: &TypeDesc, at: *mut u8) {
    let mut share = Share::new(false);
    // SAFETY: as the caller owes; objects in the list are held by the value.
    unsafe {
        visit(desc, at, &mut share);
        share.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::super::desc::STRING;
    use super::super::testing::*;
    use super::*;
    use crate::abi::layout::{FieldDesc, Slice};
    use crate::value::desc::INT;
    use crate::value::heap::live_objects;
    use crate::value::slice;

    fn count_of(slice: &Slice) -> i32 {
        // SAFETY: the slice is alive.
        unsafe { (*slice.owner).header.count.load(Ordering::Relaxed) }
    }

    #[test]
    fn a_list_of_a_million_nodes_goes_without_recursion() {
        let before = live_objects();
        let optional = boxed_optional("main.Node?");
        let fields: &[FieldDesc] = vec![
            FieldDesc { name: text("Value"), ty: &raw const INT, offset: 0, flags: 0 },
            FieldDesc { name: text("Next"), ty: optional, offset: 8, flags: 0 },
        ]
        .leak();
        let node = leak(TypeDesc {
            fields: fields.as_ptr(),
            field_count: 2,
            ..crate::value::desc::plain(TypeKind::Struct, "main.Node", 16, TypeDesc::COUNTED)
        });
        optional.elem = node;
        let length = if cfg!(miri) { 1000 } else { 1_000_000 };
        let mut next: *mut Header = std::ptr::null_mut();
        for i in 0..length {
            let mut value = (i, next);
            next = crate::abi::values::goo_box_new(node, (&raw mut value).cast()) as *mut Header;
        }
        assert_eq!(live_objects() - before, length);
        drop_value(optional, next);
        assert_eq!(live_objects(), before);
    }

    #[test]
    fn sharing_marks_what_others_refer_to() {
        let before = live_objects();
        let strings = slice_of(&STRING, "[]string");
        let kept = string("kept by the sender");
        let mut list = slice::from_values(&STRING, vec![kept.retained(), string("only in the message")]);
        // SAFETY: the list is ours.
        unsafe { share(strings, (&raw mut list).cast()) };
        // SAFETY: the list lives until it is released below, and nothing writes its elements.
        let elements: &[Slice] = unsafe { crate::abi::native::lent_slots(&list) };
        assert_eq!((count_of(&list), count_of(&elements[0]), count_of(&elements[1])), (1, -2, 1));

        // A second reference to the list: now all of it is marked.
        let other = list.retained();
        // SAFETY: as above.
        unsafe { share(strings, (&raw mut list).cast()) };
        assert_eq!((count_of(&list), count_of(&elements[1])), (-2, -1));

        drop_value(strings, other);
        drop_value(&STRING, kept);
        // SAFETY: the list is alive.
        assert!(unsafe { unique(list.owner.cast()) });
        assert_eq!(count_of(&list), 1);
        drop_value(strings, list);
        assert_eq!(live_objects(), before);
    }
}

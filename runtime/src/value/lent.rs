//! Storage of which a part is lent in-out, while other code can reach the variable that it is in.
//!
//! `f(&l.rows[i][j])` gives `f` an address in the storage of `l.rows[i]`, and `f` may call what reads or changes `l`. Values never
//! alias, so what is written through the address must not get into copies that are made meanwhile; and it must get into `l`, whatever
//! else is written there. So the storages on the way to the address are marked as lent, by their counts, until the call is over:
//!
//! 1. **A copy of what is lent is a copy at once** ([`settle`]): compiled code asks for that behind each copy of a type of which the
//!    program lends a part, from where others can reach it. So one variable and the lends are all that refer to what is lent.
//! 2. **What is lent is changed in place** by that variable's owner. But the last storage on the way, which the address points into
//!    ([`DIRECT`]), stays where it is: what has to move it (a slice that grows, a new or deleted key of a map) goes on in a copy, as in
//!    Go. In others, the elements move.
//! 3. Each lend is a reference, in a local of the lender, and ends when that is given up, in a crash as well: with the last
//!    reference but one, the count is plain again.
//!
//! ```text
//! i32::MIN        DIRECT - n        THROUGH - n        -n              0        n
//! (too many)      lent: the last    lent: on the way   several tasks   static   one task
//! ```

use std::sync::atomic::Ordering;

use super::count::{Visit, release, retain_value, unique, visit};
use super::{map, slice};
use crate::abi::layout::{Header, ObjectKind, Slice, TypeDesc};

/// Less the number of references, it is the count of a storage through which a part of another is lent.
pub const THROUGH: i32 = -(1 << 30);

/// Less the number of references, it is the count of a storage into which an address that is lent points.
pub const DIRECT: i32 = THROUGH - (1 << 28);

/// What is smaller has too many references.
const LEAST: i32 = DIRECT - (1 << 28);

#[inline]
pub(super) fn is_lent(count: i32) -> bool {
    count <= THROUGH && count > LEAST
}

fn base(count: i32) -> i32 {
    if count <= DIRECT { DIRECT } else { THROUGH }
}

/// The number of references that a count stands for; 0 for static data.
pub(crate) fn references(count: i32) -> u32 {
    match is_lent(count) {
        true => (base(count) - count).unsigned_abs(),
        false => count.unsigned_abs(),
    }
}

/// The count with one reference less. Where only one is left, nothing is lent any more.
pub(super) fn one_less(count: i32) -> i32 {
    if base(count) - count == 2 { 1 } else { count + 1 }
}

/// Marks the object as lent. The caller has a reference beside the variable's.
///
/// # Safety
/// The object is alive, and only the running task can reach it.
pub unsafe fn lend(object: *mut Header, direct: bool) {
    // SAFETY: as the caller owes.
    let count = unsafe { &(*object).count };
    let now = count.load(Ordering::Relaxed);
    let base = if direct || is_lent(now) && now <= DIRECT { DIRECT } else { THROUGH };
    count.store(base - references(now).cast_signed(), Ordering::Relaxed);
}

/// Whether a part of the object is lent.
///
/// # Safety
/// The object is alive.
#[inline]
pub(crate) unsafe fn is_object_lent(object: *mut Header) -> bool {
    // SAFETY: as the caller owes.
    is_lent(unsafe { (*object).count.load(Ordering::Relaxed) })
}

/// Whether its owner may change the object in place (rule 2): nobody has a copy of it.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn changes_in_place(object: *mut Header) -> bool {
    // SAFETY: as the caller owes.
    unsafe { unique(object) || is_object_lent(object) }
}

/// Whether an address that is lent points into the object.
///
/// # Safety
/// The object is alive.
pub(super) unsafe fn is_pointed_into(object: *mut Header) -> bool {
    // SAFETY: as the caller owes.
    let count = unsafe { (*object).count.load(Ordering::Relaxed) };
    is_lent(count) && count <= DIRECT
}

/// Makes a copy what it should be (rule 1): storage in it that is lent is replaced by a copy of that.
///
/// # Safety
/// `at` holds a value of type `desc` that the caller owns, and just copied.
pub unsafe fn settle(desc: &TypeDesc, at: *mut u8) {
    // SAFETY: as the caller owes.
    unsafe { visit(desc, at, &mut Settle) }
}

/// [`settle`] for as many values, side by side.
///
/// # Safety
/// As there.
pub(super) unsafe fn settle_all(desc: &TypeDesc, at: *mut u8, count: usize) {
    if desc.counted() {
        for i in 0..count {
            // SAFETY: as the caller owes.
            unsafe { settle(desc, at.add(i * desc.bytes())) };
        }
    }
}

struct Settle;

impl Visit for Settle {
    fn object(&mut self, _: *mut Header) {}

    unsafe fn slot(&mut self, slot: *mut *mut Header) {
        // SAFETY: the value visited holds a reference, which it gives up for the copy's; the head says what the object is, and a
        // storage stands in a slice.
        unsafe {
            let object = slot.read();
            if !is_object_lent(object) {
                return;
            }
            let desc = (*object).desc.cast::<TypeDesc>();
            match (*object).kind {
                ObjectKind::Storage => return slice::renew(&*desc, &mut *slot.cast::<Slice>()),
                ObjectKind::Map => return map::renew(&*desc, &mut *slot.cast()),
                ObjectKind::Box => {
                    let old = object.cast::<u8>().add(Header::SIZE);
                    let copy = crate::abi::values::goo_box_new(&*desc, old) as *mut Header;
                    let new = copy.cast::<u8>().add(Header::SIZE);
                    retain_value(&*desc, new);
                    settle(&*desc, new);
                    slot.write(copy);
                }
                ObjectKind::Closure | ObjectKind::Handle => return,
            }
            release(object);
        }
    }

    fn handle(&mut self, _: &TypeDesc, _: *mut Header) {}
}

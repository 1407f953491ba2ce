//! What compiled code calls for values: memory and counts, slices and strings, maps, comparison, crashes.

use std::ptr::copy_nonoverlapping;

use super::layout::{Header, Interface, Slice, Status, Storage, TypeDesc};
use crate::natives;
use crate::value::crash::{self, Crash};
use crate::value::hash::Unhashable;
use crate::value::map::{self, MapObject};
use crate::value::slice as slices;
use crate::value::{Value, count, crossing, equal, heap, lent, string};

natives! { pub static MEMORY;
    /// Room for an object; its head and all else is the caller's to write.
    Pure fn goo_alloc(size: I64) -> I64 {
        heap::object(size as usize)
    }
    /// Frees an object whose only reference is given up, and what it holds.
    Pure fn goo_free_object(object: Address) {
        // SAFETY: the caller held the only reference.
        unsafe { count::free_dead(object.cast()) }
    }
    /// Any object that is not a channel; null does nothing.
    Pure fn goo_retain_slow(object: Address) {
        if !object.is_null() {
            // SAFETY: the caller holds a reference.
            unsafe { count::retain(object.cast()) }
        }
    }
    /// Any object that is not a channel; null does nothing.
    Pure fn goo_release_slow(object: Address) {
        if !object.is_null() {
            // SAFETY: the caller gives up its reference.
            unsafe { count::release(object.cast()) }
        }
    }
    Pure fn goo_value_retain[desc](at: Address) {
        // SAFETY: rule 2.
        unsafe { count::retain_value(desc, at) }
    }
    Pure fn goo_value_release[desc](at: Address) {
        // SAFETY: the caller gives up the value.
        unsafe { count::release_value(desc, at) }
    }
    /// Crashes if the value, which others will get in a `select` or from a mutex, holds a closure bound to this task.
    Raw fn goo_value_crosses[desc](ctx, at: Address) {
        // SAFETY: rule 2; the context is the running task's.
        unsafe { crossing::move_value(desc, at).map_or_else(|bound| bound.crash(ctx), |()| Status::Returned) }
    }
    /// A box or cell with this value, which moves into it.
    Pure fn goo_box_new[desc](at: Address) -> I64 {
        let header = heap::new_object(super::layout::ObjectKind::Box, desc, heap::box_size(desc));
        // SAFETY: the box has room for the value.
        unsafe { copy_nonoverlapping(at.cast_const(), header.cast::<u8>().add(Header::SIZE), desc.bytes()) };
        header
    }
    /// Makes the box in the slot the slot's own, and gives the place of its value.
    Pure fn goo_box_unique[desc](slot: Ref(*mut Header)) -> I64 {
        // SAFETY: the slot holds a box of this type.
        unsafe {
            if !lent::changes_in_place(*slot) {
                let old = (*slot).cast::<u8>().add(Header::SIZE);
                count::retain_value(desc, old);
                let copy = goo_box_new(desc, old) as *mut Header;
                count::release(*slot);
                *slot = copy;
            }
            (*slot).cast::<u8>().add(Header::SIZE)
        }
    }
    /// Marks the storage or box as lent, to which the caller has a reference of its own: see [`lent`].
    Pure fn goo_lend(object: Address, direct: I64) {
        // SAFETY: as the caller owes: what it lends is the task's own.
        unsafe { lent::lend(object.cast(), direct != 0) }
    }
    /// Behind a copy from where others can reach it: replaces what is lent by copies.
    Pure fn goo_value_settle[desc](at: Address) {
        // SAFETY: rule 2; the copy is the caller's.
        unsafe { lent::settle(desc, at) }
    }
    /// Before a method changes what is in the interface value: makes its box its own.
    Pure fn goo_interface_unique(slot: Ref(Interface)) {
        // SAFETY: descriptors are static; the data of a value that is larger than a word is a box of it.
        unsafe {
            if let Some(desc) = slot.desc.as_ref().filter(|desc| !desc.in_word()) {
                let mut object = slot.data as *mut Header;
                goo_box_unique(desc, &raw mut object);
                slot.data = object as u64;
            }
        }
    }
    /// Structural equality, of types that hold no functions.
    Pure fn goo_value_equal[desc](a: Address, b: Address) -> I64 {
        // SAFETY: rule 2.
        equal::equal(unsafe { Value::new(desc, a) }, unsafe { Value::new(desc, b) }).unwrap_or(false)
    }
    /// Structural equality where an interface may hold a function: a crash, if it does.
    Crash fn goo_value_equal_any[desc](a: Address, b: Address) -> I64 {
        // SAFETY: rule 2.
        let same = equal::equal(unsafe { Value::new(desc, a) }, unsafe { Value::new(desc, b) });
        same.map_err(|error| Crash::runtime(format_args!("comparing uncomparable type {}", error.0)))
    }
}

natives! { pub static SLICES;
    /// An empty storage with this room.
    Pure fn goo_storage_new[elem](cap: I64) -> I64 {
        slices::new_storage(elem, cap)
    }
    /// Before elements are changed in place.
    Pure fn goo_slice_unique[elem](slot: Ref(Slice)) {
        // SAFETY: rule 2.
        unsafe { slices::make_unique(elem, slot) }
    }
    /// Makes the slice `extra` longer, in a storage of its own, and gives the address of the first new place. Length and `init` count the
    /// new places in already; the caller writes all of them at once.
    Pure fn goo_slice_grow[elem](slot: Ref(Slice), extra: I64) -> I64 {
        // SAFETY: rule 2.
        unsafe { slices::extend(elem, slot, extra) }
    }
    /// `s = append(s, more...)`; of strings onto bytes, too.
    Pure fn goo_slice_append_all[elem](slot: Ref(Slice), more: Slice) {
        // SAFETY: rule 2.
        unsafe { slices::append_all(elem, slot, more) }
    }
    Crash fn goo_slice_make[elem](len: I64, cap: I64) -> Slice {
        slices::make(elem, len, cap)
    }
    /// `s[lo:hi:max]`; an absent bound is the least `int64`.
    Crash fn goo_slice_range[elem](s: Slice, lo: I64, hi: I64, max: I64) -> Slice {
        // SAFETY: rule 2.
        unsafe { slices::range(elem, s, lo, hi, max) }
    }
    Crash fn goo_string_range(s: Slice, lo: I64, hi: I64) -> Slice {
        slices::string_range(s, lo, hi)
    }
    /// `a[lo:hi:max]` of an array: a copy.
    Crash fn goo_array_slice[elem](array: Address, len: I64, lo: I64, hi: I64, max: I64) -> Slice {
        // SAFETY: rule 2.
        unsafe { slices::of_array(elem, array, len, (lo, hi, max)) }
    }
    /// `[N]T(s)`: copies `len` elements to `to`, which is uninitialised; a crash when there are not as many.
    Crash fn goo_slice_to_array[elem](s: Slice, to: Address, len: I64) {
        if s.len < len {
            return Err(Crash::runtime(format_args!(
                "cannot convert slice with length {} to array or pointer to array with length {len}", s.len
            )));
        }
        // SAFETY: rule 2; the array has room.
        unsafe {
            copy_nonoverlapping(s.ptr.cast_const(), to, len as usize * elem.bytes());
            for i in 0..len as usize {
                count::retain_value(elem, to.add(i * elem.bytes()));
                if !s.owner.is_null() && lent::is_object_lent(s.owner.cast()) {
                    lent::settle(elem, to.add(i * elem.bytes()));
                }
            }
        }
        Ok(())
    }
    /// `copy(dst, src)`, of a string onto bytes, too.
    Pure fn goo_slice_copy[elem](slot: Ref(Slice), from: Slice) -> I64 {
        // SAFETY: rule 2.
        unsafe { slices::copy(elem, slot, from) }
    }
    Pure fn goo_slice_clear[elem](slot: Ref(Slice)) {
        // SAFETY: rule 2.
        unsafe { slices::clear(elem, slot) }
    }
    Pure fn goo_slice_cap[elem](s: Slice) -> I64 {
        s.cap(elem)
    }
}

natives! { pub static STRINGS;
    Plain fn goo_string_concat(a: Slice, b: Slice) -> Slice {
        string::concat_slices(&[a, b])
    }
    /// Of `n` strings side by side.
    Plain fn goo_string_concat_n(parts: Address, n: I64) -> Slice {
        // SAFETY: rule 2.
        string::concat_slices(unsafe { std::slice::from_raw_parts(parts.cast::<Slice>(), n as usize) })
    }
    /// Writes an integer in decimal at the end of [`DIGITS`](crate::text::pad::DIGITS) bytes; gives how many of them it takes.
    Pure fn goo_string_of_int(digits: Ref([u8; crate::text::pad::DIGITS]), value: I64) -> I64 {
        use crate::text::pad::{DIGITS, Decimal};
        DIGITS - Decimal::write(value.unsigned_abs(), value < 0, digits)
    }
    /// `s += t`, in place if the string's storage is its own and has room.
    Pure fn goo_string_append(slot: Ref(Slice), more: Slice) {
        // SAFETY: rule 2; nobody else sees the bytes that are written.
        unsafe { slices::append_all(&crate::value::desc::BYTE, slot, more) }
    }
    Pure fn goo_string_equal(a: Bytes, b: Bytes) -> I64 {
        string::is_same(a, b)
    }
    /// -1, 0 or 1.
    Pure fn goo_string_compare(a: Bytes, b: Bytes) -> I64 {
        a.cmp(b) as i64
    }
    /// The character at a position: `rune | width << 32`.
    Pure fn goo_string_decode(s: Bytes, at: I64) -> I64 {
        let (rune, width) = string::decode(&s[at as usize..]);
        i64::from(rune) | (width as i64) << 32
    }
    Plain fn goo_string_from_rune(rune: I64) -> Slice {
        string::from_rune(rune)
    }
    Plain fn goo_string_from_runes(runes: Slots(i32)) -> Slice {
        string::from_runes(runes)
    }
    Plain fn goo_string_to_runes(s: Bytes) -> Slice {
        string::to_runes(s)
    }
}

fn unhashable(error: Unhashable) -> Crash {
    Crash::runtime(format_args!("hash of unhashable type {}", error.0))
}

/// Copies a value, which then has one reference more, or writes zero for null.
///
/// # Safety
/// `from` is null or a value of this type; `to` has room for one.
unsafe fn copy_or_zero(desc: &TypeDesc, from: *const u8, to: *mut u8) {
    // SAFETY: as the caller owes.
    unsafe {
        if from.is_null() {
            to.write_bytes(0, desc.bytes());
        } else {
            copy_nonoverlapping(from, to, desc.bytes());
            count::retain_value(desc, to);
        }
    }
}

natives! { pub static MAPS;
    Plain fn goo_map_make[desc](room: I64) -> I64 {
        map::new(desc, room.clamp(0, 1 << 24))
    }
    Pure fn goo_map_len(m: I64) -> I64 {
        map::len(m as *mut MapObject)
    }
    Pure fn goo_map_unique[desc](slot: Ref(*mut MapObject)) {
        if !slot.is_null() {
            // SAFETY: rule 2.
            unsafe { map::make_unique(desc, slot) };
        }
    }
    /// Where the value under the key is, or 0.
    Crash fn goo_map_find[desc](m: I64, key: Address) -> I64 {
        // SAFETY: rule 2.
        unsafe { map::get(desc, m as *mut MapObject, key) }.map_err(unhashable)
    }
    /// [`goo_map_find`] for keys of eight flat bytes.
    Pure fn goo_map_find_word(m: I64, key: I64) -> I64 {
        map::get_word(m as *mut MapObject, key as u64)
    }
    /// [`goo_map_find`] for strings.
    Pure fn goo_map_find_text(m: I64, key: Bytes) -> I64 {
        map::get_text(m as *mut MapObject, key)
    }
    /// The value under the key, zero at first, to be changed at once.
    Crash fn goo_map_entry[desc](slot: Ref(*mut MapObject), key: Address) -> I64 {
        // SAFETY: rule 2.
        unsafe { map::entry(desc, slot, key) }.map_err(unhashable)
    }
    /// [`goo_map_entry`] for keys of eight flat bytes.
    Pure fn goo_map_entry_word[desc](slot: Ref(*mut MapObject), key: I64) -> I64 {
        // SAFETY: rule 2.
        unsafe { map::entry_word(desc, slot, key as u64) as i64 }
    }
    /// [`goo_map_entry`] for strings.
    Pure fn goo_map_entry_text[desc](slot: Ref(*mut MapObject), key: Slice) -> I64 {
        // SAFETY: rule 2.
        unsafe { map::entry_text(desc, slot, &key) as i64 }
    }
    /// The value is borrowed.
    Crash fn goo_map_set[desc](slot: Ref(*mut MapObject), key: Address, value: Address) {
        // SAFETY: rule 2.
        unsafe {
            let place = map::entry(desc, slot, key).map_err(unhashable)?;
            count::retain_value(desc.elem(), value);
            count::release_value(desc.elem(), place);
            copy_nonoverlapping(value.cast_const(), place, desc.elem().bytes());
        }
        Ok(())
    }
    Crash fn goo_map_delete[desc](slot: Ref(*mut MapObject), key: Address) {
        // SAFETY: rule 2.
        unsafe { map::delete(desc, slot, key) }.map_err(unhashable)
    }
    Pure fn goo_map_clear[desc](slot: Ref(*mut MapObject)) {
        // SAFETY: rule 2.
        unsafe { map::clear(desc, slot) }
    }
    /// The next entry of an iteration, in order of insertion: copies (owned by the caller) of key and value where these are wanted, and
    /// the position behind it, or -1. It starts with position 0, goes on whatever happens to the map, and ends with what was there at its
    /// start.
    Pure fn goo_map_next[desc](m: I64, position: I64, key_out: I64, value_out: I64) -> I64 {
        // SAFETY: rule 2.
        unsafe {
            let (key_out, value_out) = (key_out as *mut u8, value_out as *mut u8);
            let found = (m as *mut MapObject).as_ref().and_then(|map| map.next(position));
            match found {
                None => -1,
                Some((key, value, next)) => {
                    if !key_out.is_null() {
                        copy_or_zero(desc.key(), key, key_out);
                    }
                    if !value_out.is_null() {
                        copy_or_zero(desc.elem(), value, value_out);
                        if lent::is_object_lent(m as *mut Header) {
                            lent::settle(desc.elem(), value_out);
                        }
                    }
                    next
                }
            }
        }
    }
}

/// `v := m[k]`: a copy, zero if absent. By hand, since the result's type is the map's.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_map_get(
    ctx: *mut super::layout::Context,
    desc: &'static TypeDesc,
    out: *mut u8,
    m: *mut u8,
    key: *mut u8,
) -> super::layout::Status {
    // SAFETY: rule 2; `out` has room for a value.
    let found = unsafe { map::get(desc, m.cast(), key) }.map_err(unhashable);
    // SAFETY: as above.
    super::native::finish(ctx, found, |place| unsafe { copy_or_zero(desc.elem(), place, out) })
}

/// `v, ok := m[k]`, as a tuple: the value, then a byte that is 1 if it was there.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_map_get_ok(
    ctx: *mut super::layout::Context,
    desc: &'static TypeDesc,
    out: *mut u8,
    m: *mut u8,
    key: *mut u8,
) -> super::layout::Status {
    // SAFETY: rule 2; `out` has room for the tuple.
    let found = unsafe { map::get(desc, m.cast(), key) }.map_err(unhashable);
    // SAFETY: as above.
    super::native::finish(ctx, found, |place| unsafe {
        copy_or_zero(desc.elem(), place, out);
        out.add(desc.elem().bytes()).write((!place.is_null()).into());
    })
}

/// Moves the value under the key out, and leaves zero there; zero if there is none. True if there was one.
///
/// # Safety
/// Of `desc` must be the map in the slot, and the key, and `out` must have room for a value.
unsafe fn take(
    desc: &'static TypeDesc,
    out: *mut u8,
    slot: *mut *mut MapObject,
    key: *const u8,
) -> Result<bool, Crash> {
    // SAFETY: as the caller owes; a map that was copied has its values elsewhere.
    unsafe {
        let (bytes, before) = (desc.elem().bytes(), *slot);
        let mut place = map::get(desc, before, key).map_err(unhashable)?;
        if place.is_null() {
            out.write_bytes(0, bytes);
            return Ok(false);
        }
        map::make_unique(desc, &mut *slot);
        if *slot != before {
            place = map::get(desc, *slot, key).map_err(unhashable)?;
        }
        copy_nonoverlapping(place.cast_const(), out, bytes);
        place.write_bytes(0, bytes);
        Ok(true)
    }
}

/// `v := m[k]` where `m[k]` gets a new value before anything looks at the map again: the value itself instead of a copy.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_map_take(
    ctx: *mut super::layout::Context,
    desc: &'static TypeDesc,
    out: *mut u8,
    slot: *mut *mut MapObject,
    key: *mut u8,
) -> super::layout::Status {
    // SAFETY: rule 2; `out` has room for a value.
    super::native::finish(ctx, unsafe { take(desc, out, slot, key) }, |_| ())
}

/// [`goo_map_take`] for `v, ok := m[k]`.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_map_take_ok(
    ctx: *mut super::layout::Context,
    desc: &'static TypeDesc,
    out: *mut u8,
    slot: *mut *mut MapObject,
    key: *mut u8,
) -> super::layout::Status {
    // SAFETY: rule 2; `out` has room for the tuple.
    let taken = unsafe { take(desc, out, slot, key) };
    // SAFETY: as above.
    super::native::finish(ctx, taken, |there| unsafe { out.add(desc.elem().bytes()).write(there.into()) })
}

crate::runtime_functions! { pub static MAP_VALUES;
    Plain goo_map_get[1](I64, Address) -> Address;
    Plain goo_map_get_ok[1](I64, Address) -> Address;
    Plain goo_map_take[1](I64, Address) -> Address;
    Plain goo_map_take_ok[1](I64, Address) -> Address;
}

natives! { pub static CRASHES;
    /// `panic(v)` of an `any`; errors and Stringers are turned into their text before, by `goo_panic_text`.
    Crash fn goo_panic(value: In(Interface)) {
        Err(crash::panic_value(&crate::value::view::local(&crate::value::view::ANY, value)))
    }
    Crash fn goo_panic_text(text: Bytes) {
        Err(Crash(String::from_utf8_lossy(text).into_owned()))
    }
    Crash fn goo_panic_index(index: I64, len: I64) {
        Err(crash::index(index, len))
    }
    Crash fn goo_panic_divide() {
        Err(Crash::runtime("integer divide by zero"))
    }
    Crash fn goo_panic_shift() {
        Err(Crash::runtime("negative shift amount"))
    }
    /// `x.(T)` that does not hold.
    Crash fn goo_panic_type_assert[interface, wanted](value: In(Interface)) {
        // SAFETY: descriptors are static.
        Err(crash::type_assertion(interface, unsafe { value.desc.as_ref() }, wanted))
    }
    Crash fn goo_panic_stack() {
        Err(Crash("stack overflow".into()))
    }
    /// A method called, or a value taken, where there is `none`.
    Crash fn goo_panic_unwrap() {
        Err(Crash::runtime("none has no value"))
    }
    /// `print` and `println`: onto standard error.
    Plain fn goo_print(args: Slots(Interface), line: I64) {
        crate::text::print(args, line != 0);
    }
}

/// Elements start at a multiple of 16, which every type is content with.
const _: () = assert!(Storage::DATA.is_multiple_of(16) && size_of::<Storage>() <= Storage::DATA);

//! Strings: slices of bytes that nobody changes, usually UTF-8.

use super::desc::{RUNE, STRING};
use super::slice::{self, EMPTY};
use crate::abi::layout::Slice;

/// The strings one after the other: a new one, or one that shares what it was given, when that is all of the result: `a + ""`.
#[inline]
pub fn concat_slices(parts: &[Slice]) -> Slice {
    let len: i64 = parts.iter().map(|part| part.len).sum();
    if len == 0 {
        return EMPTY;
    }
    if let Some(only) = parts.iter().find(|part| part.len == len) {
        return only.retained();
    }
    let owner = slice::new_byte_storage(len);
    let mut to = slice::data(owner);
    // SAFETY: strings lent for the call (rule 2); the storage has room for all of them.
    unsafe {
        for part in parts {
            copy_bytes(part.ptr, to, part.len as usize);
            to = to.add(part.len as usize);
        }
    }
    Slice { owner, ptr: slice::data(owner), len }
}

/// Copies a few bytes without a call: most strings are short.
///
/// # Safety
/// As `copy_nonoverlapping`.
#[inline]
pub unsafe fn copy_bytes(from: *const u8, to: *mut u8, len: usize) {
    // Both ends, which overlap. SAFETY: as the caller owes.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                let (first, middle, last) = (*from, *from.add(len / 2), *from.add(len - 1));
                *to = first;
                *to.add(len / 2) = middle;
                *to.add(len - 1) = last;
            }
            4..8 => copy_ends::<u32>(from, to, len),
            8..=16 => copy_ends::<u64>(from, to, len),
            17..=32 => copy_ends::<u128>(from, to, len),
            _ => std::ptr::copy_nonoverlapping(from, to, len),
        }
    }
}

/// # Safety
/// As [`copy_bytes`], of at least one and at most two `T`s.
#[inline]
unsafe fn copy_ends<T>(from: *const u8, to: *mut u8, len: usize) {
    let last = len - size_of::<T>();
    // SAFETY: as the caller owes.
    unsafe {
        let ends = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(ends.0);
        to.add(last).cast::<T>().write_unaligned(ends.1);
    }
}

/// `a == b`, without a call for a few bytes.
#[inline]
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    /// The first and the last bytes, which overlap.
    fn ends<const N: usize>(of: &[u8]) -> ([u8; N], [u8; N]) {
        let end = |from: usize| of[from..from + N].try_into().expect("a part of this length");
        (end(0), end(of.len() - N))
    }
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0 => true,
        1 => a[0] == b[0],
        2..4 => ends::<2>(a) == ends::<2>(b),
        4..8 => ends::<4>(a) == ends::<4>(b),
        8..=16 => ends::<8>(a) == ends::<8>(b),
        _ => a == b,
    }
}

/// The first character and how many bytes it takes: `(U+FFFD, 1)` for what is not UTF-8, `(U+FFFD, 0)` at the end.
pub fn decode(bytes: &[u8]) -> (u32, usize) {
    let Some(&first) = bytes.first() else { return (0xFFFD, 0) };
    if first < 0x80 {
        return (first.into(), 1);
    }
    let width = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (0xFFFD, 1),
    };
    match bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
        Some(text) => (text.chars().next().map_or(0xFFFD, u32::from), width),
        None => (0xFFFD, 1),
    }
}

/// The last character and how many bytes it takes.
pub fn decode_last(bytes: &[u8]) -> (u32, usize) {
    let len = bytes.len();
    if len == 0 {
        return (0xFFFD, 0);
    }
    // It begins at the last byte that does not continue a character.
    let first = (1..=len.min(4)).find(|back| bytes[len - back] & 0xC0 != 0x80);
    if let Some(back) = first {
        let (rune, width) = decode(&bytes[len - back..]);
        if width == back {
            return (rune, width);
        }
    }
    (0xFFFD, 1)
}

/// A rune as Go converts it: what is no character becomes U+FFFD.
pub fn character(rune: i64) -> char {
    u32::try_from(rune).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
}

pub fn push_rune(out: &mut Vec<u8>, rune: i64) {
    let mut buffer = [0; 4];
    out.extend_from_slice(character(rune).encode_utf8(&mut buffer).as_bytes());
}

/// The characters of a string, as Go's `range` finds them, with their positions.
pub fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rune, width) = decode(&bytes[at..]);
        let here = at;
        at += width;
        (width > 0).then_some((here, rune))
    })
}

pub fn from_rune(rune: i64) -> Slice {
    let mut buffer = [0; 4];
    slice::from_bytes(character(rune).encode_utf8(&mut buffer).as_bytes())
}

pub fn from_runes(runes: &[i32]) -> Slice {
    let mut out = Vec::with_capacity(runes.len());
    for &rune in runes {
        push_rune(&mut out, rune.into());
    }
    slice::from_bytes(&out)
}

pub fn to_runes(bytes: &[u8]) -> Slice {
    slice::from_values(&RUNE, runes(bytes).map(|(_, rune)| rune as i32).collect())
}

/// A `[]string`.
pub fn slice_of(strings: Vec<Slice>) -> Slice {
    slice::from_values(&STRING, strings)
}

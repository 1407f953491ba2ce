//! Package `strings` (and, through it, `bytes`): searching, splitting, changing case.

use memchr::memmem;
use smallvec::SmallVec;

use crate::abi::layout::Slice;
use crate::abi::native::lent_bytes;
use crate::natives;
use crate::text::unicode::{self, Case};
use crate::value::slice::{self, EMPTY, from_bytes};
use crate::value::string::{self, decode, runes};

/// A part of a string, sharing its storage.
fn part(of: &Slice, from: usize, to: usize) -> Slice {
    if from == to {
        return EMPTY;
    }
    Slice { owner: of.owner, ptr: of.ptr.wrapping_add(from), len: (to - from) as i64 }.retained()
}

fn bytes<'a>(of: &Slice) -> &'a [u8] {
    // SAFETY: a string lent for the call (rule 2); no result keeps the bytes themselves.
    unsafe { lent_bytes(of) }
}

fn index(text: &[u8], wanted: &[u8]) -> i64 {
    memmem::find(text, wanted).map_or(-1, |at| at as i64)
}

fn count(text: &[u8], wanted: &[u8]) -> i64 {
    if wanted.is_empty() {
        return runes(text).count() as i64 + 1;
    }
    memmem::find_iter(text, wanted).count() as i64
}

/// The parts between the separators, at most `limit` (below 0: all), with so many bytes of the separator kept.
fn split(s: Slice, separator: &[u8], keep: i64, limit: i64) -> Slice {
    if limit == 0 {
        return EMPTY;
    }
    let text = bytes(&s);
    let most = if limit < 0 { usize::MAX } else { limit as usize };
    let mut parts = Vec::new();
    if separator.is_empty() {
        let mut at = 0;
        while at < text.len() && parts.len() + 1 < most {
            let (_, width) = decode(&text[at..]);
            parts.push(part(&s, at, at + width));
            at += width;
        }
        if at < text.len() {
            parts.push(part(&s, at, text.len()));
        }
        return string::slice_of(parts);
    }
    let mut start = 0;
    for at in memmem::find_iter(text, separator) {
        if parts.len() + 1 >= most {
            break;
        }
        parts.push(part(&s, start, at + keep as usize));
        start = at + separator.len();
    }
    parts.push(part(&s, start, text.len()));
    string::slice_of(parts)
}

fn fields(s: Slice) -> Slice {
    let text = bytes(&s);
    if let Some(fields) = ascii_fields(s, text) {
        return fields;
    }
    let mut parts = Vec::new();
    let mut start = None;
    for (at, rune) in runes(text) {
        match (unicode::is_space(rune), start) {
            (true, Some(from)) => {
                parts.push(part(&s, from, at));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    if let Some(from) = start {
        parts.push(part(&s, from, text.len()));
    }
    string::slice_of(parts)
}

/// The fields of a text of ASCII characters only. They are counted first, so that they are written where they stay.
fn ascii_fields(s: Slice, text: &[u8]) -> Option<Slice> {
    // A bit for each byte, 1 for white space: 64 bytes a word. What is behind the text is white space, too.
    let mut spaces: SmallVec<[u64; 16]> = SmallVec::with_capacity(text.len() / 64 + 1);
    let (mut fields, mut before) = (0, 1);
    for chunk in text.chunks(64) {
        let mut word = u64::MAX;
        for (index, eight) in chunk.chunks(8).enumerate() {
            let mut bytes = [b' '; 8];
            bytes[..eight.len()].copy_from_slice(eight);
            let bytes = u64::from_le_bytes(bytes);
            if bytes & HIGH != 0 {
                return None;
            }
            word = word & !(0xFF << (index * 8)) | u64::from(spaces_of(bytes)) << (index * 8);
        }
        fields += (!word & (word << 1 | before)).count_ones() as usize;
        before = word >> 63;
        spaces.push(word);
    }
    // Where the text changes between white space and other, alternately from and to.
    let (mut at, mut last) = (0, u64::MAX);
    let mut changes = spaces.first().map_or(0, |word| word ^ (word << 1 | 1));
    let mut change = || {
        while changes == 0 {
            last = spaces.get(at).copied().unwrap_or(u64::MAX);
            at += 1;
            match spaces.get(at) {
                Some(word) => changes = word ^ (word << 1 | last >> 63),
                None => return text.len(),
            }
        }
        let bit = changes.trailing_zeros() as usize;
        changes &= changes - 1;
        at * 64 + bit
    };
    let parts = (0..fields).map(|_| {
        let (from, to) = (change(), change());
        Slice { owner: s.owner, ptr: s.ptr.wrapping_add(from), len: (to - from) as i64 }
    });
    Some(slice::parts_of(s, parts))
}

/// The high bits of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// A bit for each of eight ASCII characters, the first in the lowest place: whether it is white space.
fn spaces_of(bytes: u64) -> u8 {
    const ONES: u64 = HIGH >> 7;
    // Bytes below 128: a sum's high bit says whether the byte is at least so much, and nothing is carried over.
    let at_least = |least: u64| bytes + ONES * (0x80 - least);
    let blank = !((bytes ^ (ONES * 0x20)) + ONES * 0x7F);
    let found = (at_least(0x09) & !at_least(0x0E) | blank) & HIGH;
    // Each bit goes to a place of its own in the highest byte.
    ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

fn replace(s: Slice, old: &[u8], new: &[u8], limit: i64) -> Slice {
    let text = bytes(&s);
    if limit == 0 || old == new {
        return s.retained();
    }
    let most = if limit < 0 { usize::MAX } else { limit as usize };
    let places: Vec<usize> = if old.is_empty() {
        runes(text).map(|(at, _)| at).chain([text.len()]).take(most).collect()
    } else {
        memmem::find_iter(text, old).take(most).collect()
    };
    if places.is_empty() {
        return s.retained();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut start = 0;
    for at in places {
        out.extend_from_slice(&text[start..at]);
        out.extend_from_slice(new);
        start = at + old.len();
    }
    out.extend_from_slice(&text[start..]);
    from_bytes(&out)
}

fn map_case(s: Slice, case: Case) -> Slice {
    let text = bytes(&s);
    if text.is_ascii() {
        let same = match case {
            Case::Lower => !text.iter().any(u8::is_ascii_uppercase),
            _ => !text.iter().any(u8::is_ascii_lowercase),
        };
        return match case {
            _ if same => s.retained(),
            Case::Lower => from_bytes(&text.to_ascii_lowercase()),
            _ => from_bytes(&text.to_ascii_uppercase()),
        };
    }
    let mut out = Vec::with_capacity(text.len());
    for (_, rune) in runes(text) {
        string::push_rune(&mut out, unicode::to(case, rune).into());
    }
    from_bytes(&out)
}

fn equal_fold(a: &[u8], b: &[u8]) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    let folded = |text| runes(text).map(|(_, rune)| unicode::fold(rune));
    folded(a).eq(folded(b))
}

/// Where the text starts and ends without the characters of `set` at the ends that are asked for.
fn trimmed(text: &[u8], keep: impl Fn(u32) -> bool, left: bool, right: bool) -> (usize, usize) {
    let (mut from, mut to) = (0, text.len());
    while left && from < to {
        let (rune, width) = decode(&text[from..to]);
        if keep(rune) {
            break;
        }
        from += width;
    }
    while right && from < to {
        let (rune, width) = string::decode_last(&text[from..to]);
        if keep(rune) {
            break;
        }
        to -= width;
    }
    (from, to)
}

fn in_set(set: &[u8]) -> impl Fn(u32) -> bool {
    let set: Vec<u32> = runes(set).map(|(_, rune)| rune).collect();
    move |rune| !set.contains(&rune)
}

fn join(parts: &[Slice], separator: Slice) -> Slice {
    match parts {
        [] => EMPTY,
        [only] => only.retained(),
        _ => {
            let mut pieces: Vec<Slice> = Vec::with_capacity(parts.len() * 2);
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    pieces.push(separator);
                }
                pieces.push(*part);
            }
            string::concat_slices(&pieces)
        }
    }
}

fn any_of(text: &[u8], set: &[u8], last: bool) -> i64 {
    let outside = in_set(set);
    let mut found = runes(text).filter(|&(_, rune)| !outside(rune)).map(|(at, _)| at as i64);
    if last { found.last() } else { found.next() }.unwrap_or(-1)
}

natives! { pub static STRINGS;
    /// `func Index(s, substr string) int`
    Pure fn goo_strings_Index(s: Bytes, wanted: Bytes) -> I64 {
        index(s, wanted)
    }
    /// `func LastIndex(s, substr string) int`
    Pure fn goo_strings_LastIndex(s: Bytes, wanted: Bytes) -> I64 {
        memmem::rfind(s, wanted).map_or(-1, |at| at as i64)
    }
    /// `func IndexByte(s string, c byte) int`
    Pure fn goo_strings_IndexByte(s: Bytes, byte: I64) -> I64 {
        memchr::memchr(byte as u8, s).map_or(-1, |at| at as i64)
    }
    /// `func LastIndexByte(s string, c byte) int`
    Pure fn goo_strings_LastIndexByte(s: Bytes, byte: I64) -> I64 {
        memchr::memrchr(byte as u8, s).map_or(-1, |at| at as i64)
    }
    /// `func IndexAny(s, chars string) int`
    Pure fn goo_strings_IndexAny(s: Bytes, set: Bytes) -> I64 {
        any_of(s, set, false)
    }
    /// `func LastIndexAny(s, chars string) int`
    Pure fn goo_strings_LastIndexAny(s: Bytes, set: Bytes) -> I64 {
        any_of(s, set, true)
    }
    /// `func Count(s, substr string) int`
    Pure fn goo_strings_Count(s: Bytes, wanted: Bytes) -> I64 {
        count(s, wanted)
    }
    /// `func split(s, sep string, keep, n int) []string`
    Plain fn goo_strings_split(s: Slice, separator: Bytes, keep: I64, limit: I64) -> Slice {
        split(s, separator, keep, limit)
    }
    /// `func Fields(s string) []string`
    Plain fn goo_strings_Fields(s: Slice) -> Slice {
        fields(s)
    }
    /// `func Join(elems []string, sep string) string`
    Plain fn goo_strings_Join(parts: Slots(Slice), separator: Slice) -> Slice {
        join(parts, separator)
    }
    /// `func Replace(s, old, new string, n int) string`
    Plain fn goo_strings_Replace(s: Slice, old: Bytes, new: Bytes, limit: I64) -> Slice {
        replace(s, old, new, limit)
    }
    /// `func repeat(s string, count int) string`
    Crash fn goo_strings_repeat(s: Bytes, times: I64) -> Slice {
        slice::check_len((s.len() as i64).saturating_mul(times))?;
        Ok(from_bytes(&s.repeat(times as usize)))
    }
    /// `func ToUpper(s string) string`
    Plain fn goo_strings_ToUpper(s: Slice) -> Slice {
        map_case(s, Case::Upper)
    }
    /// `func ToLower(s string) string`
    Plain fn goo_strings_ToLower(s: Slice) -> Slice {
        map_case(s, Case::Lower)
    }
    /// `func ToTitle(s string) string`
    Plain fn goo_strings_ToTitle(s: Slice) -> Slice {
        map_case(s, Case::Title)
    }
    /// `func EqualFold(s, t string) bool`
    Pure fn goo_strings_EqualFold(a: Bytes, b: Bytes) -> I64 {
        equal_fold(a, b)
    }
    /// `func TrimSpace(s string) string`
    Plain fn goo_strings_TrimSpace(s: Slice) -> Slice {
        let (from, to) = trimmed(bytes(&s), |rune| !unicode::is_space(rune), true, true);
        part(&s, from, to)
    }
    /// `func Trim(s, cutset string) string`
    Plain fn goo_strings_Trim(s: Slice, set: Bytes) -> Slice {
        let (from, to) = trimmed(bytes(&s), in_set(set), true, true);
        part(&s, from, to)
    }
    /// `func TrimLeft(s, cutset string) string`
    Plain fn goo_strings_TrimLeft(s: Slice, set: Bytes) -> Slice {
        let (from, to) = trimmed(bytes(&s), in_set(set), true, false);
        part(&s, from, to)
    }
    /// `func TrimRight(s, cutset string) string`
    Plain fn goo_strings_TrimRight(s: Slice, set: Bytes) -> Slice {
        let (from, to) = trimmed(bytes(&s), in_set(set), false, true);
        part(&s, from, to)
    }
    /// `func ToValidUTF8(s, replacement string) string`
    Plain fn goo_strings_ToValidUTF8(s: Slice, replacement: Bytes) -> Slice {
        let text = bytes(&s);
        if std::str::from_utf8(text).is_ok() {
            return Ok(s.retained());
        }
        let mut out = Vec::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            out.extend_from_slice(chunk.valid().as_bytes());
            // A run of invalid bytes is replaced once.
            if !chunk.invalid().is_empty() && (out.is_empty() || !out.ends_with(replacement) || !chunk.valid().is_empty()) {
                out.extend_from_slice(replacement);
            }
        }
        from_bytes(&out)
    }
}

natives! { pub static UNICODE;
    /// `func IsLetter(r rune) bool`
    Pure fn goo_unicode_IsLetter(rune: I64) -> I64 { unicode::is_letter(rune as u32) }
    /// `func IsDigit(r rune) bool`
    Pure fn goo_unicode_IsDigit(rune: I64) -> I64 { unicode::is_digit(rune as u32) }
    /// `func IsNumber(r rune) bool`
    Pure fn goo_unicode_IsNumber(rune: I64) -> I64 { unicode::is_number(rune as u32) }
    /// `func IsSpace(r rune) bool`
    Pure fn goo_unicode_IsSpace(rune: I64) -> I64 { unicode::is_space(rune as u32) }
    /// `func IsUpper(r rune) bool`
    Pure fn goo_unicode_IsUpper(rune: I64) -> I64 { unicode::is_upper(rune as u32) }
    /// `func IsLower(r rune) bool`
    Pure fn goo_unicode_IsLower(rune: I64) -> I64 { unicode::is_lower(rune as u32) }
    /// `func IsGraphic(r rune) bool`
    Pure fn goo_unicode_IsGraphic(rune: I64) -> I64 { unicode::is_graphic(rune as u32) }
    /// `func IsPrint(r rune) bool`
    Pure fn goo_unicode_IsPrint(rune: I64) -> I64 { unicode::is_print(rune as u32) }
    /// `func is(name string, r rune) bool`
    Pure fn goo_unicode_is(name: Bytes, rune: I64) -> I64 {
        std::str::from_utf8(name).is_ok_and(|name| unicode::in_table(rune as u32, name))
    }
    /// `func ToUpper(r rune) rune`
    Pure fn goo_unicode_ToUpper(rune: I64) -> I64 { unicode::to(Case::Upper, rune as u32) as i32 }
    /// `func ToLower(r rune) rune`
    Pure fn goo_unicode_ToLower(rune: I64) -> I64 { unicode::to(Case::Lower, rune as u32) as i32 }
    /// `func ToTitle(r rune) rune`
    Pure fn goo_unicode_ToTitle(rune: I64) -> I64 { unicode::to(Case::Title, rune as u32) as i32 }
    /// `func SimpleFold(r rune) rune`
    Pure fn goo_unicode_SimpleFold(rune: I64) -> I64 { unicode::simple_fold(rune as u32) as i32 }
}

natives! { pub static UTF8;
    /// `func RuneCountInString(s string) int`
    Pure fn goo_unicode_utf8_RuneCountInString(s: Bytes) -> I64 { crate::text::pad::count_runes(s) }
    /// `func ValidString(s string) bool`
    Pure fn goo_unicode_utf8_ValidString(s: Bytes) -> I64 { std::str::from_utf8(s).is_ok() }
    /// `func decode(s string) int`: the rune, and its width above 32 bits.
    Pure fn goo_unicode_utf8_decode(s: Bytes) -> I64 {
        let (rune, width) = decode(s);
        i64::from(rune) | (width as i64) << 32
    }
    /// `func decodeLast(s string) int`
    Pure fn goo_unicode_utf8_decodeLast(s: Bytes) -> I64 {
        let (rune, width) = string::decode_last(s);
        i64::from(rune) | (width as i64) << 32
    }
}

natives! { pub static BUFIO;
    /// `func absent(token []byte) bool`: whether it is the zero slice, and not an empty part of another.
    Pure fn goo_bufio_absent(token: Slice) -> I64 {
        // SAFETY: the slice is lent for the call, and its owner with it.
        token.len == 0 && unsafe { token.owner.as_ref() }.map_or(token.ptr.is_null(), |owner| owner.cap == 0)
    }
}

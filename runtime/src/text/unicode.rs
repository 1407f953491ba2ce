//! What kind of character is this? Go's answers, which differ from Rust's in places (`IsLetter` is the categories L, and no more).

use super::unicode_tables::{CASE_RANGES, CATEGORIES, CATEGORY_RANGES, FOLDS, TABLES};

/// The two-letter general category, empty for what is unassigned.
pub fn category(rune: u32) -> &'static str {
    let at = CATEGORY_RANGES.partition_point(|&(_, last, _)| last < rune);
    match CATEGORY_RANGES.get(at) {
        Some(&(first, _, category)) if first <= rune => CATEGORIES[category as usize],
        _ => "",
    }
}

/// Whether the rune's category is this one (`"Lu"`), or starts so (`"L"`).
pub fn is(rune: u32, wanted: &str) -> bool {
    category(rune).starts_with(wanted)
}

fn is_unassigned(rune: u32) -> bool {
    rune <= char::MAX.into() && category(rune).is_empty()
}

/// Whether a category, script or property holds the rune: what `unicode.Is` looks up.
pub fn in_table(rune: u32, name: &str) -> bool {
    match TABLES.binary_search_by_key(&name, |&(name, _)| name) {
        Ok(found) => {
            let ranges = TABLES[found].1;
            let at = ranges.partition_point(|&(_, last)| last < rune);
            ranges.get(at).is_some_and(|&(first, _)| first <= rune)
        }
        Err(_) => match name {
            "Cn" => is_unassigned(rune),
            "C" => is(rune, name) || is_unassigned(rune),
            "LC" => matches!(category(rune), "Lu" | "Ll" | "Lt"),
            _ => name.len() <= 2 && is(rune, name),
        },
    }
}

pub fn is_letter(rune: u32) -> bool {
    if rune < 0x80 { (rune as u8).is_ascii_alphabetic() } else { is(rune, "L") }
}

pub fn is_digit(rune: u32) -> bool {
    if rune < 0x80 { (rune as u8).is_ascii_digit() } else { category(rune) == "Nd" }
}

pub fn is_number(rune: u32) -> bool {
    if rune < 0x80 { (rune as u8).is_ascii_digit() } else { is(rune, "N") }
}

pub fn is_space(rune: u32) -> bool {
    matches!(rune, 9..=13 | 0x20 | 0x85 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000)
}

pub fn is_upper(rune: u32) -> bool {
    if rune < 0x80 { (rune as u8).is_ascii_uppercase() } else { category(rune) == "Lu" }
}

pub fn is_lower(rune: u32) -> bool {
    if rune < 0x80 { (rune as u8).is_ascii_lowercase() } else { category(rune) == "Ll" }
}

/// Letters, marks, numbers, punctuation, symbols, and spaces.
pub fn is_graphic(rune: u32) -> bool {
    is_print(rune) || category(rune) == "Zs"
}

/// As [`is_graphic`], of spaces the ASCII one only.
pub fn is_print(rune: u32) -> bool {
    if rune < 0x80 {
        return (0x20..0x7F).contains(&rune);
    }
    matches!(category(rune).as_bytes().first(), Some(b'L' | b'M' | b'N' | b'P' | b'S'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Upper,
    Lower,
    Title,
}

/// The simple mapping: one character to one.
pub fn to(case: Case, rune: u32) -> u32 {
    if rune < 0x80 {
        let ascii = rune as u8;
        return if case == Case::Lower { ascii.to_ascii_lowercase() } else { ascii.to_ascii_uppercase() }
            .into();
    }
    let at = CASE_RANGES.partition_point(|&(_, last, ..)| last < rune);
    match CASE_RANGES.get(at) {
        Some(&(first, _, upper, lower, title)) if first <= rune => {
            if upper == i32::MAX {
                // Upper and lower in turn, starting with an upper one.
                let pair = (rune - first) & !1;
                return first + pair + u32::from(case == Case::Lower);
            }
            let delta = match case {
                Case::Upper => upper,
                Case::Lower => lower,
                Case::Title => title,
            };
            rune.wrapping_add_signed(delta)
        }
        _ => rune,
    }
}

/// The next character that is the same but for its case, around a circle.
pub fn simple_fold(rune: u32) -> u32 {
    if let Ok(found) = FOLDS.binary_search_by_key(&rune, |&(from, _)| from) {
        return FOLDS[found].1;
    }
    let lower = to(Case::Lower, rune);
    if lower != rune { lower } else { to(Case::Upper, rune) }
}

/// One character for all that are the same but for their case.
pub fn fold(rune: u32) -> u32 {
    if rune < 0x80 {
        // The long s and the Kelvin sign fold with letters of ASCII.
        return (rune as u8).to_ascii_lowercase().into();
    }
    let mut least = rune;
    let mut next = simple_fold(rune);
    while next != rune {
        least = least.min(next);
        next = simple_fold(next);
    }
    if least < 0x80 { (least as u8).to_ascii_lowercase().into() } else { least }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_gos() {
        assert_eq!(category('A' as u32), "Lu");
        assert_eq!(category('ß' as u32), "Ll");
        assert_eq!(category('世' as u32), "Lo");
        assert_eq!(category(0xE0001), "Cf");
        assert_eq!(category(0x10FFFE), "");
        assert!(
            in_table('世' as u32, "Han") && in_table('é' as u32, "Latin") && !in_table('a' as u32, "Greek")
        );
    }

    #[test]
    fn cases() {
        assert_eq!(to(Case::Upper, 'ä' as u32), 'Ä' as u32);
        assert_eq!(to(Case::Lower, 'Ā' as u32), 'ā' as u32);
        assert_eq!(to(Case::Upper, 'ā' as u32), 'Ā' as u32);
        assert_eq!(to(Case::Title, 'ǆ' as u32), 'ǅ' as u32);
        assert_eq!(simple_fold('k' as u32), 0x212A);
        assert_eq!(fold(0x212A), 'k' as u32);
    }
}

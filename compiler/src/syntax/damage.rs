//! Which parts of a text could not be read, and what may have been said there.
//!
//! A mistake spoils the smallest thing that is whole without what surrounds it: a statement, the header of one, a clause's
//! head, a declaration, a line of a group. All else is checked as if nothing had happened, and what is found there is
//! worth telling, as long as it does not follow from the mistake. That is decided here:
//!
//! - what is found within a damaged part follows from it ([`Damage::covers`]);
//! - a name that stands there may be declared there, or used there ([`Damage::mentions`]);
//! - of a body with a damaged part nothing is said as a whole, such as a `return` that is missing ([`Damage::touches`]).

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Span, Symbol};

/// A damaged part: the bytes `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub start: u32,
    pub end: u32,
    /// The bytes of the declaration in whose body it stands: names that are declared there are seen there only. `None`
    /// for what stands at package level.
    pub within: Option<(u32, u32)>,
}

/// The damaged parts of a file.
#[derive(Debug, Default)]
pub struct Damage {
    /// In source order; none touches another.
    regions: Vec<Region>,
    /// The lines that have a mistake, in source order: what else is found there is most often its consequence.
    lines: Vec<(u32, u32)>,
    /// All that follows the last one is part of it.
    cut_short: bool,
    /// The declarations that have some in their bodies, in source order.
    bodies: Vec<(u32, u32)>,
    /// The regions that each word stands in, in source order, and those that stand in some at package level.
    words: FxHashMap<Symbol, Vec<u32>>,
    outside: FxHashSet<Symbol>,
    /// How many of the declarations that could not be read have no name.
    nameless: usize,
}

impl Damage {
    /// Puts together what overlaps, and reads the words in it. `mistakes` says where they were found.
    pub fn new(text: &str, mut found: Vec<Region>, mistakes: &[u32]) -> Damage {
        found.sort_by_key(|region| (region.start, region.end));
        let mut damage = Damage { lines: lines(text, mistakes), ..Damage::default() };
        for region in found {
            match damage.regions.last_mut() {
                Some(last) if region.start <= last.end => {
                    last.end = last.end.max(region.end);
                    last.within = last.within.and(region.within);
                }
                _ => damage.regions.push(region),
            }
        }
        let last = damage.regions.last();
        damage.cut_short = last.is_some_and(|last| last.within.is_none() && last.end as usize >= text.len());
        for (index, region) in damage.regions.iter().enumerate() {
            damage.bodies.extend(region.within.filter(|body| damage.bodies.last() != Some(body)));
            let text = text.get(region.start as usize..region.end as usize).unwrap_or_default();
            damage.nameless += usize::from(region.within.is_none() && is_nameless(text));
            for word in text.split(|c: char| c != '_' && !c.is_alphanumeric()).filter(|word| !word.is_empty())
            {
                let word = Symbol::intern(word);
                if region.within.is_none() {
                    damage.outside.insert(word);
                }
                let places = damage.words.entry(word).or_default();
                if places.last() != Some(&(index as u32)) {
                    places.push(index as u32);
                }
            }
        }
        damage
    }

    /// How many damaged declarations of types and functions have lost their names.
    pub fn nameless(&self) -> usize {
        self.nameless
    }

    /// Whether the file has mistakes, also such as spoil nothing beyond their line.
    pub fn has_mistakes(&self) -> bool {
        !self.lines.is_empty() || !self.regions.is_empty()
    }

    /// Whether all of the file could be read.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Whether a place is in a damaged part, or at its end, or on the line of a mistake.
    pub fn covers(&self, place: u32) -> bool {
        let next = self.regions.partition_point(|region| region.start <= place);
        let line = self.lines.partition_point(|(start, _)| *start <= place);
        next > 0 && place <= self.regions[next - 1].end || line > 0 && place < self.lines[line - 1].1
    }

    /// Whether a damaged part is in a span, or partly so.
    pub fn touches(&self, span: Span) -> bool {
        let next = self.regions.partition_point(|region| region.end <= span.start);
        self.regions.get(next).is_some_and(|region| region.start < span.end)
    }

    /// Whether a damaged part has the name, and what is declared or used there can be what is used or declared at `place`.
    pub fn mentions(&self, name: Symbol, place: u32) -> bool {
        self.mentions_outside(name)
            || self.body_around(place).is_some_and(|body| self.mentions_in(name, body))
    }

    fn mentions_in(&self, name: Symbol, (start, end): (u32, u32)) -> bool {
        let Some(places) = self.words.get(&name) else { return false };
        let first = self.regions.partition_point(|region| region.start < start) as u32;
        let next = places.partition_point(|index| *index < first);
        places.get(next).is_some_and(|index| self.regions[*index as usize].start < end)
    }

    /// Whether a part of the body that `place` is in is damaged.
    pub fn is_beside(&self, place: u32) -> bool {
        self.body_around(place).is_some()
    }

    /// Whether the rest of the file is damaged, so that nothing is known to be missing.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    fn body_around(&self, place: u32) -> Option<(u32, u32)> {
        let next = self.bodies.partition_point(|(start, _)| *start <= place);
        next.checked_sub(1).map(|index| self.bodies[index]).filter(|(_, end)| place < *end)
    }

    /// Whether a damaged part at package level has the name.
    pub fn mentions_outside(&self, name: Symbol) -> bool {
        self.outside.contains(&name)
    }

    /// Whether a part before a place is damaged.
    pub fn begins_before(&self, place: u32) -> bool {
        self.regions.first().is_some_and(|region| region.start < place)
    }

    /// Whether any damaged part has the name.
    pub fn has(&self, name: Symbol) -> bool {
        self.words.contains_key(&name)
    }
}

/// Types that every Go program knows.
pub(super) const PLAIN_TYPES: &[&str] = &[
    "any", "bool", "byte", "error", "float32", "float64", "int", "int8", "int16", "int32", "int64", "rune",
    "string", "uint", "uint8", "uint16", "uint32", "uint64",
];

/// Whether the text is a declaration of a type or function without a name: `type struct {`, `func (n int) int {`.
fn is_nameless(text: &str) -> bool {
    let named = |text: &str| text.starts_with(|c: char| c == '_' || c.is_alphabetic());
    if let Some(rest) = text.strip_prefix("type") {
        let rest = rest.trim_start_matches([' ', '\t']);
        let word = rest.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default();
        // `type float64` alone is what is left of `type Celsius float64`.
        let alone = rest[word.len()..].trim_start_matches([' ', '\t']).starts_with(['\n', '\r'])
            || rest.len() == word.len();
        return !named(rest)
            || matches!(word, "struct" | "interface" | "enum" | "map" | "chan" | "func")
            || alone && PLAIN_TYPES.contains(&word);
    }
    let Some(rest) = text.strip_prefix("func") else { return is_headless(text) };
    let rest = rest.trim_start_matches([' ', '\t']);
    match rest.strip_prefix('(') {
        None => !named(rest),
        // A receiver, if a name and parameters follow.
        Some(rest) => {
            let behind =
                rest.split_once(')').map_or("", |(_, behind)| behind.trim_start_matches([' ', '\t']));
            let name = behind.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric());
            !named(behind) || !name.starts_with(['(', '['])
        }
    }
}

/// Whether the text is what is left of a declaration whose first line is missing: from the end of the one before it, lines that
/// are indented, and a `}`.
fn is_headless(text: &str) -> bool {
    let mut lines = text.lines().skip(1).filter(|line| !line.trim().is_empty()).peekable();
    lines.peek().is_some_and(|first| first.starts_with([' ', '\t']))
        && lines.any(|line| line.trim_end() == "}")
}

/// The lines that hold these places.
fn lines(text: &str, places: &[u32]) -> Vec<(u32, u32)> {
    let mut lines: Vec<(u32, u32)> = Vec::new();
    let mut places = places.to_vec();
    places.sort_unstable();
    for place in places {
        if lines.last().is_some_and(|(_, end)| place < *end) {
            continue;
        }
        let (before, behind) = text.split_at_checked(place as usize).unwrap_or((text, ""));
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let end = behind.find('\n').map_or(text.len(), |n| place as usize + n);
        lines.push((start as u32, end as u32 + 1));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::FileId;

    #[test]
    fn a_line_with_a_mistake_is_covered() {
        let damage = Damage::new("a\nbc\nd", Vec::new(), &[3]);
        assert!(!damage.covers(1) && damage.covers(2) && damage.covers(4) && !damage.covers(5));
        assert!(damage.is_empty());
    }

    #[test]
    fn regions_join_and_words_belong_to_bodies() {
        let text = "aa bb cc dd ee";
        let region = |start, end, within| Region { start, end, within };
        let found = vec![region(9, 11, None), region(3, 5, Some((0, 8))), region(4, 8, Some((0, 8)))];
        let damage = Damage::new(text, found, &[]);
        let at = |start, end| Span { file: FileId(0), start, end };
        assert!(damage.covers(3) && damage.covers(8) && damage.covers(10) && !damage.covers(12));
        assert!(!damage.touches(at(0, 3)) && damage.touches(at(0, 4)) && !damage.touches(at(11, 14)));
        let (cc, dd, aa) = (Symbol::intern("cc"), Symbol::intern("dd"), Symbol::intern("aa"));
        assert!(damage.mentions(cc, 1) && !damage.mentions(cc, 12) && damage.mentions(dd, 1));
        assert!(damage.mentions_outside(dd) && !damage.mentions_outside(cc) && damage.has(cc));
        assert!(!damage.has(aa));
    }

    #[test]
    fn declarations_that_lost_their_names() {
        for text in [
            "type struct {",
            "type float64",
            "type [T any] int",
            "func (n int) int {",
            "func (n int) {",
            "func [T any]() {",
            "}\n\n\tname string\n}\n",
        ] {
            assert!(is_nameless(text), "{text}");
        }
        for text in [
            "type T struct {",
            "type structure int",
            "type T int",
            "func f(n int) {",
            "func (t T) m() {",
            "var x",
            "}\n\nx := 1\n",
        ] {
            assert!(!is_nameless(text), "{text}");
        }
    }
}

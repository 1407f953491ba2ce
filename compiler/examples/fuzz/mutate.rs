//! Inputs: programs with pieces removed, repeated, exchanged and inserted, by tokens more often than by bytes, so
//! that most of them come far.

use goo_compiler::syntax::tokens;

/// SplitMix64: small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Pieces that are inserted: what the grammar turns on.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    ".",
    "..",
    "...",
    "<-",
    "=>",
    "?",
    "??",
    "!",
    "@",
    "=",
    ":=",
    "+",
    "-",
    "*",
    "&",
    "|",
    "\n",
    " ",
    "if ",
    "else ",
    "for ",
    "range ",
    "switch ",
    "case ",
    "default",
    "select ",
    "func ",
    "go ",
    "defer ",
    "return ",
    "chan ",
    "map[",
    "struct {",
    "interface {",
    "type ",
    "var ",
    "const ",
    "import ",
    "package p\n",
    "match ",
    "try ",
    "fail ",
    "recover ",
    "enum {",
    "test \"x\" {",
    "assert ",
    "supervise ",
    "after ",
    "within ",
    "per ",
    "push chan ",
    "req chan(",
    "yield ",
    "parallel ",
    "none",
    "x",
    "T",
    "0",
    "1.5",
    "10ms",
    "0x",
    "1e",
    "\"",
    "'",
    "`",
    "\\",
    "/*",
    "*/",
    "//",
    "é",
    "\u{0}",
    "(type)",
    ".(type)",
    "x.(",
    "[]",
    "[...]",
    "~",
    "goto L",
    "L:",
    "_",
];

pub struct Mutator {
    seeds: Vec<String>,
    longest: usize,
}

impl Mutator {
    /// There is at least one seed.
    pub fn new(seeds: Vec<String>, longest: usize) -> Mutator {
        Mutator { seeds, longest }
    }

    pub fn input(&self, random: &mut Random) -> String {
        let mut text = self.seeds[random.below(self.seeds.len())].clone();
        for _ in 0..=random.below(8) {
            text = self.mutated(&text, random);
            truncate(&mut text, self.longest);
        }
        text
    }

    fn mutated(&self, text: &str, random: &mut Random) -> String {
        let (start, end) = if random.below(4) == 0 { bytes(text, random) } else { piece(text, random) };
        let (before, part, after) = (&text[..start], &text[start..end], &text[end..]);
        match random.below(8) {
            0 | 1 => format!("{before}{after}"),
            2 => format!("{before}{}{after}", part.repeat(1 + random.below(4))),
            // Deep nests and long chains come from much repetition of little.
            3 if part.len() < 40 => format!("{before}{}{after}", part.repeat(1 + random.below(2_000))),
            4 | 5 => format!("{before}{}{after}", PIECES[random.below(PIECES.len())]),
            6 => format!("{before}{}{part}{after}", PIECES[random.below(PIECES.len())]),
            _ => {
                let other = &self.seeds[random.below(self.seeds.len())];
                let (from, to) = piece(other, random);
                format!("{before}{}{after}", &other[from..to])
            }
        }
    }
}

/// A run of a few tokens, or now and then of many.
fn piece(text: &str, random: &mut Random) -> (usize, usize) {
    let tokens = tokens(text).tokens;
    let first = random.below(tokens.len());
    let length = if random.below(8) == 0 { 200 } else { 6 };
    let last = (first + random.below(length)).min(tokens.len() - 1);
    (tokens[first].start as usize, tokens[last].end as usize)
}

/// A run of a few characters.
fn bytes(text: &str, random: &mut Random) -> (usize, usize) {
    let border = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(random.below(text.len() + 1));
    (start, border((start + random.below(5)).min(text.len())))
}

fn truncate(text: &mut String, longest: usize) {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

//! What the tree says about the spacing of each token.
//!
//! A [`Mark`] belongs to the gap before its token. Where nothing is said, [`blank_between`] decides by the two tokens,
//! and a line break stays where the source has one.

mod binary;
mod body;
mod decl;
mod expr;
mod list;
mod stmt;
mod types;

use super::items::Items;
use crate::syntax::ast::File;
use crate::syntax::token::Tok;

/// How a token follows the one before it.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// Whether a blank stands before it on its line; unsaid, the two tokens decide.
    pub blank: Option<bool>,
    /// Column separators before it, in place of a blank.
    pub cells: usize,
    /// Column separators before a comment that follows on the same line: one, if unsaid.
    pub comment_cells: Option<usize>,
    /// It begins a line, with at least so many line breaks before it.
    pub breaks: usize,
    /// Whether alignment starts afresh with its line, if it begins one.
    pub section: Section,
    /// No blank line stands before it.
    pub tight: bool,
    /// It stands on the line of the token before it, whatever the source says.
    pub joins: bool,
    /// It is not written.
    pub drop: bool,
    /// Levels of indentation that end with this token's gap, comments in it excepted, and that begin with it.
    pub closes: usize,
    pub opens: usize,
    /// Its line stands one level further left: a label.
    pub outdent: bool,
    /// Regions whose indentation begins if this gap has a line break, and those that end here.
    pub triggers: Vec<usize>,
    pub ends: Vec<usize>,
}

/// When a line begins a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    #[default]
    Never,
    Always,
    /// If what began with this token took more than one line.
    AfterLines(usize),
}

/// The marks of all tokens.
pub struct Marks {
    pub marks: Vec<Mark>,
    /// How many regions there are.
    pub regions: usize,
}

/// Marks the tokens of a file.
pub fn marks(items: &Items<'_>, file: &File) -> Marks {
    let mut marker = Marker { items, marks: vec![Mark::default(); items.tokens.len()], regions: 0 };
    // Semicolons and the commas that end lists go; those that stay say so.
    for (index, item) in items.tokens.iter().enumerate() {
        marker.marks[index].drop = item.tok == Tok::Semi;
    }
    marker.file(file);
    Marks { marks: marker.marks, regions: marker.regions }
}

/// Walks the tree. Places in the tree are bytes, places here are indices of tokens.
struct Marker<'a> {
    items: &'a Items<'a>,
    marks: Vec<Mark>,
    regions: usize,
}

impl Marker<'_> {
    fn tok(&self, index: usize) -> Tok {
        self.items.tok(index)
    }

    fn line(&self, index: usize) -> usize {
        self.items.tokens[index].line
    }

    fn end_line(&self, index: usize) -> usize {
        self.items.tokens[index].end_line
    }

    fn blank(&mut self, index: usize, blank: bool) {
        self.marks[index].blank = Some(blank);
    }

    fn is_word(&self, index: usize, word: &str) -> bool {
        self.tok(index) == Tok::Ident && self.items.text(index) == word
    }

    /// The token begins a line.
    fn begins_line(&mut self, index: usize, breaks: usize, section: Section) {
        self.marks[index].breaks = breaks;
        self.marks[index].section = section;
    }

    /// The last token before this one that is written.
    fn before(&self, index: usize) -> usize {
        (0..index).rev().find(|&before| !self.marks[before].drop).unwrap_or(0)
    }

    /// A region: a line break before one of its triggers indents all that follows, up to its end.
    fn region(&mut self, triggers: impl IntoIterator<Item = usize>, end: usize) {
        let region = self.regions;
        self.regions += 1;
        for trigger in triggers {
            self.marks[trigger].triggers.push(region);
        }
        // Those that began last end first.
        self.marks[end].ends.insert(0, region);
    }

    /// The width of tokens `first..=last` on one line, unless they take several.
    fn flat_width(&self, first: usize, last: usize) -> Option<usize> {
        let mut width = self.items.text(first).chars().count();
        let mut previous = first;
        if self.items.text(first).contains('\n') {
            return None;
        }
        for index in first + 1..=last {
            let item = &self.items.tokens[index];
            let mark = &self.marks[index];
            if mark.drop {
                continue;
            }
            for comment in &self.items.comments[item.comments.clone()] {
                if self.items.is_line_comment(comment) || comment.line != comment.end_line {
                    return None;
                }
                width += comment.end - comment.start + 1;
            }
            let text = self.items.text(index);
            if mark.breaks > 0 || item.line > self.end_line(previous) || text.contains('\n') {
                return None;
            }
            width += match mark.cells {
                0 => usize::from(blank_before(self.items, &self.marks, previous, index)),
                cells => cells,
            };
            width += text.chars().count();
            previous = index;
        }
        Some(width)
    }
}

/// Whether a blank stands before the token at `index`, which follows the one at `previous` on its line.
pub fn blank_before(items: &Items<'_>, marks: &[Mark], previous: usize, index: usize) -> bool {
    let (left, right) = (items.tok(previous), items.tok(index));
    marks[index].blank.unwrap_or_else(|| blank_between(left, right)) || would_merge(left, right)
}

/// Whether a blank stands between two tokens of which the tree says nothing.
fn blank_between(left: Tok, right: Tok) -> bool {
    use Tok::*;
    match (left, right) {
        (_, Comma | Semi | RParen | RBracket | Dot | PlusPlus | MinusMinus | Question | Colon | DotDot) => {
            false
        }
        (LParen | LBracket | Dot | DotDot | Tilde | Ellipsis, _) => false,
        (_, LParen | LBracket) => {
            !matches!(left, Ident | RParen | RBracket | RBrace | Question | Func | Chan | Map | Str | RawStr)
        }
        _ => true,
    }
}

/// Whether two tokens written together would be read as others.
fn would_merge(left: Tok, right: Tok) -> bool {
    use Tok::*;
    match (left, right) {
        (Int, Dot | DotDot | Ellipsis) => true,
        (Plus, Plus | PlusPlus) | (Minus, Minus | MinusMinus) => true,
        (Less, Minus | Arrow) | (Slash, Star) => true,
        (Amp, Amp | Caret | AmpAmp | AmpCaret) | (Arrow, Minus) => true,
        (left, right) => is_word(left) && is_word(right),
    }
}

fn is_word(tok: Tok) -> bool {
    tok == Tok::Ident || tok.is_keyword() || tok.is_literal()
}

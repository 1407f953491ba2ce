//! What stands in braces: blocks, bodies of functions, clauses.

use super::{Marker, Section};
use crate::syntax::ast::{Block, Stmt, StmtKind};
use crate::syntax::token::Tok;

/// A body of up to this width, with its header, may stay on one line.
const ONE_LINE: usize = 100;
/// And with this many statements.
const FEW: usize = 5;

impl Marker<'_> {
    /// A block that always takes several lines.
    pub fn block(&mut self, block: &Block) {
        self.stmts(&block.stmts);
        self.open_block(block);
    }

    /// A body that stays on one line if it was on one and is short. `header` is the first token of what it
    /// belongs to; `align` aligns it with those of the lines around.
    pub fn body(&mut self, header: usize, block: &Block, align: bool) {
        let (open, close) = self.braces(block);
        self.stmts(&block.stmts);
        if !self.fits(header, block, open, close) {
            return self.open_block(block);
        }
        match align {
            true => self.marks[open].cells = 1,
            false => self.blank(open, true),
        }
        if block.stmts.iter().all(is_empty) && !self.items.comments_within(open, close) {
            self.blank(close, false);
        }
        self.keep_semis(block);
    }

    fn fits(&self, header: usize, block: &Block, open: usize, close: usize) -> bool {
        let few = block.stmts.iter().filter(|stmt| !is_empty(stmt)).count() <= FEW;
        let one_line = self.line(open) == self.line(close) && !self.line_comments(open, close);
        if !few || !one_line {
            return false;
        }
        let Some(head) = self.flat_width(header, open - 1) else { return false };
        let mut width = head;
        for stmt in block.stmts.iter().filter(|stmt| !is_empty(stmt)) {
            let (first, last) = (self.items.at(stmt.span.start), self.items.until(stmt.span.end));
            let Some(size) = self.flat_width(first, last) else { return false };
            width += size + if width > head { 2 } else { 0 };
        }
        width <= ONE_LINE
    }

    fn line_comments(&self, open: usize, close: usize) -> bool {
        let (from, to) = (self.items.tokens[open].comments.end, self.items.tokens[close].comments.end);
        self.items.comments[from..to].iter().any(|comment| self.items.is_line_comment(comment))
    }

    /// The semicolons between the statements of a body on one line.
    fn keep_semis(&mut self, block: &Block) {
        let stmts: Vec<&Stmt> = block.stmts.iter().filter(|stmt| !is_empty(stmt)).collect();
        for pair in stmts.windows(2) {
            let (after, next) = (self.items.until(pair[0].span.end) + 1, self.items.at(pair[1].span.start));
            if let Some(semi) = (after..next).find(|&index| self.tok(index) == Tok::Semi) {
                self.marks[semi].drop = false;
            }
        }
    }

    fn braces(&self, block: &Block) -> (usize, usize) {
        (self.items.at(block.span.start), self.items.until(block.span.end))
    }

    /// The braces and the line breaks of a block whose statements have been marked.
    fn open_block(&mut self, block: &Block) {
        let (open, close) = self.braces(block);
        self.blank(open, true);
        self.indented(open, close);
        self.stmt_lines(&block.stmts);
    }

    /// What stands between these brackets is indented; the closing one begins a line.
    pub fn indented(&mut self, open: usize, close: usize) {
        self.marks[open + 1].opens += 1;
        self.marks[close].closes += 1;
        self.begins_line(close, 1, Section::Always);
    }

    /// Each statement begins a line.
    pub fn stmt_lines(&mut self, stmts: &[Stmt]) {
        let firsts: Vec<usize> =
            stmts.iter().filter(|stmt| !is_empty(stmt)).map(|stmt| self.items.at(stmt.span.start)).collect();
        self.lines(&firsts);
    }

    /// Each of these tokens begins a line; what began with the one before may have taken several.
    pub fn lines(&mut self, firsts: &[usize]) {
        let mut previous = None;
        for &first in firsts {
            let section = previous.map_or(Section::Always, Section::AfterLines);
            self.begins_line(first, 1, section);
            previous = Some(first);
        }
    }

    /// The clauses of a `switch` or `select`: each begins a line at the level of the braces, with its statements below it,
    /// indented. `clauses` gives the first token and the statements of each.
    pub fn clauses(&mut self, open: usize, close: usize, clauses: &[(usize, &[Stmt])]) {
        self.blank(open, true);
        for (index, &(first, stmts)) in clauses.iter().enumerate() {
            self.begins_line(first, 1, Section::Always);
            self.stmts(stmts);
            self.stmt_lines(stmts);
            let end = clauses.get(index + 1).map_or(close, |next| next.0);
            let colon = self.colon_of_clause(first, stmts, end);
            self.marks[colon + 1].opens += 1;
            self.marks[end].closes += 1;
        }
        self.begins_line(close, 1, Section::Always);
    }

    /// The colon that ends a clause's head: the last one before its statements that is in no bracket.
    fn colon_of_clause(&self, first: usize, stmts: &[Stmt], end: usize) -> usize {
        let limit = stmts.first().map_or(end, |stmt| self.items.at(stmt.span.start)).max(first + 1);
        (first..limit).rev().find(|&index| self.tok(index) == Tok::Colon).unwrap_or(first)
    }
}

/// Whether a statement is only a semicolon.
pub fn is_empty(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Empty)
}

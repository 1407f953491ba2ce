//! What can be folded, and what a selection grows to.

use goo_compiler::syntax::FileId;
use goo_compiler::syntax::ast::{Block, Decl, Expr, Stmt};
use goo_compiler::syntax::tokens;
use goo_compiler::syntax::visit::{self, Visitor};
use tower_lsp::lsp_types::{FoldingRange, FoldingRangeKind, Position, Range, SelectionRange};

use crate::snapshot::Snapshot;

/// What takes several lines: brackets, imports, runs of comments.
pub fn folds(snapshot: &Snapshot, file: FileId) -> Vec<FoldingRange> {
    let text = snapshot.text(file);
    let line = |offset: usize| text.position(offset, snapshot.encoding).line;
    let lexed = tokens(text.as_str());
    let mut found = Vec::new();
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut import = false;
    for token in &lexed.tokens {
        let source = &text.as_str()[token.start as usize..token.end as usize];
        match source {
            "import" => import = true,
            "{" | "(" | "[" => open.push((token.start, std::mem::take(&mut import))),
            "}" | ")" | "]" => {
                if let Some((start, import)) = open.pop() {
                    let (first, last) = (line(start as usize), line(token.start as usize));
                    let kind = if import { Some(FoldingRangeKind::Imports) } else { None };
                    push(&mut found, first, last.saturating_sub(1), kind);
                }
            }
            _ => {}
        }
    }
    let mut run: Option<(u32, u32)> = None;
    for comment in &lexed.comments {
        let (first, last) = (line(comment.start as usize), line(comment.end as usize));
        run = match run {
            Some((start, end)) if comment.own_line && first == end + 1 => Some((start, last)),
            Some((start, end)) => {
                push(&mut found, start, end, Some(FoldingRangeKind::Comment));
                Some((first, last))
            }
            None => Some((first, last)),
        };
    }
    if let Some((start, end)) = run {
        push(&mut found, start, end, Some(FoldingRangeKind::Comment));
    }
    found
}

fn push(found: &mut Vec<FoldingRange>, start_line: u32, end_line: u32, kind: Option<FoldingRangeKind>) {
    if end_line > start_line {
        found.push(FoldingRange { start_line, end_line, kind, ..FoldingRange::default() });
    }
}

/// The nodes around each place, from the innermost outwards.
pub fn selections(snapshot: &Snapshot, file: FileId, positions: &[Position]) -> Vec<SelectionRange> {
    positions.iter().map(|position| selection(snapshot, file, *position)).collect()
}

fn selection(snapshot: &Snapshot, file: FileId, position: Position) -> SelectionRange {
    let mut finder = Around { snapshot, offset: snapshot.offset(file, position) as u32, ranges: Vec::new() };
    if let Some(tree) = snapshot.tree(file) {
        finder.push(tree.span);
        for decl in &tree.decls {
            if let Decl::Func(func) = decl {
                finder.push(func.span);
            }
            visit::walk_decl(&mut finder, decl);
        }
    }
    let mut ranges = finder.ranges;
    // Parents contain their children.
    ranges.dedup();
    let around =
        |parent: Option<SelectionRange>, range: Range| SelectionRange { range, parent: parent.map(Box::new) };
    ranges
        .into_iter()
        .fold(None, |parent, range| Some(around(parent, range)))
        .unwrap_or(SelectionRange { range: Range { start: position, end: position }, parent: None })
}

struct Around<'a> {
    snapshot: &'a Snapshot,
    offset: u32,
    ranges: Vec<Range>,
}

impl Around<'_> {
    fn push(&mut self, span: goo_compiler::syntax::Span) {
        if span.start <= self.offset && self.offset <= span.end {
            let range = self.snapshot.range(span);
            let fits =
                self.ranges.last().is_none_or(|outer| outer.start <= range.start && range.end <= outer.end);
            if fits {
                self.ranges.push(range);
            }
        }
    }
}

impl<'a> Visitor<'a> for Around<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        self.push(stmt.span);
        visit::walk_stmt(self, stmt);
    }

    fn block(&mut self, block: &'a Block) {
        self.push(block.span);
        visit::walk_block(self, block);
    }

    fn expr(&mut self, expr: &'a Expr) {
        self.push(expr.span);
        visit::walk_expr(self, expr);
    }
}
